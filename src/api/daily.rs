//! How much one subject records in a day: whoever has a token could fill the disk with what nothing forbids.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::NaiveDate;
use schema::SubjectId;

use crate::graphql::{Code, GraphqlError};

/// The most that one subject records in a day of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Daily {
    /// How many acts.
    pub acts: u64,
    /// How many bytes they have in the log. The command that goes beyond is the last of the day.
    pub bytes: u64,
}

impl Daily {
    /// As much as anybody likes.
    pub(super) const UNLIMITED: Self = Self { acts: u64::MAX, bytes: u64::MAX };
}

/// What each subject has recorded today.
pub(super) struct Ledger {
    most: Daily,
    day: Mutex<Day>,
}

#[derive(Default)]
struct Day {
    date: NaiveDate,
    by_subject: HashMap<SubjectId, Daily>,
}

impl Ledger {
    /// Nothing yet, and at most so much of each.
    pub(super) fn of(most: Daily) -> Self {
        Self { most, day: Mutex::default() }
    }

    /// Takes `acts` of what `subject` may record on `today`, before they are recorded.
    ///
    /// # Errors
    ///
    /// When there are not so many left.
    pub(super) fn take(&self, subject: SubjectId, today: NaiveDate, acts: usize) -> Result<(), GraphqlError> {
        let mut day = self.day();
        if day.date != today {
            *day = Day { date: today, by_subject: HashMap::new() };
        }
        let theirs = day.by_subject.entry(subject).or_insert(Daily { acts: 0, bytes: 0 });
        let acts = theirs.acts.saturating_add(count(acts));
        if acts > self.most.acts || theirs.bytes >= self.most.bytes {
            let Daily { acts, bytes } = self.most;
            let message = format!(
                "nobody records more than {acts} acts or {bytes} bytes in a day, and yours are used up; go on after midnight in UTC, \
                 or ask the operator for more (daily)"
            );
            return Err(GraphqlError::new(Code::Throttled, message));
        }
        theirs.acts = acts;
        Ok(())
    }

    /// Says what came of `taken` acts: how many were recorded, and how many bytes they have.
    pub(super) fn settle(&self, subject: SubjectId, taken: usize, recorded: usize, bytes: u64) {
        let mut day = self.day();
        if let Some(theirs) = day.by_subject.get_mut(&subject) {
            theirs.acts = theirs.acts.saturating_sub(count(taken)).saturating_add(count(recorded));
            theirs.bytes = theirs.bytes.saturating_add(bytes);
        }
    }

    fn day(&self) -> MutexGuard<'_, Day> {
        self.day.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(acts: usize) -> u64 {
    u64::try_from(acts).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_one_subject_records_in_a_day_has_an_end_and_the_next_day_begins_anew() {
        let ledger = Ledger::of(Daily { acts: 3, bytes: 100 });
        let [a, b] = [1, 2].map(|n| SubjectId(Uuid::from_u128(n)));
        let [today, tomorrow] = ["2026-07-01", "2026-07-02"].map(|day| day.parse::<NaiveDate>().unwrap());
        assert!(ledger.take(a, today, 4).is_err());
        ledger.take(a, today, 2).unwrap();
        // What was refused, or was on record already, costs nothing.
        ledger.settle(a, 2, 0, 0);
        ledger.take(a, today, 3).unwrap();
        ledger.settle(a, 3, 3, 10);
        assert_eq!(ledger.take(a, today, 1).unwrap_err().code, Code::Throttled);
        ledger.take(b, today, 1).unwrap();
        ledger.settle(b, 1, 1, 150);
        assert!(ledger.take(b, today, 1).is_err(), "its bytes are used up");
        assert!(ledger.take(a, tomorrow, 3).is_ok() && ledger.take(b, tomorrow, 3).is_ok());
    }
}
