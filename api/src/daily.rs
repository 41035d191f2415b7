//! How much one subject records in a day: whoever has a token could fill the disk with what nothing forbids.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::NaiveDate;
use graphql::{Code, GraphqlError};
use schema::SubjectId;

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
