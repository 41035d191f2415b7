//! Facts about partnerships, from the first talk to operating under binding agreements.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ClusterId, Date, ExternalId, Line, Money, Note, OrganisationId, ProjectId, ThingId,
    fact::{facts, payloads},
    project::Capacity,
};

/// What a partnership is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartnershipKind {
    /// One buys what another makes.
    Offtake,
    /// One delivers what another needs.
    Supply,
    /// CO2 is moved and stored.
    Co2TransportStorage,
    /// Infrastructure is shared.
    SharedInfrastructure,
    /// A company is owned together.
    JointVenture,
    /// Labour and skills.
    LabourSkills,
    /// With the people who live there.
    Community,
    /// Across a border.
    CrossBorder,
}

payloads! {
    /// A partnership came on record.
    PartnershipIdentified {
        /// What it is about, in a line.
        title: Line,
        /// Of what kind it is.
        kind: PartnershipKind,
        /// The organisations between which it is.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parties: Vec<OrganisationId>,
        /// The clusters it serves, or between which it is.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        clusters: Vec<ClusterId>,
        /// The projects it serves.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        projects: Vec<ProjectId>,
        /// What other systems call it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        identifiers: Vec<ExternalId>,
    }

    /// Talks began.
    PartnershipDiscussionOpened {}

    /// A memorandum of understanding was signed.
    MemorandumSigned {}

    /// A term sheet was signed.
    TermSheetSigned {}

    /// A binding agreement was signed.
    BindingAgreementSigned {
        /// What it is worth.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Money>,
        /// How much is bought, delivered, moved or shared.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        volume: Option<Capacity>,
        /// Until when it binds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        binds_until: Option<Date>,
    }

    /// The parties began to operate under their agreement.
    PartnershipBecameActive {}

    /// A party joined.
    PartnerJoined {
        /// Who.
        organisation: OrganisationId,
    }

    /// A party left.
    PartnerLeft {
        /// Who.
        organisation: OrganisationId,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }

    /// The partnership ran out.
    PartnershipExpired {}

    /// The partnership was ended before its time.
    PartnershipTerminated {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }
}

facts! {
    /// The facts of a partnership.
    PartnershipFact of Partnership {
        /// See [`PartnershipIdentified`].
        PartnershipIdentified,
        /// See [`PartnershipDiscussionOpened`].
        PartnershipDiscussionOpened,
        /// See [`MemorandumSigned`].
        MemorandumSigned,
        /// See [`TermSheetSigned`].
        TermSheetSigned,
        /// See [`BindingAgreementSigned`].
        BindingAgreementSigned,
        /// See [`PartnershipBecameActive`].
        PartnershipBecameActive,
        /// See [`PartnerJoined`].
        PartnerJoined,
        /// See [`PartnerLeft`].
        PartnerLeft,
        /// See [`PartnershipExpired`].
        PartnershipExpired,
        /// See [`PartnershipTerminated`].
        PartnershipTerminated,
    }
    references |fact| match fact {
        PartnershipFact::PartnershipIdentified(identified) => {
            let parties = identified.parties.iter().copied().map(ThingId::from);
            let clusters = identified.clusters.iter().copied().map(ThingId::from);
            parties.chain(clusters).chain(identified.projects.iter().copied().map(ThingId::from)).collect()
        }
        PartnershipFact::PartnerJoined(joined) => vec![joined.organisation.thing()],
        PartnershipFact::PartnerLeft(left) => vec![left.organisation.thing()],
        _ => Vec::new(),
    };
}
