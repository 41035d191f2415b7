//! The one writer: what has queued is committed in one transaction, and answered only after it.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use schema::{NewEvent, Position, ThingId};
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    chain::Columns,
    file::{self, Lock, OpenError, Tail, Trust},
};
use crate::store::{AppendError, Appended, Expected, StoreError};

/// The most appends that wait for the writer; who comes after them waits for a place.
pub(super) const QUEUE_APPENDS_MAX: usize = 256;
/// A batch takes no further append once it holds this much, so that no commit is long.
const BATCH_BYTES_MAX: usize = 8 << 20;

/// Says what time it is.
pub(super) type Clock = Box<dyn Fn() -> DateTime<Utc> + Send>;

type Outcome = Result<Appended, AppendError>;

/// What somebody wants to append, and where the answer goes.
pub(super) struct Request {
    pub thing: ThingId,
    pub expected: Expected,
    pub events: Vec<NewEvent>,
    pub reply: oneshot::Sender<Outcome>,
}

impl Request {
    fn bytes(&self) -> usize {
        self.events.iter().map(|event| event.data.len() + event.metadata.len()).sum()
    }
}

/// The writer. It lives on a thread of its own.
pub(super) struct Writer {
    file: PathBuf,
    /// `None` after a failure: on a connection whose state is doubtful nothing is acknowledged again.
    log: Option<Log>,
    clock: Clock,
    /// The last position committed; 0 while there is none.
    head: watch::Sender<Position>,
    commits: Arc<AtomicU64>,
    _lock: Lock,
}

impl Writer {
    pub fn open(file: PathBuf, lock: Lock, clock: Clock) -> Result<Self, OpenError> {
        let log = Log::open(&file, Trust::Synced)?;
        let head = watch::Sender::new(position(log.tail.position));
        Ok(Self { file, log: Some(log), clock, head, commits: Arc::default(), _lock: lock })
    }

    pub fn head(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    pub fn commits(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.commits)
    }

    /// Works until every sender is gone and what they queued is answered.
    pub fn run(mut self, mut queue: mpsc::Receiver<Request>) {
        while let Some(first) = queue.blocking_recv() {
            let batch = gather(first, &mut queue);
            let outcomes = self.commit(&batch);
            for (request, outcome) in batch.into_iter().zip(outcomes) {
                // Who no longer waits for the answer finds it out by appending the same again.
                let _ = request.reply.send(outcome);
            }
            self.recover();
        }
    }

    fn commit(&mut self, batch: &[Request]) -> Vec<Outcome> {
        let mut log = match self.take_log() {
            Ok(log) => log,
            Err(error) => return nothing_recorded(batch.len(), &error),
        };
        let before = log.tail.position;
        match log.record(batch, (self.clock)().timestamp_micros()) {
            Ok(outcomes) => {
                self.commits.fetch_add(u64::from(log.tail.position > before), Ordering::Relaxed);
                self.keep(log);
                outcomes
            }
            Err(failure) => failure.outcomes(batch.len()),
        }
    }

    /// After a failure, looks at the log anew at once, so that readers see what a failed commit left in it. What fails
    /// here, the next batch tries again.
    fn recover(&mut self) {
        if self.log.is_none()
            && let Ok(log) = self.take_log()
        {
            self.keep(log);
        }
    }

    /// The log; after a failure it is opened anew and looked at again.
    fn take_log(&mut self) -> Result<Log, OpenError> {
        self.log.take().map_or_else(|| Log::open(&self.file, Trust::Rewritten), Ok)
    }

    fn keep(&mut self, log: Log) {
        self.head.send_replace(position(log.tail.position));
        self.log = Some(log);
    }
}

/// What is queued by now, the first of it included.
fn gather(first: Request, queue: &mut mpsc::Receiver<Request>) -> Vec<Request> {
    let mut bytes = first.bytes();
    let mut batch = vec![first];
    while bytes < BATCH_BYTES_MAX
        && let Ok(next) = queue.try_recv()
    {
        bytes += next.bytes();
        batch.push(next);
    }
    batch
}

fn nothing_recorded(requests: usize, reason: &impl ToString) -> Vec<Outcome> {
    let error = StoreError(reason.to_string());
    (0..requests).map(|_| Err(error.clone().into())).collect()
}

/// Why a batch was not acknowledged.
enum Failure {
    /// Nothing of it was committed.
    BeforeCommit(rusqlite::Error),
    /// These would have been the outcomes, but the commit failed; it may have reached the disk all the same.
    AtCommit(rusqlite::Error, Vec<Outcome>),
}

