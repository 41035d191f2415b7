//! The hash of one event, the same in every store: what an event says of the one before it in its stream, and what
//! receipts and running hashes are made of.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{EventId, NewEvent, StoredEvent};

/// How many bytes a SHA-256 has.
const BYTES: usize = 32;

/// SHA-256 over an event as it is stored, before it is brought to a newer version.
///
/// It covers the thing's id, the revision (8 bytes, big-endian), the event's id (16 bytes), the name of its type, its
/// version (8 bytes, big-endian), its metadata and its data, in this order, each preceded by its length in 8 bytes,
/// big-endian. The thing's id stands for the stream, and what a copy into another store adds is left out, so that an
/// event that moves house keeps its leaf.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Leaf([u8; BYTES]);

/// A text that is no leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a hash has 64 lower-case hexadecimal digits")]
pub struct LeafError;

impl Leaf {
    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; BYTES] {
        &self.0
    }

    pub(crate) fn of(stream: &impl fmt::Display, revision: u64, id: EventId, parts: [&[u8]; 4]) -> Self {
        let [event_type, version, metadata, data] = parts;
        let (stream, revision) = (stream.to_string(), revision.to_be_bytes());
        let mut sha = Sha256::new();
        for part in [stream.as_bytes(), &revision, id.0.as_bytes(), event_type, version, metadata, data] {
            sha.update((part.len() as u64).to_be_bytes());
            sha.update(part);
        }
        Self(sha.finalize().into())
    }
}

impl<S: fmt::Display> StoredEvent<S> {
    /// The event's leaf.
    #[must_use]
    pub fn leaf(&self) -> Leaf {
        let version = u64::from(self.version).to_be_bytes();
        Leaf::of(&self.thing, self.revision, self.id, [self.event_type.as_bytes(), &version, &self.metadata, &self.data])
    }
}

impl NewEvent {
    /// The leaf that the event has once it is stored at `revision` of the stream of `thing`.
    #[must_use]
    pub fn leaf(&self, stream: &impl fmt::Display, revision: u64) -> Leaf {
        let version = u64::from(self.version).to_be_bytes();
        Leaf::of(stream, revision, self.id, [self.event_type.as_bytes(), &version, &self.metadata, &self.data])
    }
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Leaf {
    type Err = LeafError;

    fn from_str(text: &str) -> Result<Self, LeafError> {
        let digits = text.as_bytes();
        let mut bytes = [0; BYTES];
        if digits.len() != 2 * BYTES {
            return Err(LeafError);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

fn digit(character: u8) -> Result<u8, LeafError> {
    match character {
        b'0'..=b'9' => Ok(character - b'0'),
        b'a'..=b'f' => Ok(character - b'a' + 10),
        _ => Err(LeafError),
    }
}

/// 64 digits where people read it, 32 bytes elsewhere.
impl Serialize for Leaf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Leaf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return Deserialize::deserialize(deserializer).map(Self);
        }
        let text: Cow<'_, str> = Deserialize::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Leaf {
    fn schema_name() -> Cow<'static, str> {
        "Leaf".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9a-f]{64}$",
            "description": "SHA-256 over an event as it is stored, 64 lower-case hexadecimal digits."
        })
    }
}

/// The hash that runs over all leaves of a log in their order: of an empty log 32 zero bytes, then SHA-256 over the hash
/// before and the next leaf. It stands for everything up to there, on whatever store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RunningHash([u8; BYTES]);

impl RunningHash {
    /// The hash with one more leaf.
    #[must_use]
    pub fn with(&self, leaf: &Leaf) -> Self {
        Self(Sha256::new_with_prefix(self.0).chain_update(leaf.0).finalize().into())
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; BYTES] {
        &self.0
    }
}

/// As a [`Leaf`] is written.
impl Serialize for RunningHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Leaf(self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RunningHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Leaf::deserialize(deserializer).map(|leaf| Self(leaf.0))
    }
}

impl fmt::Display for RunningHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Leaf(self.0), f)
    }
}

impl FromStr for RunningHash {
    type Err = LeafError;

    fn from_str(text: &str) -> Result<Self, LeafError> {
        text.parse().map(|leaf: Leaf| Self(leaf.0))
    }
}

impl JsonSchema for RunningHash {
    fn schema_name() -> Cow<'static, str> {
        "RunningHash".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9a-f]{64}$",
            "description": "The hash that runs over the leaves of a log, 64 lower-case hexadecimal digits."
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::{Kind, Position, ThingId};

    fn event() -> StoredEvent {
        StoredEvent {
            id: EventId(Uuid::from_u128(7)),
            thing: ThingId::new(Kind::Permit, Uuid::from_u128(9)),
            revision: 3,
            position: Position(12),
            recorded_at: DateTime::UNIX_EPOCH,
            event_type: "ClockStarted".to_owned(),
            version: 1,
            metadata: b"{\"a\":1}".to_vec(),
            data: b"{}".to_vec(),
            proof: None,
        }
    }

    /// Worked out by hand with another program (Python's hashlib) from the description above.
    #[test]
    fn a_leaf_is_what_its_description_says() {
        let leaf = "99b739b1f18e1e275035bbd96022434bb20c735f163f00913af8f9a85276d924";
        assert_eq!(event().leaf().to_string(), leaf);
        assert_eq!(leaf.parse(), Ok(event().leaf()));
        let running = RunningHash::default().with(&event().leaf());
        let digits: String = running.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digits, "fc866a2c37890bcf0aef5b85c9d7a031bd32d8ce83e49d3c815b47d10b228766");
    }

    #[test]
    fn a_leaf_changes_with_whatever_is_stored_and_not_with_where_the_store_put_it() {
        let leaf = event().leaf();
        let changes: [fn(&mut StoredEvent); 7] = [
            |event| event.id = EventId(Uuid::nil()),
            |event| event.thing = ThingId::new(Kind::Project, Uuid::from_u128(9)),
            |event| event.revision = 4,
            |event| event.event_type = "ClockStopped".to_owned(),
            |event| event.version = 2,
            |event| event.metadata = b"{\"a\":1}{}".to_vec(),
            |event| event.data = b"".to_vec(),
        ];
        for change in changes {
            let mut changed = event();
            change(&mut changed);
            assert_ne!(changed.leaf(), leaf);
        }
        let moved = StoredEvent { position: Position(1), recorded_at: DateTime::default(), ..event() };
        assert_eq!(moved.leaf(), leaf);
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        for text in ["", "00", &"0".repeat(63), &"A".repeat(64), &"é".repeat(32), &"0".repeat(65)] {
            assert_eq!(text.parse::<Leaf>(), Err(LeafError), "{text}");
        }
    }
}
