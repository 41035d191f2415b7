//! Identifiers. A thing's id names its kind, so that a permit's id given where a project's belongs is refused by name.

use std::{borrow::Cow, fmt, ops::RangeInclusive, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;
use uuid::Uuid;

/// The namespace under which Milepost derives identifiers (a version 5 UUID of the words `milepost record`).
const NAMESPACE: Uuid = Uuid::from_u128(0x6d69_6c65_706f_5374_8172_6563_6f72_6431);

/// Why a text is not the identifier that was expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// The text is not of the form `kind-uuid`.
    #[error("'{0}' is not an id; ids read like project-0b5e8a52-3c5f-5d0e-9d3c-2f6f0a1b2c3d")]
    Malformed(String),
    /// The id is of another kind of thing.
    #[error("expected the id of {}, got that of {}", expected.with_article(), found.with_article())]
    OtherKind {
        /// The kind that belongs here.
        expected: Kind,
        /// The kind the id names.
        found: Kind,
    },
}

/// The kinds of thing that have a stream of their own, in the order in which they refer to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What the clusters have signed; there is one.
    Initiative,
    /// A company, authority, funder, port, academic body or community body.
    Organisation,
    /// A geographic concentration of companies that share infrastructure, risk and demand.
    Cluster,
    /// An undertaking with stages and milestones.
    Project,
    /// One instrument of one authority under one regime.
    Permit,
    /// A programme that funds projects.
    Programme,
    /// Money that is sought, expected or given.
    Award,
    /// What two or more parties do together.
    Partnership,
    /// An act, a scheme or a plan that clusters rely on.
    PolicyMeasure,
    /// A register that facts are imported from.
    Register,
    /// Somebody who reads and records: a person or a program.
    Subject,
}

impl Kind {
    /// Every kind, in the order in which things refer to each other.
    pub const ALL: [Self; 11] = [
        Self::Initiative,
        Self::Organisation,
        Self::Cluster,
        Self::Project,
        Self::Permit,
        Self::Programme,
        Self::Award,
        Self::Partnership,
        Self::PolicyMeasure,
        Self::Register,
        Self::Subject,
    ];

    /// The word that begins the ids of this kind.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Initiative => "initiative",
            Self::Organisation => "organisation",
            Self::Cluster => "cluster",
            Self::Project => "project",
            Self::Permit => "permit",
            Self::Programme => "programme",
            Self::Award => "award",
            Self::Partnership => "partnership",
            Self::PolicyMeasure => "policy_measure",
            Self::Register => "register",
            Self::Subject => "subject",
        }
    }
}

impl Kind {
    /// The kind with its article, to stand in a sentence.
    #[must_use]
    pub const fn with_article(self) -> &'static str {
        match self {
            Self::Initiative => "the initiative",
            Self::Organisation => "an organisation",
            Self::Cluster => "a cluster",
            Self::Project => "a project",
            Self::Permit => "a permit",
            Self::Programme => "a programme",
            Self::Award => "an award",
            Self::Partnership => "a partnership",
            Self::PolicyMeasure => "a policy measure",
            Self::Register => "a register",
            Self::Subject => "a subject",
        }
    }

    /// Whether a thing of this kind is brought on record by a fact that comes before all others. The editions of a register
    /// come with nothing before them, and a subject has its id from elsewhere.
    #[must_use]
    pub const fn is_founded(self) -> bool {
        !matches!(self, Self::Register | Self::Subject)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The id of any thing, and the name of its stream: `kind-uuid`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThingId {
    kind: Kind,
    uuid: Uuid,
}

impl ThingId {
    /// All ids of things of `kind`: they are next to each other.
    #[must_use]
    pub const fn all_of(kind: Kind) -> RangeInclusive<Self> {
        Self::new(kind, Uuid::nil())..=Self::new(kind, Uuid::max())
    }

    /// The id of a thing of `kind`.
    #[must_use]
    pub const fn new(kind: Kind, uuid: Uuid) -> Self {
        Self { kind, uuid }
    }

    /// The id of the thing that `subject` founds with `command`: the same pair always founds the same thing.
    #[must_use]
    pub fn derive(kind: Kind, subject: SubjectId, command: CommandId) -> Self {
        Self { kind, uuid: derive_uuid(&[kind.word().as_bytes(), subject.0.as_bytes(), command.0.as_bytes()]) }
    }

    /// The id of the thing of `kind` that the register called `register` knows by `key`: the same in every edition.
    #[must_use]
    pub fn from_register(kind: Kind, register: &str, key: &[&str]) -> Self {
        let head = [b"register row".as_slice(), kind.word().as_bytes(), register.as_bytes()];
        let parts: Vec<&[u8]> = head.into_iter().chain(key.iter().map(|part| part.as_bytes())).collect();
        Self { kind, uuid: derive_uuid(&parts) }
    }

    /// What kind of thing this is the id of.
    #[must_use]
    pub const fn kind(self) -> Kind {
        self.kind
    }

    /// The part after the kind.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }
}

impl JsonSchema for ThingId {
    fn schema_name() -> Cow<'static, str> {
        "ThingId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[a-z_]+-[0-9a-f-]{36}$" })
    }
}

