//! What is found to be wrong with the log while it is read, and the walk over all of it that looks for it.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rusqlite::{Connection, InterruptHandle, OptionalExtension, Row, Statement, params};
use schema::{Position, StoredEvent};
use tokio::sync::watch;

use super::{
    chain::{Columns, Hash, START},
    file, reader,
};
use crate::{Damaged, Soundness};

/// How long a walk may hold readiness up.
const WALK_BEFORE_READY: Duration = Duration::from_secs(2);
/// How many of the latest acts are walked before readiness, however long that takes.
const LATEST_ACTS: i64 = 100_000;
/// How many of the last acts have to follow on each other before the write-ahead log is put into the file.
const ACTS_BEFORE_FOLD: i64 = 10_000;
/// How many acts are looked at in one read.
const PAGE_ACTS: i64 = 1024;
/// A walk that nobody waits for rests this many times as long as it worked.
const REST: u32 = 4;
/// The most damaged acts that are told apart; a log with more is damaged as a whole.
const DAMAGED_MAX: usize = 10_000;

/// What is known of the log's soundness, shared by all who read it.
#[derive(Clone)]
pub(super) struct Watch(Arc<watch::Sender<Soundness>>);

impl Default for Watch {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Soundness::default())))
    }
}

impl Watch {
    pub fn receiver(&self) -> watch::Receiver<Soundness> {
        self.0.subscribe()
    }

    /// Takes note of acts that are damaged.
    pub fn damaged(&self, found: Found) {
        if found.is_empty() {
            return;
        }
        self.0.send_modify(|soundness| {
            let damaged = Arc::make_mut(&mut soundness.damaged);
            for (position, act) in found {
                if damaged.len() < DAMAGED_MAX && !damaged.contains_key(&position) {
                    tracing::error!(position = position.0, reason = act.reason, "an act in the log is damaged");
                    damaged.insert(position, act);
                }
            }
        });
    }

    /// Takes note that the log can't be read as a whole.
    pub fn fault(&self, fault: String) {
        tracing::error!(fault, "the log is damaged");
        self.0.send_modify(|soundness| soundness.fault = Some(fault));
    }

    fn checked(&self) {
        self.0.send_if_modified(|soundness| !std::mem::replace(&mut soundness.checked, true));
    }
}

/// The end of a chain: where it is, and the hash there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub position: i64,
    pub hash: Hash,
}

impl Default for Link {
    fn default() -> Self {
        Self::BEFORE_ALL
    }
}

impl Link {
    /// At `event`, if it has its proof with it.
    pub fn of<S>(event: &StoredEvent<S>) -> Option<Self> {
        Some(Self { position: event.position.0.cast_signed(), hash: event.proof? })
    }

    /// Before the first event.
    const BEFORE_ALL: Self = Self { position: 0, hash: START };

    /// What is wrong with the next event, if anything is; the link goes on to it either way, so that one altered event is
    /// one problem and not one at every event after it.
    pub fn follow(&mut self, columns: &Columns<'_>, hash: &Hash) -> Option<String> {
        let before = std::mem::replace(self, Self { position: columns.position, hash: *hash });
        if columns.position != before.position + 1 {
            return Some(format!("position {} is followed by {}", before.position, columns.position));
        }
        (columns.hash(&before.hash) != *hash)
            .then(|| format!("the event at position {}, or one before it, is not as it was recorded", columns.position))
    }
}

/// A walk over the log that goes on until it is over or the store is closed.
#[derive(Default)]
pub(super) struct Walk {
    stopped: Arc<AtomicBool>,
    /// Ends what `SQLite` is at.
    interrupt: Arc<Mutex<Option<InterruptHandle>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Walk {
    /// Begins the walk over what is in the log at `file` up to `last`. The latest acts come first; what is left then keeps
    /// nobody waiting for more than [`WALK_BEFORE_READY`].
    pub fn begin(&self, file: &Path, last: i64, watch: &Watch) {
        let (file, watch, stopped) = (file.to_owned(), watch.clone(), Arc::clone(&self.stopped));
        let (walking, interrupt) = (watch.clone(), Arc::clone(&self.interrupt));
        let spawned = thread::Builder::new().name("log walk".to_owned()).spawn(move || {
            let walker = Walker { watch: walking, stopped, interrupt, began: Instant::now() };
            match walker.walk(&file, last) {
                Err(error) if !walker.is_stopped() => walker.watch.fault(error),
                _ => {}
            }
            walker.watch.checked();
        });
        match spawned {
            Ok(thread) => *self.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread),
            Err(error) => {
                watch.fault(format!("it can't be checked, since the system gives no thread: {error}"));
                watch.checked();
            }
        }
    }

    /// Ends it, and waits until it has let go of the log: the time of one page, and of the rest behind it.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        if let Some(reading) = self.interrupt.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            reading.interrupt();
        }
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // One that panicked has said so on standard error.
            let _ = thread.join();
        }
    }
}

struct Walker {
    watch: Watch,
    stopped: Arc<AtomicBool>,
    interrupt: Arc<Mutex<Option<InterruptHandle>>>,
    began: Instant,
}

