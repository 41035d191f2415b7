//! Between our events and EventStoreDB's.
//!
//! The metadata is ours byte for byte, as custom metadata. The type is the event's name, and its name with the version
//! behind it where that is not the first: `PermitGranted`, `PermitGranted.v2`, as the published schemas are called. The
//! instant is the server's, unless the event was copied from another store: then the metadata begins with the instant
//! at which it was recorded there, so that a log that moves house keeps its dates.

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use eventstore::{EventData, RecordedEvent};
use schema::{EventId, NewEvent, Position, StoredEvent, ThingId};
use serde_json::value::RawValue;

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
    Event(Box<StoredEvent>),
    /// It is of the server or of somebody else.
    Passed,
    /// It lies under our prefix and is not ours.
    Foreign(Foreign),
}

/// An event under our prefix that is not ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Foreign {
    pub stream: String,
    pub position: u64,
}

impl Foreign {
    /// What is wrong and what to do.
    pub fn sentence(&self, prefix: &str) -> String {
        let stream: String = self.stream.chars().take(80).collect();
        format!(
            "the stream '{stream}' in EventStoreDB lies under our prefix '{prefix}' and is nothing that this build knows; \
             start a newer build if one wrote it, else set another store_prefix, or delete the stream and scavenge"
        )
    }
}

impl Names {
    /// The names under the prefix of a deployment. The underscore ends the prefix, so that no deployment's is the
    /// beginning of another's; a dash would end the category.
    pub fn of(deployment: &str) -> Self {
        Self { prefix: format!("{deployment}_") }
    }

    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    pub fn stream(&self, thing: ThingId) -> String {
        format!("{}{thing}", self.prefix)
    }

    /// What to make of an event that the server gave back.
    pub fn take(&self, event: &RecordedEvent) -> Taken {
        let Some(name) = event.stream_id().strip_prefix(&self.prefix) else { return Taken::Passed };
        // Among our events the server has its own, such as that a stream was deleted.
        if event.event_type.starts_with('$') {
            return Taken::Passed;
        }
        let position = event.position.commit;
        let Ok(thing) = name.parse() else {
            return Taken::Foreign(Foreign { stream: event.stream_id().to_owned(), position });
        };
        let (event_type, version) = read_type(&event.event_type);
        let (copied, metadata) = read_metadata(&event.custom_metadata);
        Taken::Event(Box::new(StoredEvent {
            id: EventId(event.id),
            thing,
            revision: event.revision,
            position: Position(position),
            recorded_at: copied.unwrap_or_else(|| created(event)),
            event_type,
            version,
            metadata,
            data: event.data.to_vec(),
            proof: None,
        }))
    }
}

/// When the server accepted it, in whole microseconds, which is what every store keeps.
fn created(event: &RecordedEvent) -> DateTime<Utc> {
    // The client's own field is in whole seconds.
    let ticks: Option<i64> = event.metadata.get("created").and_then(|ticks| ticks.parse().ok());
    ticks.and_then(|ticks| DateTime::from_timestamp_micros(ticks.div_euclid(10))).unwrap_or(event.created)
}

/// The event as the client sends it.
pub(super) fn event_data(event: &NewEvent) -> EventData {
    let event_type = write_type(event.event_type, event.version);
    let json = serde_json::from_slice::<&RawValue>(&event.data).ok().filter(|json| json.get().len() == event.data.len());
    let data = json.and_then(|json| EventData::json(&event_type, &json).ok());
    let data = data.unwrap_or_else(|| EventData::binary(&event_type, Bytes::copy_from_slice(&event.data)));
    data.id(event.id.0).metadata(Bytes::copy_from_slice(&event.metadata))
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
