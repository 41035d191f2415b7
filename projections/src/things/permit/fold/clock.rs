//! The statutory clock of a permit: its start, its stops and what ends each, its extensions.

use schema::{
    Date, EventId,
    permit::{ClockResumed, ClockStopped, DeadlineExtended, LimitReplaced},
};

use super::Fold;
use crate::things::{
    Flag, FlagCode,
    permit::{Extension, PermitState, Stop},
};

impl Fold<'_> {
    pub(super) fn clock_started(&mut self, on: Date) {
        self.needs_procedure();
        self.flag_unless(self.permit.clock_started_on.is_none(), FlagCode::ClockStartedTwice);
        self.permit.clock_started_on.get_or_insert(on);
        self.advance(PermitState::InReview);
    }

    /// Whether the clock can be stopped and extended. Where the regime and the case are named, the law says since when it
    /// runs, and nobody has to say so.
    pub(super) fn clock_is_on(&self) -> bool {
        let may_run = self.permit.clock_started_on.is_some() || self.names_law();
        may_run && self.aside.phase < PermitState::Decided
    }

    fn names_law(&self) -> bool {
        self.permit.regime().is_some() && self.permit.case().is_some()
    }

    /// Whether a stop is what the permit waits for: in review or, where the law says since when the clock runs, before.
    fn waits_for_stops(&self) -> bool {
        match self.aside.phase {
            PermitState::InReview => true,
            PermitState::Submitted | PermitState::Accepted => self.names_law(),
            _ => false,
        }
    }

    pub(super) fn clock_stopped(&mut self, stopped: &ClockStopped, on: Date) {
        self.flag_unless(self.clock_is_on(), FlagCode::ClockNotRunning);
        let resumption = self.aside.early_resumptions.remove(&self.fact);
        let resumed_before = resumption.map(|(on, _)| on);
        self.flags.extend(resumption.map(|(_, fact)| Flag::new(FlagCode::ClockNotStopped, [fact])));
        let stop = Stop {
            from: on,
            until: resumed_before,
            reason: stopped.reason.clone(),
            ground: stopped.ground.clone(),
            legal_basis: stopped.legal_basis.clone(),
            responsible: stopped.responsible,
            expected_resumption: stopped.expected_resumption,
            fact_id: self.fact,
        };
        let ground = stop.ground_key();
        self.flag_unless(!self.aside.stopped.has_ground(&ground), FlagCode::StoppedTwice);
        self.permit.stops.push(stop);
        if resumed_before.is_some() {
            return;
        }
        self.aside.stopped.add(self.permit.stops.len() - 1, self.fact, ground);
        if self.waits_for_stops() {
            self.aside.phase = PermitState::Stopped;
        }
    }

    /// A resumption ends the stop or the ground that it names. One that names none ends the ground there is; of several, the
    /// one on which the clock has stood still the longest, since nothing tells which is meant.
    pub(super) fn clock_resumed(&mut self, resumed: &ClockResumed, on: Date) {
        let stopped = &mut self.aside.stopped;
        let is_unclear = resumed.stop.is_none() && resumed.ground.is_none() && stopped.grounds() > 1;
        let ended = match (resumed.stop, &resumed.ground) {
            (Some(stop), _) => stopped.end_fact(stop),
            (None, Some(ground)) => stopped.end_ground(&ground.key()),
            (None, None) => stopped.end_longest(),
        };
        self.flag_unless(!is_unclear, FlagCode::ResumptionUnclear);
        self.end_stops(&ended, on);
        if ended.is_empty() {
            self.resumed_for_nothing(resumed.stop, on);
        }
        if self.aside.phase == PermitState::Stopped && self.aside.stopped.is_empty() {
            self.aside.phase = PermitState::InReview;
        }
    }

    /// A stop that is named and not on record is flagged as such. One whose date lies after that of its resumption never
    /// stood.
    pub(super) fn resumed_for_nothing(&mut self, stop: Option<EventId>, on: Date) {
        match stop {
            Some(stop) if !self.permit.stops.iter().any(|ended| ended.fact_id == stop) => {
                self.aside.early_resumptions.insert(stop, (on, self.fact));
            }
            _ => self.flag(FlagCode::ClockNotStopped),
        }
    }

    pub(super) fn deadline_extended(&mut self, extended: &DeadlineExtended, on: Date) {
        self.flag_unless(self.clock_is_on(), FlagCode::ClockNotRunning);
        self.flag_unless(extended.by.is_some() != extended.to.is_some(), FlagCode::ExtensionUnclear);
        self.permit.extensions.push(Extension {
            by: extended.by,
            to: extended.to,
            extended_on: on,
            legal_basis: extended.legal_basis.clone(),
            approved_by: extended.approved_by.clone(),
            reason: extended.reason.clone(),
            fact_id: self.fact,
        });
    }

    pub(super) fn limit_replaced(&mut self, replaced: &LimitReplaced) {
        self.flag_unless(replaced.by.is_some() != replaced.to.is_some(), FlagCode::ExtensionUnclear);
    }

    /// Says that the stops at these places ended.
    pub(super) fn end_stops(&mut self, places: &[usize], on: Date) {
        for place in places {
            if let Some(stop) = self.permit.stops.get_mut(*place) {
                stop.until = Some(on);
            }
        }
    }
}
