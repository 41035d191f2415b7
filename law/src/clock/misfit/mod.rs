//! What doesn't fit the law: what it refuses, and what is taken and flagged.

mod extension;

use std::fmt;

use chrono::NaiveDate;
use schema::Date;

use super::{
    Clock, clock_in,
    count::{Counting, end_of},
    deemed_outcome,
    happening::{Application, FactKey, Happening, What},
    view::View,
};
use crate::{
    LawError, Rulebook,
    regime::{Limit, RecordedBy, covers},
};

use self::extension::extended;
pub(super) use self::extension::extends;

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
fn limits(view: View<'_>) -> Result<impl Iterator<Item = &Limit>, LawError> {
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
        let mut grounds: Vec<&str> = Vec::new();
        for (_, stop) in &known {
            if !grounds.contains(&stop.ground.as_str()) {
                grounds.push(&stop.ground);
            }
        }
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
    let (_, case) = view.regime_and_case()?;
    let concerned = |limit: &&Limit| !limit.earliest.is_empty() || deemed_outcome(limit.on_expiry_in(case)).is_some();
    for limit in limits(view)?.filter(concerned) {
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