impl Walker {
    fn walk(&self, file: &Path, last: i64) -> Result<(), String> {
        let connection = file::open_to_read(file).map_err(|error| error.to_string())?;
        *self.interrupt.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection.get_interrupt_handle());
        let altered = file::schema_differences(&connection).map_err(|error| error.to_string())?;
        if let Some(difference) = altered.first() {
            self.watch.fault(difference.clone());
        }
        let latest = (last - LATEST_ACTS).max(0);
        self.stretch(&connection, latest, last, false).map_err(|error| error.to_string())?;
        if self.began.elapsed() >= WALK_BEFORE_READY {
            self.watch.checked();
        }
        self.stretch(&connection, 0, latest, true).map_err(|error| error.to_string())?;
        if last > LATEST_ACTS {
            self.watch.checked();
        }
        self.structure(&connection).map_err(|error| error.to_string())
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Looks at how the file is built, of which a reader may notice nothing and a writer would make more damage.
    fn structure(&self, log: &Connection) -> rusqlite::Result<()> {
        if self.is_stopped() {
            return Ok(());
        }
        let found: String = log.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if found != "ok" {
            self.watch.fault(found);
        }
        Ok(())
    }

    /// Walks what lies behind `after`, up to `last`.
    fn stretch(&self, log: &Connection, after: i64, last: i64, may_rest: bool) -> rusqlite::Result<()> {
        let mut link = link_at(log, after)?;
        while link.position < last && !self.is_stopped() {
            let began = Instant::now();
            let before = link.position;
            let found = look(log, &mut link, last)?;
            if link.position == before {
                self.watch.fault(format!("nothing can be read behind position {before}, though the log goes on to {last}"));
                return Ok(());
            }
            self.watch.damaged(found);
            if may_rest && self.began.elapsed() >= WALK_BEFORE_READY {
                self.watch.checked();
                thread::sleep(began.elapsed() * REST);
            }
        }
        Ok(())
    }
}

/// Acts that are damaged, by their positions.
pub(super) type Found = Vec<(Position, Damaged)>;

/// What is wrong with the event in `row`, which follows on `link`, if anything is; `unread` says why it can't be read,
/// where it can't. The link goes on to it either way.
pub(super) fn misfit(row: &Row<'_>, link: &mut Link, unread: Option<&rusqlite::Error>) -> rusqlite::Result<Option<String>> {
    match reader::columns(row) {
        Ok((columns, hash)) => {
            let broken = link.follow(&columns, &hash);
            let unread = unread.map(|error| format!("the event at position {} can't be read: {error}", link.position));
            Ok(broken.or(unread))
        }
        Err(error) => {
            *link = Link { position: row.get(0)?, hash: row.get(9).unwrap_or(START) };
            Ok(Some(format!("the event at position {} can't be read: {error}", link.position)))
        }
    }
}

/// Whether the last acts of a log follow on each other, so that its write-ahead log is its own.
pub(super) fn ends_well(log: &Connection) -> bool {
    let follow = || -> rusqlite::Result<bool> {
        let last: i64 = log.query_row("SELECT coalesce(max(position), 0) FROM event", [], |row| row.get(0))?;
        let mut link = link_at(log, last.saturating_sub(ACTS_BEFORE_FOLD).max(0))?;
        let mut events = log.prepare(reader::OF_LOG)?;
        let mut rows = events.query(params![link.position, last])?;
        while let Some(row) = rows.next()? {
            if misfit(row, &mut link, None)?.is_some() {
                return Ok(false);
            }
        }
        Ok(link.position == last)
    };
    follow().unwrap_or(false)
}

/// The link at `position`, by the hash that is stored there.
pub(super) fn link_at(log: &Connection, position: i64) -> rusqlite::Result<Link> {
    if position == 0 {
        return Ok(Link::BEFORE_ALL);
    }
    let hash = log.query_row("SELECT hash FROM event WHERE position = ?1", [position], |row| row.get(0))?;
    Ok(Link { position, hash })
}

/// Looks at a page of events, each by the table and by the index.
fn look(log: &Connection, link: &mut Link, last: i64) -> rusqlite::Result<Found> {
    let mut events = log.prepare_cached(reader::OF_LOG)?;
    let mut indexed =
        log.prepare_cached("SELECT position FROM event INDEXED BY event_in_stream WHERE stream = ?1 AND revision = ?2")?;
    let mut rows = events.query(params![link.position, last])?;
    let mut found = Vec::new();
    for _ in 0..PAGE_ACTS {
        let Some(row) = rows.next()? else { break };
        let event = reader::event(row);
        let mut reason = misfit(row, link, event.as_ref().err())?;
        if reason.is_none() && !is_indexed(&mut indexed, row)? {
            reason = Some(format!("the index does not lead to the event at position {}", link.position));
        }
        if let Some(reason) = reason {
            found.push((Position(link.position.cast_unsigned()), Damaged { act: event.ok().and_then(reader::of_thing), reason }));
        }
    }
    Ok(found)
}

fn is_indexed(indexed: &mut Statement<'_>, row: &Row<'_>) -> rusqlite::Result<bool> {
    let (position, revision): (i64, i64) = (row.get(0)?, row.get(3)?);
    let stream = row.get_ref(2)?.as_str()?;
    let found = indexed.query_row(params![stream, revision], |row| row.get::<_, i64>(0)).optional()?;
    Ok(found == Some(position))
}
