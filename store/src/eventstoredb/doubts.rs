//! Appends that were sent and whose outcome was never known. Of one of these nobody may say that nothing was recorded, until
//! the server has answered it.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use schema::EventId;

/// How many are remembered; the oldest are forgotten.
const DOUBTS_MAX: usize = 10_000;

/// What is in doubt, by the id of its first event.
#[derive(Default)]
pub(super) struct Doubts(Mutex<Known>);

#[derive(Default)]
struct Known {
    ids: HashSet<EventId>,
    oldest_first: VecDeque<EventId>,
}

impl Doubts {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn has(&self, first: EventId) -> bool {
        self.lock().ids.contains(&first)
    }

    pub fn add(&self, first: EventId) {
        let mut known = self.lock();
        if known.ids.insert(first) {
            known.oldest_first.push_back(first);
        }
        if known.oldest_first.len() > DOUBTS_MAX
            && let Some(oldest) = known.oldest_first.pop_front()
        {
            known.ids.remove(&oldest);
        }
    }

    /// The server has answered it.
    pub fn settle(&self, first: EventId) {
        let mut known = self.lock();
        if known.ids.remove(&first) {
            known.oldest_first.retain(|id| *id != first);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_doubt_lasts_until_it_is_settled_or_there_are_too_many() {
        let doubts = Doubts::default();
        let id = |n: usize| EventId(Uuid::from_u128(n as u128));
        for n in 0..DOUBTS_MAX {
            doubts.add(id(n));
        }
        doubts.settle(id(1));
        assert!(doubts.has(id(0)) && !doubts.has(id(1)));
        doubts.add(id(DOUBTS_MAX));
        doubts.add(id(DOUBTS_MAX + 1));
        assert!(!doubts.has(id(0)) && doubts.has(id(2)) && doubts.has(id(DOUBTS_MAX + 1)));
    }
}
