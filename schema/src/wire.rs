//! Between the record's types and the bytes that a store keeps.

use std::{collections::HashMap, sync::LazyLock};

use chrono::{DateTime, Utc};
use schemars::{JsonSchema, Schema, schema_for};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    Act, EventId, Fact, Header, Kind, Leaf, Line, Metadata, Note, Position, Recorded, ThingId,
    fact::for_facts,
    record, seal,
    upcast::{STEPS, upcast_with},
};

/// An event on its way to a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Its id, derived from its command so that a retry gives the same.
    pub id: EventId,
    /// The name of its type.
    pub event_type: &'static str,
    /// The version of its payload.
    pub version: u16,
    /// The metadata as JSON.
    pub metadata: Vec<u8>,
    /// The payload as JSON.
    pub data: Vec<u8>,
}

/// An event as a store gives it back: about a thing, unless `S` says what else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent<S = ThingId> {
    /// Its id.
    pub id: EventId,
    /// The thing whose stream it is in, or what else has one.
    pub thing: S,
    /// Its number in the stream, from 0.
    pub revision: u64,
    /// Its place in the whole log.
    pub position: Position,
    /// When the store accepted it.
    pub recorded_at: DateTime<Utc>,
    /// The name of its type.
    pub event_type: String,
    /// The version of its payload.
    pub version: u16,
    /// The metadata as JSON.
    pub metadata: Vec<u8>,
    /// The payload as JSON.
    pub data: Vec<u8>,
    /// The store's own hash over this event and all before it, where it keeps one.
    pub proof: Option<[u8; 32]>,
}

/// Why an event can't be written.
#[derive(Debug, Error)]
#[error("the event can't be written as JSON: {0}")]
pub struct EncodeError(#[from] serde_json::Error);

/// Why a stored event can't be read.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// The type is not one of this kind of thing.
    #[error("a {kind} has no events of type {event_type}; a newer build may have written it")]
    UnknownType {
        /// The kind of thing.
        kind: Kind,
        /// The name of the type.
        event_type: String,
    },
    /// The type is not one of that stream beside the things.
    #[error("a {stream} has no events of type {event_type}; a newer build may have written it")]
    UnknownAside {
        /// The word that its stream's name begins with.
        stream: String,
        /// The name of the type.
        event_type: String,
    },
    /// The version is newer than this build.
    #[error("{event_type} is of version {version}, this build knows {known}; start a newer build")]
    NewerVersion {
        /// The name of the type.
        event_type: String,
        /// The version stored.
        version: u16,
        /// The newest version known.
        known: u16,
    },
    /// No step leads from the stored version to the current one.
    #[error("no step leads from version {version} of {event_type} to the current one")]
    NoUpcast {
        /// The name of the type.
        event_type: String,
        /// The version stored.
        version: u16,
    },
    /// The JSON is not that of such an event.
    #[error("{event_type} can't be read: {source}")]
    Json {
        /// The name of the type.
        event_type: String,
        /// What is wrong with the JSON.
        source: serde_json::Error,
    },
}

/// The most bytes that one append may hold: data, metadata and twice the length of each type's name, summed.
///
/// EventStoreDB up to 25.0 refuses more; every store refuses it, so that a log can move house.
pub const APPEND_BYTES_MAX: usize = 1 << 20;

const FACT_RETRACTED: &str = "FactRetracted";
const FACT_CONFIRMED: &str = "FactConfirmed";
const FACT_DISPUTED: &str = "FactDisputed";
const EVIDENCE_ATTACHED: &str = "EvidenceAttached";
/// The events about an earlier act that state no fact themselves.
const ABOUT_ACTS: [&str; 4] = [FACT_RETRACTED, FACT_CONFIRMED, FACT_DISPUTED, EVIDENCE_ATTACHED];
/// The version of the events above, and of the metadata.
const ACT_VERSION: u16 = 1;

/// The payload of an event about an earlier act that states no fact itself.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct AboutAct {
    /// The act it is about.
    act: EventId,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Note>,
}

