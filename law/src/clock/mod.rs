//! The statutory clock of an application: for each limit what follows from what happened by a day. It is derived, never kept.

mod bounds;
mod clock_type;
pub(crate) mod count;
mod course;
mod facts;
mod happening;
mod misfit;
mod sentence;
mod stops;
mod view;

use chrono::NaiveDate;
use schema::permit::{Party, PeriodUnit, Relief};

pub use bounds::{Bounds, bounds};
pub use clock_type::{Clock, Court, Deemed, PastRun, Segment, SegmentKind, State, StoppedBy};
pub use course::DeadlineStep;
pub use facts::FactOf;
pub use happening::{Application, FactKey, Happening, What};
pub use misfit::{Code, Misfit, Outcome, misfits};

use self::{
    count::{Counting, Run, first_counted, plus_days},
    course::{Change, ChangeKind, Course, Terms},
    stops::{Halt, halts},
    view::{Found, Leg, View, reopens},
};
use crate::{
    LawError, Rulebook,
    calendar::DaysOff,
    regime::{Limit, OnExpiry, VersionBy},
    rulebook::nearest,
};

/// Days that a stop takes out of the count, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    halt: Halt,
    first: NaiveDate,
    /// In the unit of the limit.
    days: i64,
}

/// The clock of one limit of an application on a day, by what happened until then.
///
/// What the law refuses has no effect on it, unless it is insisted on; see [`misfits`].
///
/// # Errors
///
/// [`LawError`] when no file has the regime, the case or the limit, when no version of the regime holds on the day that
/// chooses it, or when a calendar that is needed is missing or doesn't reach so far.
pub fn clock(law: &Rulebook, application: &Application, limit: &str, today: NaiveDate) -> Result<Clock, LawError> {
    let (taken, _) = misfit::judge(law, application, today)?;
    clock_in(View { law, application, taken: &taken, today }, limit)
}

/// A limit for whose clock the law gives no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclocked {
    /// The limit, by its id.
    pub limit: String,
    /// For what it is, in words.
    pub words: String,
    /// The article that sets it.
    pub article: String,
    /// Why there is no answer.
    pub error: LawError,
}

/// The clocks of all limits of the application's case on a day, in the order of the regime's file. A limit for which the law
/// gives no answer, as where a calendar doesn't reach so far, says so beside the others.
///
/// # Errors
/// As for [`clock`], where it is not about one limit only.
#[expect(clippy::result_large_err, reason = "what has no clock is no larger than a clock")]
pub fn clocks(law: &Rulebook, application: &Application, today: NaiveDate) -> Result<Vec<Result<Clock, Unclocked>>, LawError> {
    let (taken, _) = misfit::judge(law, application, today)?;
    let view = View { law, application, taken: &taken, today };
    let (regime, case) = view.regime_and_case()?;
    let day = view.receipt().filter(|_| regime.version_by == VersionBy::Receipt).unwrap_or(today);
    let version = regime.version_on(day)?;
    if !version.cases.iter().any(|known| known.id == case) {
        let names = version.cases.iter().map(|known| known.id.as_str());
        return Err(LawError::UnknownCase {
            regime: regime.id.clone(),
            version: version.id.clone(),
            name: case.to_owned(),
            nearest: nearest(case, names),
        });
    }
    let clock = |limit: &Limit| {
        clock_in(view, &limit.id).map_err(|error| Unclocked {
            limit: limit.id.clone(),
            words: limit.words.clone(),
            article: limit.article.clone(),
            error,
        })
    };
    Ok(regime.limits_in(version, case).map(clock).collect())
}

/// The clock of a limit by what is taken to have happened.
fn clock_in(view: View<'_>, limit: &str) -> Result<Clock, LawError> {
    let (found, legs) = view.find(limit)?;
    let Some((leg, earlier)) = legs.split_last() else { return Ok(not_started(view, found)) };
    let mut clock = leg_clock(view, found, leg)?;
    for leg in earlier {
        let past = leg_clock(view, found, leg)?;
        clock.earlier_runs.push(PastRun {
            started_on: leg.start,
            ended_on: past.ended_on,
            deadline: past.deadline,
            used_days: past.used_days,
            on_time: past.on_time,
        });
    }
    Ok(clock)
}

