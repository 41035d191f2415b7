//! The log of the double: in memory, with positions that have gaps and other people's events between.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::Utc;
use tokio::sync::watch;
use uuid::Uuid;

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
}

/// The most bytes in one append: the limit of servers up to 25.0.
const APPEND_BYTES_MAX: usize = 1 << 20;

/// The log.
pub struct Log {
    inner: Mutex<Inner>,
    length: watch::Sender<usize>,
    noisy: bool,
    clock_offset: AtomicI64,
}

#[derive(Default)]
struct Inner {
    records: Vec<Arc<Record>>,
    streams: HashMap<String, Vec<usize>>,
    /// Where the next record goes.
    position: u64,
    appends: u64,
}

impl Log {
    /// An empty log; one that is `noisy` gets events of the system and of others with every append.
    #[must_use]
    pub fn new(noisy: bool) -> Self {
        let log = Self { inner: Mutex::default(), length: watch::Sender::new(0), noisy, clock_offset: AtomicI64::new(0) };
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

    /// How many records there are, as they become more.
    pub fn watch(&self) -> watch::Receiver<usize> {
        self.length.subscribe()
    }

    /// At most `most` records from the `index`th on.
    #[must_use]
    pub fn slice(&self, index: usize, most: usize) -> Vec<Arc<Record>> {
        self.lock().records.iter().skip(index).take(most).cloned().collect()
    }

    /// The index of the first record at or after `position`.
    #[must_use]
    pub fn index_at(&self, position: u64) -> usize {
        self.lock().records.partition_point(|record| record.position < position)
    }

    /// The records of a stream, oldest first.
    #[must_use]
    pub fn stream(&self, stream: &str) -> Vec<Arc<Record>> {
        let inner = self.lock();
        let indices = inner.streams.get(stream).map(Vec::as_slice).unwrap_or_default();
        indices.iter().filter_map(|index| inner.records.get(*index).cloned()).collect()
    }

    /// Appends all of `events` or none, as the server does.
    ///
    /// # Errors
    ///
    /// When the stream is not as expected, or the events are too large.
    pub fn append(&self, stream: &str, expected: Expected, events: Vec<Proposed>) -> Result<Appended, Refused> {
        if events.iter().map(Proposed::bytes).sum::<usize>() > APPEND_BYTES_MAX {
            return Err(Refused::TooLarge(APPEND_BYTES_MAX));
        }
        let mut inner = self.lock();
        if let Some(before) = inner.appended_before(stream, expected, &events)? {
            return Ok(before);
        }
        let appended = self.write(&mut inner, stream, events);
        if self.noisy {
            self.make_noise(&mut inner);
        }
        drop(inner);
        Ok(appended)
    }

    fn write(&self, inner: &mut Inner, stream: &str, events: Vec<Proposed>) -> Appended {
        let mut appended = Appended { revision: 0, position: inner.position };
        for event in events {
            let created = Utc::now().timestamp_nanos_opt().unwrap_or_default() / 100 + self.clock_offset.load(Ordering::SeqCst);
            // As a real log, whose positions are offsets into it.
            inner.position += 57 + event.bytes() as u64;
            let index = inner.records.len();
            let indices = inner.streams.entry(stream.to_owned()).or_default();
            appended = Appended { revision: indices.len() as u64, position: inner.position };
            indices.push(index);
            let Appended { revision, position } = appended;
            inner.records.push(Arc::new(Record { position, stream: stream.to_owned(), revision, created, event }));
        }
        self.length.send_replace(inner.records.len());
        appended
    }

    /// What the system and others write between.
    fn make_noise(&self, inner: &mut Inner) {
        inner.appends += 1;
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

fn by_others(event_type: &str) -> Proposed {
    Proposed {
        id: Uuid::new_v4(),
        event_type: event_type.to_owned(),
        content_type: "application/json".to_owned(),
        metadata: Vec::new(),
        data: b"{}".to_vec(),
    }
}

impl Inner {
    /// What an earlier append of the same came to; `None` if the events are to be written now.
    fn appended_before(&self, stream: &str, expected: Expected, events: &[Proposed]) -> Result<Option<Appended>, Refused> {
        let indices = self.streams.get(stream).map(Vec::as_slice).unwrap_or_default();
        let current = (indices.len() as u64).checked_sub(1);
        let wrong = Err(Refused::WrongVersion { current });
        let start = match expected {
            Expected::Any | Expected::Exists if current.is_none() => {
                return if expected == Expected::Any { Ok(None) } else { wrong };
            }
            // The server looks for the first id among the last it has seen, here in the whole stream.
            Expected::Any | Expected::Exists => {
                let first = events.first().map(|event| event.id);
                let at = indices.iter().position(|index| Some(self.records[*index].event.id) == first);
                match at {
                    None => return Ok(None),
                    Some(at) => at,
                }
            }
            Expected::NoStream => 0,
            Expected::Revision(revision) => usize::try_from(revision).unwrap_or(usize::MAX).saturating_add(1),
        };
        if start == indices.len() {
            return Ok(None);
        }
        let there = indices.get(start..start.saturating_add(events.len())).unwrap_or_default();
        let same = !events.is_empty()
            && there.len() == events.len()
            && there.iter().zip(events).all(|(index, event)| self.records[*index].event.id == event.id);
        match there.last().and_then(|index| self.records.get(*index)) {
            Some(last) if same => Ok(Some(Appended { revision: last.revision, position: last.position })),
            _ => wrong,
        }
    }
}
