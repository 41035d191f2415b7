//! The one writer: what has queued is committed in one transaction, and answered only after it.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior, ffi, params};
use schema::{EventId, NewEvent, Position, StreamId};
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use super::{
    chain::{Columns, Hash},
    file::{self, Lock, OpenError, Opening, Tail},
    live::Live,
    probe,
};
use crate::{
    AppendError, Appended, Expected, StoreError,
    head::{self, Head, Keeper},
    hexadecimal,
    identity::{Extent, Identity},
};

/// The most appends that wait for the writer; who comes after them waits for a place.
pub(super) const QUEUE_APPENDS_MAX: usize = 256;
/// A batch takes no further append once it holds this much, so that no commit is long.
const BATCH_BYTES_MAX: usize = 8 << 20;

/// Says what time it is.
pub(super) type Clock = Box<dyn Fn() -> DateTime<Utc> + Send>;

pub(super) type Outcome = Result<Appended, AppendError>;

/// What the writer is asked to do.
pub(super) enum Request {
    /// Append this.
    Append(Append),
    /// Take nothing more, and end it well; the answer says what kept the file from being the whole log, if anything did.
    Close {
        /// Whether the file is made the whole log; that of a damaged log stays as it is.
        folds: bool,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<(), StoreError>>,
    },
}

/// Whether the file is to be made the whole log, and who waits until it is closed.
type Closing = (bool, oneshot::Sender<Result<(), StoreError>>);

/// What somebody wants to append, and where the answer goes.
pub(super) struct Append {
    pub stream: StreamId,
    pub expected: Expected,
    pub events: Vec<NewEvent>,
    pub reply: oneshot::Sender<Outcome>,
}

impl Append {
    pub fn bytes(&self) -> usize {
        self.events.iter().map(|event| event.data.len() + event.metadata.len()).sum()
    }
}

/// The writer. It lives on a thread of its own.
pub(super) struct Writer {
    file: PathBuf,
    /// `None` after a failure: on a connection whose state is doubtful nothing is acknowledged again.
    log: Option<Log>,
    /// The file as it was opened first.
    identity: Identity,
    keeper: Keeper,
    clock: Clock,
    /// The last position committed; 0 while there is none.
    head: watch::Sender<Position>,
    commits: Arc<AtomicU64>,
    live: Arc<Live>,
    _lock: Lock,
}

impl Writer {
    /// Opens the log in `directory`. One whose disk refuses to be written is opened all the same, if it can be read: what
    /// it holds can be served, and each append tries again.
    pub fn open(directory: &Path, lock: Lock, clock: Clock) -> Result<Self, OpenError> {
        let file = directory.join(file::FILE_NAME);
        let unusable = |error: &dyn ToString| file::unusable_because(&file, &error.to_string());
        let keeper = || Keeper::open(directory).map_err(|error| unusable(&format!("its head file: {error}")));
        // A log has a head file from its first moment on: one that has none was copied from elsewhere.
        let first = if file.exists() { None } else { Some(keeper()?) };
        let lacks_head = first.is_none() && !directory.join(head::FILE_NAME).exists();
        first.as_ref().map_or(Ok(()), Keeper::settle).map_err(|error| unusable(&error))?;
        let (log, tail) = match Log::open(&file, Opening::First) {
            Ok(log) => (Some(log), None),
            // The file is damaged, not the disk: it stays so whoever tries again.
            Err(refusal @ OpenError::Unwritable { .. }) => return Err(refusal),
            Err(refusal) => {
                let tail = file::open_to_read(&file).ok().and_then(|log| Tail::of(&log).ok());
                let Some(tail) = tail else { return Err(refusal) };
                tracing::error!(%refusal, "the log can be read and not written: what it holds is served, and nothing recorded");
                (None, Some(tail))
            }
        };
        let identity = Identity::of(&file).ok_or_else(|| OpenError::Replaced { file: file.clone() })?;
        let keeper = first.map_or_else(keeper, Ok)?;
        let tail = log.as_ref().map(|log| log.tail).or(tail);
        let head = watch::Sender::new(tail.map(|tail| position(tail.position)).unwrap_or_default());
        let (commits, live) = (Arc::default(), Arc::default());
        let mut writer = Self { file, log, identity, keeper, clock, head, commits, live, _lock: lock };
        if let Some(tail) = tail {
            if lacks_head && tail.position > 0 {
                tracing::warn!(
                    log = %writer.file.display(), acts = tail.position,
                    "no head file stands beside the log, so nothing proves that this is its end; it is written anew"
                );
            }
            writer.witness(&tail);
        }
        Ok(writer)
    }