fn not_started(view: View<'_>, found: Found<'_>) -> Clock {
    let mut clock = Clock::of(found, State::NotStarted);
    clock.elapsed_days = elapsed(view);
    clock.court = court(view).map_or(Court::None, |_| Court::Court);
    clock.court_since = court(view);
    clock
}

/// The clock of one run.
fn leg_clock(view: View<'_>, found: Found<'_>, leg: &Leg) -> Result<Clock, LawError> {
    let limit = found.limit;
    let again = limit.length_again.filter(|_| leg.is_again);
    let length = again.or(limit.length_in(found.case)).filter(|_| leg.is_limited);
    let business = length.is_some_and(|length| length.unit == PeriodUnit::BusinessDay);
    let shifts = leg.is_limited && limit.shifts(length);
    let calendars = if business || shifts { view.law.calendars_for(found.regime, &view.application.places)? } else { Vec::new() };
    let days_off = (business || shifts).then(|| DaysOff::of(&calendars));
    let run = Run { days_off: days_off.filter(|_| business) };
    let counting = Counting { first_day_counts: limit.first_day_counts, month_rule: limit.month_rule, shifts };
    let terms = Terms {
        counting,
        extension_base: limit.extension_base,
        start: leg.start,
        first_counted: first_counted(counting, leg.start, run)?,
        length,
        days_off,
        run,
        article: &limit.article,
    };
    if length.is_none() && !(limit.published && leg.is_limited) {
        return Ok(without_limit(view, found, leg, terms));
    }
    let to = leg.end.map_or(view.taken.len(), |end| end.at + 1);
    let facts = &view.taken[leg.from..to];
    let changes = changes(found, facts);
    let mut last = leg.end.map_or(view.today, |end| end.on.min(view.today));
    let mut ended_on = leg.end.map(|end| end.on);
    let mut course = Course::through(terms, &halts(limit, facts, last)?, &changes)?;
    let deadline = course.moved()?.filter(|_| course.open.is_none() || ended_on.is_some());
    let mut deemed = None;
    if let Some(deadline) = deadline
        && let Some(outcome) = deemed_outcome(limit.on_expiry_in(found.case))
        && deadline < last
    {
        deemed = Some(outcome);
        last = plus_days(deadline, 1)?;
        ended_on = Some(last);
        course = Course::through(terms, &halts(limit, facts, last)?, &changes)?;
    }
    let strict: Vec<_> = changes.iter().filter(|change| change.is_strict).cloned().collect();
    let strict = Course::through(terms, &halts(limit, facts, last)?, &strict)?;
    let part = Part { found, leg, terms, course, strict, last, ended_on, deemed };
    part.clock(view)
}

const fn deemed_outcome(on_expiry: OnExpiry) -> Option<Deemed> {
    match on_expiry {
        OnExpiry::DeemedGranted => Some(Deemed::Granted),
        OnExpiry::DeemedRefused => Some(Deemed::Refused),
        OnExpiry::DeemedWaived => Some(Deemed::Waived),
        OnExpiry::None | OnExpiry::Escalate | OnExpiry::Notice | OnExpiry::PowerEnds => None,
    }
}

/// A run for which the law sets no limit: only time elapses.
fn without_limit(view: View<'_>, found: Found<'_>, leg: &Leg, terms: Terms<'_>) -> Clock {
    let last = leg.end.map_or(view.today, |end| end.on.min(view.today));
    let mut clock = Clock::of(found, if leg.end.is_some() { State::Ended } else { State::NoLimit });
    clock.started_on = Some(leg.start);
    clock.started_by = view.key_at(leg.started_at);
    clock.first_counted_day = Some(terms.first_counted);
    clock.ended_on = leg.end.map(|end| end.on);
    clock.ended_by = view.key_at(leg.end.map(|end| end.at));
    clock.used_days = Some((last - leg.start).num_days().max(0));
    clock.stopped_days = Some(0);
    clock.elapsed_days = elapsed(view);
    clock.set_court(court(view), None, leg.start);
    clock.is_exact = is_exact(view);
    clock
}

