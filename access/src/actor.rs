//! The bearer of a token: roles, and the part of the record that each role is for.

use std::{fmt, str::FromStr, sync::Arc};

use schema::{ClusterId, CommandId, CredentialId, EventId, OrganisationId, ProjectId, SubjectId};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

/// What somebody is to the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", try_from = "String")]
pub enum Role {
    /// Keeps organisations and clusters; never rewrites history.
    Administrator,
    /// Keeps a cluster: its members, its projects and what they need.
    ClusterManager,
    /// Logs the milestones and permits of projects.
    ProjectLead,
    /// Pays, and reads what came of it.
    Funder,
    /// Decides on permits, and records what it did.
    Regulator,
    /// Accepts documents that are filed for the criteria of ladders, and writes nothing else.
    Verifier,
    /// Reads everything and writes nothing.
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] = [
        Self::Administrator,
        Self::ClusterManager,
        Self::ProjectLead,
        Self::Funder,
        Self::Regulator,
        Self::Verifier,
        Self::Auditor,
    ];

    /// The role's name in tokens and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::ClusterManager => "cluster_manager",
            Self::ProjectLead => "project_lead",
            Self::Funder => "funder",
            Self::Regulator => "regulator",
            Self::Verifier => "verifier",
            Self::Auditor => "auditor",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The text names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a role; use administrator, cluster_manager, project_lead, funder, regulator, verifier or auditor")]
pub struct RoleError(String);

impl TryFrom<String> for Role {
    type Error = RoleError;

    fn try_from(text: String) -> Result<Self, RoleError> {
        text.parse()
    }
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        let found = Self::ALL.into_iter().find(|role| role.word() == text);
        found.ok_or_else(|| RoleError(text.chars().take(40).collect()))
    }
}

/// A role, and the part of the record that it is held for.
///
/// A member that this version does not know might narrow the grant, so it is refused and not ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// The organisation that the bearer acts for: the authority of a regulator, the lead of projects, a funder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// The clusters it is held for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<ClusterId>,
    /// The projects it is held for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<ProjectId>,
    /// Whether its holder may give the same role for the organisation to others.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub owner: bool,
    /// The act on record that gave it, where there is one. A token doesn't say so.
    #[serde(skip)]
    pub membership: Option<EventId>,
}

impl<'de> Deserialize<'de> for Grant {
    /// Reads an object, and nothing else: a derived reader would also take the values in an array, in their order.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(GrantVisitor)
    }
}

struct GrantVisitor;

/// What an object may say to be a grant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    role: Role,
    // What is present must be of the right type: null is not "absent".
    #[serde(default, deserialize_with = "present")]
    organisation: Option<OrganisationId>,
    #[serde(default)]
    clusters: Vec<ClusterId>,
    #[serde(default)]
    projects: Vec<ProjectId>,
    #[serde(default)]
    owner: bool,
}

fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl<'de> Visitor<'de> for GrantVisitor {
    type Value = Grant;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a role")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Grant, A::Error> {
        let members = Members::deserialize(MapAccessDeserializer::new(map))?;
        let Members { role, organisation, clusters, projects, owner } = members;
        Ok(Grant { role, organisation, clusters, projects, owner, membership: None })
    }
}

impl Grant {
    /// `role` for no part of the record in particular.
    #[must_use]
    pub const fn of(role: Role) -> Self {
        Self { role, organisation: None, clusters: Vec::new(), projects: Vec::new(), owner: false, membership: None }
    }
}

/// The id of one token (`jti`), by which it can be told from the bearer's others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenId(pub(super) Box<str>);

impl TokenId {
    /// The id as the token gives it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a token leaves of its bearer's grants. A token without an OAuth `scope` leaves all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scopes {
    /// The bearer may read (`milepost:read`).
    pub read: bool,
    /// The bearer may record (`milepost:write`).
    pub write: bool,
}

