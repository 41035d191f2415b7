//! How levels rose and fell: at every day on which something changed that a criterion looks at.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::NaiveDate;

use super::{Assessment, Basis, Outcome, assess, case::Case, criteria, projects_of};
use crate::{
    Sight,
    things::{Cluster, Project, Thing},
    views::{
        Day,
        ladder::{By, Computed, Ladder, Pillar},
    },
};

/// A change of the level on one pillar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelChange {
    /// The day from whose end the level is another.
    pub on: NaiveDate,
    /// On which pillar.
    pub pillar: Pillar,
    /// The level before.
    pub from: u8,
    /// The level after; lower than before when it fell.
    pub to: u8,
    /// The criteria of the pillar that came to be met or waived, or ceased to be, on this day.
    pub because: Vec<String>,
}

/// How the levels of `project` on `ladder` changed up to `day`, the oldest change first. Every day on which something
/// changed is looked at; before each it is asked whether it `goes_on`, and `None` when it does not.
pub fn history_of_project(
    sight: &impl Sight,
    day: Day,
    ladder: &Arc<Ladder>,
    project: &Arc<Thing<Project>>,
    goes_on: impl Fn() -> bool,
) -> Option<Vec<LevelChange>> {
    let days = Case::of_project(sight, Day::today(day.as_of), project).days();
    let at = |on: NaiveDate| {
        let case = Case::of_project(sight, Day::end_of(on), project);
        assess(ladder, &case, |_| super::Finding::default())
    };
    changes(up_to(day, days), at, goes_on)
}

/// How the levels of `cluster` on `ladder` changed up to `day`; see [`history_of_project`].
pub fn history_of_cluster(
    sight: &impl Sight,
    day: Day,
    ladder: &Arc<Ladder>,
    cluster: &Arc<Thing<Cluster>>,
    goes_on: impl Fn() -> bool,
) -> Option<Vec<LevelChange>> {
    let mut days = Case::of_cluster(sight, Day::today(day.as_of), cluster).days();
    let asked: BTreeSet<Computed> = ladder
        .criteria
        .iter()
        .filter_map(|criterion| match criterion.by {
            By::Projects(computed) => Some(computed),
            By::Computed(_) | By::Evidence => None,
        })
        .collect();
    let projects = projects_of(sight, Day::today(day.as_of), cluster);
    let projects: Option<Vec<_>> = projects.map(|project| Course::of(sight, day, &asked, &project, &goes_on)).collect();
    let projects = projects?;
    days.extend(projects.iter().flat_map(|course| course.0.keys().copied()));
    let at = |on: NaiveDate| {
        let case = Case::of_cluster(sight, Day::end_of(on), cluster);
        assess(ladder, &case, |computed| {
            let met = projects.iter().find_map(|course| course.met_on(on, computed));
            super::Finding { facts: met.into_iter().collect(), gaps: Vec::new() }
        })
    };
    changes(up_to(day, days), at, goes_on)
}

/// What a project met from which day on, each with a fact for it: the days on which that changed.
struct Course(BTreeMap<NaiveDate, BTreeMap<Computed, Basis>>);

impl Course {
    fn of(
        sight: &impl Sight,
        day: Day,
        asked: &BTreeSet<Computed>,
        project: &Arc<Thing<Project>>,
        goes_on: impl Fn() -> bool,
    ) -> Option<Self> {
        let days = Case::of_project(sight, Day::today(day.as_of), project).days();
        let met_on = |on: NaiveDate| -> BTreeMap<Computed, Basis> {
            let case = Case::of_project(sight, Day::end_of(on), project);
            if !criteria::goes_on(&case) {
                return BTreeMap::new();
            }
            let met = |computed: &Computed| {
                let finding = criteria::find(&case, *computed);
                Some((*computed, *finding.facts.first().filter(|_| finding.is_met())?))
            };
            asked.iter().filter_map(met).collect()
        };
        let mut course = BTreeMap::new();
        let mut before = BTreeMap::new();
        for on in up_to(day, days) {
            if !goes_on() {
                return None;
            }
            let met = met_on(on);
            if !met.keys().eq(before.keys()) {
                course.insert(on, met.clone());
            }
            before = met;
        }
        Some(Self(course))
    }

    fn met_on(&self, on: NaiveDate, computed: Computed) -> Option<Basis> {
        self.0.range(..=on).next_back().and_then(|(_, met)| met.get(&computed).copied())
    }
}

fn up_to(day: Day, days: BTreeSet<NaiveDate>) -> impl Iterator<Item = NaiveDate> {
    let until = day.effective_on.unwrap_or(day.as_of);
    days.into_iter().filter(move |on| *on <= until)
}

fn changes(
    days: impl IntoIterator<Item = NaiveDate>,
    at: impl Fn(NaiveDate) -> Assessment,
    goes_on: impl Fn() -> bool,
) -> Option<Vec<LevelChange>> {
    let mut changes = Vec::new();
    let mut before: Option<Assessment> = None;
    for on in days {
        if !goes_on() {
            return None;
        }
        let after = at(on);
        for pillar in Pillar::ALL {
            let from = before.as_ref().map_or(0, |before| before.level(pillar));
            let to = after.level(pillar);
            if from != to {
                let because = turned(before.as_ref(), &after, pillar);
                changes.push(LevelChange { on, pillar, from, to, because });
            }
        }
        before = Some(after);
    }
    Some(changes)
}

/// The criteria of `pillar` that stand otherwise than before.
fn turned(before: Option<&Assessment>, after: &Assessment, pillar: Pillar) -> Vec<String> {
    let stood = before.map(Assessment::stands).unwrap_or_default();
    let turned = after.criteria(pillar).filter(|(_, assessed)| {
        let stands = assessed.outcome != Outcome::Missing;
        stands != stood.get(assessed.index).copied().unwrap_or(false)
    });
    turned.map(|(criterion, _)| criterion.id.clone()).collect()
}
