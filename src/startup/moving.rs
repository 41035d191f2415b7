//! A log moves from one store to another, or is gone through where it is.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use app::{
    self,
    copy::{self, Copied, CopyError, CopyTarget},
    known_to_head_file,
};
use chrono::DateTime;
use futures::TryStreamExt;
use projections::{Standing, Walk};
use schema::{StoredEvent, StreamId, ThingId};
use store::{
    EventStore, StoreError,
    embedded::{EmbeddedStore, OpenError},
    eventstoredb::{copied_metadata, is_address},
};
use thiserror::Error;

use super::{StartError, eventstoredb, fold_log, holds_trace_of_log, make_private, open_embedded, refuse_foreign, runtime};
use crate::settings::{Settings, ShorterLog, StoreAddress};

/// Where a log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a data directory.
    Directory(PathBuf),
    /// In EventStoreDB.
    EventStoreDb {
        /// Its connection string.
        address: String,
        /// What the names of our streams begin with.
        prefix: String,
    },
}

impl Place {
    /// The place that `text` names: a connection string of EventStoreDB, or a directory.
    #[must_use]
    pub fn parse(text: &str, prefix: &str) -> Self {
        if is_address(text) {
            return Self::EventStoreDb { address: text.to_owned(), prefix: prefix.to_owned() };
        }
        Self::Directory(text.into())
    }

    fn source(&self, accept_shorter: ShorterLog) -> Result<Arc<dyn EventStore>, StartError> {
        match self {
            Self::Directory(directory) if !holds_trace_of_log(directory) => {
                Err(StartError::NoLog { directory: directory.clone() })
            }
            Self::Directory(directory) => Ok(Arc::new(open_embedded(directory, accept_shorter)?)),
            Self::EventStoreDb { address, prefix } => Ok(Arc::new(eventstoredb(StoreAddress::Said(address), prefix)?)),
        }
    }

    /// An event keeps its instant by the clock of an embedded log, and by its metadata in EventStoreDB.
    fn target(&self) -> Result<CopyTarget, StartError> {
        match self {
            Self::Directory(directory) => {
                refuse_foreign(directory)?;
                make_private(directory).map_err(|source| OpenError::Directory { directory: directory.clone(), source })?;
                let instant = Arc::new(AtomicI64::new(0));
                let clock = Arc::clone(&instant);
                let now = move || DateTime::from_timestamp_micros(clock.load(Ordering::Acquire)).unwrap_or_default();
                let store = Arc::new(EmbeddedStore::open_with_clock(directory, now)?);
                let prepare = move |event: &StoredEvent<StreamId>| {
                    instant.store(event.recorded_at.timestamp_micros(), Ordering::Release);
                    Some(event.metadata.clone())
                };
                Ok(CopyTarget { store, prepare: Box::new(prepare), keeps_instants_apart: false })
            }
            Self::EventStoreDb { address, prefix } => Ok(CopyTarget {
                store: Arc::new(eventstoredb(StoreAddress::Said(address), prefix)?),
                prepare: Box::new(|event| copied_metadata(&event.metadata, event.recorded_at)),
                keeps_instants_apart: true,
            }),
        }
    }
}

/// Why a log was not moved.
#[derive(Debug, Error)]
pub enum MoveError {
    /// One of the places can't be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It was not copied to its end.
    #[error(transparent)]
    Copy(#[from] CopyError),
}

/// Copies the log at `from` to `to`; see [`copy::copy`]. Blocks.
///
/// # Errors
///
/// When a place can't be opened, or the log is not copied to its end.
pub fn copy(from: &Place, to: &Place, accept_shorter: ShorterLog, tell: impl Fn(u64)) -> Result<Copied, MoveError> {
    let runtime = runtime()?;
    runtime.block_on(async {
        let (source, target) = (from.source(accept_shorter)?, to.target()?);
        let copied = copy::copy(&*source, &target, accepted(accept_shorter), tell).await;
        for store in [&source, &target.store] {
            fold_log(&**store).await;
        }
        Ok(copied?)
    })
}

/// How a log of which something is missing has to stand to be gone on with, where the operator said so.
const fn accepted(accept_shorter: ShorterLog) -> Option<Standing> {
    match accept_shorter {
        ShorterLog::AcceptedAt(standing) => Some(standing),
        ShorterLog::Refused | ShorterLog::Accepted => None,
    }
}

/// Goes through the log in EventStoreDB that `settings` name, and holds it against its own seals and the head file of the
/// data directory. Blocks.
///
/// # Errors
///
/// When the log can't be read to its end.
pub fn walk_store(settings: &Settings, address: StoreAddress<'_>) -> Result<Walk, MoveError> {
    let store = eventstoredb(address, &settings.store_prefix)?;
    let known = known_to_head_file(&settings.data);
    let walked = runtime()?.block_on(app::walk(&store, known, async |_| {}));
    Ok(walked.map_err(CopyError::Store)?)
}

/// The stream of a thing in the log that `settings` name, oldest first. Blocks.
pub(super) fn stream_in_store(
    settings: &Settings,
    address: StoreAddress<'_>,
    thing: ThingId,
) -> Result<Vec<StoredEvent>, StoreError> {
    let store = eventstoredb(address, &settings.store_prefix).map_err(|error| StoreError(error.to_string()))?;
    let runtime = runtime().map_err(|error| StoreError(error.to_string()))?;
    runtime.block_on(store.read(thing).try_collect())
}