impl fmt::Display for ThingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.kind, self.uuid)
    }
}

impl fmt::Debug for ThingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ThingId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let malformed = || IdError::Malformed(text.chars().take(60).collect());
        let (word, rest) = text.split_once('-').ok_or_else(malformed)?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(malformed)?;
        let uuid = Uuid::try_parse(rest).map_err(|_| malformed())?;
        // One spelling per id: braces, capitals and the form without hyphens are not ours.
        if uuid.hyphenated().to_string() != rest {
            return Err(malformed());
        }
        Ok(Self { kind, uuid })
    }
}

impl Serialize for ThingId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ThingId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Derives a version 5 UUID from `parts`, each preceded by its length so that no two lists run together.
pub(crate) fn derive_uuid(parts: &[&[u8]]) -> Uuid {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    Uuid::new_v5(&NAMESPACE, &bytes)
}

macro_rules! thing_ids {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps the part after the kind.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The id as that of a thing of any kind.
            #[must_use]
            pub const fn thing(self) -> ThingId {
                ThingId::new(Kind::$kind, self.0)
            }
        }

        impl From<$name> for ThingId {
            fn from(id: $name) -> Self {
                id.thing()
            }
        }

        impl TryFrom<ThingId> for $name {
            type Error = IdError;

            fn try_from(id: ThingId) -> Result<Self, IdError> {
                match id.kind {
                    Kind::$kind => Ok(Self(id.uuid)),
                    found => Err(IdError::OtherKind { expected: Kind::$kind, found }),
                }
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.parse::<ThingId>()?.try_into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.thing(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.thing(), f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                ThingId::deserialize(deserializer)?.try_into().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": format!("^{}-[0-9a-f-]{{36}}$", Kind::$kind.word()) })
            }
        }
    )+};
}

thing_ids! {
    /// The id of the initiative.
    InitiativeId => Initiative;
    /// The id of an organisation.
    OrganisationId => Organisation;
    /// The id of a cluster.
    ClusterId => Cluster;
    /// The id of a project.
    ProjectId => Project;
    /// The id of a permit.
    PermitId => Permit;
    /// The id of a funding programme.
    ProgrammeId => Programme;
    /// The id of an award.
    AwardId => Award;
    /// The id of a partnership.
    PartnershipId => Partnership;
    /// The id of a policy measure.
    PolicyMeasureId => PolicyMeasure;
    /// The id of a register that facts are imported from.
    RegisterId => Register;
}

impl InitiativeId {
    /// The id of the initiative: there is one in a record, so that nobody can bring a second on record.
    #[must_use]
    pub fn only() -> Self {
        Self(derive_uuid(&[b"initiative"]))
    }
}

impl RegisterId {
    /// The id of the register called `name` (the short name that its mapping gives, such as `repd`).
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self(derive_uuid(&[b"register", name.as_bytes()]))
    }
}

/// The id of one recorded act, and so of the fact that it states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct EventId(pub Uuid);