    pub fn head(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    pub fn commits(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.commits)
    }

    pub fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live)
    }

    /// Works until it is closed, or every sender is gone, and what they queued is answered.
    pub fn run(mut self, mut queue: mpsc::Receiver<Request>) {
        let mut closing = None;
        while let Some(first) = queue.blocking_recv() {
            let batch = gather(first, &mut queue, &mut closing);
            if closing.is_some() {
                queue.close();
            }
            if batch.is_empty() {
                continue;
            }
            let outcomes = self.commit(&batch);
            for (request, outcome) in batch.into_iter().zip(outcomes) {
                // Who no longer waits for the answer finds it out by appending the same again.
                let _ = request.reply.send(outcome);
            }
            self.recover();
        }
        let folds = closing.as_ref().is_none_or(|(folds, _)| *folds);
        let ended = self.finish(folds);
        match (closing, ended) {
            // Who asked may have stopped waiting.
            (Some((_, reply)), ended) => drop(reply.send(ended)),
            (None, Err(error)) => tracing::warn!(%error, "the log is closed, and what was written last is beside its file"),
            (None, Ok(())) => {}
        }
    }

    fn commit(&mut self, batch: &[Append]) -> Vec<Outcome> {
        let mut log = match self.take_log() {
            Ok(log) => log,
            Err(error) => return nothing_recorded(batch.len(), &error),
        };
        let before = log.tail.position;
        let recorded = log.record(batch, (self.clock)().timestamp_micros());
        let recorded = recorded.and_then(|outcomes| log.still_there(&self.file, self.identity, before, outcomes));
        match recorded {
            Ok(outcomes) => {
                self.commits.fetch_add(u64::from(log.tail.position > before), Ordering::Relaxed);
                self.live.keep(batch, &outcomes, before, &log.tail, &log.hashes);
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

    /// The log, if its file is the one that was opened; after a failure it is opened anew and looked at again.
    fn take_log(&mut self) -> Result<Log, OpenError> {
        file::is_same(&self.file, self.identity)?;
        if let Some(log) = &self.log {
            log.is_untouched(&self.file)?;
        }
        self.log.take().map_or_else(|| Log::open(&self.file, Opening::Again(self.identity)), Ok)
    }

    fn keep(&mut self, log: Log) {
        self.witness(&log.tail);
        self.head.send_replace(position(log.tail.position));
        self.log = Some(log);
    }

    /// Says in the head file how far the log goes. What is in the log stays there, whether or not that can be written.
    fn witness(&mut self, tail: &Tail) {
        if let Err(error) = self.keeper.write(head_of(tail, false)) {
            tracing::warn!(%error, "the head file can't be written; it says less than the log holds");
        }
    }

    /// Makes the file the whole log, and says so in the head file; of a log that is damaged nothing is changed.
    fn finish(mut self, folds: bool) -> Result<(), StoreError> {
        if !folds {
            let log = self.log.take();
            let left = log.map(|log| file::leave_as_it_is(&log.connection)).transpose();
            left.map_err(|error| StoreError(error.to_string()))?;
            return Err(StoreError("it is damaged, so its files stay as they are".to_owned()));
        }
        file::is_same(&self.file, self.identity).map_err(|error| StoreError(error.to_string()))?;
        if let Some(log) = &self.log
            && let Err(error) = log.is_untouched(&self.file)
        {
            file::leave_as_it_is(&log.connection).map_err(|error| StoreError(error.to_string()))?;
            return Err(StoreError(error.to_string()));
        }
        // After a failure it is not taken up again only to be closed: on a disk that fails, that takes long.
        let doubtful = || StoreError("the last commit failed, so its last acts stay in the file beside it".to_owned());
        let log = self.log.take().ok_or_else(doubtful)?;
        let tail = log.tail;
        let folded = file::fold(&log.connection).map_err(|error| StoreError(error.to_string()))?;
        drop(log);
        self.keeper.finish(head_of(&tail, true)).map_err(|error| StoreError(format!("the head file: {error}")))?;
        if folded {
            return Ok(());
        }
        Err(StoreError("somebody else reads the log, so its last acts stay in the file beside it".to_owned()))
    }
}

/// How far a log goes whose last event is `tail`.
pub(super) fn head_of(tail: &Tail, closed: bool) -> Head {
    let position = position(tail.position);
    let id = EventId(Uuid::from_bytes(tail.id));
    Head { acts: position.0, position, id, hash: hexadecimal(&tail.hash), closed, boot: None }
}

/// What is queued by now to be appended, the first of it included; a request to close ends it.
fn gather(first: Request, queue: &mut mpsc::Receiver<Request>, closing: &mut Option<Closing>) -> Vec<Append> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    let mut next = Some(first);
    while let Some(request) = next {
        match request {
            Request::Append(append) => {
                bytes += append.bytes();
                batch.push(append);
            }
            Request::Close { folds, reply } => {
                *closing = Some((folds, reply));
                break;
            }
        }
        next = if bytes < BATCH_BYTES_MAX { queue.try_recv().ok() } else { None };
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
    AtCommit(String, Vec<Outcome>),
}

impl Failure {
    fn outcomes(self, requests: usize) -> Vec<Outcome> {
        match self {
            Self::BeforeCommit(error) => nothing_recorded(requests, &error),
            Self::AtCommit(error, outcomes) => outcomes
                .into_iter()
                .map(|outcome| match outcome {
                    Ok(_) => Err(AppendError::Unknown(error.clone())),
                    // A conflict may have been with something of the same batch.
                    Err(_) => Err(StoreError(error.clone()).into()),
                })
                .collect(),
        }
    }
}

/// A connection in a known state, and what the next event follows.
struct Log {
    connection: Connection,
    tail: Tail,
    /// The file as it was left: nobody else writes to it.
    left: Option<Extent>,
    /// The write-ahead log that commits go into; known once there was one.
    write_ahead: Option<Identity>,
    /// Of the events that were added last.
    hashes: Vec<Hash>,
}

impl Log {
    fn open(file: &Path, opening: Opening) -> Result<Self, OpenError> {
        let connection = file::open_to_write(file, opening)?;
        let tail = Tail::of(&connection).map_err(|error| file::unusable_because(file, &error))?;
        Ok(Self { connection, tail, left: Extent::of(file), write_ahead: None, hashes: Vec::new() })
    }

    /// Makes sure that the file is as it was left: what is copied over it keeps its place and is another log.
    fn is_untouched(&self, file: &Path) -> Result<(), OpenError> {
        if Extent::of(file) == self.left { Ok(()) } else { Err(OpenError::Replaced { file: file.to_owned() }) }
    }

    /// Makes sure that what was just committed is in files that are where they belong: in one that was removed meanwhile it
    /// would be gone with the process.
    fn still_there(
        &mut self,
        file: &Path,
        identity: Identity,
        before: i64,
        outcomes: Vec<Outcome>,
    ) -> Result<Vec<Outcome>, Failure> {
        // A commit may have put what was written earlier into the file.
        self.left = Extent::of(file);
        if self.tail.position == before {
            return Ok(outcomes);
        }
        let write_ahead = file::write_ahead_of(file);
        let found = Identity::of(&write_ahead);
        let same = found.is_some() && self.write_ahead.is_none_or(|known| Some(known) == found);
        self.write_ahead = found;
        match file::is_same(file, identity) {
            Err(error) => Err(Failure::AtCommit(error.to_string(), outcomes)),
            Ok(()) if !same => Err(Failure::AtCommit(OpenError::Replaced { file: write_ahead }.to_string(), outcomes)),
            Ok(()) => Ok(outcomes),
        }
    }

    /// Records what can be recorded of `batch`, all in one commit. After an error the log must not be used again.
    fn record(&mut self, batch: &[Append], now: i64) -> Result<Vec<Outcome>, Failure> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Failure::BeforeCommit)?;
        let mut tail = Tail { recorded_at: now, ..self.tail };
        let mut hashes = Vec::new();
        let append = |request| append(&transaction, &mut tail, &mut hashes, request);
        let outcomes: rusqlite::Result<Vec<_>> = batch.iter().map(append).collect();
        let outcomes = outcomes.map_err(Failure::BeforeCommit)?;
        if tail.position == self.tail.position && !batch.iter().any(probe::is_probe) {
            transaction.rollback().map_err(Failure::BeforeCommit)?;
            return Ok(outcomes);
        }
        match transaction.commit() {
            Ok(()) => (self.tail, self.hashes) = (tail, hashes),
            Err(error) if was_not_written(&error) => return Err(Failure::BeforeCommit(error)),
            Err(error) => return Err(Failure::AtCommit(error.to_string(), outcomes)),
        }
        Ok(outcomes)
    }
}

