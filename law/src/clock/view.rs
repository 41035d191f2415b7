//! What is looked at for a clock: the law, and what is taken to have happened by the day asked.

use chrono::NaiveDate;

use super::happening::{Application, FactKey, Happening, What};
use crate::{
    LawError, Rulebook,
    regime::{Limit, Regime, StartRule, Trigger, Version, VersionBy, covers},
};

/// An application as far as it had come on a day.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub law: &'a Rulebook,
    pub application: &'a Application,
    /// What is taken to have happened, in the order of life; nothing of it later than `today`.
    pub taken: &'a [&'a Happening],
    pub today: NaiveDate,
}

/// A limit of the law with the version that it is of.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub regime: &'a Regime,
    pub version: &'a Version,
    pub case: &'a str,
    pub limit: &'a Limit,
}

/// How a run of a limit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RunEnd {
    pub on: NaiveDate,
    /// Its place among what is taken.
    pub at: usize,
    /// Whether a determination ended it.
    pub is_determined: bool,
}

/// A run of a limit from its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leg {
    pub start: NaiveDate,
    /// The place of what started it; none, where the deadline of another limit did.
    pub started_at: Option<usize>,
    /// The first place among what is taken that can be of this run.
    pub from: usize,
    pub end: Option<RunEnd>,
    /// Whether the limit had run before, and ended without a determination.
    pub is_again: bool,
    /// Whether the law sets a limit for it; none is set for a second run where the regime gives none.
    pub is_limited: bool,
}

/// Something that starts a limit.
#[derive(Clone, Copy)]
struct Fired {
    on: NaiveDate,
    at: Option<usize>,
}

impl<'a> View<'a> {
    /// What is called the fact that is at a place among what is taken.
    pub(super) fn key_at(&self, at: Option<usize>) -> Option<FactKey> {
        at.and_then(|at| self.taken.get(at)).map(|fact| fact.key)
    }

    /// The regime and the case that are known to apply.
    pub(super) fn regime_and_case(&self) -> Result<(&'a Regime, &'a str), LawError> {
        let determined = self.taken.iter().rev().find_map(|fact| match &fact.what {
            What::RegimeDetermined { regime, case } => Some((regime.as_str(), case.as_str())),
            _ => None,
        });
        let (regime, case) = determined.unwrap_or((&self.application.regime, &self.application.case));
        Ok((self.law.regime(regime)?, case))
    }

    /// The day on which the application was received that is pending, or was last.
    pub(super) fn receipt(&self) -> Option<NaiveDate> {
        let mut receipt = None;
        for fact in self.taken {
            match fact.what {
                What::Returned => receipt = None,
                _ => receipt = receipt.or(fact.fires(&Trigger::Receipt)),
            }
        }
        receipt
    }

    /// The limit by the version that the regime's own rule chooses, with its runs.
    pub(super) fn find(&self, limit: &str) -> Result<(Found<'a>, Vec<Leg>), LawError> {
        let (regime, case) = self.regime_and_case()?;
        if let Some(receipt) = self.receipt().filter(|_| regime.version_by == VersionBy::Receipt) {
            let version = regime.version_on(receipt)?;
            let found = Found { regime, version, case, limit: regime.limit(version, case, limit)? };
            found.case_exists_on(receipt)?;
            return Ok((found, self.legs(found)?));
        }
        let mut started = None;
        for version in &regime.versions {
            let Ok(known) = regime.limit(version, case, limit) else { continue };
            let found = Found { regime, version, case, limit: known };
            let legs = self.legs(found)?;
            match legs.last() {
                Some(leg) if version.holds_on(leg.start) => {
                    found.case_exists_on(leg.start)?;
                    return Ok((found, legs));
                }
                Some(leg) => started = Some(leg.start),
                None => {}
            }
        }
        let version = regime.version_on(started.unwrap_or(self.today))?;
        let found = Found { regime, version, case, limit: regime.limit(version, case, limit)? };
        Ok((found, Vec::new()))
    }

    /// The runs of a limit, oldest first.
    fn legs(&self, found: Found<'a>) -> Result<Vec<Leg>, LawError> {
        let mut legs: Vec<Leg> = Vec::new();
        let mut from = 0;
        // Each run takes at least one fact, so that there are at most as many.
        for _ in 0..=self.taken.len() {
            let limit = found.limit;
            let Some(start) = self.start(limit, from)? else { break };
            let end = self.end_of(limit, start, from);
            let voided = self.voided(limit, start, end);
            if let Some(at) = voided {
                from = at + 1;
                continue;
            }
            let is_again = !legs.is_empty();
            legs.push(Leg { start: start.on, started_at: start.at, from, end, is_again, is_limited: true });
            let Some(end) = end else { break };
            if end.is_determined
                && let Some(again) = self.reopened(limit, end.at + 1)
            {
                legs.push(again);
                break;
            }
            if !limit.restarts {
                break;
            }
            from = end.at + 1;
        }
        Ok(legs)
    }

