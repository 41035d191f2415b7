//! Who is asking.

use access::{Actor, table::records_anything};
use gate::gated;
use juniper::ID;

use crate::{
    Context,
    scalars::{FactId, Role},
};

/// A role of whoever asks, and where it holds.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct RoleGrant {
    /// The role.
    pub role: Role,
    /// For which organisation.
    pub organisation: Option<ID>,
    /// In which clusters.
    pub clusters: Vec<ID>,
    /// In which projects.
    pub projects: Vec<ID>,
    /// Whether its holder may give the same role for the organisation to others.
    pub owner: bool,
    /// The fact on record that gave it; null where only the token says so yet.
    pub membership: Option<FactId>,
}

/// Whoever asks.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Viewer {
    /// The random id under which what they record is recorded.
    pub subject: ID,
    /// The id under which the record knows the token: not the one that it bears.
    pub credential: ID,
    /// Their roles.
    pub roles: Vec<RoleGrant>,
    /// Whether the token may be used to record anything at all: whether a role has a command and the scope allows it.
    pub may_record: bool,
}

impl From<&Actor> for Viewer {
    fn from(actor: &Actor) -> Self {
        let id = |id: &dyn std::fmt::Display| ID::from(id.to_string());
        let roles = actor.grants.iter().map(|grant| RoleGrant {
            role: grant.role.into(),
            organisation: grant.organisation.map(|organisation| id(&organisation)),
            clusters: grant.clusters.iter().map(|cluster| id(cluster)).collect(),
            projects: grant.projects.iter().map(|project| id(project)).collect(),
            owner: grant.owner,
            membership: grant.membership.map(FactId),
        });
        Self {
            subject: id(&actor.subject),
            credential: id(&actor.carried.credential),
            roles: roles.collect(),
            may_record: records_anything(actor),
        }
    }
}
