//! The store that is built in: SQLite, one file in a data directory.
//!
//! One thread writes. What has queued while it committed goes into its next transaction, so that many who append at
//! once share a sync; each is answered after the commit that holds its events. Readers have connections of their own.

mod backup;
mod chain;
mod evidence;
mod file;
mod frames;
mod live;
mod probe;
mod reader;
mod restore;
mod rewrite;
mod salvage;
mod soundness;
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
use schema::{AsideStream, NewEvent, Position, StoredEvent, StreamId, ThingId};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::spawn_blocking,
};

pub use self::{
    backup::{BackedUp, BackupError, backup, backup_against},
    evidence::{Claim, Loss},
    file::{FILE_NAME, Lock, OpenError, WRITE_AHEAD_NAME, lock},
    reader::{replay, stream_of},
    restore::{RestoreError, restore},
    salvage::{Salvaged, salvage},
    verify::{Verification, verify, verify_against},
};
use self::{
    evidence::{End, Left},
    live::Live,
    reader::Readers,
    soundness::{Walk, Watch},
    writer::{Append, Outcome, QUEUE_APPENDS_MAX, Request, Writer},
};
use super::{AppendError, Appended, Delivery, EventStore, Expected, Soundness, StoreError, head, refuse_unfit};

/// The embedded store. Dropping it waits until what was queued is answered, and ends its subscriptions.
///
/// Reading and subscribing need a Tokio runtime; appending needs none.
pub struct EmbeddedStore {
    queue: mpsc::Sender<Request>,
    writer: Option<JoinHandle<()>>,
    readers: Arc<Readers>,
    live: Arc<Live>,
    head: watch::Receiver<Position>,
    commits: Arc<AtomicU64>,
    watch: Watch,
    walk: Walk,
}

/// How a log is opened.
pub struct Opening {
    /// What stands beside the log, but for the head file, and says what it holds.
    pub claims: Vec<Claim>,
    /// Whether a log that holds less than that is to be gone on with. What says so is set aside first.
    pub accept_shorter: bool,
    /// Says what time it is. However it runs, `recorded_at` never falls.
    pub clock: Box<dyn Fn() -> DateTime<Utc> + Send>,
}

impl Default for Opening {
    fn default() -> Self {
        Self { claims: Vec::new(), accept_shorter: false, clock: Box::new(Utc::now) }
    }
}

impl EmbeddedStore {
    /// Opens the log in `directory`, and makes both where there are none. Blocks until the log is known to be durable.
    ///
    /// # Errors
    /// When the directory can't be written or is in use, its log is not one that this build can open, or it holds less
    /// than its head file says.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        Self::open_as(directory, Opening::default())
    }

    /// Like [`Self::open`], with another clock than the system's.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with_clock(directory: &Path, clock: impl Fn() -> DateTime<Utc> + Send + 'static) -> Result<Self, OpenError> {
        Self::open_as(directory, Opening { clock: Box::new(clock), ..Opening::default() })
    }

    /// Like [`Self::open`], in a stated way.
    ///
    /// # Errors
    /// As [`Self::open`], and when the log holds less than is claimed. Then nothing is changed in the directory.
    pub fn open_as(directory: &Path, opening: Opening) -> Result<Self, OpenError> {
        let lock = file::lock(directory)?;
        let Opening { mut claims, accept_shorter, clock } = opening;
        let file = directory.join(FILE_NAME);
        let unusable = |error| file::unusable_because(&file, &error);
        let witness = evidence::of_head_file(directory)?;
        let end = End::of(&file).map_err(unusable)?;
        if let Some((head, claim)) = witness {
            if !head.closed && head::is_of_an_earlier_run(&head) {
                tracing::warn!(
                    proven = head.acts,
                    "the machine went down while the log was open; whether acts that were acknowledged in the last second \
                     before are all there can't be proven"
                );
            }
            claims.push(claim);
        }
        let checked = evidence::check(directory, &claims).and_then(|()| end.check(directory));
        match checked.map_err(|loss| (Left::after(&loss).filter(|_| accept_shorter), loss)) {
            Ok(()) => {}
            Err((None, loss)) => return Err(loss),
            Err((Some(left), loss)) => {
                let aside = evidence::set_aside(directory, &claims, left).map_err(unusable)?;
                tracing::warn!(%loss, aside = %aside.display(), "the shorter log is gone on with, as was asked");
            }
        }
        Self::start(directory, lock, clock)
    }

    fn start(directory: &Path, lock: Lock, clock: writer::Clock) -> Result<Self, OpenError> {
        let file = directory.join(FILE_NAME);
        let writer = Writer::open(directory, lock, clock)?;
        let (head, commits, live) = (writer.head(), writer.commits(), writer.live());
        let (queue, requests) = mpsc::channel(QUEUE_APPENDS_MAX);
        let thread = thread::Builder::new().name("log writer".to_owned()).spawn(move || writer.run(requests));
        let thread = thread.map_err(|error| file::unusable_because(&file, &error))?;
        let (watch, walk) = (Watch::default(), Walk::default());
        walk.begin(&file, head.borrow().0.cast_signed(), &watch);
        let readers = Arc::new(Readers::new(file, watch.clone()));
        Ok(Self { queue, writer: Some(thread), readers, live, head, commits, watch, walk })
    }

    /// How many commits there were since it was opened; each may hold many appends.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    async fn send(&self, stream: StreamId, expected: Expected, events: Vec<NewEvent>) -> Result<Appended, AppendError> {
        refuse_unfit(&events)?;
        self.ask(|reply| Request::Append(Append { stream, expected, events, reply })).await
    }

    /// Queues a request, and waits for its answer.
    async fn ask(&self, request: impl FnOnce(oneshot::Sender<Outcome>) -> Request) -> Outcome {
        let (reply, answer) = oneshot::channel();
        self.queue.send(request(reply)).await.map_err(|_| closed())?;
        answer.await.unwrap_or_else(|_| Err(AppendError::Unknown("the writer stopped before it answered".to_owned())))
    }

    async fn end(&self) -> Result<(), StoreError> {
        self.walk.stop();
        self.readers.close();
        let (reply, answer) = oneshot::channel();
        // The files of a damaged log are evidence of what was recorded.
        let folds = self.watch.receiver().borrow().complaint().is_none();
        self.queue.send(Request::Close { folds, reply }).await.map_err(|_| closed())?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }
}

