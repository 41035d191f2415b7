//! How many WebSockets are open, whose they are, and when they all have to go.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use metrics::gauge;
use schema::SubjectId;
use tokio::sync::watch;

use super::Sockets;
use crate::graphql::{Code, GraphqlError};

/// Where every WebSocket has its seat.
#[derive(Clone)]
pub struct Hall(Arc<Inner>);

struct Inner {
    rules: Sockets,
    present: Mutex<Present>,
    closing: watch::Sender<bool>,
}

#[derive(Default)]
struct Present {
    sockets: usize,
    by_subject: HashMap<SubjectId, usize>,
}

impl Hall {
    /// An empty hall with these rules.
    pub(in crate::graphql) fn new(rules: Sockets) -> Self {
        Self(Arc::new(Inner { rules, present: Mutex::default(), closing: watch::Sender::new(false) }))
    }

    pub(super) fn rules(&self) -> &Sockets {
        &self.0.rules
    }

    /// Says that all have to go, and lets nobody in any more.
    pub(in crate::graphql) fn close(&self) {
        self.0.closing.send_replace(true);
    }

    /// Says when all have to go.
    pub(super) fn closing(&self) -> watch::Receiver<bool> {
        self.0.closing.subscribe()
    }

    /// A seat for one more.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub(super) fn enter(&self) -> Result<Seat, GraphqlError> {
        let mut present = self.0.present();
        if *self.0.closing.borrow() || present.sockets >= self.0.rules.at_once {
            return Err(GraphqlError::new(Code::Busy, "no more WebSockets can be opened just now; try again"));
        }
        present.sockets += 1;
        gauge!("milepost_sockets_open").increment(1);
        Ok(Seat { hall: self.clone(), subject: None })
    }
}

impl Inner {
    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The seat of one WebSocket, free again when it is dropped.
pub struct Seat {
    hall: Hall,
    subject: Option<SubjectId>,
}

impl Seat {
    pub(super) fn hall(&self) -> &Hall {
        &self.hall
    }

    /// Says whose it is; whether they may have one more.
    pub(super) fn give_to(&mut self, subject: SubjectId) -> bool {
        let mut present = self.hall.0.present();
        let theirs = present.by_subject.entry(subject).or_default();
        let free = *theirs < self.hall.0.rules.per_subject;
        if free {
            *theirs += 1;
            self.subject = Some(subject);
        }
        free
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut present = self.hall.0.present();
        present.sockets = present.sockets.saturating_sub(1);
        if let Some(subject) = self.subject
            && let Some(theirs) = present.by_subject.get_mut(&subject)
        {
            *theirs = theirs.saturating_sub(1);
            if *theirs == 0 {
                present.by_subject.remove(&subject);
            }
        }
        gauge!("milepost_sockets_open").decrement(1);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn there_are_so_many_seats_for_all_and_for_one() {
        let hall = Hall::new(Sockets { at_once: 3, per_subject: 2, ..Sockets::default() });
        let [a, b] = [1, 2].map(|n| SubjectId(Uuid::from_u128(n)));
        let mut seats: Vec<Seat> = (0..3).map(|_| hall.enter().ok().unwrap()).collect();
        assert!(hall.enter().is_err());
        assert!(seats[0].give_to(a) && seats[1].give_to(a) && !seats[2].give_to(a) && seats[2].give_to(b));
        seats.remove(0);
        let mut another = hall.enter().ok().unwrap();
        assert!(another.give_to(a) && hall.enter().is_err());
        drop((seats, another));
        assert!(hall.0.present().by_subject.is_empty() && hall.0.present().sockets == 0);
        hall.close();
        assert!(hall.enter().is_err() && *hall.closing().borrow());
    }
}
