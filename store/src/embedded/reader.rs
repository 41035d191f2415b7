//! The readers: connections of their own, which neither wait for the writer nor hold it up.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::DateTime;
use futures::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use rusqlite::{Connection, Params, Row, types::Type};
use schema::{AnyEvent, EventId, Position, StoredEvent, StreamId, ThingId};
use tokio::{
    sync::watch,
    task::{JoinHandle, spawn_blocking},
};
use uuid::Uuid;

use super::{
    chain::{Columns, Hash},
    file::{self, OpenError, Tail},
    live::Live,
    soundness::{self, Found, Link, Watch},
};
use crate::{Damaged, Delivery, StoreError};

/// A page has no more events than this,
const PAGE_EVENTS_MAX: usize = 2048;
/// and ends once it holds this much.
const PAGE_BYTES_MAX: usize = 8 << 20;
/// Connections kept for the next reader.
const IDLE_MAX: usize = 4;

/// An event of any stream, as it is read.
type Read = StoredEvent<StreamId>;

const OF_STREAM: &str = "SELECT position, id, stream, revision, recorded_at, type, version, metadata, data, hash
    FROM event WHERE stream = ?1 AND revision >= ?2 ORDER BY revision";
pub(super) const OF_LOG: &str = "SELECT position, id, stream, revision, recorded_at, type, version, metadata, data, hash
    FROM event WHERE position > ?1 AND position <= ?2 ORDER BY position";

/// The connections that nobody reads on just now.
pub(super) struct Readers {
    file: PathBuf,
    /// `None` once the store is closed: no connection is kept any more.
    idle: Mutex<Option<Vec<Connection>>>,
    watch: Watch,
}

/// A page of the log.
struct LogPage {
    /// The events that can be told; what is wrong with them is known to the [`Watch`].
    events: Vec<Read>,
    /// The last event looked at.
    link: Link,
}

impl Readers {
    pub fn new(file: PathBuf, watch: Watch) -> Self {
        Self { file, idle: Mutex::new(Some(Vec::new())), watch }
    }

    /// Lets go of the file, but for what is being read at the moment.
    pub fn close(&self) {
        *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let connection = self.connection()?;
        let read = read(&connection).map_err(|error| StoreError(error.to_string()))?;
        self.keep(connection);
        Ok(read)
    }

    fn stream_page(&self, thing: ThingId, from: u64) -> Result<Vec<StoredEvent>, StoreError> {
        let page = self.read(|log| page(log, OF_STREAM, (thing.to_string(), from.cast_signed())))?;
        Ok(page.into_iter().map(|event| event.about(thing)).collect())
    }

    /// The hash chain's value at `position`; `None` where there is no event.
    pub fn proof_at(&self, position: Position) -> Result<Option<Hash>, StoreError> {
        self.read(|log| Ok(Tail::at(log, position.0.cast_signed())?.map(|tail| tail.hash)))
    }

    /// The page of the log behind `after`. The chain is checked; a `link` saves looking up what it starts with.
    fn log_page(&self, after: Position, link: Option<Link>, head: Position) -> Result<LogPage, StoreError> {
        self.read(|log| {
            let mut link = match link {
                Some(link) => link,
                None => soundness::link_at(log, after.0.cast_signed())?,
            };
            let (events, damaged) = checked_page(log, &mut link, head.0.cast_signed())?;
            self.watch.damaged(damaged);
            Ok(LogPage { events, link })
        })
    }

    fn connection(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).as_mut().and_then(Vec::pop);
        idle.map_or_else(|| file::open_to_read(&self.file).map_err(|error| StoreError(error.to_string())), Ok)
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(idle) = idle.as_mut().filter(|idle| idle.len() < IDLE_MAX) {
            idle.push(connection);
        }
    }
}