/// What is known of a run before it is said.
struct Part<'a> {
    found: Found<'a>,
    leg: &'a Leg,
    terms: Terms<'a>,
    course: Course<'a>,
    strict: Course<'a>,
    last: NaiveDate,
    ended_on: Option<NaiveDate>,
    deemed: Option<Deemed>,
}

impl Part<'_> {
    fn clock(self, view: View<'_>) -> Result<Clock, LawError> {
        let open = self.course.open.as_ref().filter(|_| self.ended_on.is_none());
        let state = match (self.ended_on, open) {
            (Some(_), _) => State::Ended,
            (None, Some(_)) => State::Stopped,
            (None, None) => State::Running,
        };
        let mut clock = Clock::of(self.found, state);
        let Terms { run, first_counted, .. } = self.terms;
        let stopped: i64 = self.course.spans.iter().map(|span| span.days).sum();
        clock.started_on = Some(self.leg.start);
        clock.started_by = view.key_at(self.leg.started_at);
        clock.first_counted_day = Some(first_counted);
        clock.ended_on = self.ended_on;
        clock.ended_by = view.key_at(self.leg.end.map(|end| end.at)).filter(|_| self.deemed.is_none());
        clock.length = self.terms.length;
        clock.used_days = Some(run.between(first_counted, self.last)? - stopped);
        clock.stopped_days = Some(stopped);
        clock.elapsed_days = elapsed(view);
        let moved = self.course.moved()?;
        clock.deadline = moved.filter(|_| open.is_none());
        let strict_open = self.strict.open.is_some() && self.ended_on.is_none();
        clock.strict_deadline = self.strict.moved()?.filter(|_| !strict_open);
        clock.left_days = match (open, self.course.end(), clock.deadline) {
            (Some(_), Some(end), _) => Some(run.left(self.last, end)?),
            (None, _, Some(deadline)) => Some(run.left(self.last, deadline)?),
            _ => None,
        };
        if let (Some(strict), Some(deadline)) = (clock.strict_deadline, clock.deadline) {
            clock.extended_days = Some(run.left(strict, deadline)?);
        }
        clock.deemed = self.deemed;
        clock.on_time = clock.deadline.and_then(|deadline| on_time(self.ended_on, deadline, view.today));
        clock.on_time_strictly = clock.strict_deadline.and_then(|strict| on_time(self.ended_on, strict, view.today));
        let since = self.course.spans.last().map_or(self.leg.start, |span| span.halt.after);
        clock.set_court(court(view), open.map(|halt| (halt.responsible, halt.first)), since);
        clock.is_exact = is_exact(view);
        clock.segments = Segment::of_run(self.terms, &self.course.spans, clock.started_by, self.last)?;
        clock.stopped_by = StoppedBy::of(&self.course.spans);
        clock.deadline_steps = self.course.steps;
        Ok(clock)
    }
}

/// Whether it was in time: known once it has ended, or once the deadline has passed.
fn on_time(ended_on: Option<NaiveDate>, deadline: NaiveDate, today: NaiveDate) -> Option<bool> {
    match ended_on {
        Some(ended) => Some(ended <= deadline),
        None => (deadline < today).then_some(false),
    }
}

