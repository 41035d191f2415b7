//! What stands around every act: who, when, from what source, how sure, for whose eyes.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    ClusterId, CommandId, Date, EventId, LanguageTag, Line, Note, OrganisationId, SubjectId, ThingId, award::AwardFact,
    cluster::ClusterFact, initiative::InitiativeFact, organisation::OrganisationFact, partnership::PartnershipFact,
    permit::PermitFact, policy::PolicyMeasureFact, programme::ProgrammeFact, project::ProjectFact, register::RegisterFact,
    subject::SubjectFact,
};

/// Where an event stands in the log. Opaque and ordered; gaps are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

/// How sure a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
    /// Logged by one party.
    #[default]
    Claimed,
    /// A document is referenced.
    Evidenced,
    /// Recorded or confirmed by the counterparty itself: the authority for a permit, for example.
    Confirmed,
}

/// For whose eyes a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everyone, if the operator opens the record to the public.
    Public,
    /// Everyone with a role.
    #[default]
    Participants,
    /// The parties of the thing only: who leads it, who decides on it, who manages its cluster, and auditors.
    Parties,
}

/// A document that a fact rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// What the document is called.
    pub title: Line,
    /// A URL or a file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Line>,
    /// SHA-256 of the document, 64 lower-case hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: Option<Line>,
    /// When the document was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_on: Option<Date>,
    /// Of what kind the file is, such as `application/pdf` (RFC 6838).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<Line>,
    /// How many bytes the file has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Where in the document it says so: a page, a paragraph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locator: Option<Line>,
}

impl Evidence {
    /// A document of which only the title is known.
    #[must_use]
    pub const fn titled(title: Line) -> Self {
        Self { title, location: None, sha256: None, issued_on: None, media_type: None, bytes: None, locator: None }
    }
}

/// The row of a register that a fact was taken from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct RegisterRow {
    /// The register's short name, such as `repd`.
    pub register: Line,
    /// SHA-256 of the file, 64 lower-case hexadecimal digits.
    pub file_sha256: Line,
    /// The number of the row in the file; the header is row 1.
    pub row: u32,
    /// What of the row the fact says, as the mapping names it; the same in every edition.
    pub field: Line,
}

/// From where a fact came.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A person recorded it.
    #[default]
    Person,
    /// It was taken from a register.
    Register(RegisterRow),
}

/// The two kinds of origin that rules tell apart: a person can be asked again, a register can't.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provenance {
    /// From a register.
    Register,
    /// From a person. A person's word stands above a register's.
    Person,
}

impl Origin {
    /// Which kind of origin this is.
    #[must_use]
    pub const fn provenance(&self) -> Provenance {
        match self {
            Self::Person => Provenance::Person,
            Self::Register(_) => Provenance::Register,
        }
    }

    /// The register's row, where it is one.
    #[must_use]
    pub const fn row(&self) -> Option<&RegisterRow> {
        match self {
            Self::Person => None,
            Self::Register(row) => Some(row),
        }
    }
}

/// In what capacity somebody recorded an act. Which side a confirmation was of can't be told from the organisation alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Acting {
    /// The role in which it was allowed, by its name in tokens. A word and no closed list, so that there can be new roles.
    pub role: Line,
    /// The organisation for which that role is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// The event that granted the role, where it was granted on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub membership: Option<EventId>,
    /// On whose side they stood where the thing is concerned, by who belonged to whom when it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
}

/// For whom somebody spoke where a thing is concerned: two who speak for the same do not confirm each other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Side {
    /// The organisations: that of the grant, and those that lead the projects for which it is held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub organisations: Vec<OrganisationId>,
    /// The clusters: those that a manager keeps and, of a thing between clusters, those of the organisations and projects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<ClusterId>,
}

impl Side {
    /// Whether both speak for the same organisation.
    #[must_use]
    pub fn shares_organisation(&self, other: &Self) -> bool {
        self.organisations.iter().any(|organisation| other.organisations.contains(organisation))
    }

    /// Whether both speak for the same cluster.
    #[must_use]
    pub fn shares_cluster(&self, other: &Self) -> bool {
        self.clusters.iter().any(|cluster| other.clusters.contains(cluster))
    }
}

/// What a command's sender says about an act, stored with it for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Metadata {
    /// The legal or business date.
    pub occurred_on: Date,
    /// The day on which a public source first said so: for facts from a register, the date of the edition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_on: Option<NaiveDate>,
    /// Who recorded it.
    pub subject: SubjectId,
    /// For whom they recorded it, where that is somebody else: who started an import, for example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<SubjectId>,
    /// In what capacity they recorded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acting: Option<Box<Acting>>,
    /// The session, or the token, with which they recorded it; never the id (`jti`) that the token itself bears.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Uuid>,
    /// For which organisation they recorded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// The command that recorded it.
    pub command_id: CommandId,
    /// Its place among the acts of its command, from 0, where the command is of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u16>,
    /// When it was decided, by the clock of the machine that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// Shared by all that one request or import recorded.
    pub correlation_id: Uuid,
    /// The event that led to this one, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<EventId>,
    /// From where it came.
    #[serde(default)]
    pub origin: Origin,
    /// The documents it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// How sure it was when recorded.
    #[serde(default)]
    pub assurance: Assurance,
    /// For whose eyes it is.
    #[serde(default)]
    pub visibility: Visibility,
    /// Why a rule was overridden, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_reason: Option<Note>,
    /// The language of its texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<LanguageTag>,
}