/// The stream of `thing`, oldest first.
pub(super) fn read(readers: Arc<Readers>, thing: ThingId) -> BoxStream<'static, Result<StoredEvent, StoreError>> {
    let pages = stream::try_unfold(Some(0_u64), move |from| {
        let readers = Arc::clone(&readers);
        async move {
            let Some(from) = from else { return Ok(None) };
            let page = finished(spawn_blocking(move || readers.stream_page(thing, from)).await)?;
            let next = page.last().map(|last| last.revision + 1);
            Ok(Some((page, next)))
        }
    });
    pages.map_ok(|page| stream::iter(page).map(Ok)).try_flatten().boxed()
}

/// Every event after `after`, then live, for as long as the store is open.
pub(super) fn subscribe(
    readers: Arc<Readers>,
    live: Arc<Live>,
    head: watch::Receiver<Position>,
    after: Position,
) -> BoxStream<'static, Result<Delivery, StoreError>> {
    let subscription = Subscription { readers, live, head, after, link: None, ahead: None, caught_up: false };
    stream::try_unfold(subscription, Subscription::next).map_ok(|page| stream::iter(page).map(Ok)).try_flatten().boxed()
}

struct Subscription {
    readers: Arc<Readers>,
    live: Arc<Live>,
    head: watch::Receiver<Position>,
    /// The last position delivered.
    after: Position,
    /// The same with its hash, once it was read.
    link: Option<Link>,
    /// The page after the one that is being looked at is read meanwhile.
    ahead: Option<JoinHandle<Result<LogPage, StoreError>>>,
    caught_up: bool,
}

impl Subscription {
    async fn next(mut self) -> Result<Option<(Vec<Delivery>, Self)>, StoreError> {
        loop {
            let head = *self.head.borrow_and_update();
            if self.after < head {
                let page = self.page(head).await?;
                return Ok(Some((page.into_iter().map(|event| AnyEvent::from(event).into()).collect(), self)));
            }
            if !self.caught_up {
                self.caught_up = true;
                return Ok(Some((vec![Delivery::CaughtUp], self)));
            }
            if self.head.changed().await.is_err() {
                return Ok(None);
            }
        }
    }

    async fn page(&mut self, head: Position) -> Result<Vec<Read>, StoreError> {
        let reading = self.ahead.take();
        let live = if reading.is_some() { Vec::new() } else { self.live.after(self.after) };
        let is_live = !live.is_empty();
        let page = if is_live { None } else { Some(reading.unwrap_or_else(|| self.start_reading(head)).await) };
        let LogPage { events, link } = match page {
            Some(page) => finished(page)?,
            None => LogPage { link: live.last().and_then(Link::of).unwrap_or_default(), events: live },
        };
        let position = Position(link.position.cast_unsigned());
        if position <= self.after {
            return Err(StoreError("the log has become shorter".to_owned()));
        }
        (self.after, self.link) = (position, Some(link));
        self.caught_up = false;
        if self.after < head && !is_live {
            self.ahead = Some(self.start_reading(head));
        }
        Ok(events)
    }

    fn start_reading(&self, head: Position) -> JoinHandle<Result<LogPage, StoreError>> {
        let (readers, after, link) = (Arc::clone(&self.readers), self.after, self.link);
        spawn_blocking(move || readers.log_page(after, link, head))
    }
}

fn finished<T>(read: Result<Result<T, StoreError>, tokio::task::JoinError>) -> Result<T, StoreError> {
    read.unwrap_or_else(|error| Err(StoreError(error.to_string())))
}

fn page(connection: &Connection, select: &str, parameters: impl Params) -> rusqlite::Result<Vec<Read>> {
    let mut statement = connection.prepare_cached(select)?;
    let mut rows = statement.query(parameters)?;
    let (mut page, mut bytes) = (Vec::new(), 0);
    while page.len() < PAGE_EVENTS_MAX && bytes < PAGE_BYTES_MAX {
        let Some(row) = rows.next()? else { break };
        let event = event(row)?;
        bytes += event.metadata.len() + event.data.len();
        page.push(event);
    }
    Ok(page)
}