impl Failure {
    fn outcomes(self, requests: usize) -> Vec<Outcome> {
        match self {
            Self::BeforeCommit(error) => nothing_recorded(requests, &error),
            Self::AtCommit(error, outcomes) => outcomes
                .into_iter()
                .map(|outcome| match outcome {
                    Ok(_) => Err(AppendError::Unknown(error.to_string())),
                    // A conflict may have been with something of the same batch.
                    Err(_) => Err(StoreError(error.to_string()).into()),
                })
                .collect(),
        }
    }
}

/// A connection in a known state, and what the next event follows.
struct Log {
    connection: Connection,
    tail: Tail,
}

impl Log {
    fn open(file: &Path, trust: Trust) -> Result<Self, OpenError> {
        let connection = file::open_to_write(file, trust)?;
        let tail = Tail::of(&connection).map_err(|error| file::unusable_because(file, &error))?;
        Ok(Self { connection, tail })
    }

    /// Records what can be recorded of `batch`, all in one commit. After an error the log must not be used again.
    fn record(&mut self, batch: &[Request], now: i64) -> Result<Vec<Outcome>, Failure> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Failure::BeforeCommit)?;
        let mut tail = Tail { recorded_at: now.max(self.tail.recorded_at), ..self.tail };
        let outcomes: rusqlite::Result<Vec<_>> = batch.iter().map(|request| append(&transaction, &mut tail, request)).collect();
        let outcomes = outcomes.map_err(Failure::BeforeCommit)?;
        if tail.position == self.tail.position {
            transaction.rollback().map_err(Failure::BeforeCommit)?;
            return Ok(outcomes);
        }
        match transaction.commit() {
            Ok(()) => self.tail = tail,
            Err(error) => return Err(Failure::AtCommit(error, outcomes)),
        }
        Ok(outcomes)
    }
}

/// Appends one request's events, unless the stream is not as expected.
fn append(log: &Transaction<'_>, tail: &mut Tail, request: &Request) -> rusqlite::Result<Outcome> {
    let Request { thing, expected, events, .. } = request;
    let stream = thing.to_string();
    let current = last_revision(log, &stream)?;
    if *expected == Expected::after(current) {
        return insert_all(log, tail, &stream, current, events).map(Ok);
    }
    match (expected.next_revision(), current) {
        (Some(first), Some(last)) if first <= last && holds(log, &stream, first, events)? => {
            Ok(Ok(Appended { revision: first + events.len() as u64 - 1 }))
        }
        _ => Ok(Err(AppendError::Conflict { current })),
    }
}

fn last_revision(log: &Transaction<'_>, stream: &str) -> rusqlite::Result<Option<u64>> {
    let last: Option<i64> =
        log.prepare_cached("SELECT max(revision) FROM event WHERE stream = ?1")?.query_row([stream], |row| row.get(0))?;
    Ok(last.map(i64::cast_unsigned))
}

/// Whether exactly these events are in the stream from revision `first`.
fn holds(log: &Transaction<'_>, stream: &str, first: u64, events: &[NewEvent]) -> rusqlite::Result<bool> {
    let ids = "SELECT id FROM event WHERE stream = ?1 AND revision >= ?2 ORDER BY revision";
    let mut statement = log.prepare_cached(ids)?;
    let ids = statement.query_map(params![stream, first.cast_signed()], |row| row.get::<_, [u8; 16]>(0))?;
    let ids: Vec<_> = ids.take(events.len()).collect::<rusqlite::Result<_>>()?;
    Ok(ids.iter().eq(events.iter().map(|event| event.id.0.as_bytes())))
}

/// Adds the events after the stream's last, and gives the revision of the last of them.
fn insert_all(
    log: &Transaction<'_>,
    tail: &mut Tail,
    stream: &str,
    current: Option<u64>,
    events: &[NewEvent],
) -> rusqlite::Result<Appended> {
    let first = current.map_or(0, |last| last + 1);
    for (event, revision) in events.iter().zip(first..) {
        insert(log, tail, stream, revision, event)?;
    }
    Ok(Appended { revision: first + events.len() as u64 - 1 })
}

fn insert(log: &Transaction<'_>, tail: &mut Tail, stream: &str, revision: u64, event: &NewEvent) -> rusqlite::Result<()> {
    let columns = Columns {
        position: tail.position + 1,
        id: event.id.0.as_bytes(),
        stream,
        revision: revision.cast_signed(),
        recorded_at: tail.recorded_at,
        event_type: event.event_type,
        version: event.version.into(),
        metadata: &event.metadata,
        data: &event.data,
    };
    tail.hash = columns.hash(&tail.hash);
    tail.position = columns.position;
    let mut statement = log.prepare_cached("INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?;
    let Columns { position, id, stream, revision, recorded_at, event_type, version, metadata, data } = columns;
    statement.execute(params![position, id, stream, revision, recorded_at, event_type, version, metadata, data, tail.hash])?;
    Ok(())
}

fn position(stored: i64) -> Position {
    Position(stored.cast_unsigned())
}
