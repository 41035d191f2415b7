//! How long a permit took, or has taken so far.
//!
//! A date that is known less exactly than to the day stands where its period begins (see [`Date`]); the least and the most
//! days that it leaves open stand beside the count.

use chrono::NaiveDate;
use schema::{Date, Precision};

use super::{
    super::days::{Days, Span},
    Permit, PermitState, Stop,
};

impl Permit {
    /// The day on which the application was first ended: determined, withdrawn or lapsed.
    #[must_use]
    pub fn first_ended_on(&self) -> Option<Date> {
        let determined = self.determinations.iter().map(|determination| determination.decided_on);
        determined.chain(self.given_up_on).min_by_key(|date| date.first())
    }

    /// The day of the first ending that stands on `as_of`: after a quashing the application is pending again.
    fn stands_ended_on(&self, as_of: NaiveDate) -> Option<Date> {
        let stands = |quashed_on: Option<Date>| quashed_on.is_none_or(|quashed_on| quashed_on.first() > as_of);
        let determined = self.determinations.iter().filter(|determination| stands(determination.quashed_on));
        let determined = determined.map(|determination| determination.decided_on);
        determined.chain(self.given_up_on).min_by_key(|date| date.first())
    }

    /// *Elapsed*: calendar days from the submission to the first ending, or to `as_of` while there is none.
    ///
    /// `None` without a submission by `as_of`, where the ending lies before the submission (such dates are flagged and
    /// belong in no duration), and where it is over and nobody says since when: by a report, or because the grant is
    /// surrendered or expired without a determination on record.
    #[must_use]
    pub fn elapsed(&self, as_of: NaiveDate) -> Option<Days> {
        let ended = self.stands_ended_on(as_of);
        if ended.is_none() && self.is_over_since_nobody_knows() {
            return None;
        }
        Days::over(Span::by(self.submitted_on?, as_of)?, end_of(ended, as_of))
    }

    /// *Used*: calendar days from the start of the clock to the first ending, or to `as_of`, less the days stopped.
    ///
    /// `None` without a start of the clock, and where it lies before the submission: more days would be used than have
    /// elapsed.
    #[must_use]
    pub fn used(&self, as_of: NaiveDate) -> Option<Days> {
        let running = self.running(as_of)?;
        Some(running.less(self.stopped(as_of)?))
    }

    /// Calendar days on which the clock stood still, from its start to the first ending or `as_of`; overlapping stops
    /// count once.
    ///
    /// `None` without a start of the clock.
    #[must_use]
    pub fn stopped(&self, as_of: NaiveDate) -> Option<Days> {
        let start = self.clock_start(as_of)?.stands();
        let end = end_of(self.first_ended_on(), as_of).stands();
        let interval = |stop: &Stop| {
            let until = stop.until.map_or(end, |until| until.first().min(end));
            (stop.from.first().max(start), until)
        };
        let mut intervals: Vec<_> = self.stops.iter().map(interval).collect();
        intervals.sort_unstable();
        let mut counted_to = start;
        let mut count = 0;
        for (from, until) in intervals {
            count += (until - from.max(counted_to)).num_days().max(0);
            counted_to = counted_to.max(until);
        }
        let stops = self.stops.iter().flat_map(|stop| std::iter::once(stop.from).chain(stop.until));
        let start = self.clock_started_on.filter(|_| !self.stops.is_empty());
        if stops.chain(start).all(|date| date.precision() == Precision::Day) {
            return Some(Days::exactly(count));
        }
        let most = self.running(as_of).and_then(|running| running.most);
        Some(Days { count, least: 0, most })
    }

    /// The days from the start of the clock to the first ending or `as_of`, stopped ones included.
    fn running(&self, as_of: NaiveDate) -> Option<Days> {
        let ended = self.first_ended_on();
        if ended.is_none() && self.is_over_since_nobody_knows() {
            return None;
        }
        Days::over(self.clock_start(as_of)?, end_of(ended, as_of))
    }

    /// When the clock started: not before the submission.
    fn clock_start(&self, as_of: NaiveDate) -> Option<Span> {
        let started_on = self.clock_started_on?;
        let start = Span::by(started_on, as_of)?;
        let Some(submitted_on) = self.submitted_on else { return Some(start) };
        if started_on.certainly_before(submitted_on) {
            return None;
        }
        Some(Span::by(submitted_on, as_of).map_or(start, |submitted| start.not_before(submitted)))
    }

    /// Whether it is over and nobody says since when.
    fn is_over_since_nobody_knows(&self) -> bool {
        self.is_reported_over() || matches!(self.state, PermitState::Surrendered | PermitState::Expired)
    }
}

/// When it ended, or `as_of` while it had not.
fn end_of(ended: Option<Date>, as_of: NaiveDate) -> Span {
    ended.and_then(|ended| Span::by(ended, as_of)).unwrap_or(Span::day(as_of))
}
