//! What becomes of a project on a day, also one to come, of a policy measure that it relies on: a law that is passed can
//! begin, change or end on a day that is set, for all or for some, and can spare those who were early enough.

use chrono::NaiveDate;
use schema::{Date, EventId, policy::PolicyEffect, project::Stage};

use crate::things::{PolicyMeasure, PolicyState, Project, SetEffect};

/// How a project stands to a measure on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExposureKind {
    /// The measure does not apply to it yet.
    NotYet,
    /// It applies.
    Applies,
    /// It applies as it was changed.
    Changed,
    /// It has changed or ended for others, and not for this project, which was early enough.
    Spared,
    /// It applies no longer.
    Ended,
    /// That follows from when the project begins to build or to serve, which is not known.
    Undecided,
}

/// How a project stands to a measure on a day, and by which fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exposure {
    /// How.
    pub kind: ExposureKind,
    /// The fact of the measure that says so; none where nothing is on record of its being in force.
    pub fact: Option<EventId>,
    /// The day before which it has to begin to build, or to serve, to be spared, or for the effect to be for it; where
    /// that is not known.
    pub depends_on: Option<Date>,
}

/// Whether something happened before a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Yes,
    No,
    Unknown,
}

/// How `project` stands on `day` to `measure`, of which is known how far it was `then`, on that day. What has not begun as
/// of `as_of` is known not to have begun.
#[must_use]
pub fn exposure(
    (measure, then): (&PolicyMeasure, &PolicyMeasure),
    project: &Project,
    day: NaiveDate,
    as_of: NaiveDate,
) -> Exposure {
    let kind = match then.state {
        PolicyState::InForce => ExposureKind::Applies,
        PolicyState::Suspended | PolicyState::Repealed => ExposureKind::Ended,
        PolicyState::Identified | PolicyState::Proposed | PolicyState::InConsultation | PolicyState::Adopted => {
            ExposureKind::NotYet
        }
    };
    let mut found = Exposure { kind, fact: then.state_fact, depends_on: None };
    if then.state == PolicyState::Repealed {
        return found;
    }
    let has_come = |effect: &&SetEffect| effect.on.first() <= day;
    // What has entered into force again after its end has not ended by that.
    let is_later = |effect: &&SetEffect| then.state_since.is_none_or(|since| effect.on.last() >= since.first());
    for effect in measure.effects_in_order().filter(has_come).filter(is_later) {
        found = after(found, effect, project, as_of);
    }
    found
}

/// How a project that stood as in `before` stands once `effect` has come.
fn after(before: Exposure, effect: &SetEffect, project: &Project, as_of: NaiveDate) -> Exposure {
    let set = &effect.set;
    let kind = match set.effect {
        PolicyEffect::Begins => ExposureKind::Applies,
        PolicyEffect::Changes => ExposureKind::Changed,
        PolicyEffect::Ends => ExposureKind::Ended,
    };
    let come = Exposure { kind, fact: Some(effect.fact_id), depends_on: None };
    let undecided = |until| Exposure { kind: ExposureKind::Undecided, depends_on: Some(until), ..come };
    let build = |until: Date| (began(project, Stage::Construction, until, as_of), until);
    let serve = |until: Date| (began(project, Stage::Operational, until, as_of), until);
    let only = [set.construction_begun_before.map(build), set.in_service_before.map(serve)];
    for (is_before, until) in only.into_iter().flatten() {
        match is_before {
            Before::Yes => {}
            Before::No => return before,
            Before::Unknown => return undecided(until),
        }
    }
    let spares = [set.spares_construction_begun_before.map(build), set.spares_in_service_before.map(serve)];
    let mut open = None;
    for (is_before, until) in spares.into_iter().flatten() {
        match is_before {
            Before::Yes => return Exposure { kind: ExposureKind::Spared, ..come },
            Before::No => {}
            Before::Unknown => open = open.or(Some(until)),
        }
    }
    open.map_or(come, undecided)
}

/// Whether the project had come to `stage` before `until`. A later stage stands for an earlier one, not later than that.
fn began(project: &Project, stage: Stage, until: Date, as_of: NaiveDate) -> Before {
    let reached = || project.stages.iter().filter(|entry| entry.stage >= stage);
    if reached().any(|entry| entry.entered_on.last() < until.first()) {
        return Before::Yes;
    }
    if reached().any(|entry| entry.stage == stage && entry.entered_on.first() >= until.last()) {
        return Before::No;
    }
    let is_there = reached().next().is_some() || project.stage.is_some_and(|reported| reported >= stage);
    if is_there || as_of < until.last() { Before::Unknown } else { Before::No }
}
