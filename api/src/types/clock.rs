//! The statutory clocks of a permit: what follows for each limit of its regime from what the viewer may see.

use chrono::NaiveDate;
use domain::law::{NoClock, UnderLaw};
use gate::gated;
use law::{
    LawError,
    clock::{self, Bounds, Clock, Court as InCourt, FactKey, Outcome, SegmentKind, Unclocked},
};
use projections::things::{Permit, Thing};
use schema::permit::{Party as Who, Period};

use super::permit::Court;
use crate::{
    Context,
    scalars::{ClockState, Date, Deemed, FactId, Party, PeriodUnit},
    view::View,
};

/// A length in law.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct ClockLength {
    /// How many.
    pub count: i32,
    /// Of what.
    pub unit: PeriodUnit,
}

impl From<Period> for ClockLength {
    fn from(period: Period) -> Self {
        Self { count: period.count.into(), unit: period.unit.into() }
    }
}

/// What stops on one ground took out of a count.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct ClockStoppedDays {
    /// The ground, by its id in the regime; null where a stop was taken that names none.
    pub ground: Option<String>,
    /// Who had to act.
    pub responsible: Party,
    /// How many days: business days where the limit counts these.
    pub days: i32,
}

/// A stretch of days of a clock: they count, or a stop takes them out.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct ClockSegment {
    /// Whether a stop takes its days out.
    pub stopped: bool,
    /// Its first day.
    pub first: Date,
    /// Its last day.
    pub last: Date,
    /// How many of its days count as days of the limit: business days where it counts these.
    pub days: i32,
    /// The fact since which it is so: what started or stopped the clock, or ended a stop. Null where the deadline of another
    /// limit did, or the term of a stop ran out.
    pub fact: Option<FactId>,
    /// The article by which it is so; empty where a stop was taken that the law does not know.
    pub article: String,
    /// The ground of the stop, by its id in the regime.
    pub ground: Option<String>,
    /// Who had to act on the stop.
    pub responsible: Option<Party>,
}

/// How a deadline came to lie where it does: its length in law, then each stop, extension and published date.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct DeadlineStep {
    /// What moved it, in words.
    pub words: String,
    /// The article, where one says so.
    pub article: Option<String>,
    /// The fact that did it; null for the length in law.
    pub fact: Option<FactId>,
    /// Where it lay after that.
    pub deadline: Date,
}

/// An earlier run of a limit: before a quashing, or before it started anew.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct ClockRun {
    /// The day of what started it.
    pub started_on: Date,
    /// The day on which it ended.
    pub ended_on: Option<Date>,
    /// Its last day in time.
    pub deadline: Option<Date>,
    /// Days used.
    pub used_days: Option<i32>,
    /// Whether it ended in time.
    pub on_time: Option<bool>,
}

/// The least and the most that a clock can say where not every date that it rests on is known to the day.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct ClockBounds {
    /// The fewest days that can be used; null where it may not have started.
    pub used_days_least: Option<i32>,
    /// The most days that can be used.
    pub used_days_most: Option<i32>,
    /// The earliest day on which the deadline can lie; null where it may have none.
    pub deadline_earliest: Option<Date>,
    /// The latest day on which the deadline can lie.
    pub deadline_latest: Option<Date>,
}

