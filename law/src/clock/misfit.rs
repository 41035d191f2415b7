//! What doesn't fit the law: what it refuses, and what is taken and flagged.

use std::fmt;

use chrono::{Months, NaiveDate};
use schema::{
    Date,
    permit::{Period, PeriodUnit},
};

use super::{
    Clock, clock_in,
    count::{Counting, end_of, off_days_off, plus_days},
    happening::{Application, FactKey, Happening, What},
    view::{Found, View},
};
use crate::{
    LawError, Rulebook,
    calendar::DaysOff,
    regime::{Extension, Further, Limit, RecordedBy, Trigger, covers, period_in_words},
};

/// Why something doesn't fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The regime has no such ground for a stop or an extension.
    UnknownGround,
    /// An extension after the deadline where it has to come before, or a stop after it, which stops nothing.
    AfterExpiry,
    /// Outside another window: so long after the start, or too near to the date.
    TooLate,
    /// A due date sooner, or a determination earlier, than the law allows.
    TooEarly,
    /// Longer than the law allows, once or together; a court's date beyond the usual.
    BeyondMaximum,
    /// As often as allowed already.
    UsedUp,
    /// A further one only with the applicant's consent.
    NeedsConsent,
    /// An act of the applicant bars it.
    Blocked,
    /// An earlier date, or a replacement, that the regime does not know.
    NotAllowed,
    /// A determination after the law deemed an outcome.
    AfterOutcome,
    /// A published date that is not the computed one.
    Differs,
}

impl Code {
    /// Its word in data.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::UnknownGround => "unknown-ground",
            Self::AfterExpiry => "after-expiry",
            Self::TooLate => "too-late",
            Self::TooEarly => "too-early",
            Self::BeyondMaximum => "beyond-maximum",
            Self::UsedUp => "used-up",
            Self::NeedsConsent => "needs-consent",
            Self::Blocked => "blocked",
            Self::NotAllowed => "not-allowed",
            Self::AfterOutcome => "after-outcome",
            Self::Differs => "differs",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What becomes of what doesn't fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It is refused, and has no effect.
    Refused,
    /// It is taken, and flagged.
    Flagged,
}

/// Something that doesn't fit the law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The fact.
    pub fact: FactKey,
    /// Why.
    pub code: Code,
    /// What becomes of it.
    pub outcome: Outcome,
    /// What the law allows, in words.
    pub says: String,
}

/// What of an application doesn't fit the law, by what happened until a day, in the order of life.
///
/// What is insisted on is flagged where it would be refused, and has its effect.
///
/// # Errors
/// As for [`clock`](super::clock), for the limits that what happened names.
pub fn misfits(law: &Rulebook, application: &Application, today: NaiveDate) -> Result<Vec<Misfit>, LawError> {
    judge(law, application, today).map(|(_, misfits)| misfits)
}

/// What is taken to have happened by a day, in the order of life, and what doesn't fit.
pub(super) fn judge<'a>(
    law: &'a Rulebook,
    application: &'a Application,
    today: NaiveDate,
) -> Result<(Vec<&'a Happening>, Vec<Misfit>), LawError> {
    let mut order: Vec<_> = application.happenings.iter().filter(|fact| fact.day() <= today).collect();
    order.sort_by_key(|fact| (fact.day(), fact.on, fact.sequence, fact.what.rank(), fact.key));
    let mut taken = Vec::with_capacity(order.len());
    let mut misfits = Vec::new();
    for fact in order {
        let found = check(View { law, application, taken: &taken, today: fact.day() }, fact)?;
        let mut is_refused = false;
        for Objection { code, refuses, says } in found {
            let refuses = refuses && !fact.insisted;
            is_refused |= refuses;
            let outcome = if refuses { Outcome::Refused } else { Outcome::Flagged };
            misfits.push(Misfit { fact: fact.key, code, outcome, says });
        }
        if !is_refused {
            taken.push(fact);
        }
    }
    Ok((taken, misfits))
}

