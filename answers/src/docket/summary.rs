//! A docket in numbers: how many are in each section, the deadlines by week, and who has how much to do.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use schema::{OrganisationId, SubjectId};

use super::{Entry, Section};

/// How many weeks are counted: three before that of the day asked, in which the earlier ones lie too, and thirteen from it on.
pub const WEEKS: usize = 16;
/// How many of them lie before the day asked.
const WEEKS_BEFORE: i64 = 3;

/// How many permits a docket has, in all and by section.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// How many are open.
    pub open: u32,
    /// How many are in each section.
    counts: BTreeMap<Section, u32>,
}

impl Summary {
    /// The numbers of `entries`.
    #[must_use]
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut summary = Self::default();
        for entry in entries {
            summary.open += u32::from(entry.is_open);
            for section in &entry.sections {
                *summary.counts.entry(*section).or_default() += 1;
            }
        }
        summary
    }

    /// How many are in `section`.
    #[must_use]
    pub fn count(&self, section: Section) -> u32 {
        self.counts.get(&section).copied().unwrap_or_default()
    }

    /// What the docket comes to, in one or two sentences.
    #[must_use]
    pub fn sentence(&self) -> String {
        let open = match self.open {
            0 => "No permit is open.".to_owned(),
            1 => "1 permit is open.".to_owned(),
            open => format!("{open} permits are open."),
        };
        let (overdue, due) = (self.count(Section::Overdue), self.count(Section::DueIn30));
        let mut findings = vec![format!("{overdue} {} overdue", is_or_are(overdue)), format!("{due} due within 30 days")];
        let passed = self.count(Section::ResumptionPassed);
        if passed > 0 {
            let stopped = if passed == 1 { "1 that is stopped" } else { "that are stopped" };
            let count = if passed == 1 { String::new() } else { format!("{passed} ") };
            findings.push(format!("{count}{stopped} should run again by now"));
        }
        if self.open == 0 { open } else { format!("{open} {}.", findings.join("; ")) }
    }
}

const fn is_or_are(count: u32) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// The deadlines of one week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// Its first day; in the first week, the earlier ones are counted too.
    pub from: NaiveDate,
    /// How many deadlines lie in it.
    pub count: u32,
    /// How many of them were let pass.
    pub overdue: u32,
}

/// The deadlines of `entries` by weeks of which one begins on `day`.
#[must_use]
pub fn weeks<'a>(entries: impl IntoIterator<Item = &'a Entry>, day: NaiveDate) -> Vec<Week> {
    let first = day.checked_sub_days(Days::new(7 * WEEKS_BEFORE.unsigned_abs())).unwrap_or(day);
    let week = |from: NaiveDate| Week { from, count: 0, overdue: 0 };
    let mut weeks: Vec<Week> = first.iter_weeks().take(WEEKS).map(week).collect();
    for entry in entries {
        let Some(deadline) = entry.deadline else { continue };
        let place = usize::try_from((deadline - first).num_days().max(0) / 7).unwrap_or(usize::MAX);
        let Some(week) = weeks.get_mut(place) else { continue };
        week.count += 1;
        week.overdue += u32::from(entry.is_in(&[Section::Overdue]));
    }
    weeks
}

/// What one officer of an authority has before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workload {
    /// The authority.
    pub authority: OrganisationId,
    /// Who last recorded something about these permits for it; none for those about which nobody has.
    pub officer: Option<SubjectId>,
    /// How many are open.
    pub open: u32,
    /// How many are overdue.
    pub overdue: u32,
    /// How many are due within 30 days.
    pub due_in_30: u32,
    /// How many are stopped.
    pub stopped: u32,
}

/// How the open ones among `entries` lie with the officers of `authorities`, the most first.
#[must_use]
pub fn workload<'a>(entries: impl IntoIterator<Item = &'a Entry>, authorities: &[OrganisationId]) -> Vec<Workload> {
    let mut found: BTreeMap<(OrganisationId, Option<SubjectId>), Workload> = BTreeMap::new();
    for entry in entries.into_iter().filter(|entry| entry.is_open) {
        let Some(authority) = entry.authority.filter(|authority| authorities.contains(authority)) else { continue };
        let officer = entry.officer;
        let none = Workload { authority, officer, open: 0, overdue: 0, due_in_30: 0, stopped: 0 };
        let load = found.entry((authority, officer)).or_insert(none);
        load.open += 1;
        load.overdue += u32::from(entry.is_in(&[Section::Overdue]));
        load.due_in_30 += u32::from(entry.is_in(&[Section::DueIn30]));
        load.stopped += u32::from(entry.is_in(&[Section::Stopped]));
    }
    let mut found: Vec<_> = found.into_values().collect();
    found.sort_by_key(|load| (std::cmp::Reverse(load.open), load.authority, load.officer));
    found
}