/// The clock of one limit on the day asked for. Days are of the calendar, or business days where the limit counts these.
#[gated]
#[derive(Debug, Clone, Default)]
#[graphql(context = Context)]
pub struct StatutoryClock {
    /// The limit, by its id in the regime.
    pub limit: String,
    /// For what it is, in words.
    pub words: String,
    /// The article that sets it.
    pub article: String,
    /// The clock in one plain sentence; where the law gives no answer, the reason.
    pub sentence: String,
    /// Why the law gives no answer for this limit; null where it does. Nothing else is known then.
    pub unknown_because: Option<String>,
    /// The regime, by its id.
    pub regime: Option<String>,
    /// Its version, as the regime's own rule chose it.
    pub version: Option<String>,
    /// The case, by its id.
    pub case: Option<String>,
    /// How it stands.
    pub state: Option<ClockState>,
    /// The day of what started it.
    pub started_on: Option<Date>,
    /// The fact that started it; null where the deadline of another limit did.
    pub started_by: Option<FactId>,
    /// The first day that counts.
    pub first_counted_day: Option<Date>,
    /// The day on which it ended; where the law made an outcome of silence, the day after the deadline.
    pub ended_on: Option<Date>,
    /// The fact that ended it; null where the law made an outcome of silence.
    pub ended_by: Option<FactId>,
    /// Its length in law; null where the law sets none.
    pub length: Option<ClockLength>,
    /// Calendar days from the submission to the first ending or the day asked for.
    pub elapsed_days: Option<i32>,
    /// Days that count, up to and including the day asked for or its end, less those that are stopped.
    pub used_days: Option<i32>,
    /// Days that stops took out, each once.
    pub stopped_days: Option<i32>,
    /// The first day that the stop takes out on which the clock stands still; null where it doesn't.
    pub stopped_since: Option<Date>,
    /// The days that stops took out, by ground and by who had to act.
    pub stopped_by: Vec<ClockStoppedDays>,
    /// By how many days extensions, replacements and published dates moved the deadline; negative where to an earlier day.
    pub extended_days: Option<i32>,
    /// Days after the day asked for or its end up to the deadline, negative when late. While stopped: days left on
    /// resumption.
    pub left_days: Option<i32>,
    /// By how many days it is late; 0 where it is not, or where that is open.
    pub late_days: Option<i32>,
    /// The deadline as if nothing had been extended or replaced; null while stopped, and where the law sets no limit.
    pub strict_deadline: Option<Date>,
    /// The last day on which acting is in time; null while stopped, and where the law sets no limit.
    pub deadline: Option<Date>,
    /// Whether an authority has let the deadline pass and has still to act; null where days that are not known decide it.
    pub overdue: Option<bool>,
    /// Whether it ended by the deadline; null as long as that is open, or where days that are not known decide it.
    pub on_time: Option<bool>,
    /// Whether it ended by the strict deadline; null as long as that is open, or where days that are not known decide it.
    pub on_time_strictly: Option<bool>,
    /// What the law made of silence.
    pub deemed: Option<Deemed>,
    /// Whose court the ball is in, and since when; null when nobody has to act.
    pub court: Option<Court>,
    /// Whether every date that it rests on is known to the day. If not, each stands where its period begins.
    pub exact: Option<bool>,
    /// The least and the most that it can say; null where it is exact, or where they can't be told.
    pub bounds: Option<ClockBounds>,
    /// The stretches of days that it is made of, from the first that counts.
    pub segments: Vec<ClockSegment>,
    /// How its deadline came to lie where it does.
    pub deadline_steps: Vec<DeadlineStep>,
    /// Its earlier runs, oldest first: this one is the run after them.
    pub earlier_runs: Vec<ClockRun>,
}

/// Something on record that doesn't fit the law.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct ClockMisfit {
    /// The fact.
    pub fact: Option<FactId>,
    /// Why, in a word: `unknown-ground`, `after-expiry`, `too-late`, `too-early`, `beyond-maximum`, `used-up`,
    /// `needs-consent`, `blocked`, `not-allowed`, `after-outcome` or `differs`.
    pub code: String,
    /// What the law allows, in words.
    pub message: String,
    /// Whether it moves no clock. What a register says, or what overrode a rule, moves it all the same.
    pub without_effect: bool,
}

/// The clocks of `permit`, one for each limit of its regime's case; none, where there is no such law.
pub fn clocks(view: &View, permit: &Thing<Permit>) -> Vec<StatutoryClock> {
    let Ok(under_law) = view.under_law(permit) else { return Vec::new() };
    let clocks = under_law.clocks().unwrap_or_default();
    clocks.into_iter().map(|clock| clock.map_or_else(unclocked, |clock| shown(&under_law, &clock))).collect()
}

