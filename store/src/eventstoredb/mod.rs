//! The store for those who outgrow one machine: EventStoreDB, now KurrentDB, as one node or a cluster.
//!
//! Each thing has a stream of its own under the deployment's prefix: `milepost_permit-…`. Events of others and of the
//! server's own, which lie between ours, are passed over. The client has traps that are worked around here, each where
//! it would catch us:
//!
//! - a client whose first connection fails is dead for good, and one whose node is gone keeps to it: `connection`;
//! - a call of its costs 44 ms, its sessions end at the first refusal and are never reset: commands go another way, over a
//!   thin client of our own (`link`, `session`), and `meaning` has what the server's codes say;
//! - a subscription that the server ends spins, and one that is silent stays so: `subscription`;
//! - what can't be reached, it does not say why: `diagnosis`.
//!
//! Everything has a deadline.

mod address;
mod append;
mod channel;
mod connection;
mod diagnosis;
mod doubts;
mod interface;
mod kept;
mod link;
mod meaning;
mod probe;
mod read;
mod resume;
mod session;
mod subscription;
mod tls;
mod wire;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures::{FutureExt, future::BoxFuture, stream::BoxStream};
use schema::{AsideStream, EventId, NewEvent, Position, StoredEvent, ThingId};

use self::{
    address::Origin, append::Appender, connection::Connection, kept::Pauses, probe::LastAct, resume::Resume, wire::Names,
};
pub use self::{
    address::{check_address, is_address},
    wire::copied_metadata,
};
use super::{AppendError, Appended, Delivery, EventStore, Expected, StoreError};

/// What all that is done for one store knows.
struct Shared {
    connection: Connection,
    names: Names,
    resume: Resume,
    /// Between subscriptions that fail.
    pauses: Pauses,
}

/// The store in EventStoreDB. Using it needs a Tokio runtime with threads of its own.
pub struct EventStoreDb {
    shared: Arc<Shared>,
    appender: Appender,
    appends: AtomicU64,
    last: LastAct,
    deployment: String,
}

impl EventStoreDb {
    /// The store at `address`, a connection string such as `esdb://user:password@host:2113?tls=true`, under the prefix
    /// of `deployment`. Connects when it is first used; whatever is wrong with the address is said then.
    #[must_use]
    pub fn new(address: &str, deployment: &str) -> Self {
        Self::at(Origin::Said(address.to_owned()), deployment)
    }

    /// As [`Self::new`], with an address that stands in a file. That is read again whenever a connection is made or the
    /// credentials are refused, so that a password can be changed.
    #[must_use]
    pub fn from_file(file: PathBuf, deployment: &str) -> Self {
        Self::at(Origin::File(file), deployment)
    }

    fn at(origin: Origin, deployment: &str) -> Self {
        let names = Names::of(deployment);
        let connection = Connection::new(origin);
        let shared = Arc::new(Shared { connection, names, resume: Resume::default(), pauses: Pauses::default() });
        Self {
            appender: Appender::new(Arc::clone(&shared)),
            shared,
            appends: AtomicU64::new(0),
            last: LastAct::default(),
            deployment: deployment.to_owned(),
        }
    }

    /// How many appends were acknowledged since it was made.
    #[must_use]
    pub fn appends(&self) -> u64 {
        self.appends.load(Ordering::Relaxed)
    }
}

impl EventStore for EventStoreDb {
    fn append(&self, thing: ThingId, expected: Expected, events: Vec<NewEvent>) -> BoxFuture<'_, Result<Appended, AppendError>> {
        async move {
            let appended = self.appender.append(&thing, expected, &events).await?;
            self.appends.fetch_add(1, Ordering::Relaxed);
            self.last.note(thing, expected, events);
            Ok(appended)
        }
        .boxed()
    }

    fn append_aside(
        &self,
        stream: &AsideStream,
        expected: Expected,
        events: Vec<NewEvent>,
    ) -> BoxFuture<'_, Result<Appended, AppendError>> {
        let stream = stream.clone();
        async move { self.appender.append(&stream, expected, &events).await }.boxed()
    }

    fn to_be_sealed(&self) -> Option<&str> {
        Some(&self.deployment)
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn read(&self, thing: ThingId) -> BoxStream<'_, Result<StoredEvent, StoreError>> {
        read::stream(&self.shared, thing)
    }

    fn subscribe(&self, after: Option<Position>) -> BoxStream<'static, Result<Delivery, StoreError>> {
        subscription::subscribe(Arc::clone(&self.shared), after)
    }

    fn head(&self) -> BoxFuture<'_, Result<Option<Position>, StoreError>> {
        read::head(&self.shared).boxed()
    }

    fn probe(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        probe::probe(&self.shared, &self.appender, &self.last).boxed()
    }

    fn begin_anew(&self) {
        self.shared.resume.forget();
    }

    fn event_at(&self, position: Position) -> BoxFuture<'_, Result<Option<EventId>, StoreError>> {
        read::event_at(&self.shared, position).boxed()
    }
}
