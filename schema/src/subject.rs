//! Facts about those who read and record: what they are, which roles they hold and where, and which of their credentials hold
//! no longer. None of them names anybody.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ClusterId, CredentialId, EventId, Line, Named, Note, OrganisationId, ProjectId, ThingId,
    fact::{facts, payloads},
};

/// What a subject is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A person.
    Person,
    /// A program.
    Machine,
}

payloads! {
    /// A subject was admitted. What else is on record of it holds without that.
    SubjectAdmitted {
        /// What it is.
        kind: SubjectKind,
    }

    /// The subject was given a role. It holds from when this was recorded.
    MembershipGranted {
        /// The role, by its name in tokens. A word and no closed list, so that there can be new roles.
        role: Line,
        /// The organisation that the subject then acts for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        organisation: Option<OrganisationId>,
        /// The clusters that the role is held for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        clusters: Vec<ClusterId>,
        /// The projects that the role is held for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        projects: Vec<ProjectId>,
        /// Whether the subject may give the same role for the organisation to others.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        owner: bool,
        /// The instant from which it gives nothing any more; none, if it lasts until it is ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
    }

    /// A token was first used that gives a role by itself, signed by the service's own key. The role holds for whoever shows that
    /// token, and ends with it.
    MembershipCarried {
        /// Which: a random id, not the one that the token bears.
        credential: CredentialId,
        /// What it gives, until it ends.
        membership: MembershipGranted,
    }

    /// A membership was ended: it gives nothing from when this was recorded.
    MembershipEnded {
        /// Which: the act that granted it, or says that a token carries it.
        membership: EventId,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }

    /// A credential of the subject was revoked: a token that is good no more, wherever it is.
    CredentialRevoked {
        /// Which: a random id, not the one that the token bears.
        credential: CredentialId,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }

    /// Every credential of the subject that was issued before an instant was revoked.
    SessionsEnded {
        /// The instant.
        issued_before: DateTime<Utc>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }
}

facts! {
    /// The facts of a subject.
    SubjectFact of Subject {
        /// See [`SubjectAdmitted`].
        SubjectAdmitted,
        /// See [`MembershipGranted`].
        MembershipGranted,
        /// See [`MembershipCarried`].
        MembershipCarried,
        /// See [`MembershipEnded`].
        MembershipEnded,
        /// See [`CredentialRevoked`].
        CredentialRevoked,
        /// See [`SessionsEnded`].
        SessionsEnded,
    }
    references |fact| match fact {
        SubjectFact::MembershipGranted(granted) => granted.names(),
        // What a token names need not be on record: its holder can do nothing with it then.
        _ => Vec::new(),
    };
    named |fact| match fact {
        SubjectFact::MembershipEnded(ended) => Named::of(Some(ended.membership), MEMBERSHIPS).into_iter().collect(),
        _ => Vec::new(),
    };
}

/// The types of fact that give a role.
const MEMBERSHIPS: &[&str] = &["MembershipGranted", "MembershipCarried"];

impl MembershipGranted {
    /// The things for which the role is held.
    fn names(&self) -> Vec<ThingId> {
        let organisation = self.organisation.map(OrganisationId::thing);
        let clusters = self.clusters.iter().map(|cluster| cluster.thing());
        let projects = self.projects.iter().map(|project| project.thing());
        organisation.into_iter().chain(clusters).chain(projects).collect()
    }
}