impl Metadata {
    /// What a person claims for everyone with a role: who, when and by which command, and nothing beside.
    #[must_use]
    pub const fn new(occurred_on: Date, subject: SubjectId, command_id: CommandId, correlation_id: Uuid) -> Self {
        Self {
            occurred_on,
            published_on: None,
            subject,
            on_behalf_of: None,
            acting: None,
            credential: None,
            organisation: None,
            command_id,
            sequence: None,
            decided_at: None,
            correlation_id,
            causation_id: None,
            origin: Origin::Person,
            evidence: Vec::new(),
            assurance: Assurance::Claimed,
            visibility: Visibility::Participants,
            override_reason: None,
            language: None,
        }
    }
}

/// Where the store put an event: set by the system, never by a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The event's id, and the id of the fact that it states.
    pub id: EventId,
    /// The thing it is about.
    pub thing: ThingId,
    /// Its number in the thing's stream, from 0.
    pub revision: u64,
    /// Its place in the whole log.
    pub position: Position,
    /// The instant at which it was accepted, as whoever reads works it out: never earlier than that of any event before it in
    /// the log.
    pub recorded_at: DateTime<Utc>,
    /// What the store's clock showed then, which may have been wrong.
    pub stamped_at: DateTime<Utc>,
}

impl Header {
    /// That of an event which a store would put there at the instant `at`, by a clock that is right.
    #[must_use]
    pub const fn new(id: EventId, thing: ThingId, revision: u64, position: Position, at: DateTime<Utc>) -> Self {
        Self { id, thing, revision, position, recorded_at: at, stamped_at: at }
    }
}

/// What an event says about a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act<F> {
    /// A fact.
    Stated(F),
    /// What a fact should have said.
    Corrected {
        /// The act that is corrected: the one that stated the fact, or an earlier correction.
        act: EventId,
        /// Why.
        reason: Note,
        /// The members of the fact that it set or emptied, `occurred_on` for its date; all of them, if none is named.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        members: Vec<Line>,
        /// The fact as it should have read; of the same type.
        fact: F,
    },
    /// An act that should never have been recorded: a fact, a correction, or a retraction.
    Retracted {
        /// The act that is retracted.
        act: EventId,
        /// Why.
        reason: Note,
    },
    /// The counterparty's word that a fact is right as it stands.
    Confirmed {
        /// The act that is confirmed.
        act: EventId,
    },
    /// The word of somebody concerned that a fact is not right; whose fact it is may correct it.
    Disputed {
        /// The act that is disputed.
        act: EventId,
        /// Why.
        reason: Note,
    },
    /// Documents found for a fact after it was recorded; they stand in the metadata.
    EvidenceAttached {
        /// The act they support.
        act: EventId,
    },
}

impl<F> Act<F> {
    /// The same act on `change` of the fact.
    pub fn map<G>(self, change: impl FnOnce(F) -> G) -> Act<G> {
        match self {
            Self::Stated(fact) => Act::Stated(change(fact)),
            Self::Corrected { act, reason, members, fact } => Act::Corrected { act, reason, members, fact: change(fact) },
            Self::Retracted { act, reason } => Act::Retracted { act, reason },
            Self::Confirmed { act } => Act::Confirmed { act },
            Self::Disputed { act, reason } => Act::Disputed { act, reason },
            Self::EvidenceAttached { act } => Act::EvidenceAttached { act },
        }
    }

    /// The members that a correction set or emptied; none is named where all are meant.
    #[must_use]
    pub fn members(&self) -> &[Line] {
        match self {
            Self::Corrected { members, .. } => members,
            _ => &[],
        }
    }

    /// The fact that this act states or puts in another's place.
    #[must_use]
    pub const fn fact(&self) -> Option<&F> {
        match self {
            Self::Stated(fact) | Self::Corrected { fact, .. } => Some(fact),
            Self::Retracted { .. } | Self::Confirmed { .. } | Self::Disputed { .. } | Self::EvidenceAttached { .. } => None,
        }
    }

    /// The earlier act that this one is about.
    #[must_use]
    pub const fn about(&self) -> Option<EventId> {
        match self {
            Self::Stated(_) => None,
            Self::Corrected { act, .. }
            | Self::Retracted { act, .. }
            | Self::Confirmed { act }
            | Self::Disputed { act, .. }
            | Self::EvidenceAttached { act } => Some(*act),
        }
    }

    /// Why, for a correction, a retraction or a dispute.
    #[must_use]
    pub const fn reason(&self) -> Option<&Note> {
        match self {
            Self::Corrected { reason, .. } | Self::Retracted { reason, .. } | Self::Disputed { reason, .. } => Some(reason),
            Self::Stated(_) | Self::Confirmed { .. } | Self::EvidenceAttached { .. } => None,
        }
    }
}

/// An act on a thing of whichever kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// On the initiative.
    Initiative(Act<InitiativeFact>),
    /// On an organisation.
    Organisation(Act<OrganisationFact>),
    /// On a cluster.
    Cluster(Act<ClusterFact>),
    /// On a project.
    Project(Act<ProjectFact>),
    /// On a permit.
    Permit(Act<PermitFact>),
    /// On a programme.
    Programme(Act<ProgrammeFact>),
    /// On an award.
    Award(Act<AwardFact>),
    /// On a partnership.
    Partnership(Act<PartnershipFact>),
    /// On a policy measure.
    PolicyMeasure(Act<PolicyMeasureFact>),
    /// On a register.
    Register(Act<RegisterFact>),
    /// On a subject.
    Subject(Act<SubjectFact>),
}

/// An event as it was recorded: of any kind of thing, or with the acts of one kind as its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded<C = Content> {
    /// Where the store put it.
    pub header: Header,
    /// What its sender said about it.
    pub metadata: Metadata,
    /// What it says.
    pub content: C,
}
