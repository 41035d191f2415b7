//! Between our events and EventStoreDB's.
//!
//! The metadata is ours byte for byte, as custom metadata. The type is the event's name, and its name with the version
//! behind it where that is not the first: `PermitGranted`, `PermitGranted.v2`, as the published schemas are called. The
//! instant is the server's, unless the event was copied from another store: then the metadata begins with the instant
//! at which it was recorded there, so that a log that moves house keeps its dates.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use eventstore::RecordedEvent;
use schema::{AnyEvent, EventId, NewEvent, Notice, Position, StoredEvent, StreamId, Told};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::interface::event_store::client::{
    StreamIdentifier, Uuid as WireUuid,
    streams::ProposedMessage,
    uuid::{Structured, Value},
};

/// What stands before the metadata of a copied event.
const RECORDED_AT: &str = "{\"recordedAt\":\"";

/// The names of our streams.
#[derive(Debug, Clone)]
pub(super) struct Names {
    prefix: String,
}

/// What is made of an event of the server.
#[derive(Debug, PartialEq)]
pub(super) enum Taken {
    /// It is ours.
    Ours(Box<AnyEvent>),
    /// It says something of one of our streams, or lies under our prefix and can't be ours.
    Told(Notice),
    /// It is of the server or of somebody else.
    Passed,
}

impl Taken {
    /// Whether it is ours.
    pub const fn is_ours(&self) -> bool {
        matches!(self, Self::Ours(_))
    }
}

/// The streams that hold the server's own word on others: `$$` and the name of the stream.
const METADATA_STREAM: &str = "$$";
/// The event in such a stream.
const METADATA: &str = "$metadata";
/// The last event of a stream that was deleted for good.
const DELETED: &str = "$streamDeleted";
/// What in a stream's metadata has the server throw events away.
const LIMITS: [&str; 3] = ["$tb", "$maxAge", "$maxCount"];

impl Names {
    /// The names under the prefix of a deployment. The underscore ends the prefix, so that no deployment's is the
    /// beginning of another's; a dash would end the category.
    pub fn of(deployment: &str) -> Self {
        Self { prefix: format!("{deployment}_") }
    }

    /// What the names of our streams begin with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    pub fn stream(&self, name: &impl fmt::Display) -> String {
        format!("{}{name}", self.prefix)
    }

    /// What the server's metadata of our streams lies under.
    pub fn metadata_prefix(&self) -> String {
        format!("{METADATA_STREAM}{}", self.prefix)
    }

    /// What to make of an event that the server gave back.
    pub fn take(&self, event: &RecordedEvent) -> Taken {
        let name = event.stream_id();
        if let Some(of) = name.strip_prefix(METADATA_STREAM) {
            return self.take_metadata(of, event);
        }
        let Some(name) = name.strip_prefix(&self.prefix) else { return Taken::Passed };
        let told = |told| Taken::Told(notice(event, name, told));
        let stream = name.parse::<StreamId>();
        if event.event_type == DELETED && stream.is_ok() {
            return told(Told::Deleted);
        }
        // Among our events the server has others of its own.
        if event.event_type.starts_with('$') {
            return Taken::Passed;
        }
        let Ok(stream) = stream else { return told(Told::Foreign) };
        let (event_type, version) = read_type(&event.event_type);
        let (copied, metadata) = read_metadata(&event.custom_metadata);
        let event = StoredEvent {
            id: EventId(event.id),
            thing: stream,
            revision: event.revision,
            position: Position(event.position.commit),
            recorded_at: copied.unwrap_or_else(|| created(event)),
            event_type,
            version,
            metadata,
            data: event.data.to_vec(),
            proof: None,
        };
        Taken::Ours(Box::new(event.into()))
    }

    /// What to make of an event in the metadata of the stream called `of`.
    fn take_metadata(&self, of: &str, event: &RecordedEvent) -> Taken {
        let Some(name) = of.strip_prefix(&self.prefix).filter(|name| name.parse::<StreamId>().is_ok()) else {
            return Taken::Passed;
        };
        if event.event_type != METADATA {
            return Taken::Passed;
        }
        let said: Option<serde_json::Value> = serde_json::from_slice(&event.data).ok();
        let is_set = |limit: &&str| said.as_ref().is_some_and(|said| said.get(limit).is_some_and(|value| !value.is_null()));
        let told = if LIMITS.iter().any(is_set) { Told::Limited } else { Told::Unlimited };
        Taken::Told(notice(event, name, told))
    }
}

fn notice(event: &RecordedEvent, stream: &str, told: Told) -> Notice {
    Notice { id: EventId(event.id), position: Position(event.position.commit), stream: stream.to_owned(), told }
}

/// When the server accepted it, in whole microseconds, which is what every store keeps.
fn created(event: &RecordedEvent) -> DateTime<Utc> {
    // The client's own field is in whole seconds.
    let ticks: Option<i64> = event.metadata.get("created").and_then(|ticks| ticks.parse().ok());
    ticks.and_then(|ticks| DateTime::from_timestamp_micros(ticks.div_euclid(10))).unwrap_or(event.created)
}

