//! How long a permit took, or has taken so far.
//!
//! A date that is known less exactly than to the day stands where its period begins (see [`Date`]).

use chrono::NaiveDate;
use schema::Date;

use super::{super::Days, Permit, PermitState};

impl Permit {
    /// The day on which the application was first ended: determined, withdrawn or lapsed.
    #[must_use]
    pub fn first_ended_on(&self) -> Option<Date> {
        let determined = self.determinations.iter().map(|determination| determination.decided_on);
        let over = self.ended_on.filter(|_| matches!(self.state, PermitState::Withdrawn | PermitState::Lapsed));
        determined.chain(over).min_by_key(|date| date.first())
    }

    /// *Elapsed*: calendar days from the submission to the first ending, or to `as_of` while there is none.
    ///
    /// `None` without a submission by `as_of`, where the ending lies before the submission (such dates are flagged and
    /// belong in no duration), and where a source says that it is over and not since when.
    #[must_use]
    pub fn elapsed(&self, as_of: NaiveDate) -> Option<Days> {
        if self.first_ended_on().is_none() && self.is_reported_over() {
            return None;
        }
        Self::from(self.submitted_on?, self.first_ended_on(), as_of)
    }

    /// *Used*: calendar days from the start of the clock to the first ending, or to `as_of`, less the days stopped.
    ///
    /// `None` without a start of the clock.
    #[must_use]
    pub fn used(&self, as_of: NaiveDate) -> Option<Days> {
        if self.first_ended_on().is_none() && self.is_reported_over() {
            return None;
        }
        let running = Self::from(self.clock_started_on?, self.first_ended_on(), as_of)?;
        let stopped = self.stopped(as_of)?;
        Some(Days { count: running.count - stopped.count, exact: running.exact && stopped.exact })
    }

    /// Calendar days on which the clock stood still, from its start to the first ending or `as_of`; overlapping stops
    /// count once.
    ///
    /// `None` without a start of the clock.
    #[must_use]
    pub fn stopped(&self, as_of: NaiveDate) -> Option<Days> {
        let start = self.clock_started_on?.first();
        let end = self.first_ended_on().map_or(as_of, |ended| ended.first().min(as_of));
        let interval =
            |from: Date, until: Option<Date>| (from.first().max(start), until.map_or(end, |until| until.first().min(end)));
        let mut intervals: Vec<_> = self.stops.iter().map(|stop| interval(stop.from, stop.until)).collect();
        intervals.sort_unstable();
        let mut counted_to = start;
        let mut count = 0;
        for (from, until) in intervals {
            count += (until - from.max(counted_to)).num_days().max(0);
            counted_to = counted_to.max(until);
        }
        let dates = self.stops.iter().flat_map(|stop| std::iter::once(stop.from).chain(stop.until));
        Some(Days { count, exact: dates.chain(self.clock_started_on).all(|date| Days::between(date, date).exact) })
    }

    fn from(start: Date, ended: Option<Date>, as_of: NaiveDate) -> Option<Days> {
        let end = ended.filter(|ended| ended.first() <= as_of).unwrap_or(Date::day(as_of));
        Some(Days::between(start, end)).filter(|days| days.count >= 0)
    }
}