/// Whether a commit failed while it was written, such as on a full disk. The frame that makes a commit of what is before it
/// is written last, and syncing comes after it: without it there is no commit, and nobody will write it any more.
fn was_not_written(error: &rusqlite::Error) -> bool {
    let codes = error.sqlite_error().map(|error| (error.code, error.extended_code));
    codes.is_some_and(|(code, extended)| code == ErrorCode::DiskFull || extended == ffi::SQLITE_IOERR_WRITE)
}

/// Appends one request's events, unless the stream is not as expected.
fn append(log: &Transaction<'_>, tail: &mut Tail, hashes: &mut Vec<Hash>, request: &Append) -> rusqlite::Result<Outcome> {
    if probe::is_probe(request) {
        return probe::rewrite_format(log).map(|()| Ok(Appended { revision: 0 }));
    }
    let Append { stream, expected, events, .. } = request;
    let stream = stream.to_string();
    let current = last_revision(log, &stream)?;
    if *expected == Expected::after(current) {
        let (appended, of_these) = insert_all(log, tail, &stream, current, events)?;
        hashes.extend(of_these);
        return Ok(Ok(appended));
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

/// Adds the events after the stream's last, and gives the revision of the last of them and the hash of each.
fn insert_all(
    log: &Transaction<'_>,
    tail: &mut Tail,
    stream: &str,
    current: Option<u64>,
    events: &[NewEvent],
) -> rusqlite::Result<(Appended, Vec<Hash>)> {
    let first = current.map_or(0, |last| last + 1);
    let mut hashes = Vec::with_capacity(events.len());
    for (event, revision) in events.iter().zip(first..) {
        insert(log, tail, stream, revision, event)?;
        hashes.push(tail.hash);
    }
    Ok((Appended { revision: first + events.len() as u64 - 1 }, hashes))
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
    tail.id = *event.id.0.as_bytes();
    let mut statement = log.prepare_cached("INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?;
    let Columns { position, id, stream, revision, recorded_at, event_type, version, metadata, data } = columns;
    statement.execute(params![position, id, stream, revision, recorded_at, event_type, version, metadata, data, tail.hash])?;
    Ok(())
}

fn position(stored: i64) -> Position {
    Position(stored.cast_unsigned())
}