/// The clock of one limit of `permit`, by its place among those for which the law gives an answer.
pub fn nth(view: &View, permit: &Thing<Permit>, place: usize) -> Option<StatutoryClock> {
    let under_law = view.under_law(permit).ok()?;
    let clock = under_law.clocks().ok()?.into_iter().flatten().nth(place)?;
    Some(shown(&under_law, &clock))
}

/// Why `permit` has no clock, in words; none, where it has.
pub fn unknown_because(view: &View, permit: &Thing<Permit>) -> Option<String> {
    let known = || -> Result<(), NoClock> {
        view.under_law(permit)?.clocks()?;
        Ok(())
    };
    known().err().map(|reason| reason.to_string())
}

/// What on record of `permit` doesn't fit the law, in the order of life.
pub fn misfits(view: &View, permit: &Thing<Permit>) -> Vec<ClockMisfit> {
    let Ok(under_law) = view.under_law(permit) else { return Vec::new() };
    let found: Result<Vec<clock::Misfit>, LawError> = under_law.misfits();
    let misfit = |misfit: clock::Misfit| ClockMisfit {
        fact: under_law.fact(misfit.fact).map(FactId),
        code: misfit.code.word().to_owned(),
        message: misfit.says,
        without_effect: misfit.outcome == Outcome::Refused,
    };
    found.unwrap_or_default().into_iter().map(misfit).collect()
}

fn unclocked(limit: Unclocked) -> StatutoryClock {
    let because = limit.error.to_string();
    StatutoryClock {
        sentence: format!("{} ({}): {because}.", limit.words, limit.article),
        limit: limit.limit,
        words: limit.words,
        article: limit.article,
        unknown_because: Some(because),
        ..StatutoryClock::default()
    }
}

fn shown(under_law: &UnderLaw<'_>, clock: &Clock) -> StatutoryClock {
    let bounds = if clock.is_exact { None } else { under_law.bounds(clock) };
    let fact = |key: Option<FactKey>| key.and_then(|key| under_law.fact(key)).map(FactId);
    StatutoryClock {
        limit: clock.limit.clone(),
        words: clock.words.clone(),
        article: clock.article.clone(),
        sentence: clock.sentence(),
        unknown_because: None,
        regime: Some(clock.regime.clone()),
        version: Some(clock.version.clone()),
        case: Some(clock.case.clone()),
        state: Some(clock.state.into()),
        started_on: date(clock.started_on),
        started_by: fact(clock.started_by),
        first_counted_day: date(clock.first_counted_day),
        ended_on: date(clock.ended_on),
        ended_by: fact(clock.ended_by),
        length: clock.length.map(ClockLength::from),
        elapsed_days: clock.elapsed_days.map(days),
        used_days: clock.used_days.map(days),
        stopped_days: clock.stopped_days.map(days),
        stopped_since: date(stopped_since(clock)),
        stopped_by: clock.stopped_by.iter().map(ClockStoppedDays::from).collect(),
        extended_days: clock.extended_days.map(days),
        left_days: clock.left_days.map(days),
        late_days: Some(days(clock.late_days())),
        strict_deadline: date(clock.strict_deadline),
        deadline: date(clock.deadline),
        overdue: under_law.lets_pass(clock),
        on_time: surely(clock.on_time, clock, bounds),
        on_time_strictly: clock.on_time_strictly.filter(|_| clock.is_exact),
        deemed: clock.deemed.map(Deemed::from),
        court: court(clock),
        exact: Some(clock.is_exact),
        bounds: bounds.map(ClockBounds::from),
        segments: clock.segments.iter().map(|segment| shown_segment(under_law, clock, segment)).collect(),
        deadline_steps: clock.deadline_steps.iter().map(|step| shown_step(under_law, step)).collect(),
        earlier_runs: clock.earlier_runs.iter().map(ClockRun::from).collect(),
    }
}