/// What a correction says of the act that it corrects.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Correction {
    /// The act it is about.
    act: EventId,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Note>,
    /// The members that it set or emptied, `occurred_on` for the date; all of them, if none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    members: Vec<Line>,
}

/// What the stored metadata holds beside [`Metadata`].
#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct StoredMetadata {
    #[serde(flatten)]
    metadata: Metadata,
    /// For a correction, what it corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    corrects: Option<Correction>,
    /// The leaf of the event before it in its stream; events of before this was kept have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Leaf>,
}

impl StoredMetadata {
    pub const fn new(metadata: Metadata, previous: Option<Leaf>) -> Self {
        Self { metadata, corrects: None, previous }
    }
}

/// Every JSON Schema that Milepost publishes, by its file name without ending: `PermitGranted.v1`, for example.
pub fn published_schemas() -> impl Iterator<Item = (String, Schema)> {
    let about_acts = ABOUT_ACTS.map(|name| (name, schema_for!(AboutAct)));
    let acts = about_acts.into_iter().chain([("Metadata", schema_for!(StoredMetadata))]);
    let types = crate::event_types().map(|(_, event_type)| event_type).chain(seal::TYPES).chain(record::TYPES);
    let all = types
        .map(|event_type| (event_type.name, event_type.version, (event_type.schema)()))
        .chain(acts.map(|(name, schema)| (name, ACT_VERSION, schema)));
    all.map(|(name, version, schema)| (format!("{name}.v{version}"), schema))
}

impl NewEvent {
    /// Writes `act` for a store, to follow on the event whose leaf is `previous` in its stream.
    ///
    /// # Errors
    /// When the payload can't be written as JSON.
    pub fn encode<F: Fact>(id: EventId, metadata: &Metadata, act: &Act<F>, previous: Option<Leaf>) -> Result<Self, EncodeError> {
        let about = |act: &EventId, reason: Option<&Note>| AboutAct { act: *act, reason: reason.cloned() };
        let (event_type, version, data, corrects) = match act {
            Act::Stated(fact) => (fact.event_type().name, fact.event_type().version, fact.encode()?, None),
            Act::Corrected { act, reason, members, fact } => {
                let corrects = Correction { act: *act, reason: Some(reason.clone()), members: members.clone() };
                (fact.event_type().name, fact.event_type().version, fact.encode()?, Some(corrects))
            }
            Act::Retracted { act, reason } => (FACT_RETRACTED, ACT_VERSION, serde_json::to_vec(&about(act, Some(reason)))?, None),
            Act::Confirmed { act } => (FACT_CONFIRMED, ACT_VERSION, serde_json::to_vec(&about(act, None))?, None),
            Act::Disputed { act, reason } => (FACT_DISPUTED, ACT_VERSION, serde_json::to_vec(&about(act, Some(reason)))?, None),
            Act::EvidenceAttached { act } => (EVIDENCE_ATTACHED, ACT_VERSION, serde_json::to_vec(&about(act, None))?, None),
        };
        let metadata = serde_json::to_vec(&StoredMetadata { metadata: metadata.clone(), corrects, previous })?;
        Ok(Self { id, event_type, version, metadata, data })
    }
}

impl<S> StoredEvent<S> {
    /// The same event, about `thing`.
    #[must_use]
    pub fn about<T>(self, thing: T) -> StoredEvent<T> {
        let Self { id, revision, position, recorded_at, event_type, version, metadata, data, proof, .. } = self;
        StoredEvent { id, thing, revision, position, recorded_at, event_type, version, metadata, data, proof }
    }
}

impl StoredEvent {
    /// Reads the event; older versions are brought to the current shape.
    ///
    /// # Errors
    /// When the type is unknown, the version newer than this build, or the JSON not that of such an event.
    pub fn decode(&self) -> Result<Recorded, DecodeError> {
        self.decode_linked().map(|(recorded, _)| recorded)
    }