impl EventId {
    /// The id of the event at `index` of what `command` of `subject` records on `thing`.
    ///
    /// A retry derives the same ids, so that it is recognised; another subject's use of the same command id does not.
    #[must_use]
    pub fn derive(subject: SubjectId, thing: ThingId, command: CommandId, index: usize) -> Self {
        let name = [
            thing.kind.word().as_bytes(),
            thing.uuid.as_bytes(),
            subject.0.as_bytes(),
            command.0.as_bytes(),
            &(index as u64).to_be_bytes(),
        ];
        Self(derive_uuid(&name))
    }
}

/// The id of one command: given by its sender so that a retry is recognised, or made for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct CommandId(pub Uuid);

impl CommandId {
    /// The command id that stands for `parts`: the same parts always give the same id.
    #[must_use]
    pub fn derive(parts: &[&str]) -> Self {
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        Self(derive_uuid(&parts))
    }
}

/// Who recorded: a random id, never a name or an address, so that the log holds no personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SubjectId(pub Uuid);

impl SubjectId {
    /// The thing that holds what is on record of the subject.
    #[must_use]
    pub const fn thing(self) -> ThingId {
        ThingId::new(Kind::Subject, self.0)
    }
}

impl TryFrom<ThingId> for SubjectId {
    type Error = IdError;

    fn try_from(id: ThingId) -> Result<Self, IdError> {
        match id.kind {
            Kind::Subject => Ok(Self(id.uuid)),
            found => Err(IdError::OtherKind { expected: Kind::Subject, found }),
        }
    }
}

/// The id under which the record knows a session or a token. It is derived from what the token bears, and tells nobody that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct CredentialId(pub Uuid);

impl CredentialId {
    /// The id for the token of `subject` that bears the id `token` (`jti`).
    #[must_use]
    pub fn of_token(subject: SubjectId, token: &str) -> Self {
        Self(derive_uuid(&[b"credential", subject.0.as_bytes(), token.as_bytes()]))
    }
}

macro_rules! plain_ids {
    ($($name:ident),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::try_parse(text).map(Self).map_err(|_| IdError::Malformed(text.chars().take(60).collect()))
            }
        }
    )+};
}

plain_ids!(EventId, CommandId, SubjectId, CredentialId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_another_kind_is_refused_by_name() {
        let permit = PermitId::new(Uuid::from_u128(7)).to_string();
        let refused = permit.parse::<ProjectId>();
        assert_eq!(refused, Err(IdError::OtherKind { expected: Kind::Project, found: Kind::Permit }));
    }

    #[test]
    fn an_id_has_one_spelling() {
        let id = ProjectId::new(Uuid::from_u128(0xabc));
        assert_eq!(id.to_string().parse(), Ok(id));
        for other in ["project-00000000000000000000000000000ABC", "project", "", "permit-", "plant-1", "Project-x"] {
            assert!(other.parse::<ThingId>().is_err(), "{other}");
        }
        assert!(id.to_string().to_uppercase().parse::<ThingId>().is_err());
    }

    #[test]
    fn a_row_of_a_register_names_the_same_things_in_every_edition() {
        let project = ThingId::from_register(Kind::Project, "repd", &["7"]);
        assert_eq!(project, ThingId::from_register(Kind::Project, "repd", &["7"]));
        for other in [
            ThingId::from_register(Kind::Permit, "repd", &["7"]),
            ThingId::from_register(Kind::Project, "seai", &["7"]),
            ThingId::from_register(Kind::Project, "repd", &["7", ""]),
        ] {
            assert_ne!(project.uuid(), other.uuid());
        }
    }

    #[test]
    fn another_subject_with_the_same_command_derives_other_ids() {
        let [a, b] = [1, 2].map(|n| SubjectId(Uuid::from_u128(n)));
        let command = CommandId(Uuid::from_u128(3));
        let thing = ThingId::derive(Kind::Permit, a, command);
        assert_eq!(thing, ThingId::derive(Kind::Permit, a, command));
        assert_ne!(thing, ThingId::derive(Kind::Permit, b, command));
        assert_ne!(thing.uuid(), ThingId::derive(Kind::Project, a, command).uuid());
        assert_ne!(EventId::derive(a, thing, command, 0), EventId::derive(b, thing, command, 0));
        assert_ne!(EventId::derive(a, thing, command, 0), EventId::derive(a, thing, command, 1));
    }
}
