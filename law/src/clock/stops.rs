//! The stops of a run: which days what was recorded takes out of the count.

use chrono::NaiveDate;
use schema::permit::Party;

use super::{
    count::plus_days,
    happening::{FactKey, Happening, What},
};
use crate::{
    LawError,
    regime::{Limit, RecordedBy, Stop, StopBegins, StopEnds},
};

/// Days that a stop takes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Halt {
    pub fact: FactKey,
    pub ground: String,
    pub article: String,
    pub responsible: Party,
    pub first: NaiveDate,
    /// The first day that is not taken out.
    pub after: NaiveDate,
    /// The fact that ended it, where one had by the day asked.
    pub over_by: Option<FactKey>,
    /// Whether nothing has ended it by the day asked.
    pub is_open: bool,
}

/// A request or a stop that nothing has answered yet.
struct Begun<'a> {
    fact: &'a Happening,
    ground: Option<&'a str>,
    due_on: Option<NaiveDate>,
    responsible: Option<Party>,
    recorded_by: RecordedBy,
}

impl Begun<'_> {
    fn rule<'a>(&self, limit: &'a Limit) -> Option<&'a Stop> {
        let known = |stop: &&Stop| Some(stop.ground.as_str()) == self.ground && stop.recorded_by == self.recorded_by;
        limit.stops.iter().find(known)
    }
}

/// The stops of a limit by `last`, the day asked or the day on which it ended, in the order of their first days.
pub(super) fn halts(limit: &Limit, facts: &[&Happening], last: NaiveDate) -> Result<Vec<Halt>, LawError> {
    let mut open: Vec<Begun<'_>> = Vec::new();
    let mut halts = Vec::new();
    for fact in facts {
        if let Some(begun) = begun(fact) {
            // What names it ends it, also where it is said to have come before.
            match facts.iter().find(|other| names(other, begun.fact.key)) {
                Some(over) if over.day() <= begun.fact.day() => {
                    halts.extend(halt(limit, &begun, Some(over), last)?);
                }
                _ => open.push(begun),
            }
        } else if let Some(at) = answered(fact, &open) {
            let begun = open.remove(at);
            halts.extend(halt(limit, &begun, Some(fact), last)?);
        }
    }
    for begun in &open {
        halts.extend(halt(limit, begun, None, last)?);
    }
    halts.sort_by_key(|halt| (halt.first, halt.after, halt.fact));
    Ok(halts)
}

fn begun(fact: &Happening) -> Option<Begun<'_>> {
    match &fact.what {
        What::InformationRequested { ground, due_on } => Some(Begun {
            fact,
            ground: ground.as_deref(),
            due_on: due_on.map(schema::Date::last),
            responsible: None,
            recorded_by: RecordedBy::Request,
        }),
        What::Stopped { ground, responsible } => Some(Begun {
            fact,
            ground: ground.as_deref(),
            due_on: None,
            responsible: Some(*responsible),
            recorded_by: RecordedBy::Stop,
        }),
        _ => None,
    }
}

/// Whether `fact` ends what is called `key`.
fn names(fact: &Happening, key: FactKey) -> bool {
    match &fact.what {
        What::InformationSupplied { complete: Some(false), .. } => false,
        What::InformationSupplied { request: named, .. } | What::Resumed { stop: named, .. } => *named == Some(key),
        _ => false,
    }
}

/// The place among `open` of what `fact` answers.
fn answered(fact: &Happening, open: &[Begun<'_>]) -> Option<usize> {
    let last = |fits: &dyn Fn(&Begun<'_>) -> bool| open.iter().rposition(fits);
    match &fact.what {
        What::InformationSupplied { complete: Some(false), .. } => None,
        What::InformationSupplied { request: Some(key), .. } | What::Resumed { stop: Some(key), .. } => {
            last(&|begun| begun.fact.key == *key)
        }
        What::InformationSupplied { request: None, .. } => last(&|begun| begun.recorded_by == RecordedBy::Request),
        What::Resumed { stop: None, ground: Some(ground) } => last(&|begun| begun.ground == Some(ground.as_str())),
        What::Resumed { stop: None, ground: None } => last(&|begun| begun.recorded_by == RecordedBy::Stop),
        _ => None,
    }
}

/// The days that `begun`, which `ended` is the end of, takes out of a limit by `last`, if it takes out any.
fn halt(limit: &Limit, begun: &Begun<'_>, ended: Option<&Happening>, last: NaiveDate) -> Result<Option<Halt>, LawError> {
    let rule = begun.rule(limit);
    let over = ended.map(Happening::day);
    // A stop that was taken although the law has no room for it goes by the common rule.
    let insisted = begun.fact.insisted && begun.recorded_by == RecordedBy::Stop;
    if rule.is_none() && !insisted {
        return Ok(None);
    }
    let begins = rule.map_or(StopBegins::SameDay, |rule| rule.begins);
    let ends = rule.map_or(StopEnds::DayBefore, |rule| rule.ends);
    let first = match begins {
        StopBegins::SameDay => begun.fact.day(),
        StopBegins::DayAfter => plus_days(begun.fact.day(), 1)?,
        StopBegins::DueDayWhenLate => match begun.due_on {
            // Until the due day is over, nothing is late.
            Some(due) if over.unwrap_or(last) > due => due,
            _ => return Ok(None),
        },
    };
    let mut after = match (over, ends) {
        (Some(day), StopEnds::DayBefore) => Some(day),
        (Some(day), StopEnds::SameDay) => Some(plus_days(day, 1)?),
        (None, _) => None,
    };
    if let Some(due) = begun.due_on.filter(|_| rule.is_some_and(|rule| rule.until_due)) {
        let lapsed = plus_days(due, 1)?;
        after = Some(after.map_or(lapsed, |after| after.min(lapsed)));
    }
    let asked = plus_days(last, 1)?;
    let is_open = over.is_none_or(|over| over > last) && after.is_none_or(|after| after >= asked);
    // Where a stop ends with the term that was set, nothing that happened later ended it.
    let ended = ended.filter(|ended| !is_open && after.is_none_or(|after| ended.day() <= after));
    let after = after.map_or(asked, |after| after.min(asked));
    let responsible = rule.and_then(|rule| rule.responsible).or(begun.responsible).unwrap_or(Party::Applicant);
    let halt = Halt {
        fact: begun.fact.key,
        ground: begun.ground.unwrap_or_default().to_owned(),
        article: rule.map_or_else(String::new, |rule| rule.article.clone()),
        responsible: begun.responsible.unwrap_or(responsible),
        first,
        after,
        over_by: ended.map(|ended| ended.key),
        is_open,
    };
    Ok((halt.first < halt.after).then_some(halt))
}
