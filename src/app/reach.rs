//! Where a thing stands in the record, as far as access is concerned.

use projections::{
    Picture,
    things::{Live, Permit, Project, State, Thing},
};
use schema::{
    ClusterId, Fact, Kind, ProjectId, ThingId,
    permit::{PermitFact, PermitIdentified},
    project::{ProjectFact, ProjectRegistered},
};

use crate::access::{
    Actor, Role,
    table::{Reach, Scope},
};

/// Where `thing` stands in `picture`.
#[must_use]
pub fn reach_of(picture: &Picture, thing: ThingId) -> Reach {
    match thing.kind() {
        Kind::Organisation | Kind::Register => Reach::default(),
        Kind::Cluster => Reach { clusters: ClusterId::try_from(thing).into_iter().collect(), ..Reach::default() },
        Kind::Project => {
            let mut reach = match picture.thing::<Project>(thing).and_then(|project| founding(project)) {
                Some(ProjectFact::ProjectRegistered(registered)) => of_project(registered),
                _ => Reach::default(),
            };
            reach.projects.extend(ProjectId::try_from(thing));
            reach
        }
        Kind::Permit => match picture.thing::<Permit>(thing).and_then(|permit| founding(permit)) {
            Some(PermitFact::PermitIdentified(identified)) => of_permit(picture, identified),
            _ => Reach::default(),
        },
    }
}

/// The fact that brings `thing` on record. Of a thing whose founding was retracted, the last such fact: those who
/// had it within reach still have, so that they can take the retraction back.
fn founding<S: State>(thing: &Thing<S>) -> Option<&S::Fact> {
    let retracted = || thing.acts().iter().rev().filter_map(|act| act.content.fact()).find(|fact| fact.order_of_life() == 0);
    let live = thing.live().iter().find(|live| live.is_founding());
    live.map(Live::fact).or_else(|| retracted().map(|fact| &**fact))
}

fn of_project(registered: &ProjectRegistered) -> Reach {
    Reach { clusters: registered.cluster.into_iter().collect(), leads: registered.lead.into_iter().collect(), ..Reach::default() }
}

fn of_permit(picture: &Picture, permit: &PermitIdentified) -> Reach {
    let mut reach = Reach { authority: permit.authority, ..Reach::default() };
    for project in &permit.projects {
        let of_project = reach_of(picture, project.thing());
        reach.clusters.extend(of_project.clusters);
        reach.projects.extend(of_project.projects);
        reach.leads.extend(of_project.leads);
    }
    reach
}

/// A fact that may found a thing, and where that thing would stand.
pub trait Founds {
    /// Where the thing would stand: one reach for each of the things that have to allow it. `None` for other facts.
    fn founds(&self, picture: &Picture) -> Option<Vec<Reach>>;
}

impl Founds for schema::organisation::OrganisationFact {
    fn founds(&self, _: &Picture) -> Option<Vec<Reach>> {
        Some(vec![Reach::default()])
    }
}

impl Founds for schema::cluster::ClusterFact {
    fn founds(&self, _: &Picture) -> Option<Vec<Reach>> {
        matches!(self, Self::ClusterRegistered(_)).then(|| vec![Reach::default()])
    }
}

impl Founds for ProjectFact {
    fn founds(&self, _: &Picture) -> Option<Vec<Reach>> {
        let Self::ProjectRegistered(registered) = self else { return None };
        Some(vec![of_project(registered)])
    }
}

impl Founds for PermitFact {
    /// Every project that a permit is said to be for has to be within reach.
    fn founds(&self, picture: &Picture) -> Option<Vec<Reach>> {
        let Self::PermitIdentified(permit) = self else { return None };
        let single = |project: &ProjectId| of_permit(picture, &PermitIdentified { projects: vec![*project], ..permit.clone() });
        Some(if permit.projects.is_empty() {
            vec![of_permit(picture, permit)]
        } else {
            permit.projects.iter().map(single).collect()
        })
    }
}

impl Founds for schema::register::RegisterFact {
    fn founds(&self, _: &Picture) -> Option<Vec<Reach>> {
        None
    }
}

/// Whether `actor` is a party of `thing`, which stands at `reach`, and so sees what is for the parties only.
///
/// Whoever may write to a thing on record is a party of it: what is decided on all that is known can then be told.
#[must_use]
pub fn is_party(actor: &Actor, thing: ThingId, reach: &Reach) -> bool {
    actor.grants.iter().any(|grant| match grant.role {
        Role::Auditor => true,
        Role::Administrator => matches!(thing.kind(), Kind::Organisation | Kind::Cluster),
        Role::ProjectLead => Scope::OwnProjects.covers(grant, reach),
        Role::ClusterManager => Scope::OwnClusters.covers(grant, reach),
        Role::Regulator => Scope::OwnAuthority.covers(grant, reach),
        Role::Funder => false,
    })
}