    fn start(&self, limit: &Limit, from: usize) -> Result<Option<Fired>, LawError> {
        let mut fired = Vec::new();
        for trigger in &limit.starts {
            let found = match trigger {
                Trigger::DeadlineOf(other) if from == 0 => self.deadline_of(other)?,
                Trigger::RequestLapsed => self.lapsed_request(from),
                trigger => self.first_after(trigger, from),
            };
            match found {
                Some(found) => fired.push(found),
                None if limit.start_rule == StartRule::LaterOf => return Ok(None),
                None => {}
            }
        }
        Ok(match limit.start_rule {
            StartRule::SoonerOf => fired.into_iter().min_by_key(|fired| fired.on),
            StartRule::LaterOf => fired.into_iter().max_by_key(|fired| fired.on),
        })
    }

    fn first_after(&self, trigger: &Trigger, from: usize) -> Option<Fired> {
        let mut facts = self.taken.iter().enumerate().skip(from);
        let found = facts.find_map(|(at, fact)| Some(Fired { on: fact.fires(trigger)?, at: Some(at) }));
        found.filter(|fired| fired.on <= self.today)
    }

    /// The day on which the supply for a request was due, once it has passed without one.
    fn lapsed_request(&self, from: usize) -> Option<Fired> {
        let mut facts = self.taken.iter().enumerate().skip(from);
        facts.find_map(|(at, fact)| {
            let What::InformationRequested { due_on: Some(due_on), .. } = &fact.what else { return None };
            let due = due_on.last();
            let mut later = self.taken.iter().skip(at + 1);
            let supplied = later.any(|later| later.day() <= due && matches!(later.what, What::InformationSupplied { .. }));
            (due < self.today && !supplied).then_some(Fired { on: due, at: Some(at) })
        })
    }

    /// The deadline of another limit, as soon as it came and nothing had ended that limit by then.
    fn deadline_of(&self, limit: &str) -> Result<Option<Fired>, LawError> {
        let clock = super::clock_in(*self, limit)?;
        let came = clock.deadline.filter(|deadline| *deadline <= self.today);
        let open = |deadline: &NaiveDate| clock.deemed.is_some() || clock.ended_on.is_none_or(|ended| ended > *deadline);
        Ok(came.filter(open).map(|on| Fired { on, at: None }))
    }

    fn end_of(&self, limit: &Limit, start: Fired, from: usize) -> Option<RunEnd> {
        let mut facts = self.taken.iter().enumerate().skip(from);
        facts.find_map(|(at, fact)| {
            let fits = Some(at) != start.at && fact.day() >= start.on && ends(limit, fact);
            let is_determined = matches!(fact.what, What::Determined { .. });
            fits.then(|| RunEnd { on: fact.day(), at, is_determined })
        })
    }

    /// The place of what undid the start.
    fn voided(&self, limit: &Limit, start: Fired, end: Option<RunEnd>) -> Option<usize> {
        let from = start.at.map_or(0, |at| at + 1);
        let to = end.map_or(self.taken.len(), |end| end.at);
        let mut facts = self.taken.iter().enumerate().take(to).skip(from);
        facts.find(|(_, fact)| limit.voided_by.iter().any(|trigger| fact.fires(trigger).is_some())).map(|(at, _)| at)
    }

    /// The second run, after a determination was quashed or is to be made again.
    fn reopened(&self, limit: &Limit, from: usize) -> Option<Leg> {
        if starts_by_determination(limit) {
            return None;
        }
        let mut facts = self.taken.iter().enumerate().skip(from);
        let (quashed_at, quashed) = facts.find(|(_, fact)| reopens(fact))?;
        let trigger = limit.second_run.iter().find_map(|trigger| self.first_after(trigger, from));
        let is_limited = trigger.is_some();
        let start = trigger.unwrap_or(Fired { on: quashed.day(), at: Some(quashed_at) });
        let from = start.at.map_or(quashed_at, |at| at + 1);
        let end = self.end_of(limit, start, from);
        Some(Leg { start: start.on, started_at: start.at, from, end, is_again: false, is_limited })
    }
}

/// Whether the application is pending again by this.
pub(super) const fn reopens(fact: &Happening) -> bool {
    matches!(fact.what, What::Quashed { in_part: false } | What::RedeterminationOpened)
}

fn starts_by_determination(limit: &Limit) -> bool {
    limit.starts.iter().any(|trigger| matches!(trigger, Trigger::Determination | Trigger::Announced))
}

/// A withdrawal and a lapse end every limit; a determination those that come before it; a quashing those that come after.
fn ends(limit: &Limit, fact: &Happening) -> bool {
    match fact.what {
        What::Withdrawn | What::Lapsed => true,
        What::Determined { .. } => !starts_by_determination(limit),
        What::Quashed { in_part: false } if starts_by_determination(limit) => true,
        _ => limit.ends.iter().any(|trigger| fact.fires(trigger).is_some()),
    }
}

impl Found<'_> {
    /// Refuses a case that the version knows only from a later day on.
    fn case_exists_on(&self, day: NaiveDate) -> Result<(), LawError> {
        let case = self.version.cases.iter().find(|case| case.id == self.case);
        if case.and_then(|case| case.from).is_some_and(|from| day < from) {
            return Err(LawError::NotInForce { regime: format!("{} ({})", self.regime.id, self.case), on: day });
        }
        Ok(())
    }

    /// Whether a list of cases that is empty for 'all' has the case.
    pub(super) fn in_case(&self, cases: &[String]) -> bool {
        covers(cases, self.case)
    }
}