/// Since when the clock stands still without a break.
fn stopped_since(clock: &Clock) -> Option<NaiveDate> {
    let is_stopped = |segment: &&clock::Segment| matches!(segment.kind, SegmentKind::Stopped { .. });
    let standing = clock.segments.iter().rev().take_while(is_stopped).last()?;
    matches!(clock.state, clock::State::Stopped).then_some(standing.first)
}

/// Whether it ended in time, where that is so whatever the days were that are not known.
fn surely(on_time: Option<bool>, clock: &Clock, bounds: Option<Bounds>) -> Option<bool> {
    if clock.is_exact { on_time } else { bounds.and_then(|bounds| bounds.on_time) }
}

fn shown_segment(under_law: &UnderLaw<'_>, clock: &Clock, segment: &clock::Segment) -> ClockSegment {
    let (key, article, ground, responsible) = match &segment.kind {
        SegmentKind::Counted { fact } => (*fact, &clock.article, None, None),
        SegmentKind::Stopped { fact, ground, article, responsible } => (Some(*fact), article, Some(ground), Some(*responsible)),
    };
    ClockSegment {
        stopped: ground.is_some(),
        first: Date(schema::Date::day(segment.first)),
        last: Date(schema::Date::day(segment.last)),
        days: days(segment.days),
        fact: key.and_then(|key| under_law.fact(key)).map(FactId),
        article: article.clone(),
        ground: ground.filter(|ground| !ground.is_empty()).cloned(),
        responsible: responsible.map(Party::from),
    }
}

fn shown_step(under_law: &UnderLaw<'_>, step: &clock::DeadlineStep) -> DeadlineStep {
    DeadlineStep {
        words: step.words.clone(),
        article: Some(step.article.clone()).filter(|article| !article.is_empty()),
        fact: step.fact.and_then(|key| under_law.fact(key)).map(FactId),
        deadline: Date(schema::Date::day(step.deadline)),
    }
}

/// Whose court the ball is in; nobody's is null.
fn court(clock: &Clock) -> Option<Court> {
    let party = match clock.court {
        InCourt::Applicant => Who::Applicant,
        InCourt::Authority => Who::Authority,
        InCourt::OtherAuthority => Who::OtherAuthority,
        InCourt::ThirdParty => Who::ThirdParty,
        InCourt::Court => Who::Court,
        InCourt::None => return None,
    };
    Some(Court { party: party.into(), since: date(clock.court_since)? })
}

impl From<&clock::StoppedBy> for ClockStoppedDays {
    fn from(stopped: &clock::StoppedBy) -> Self {
        Self {
            ground: Some(stopped.ground.clone()).filter(|ground| !ground.is_empty()),
            responsible: stopped.responsible.into(),
            days: days(stopped.days),
        }
    }
}

impl From<&clock::PastRun> for ClockRun {
    fn from(run: &clock::PastRun) -> Self {
        Self {
            started_on: Date(schema::Date::day(run.started_on)),
            ended_on: date(run.ended_on),
            deadline: date(run.deadline),
            used_days: run.used_days.map(days),
            on_time: run.on_time,
        }
    }
}

impl From<Bounds> for ClockBounds {
    fn from(bounds: Bounds) -> Self {
        Self {
            used_days_least: bounds.used_days.map(|(least, _)| days(least)),
            used_days_most: bounds.used_days.map(|(_, most)| days(most)),
            deadline_earliest: date(bounds.deadline.map(|(earliest, _)| earliest)),
            deadline_latest: date(bounds.deadline.map(|(_, latest)| latest)),
        }
    }
}

fn date(day: Option<NaiveDate>) -> Option<Date> {
    day.map(|day| Date(schema::Date::day(day)))
}

/// As many as a number of the API holds.
fn days(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(if count < 0 { i32::MIN } else { i32::MAX })
}
