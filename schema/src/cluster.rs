//! Facts about industrial clusters.

use crate::{
    Country, Date, ExternalId, Line, Note, OrganisationId,
    fact::{facts, payloads},
};

payloads! {
    /// A cluster came on record.
    ClusterRegistered {
        /// Its name.
        name: Line,
        /// The country it lies in.
        country: Country,
        /// The town, port or region.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Line>,
        /// The sectors in it, such as steel or refining.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sectors: Vec<Line>,
        /// Since when it is a signatory of the initiative.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signatory_since: Option<Date>,
        /// What other systems call it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        identifiers: Vec<ExternalId>,
    }

    /// An organisation joined a cluster.
    ClusterMemberJoined {
        /// The member.
        organisation: OrganisationId,
        /// What it does in the cluster.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<Line>,
    }

    /// A member left a cluster.
    ClusterMemberLeft {
        /// The member.
        organisation: OrganisationId,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }
}

facts! {
    /// The facts of a cluster.
    ClusterFact of Cluster {
        /// See [`ClusterRegistered`].
        ClusterRegistered,
        /// See [`ClusterMemberJoined`].
        ClusterMemberJoined,
        /// See [`ClusterMemberLeft`].
        ClusterMemberLeft,
    }
    references |fact| match fact {
        ClusterFact::ClusterRegistered(_) => Vec::new(),
        ClusterFact::ClusterMemberJoined(joined) => vec![joined.organisation.thing()],
        ClusterFact::ClusterMemberLeft(left) => vec![left.organisation.thing()],
    };
}