/// The events behind `link` up to `head`, as many as make a page, and what is wrong with them.
fn checked_page(log: &Connection, link: &mut Link, head: i64) -> rusqlite::Result<(Vec<Read>, Found)> {
    let mut statement = log.prepare_cached(OF_LOG)?;
    let mut rows = statement.query((link.position, head))?;
    let (mut events, mut damaged, mut bytes, mut seen) = (Vec::new(), Vec::new(), 0, 0);
    while seen < PAGE_EVENTS_MAX && bytes < PAGE_BYTES_MAX {
        let Some(row) = rows.next()? else { break };
        seen += 1;
        let read = event(row);
        if let Some(reason) = soundness::misfit(row, link, read.as_ref().err())? {
            let position = Position(link.position.cast_unsigned());
            damaged.push((position, Damaged { act: read.as_ref().ok().cloned().and_then(of_thing), reason }));
        }
        if let Ok(event) = read {
            bytes += event.metadata.len() + event.data.len();
            events.push(event);
        }
    }
    Ok((events, damaged))
}

/// Hands the events of the log at `path` up to `last` to `take`, page by page and in order, also while a server has it
/// open. Blocks.
///
/// # Errors
/// When there is no log, it is not ours, or it can't be read.
pub fn replay(path: &Path, last: Position, mut take: impl FnMut(Vec<AnyEvent>)) -> Result<(), OpenError> {
    let file = file::log_at(path);
    let connection = file::open_to_read(&file)?;
    let mut after = 0;
    loop {
        let read = page(&connection, OF_LOG, (after, last.0.cast_signed()));
        let events = read.map_err(|error| file::unusable_because(&file, &error))?;
        let Some(position) = events.last().map(|event| event.position) else { return Ok(()) };
        after = position.0.cast_signed();
        take(events.into_iter().map(AnyEvent::from).collect());
    }
}

/// The stream of `thing` in the log at `path`, oldest first, also while a server has it open. Blocks.
///
/// # Errors
/// When there is no log, it is not ours, or it can't be read.
pub fn stream_of(path: &Path, thing: ThingId) -> Result<Vec<StoredEvent>, OpenError> {
    let file = file::log_at(path);
    let connection = file::open_to_read(&file)?;
    let read = || {
        let mut statement = connection.prepare(OF_STREAM)?;
        let events = statement.query_map((thing.to_string(), 0), |row| Ok(event(row)?.about(thing)))?;
        events.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(|error| file::unusable_because(&file, &error))
}

/// The columns of a row as the hash chain covers them, and the hash that is stored with them.
pub(super) fn columns<'a>(row: &'a Row<'_>) -> rusqlite::Result<(Columns<'a>, Hash)> {
    let columns = Columns {
        position: row.get(0)?,
        id: row.get_ref(1)?.as_blob()?,
        stream: row.get_ref(2)?.as_str()?,
        revision: row.get(3)?,
        recorded_at: row.get(4)?,
        event_type: row.get_ref(5)?.as_str()?,
        version: row.get(6)?,
        metadata: row.get_ref(7)?.as_blob()?,
        data: row.get_ref(8)?.as_blob()?,
    };
    Ok((columns, row.get(9)?))
}

/// The event in a row of the columns that are selected above.
pub(super) fn event(row: &Row<'_>) -> rusqlite::Result<Read> {
    Ok(StoredEvent {
        position: Position(row.get::<_, i64>(0)?.cast_unsigned()),
        id: EventId(Uuid::from_bytes(row.get(1)?)),
        thing: row.get_ref(2)?.as_str()?.parse().map_err(|error| unreadable(2, Type::Text, error))?,
        revision: row.get::<_, i64>(3)?.cast_unsigned(),
        recorded_at: DateTime::from_timestamp_micros(row.get(4)?)
            .ok_or_else(|| unreadable(4, Type::Integer, "no such instant"))?,
        event_type: row.get(5)?,
        version: row.get(6)?,
        metadata: row.get(7)?,
        data: row.get(8)?,
        proof: Some(row.get(9)?),
    })
}

/// The event, if it is about a thing.
pub(super) fn of_thing(event: Read) -> Option<StoredEvent> {
    match AnyEvent::from(event) {
        AnyEvent::OfThing(event) => Some(event),
        AnyEvent::Aside(_) => None,
    }
}

fn unreadable(column: usize, found: Type, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, found, error.into())
}
