//! How far the log has been looked at, so that a subscription that begins again need not look at the same twice.

use std::sync::{Mutex, MutexGuard, PoisonError};

use schema::Position;

/// What is known of where to begin again. A checkpoint of the server says that nothing of ours lies between the last
/// event and it, which can be far apart where others write much and we little.
#[derive(Default)]
pub(super) struct Resume(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// Our last event at or before `passed`.
    event: Option<Position>,
    /// Nothing of ours lies after `event` up to here.
    passed: Option<Position>,
}

impl Resume {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The log is another one: what was known by positions says nothing of it.
    pub fn forget(&self) {
        *self.lock() = Known::default();
    }

    /// Where a subscription after `after` can begin.
    pub fn place(&self, after: Option<Position>) -> Option<Position> {
        let known = self.lock();
        if known.event == after { known.passed.max(after) } else { after }
    }

    /// Nothing of ours lies after `event`, where there is one, up to `passed`.
    pub fn note(&self, event: Option<Position>, passed: Position) {
        let mut known = self.lock();
        if known.passed < Some(passed) {
            (known.event, known.passed) = (event, Some(passed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(position: impl Into<Option<u64>>) -> Option<Position> {
        position.into().map(Position)
    }

    #[test]
    fn a_subscription_begins_at_the_last_checkpoint_that_belongs_to_its_place() {
        let resume = Resume::default();
        assert_eq!(resume.place(None), None);
        resume.note(None, Position(5));
        assert_eq!((resume.place(None), resume.place(at(3))), (at(5), at(3)));
        resume.note(at(10), Position(30));
        resume.note(at(7), Position(20));
        assert_eq!((resume.place(at(10)), resume.place(at(7)), resume.place(None)), (at(30), at(7), None));
    }
}
