//! Which projects are near their final investment decision, and what blocks each.

use std::sync::Arc;

use chrono::NaiveDate;
use schema::{
    Date, Line, ThingId,
    project::{MilestoneKey, Standing, milestone_key},
};

use super::{
    Day,
    ladder::{Criterion, Ladder, Pillar},
    pillars::{Assessed, Assessment, Outcome, assess_project},
    standing::grant,
};
use crate::{
    Sight,
    things::{Need, Permit, Project, Thing},
};

/// Something that stands between a project and its final investment decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocker {
    /// A criterion that `FID-ready` asks for is not met.
    Criterion {
        /// On which pillar.
        pillar: Pillar,
        /// The criterion, by its id in the ladder.
        criterion: String,
        /// What is missing, in words.
        says: String,
        /// The thing about which something is missing.
        thing: Option<ThingId>,
    },
    /// A permit on which the decision was declared to depend is not granted.
    Permit {
        /// The permit.
        permit: ThingId,
        /// How it stands, in words.
        says: String,
    },
    /// A milestone on which the decision was declared to depend is not reached.
    Milestone {
        /// The project that has it.
        project: ThingId,
        /// The milestone, by its short name.
        milestone: String,
        /// How it stands, in words.
        says: String,
    },
}

/// A project on its way to a final investment decision.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// The project.
    pub project: Arc<Thing<Project>>,
    /// When the decision is now to be taken; `None` when it has no date.
    pub forecast: Option<Date>,
    /// How far it is on the ladder.
    pub assessment: Assessment,
    /// What blocks it; nothing when it is `FID-ready` and all that it depends on is there.
    pub blockers: Vec<Blocker>,
}

/// The projects that go on, have a planned final investment decision that is not taken, and expect it by `until`, or,
/// where that is left open, ever. Those without a date are among them only then.
pub fn nearing_fid<V: Sight>(
    sight: &V,
    day: Day,
    ladder: &Arc<Ladder>,
    until: Option<NaiveDate>,
    keeps: impl Fn(&Thing<Project>, &Project) -> bool,
) -> Vec<Outlook> {
    let one = |project: Arc<Thing<Project>>| {
        let state = day.state(&project);
        let fid = state.fid_milestone().filter(|fid| !fid.is_over())?;
        let forecast = fid.forecast;
        let near = until.is_none_or(|until| forecast.is_some_and(|forecast| forecast.first() <= until));
        if !day.knows(&project) || !near || state.standing != Standing::Active || !keeps(&project, &state) {
            return None;
        }
        let assessment = assess_project(sight, day, ladder, &project);
        let mut blockers = depended_on(sight, day, &project, &state);
        blockers.extend(short(&assessment));
        drop(state);
        Some(Outlook { project, forecast, assessment, blockers })
    };
    sight.things::<Project>().filter_map(one).collect()
}

/// The open criteria of the pillars that are below what `FID-ready` asks for.
fn short(assessment: &Assessment) -> Vec<Blocker> {
    let open = |(pillar, needed): (Pillar, u8)| {
        let asked = assessment.criteria(pillar).filter(move |(criterion, assessed)| {
            criterion.rung <= needed && criterion.is_mandatory && assessed.outcome == Outcome::Missing
        });
        asked.flat_map(move |(criterion, assessed)| gaps(pillar, criterion, assessed)).collect::<Vec<_>>()
    };
    assessment.short_of_fid().into_iter().flat_map(open).collect()
}

fn gaps(pillar: Pillar, criterion: &Criterion, assessed: &Assessed) -> Vec<Blocker> {
    let blocker = |says: String, thing| Blocker::Criterion { pillar, criterion: criterion.id.clone(), says, thing };
    if assessed.gaps.is_empty() {
        return vec![blocker(format!("not met: {}", criterion.text), None)];
    }
    assessed.gaps.iter().map(|gap| blocker(gap.says.clone(), gap.thing)).collect()
}

/// What the decision was declared to depend on and is not there, also by way of other milestones of the project.
fn depended_on<V: Sight>(sight: &V, day: Day, project: &Thing<Project>, state: &Project) -> Vec<Blocker> {
    let mut blockers = Vec::new();
    let mut open = vec![MilestoneKey::fid()];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(milestone) = open.pop() {
        if !seen.insert(milestone.clone()) {
            continue;
        }
        for dependency in state.dependencies.iter().filter(|dependency| milestone_key(&dependency.milestone) == milestone) {
            match &dependency.needs {
                Need::Permit(permit) => blockers.extend(ungranted(sight, day, permit.thing())),
                Need::Milestone { project: None, milestone } => {
                    blockers.extend(unreached(project.id(), state, milestone));
                    open.push(milestone_key(milestone));
                }
                Need::Milestone { project: Some(other), milestone } => match sight.thing::<Project>(*other) {
                    Some(thing) => blockers.extend(unreached(thing.id(), &day.state(&thing), milestone)),
                    None => blockers.push(Blocker::Milestone {
                        project: other.thing(),
                        milestone: milestone.to_string(),
                        says: format!("{milestone}: its project can't be seen"),
                    }),
                },
            }
        }
    }
    blockers
}

fn ungranted<V: Sight>(sight: &V, day: Day, permit: ThingId) -> Option<Blocker> {
    let Some(thing) = sight.thing::<Permit>(permit) else {
        return Some(Blocker::Permit { permit, says: format!("{permit} can't be seen") });
    };
    let state = day.state(&thing);
    let says = grant(sight, day, &state).err()?;
    let title = state.identified().map_or_else(|| permit.to_string(), |identified| identified.title.to_string());
    Some(Blocker::Permit { permit, says: format!("{title}: {says}") })
}

fn unreached(project: ThingId, state: &Project, name: &Line) -> Option<Blocker> {
    let says = match state.milestone(name) {
        Some(milestone) if milestone.actual.is_some() => return None,
        Some(milestone) if milestone.dropped_on.is_some() => "it is dropped".to_owned(),
        Some(milestone) => {
            milestone.forecast.map_or_else(|| "it has no date".to_owned(), |forecast| format!("it is expected {forecast}"))
        }
        None => "it is not planned".to_owned(),
    };
    Some(Blocker::Milestone { project, milestone: name.to_string(), says: format!("{name}: {says}") })
}