impl Scopes {
    /// Nothing is taken away.
    pub const ALL: Self = Self { read: true, write: true };

    /// Everything is taken away.
    pub const NONE: Self = Self { read: false, write: false };

    /// The scopes that a space-separated OAuth `scope` names; words that are not ours are another service's.
    #[must_use]
    pub fn parse(scope: &str) -> Self {
        let named = |word: &str| scope.split(' ').any(|scope| scope == word);
        Self { read: named("milepost:read"), write: named("milepost:write") }
    }
}

/// What a token says by itself, whatever is on record of its bearer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The roles that it gives.
    pub grants: Vec<Grant>,
    /// What it leaves of its bearer's roles.
    pub scopes: Scopes,
    /// The id under which the record knows it.
    pub credential: CredentialId,
    /// When it was issued, in seconds since 1970.
    pub issued_at: u64,
}

/// The bearer of a valid token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who it is: a random id, never a name.
    pub subject: SubjectId,
    /// The roles held, each with its part of the record.
    pub grants: Vec<Grant>,
    /// What the token leaves of them.
    pub scopes: Scopes,
    /// The token's id.
    pub token: TokenId,
    /// When the token ends, in seconds since 1970.
    pub expires_at: u64,
    /// What the token says by itself.
    pub carried: Arc<Carried>,
}

impl Actor {
    /// Whoever bears a token that says all this, by the token alone.
    #[must_use]
    pub fn bearing(subject: SubjectId, token: TokenId, carried: Carried, expires_at: u64) -> Self {
        let (grants, carried) = (carried.grants.clone(), Arc::new(carried));
        Self { subject, grants: Vec::new(), scopes: Scopes::NONE, token, expires_at, carried }.holding(grants)
    }

    /// The same, holding `grants` and nothing else. Who holds none is nobody: what is for everyone with a role is not for them.
    #[must_use]
    pub fn holding(&self, grants: Vec<Grant>) -> Self {
        let scopes = if grants.is_empty() { Scopes::NONE } else { self.carried.scopes };
        Self { grants, scopes, token: self.token.clone(), carried: Arc::clone(&self.carried), ..*self }
    }

    /// The authorities that they are of: for which they hold the role of a regulator.
    pub fn authorities(&self) -> impl Iterator<Item = OrganisationId> {
        self.grants.iter().filter(|grant| grant.role == Role::Regulator).filter_map(|grant| grant.organisation)
    }

    /// Whether one of the grants has `role`.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.grants.iter().any(|grant| grant.role == role)
    }
}

/// Who records what is imported on the command line: whoever operates the data directory, under one id everywhere, so
/// that an import is recognised when it is run again.
#[must_use]
pub fn operator() -> SubjectId {
    SubjectId(CommandId::derive(&["operator"]).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_one_name_everywhere() {
        for role in Role::ALL {
            assert_eq!(role.word().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.word());
        }
        assert!("Administrator".parse::<Role>().is_err());
    }

    #[test]
    fn a_grant_with_an_unknown_member_is_refused_because_it_may_narrow() {
        let known: Grant = serde_json::from_str(r#"{"role":"auditor"}"#).unwrap();
        assert_eq!(known, Grant::of(Role::Auditor));
        assert!(serde_json::from_str::<Grant>(r#"{"role":"auditor","permits":[]}"#).is_err());
        assert!(serde_json::from_str::<Grant>(r#"{"role":"auditor","role":"administrator"}"#).is_err());
    }

    #[test]
    fn a_scope_names_what_is_left() {
        assert_eq!(Scopes::parse("openid milepost:read"), Scopes { read: true, write: false });
        assert_eq!(Scopes::parse("milepost:read milepost:write"), Scopes::ALL);
        assert_eq!(Scopes::parse(""), Scopes::NONE);
        assert_eq!(Scopes::parse("milepost:writer MILEPOST:READ"), Scopes { read: false, write: false });
    }
}