/// What is to be said against something.
struct Objection {
    code: Code,
    refuses: bool,
    says: String,
}

impl Objection {
    fn refused(code: Code, says: impl Into<String>) -> Self {
        Self { code, refuses: true, says: says.into() }
    }

    fn flagged(code: Code, says: impl Into<String>) -> Self {
        Self { code, refuses: false, says: says.into() }
    }
}

fn check(view: View<'_>, fact: &Happening) -> Result<Vec<Objection>, LawError> {
    let found = match &fact.what {
        What::InformationRequested { ground: Some(ground), due_on } => {
            return stopped(view, fact, RecordedBy::Request, Some(ground), *due_on);
        }
        What::Stopped { ground, .. } => return stopped(view, fact, RecordedBy::Stop, ground.as_deref(), None),
        What::Extended { limit, ground, by, to } => extended(view, fact, limit.as_deref(), ground.as_deref(), *by, *to)?,
        What::Replaced { limit, to, .. } => replaced(view, limit, *to)?,
        What::Published { limit, deadline } => published(view, limit, *deadline)?,
        What::Determined { deemed: false, .. } => return determined(view, fact),
        _ => None,
    };
    Ok(found.into_iter().collect())
}

/// The limits of the case, in any version.
fn limits<'a>(view: View<'a>) -> Result<impl Iterator<Item = &'a Limit>, LawError> {
    let (regime, case) = view.regime_and_case()?;
    Ok(regime.limits.iter().filter(move |limit| covers(&limit.cases, case)))
}

fn stopped(
    view: View<'_>,
    fact: &Happening,
    recorded_by: RecordedBy,
    ground: Option<&str>,
    due_on: Option<Date>,
) -> Result<Vec<Objection>, LawError> {
    let stops = limits(view)?.flat_map(|limit| limit.stops.iter().map(move |stop| (limit, stop)));
    let known: Vec<_> = stops.filter(|(_, stop)| stop.recorded_by == recorded_by).collect();
    let fitting: Vec<_> = known.iter().filter(|(_, stop)| Some(stop.ground.as_str()) == ground).collect();
    if fitting.is_empty() {
        let mut grounds: Vec<_> = known.iter().map(|(_, stop)| stop.ground.as_str()).collect();
        grounds.dedup();
        return Ok(vec![Objection::refused(Code::UnknownGround, format!("the law stops on {}", or_none(&grounds)))]);
    }
    let mut objections = Vec::new();
    let too_soon = fitting.iter().filter_map(|(_, stop)| Some((stop, stop.due_least?, due_on?)));
    for (stop, least, due_on) in too_soon {
        let soonest = end_of(Counting::AFTER, fact.day(), &[least], None)?;
        if due_on.last() < soonest {
            let says = format!("the supply can be due on {soonest} at the soonest ({})", stop.article);
            objections.push(Objection::refused(Code::TooEarly, says));
        }
    }
    let mut deadlines = Vec::new();
    for (limit, _) in fitting {
        // A limit that another version has or that can't be worked out has no deadline to be late for.
        let clock = clock_in(view, &limit.id).ok().filter(|clock| clock.ended_on.is_none() || clock.deemed.is_some());
        deadlines.extend(clock.and_then(|clock| clock.deadline));
    }
    if let Some(last) = deadlines.iter().max().filter(|last| **last < fact.day()) {
        objections.push(Objection::flagged(Code::AfterExpiry, format!("the deadline was {last}; nothing is stopped after it")));
    }
    Ok(objections)
}

fn or_none(words: &[&str]) -> String {
    if words.is_empty() { "no ground".to_owned() } else { words.join(", ") }
}

/// Whether an extension is one of the limit.
pub(super) fn extends(found: Found<'_>, fact: &Happening) -> bool {
    let What::Extended { limit, ground, .. } = &fact.what else { return false };
    match (limit, ground) {
        (Some(id), _) => *id == found.limit.id,
        (None, Some(ground)) => found.limit.extension(&found.version.id, found.case, ground).is_some(),
        (None, None) => !found.limit.extensions.is_empty() && found.limit.ends.contains(&Trigger::Determination),
    }
}

