//! The day of a question.

use std::borrow::Cow;

use chrono::NaiveDate;
use schema::Date;

use crate::{Kinded, things::Thing};

/// The day for which something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// What had occurred by the end of this day counts; every fact, where it is left open.
    pub effective_on: Option<NaiveDate>,
    /// The day to which open durations run, and on which documents and waivers have to be valid.
    pub as_of: NaiveDate,
}

impl Day {
    /// Every fact counts; `today` is the day on which it is asked.
    #[must_use]
    pub const fn today(today: NaiveDate) -> Self {
        Self { effective_on: None, as_of: today }
    }

    /// What had occurred by the end of `day`.
    #[must_use]
    pub const fn end_of(day: NaiveDate) -> Self {
        Self { effective_on: Some(day), as_of: day }
    }

    /// What follows from the facts of `thing` on this day.
    #[must_use]
    pub fn state<S: Kinded>(self, thing: &Thing<S>) -> Cow<'_, S> {
        self.effective_on.map_or(Cow::Borrowed(thing.state()), |day| Cow::Owned(thing.on(day)))
    }

    /// Whether anything about `thing` had occurred by this day: only then is it there.
    #[must_use]
    pub fn knows<S: Kinded>(self, thing: &Thing<S>) -> bool {
        self.effective_on.is_none_or(|day| thing.live().iter().any(|live| live.occurred_on().first() <= day))
    }

    /// Whether `date` lies on this day or before; a date known less exactly counts from where its period begins.
    #[must_use]
    pub fn has_come(self, date: Date) -> bool {
        date.first() <= self.as_of
    }

    /// Whether `date` is over: its whole period lies before this day.
    #[must_use]
    pub fn is_past(self, date: Date) -> bool {
        date.last() < self.as_of
    }
}