fn closed() -> StoreError {
    StoreError("the store is closed".to_owned())
}

impl EventStore for EmbeddedStore {
    /// The events are appended also if the future is dropped once it waits for the answer.
    fn append(&self, thing: ThingId, expected: Expected, events: Vec<NewEvent>) -> BoxFuture<'_, Result<Appended, AppendError>> {
        self.send(StreamId::Thing(thing), expected, events).boxed()
    }

    fn append_aside(
        &self,
        stream: &AsideStream,
        expected: Expected,
        events: Vec<NewEvent>,
    ) -> BoxFuture<'_, Result<Appended, AppendError>> {
        self.send(StreamId::Aside(stream.clone()), expected, events).boxed()
    }

    fn read(&self, thing: ThingId) -> BoxStream<'_, Result<StoredEvent, StoreError>> {
        reader::read(Arc::clone(&self.readers), thing)
    }

    fn subscribe(&self, after: Option<Position>) -> BoxStream<'static, Result<Delivery, StoreError>> {
        let (readers, live) = (Arc::clone(&self.readers), Arc::clone(&self.live));
        reader::subscribe(readers, live, self.head.clone(), after.unwrap_or_default())
    }

    fn head(&self) -> BoxFuture<'_, Result<Option<Position>, StoreError>> {
        let head = *self.head.borrow();
        async move { Ok((head > Position::default()).then_some(head)) }.boxed()
    }

    fn soundness(&self) -> watch::Receiver<Soundness> {
        self.watch.receiver()
    }

    fn proof_at(&self, position: Position) -> BoxFuture<'_, Result<Option<[u8; 32]>, StoreError>> {
        let readers = Arc::clone(&self.readers);
        let read = spawn_blocking(move || readers.proof_at(position));
        async move { read.await.unwrap_or_else(|error| Err(StoreError(error.to_string()))) }.boxed()
    }

    fn probe(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        async move { self.ask(probe::request).await.map(drop).map_err(|error| StoreError(error.to_string())) }.boxed()
    }

    /// Then the one file is the whole log, unless another process reads it at that moment.
    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.end().boxed()
    }
}

impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        self.walk.stop();
        self.readers.close();
        // The writer works until nobody can ask it any more.
        self.queue = mpsc::channel(1).0;
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has said so on standard error, and whoever waited for it has been told.
            let _ = writer.join();
        }
    }
}
