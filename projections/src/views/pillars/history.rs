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
    /// The ladder by which the level after is what it is.
    pub ladder: String,
    /// Whether nothing changed but the ladder: on this day, another version of it came to count.
    pub is_new_version: bool,
}

/// How the levels of `project` changed up to `day`, the oldest change first, on each day by the one of `ladders` that
/// counted. Every day on which something changed is looked at; before each it is asked whether it `goes_on`, and `None`
/// when it does not.
pub fn history_of_project(
    sight: &impl Sight,
    day: Day,
    ladders: &[Arc<Ladder>],
    project: &Arc<Thing<Project>>,
    goes_on: impl Fn() -> bool,
) -> Option<Vec<LevelChange>> {
    let days = Case::of_project(sight, Day::today(day.as_of), project).days();
    let at = |ladder: &Arc<Ladder>, on: NaiveDate| {
        let case = Case::of_project(sight, Day::end_of(on), project);
        assess(ladder, &case, |_, _| super::Finding::default())
    };
    changes(ladders, up_to(day, with_versions(days, ladders)), at, goes_on)
}

/// How the levels of `cluster` changed up to `day`; see [`history_of_project`].
pub fn history_of_cluster(
    sight: &impl Sight,
    day: Day,
    ladders: &[Arc<Ladder>],
    cluster: &Arc<Thing<Cluster>>,
    goes_on: impl Fn() -> bool,
) -> Option<Vec<LevelChange>> {
    let mut days = Case::of_cluster(sight, Day::today(day.as_of), cluster).days();
    let criteria = ladders.iter().flat_map(|ladder| &ladder.criteria);
    let asked: BTreeSet<Asked> = criteria
        .filter_map(|criterion| match criterion.by {
            By::Projects(computed) => Some((computed, criterion.inferred_from.is_some())),
            By::Computed(_) | By::Evidence => None,
        })
        .collect();
    let projects = projects_of(sight, Day::today(day.as_of), cluster);
    let projects: Option<Vec<_>> = projects.map(|project| Course::of(sight, day, &asked, &project, &goes_on)).collect();
    let projects = projects?;
    days.extend(projects.iter().flat_map(|course| course.0.keys().copied()));
    let at = |ladder: &Arc<Ladder>, on: NaiveDate| {
        let case = Case::of_cluster(sight, Day::end_of(on), cluster);
        assess(ladder, &case, |computed, infers| {
            let met = projects.iter().find_map(|course| course.met_on(on, (computed, infers)));
            super::Finding::of(met.into_iter().collect())
        })
    };
    changes(ladders, up_to(day, with_versions(days, ladders)), at, goes_on)
}

/// What is asked of projects, and whether it is inferred.
type Asked = (Computed, bool);

/// What a project met from which day on, each with a fact for it: the days on which that changed.
struct Course(BTreeMap<NaiveDate, BTreeMap<Asked, Basis>>);

impl Course {
    fn of(
        sight: &impl Sight,
        day: Day,
        asked: &BTreeSet<Asked>,
        project: &Arc<Thing<Project>>,
        goes_on: impl Fn() -> bool,
    ) -> Option<Self> {
        let days = Case::of_project(sight, Day::today(day.as_of), project).days();
        let met_on = |on: NaiveDate| -> BTreeMap<Asked, Basis> {
            let case = Case::of_project(sight, Day::end_of(on), project);
            if !criteria::goes_on(&case) {
                return BTreeMap::new();
            }
            let met = |asked: &Asked| {
                let finding = criteria::find(&case, asked.0, asked.1);
                Some((*asked, *finding.facts.first().filter(|_| finding.is_met())?))
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

    fn met_on(&self, on: NaiveDate, asked: Asked) -> Option<Basis> {
        self.0.range(..=on).next_back().and_then(|(_, met)| met.get(&asked).copied())
    }
}

fn up_to(day: Day, days: BTreeSet<NaiveDate>) -> impl Iterator<Item = NaiveDate> {
    let until = day.effective_on.unwrap_or(day.as_of);
    days.into_iter().filter(move |on| *on <= until)
}

/// `days`, and those on which another version of the ladder came to count after the first of them.
fn with_versions(mut days: BTreeSet<NaiveDate>, ladders: &[Arc<Ladder>]) -> BTreeSet<NaiveDate> {
    let first = days.first().copied();
    days.extend(ladders.iter().map(|ladder| ladder.valid_from).filter(|on| first.is_some_and(|first| first < *on)));
    days
}

/// The one of `ladders`, in the order in which they came to count, that counts on `day`.
fn in_force(ladders: &[Arc<Ladder>], day: NaiveDate) -> Option<&Arc<Ladder>> {
    ladders.iter().rev().find(|ladder| ladder.valid_from <= day).or_else(|| ladders.first())
}

fn changes(
    ladders: &[Arc<Ladder>],
    days: impl IntoIterator<Item = NaiveDate>,
    at: impl Fn(&Arc<Ladder>, NaiveDate) -> Assessment,
    goes_on: impl Fn() -> bool,
) -> Option<Vec<LevelChange>> {
    let mut changes = Vec::new();
    let mut before: Option<Assessment> = None;
    for on in days {
        if !goes_on() {
            return None;
        }
        let Some(ladder) = in_force(ladders, on) else { continue };
        let was_by = before.as_ref().map_or(ladder, |before| &before.ladder).clone();
        let after = at(&was_by, on);
        changes.extend(moved(before.as_ref(), &after, on));
        before = Some(if was_by.name() == ladder.name() {
            after
        } else {
            let anew = at(ladder, on);
            changes.extend(restated(&after, &anew, on));
            anew
        });
    }
    Some(changes)
}

/// The levels that are others than before, by the same ladder.
fn moved(before: Option<&Assessment>, after: &Assessment, on: NaiveDate) -> Vec<LevelChange> {
    let change = |pillar: Pillar| {
        let from = before.map_or(0, |before| before.level(pillar));
        let to = after.level(pillar);
        let because = turned(before, after, pillar);
        let ladder = after.ladder.name();
        (from != to).then_some(LevelChange { on, pillar, from, to, because, ladder, is_new_version: false })
    };
    Pillar::ALL.into_iter().filter_map(change).collect()
}

/// What the same facts come to by another version of the ladder: an entry of its own for each pillar, also where the level
/// is the same.
fn restated(old: &Assessment, new: &Assessment, on: NaiveDate) -> Vec<LevelChange> {
    let change = |pillar: Pillar| LevelChange {
        on,
        pillar,
        from: old.level(pillar),
        to: new.level(pillar),
        because: Vec::new(),
        ladder: new.ladder.name(),
        is_new_version: true,
    };
    Pillar::ALL.into_iter().map(change).collect()
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
