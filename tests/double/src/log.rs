//! The log of the double: in memory, with positions that have gaps and other people's events between.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
};

use chrono::Utc;
use tokio::sync::watch;
use uuid::Uuid;

use crate::stream::{END_OF_STREAM, METADATA, Stream, TOMBSTONE};

/// What an append expects of its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Any,
    /// That it has events.
    Exists,
    /// That it has none.
    NoStream,
    /// That its last event has this revision.
    Revision(u64),
}

/// An event that somebody wants to append.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// Its id.
    pub id: Uuid,
    /// The name of its type.
    pub event_type: String,
    /// The type of its data, such as `application/json`.
    pub content_type: String,
    /// The metadata of whoever appends it.
    pub metadata: Vec<u8>,
    /// Its data.
    pub data: Vec<u8>,
}

impl Proposed {
    /// How many bytes the server counts for it.
    fn bytes(&self) -> usize {
        self.data.len() + self.metadata.len() + 2 * self.event_type.len()
    }
}

/// An event of the log.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its place in the whole log.
    pub position: u64,
    /// Its stream.
    pub stream: String,
    /// Its number in the stream.
    pub revision: u64,
    /// When it was accepted, in ticks of 100 ns since 1970.
    pub created: i64,
    /// What was proposed.
    pub event: Proposed,
}

/// Where an append ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The revision of its last event.
    pub revision: u64,
    /// The position of its last event.
    pub position: u64,
}

/// Why nothing was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The stream is not as expected.
    WrongVersion {
        /// The revision of its last event.
        current: Option<u64>,
    },
    /// The events hold more than so many bytes.
    TooLarge(usize),
    /// The stream was deleted for good.
    Deleted,
}

/// The most bytes in one append, unless it is set otherwise: the limit of servers up to 25.0.
const APPEND_BYTES_MAX: usize = 1 << 20;

/// How many bytes a part of the log has. After a scavenge the next event lies in a part of its own (EVENTSTOREDB.md, 'Seen on
/// a real server').
const CHUNK_BYTES: u64 = 256 << 20;

/// The log.
pub struct Log {
    inner: Mutex<Inner>,
    written: watch::Sender<usize>,
    noisy: bool,
    clock_offset: AtomicI64,
    append_bytes_max: AtomicUsize,
}

#[derive(Default)]
struct Inner {
    records: Vec<Arc<Record>>,
    streams: HashMap<String, Stream>,
    /// Where the next record goes.
    position: u64,
    /// How many appends were written.
    appends: u64,
}

