//! The course of the log: what was recorded, in order, for those who follow it at their own pace.
//!
//! Nobody has a queue of their own. The latest recordings are kept once, for all; whoever is further behind reads the
//! log in pages. Either way somebody who follows holds one page at most, and takes the next when that is used up.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use futures::StreamExt;
use schema::{EventId, Position, StoredEvent, SubjectId, ThingId};
use store::{Delivery, StoreError};
use tokio::sync::{Semaphore, watch};

use super::{App, Progress};

/// How many of the latest recordings are kept: about a megabyte.
const RECENT_MAX: usize = 16 * 1024;

/// How many recordings somebody who follows holds: about half a megabyte.
const PAGE_MAX: usize = 8 * 1024;

/// How many read the log for what is no longer among the latest, at once.
const READERS_MAX: usize = 4;

/// That something was recorded: where in the log, about which thing, and which act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recording {
    /// Its place in the log.
    pub position: Position,
    /// The thing it is about.
    pub thing: ThingId,
    /// The act's id.
    pub act: EventId,
}

impl From<&StoredEvent> for Recording {
    fn from(event: &StoredEvent) -> Self {
        Self { position: event.position, thing: event.thing, act: event.id }
    }
}

/// The latest recordings, all of which are in the picture.
pub(super) struct Recent {
    /// Every recording after this position is here.
    after: Option<Position>,
    recordings: VecDeque<Recording>,
    /// How many logs there were before this one: a position in one of them means nothing here.
    logs_before: u64,
}

impl Recent {
    fn after(after: Option<Position>) -> Self {
        Self { after, recordings: VecDeque::new(), logs_before: 0 }
    }

    /// Begins with the first recording of a log, whatever was here of another.
    pub(super) fn begin_anew(&mut self) {
        *self = Self { logs_before: self.logs_before + 1, ..Self::after(None) };
    }

    /// Adds what was recorded next.
    pub(super) fn extend(&mut self, recordings: impl IntoIterator<Item = Recording>) {
        self.recordings.extend(recordings);
        let superfluous = self.recordings.len().saturating_sub(RECENT_MAX);
        if let Some(last) = self.recordings.drain(..superfluous).next_back() {
            self.after = Some(last.position);
        }
    }

    /// The recordings after `after`, as many as make a page; `None` if they are no longer all here.
    fn page(&self, after: Option<Position>) -> Option<VecDeque<Recording>> {
        if after < self.after {
            return None;
        }
        let start = self.recordings.partition_point(|recording| Some(recording.position) <= after);
        Some(self.recordings.range(start..).take(PAGE_MAX).copied().collect())
    }
}

/// What those who follow the log share.
pub(super) struct Course {
    recent: Arc<Mutex<Recent>>,
    readers: Semaphore,
    /// Whoever follows more than once reads once at a time, so that others get their turn.
    turns: Mutex<HashMap<SubjectId, Weak<Semaphore>>>,
}

impl Course {
    /// The course of a log after `after`.
    pub(super) fn after(after: Option<Position>) -> Self {
        let recent = Arc::new(Mutex::new(Recent::after(after)));
        Self { recent, readers: Semaphore::new(READERS_MAX), turns: Mutex::default() }
    }

    /// The latest recordings, for the projector to add to.
    pub(super) fn recent(&self) -> Arc<Mutex<Recent>> {
        Arc::clone(&self.recent)
    }

    fn turn_of(&self, subject: SubjectId) -> Arc<Semaphore> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(&subject).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(Semaphore::new(1));
        turns.insert(subject, Arc::downgrade(&turn));
        turn
    }
}

/// The latest recordings, whoever panicked while holding them: each is whole.
pub(super) fn lock(recent: &Mutex<Recent>) -> MutexGuard<'_, Recent> {
    recent.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Somebody who follows the log.
pub struct Following {
    app: Arc<App>,
    after: Option<Position>,
    page: VecDeque<Recording>,
    progress: watch::Receiver<Progress>,
    turn: Arc<Semaphore>,
    /// Which log is followed, by how many there were before it.
    logs_before: u64,
}