/// The event as it is sent.
pub(super) fn proposed(event: &NewEvent) -> ProposedMessage {
    let is_json = serde_json::from_slice::<&RawValue>(&event.data).is_ok_and(|json| json.get().len() == event.data.len());
    let content_type = if is_json { "application/json" } else { "application/octet-stream" };
    let metadata = [("type", write_type(event.event_type, event.version)), ("content-type", content_type.to_owned())];
    ProposedMessage {
        id: Some(write_uuid(event.id.0)),
        metadata: metadata.map(|(key, value)| (key.to_owned(), value)).into(),
        custom_metadata: event.metadata.clone(),
        data: event.data.clone(),
    }
}

/// A stream as it is sent.
pub(super) fn stream_identifier(stream: &str) -> StreamIdentifier {
    StreamIdentifier { stream_name: stream.as_bytes().to_vec() }
}

/// A UUID as it is sent.
pub(super) const fn write_uuid(id: Uuid) -> WireUuid {
    let (most, least) = id.as_u64_pair();
    let (most_significant_bits, least_significant_bits) = (most.cast_signed(), least.cast_signed());
    WireUuid { value: Some(Value::Structured(Structured { most_significant_bits, least_significant_bits })) }
}

/// A UUID that was received, in either of its forms.
pub(super) fn read_uuid(wire: &WireUuid) -> Option<Uuid> {
    match wire.value.as_ref()? {
        Value::Structured(Structured { most_significant_bits, least_significant_bits }) => {
            Some(Uuid::from_u64_pair(most_significant_bits.cast_unsigned(), least_significant_bits.cast_unsigned()))
        }
        Value::String(text) => text.parse().ok(),
    }
}

fn write_type(name: &str, version: u16) -> String {
    if version == 1 { name.to_owned() } else { format!("{name}.v{version}") }
}

fn read_type(written: &str) -> (String, u16) {
    let versioned = written.rsplit_once(".v").and_then(|(name, version)| Some((name, version.parse().ok()?)));
    // What we don't write so is no version of ours: it stays in the name, which then is unknown.
    let versioned = versioned.filter(|(name, version)| write_type(name, *version) == written);
    versioned.map_or_else(|| (written.to_owned(), 1), |(name, version)| (name.to_owned(), version))
}

/// The metadata to append for an event that another store recorded at `at`, so that it keeps that date here; `None` if
/// the metadata is no JSON object.
#[must_use]
pub fn copied_metadata(metadata: &[u8], at: DateTime<Utc>) -> Option<Vec<u8>> {
    let rest = metadata.strip_prefix(b"{")?;
    let mut copied = format!("{RECORDED_AT}{}\"", at.to_rfc3339_opts(SecondsFormat::Micros, true)).into_bytes();
    if !rest.trim_ascii_start().starts_with(b"}") {
        copied.push(b',');
    }
    copied.extend_from_slice(rest);
    Some(copied)
}

/// The instant that a copied event carries, and its metadata without it.
fn read_metadata(stored: &[u8]) -> (Option<DateTime<Utc>>, Vec<u8>) {
    read_copied(stored).map_or_else(|| (None, stored.to_vec()), |(at, metadata)| (Some(at), metadata))
}

fn read_copied(stored: &[u8]) -> Option<(DateTime<Utc>, Vec<u8>)> {
    let rest = stored.strip_prefix(RECORDED_AT.as_bytes())?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    let (at, rest) = rest.split_at(end);
    let at = std::str::from_utf8(at).ok().and_then(|at| DateTime::parse_from_rfc3339(at).ok())?.to_utc();
    let at = DateTime::from_timestamp_micros(at.timestamp_micros())?;
    let rest = rest.strip_prefix(b"\"")?;
    let rest = rest.strip_prefix(b",").unwrap_or(rest);
    Some((at, [b"{", rest].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_a_type_is_kept_and_nothing_else_is_taken_for_one() {
        for (name, version) in [("PermitGranted", 1), ("PermitGranted", 2), ("PermitGranted", 0), ("PermitGranted", u16::MAX)] {
            assert_eq!(read_type(&write_type(name, version)), (name.to_owned(), version));
        }
        for strange in ["PermitGranted.v1", "PermitGranted.v02", "PermitGranted.v", "PermitGranted.v65536", ".v"] {
            assert_eq!(read_type(strange), (strange.to_owned(), 1));
        }
    }

    #[test]
    fn a_copied_event_keeps_its_instant_and_its_metadata() {
        let at: DateTime<Utc> = "2024-03-01T12:30:00.123456Z".parse().unwrap();
        for metadata in [&b"{\"occurred_on\":\"2024-02-01\"}"[..], b"{}", b"{ }"] {
            let copied = copied_metadata(metadata, at).unwrap();
            assert!(serde_json::from_slice::<serde_json::Value>(&copied).is_ok());
            assert_eq!(read_metadata(&copied), (Some(at), metadata.to_vec()));
        }
        let own = b"{\"occurred_on\":\"2024-02-01\"}";
        assert_eq!(read_metadata(own), (None, own.to_vec()));
        for strange in [&b"{\"recordedAt\":\"yesterday\"}"[..], b"{\"recordedAt\":\"", b"", b"\xff"] {
            assert_eq!(read_metadata(strange), (None, strange.to_vec()));
        }
    }
}
