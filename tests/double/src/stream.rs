//! A stream of the log: what its metadata leaves to be read, and what an append to it comes to.

use std::sync::Arc;

use chrono::Utc;
use serde_json::Value;

use crate::log::{Appended, Expected, Proposed, Record, Refused};

/// The `$tb` of a stream that is deleted softly, and the revision of a tombstone (EVENTSTOREDB.md, 'Seen on a real server').
pub(crate) const END_OF_STREAM: u64 = i64::MAX as u64;

/// The type of the event that says what the metadata of a stream is.
pub(crate) const METADATA: &str = "$metadata";

/// The type of a tombstone.
pub(crate) const TOMBSTONE: &str = "$streamDeleted";

/// Ticks of 100 ns in a second.
const TICKS_PER_SECOND: i64 = 10_000_000;

/// A stream.
#[derive(Default, Clone)]
pub(crate) struct Stream {
    /// What no scavenge has removed.
    records: Vec<Arc<Record>>,
    /// The revision that the next event gets, whatever was removed.
    next: u64,
    limits: Limits,
    is_tombstoned: bool,
}

/// What the metadata of a stream leaves of it.
#[derive(Debug, Default, Clone, Copy)]
struct Limits {
    truncate_before: Option<u64>,
    max_count: Option<u64>,
    max_age_s: Option<i64>,
}

impl Limits {
    fn read(metadata: &[u8]) -> Self {
        let said: Value = serde_json::from_slice(metadata).unwrap_or_default();
        Self { truncate_before: said["$tb"].as_u64(), max_count: said["$maxCount"].as_u64(), max_age_s: said["$maxAge"].as_i64() }
    }

    fn leaves(&self, record: &Record, next: u64) -> bool {
        let now = Utc::now().timestamp_nanos_opt().unwrap_or_default() / 100;
        let is_truncated = self.truncate_before.is_some_and(|first| record.revision < first);
        let is_beyond_count = self.max_count.is_some_and(|most| record.revision + most < next);
        let is_too_old = self.max_age_s.is_some_and(|most| record.created + most * TICKS_PER_SECOND < now);
        !is_truncated && !is_beyond_count && !is_too_old
    }
}

impl Stream {
    /// The revision that the next event gets.
    pub fn next(&self) -> u64 {
        self.next
    }

    pub fn is_tombstoned(&self) -> bool {
        self.is_tombstoned
    }

    /// Whether it is deleted so that it can be written to again.
    pub fn is_softly_deleted(&self) -> bool {
        self.limits.truncate_before == Some(END_OF_STREAM)
    }

    pub fn push(&mut self, record: Arc<Record>) {
        self.next = record.revision + 1;
        self.is_tombstoned |= record.event.event_type == TOMBSTONE && record.revision == END_OF_STREAM;
        self.records.push(record);
    }

    /// Takes note of what its metadata now is.
    pub fn note_metadata(&mut self, metadata: &[u8]) {
        self.limits = Limits::read(metadata);
    }

    /// What a read of the stream gives.
    pub fn readable(&self) -> Vec<Arc<Record>> {
        self.records.iter().filter(|record| self.limits.leaves(record, self.next)).cloned().collect()
    }

    /// Removes what the metadata leaves out, but never the last event; of a tombstoned stream all but the tombstone. What is
    /// left.
    pub fn scavenge(&mut self) -> &[Arc<Record>] {
        let (limits, next, is_tombstoned) = (self.limits, self.next, self.is_tombstoned);
        let is_last = |record: &Record| record.revision + 1 == next;
        self.records.retain(|record| is_last(record) || (!is_tombstoned && limits.leaves(record, next)));
        &self.records
    }

    /// Removes everything: it is the metadata of a tombstoned stream.
    pub fn clear(&mut self) {
        self.records.clear();
    }

    /// What an earlier append of the same came to; `None` if the events are to be written now.
    pub fn appended_before(&self, expected: Expected, events: &[Proposed]) -> Result<Option<Appended>, Refused> {
        let current = self.next.checked_sub(1);
        let wrong = Err(Refused::WrongVersion { current });
        let start = match expected {
            Expected::Exists if current.is_none() || self.is_softly_deleted() => return wrong,
            Expected::Any if current.is_none() => return Ok(None),
            // The server looks for the first id among the last it has seen, here in the whole stream.
            Expected::Any | Expected::Exists => {
                let first = events.first().map(|event| event.id);
                match self.records.iter().find(|record| Some(record.event.id) == first) {
                    None => return Ok(None),
                    Some(record) => record.revision,
                }
            }
            Expected::NoStream => 0,
            Expected::Revision(revision) => revision.saturating_add(1),
        };
        if start == self.next {
            return Ok(None);
        }
        match self.same_at(start, events) {
            Some(last) => Ok(Some(Appended { revision: last.revision, position: last.position })),
            None if expected == Expected::NoStream && self.is_softly_deleted() => Ok(None),
            None => wrong,
        }
    }

    /// The last of `events` where the stream has the same from `start` on.
    fn same_at(&self, start: u64, events: &[Proposed]) -> Option<&Arc<Record>> {
        let first = self.records.iter().position(|record| record.revision == start)?;
        let there = self.records.get(first..first.saturating_add(events.len()))?;
        let same = there.iter().zip(events).all(|(record, event)| record.event.id == event.id);
        there.last().filter(|_| same)
    }
}
