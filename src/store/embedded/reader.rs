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
use schema::{EventId, Position, StoredEvent, ThingId};
use tokio::{
    sync::watch,
    task::{JoinHandle, spawn_blocking},
};
use uuid::Uuid;

use super::file::{self, OpenError};
use crate::store::{Delivery, StoreError};

/// A page has no more events than this,
const PAGE_EVENTS_MAX: usize = 2048;
/// and ends once it holds this much.
const PAGE_BYTES_MAX: usize = 8 << 20;
/// Connections kept for the next reader.
const IDLE_MAX: usize = 4;

type Page = Result<Vec<StoredEvent>, StoreError>;

const OF_STREAM: &str = "SELECT position, id, stream, revision, recorded_at, type, version, metadata, data
    FROM event WHERE stream = ?1 AND revision >= ?2 ORDER BY revision";
const OF_LOG: &str = "SELECT position, id, stream, revision, recorded_at, type, version, metadata, data
    FROM event WHERE position > ?1 AND position <= ?2 ORDER BY position";

/// The connections that nobody reads on just now.
pub(super) struct Readers {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub fn new(file: PathBuf) -> Self {
        Self { file, idle: Mutex::default() }
    }

    fn page(&self, select: &str, parameters: impl Params) -> Page {
        let connection = self.connection()?;
        let page = page(&connection, select, parameters).map_err(|error| StoreError(error.to_string()))?;
        self.keep(connection);
        Ok(page)
    }

    fn connection(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| file::open_to_read(&self.file).map_err(|error| StoreError(error.to_string())), Ok)
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
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
            let page = finished(spawn_blocking(move || readers.page(OF_STREAM, (thing.to_string(), from.cast_signed()))).await)?;
            let next = page.last().map(|last| last.revision + 1);
            Ok(Some((page, next)))
        }
    });
    pages.map_ok(|page| stream::iter(page).map(Ok)).try_flatten().boxed()
}

/// Every event after `after`, then live, for as long as the store is open.
pub(super) fn subscribe(
    readers: Arc<Readers>,
    head: watch::Receiver<Position>,
    after: Position,
) -> BoxStream<'static, Result<Delivery, StoreError>> {
    let subscription = Subscription { readers, head, after, ahead: None, caught_up: false };
    stream::try_unfold(subscription, Subscription::next).map_ok(|page| stream::iter(page).map(Ok)).try_flatten().boxed()
}

struct Subscription {
    readers: Arc<Readers>,
    head: watch::Receiver<Position>,
    /// The last position delivered.
    after: Position,
    /// The page after the one that is being looked at is read meanwhile.
    ahead: Option<JoinHandle<Page>>,
    caught_up: bool,
}

impl Subscription {
    async fn next(mut self) -> Result<Option<(Vec<Delivery>, Self)>, StoreError> {
        loop {
            let head = *self.head.borrow_and_update();
            if self.after < head {
                let page = self.page(head).await?;
                return Ok(Some((page.into_iter().map(Delivery::Event).collect(), self)));
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

    async fn page(&mut self, head: Position) -> Page {
        let reading = self.ahead.take().unwrap_or_else(|| self.start_reading(head));
        let page = finished(reading.await)?;
        self.after = page.last().map(|last| last.position).ok_or_else(|| StoreError("the log has become shorter".to_owned()))?;
        self.caught_up = false;
        if self.after < head {
            self.ahead = Some(self.start_reading(head));
        }
        Ok(page)
    }

    fn start_reading(&self, head: Position) -> JoinHandle<Page> {
        let (readers, after) = (Arc::clone(&self.readers), self.after);
        spawn_blocking(move || readers.page(OF_LOG, (after.0.cast_signed(), head.0.cast_signed())))
    }
}

fn finished(page: Result<Page, tokio::task::JoinError>) -> Page {
    page.unwrap_or_else(|error| Err(StoreError(error.to_string())))
}

fn page(connection: &Connection, select: &str, parameters: impl Params) -> rusqlite::Result<Vec<StoredEvent>> {
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

/// Hands the events of the log at `path` up to `last` to `take`, page by page and in order, also while a server has it
/// open. Blocks.
///
/// # Errors
/// When there is no log, it is not ours, or it can't be read.
pub fn replay(path: &Path, last: Position, mut take: impl FnMut(Vec<StoredEvent>)) -> Result<(), OpenError> {
    let file = file::log_at(path);
    let connection = file::open_to_read(&file)?;
    let mut after = 0;
    loop {
        let read = page(&connection, OF_LOG, (after, last.0.cast_signed()));
        let events = read.map_err(|error| file::unusable_because(&file, &error))?;
        let Some(position) = events.last().map(|event| event.position) else { return Ok(()) };
        after = position.0.cast_signed();
        take(events);
    }
}

/// The event in a row of the columns that are selected above.
pub(super) fn event(row: &Row<'_>) -> rusqlite::Result<StoredEvent> {
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
    })
}

fn unreadable(column: usize, found: Type, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, found, error.into())
}
