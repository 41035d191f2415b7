//! One permit's way from its submission to its first ending, as far as it was seen.

use chrono::NaiveDate;
use law::clock::{Clock, FactKey, SegmentKind};
use projections::things::{Days, Outcome, Permit, PermitState, Thing};
use schema::{
    Date, Line, LineKey, ThingId,
    permit::{Party, Period, PermitFact},
};

use crate::statistics::Observation;

/// How an application ended first: determined, withdrawn or lapsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    /// Granted.
    Granted,
    /// Granted for a part.
    PartlyGranted,
    /// Granted by the running out of a period.
    DeemedGranted,
    /// Refused.
    Refused,
    /// Withdrawn.
    Withdrawn,
    /// Lapsed.
    Lapsed,
}

impl Ending {
    /// Whether there is a grant, if only for a part.
    #[must_use]
    pub const fn is_grant(self) -> bool {
        matches!(self, Self::Granted | Self::PartlyGranted | Self::DeemedGranted)
    }

    /// Whether somebody, or the running out of a period, determined it.
    #[must_use]
    pub const fn is_determination(self) -> bool {
        !matches!(self, Self::Withdrawn | Self::Lapsed)
    }

    /// How the application of `permit` ended on `day`, on which it ended first.
    pub(crate) fn of(permit: &Permit, day: Date) -> Option<Self> {
        let mut determined = permit.determinations.iter().filter(|determination| determination.decided_on == day);
        match (determined.next().map(|determination| determination.outcome), permit.state) {
            (Some(Outcome::Granted), _) => Some(Self::Granted),
            (Some(Outcome::PartlyGranted), _) => Some(Self::PartlyGranted),
            (Some(Outcome::DeemedGranted), _) => Some(Self::DeemedGranted),
            (Some(Outcome::Refused), _) => Some(Self::Refused),
            (None, PermitState::Withdrawn) => Some(Self::Withdrawn),
            (None, PermitState::Lapsed) => Some(Self::Lapsed),
            (None, _) => None,
        }
    }
}

/// From when to when a permit is watched by those who tell of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    /// Since when its source observes: what ended before is not told of. None where it tells of all.
    pub from: Option<NaiveDate>,
    /// The last day of which it tells: that of the question or, of a register's, that of its edition.
    pub until: NaiveDate,
    /// Whether that is a register's edition.
    pub is_edition: bool,
}

/// How far a permit has come on the day that is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// No application is submitted by then.
    NotSubmitted,
    /// Over, with no submission or no ending on record with its date.
    Undated,
    /// Its ending lies certainly before its submission: flagged, and in no duration.
    Impossible,
    /// Pending for so many days.
    Open(Days),
    /// Ended after so many days, in this way.
    Ended(Days, Ending),
}

/// A stretch of days on which a clock stood still: `[from, until)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Halt {
    /// Its first day.
    pub from: NaiveDate,
    /// The first day after it; none while it lasts.
    pub until: Option<NaiveDate>,
    /// Who had to act.
    pub party: Party,
    /// On what ground: its id in the regime or, without one, in words.
    pub ground: String,
}

/// Whether a decision came in time (DOMAIN §6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// By the deadline as if nothing had been extended.
    pub strict: bool,
    /// By the deadline as extended.
    pub extended: bool,
}

/// What the law says of a permit, as far as it is asked here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ByLaw {
    timing: Option<Timing>,
    halts: Option<Vec<Halt>>,
    limit: Option<Period>,
}

impl ByLaw {
    /// What `clocks` say; `decides` knows the fact by which the application was determined first.
    ///
    /// A decision is in time if it is so for every limit that it ends. That is not known where one of them hangs on days
    /// that are not known.
    #[must_use]
    pub fn of(clocks: &[Clock], decides: impl Fn(FactKey) -> bool) -> Self {
        let ended = clocks.iter().filter(|clock| clock.ended_by.is_some_and(&decides) && clock.length.is_some());
        let limit = ended.clone().next().and_then(|clock| clock.length);
        let timings: Option<Vec<_>> = ended.map(timing).collect();
        let timings = timings.filter(|timings| !timings.is_empty());
        let timing = timings.map(|timings| Timing {
            strict: timings.iter().all(|timing| timing.strict),
            extended: timings.iter().all(|timing| timing.extended),
        });
        let halts = (!clocks.is_empty()).then(|| clocks.iter().flat_map(halts).collect());
        Self { timing, halts, limit }
    }
}

/// Whether the decision that ended `clock` came in time; none where it hangs on days that are not known.
fn timing(clock: &Clock) -> Option<Timing> {
    let (strict, extended) = clock.on_time_strictly.zip(clock.on_time).filter(|_| clock.is_exact)?;
    Some(Timing { strict, extended })
}

/// The stretches of days that stops took out of `clock`. One that lasts to its last day may last longer.
fn halts(clock: &Clock) -> impl Iterator<Item = Halt> {
    clock.segments.iter().filter_map(|segment| match &segment.kind {
        SegmentKind::Counted { .. } => None,
        SegmentKind::Stopped { ground, responsible, .. } => {
            let (party, ground) = (*responsible, ground.clone());
            Some(Halt { from: segment.first, until: segment.last.succ_opt(), party, ground })
        }
    })
}