    /// Reads the event, and the leaf of the one before it in its stream as this one names it.
    ///
    /// # Errors
    /// As [`StoredEvent::decode`].
    pub fn decode_linked(&self) -> Result<(Recorded, Option<Leaf>), DecodeError> {
        let StoredMetadata { metadata, corrects, previous } =
            serde_json::from_slice(&self.metadata).map_err(|source| self.unreadable(source))?;
        let content = for_facts!(self.thing.kind(), F => F::content(self.act(corrects)?));
        let header = Header::new(self.id, self.thing, self.revision, self.position, self.recorded_at);
        Ok((Recorded { header, metadata, content }, previous))
    }

    fn act<F: Fact>(&self, corrects: Option<Correction>) -> Result<Act<F>, DecodeError> {
        let json = |source| self.unreadable(source);
        let missing_reason = || json(serde::de::Error::missing_field("reason"));
        if ABOUT_ACTS.contains(&self.event_type.as_str()) {
            self.refuse_newer_than(ACT_VERSION)?;
            let AboutAct { act, reason } = serde_json::from_slice(&self.data).map_err(json)?;
            return Ok(match self.event_type.as_str() {
                FACT_RETRACTED => Act::Retracted { act, reason: reason.ok_or_else(missing_reason)? },
                FACT_CONFIRMED => Act::Confirmed { act },
                FACT_DISPUTED => Act::Disputed { act, reason: reason.ok_or_else(missing_reason)? },
                _ => Act::EvidenceAttached { act },
            });
        }
        let fact = self.fact()?;
        Ok(match corrects {
            None => Act::Stated(fact),
            Some(Correction { act, reason, members }) => {
                Act::Corrected { act, reason: reason.ok_or_else(missing_reason)?, members, fact }
            }
        })
    }

    fn fact<F: Fact>(&self) -> Result<F, DecodeError> {
        let index = type_index(F::KIND, &self.event_type)
            .ok_or_else(|| DecodeError::UnknownType { kind: F::KIND, event_type: self.event_type.clone() })?;
        let current = F::TYPES[index].version;
        self.refuse_newer_than(current)?;
        if self.version == current {
            return F::decode(index, &self.data).map_err(|source| self.unreadable(source));
        }
        let stored = serde_json::from_slice(&self.data).map_err(|source| self.unreadable(source))?;
        let upcast = upcast_with(STEPS, &self.event_type, self.version, current, stored)
            .ok_or_else(|| DecodeError::NoUpcast { event_type: self.event_type.clone(), version: self.version })?;
        F::decode(index, upcast.to_string().as_bytes()).map_err(|source| self.unreadable(source))
    }

    fn refuse_newer_than(&self, known: u16) -> Result<(), DecodeError> {
        if self.version > known {
            return Err(DecodeError::NewerVersion { event_type: self.event_type.clone(), version: self.version, known });
        }
        Ok(())
    }

    fn unreadable(&self, source: serde_json::Error) -> DecodeError {
        unreadable(&self.event_type, source)
    }
}

pub(crate) fn unreadable(event_type: &str, source: serde_json::Error) -> DecodeError {
    DecodeError::Json { event_type: event_type.to_owned(), source }
}

/// The name of a type of event that this build knows, as one that lives as long as the build.
#[must_use]
pub fn event_type_name(name: &str) -> Option<&'static str> {
    let aside = seal::TYPES.iter().chain(record::TYPES).map(|event_type| event_type.name);
    let mut all = crate::event_types().map(|(_, event_type)| event_type.name).chain(ABOUT_ACTS).chain(aside);
    all.find(|known| *known == name)
}

/// The index of the type called `name` among those of `kind`.
fn type_index(kind: Kind, name: &str) -> Option<usize> {
    static INDEX: LazyLock<HashMap<(Kind, &'static str), usize>> = LazyLock::new(|| {
        let mut next = HashMap::new();
        crate::event_types()
            .map(|(kind, event_type)| {
                let index = next.entry(kind).or_insert(0_usize);
                *index += 1;
                ((kind, event_type.name), *index - 1)
            })
            .collect()
    });
    INDEX.get(&(kind, name)).copied()
}
