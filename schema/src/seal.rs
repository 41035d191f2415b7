//! Seals: how much a log held when somebody had read all of it, said in the log itself, so that what vanished whole is
//! missed on whatever store.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    AsideEvent, DecodeError, EncodeError, EventId, Leaf, Metadata, NewEvent, Note, RunningHash,
    fact::{EventType, payloads},
    wire::{StoredMetadata, unreadable},
};

payloads! {
    /// Its recorder had read the whole log up to some act, and found it whole.
    LogSealed {
        /// How many acts there were up to there, seals among them.
        acts: u64,
        /// The hash that runs over their leaves.
        chain: RunningHash,
    }

    /// Acts are missing, and an operator goes on with what is left.
    LogAccepted {
        /// How many acts are known to be missing.
        missing: u64,
        /// They were recorded after this instant, as far as is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<DateTime<Utc>>,
        /// They were recorded before this instant, as far as is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<DateTime<Utc>>,
        /// What was found to be wrong.
        reason: Note,
        /// How many acts are left.
        acts: u64,
        /// The hash that runs over their leaves.
        chain: RunningHash,
    }
}

/// What is said of a log in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seal {
    /// See [`LogSealed`].
    Sealed(LogSealed),
    /// See [`LogAccepted`].
    Accepted(LogAccepted),
}

const SEALED: &str = "LogSealed";
const ACCEPTED: &str = "LogAccepted";
const VERSION: u16 = 1;

/// The types of event that seals are.
pub(crate) const TYPES: [EventType; 2] = [
    EventType { name: SEALED, version: VERSION, schema: || schemars::schema_for!(LogSealed) },
    EventType { name: ACCEPTED, version: VERSION, schema: || schemars::schema_for!(LogAccepted) },
];

impl Seal {
    /// Writes it for a store, to follow on the event whose leaf is `previous` in its stream.
    ///
    /// # Errors
    /// When it can't be written as JSON.
    pub fn encode(&self, id: EventId, metadata: &Metadata, previous: Option<Leaf>) -> Result<NewEvent, EncodeError> {
        let (event_type, data) = match self {
            Self::Sealed(sealed) => (SEALED, json(sealed)?),
            Self::Accepted(accepted) => (ACCEPTED, json(accepted)?),
        };
        let metadata = StoredMetadata::new(metadata.clone(), previous);
        Ok(NewEvent { id, event_type, version: VERSION, metadata: json(&metadata)?, data })
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, EncodeError> {
    Ok(serde_json::to_vec(value)?)
}

impl AsideEvent {
    /// Reads the event as a seal.
    ///
    /// # Errors
    /// When the type is unknown, the version newer than this build, or the JSON not that of such an event.
    pub fn decode_seal(&self) -> Result<Seal, DecodeError> {
        if self.version > VERSION {
            let event_type = self.event_type.clone();
            return Err(DecodeError::NewerVersion { event_type, version: self.version, known: VERSION });
        }
        let json = |source| unreadable(&self.event_type, source);
        match self.event_type.as_str() {
            SEALED => serde_json::from_slice(&self.data).map(Seal::Sealed).map_err(json),
            ACCEPTED => serde_json::from_slice(&self.data).map(Seal::Accepted).map_err(json),
            _ => Err(DecodeError::UnknownSeal { event_type: self.event_type.clone() }),
        }
    }

    /// The leaf of the event before it in its stream, as this one names it; `None` where it names none that can be read.
    #[must_use]
    pub fn previous(&self) -> Option<Leaf> {
        serde_json::from_slice::<StoredMetadata>(&self.metadata).ok()?.previous
    }
}