/// One permit's way from its submission to its first ending.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// The permit.
    pub permit: ThingId,
    /// What it is compared with: permits of the same instrument.
    pub kind: Option<LineKey>,
    /// When it was submitted, if it was by the day that is asked.
    pub submitted: Option<NaiveDate>,
    /// When it ended first, if it has by then.
    pub ended: Option<NaiveDate>,
    /// How far it has come.
    pub way: Way,
    /// From when to when it is watched.
    pub watch: Watch,
    /// Calendar days from the submission to the first acceptance, where both are known and not in an impossible order.
    pub to_acceptance: Option<u32>,
    /// How often it was returned as incomplete.
    pub returns: u32,
    /// When its clock stood still.
    pub halts: Vec<Halt>,
    /// Whether it was decided in time; none where that is not known.
    pub timing: Option<Timing>,
    /// How long the law gave for its determination: the first limit of its regime that the determination ended.
    pub limit: Option<Period>,
}

impl Passage {
    /// The passage of `permit`, which is in `state` on `as_of`.
    #[must_use]
    pub fn of(permit: &Thing<Permit>, state: &Permit, as_of: NaiveDate, watch: Watch, by_law: ByLaw) -> Self {
        let submitted = state.submitted_on.filter(|submitted| submitted.first() <= as_of);
        let ended = state.first_ended_on().filter(|ended| ended.first() <= as_of);
        let ending = ended.and_then(|day| Ending::of(state, day).map(|ending| (day, ending)));
        let accepted = permit.live().iter().filter(|live| matches!(live.fact(), PermitFact::ApplicationAccepted(_)));
        let accepted = accepted.map(projections::things::Live::occurred_on).find(|on| on.first() <= as_of);
        let to_acceptance = submitted.zip(accepted).and_then(|(submitted, accepted)| Days::between(submitted, accepted));
        Self {
            permit: permit.id(),
            kind: state.identified().map(|identified| identified.instrument.key()),
            submitted: submitted.map(Date::first),
            ended: ended.map(Date::first),
            way: way(state, submitted, ending, watch.until),
            watch,
            to_acceptance: to_acceptance.map(count),
            returns: state.returns,
            halts: by_law.halts.unwrap_or_else(|| recorded_halts(state)),
            timing: by_law.timing.filter(|_| ending.is_some()),
            limit: by_law.limit,
        }
    }

    /// Calendar days from the submission to the first ending or to the last day of which is told; none where that is not
    /// known or impossible.
    #[must_use]
    pub const fn elapsed(&self) -> Option<u32> {
        match self.way {
            Way::Open(days) | Way::Ended(days, _) => Some(count(days)),
            Way::NotSubmitted | Way::Undated | Way::Impossible => None,
        }
    }

    /// How it ended, where that and its duration are known.
    #[must_use]
    pub const fn ending(&self) -> Option<Ending> {
        match self.way {
            Way::Ended(_, ending) => Some(ending),
            _ => None,
        }
    }

    /// Whether it is submitted and nothing has ended it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.way, Way::Open(_))
    }

    /// What survival sees of it; none where it has no duration, or ended before its source began to observe.
    #[must_use]
    pub fn observation(&self) -> Option<Observation<Ending>> {
        let unseen = self.watch.from.zip(self.submitted).map_or(0, |(from, submitted)| (from - submitted).num_days().max(0));
        Observation::try_new(u32::try_from(unseen).ok()?, self.elapsed()?, self.ending())
    }
}

/// How long the law gives for the determination of `passages`, where it is the same for all of which it is known.
#[must_use]
pub fn limit<'a>(passages: impl Iterator<Item = &'a Passage>) -> Option<Period> {
    let mut limits = passages.filter_map(|passage| passage.limit);
    let first = limits.next()?;
    limits.all(|limit| limit == first).then_some(first)
}

/// How far a permit has come that was submitted and has ended so.
pub(crate) fn way(state: &Permit, submitted: Option<Date>, ending: Option<(Date, Ending)>, until: NaiveDate) -> Way {
    match (submitted, ending) {
        (Some(submitted), Some((ended, ending))) => {
            Days::between(submitted, ended).map_or(Way::Impossible, |days| Way::Ended(days, ending))
        }
        (Some(submitted), None) => match state.elapsed(until) {
            Some(days) => Way::Open(days),
            None if submitted.first() > until => Way::NotSubmitted,
            // A source says that it is over and not since when.
            None => Way::Undated,
        },
        (None, None) if state.is_open() => Way::NotSubmitted,
        (None, _) => Way::Undated,
    }
}

pub(crate) const fn count(days: Days) -> u32 {
    // Dates lie within 300 years, which are fewer days than this can hold.
    #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "between 0 and 110,000")]
    let count = if days.count < 0 { 0 } else { days.count as u32 };
    count
}

/// The stops on record, where no law says which of them count.
fn recorded_halts(state: &Permit) -> Vec<Halt> {
    let ground = |ground: Option<&Line>, reason: &Line| ground.unwrap_or(reason).as_str().to_owned();
    let halt = |stop: &projections::things::Stop| Halt {
        from: stop.from.first(),
        until: stop.until.map(Date::first),
        party: stop.responsible,
        ground: ground(stop.ground.as_ref(), &stop.reason),
    };
    state.stops.iter().map(halt).collect()
}