impl Following {
    /// Follows the log of `app` after `after`, for `subject`.
    #[must_use]
    pub fn new(app: Arc<App>, after: Option<Position>, subject: SubjectId) -> Self {
        let (progress, turn) = (app.watch(), app.course.turn_of(subject));
        let logs_before = lock(&app.course.recent).logs_before;
        Self { app, after, page: VecDeque::new(), progress, turn, logs_before }
    }

    /// The next recording, waited for if there is none yet. By then it is in the picture, unless it can't be read.
    ///
    /// # Errors
    ///
    /// When the log can't be read or was put in the place of another, or the projector has ended.
    pub async fn next(&mut self) -> Result<Recording, StoreError> {
        loop {
            if let Some(next) = self.page.pop_front() {
                self.after = Some(next.position);
                return Ok(next);
            }
            // Before looking, so that what comes in meanwhile is not missed.
            self.progress.mark_unchanged();
            let (recent, logs_before) = {
                let recent = lock(&self.app.course.recent);
                (recent.page(self.after), recent.logs_before)
            };
            if logs_before != self.logs_before {
                return Err(StoreError("the log was put in the place of the one that was followed".to_owned()));
            }
            self.page = match recent {
                Some(page) => page,
                None => self.read().await?,
            };
            if self.page.is_empty() && self.progress.changed().await.is_err() {
                return Err(StoreError("the projector has ended".to_owned()));
            }
        }
    }

    /// A page of the log, as far as the picture has come.
    async fn read(&self) -> Result<VecDeque<Recording>, StoreError> {
        let closed = |_| StoreError("the log is no longer read".to_owned());
        let _turn = self.turn.acquire().await.map_err(closed)?;
        let _reader = self.app.course.readers.acquire().await.map_err(closed)?;
        let until = self.app.picture().position();
        let mut log = self.app.store.subscribe(self.after);
        let mut page = VecDeque::new();
        while page.len() < PAGE_MAX {
            match log.next().await.transpose()? {
                Some(Delivery::Event(event)) if Some(event.position) <= until => page.push_back(Recording::from(&event)),
                // What stands beside the things is nobody's act on one.
                Some(Delivery::Aside(event)) if Some(event.position) <= until => {}
                Some(Delivery::Told(_)) => {}
                _ => break,
            }
        }
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use schema::Kind;
    use uuid::Uuid;

    use super::*;

    fn recording(position: u64) -> Recording {
        Recording {
            position: Position(position),
            thing: ThingId::new(Kind::Project, Uuid::nil()),
            act: EventId(Uuid::from_u128(position.into())),
        }
    }

    fn positions(page: Option<VecDeque<Recording>>) -> Option<Vec<u64>> {
        page.map(|page| page.iter().map(|recording| recording.position.0).collect())
    }

    #[test]
    fn what_came_after_a_position_is_given_in_order_while_it_is_kept() {
        let mut recent = Recent::after(Some(Position(10)));
        assert_eq!(positions(recent.page(Some(Position(9)))), None);
        assert_eq!(positions(recent.page(Some(Position(10)))), Some(vec![]));
        recent.extend([11, 14, 15].map(recording));
        assert_eq!(positions(recent.page(Some(Position(10)))), Some(vec![11, 14, 15]));
        assert_eq!(positions(recent.page(Some(Position(12)))), Some(vec![14, 15]));
        assert_eq!(positions(recent.page(Some(Position(15)))), Some(vec![]));
        assert_eq!(positions(recent.page(None)), None);
    }

    #[test]
    fn what_is_no_longer_kept_is_not_left_out_in_silence() {
        let mut recent = Recent::after(None);
        let all = RECENT_MAX as u64 + 5;
        recent.extend((1..=all).map(recording));
        assert_eq!(positions(recent.page(Some(Position(4)))), None);
        let page = positions(recent.page(Some(Position(5)))).unwrap();
        assert_eq!((page.len(), page[0]), (PAGE_MAX, 6));
        let page = positions(recent.page(Some(Position(all - 2)))).unwrap();
        assert_eq!(page, [all - 1, all]);
    }
}