/// The id of the limit that an extension without one is meant for.
fn meant(view: View<'_>, fact: &Happening) -> Result<Option<String>, LawError> {
    for limit in limits(view)? {
        if let Ok((found, _)) = view.find(&limit.id)
            && extends(found, fact)
        {
            return Ok(Some(limit.id.clone()));
        }
    }
    Ok(None)
}

fn extended(
    view: View<'_>,
    fact: &Happening,
    limit: Option<&str>,
    ground: Option<&str>,
    by: Option<Period>,
    to: Option<Date>,
) -> Result<Option<Objection>, LawError> {
    let unknown = |says: String| Ok(Some(Objection::refused(Code::UnknownGround, says)));
    let limit = match limit {
        Some(limit) => limit.to_owned(),
        None => match meant(view, fact)? {
            Some(limit) => limit,
            None => return unknown("no limit of the law can be extended so".to_owned()),
        },
    };
    let (found, legs) = match view.find(&limit) {
        Err(error @ LawError::UnknownLimit { .. }) => return unknown(error.to_string()),
        found => found?,
    };
    let known = found.limit.extensions.iter();
    let known = known.filter(|known| covers(&known.versions, &found.version.id) && found.in_case(&known.cases));
    let known: Vec<_> = known.filter(|known| known.from.is_none_or(|from| from <= fact.day())).collect();
    let rule = match ground {
        Some(ground) => known.iter().find(|known| known.ground == ground),
        None => known.first().filter(|_| known.len() == 1),
    };
    let Some(rule) = rule.copied() else {
        let grounds: Vec<_> = known.iter().map(|known| known.ground.as_str()).collect();
        return unknown(format!("the law extends this limit on {}", or_none(&grounds)));
    };
    let asked = Asked { view, day: fact.day(), found, rule, from: legs.last().map_or(0, |leg| leg.from), by, to };
    asked.objection(&clock_in(view, &limit)?)
}

/// An extension that is asked for.
struct Asked<'a> {
    view: View<'a>,
    day: NaiveDate,
    found: Found<'a>,
    rule: &'a Extension,
    /// The first place among what is taken that is of the same run.
    from: usize,
    by: Option<Period>,
    to: Option<Date>,
}