impl Log {
    /// An empty log; one that is `noisy` gets events of the system and of others with every append.
    #[must_use]
    pub fn new(noisy: bool) -> Self {
        let log = Self {
            inner: Mutex::default(),
            written: watch::Sender::new(0),
            noisy,
            clock_offset: AtomicI64::new(0),
            append_bytes_max: AtomicUsize::new(APPEND_BYTES_MAX),
        };
        if noisy {
            log.write(&mut log.lock(), "$settings", vec![by_others("$settings")]);
        }
        log
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the clock by so many ticks of 100 ns before or after the system's.
    pub fn set_clock_offset(&self, ticks: i64) {
        self.clock_offset.store(ticks, Ordering::SeqCst);
    }

    /// Sets how many bytes one append can have: the server's setting `MaxAppendSize`.
    pub fn set_append_bytes_max(&self, most: usize) {
        self.append_bytes_max.store(most, Ordering::SeqCst);
    }

    /// How many records were written, as they become more.
    pub fn watch(&self) -> watch::Receiver<usize> {
        self.written.subscribe()
    }

    /// At most `most` records after `position`.
    #[must_use]
    pub fn after(&self, position: Option<u64>, most: usize) -> Vec<Arc<Record>> {
        let inner = self.lock();
        let first = inner.records.partition_point(|record| Some(record.position) <= position);
        inner.records.iter().skip(first).take(most).cloned().collect()
    }

    /// How many appends were written, each of one event or more.
    #[must_use]
    pub fn appends(&self) -> u64 {
        self.lock().appends
    }

    /// The position of the last record.
    #[must_use]
    pub fn end(&self) -> Option<u64> {
        self.lock().records.last().map(|record| record.position)
    }

    /// The records of a stream that can be read, oldest first.
    ///
    /// # Errors
    ///
    /// When the stream was deleted for good.
    pub fn stream(&self, stream: &str) -> Result<Vec<Arc<Record>>, Refused> {
        match self.lock().streams.get(stream) {
            Some(stream) if stream.is_tombstoned() => Err(Refused::Deleted),
            Some(stream) => Ok(stream.readable()),
            None => Ok(Vec::new()),
        }
    }

    /// Appends all of `events` or none, as the server does.
    ///
    /// # Errors
    ///
    /// When the stream is not as expected or was deleted for good, or the events are too large.
    pub fn append(&self, stream: &str, expected: Expected, events: Vec<Proposed>) -> Result<Appended, Refused> {
        let most = self.append_bytes_max.load(Ordering::SeqCst);
        if events.iter().map(Proposed::bytes).sum::<usize>() > most {
            return Err(Refused::TooLarge(most));
        }
        let mut inner = self.lock();
        if inner.is_tombstoned(stream) {
            return Err(Refused::Deleted);
        }
        if let Some(before) = inner.stream(stream).appended_before(expected, &events)? {
            return Ok(before);
        }
        let first = inner.stream(stream).next();
        let was_deleted = inner.stream(stream).is_softly_deleted();
        let appended = self.write(&mut inner, stream, events);
        if was_deleted {
            self.write(&mut inner, &metadata_of(stream), vec![metadata(&format!("{{\"$tb\":{first}}}"))]);
        }
        inner.appends += 1;
        if self.noisy {
            self.make_noise(&mut inner);
        }
        drop(inner);
        Ok(appended)
    }

    /// Deletes `stream` softly, as an administrator can: `$metadata` with the greatest `$tb`. It can be written to again, and
    /// counts on (EVENTSTOREDB.md, 'Seen on a real server').
    pub fn delete(&self, stream: &str) {
        self.truncate(stream, END_OF_STREAM);
    }

    /// Truncates `stream` before a revision: `$metadata` with that `$tb`. The whole log shows all until a scavenge.
    pub fn truncate(&self, stream: &str, before: u64) {
        self.set_metadata(stream, &format!("{{\"$tb\":{before}}}"));
    }

    /// Sets the metadata of `stream`, a JSON object.
    pub fn set_metadata(&self, stream: &str, json: &str) {
        self.write(&mut self.lock(), &metadata_of(stream), vec![metadata(json)]);
    }

    /// Deletes `stream` for good: `$streamDeleted` at the greatest revision, and every append is refused from then on.
    pub fn tombstone(&self, stream: &str) {
        let mut inner = self.lock();
        let record = self.record(&mut inner, stream, END_OF_STREAM, by_others(TOMBSTONE));
        inner.stream(stream).push(record);
        self.written.send_modify(|count| *count += 1);
    }

    /// Has what `other` has and nothing else, as after somebody put another data directory in the place of a server's that
    /// was down. To be called while the double is stopped.
    pub fn replace_by(&self, other: &Self) {
        let other = other.lock();
        let inner = Inner {
            records: other.records.clone(),
            streams: other.streams.clone(),
            position: other.position,
            appends: other.appends,
        };
        let count = inner.records.len();
        drop(other);
        *self.lock() = inner;
        self.written.send_replace(count);
    }

    /// Removes what is deleted, truncated or too old, and closes the chunk that is being written. The last event of a stream
    /// stays, of a tombstoned one the tombstone and nothing else.
    pub fn scavenge(&self) {
        let mut inner = self.lock();
        let tombstoned: Vec<_> = inner.streams.iter().filter(|(_, stream)| stream.is_tombstoned()).collect();
        let gone: Vec<_> = tombstoned.into_iter().map(|(name, _)| metadata_of(name)).collect();
        for name in gone {
            inner.stream(&name).clear();
        }
        let mut left: Vec<_> = inner.streams.values_mut().flat_map(|stream| stream.scavenge().to_vec()).collect();
        left.sort_by_key(|record| record.position);
        inner.records = left;
        inner.position = inner.position.next_multiple_of(CHUNK_BYTES);
    }

    fn write(&self, inner: &mut Inner, stream: &str, events: Vec<Proposed>) -> Appended {
        let mut appended = Appended { revision: 0, position: inner.position };
        let count = events.len();
        for event in events {
            let revision = inner.stream(stream).next();
            let record = self.record(inner, stream, revision, event);
            appended = Appended { revision, position: record.position };
            if let Some(described) = stream.strip_prefix("$$") {
                inner.stream(described).note_metadata(&record.event.data);
            }
            inner.stream(stream).push(record);
        }
        self.written.send_modify(|written| *written += count);
        appended
    }

    /// A record at the end of the log.
    fn record(&self, inner: &mut Inner, stream: &str, revision: u64, event: Proposed) -> Arc<Record> {
        let created = Utc::now().timestamp_nanos_opt().unwrap_or_default() / 100 + self.clock_offset.load(Ordering::SeqCst);
        // As a real log, whose positions are offsets into it.
        inner.position += 57 + event.bytes() as u64;
        let record = Record { position: inner.position, stream: stream.to_owned(), revision, created, event };
        let record = Arc::new(record);
        inner.records.push(Arc::clone(&record));
        record
    }

    /// What the system and others write between.
    fn make_noise(&self, inner: &mut Inner) {
        let count = inner.appends;
        if count.is_multiple_of(3) {
            self.write(inner, "$stats-127.0.0.1:2113", vec![by_others("$statsCollected")]);
        }
        if count % 4 == 1 {
            self.write(inner, &format!("orders-{}", count % 5), vec![by_others("OrderPlaced")]);
        }
        if count % 7 == 2 {
            self.write(inner, "milepost2_permit-0b5e8a52-3c5f-5d0e-9d3c-2f6f0a1b2c3d", vec![by_others("PermitIdentified")]);
        }
    }
}

impl Inner {
    fn stream(&mut self, name: &str) -> &mut Stream {
        self.streams.entry(name.to_owned()).or_default()
    }

    /// Whether `name`, or the stream whose metadata it is, was deleted for good.
    fn is_tombstoned(&self, name: &str) -> bool {
        let described = name.strip_prefix("$$").unwrap_or(name);
        self.streams.get(described).is_some_and(Stream::is_tombstoned)
    }
}

/// The stream of the metadata of `stream`.
fn metadata_of(stream: &str) -> String {
    format!("$${stream}")
}

fn metadata(json: &str) -> Proposed {
    Proposed { data: json.as_bytes().to_vec(), ..by_others(METADATA) }
}

fn by_others(event_type: &str) -> Proposed {
    Proposed {
        id: Uuid::new_v4(),
        event_type: event_type.to_owned(),
        content_type: "application/json".to_owned(),
        metadata: Vec::new(),
        data: b"{}".to_vec(),
    }
}
