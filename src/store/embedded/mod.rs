//! The store that is built in: SQLite, one file in a data directory.
//!
//! One thread writes. What has queued while it committed goes into its next transaction, so that many who append at
//! once share a sync; each is answered after the commit that holds its events. Readers have connections of their own.

mod backup;
mod chain;
mod file;
mod reader;
mod verify;
mod writer;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
};

use chrono::{DateTime, Utc};
use futures::{FutureExt, future::BoxFuture, stream::BoxStream};
use schema::{NewEvent, Position, StoredEvent, ThingId};
use tokio::sync::{mpsc, oneshot, watch};

pub use self::{
    backup::{BackedUp, BackupError, backup},
    file::{FILE_NAME, Lock, OpenError, lock},
    reader::replay,
    verify::{Verification, verify},
};
use self::{
    reader::Readers,
    writer::{QUEUE_APPENDS_MAX, Request, Writer},
};
use super::{AppendError, Appended, Delivery, EventStore, Expected, StoreError, refuse_unfit};

/// The embedded store. Dropping it waits until what was queued is answered, and ends its subscriptions.
///
/// Reading and subscribing need a Tokio runtime; appending needs none.
pub struct EmbeddedStore {
    /// `None` only while it is dropped.
    queue: Option<mpsc::Sender<Request>>,
    writer: Option<JoinHandle<()>>,
    readers: Arc<Readers>,
    head: watch::Receiver<Position>,
    commits: Arc<AtomicU64>,
}

impl EmbeddedStore {
    /// Opens the log in `directory`, and makes both where there are none. Blocks until the log is known to be durable.
    ///
    /// # Errors
    /// When the directory can't be written or is in use, or its log is not one that this build can open.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        Self::open_with_clock(directory, Utc::now)
    }

    /// Like [`Self::open`], with another clock than the system's. However `clock` runs, `recorded_at` never falls.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with_clock(directory: &Path, clock: impl Fn() -> DateTime<Utc> + Send + 'static) -> Result<Self, OpenError> {
        let lock = file::lock(directory)?;
        let file = directory.join(FILE_NAME);
        let writer = Writer::open(file.clone(), lock, Box::new(clock))?;
        let (head, commits) = (writer.head(), writer.commits());
        let (queue, requests) = mpsc::channel(QUEUE_APPENDS_MAX);
        let thread = thread::Builder::new().name("log writer".to_owned()).spawn(move || writer.run(requests));
        let thread = thread.map_err(|error| file::unusable_because(&file, &error))?;
        Ok(Self { queue: Some(queue), writer: Some(thread), readers: Arc::new(Readers::new(file)), head, commits })
    }

    /// How many commits there were since it was opened; each may hold many appends.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    async fn send(&self, thing: ThingId, expected: Expected, events: Vec<NewEvent>) -> Result<Appended, AppendError> {
        refuse_unfit(&events)?;
        let (reply, answer) = oneshot::channel();
        let closed = || StoreError("the store is closed".to_owned());
        let queue = self.queue.as_ref().ok_or_else(closed)?;
        queue.send(Request { thing, expected, events, reply }).await.map_err(|_| closed())?;
        answer.await.unwrap_or_else(|_| Err(AppendError::Unknown("the writer stopped before it answered".to_owned())))
    }
}

impl EventStore for EmbeddedStore {
    /// The events are appended also if the future is dropped once it waits for the answer.
    fn append(&self, thing: ThingId, expected: Expected, events: Vec<NewEvent>) -> BoxFuture<'_, Result<Appended, AppendError>> {
        self.send(thing, expected, events).boxed()
    }

    fn read(&self, thing: ThingId) -> BoxStream<'_, Result<StoredEvent, StoreError>> {
        reader::read(Arc::clone(&self.readers), thing)
    }

    fn subscribe(&self, after: Option<Position>) -> BoxStream<'static, Result<Delivery, StoreError>> {
        reader::subscribe(Arc::clone(&self.readers), self.head.clone(), after.unwrap_or_default())
    }

    fn head(&self) -> BoxFuture<'_, Result<Option<Position>, StoreError>> {
        let head = *self.head.borrow();
        async move { Ok((head > Position::default()).then_some(head)) }.boxed()
    }
}

impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has said so on standard error, and whoever waited for it has been told.
            let _ = writer.join();
        }
    }
}
