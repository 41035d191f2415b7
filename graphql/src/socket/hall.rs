//! How many WebSockets are open, whose they are, and when they all have to go.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use metrics::gauge;
use schema::SubjectId;
use tokio::sync::watch;

use super::Sockets;
use crate::{Address, Code, GraphqlError};

/// What is said when all seats are taken.
const FULL: &str = "no more WebSockets can be opened just now; try again";

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
    /// Those whose clients have said who they are. Nobody else takes a seat.
    seated: usize,
    by_subject: HashMap<SubjectId, usize>,
    /// Those whose clients have not said so yet, for which they have little time.
    waiting: usize,
    waiting_by_address: HashMap<Address, usize>,
}

impl Hall {
    /// An empty hall with these rules.
    pub(crate) fn new(rules: Sockets) -> Self {
        Self(Arc::new(Inner { rules, present: Mutex::default(), closing: watch::Sender::new(false) }))
    }

    pub(super) fn rules(&self) -> &Sockets {
        &self.0.rules
    }

    /// Says that all have to go, and lets nobody in any more.
    pub(crate) fn close(&self) {
        self.0.closing.send_replace(true);
    }

    /// Says when all have to go.
    pub(super) fn closing(&self) -> watch::Receiver<bool> {
        self.0.closing.subscribe()
    }

    /// Lets one more in, to say who is there.
    ///
    /// # Errors
    ///
    /// When all seats are taken, or too many from there have not said yet who they are.
    pub(super) fn enter(&self, address: Option<Address>) -> Result<Seat, GraphqlError> {
        let mut present = self.0.present();
        let most = self.0.rules.at_once;
        if *self.0.closing.borrow() || present.seated >= most || present.waiting >= most {
            return Err(GraphqlError::new(Code::Busy, FULL));
        }
        if let Some(address) = address {
            let theirs = present.waiting_by_address.entry(address).or_default();
            if *theirs >= self.0.rules.waiting_per_address {
                let message = "too many WebSockets from your address have sent no token yet; send one on each, or try again";
                return Err(GraphqlError::new(Code::Busy, message));
            }
            *theirs += 1;
        }
        present.waiting += 1;
        gauge!("milepost_sockets_open").increment(1);
        Ok(Seat { hall: self.clone(), address, subject: None })
    }
}

impl Present {
    /// One that waited says who it is, or goes.
    fn stop_waiting(&mut self, address: Option<Address>) {
        self.waiting = self.waiting.saturating_sub(1);
        if let Some(address) = address {
            leave(&mut self.waiting_by_address, address);
        }
    }
}

/// Counts one less of `key`, and forgets who has none.
fn leave<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: K) {
    if let Some(count) = counts.get_mut(&key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

impl Inner {
    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one WebSocket, free again when it is dropped: a seat once it is known whose it is.
pub struct Seat {
    hall: Hall,
    address: Option<Address>,
    subject: Option<SubjectId>,
}

impl Seat {
    pub(super) fn hall(&self) -> &Hall {
        &self.hall
    }

    /// Says whose it is.
    ///
    /// # Errors
    ///
    /// Why they can't have it.
    pub(super) fn give_to(&mut self, subject: SubjectId) -> Result<(), &'static str> {
        let rules = &self.hall.0.rules;
        let mut present = self.hall.0.present();
        if present.seated >= rules.at_once {
            return Err(FULL);
        }
        let theirs = present.by_subject.get(&subject).copied().unwrap_or_default();
        if theirs >= rules.per_subject {
            return Err("you have too many WebSockets open; close one, or try again");
        }
        present.by_subject.insert(subject, theirs + 1);
        present.seated += 1;
        present.stop_waiting(self.address);
        self.subject = Some(subject);
        Ok(())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut present = self.hall.0.present();
        match self.subject {
            None => present.stop_waiting(self.address),
            Some(subject) => {
                present.seated = present.seated.saturating_sub(1);
                leave(&mut present.by_subject, subject);
            }
        }
        gauge!("milepost_sockets_open").decrement(1);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use uuid::Uuid;

    use super::*;

    fn hall() -> Hall {
        Hall::new(Sockets { at_once: 3, per_subject: 2, waiting_per_address: 2, ..Sockets::default() })
    }

    #[test]
    fn there_are_so_many_seats_for_all_and_for_one() {
        let hall = hall();
        let [a, b] = [1, 2].map(|n| SubjectId(Uuid::from_u128(n)));
        let mut seats: Vec<Seat> = (0..3).map(|_| hall.enter(None).ok().unwrap()).collect();
        assert!(hall.enter(None).is_err(), "no more wait than there are seats");
        let given = [(0, a), (1, a), (2, a), (2, b)].map(|(seat, subject)| seats[seat].give_to(subject).is_ok());
        assert_eq!(given, [true, true, false, true]);
        assert!(hall.enter(None).is_err());
        seats.remove(0);
        let mut another = hall.enter(None).ok().unwrap();
        assert!(another.give_to(a).is_ok() && hall.enter(None).is_err());
        drop((seats, another));
        let present = hall.0.present();
        assert!(present.by_subject.is_empty() && (present.seated, present.waiting) == (0, 0));
        drop(present);
        hall.close();
        assert!(hall.enter(None).is_err() && *hall.closing().borrow());
    }

    #[test]
    fn whoever_sends_no_token_takes_no_seat() {
        let hall = hall();
        let [near, far] = ["192.0.2.1", "192.0.2.2"].map(|ip| Some(Address::from(ip.parse::<IpAddr>().unwrap())));
        let silent: Vec<Seat> = (0..2).map(|_| hall.enter(near).ok().unwrap()).collect();
        assert!(hall.enter(near).is_err());
        // Others come in, sit down, and make room for more to say who they are.
        let subject = |n| SubjectId(Uuid::from_u128(n));
        let mut seated: Vec<Seat> = (1..4)
            .map(|n| {
                let mut seat = hall.enter(far).ok().unwrap();
                seat.give_to(subject(n)).unwrap();
                seat
            })
            .collect();
        assert!(hall.enter(far).is_err(), "all seats are taken");
        seated.pop();
        drop(silent);
        assert!(hall.enter(near).is_ok());
        drop(seated);
        let present = hall.0.present();
        assert!(present.waiting_by_address.is_empty() && (present.seated, present.waiting) == (0, 0));
    }
}