/// What changed the deadline of a run, in the order of the facts.
fn changes(found: Found<'_>, facts: &[&Happening]) -> Vec<Change> {
    let limit = found.limit;
    let mut changes: Vec<Change> = Vec::new();
    for fact in facts {
        let (words, article, kind, is_strict) = match &fact.what {
            What::Extended { ground, by, to, .. } if misfit::extends(found, fact) => {
                let known = ground.as_deref().and_then(|ground| limit.extension(&found.version.id, found.case, ground));
                let article = known.map_or_else(String::new, |known| known.article.clone());
                let Some(kind) = moves(*by, *to, false) else { continue };
                ("extended", article, kind, false)
            }
            What::Replaced { limit: id, by, to } if *id == limit.id => {
                let article = limit.replacement.as_ref().map_or_else(String::new, |known| known.article.clone());
                let Some(kind) = moves(*by, *to, true) else { continue };
                ("replaced", article, kind, false)
            }
            What::Published { limit: id, deadline } if *id == limit.id => {
                // Where the law sets no length, the first date that was published is the original one.
                let is_first = limit.published && !changes.iter().any(|change| change.is_strict);
                ("published", String::new(), ChangeKind::Name(deadline.last()), is_first)
            }
            What::Amended { material } if *material != Some(false) => {
                let Some(rule) = limit.amendment.as_ref().filter(|rule| found.in_case(&rule.cases)) else { continue };
                let kind = ChangeKind::Amend { from_act: rule.from_amendment, from_start: rule.from_start };
                ("amended", rule.article.clone(), kind, true)
            }
            _ => continue,
        };
        changes.push(Change { fact: fact.key, on: fact.day(), article, words, kind, is_strict });
    }
    changes
}

fn moves(by: Option<schema::permit::Period>, to: Option<schema::Date>, replaces: bool) -> Option<ChangeKind> {
    match (by, to) {
        (_, Some(to)) => Some(ChangeKind::Name(to.last())),
        (Some(by), None) if replaces => Some(ChangeKind::Replace(by)),
        (Some(by), None) => Some(ChangeKind::Add(by)),
        (None, None) => None,
    }
}

fn is_exact(view: View<'_>) -> bool {
    view.taken.iter().all(|fact| fact.is_exact())
}

/// Calendar days from the submission to the first ending, or to the day asked. After a quashing they go on.
fn elapsed(view: View<'_>) -> Option<i64> {
    let submitted = view.taken.iter().find(|fact| matches!(fact.what, What::Submitted { .. }))?.day();
    let mut ended = None;
    for fact in view.taken {
        match fact.what {
            What::Determined { .. } | What::Withdrawn | What::Lapsed => ended = ended.or(Some(fact.day())),
            _ if reopens(fact) => ended = None,
            _ => {}
        }
    }
    Some((ended.unwrap_or(view.today) - submitted).num_days().max(0))
}

/// Since when a court or an appeal body has the ball, if it has.
fn court(view: View<'_>) -> Option<NaiveDate> {
    let mut open: Vec<(FactKey, NaiveDate)> = Vec::new();
    let close = |open: &mut Vec<(FactKey, NaiveDate)>, challenge: Option<FactKey>| {
        let at = challenge.map_or(open.len().checked_sub(1), |key| open.iter().position(|(known, _)| *known == key));
        if let Some(at) = at {
            open.remove(at);
        }
    };
    for fact in view.taken {
        match &fact.what {
            What::ChallengeLodged { .. } => open.push((fact.key, fact.day())),
            What::ChallengeEnded { challenge } => close(&mut open, *challenge),
            // Where nothing is said of the determination, what comes of it is still the court's to say.
            What::ChallengeUpheld { challenge, relief: Some(relief) } if *relief != Relief::Substituted => {
                close(&mut open, *challenge);
            }
            What::Quashed { .. } | What::RedeterminationOpened => open.clear(),
            _ => {}
        }
    }
    open.first().map(|(_, since)| *since)
}

impl From<Party> for Court {
    fn from(party: Party) -> Self {
        match party {
            Party::Applicant => Self::Applicant,
            Party::Authority => Self::Authority,
            Party::OtherAuthority => Self::OtherAuthority,
            Party::ThirdParty => Self::ThirdParty,
            Party::Court => Self::Court,
        }
    }
}
