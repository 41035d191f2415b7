//! Lengths of time in calendar days.

use chrono::NaiveDate;
use schema::Date;
use serde::Serialize;

/// A number of calendar days between two dates.
///
/// Dates may be known to a month or a year only, so that there is a least and a most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Days {
    /// How many, between the days that the dates stand for (see [`Date`]), but no fewer than the least and no more than the
    /// most.
    pub count: i64,
    /// The fewest that any choice of days gives.
    pub least: i64,
    /// The most that any choice of days gives; `None` where nobody knows when it began.
    pub most: Option<i64>,
}

impl Days {
    /// A number that is known.
    #[must_use]
    pub const fn exactly(count: i64) -> Self {
        Self { count, least: count, most: Some(count) }
    }

    /// Whether it is known to the day.
    #[must_use]
    pub fn is_exact(self) -> bool {
        self.most == Some(self.least)
    }

    /// The days from `start` to `end`; `None` where no choice of days puts them in that order.
    #[must_use]
    pub fn between(start: Date, end: Date) -> Option<Self> {
        Self::over(Span::by(start, start.last())?, Span::by(end, end.last())?)
    }

    /// The days from `start` to `end`, of which the second is not before the first; `None` where no choice of days puts
    /// them in that order.
    #[must_use]
    pub(super) fn over(start: Span, end: Span) -> Option<Self> {
        let most = start.earliest.map(|earliest| (end.latest - earliest).num_days());
        if most.is_some_and(|most| most < 0) {
            return None;
        }
        let least = end.earliest.map_or(0, |earliest| (earliest - start.latest).num_days().max(0));
        let count = (end.stands - start.stands).num_days().max(least);
        Some(Self { count: most.map_or(count, |most| count.min(most)), least, most })
    }

    /// What is left of these when `others` are taken away.
    #[must_use]
    pub(super) fn less(self, others: Self) -> Self {
        let least = others.most.map_or(0, |most| self.least - most).max(0);
        let most = self.most.map(|most| most - others.least);
        Self { count: self.count - others.count, least: least.min(self.count - others.count), most }
    }
}

/// When something was: the day that its date stands for, and between which days it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    stands: NaiveDate,
    /// `None` where only the end of the period is known.
    earliest: Option<NaiveDate>,
    latest: NaiveDate,
}

impl Span {
    /// The span of `day`.
    pub(super) const fn day(day: NaiveDate) -> Self {
        Self { stands: day, earliest: Some(day), latest: day }
    }

    /// When it was, if it counts on `as_of`: then it was by then. A coarse date counts from its first day.
    pub(super) fn by(date: Date, as_of: NaiveDate) -> Option<Self> {
        let span = Self { stands: date.first(), earliest: date.earliest(), latest: date.last().min(as_of) };
        (date.first() <= as_of).then_some(span)
    }

    /// The same, but not before `other`.
    pub(super) fn not_before(self, other: Self) -> Self {
        Self {
            stands: self.stands.max(other.stands),
            earliest: self.earliest.max(other.earliest),
            latest: self.latest.max(other.stands),
        }
    }

    /// The day that its date stands for.
    pub(super) const fn stands(self) -> NaiveDate {
        self.stands
    }
}
