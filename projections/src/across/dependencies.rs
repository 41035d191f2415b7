//! What does not fit about the milestones of other projects that those of a project need.
//!
//! Of another project only what everyone with a role may see is looked at, whoever asks: so whether a dependency is taken
//! tells nobody what is for the parties only.

use std::{collections::BTreeSet, sync::Arc};

use schema::{
    Line, ProjectId, ThingId, Visibility,
    project::{MilestoneKey, milestone_key},
};

use super::Across;
use crate::{
    Sight,
    things::{Dependency, Flag, FlagCode, Need, Project, Thing},
};

/// How many milestones are looked at for a loop.
const MILESTONES_MAX: usize = 4096;

impl Across for Project {
    fn across(thing: &Thing<Self>, sight: &impl Sight) -> Vec<Flag> {
        let mut flags = Vec::new();
        for dependency in &thing.state().dependencies {
            let Need::Milestone { project: Some(project), milestone } = &dependency.needs else { continue };
            let Some(other) = sight.thing::<Self>(*project) else { continue };
            if !has_milestone(&seen_by_all(&other), milestone) {
                flags.push(Flag::new(FlagCode::DependencyUnknownElsewhere, [dependency.fact_id]));
            }
            if leads_back(thing, dependency, (*project, milestone_key(milestone)), sight) {
                flags.push(Flag::new(FlagCode::DependencyLoop, [dependency.fact_id]));
            }
        }
        flags
    }
}

/// Every project has an investment decision to take, whether or not it is planned.
fn has_milestone(project: &Project, name: &Line) -> bool {
    milestone_key(name).is_fid() || project.milestone(name).is_some()
}

fn seen_by_all(thing: &Arc<Thing<Project>>) -> Project {
    if !thing.has_confidential_acts() {
        return thing.state().clone();
    }
    let seen = thing.seen_through(|act| act.metadata.visibility != Visibility::Parties);
    seen.map_or_else(Project::default, |seen| seen.state().clone())
}

/// Whether what `dependency` needs needs, by way of others, the milestone that is to wait for it.
fn leads_back(thing: &Thing<Project>, dependency: &Dependency, needed: (ProjectId, MilestoneKey), sight: &impl Sight) -> bool {
    let waiting = milestone_key(&dependency.milestone);
    let mut seen = BTreeSet::new();
    let mut open = vec![needed];
    while let Some((project, milestone)) = open.pop() {
        let is_own = ThingId::from(project) == thing.id();
        if is_own && milestone == waiting {
            return true;
        }
        if seen.len() >= MILESTONES_MAX || !seen.insert((project, milestone.clone())) {
            continue;
        }
        let state = if is_own { Some(thing.state().clone()) } else { sight.thing(project).as_ref().map(seen_by_all) };
        open.extend(state.iter().flat_map(|state| needs(state, project, &milestone)));
    }
    false
}

/// The milestones that one of `project` needs.
fn needs(state: &Project, project: ProjectId, milestone: &MilestoneKey) -> Vec<(ProjectId, MilestoneKey)> {
    let of_it = state.dependencies.iter().filter(|dependency| milestone_key(&dependency.milestone) == *milestone);
    let needed = of_it.filter_map(|dependency| match &dependency.needs {
        Need::Milestone { project: other, milestone } => Some((other.unwrap_or(project), milestone_key(milestone))),
        Need::Permit(_) => None,
    });
    needed.collect()
}
