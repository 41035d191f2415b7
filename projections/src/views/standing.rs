//! Which projects still count, by their own standing and that of their permits.

use chrono::{Months, NaiveDate};
use schema::{
    EventId,
    project::{Stage, Standing},
};

use super::Day;
use crate::{
    Sight,
    things::{Outcome, Permit, PermitState, Project, Thing},
};

/// For how long a refusal can be challenged, in months, where the record does not say until when: the longest period that
/// our regimes have, in which an appeal can be made in England (Town and Country Planning (Development Management Procedure)
/// (England) Order 2015, article 37(2)).
const CHALLENGE_MONTHS_MAX: u32 = 6;

/// Whether a project counts among the active ones: it is not suspended, shelved or cancelled, and, unless something of it
/// is built, a permit of it stands or can still come to. One without a permit on record is active.
pub fn is_active(sight: &impl Sight, day: Day, project: &Thing<Project>, state: &Project) -> bool {
    if state.standing != Standing::Active {
        return false;
    }
    if is_built(state) {
        return true;
    }
    let permits = sight.naming::<Permit>(project.id()).filter(|permit| day.knows(permit));
    let mut stand = permits.map(|permit| {
        let state = day.state(&permit);
        state.is_reported_in_use() || can_stand(day, &state)
    });
    match stand.next() {
        None => true,
        Some(first) => first || stand.any(|stands| stands),
    }
}

/// Whether something of a project is built, or being built.
#[must_use]
pub fn is_built(project: &Project) -> bool {
    let furthest = project.stages.iter().map(|entry| entry.stage).max().max(project.stage);
    furthest >= Some(Stage::Construction) || !project.commissioned.is_empty()
}

/// Whether something of what a permit is for is built, or being built, as far as can be seen.
fn is_used(sight: &impl Sight, day: Day, permit: &Permit) -> bool {
    let projects = permit.identified().map(|identified| identified.projects.as_slice()).unwrap_or_default();
    let is_built = |project: &schema::ProjectId| {
        sight.thing::<Project>(*project).is_some_and(|thing| day.knows(&thing) && is_built(&day.state(&thing)))
    };
    permit.is_reported_in_use() || projects.iter().any(is_built)
}

/// The fact by which a permit is granted: one that is past its last day while nothing is built is so no more.
///
/// # Errors
///
/// Why there is no grant that stands, in words.
pub fn grant(sight: &impl Sight, day: Day, permit: &Permit) -> Result<EventId, String> {
    let fact = permit.grant()?;
    let until = permit.determination().and_then(|determination| determination.valid_until);
    match until.filter(|until| day.is_past(*until)) {
        Some(until) if !is_used(sight, day, permit) => Err(format!("the grant ended on {until}, and nothing is built")),
        _ => Ok(fact),
    }
}

/// Whether a permit is granted and not past its last day, or can still be granted.
fn can_stand(day: Day, permit: &Permit) -> bool {
    if permit.is_open() {
        return true;
    }
    match (permit.state, permit.outcome()) {
        (PermitState::Surrendered | PermitState::Expired, _) | (_, None) => false,
        (_, Some(Outcome::Refused)) => refusal_ends_on(permit).is_some_and(|until| until >= day.as_of),
        (_, Some(_)) => {
            let until = permit.determination().and_then(|determination| determination.valid_until);
            until.is_none_or(|until| !day.is_past(until))
        }
    }
}

/// The last day on which a refusal can be challenged.
fn refusal_ends_on(permit: &Permit) -> Option<NaiveDate> {
    let window = |from: NaiveDate| from.checked_add_months(Months::new(CHALLENGE_MONTHS_MAX));
    match permit.determination() {
        Some(determination) => {
            let until = determination.challengeable_until.map(schema::Date::last);
            until.or_else(|| window(determination.decided_on.last()))
        }
        None => window(permit.reported.as_deref()?.as_of.last()),
    }
}