impl Asked<'_> {
    fn objection(&self, clock: &Clock) -> Result<Option<Objection>, LawError> {
        let rule = self.rule;
        let refused = |code, says: String| Ok(Some(Objection::refused(code, format!("{says} ({})", rule.article))));
        let bars = |fact: &&Happening| rule.blocked_by.iter().any(|trigger| fact.fires(trigger).is_some());
        if let Some(bar) = self.view.taken.iter().copied().find(bars) {
            return refused(Code::Blocked, format!("the applicant's act of {} bars it", bar.day()));
        }
        if let (Some(to), Some(deadline)) = (self.to.map(Date::last), clock.deadline) {
            if rule.shortens && to >= deadline {
                return refused(Code::NotAllowed, format!("only a date before {deadline} can be named"));
            }
            if !rule.shortens && to < deadline {
                return refused(Code::NotAllowed, format!("only a date from {deadline} on can be named"));
            }
        }
        if let Some(deadline) = clock.deadline.filter(|deadline| rule.before_expiry && *deadline < self.day) {
            return refused(Code::AfterExpiry, format!("it has to come by the deadline of {deadline}"));
        }
        if let Some(last) = self.last_day(clock)?.filter(|last| *last < self.day) {
            return refused(Code::TooLate, format!("it can be given until {last}"));
        }
        if rule.times.is_some_and(|times| self.given().count() >= times.into()) {
            let code = if rule.further == Further::NeedsConsent { Code::NeedsConsent } else { Code::UsedUp };
            return refused(code, format!("it can be given {} times", rule.times.unwrap_or_default()));
        }
        if let Some(says) = self.beyond(clock)? {
            return refused(Code::BeyondMaximum, says);
        }
        Ok(None)
    }

    /// The last day on which it can be given by its windows, without the deadline itself.
    fn last_day(&self, clock: &Clock) -> Result<Option<NaiveDate>, LawError> {
        let limit = self.found.limit;
        let mut last = None;
        if let (Some(within), Some(start)) = (self.rule.within, clock.started_on) {
            let shifts = limit.shifts(Some(within));
            let needs = shifts || within.unit == PeriodUnit::BusinessDay;
            let calendars =
                if needs { self.view.law.calendars_for(self.found.regime, &self.view.application.places)? } else { Vec::new() };
            let days_off = DaysOff::of(&calendars);
            let counting = Counting { first_day_counts: limit.first_day_counts, month_rule: limit.month_rule, shifts };
            let end = end_of(counting, start, &[within], needs.then_some(days_off))?;
            last = Some(if shifts { off_days_off(end, days_off)? } else { end });
        }
        if let (Some(not_within), Some(deadline)) = (self.rule.not_within, clock.deadline) {
            let freeze = before(deadline, not_within)?;
            last = Some(last.map_or(plus_days(freeze, -1)?, |last| last.min(freeze)));
        }
        Ok(last)
    }

    /// The extensions of the same run that count towards how often it can be given.
    fn given(&self) -> impl Iterator<Item = &Happening> {
        let taken = self.view.taken.iter().copied().skip(self.from);
        taken.filter(|fact| {
            let What::Extended { ground, .. } = &fact.what else { return false };
            let counts = |ground: &String| *ground == self.rule.ground || self.rule.counts_with.contains(ground);
            extends(self.found, fact) && ground.as_ref().is_none_or(counts)
        })
    }

    /// Why it is longer than the law allows, if it is.
    fn beyond(&self, clock: &Clock) -> Result<Option<String>, LawError> {
        let limit = self.found.limit;
        if let Some(most) = self.rule.most_in_case(self.found.case)
            && self.exceeds(most, self.by, clock.deadline)?
        {
            return Ok(Some(format!("one can be {} at most", period_in_words(most))));
        }
        if let Some(total) = limit.extension_total
            && self.exceeds(total, self.together(total), clock.strict_deadline)?
        {
            return Ok(Some(format!("all together can be {} at most", period_in_words(total))));
        }
        if let (true, Some(start), Some(strict)) = (limit.extension_total_half, clock.started_on, clock.strict_deadline) {
            let half = (strict - start).num_days();
            let until = self.until(clock.deadline)?;
            if until.is_some_and(|until| (until - strict).num_days() * 2 > half) {
                return Ok(Some("all together can be half of the original length at most".to_owned()));
            }
        }
        Ok(None)
    }

    /// Whether a length, or the date that is asked for, lies beyond `most` from `base`.
    fn exceeds(&self, most: Period, by: Option<Period>, base: Option<NaiveDate>) -> Result<bool, LawError> {
        if let Some(by) = by.filter(|by| by.unit == most.unit) {
            return Ok(by.count > most.count);
        }
        let (Some(base), Some(until)) = (base, self.until(base)?) else { return Ok(false) };
        Ok(until > end_of(Counting::AFTER, base, &[most], None)?)
    }

    /// The lengths of all extensions together with this one; none, if one is not of the unit of `total`.
    fn together(&self, total: Period) -> Option<Period> {
        let taken = self.view.taken.iter().copied().skip(self.from);
        let others = taken.filter(|fact| extends(self.found, fact)).map(|fact| match &fact.what {
            What::Extended { by, to: None, .. } => *by,
            _ => None,
        });
        let mut count = 0_u16;
        for by in others.chain([self.by.filter(|_| self.to.is_none())]) {
            count = count.saturating_add(by.filter(|by| by.unit == total.unit)?.count);
        }
        Some(Period { count, unit: total.unit })
    }

    /// Until when the limit would run.
    fn until(&self, deadline: Option<NaiveDate>) -> Result<Option<NaiveDate>, LawError> {
        match (self.to, self.by, deadline) {
            (Some(to), ..) => Ok(Some(to.last())),
            (None, Some(by), Some(deadline)) if by.unit != PeriodUnit::BusinessDay => {
                end_of(Counting::AFTER, deadline, &[by], None).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// The day that lies a period before `day`.
fn before(day: NaiveDate, period: Period) -> Result<NaiveDate, LawError> {
    let months = |count: u32| {
        day.checked_sub_months(Months::new(count)).ok_or(LawError::TooFar { count: -i64::from(count), unit: "months", from: day })
    };
    match period.unit {
        PeriodUnit::Year => months(u32::from(period.count) * 12),
        PeriodUnit::Month => months(period.count.into()),
        PeriodUnit::Week => plus_days(day, -7 * i64::from(period.count)),
        PeriodUnit::CalendarDay | PeriodUnit::BusinessDay => plus_days(day, -i64::from(period.count)),
    }
}

fn replaced(view: View<'_>, limit: &str, to: Option<Date>) -> Result<Option<Objection>, LawError> {
    let not_allowed = |says: String| Ok(Some(Objection::refused(Code::NotAllowed, says)));
    let found = match view.find(limit) {
        Err(error @ LawError::UnknownLimit { .. }) => return not_allowed(error.to_string()),
        found => found?.0,
    };
    let Some(rule) = &found.limit.replacement else {
        return not_allowed("the law knows nothing that replaces this limit".to_owned());
    };
    let mut since = None;
    for need in &rule.needs {
        let Some(day) = view.taken.iter().filter_map(|fact| fact.fires(need)).max() else {
            return not_allowed(format!("the law replaces this limit only after {need} ({})", rule.article));
        };
        since = since.max(Some(day));
    }
    if let (Some(usual), Some(since), Some(to)) = (rule.usual, since, to) {
        let last = end_of(Counting::AFTER, since, &[usual], None)?;
        if to.last() > last {
            let says = format!("a date after {last} needs a finding that it is necessary ({})", rule.article);
            return Ok(Some(Objection::flagged(Code::BeyondMaximum, says)));
        }
    }
    Ok(None)
}

fn published(view: View<'_>, limit: &str, deadline: Date) -> Result<Option<Objection>, LawError> {
    let found = match view.find(limit) {
        Err(error @ LawError::UnknownLimit { .. }) => {
            return Ok(Some(Objection::refused(Code::NotAllowed, error.to_string())));
        }
        found => found?.0,
    };
    let computed = clock_in(view, limit)?.deadline.filter(|_| !found.limit.published);
    let differs = computed.filter(|computed| *computed < deadline.first() || *computed > deadline.last());
    Ok(differs.map(|computed| Objection::flagged(Code::Differs, format!("by the law the deadline is {computed}"))))
}

fn determined(view: View<'_>, fact: &Happening) -> Result<Vec<Objection>, LawError> {
    let mut objections = Vec::new();
    let counting = Counting { first_day_counts: true, ..Counting::AFTER };
    for limit in limits(view)? {
        // A limit of another version, or one that can't be worked out, has nothing to say here.
        let Ok((found, _)) = view.find(&limit.id) else { continue };
        let rules = found.limit.earliest.iter().filter(|rule| found.in_case(&rule.cases));
        for rule in rules {
            let Some(since) = view.taken.iter().find_map(|fact| fact.fires(&rule.after)) else { continue };
            let last = end_of(counting, since, &[rule.length], None)?;
            if fact.day() <= last {
                let says = format!("a determination is in time after {last} ({})", rule.article);
                objections.push(Objection::refused(Code::TooEarly, says));
            }
        }
        let Ok(Clock { deemed: Some(deemed), deadline, .. }) = clock_in(view, &limit.id) else { continue };
        let on = deadline.map_or_else(String::new, |deadline| format!(" after {deadline}"));
        objections.push(Objection::flagged(Code::AfterOutcome, format!("the law deemed it {}{on}", deemed.word())));
    }
    objections.dedup_by_key(|objection| objection.code);
    Ok(objections)
}
