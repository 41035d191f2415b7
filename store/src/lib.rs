//! The store port: an append-only log of streams, one stream per thing.
//!
//! Nothing above this port may know which store is behind it. Every adapter that records passes the suite in
//! `tests/store_contract.rs`.

pub mod embedded;
pub mod empty;
pub mod eventstoredb;
mod head;
mod identity;

use std::{collections::BTreeMap, sync::Arc};

use futures::{FutureExt, StreamExt, future::BoxFuture, stream::BoxStream};
use schema::{APPEND_BYTES_MAX, AnyEvent, AsideEvent, AsideStream, EventId, NewEvent, Notice, Position, StoredEvent, ThingId};
use thiserror::Error;
use tokio::sync::watch;

pub use self::{
    head::{
        FILE_NAME as HEAD_FILE_NAME, Found as FoundHead, Head, Keeper as HeadKeeper, read as read_head,
        set_aside as set_head_aside,
    },
    identity::Identity,
};

/// What a stream has to look like for an append to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Nothing was ever written to it.
    NoStream,
    /// Its last event has this revision.
    Revision(u64),
}

impl Expected {
    /// What is expected of a stream whose last event is known to have `revision`.
    #[must_use]
    pub const fn after(revision: Option<u64>) -> Self {
        match revision {
            None => Self::NoStream,
            Some(revision) => Self::Revision(revision),
        }
    }

    /// The revision that the first event appended gets; `None` where there is none so high.
    #[must_use]
    pub const fn next_revision(self) -> Option<u64> {
        match self {
            Self::NoStream => Some(0),
            Self::Revision(last) => last.checked_add(1),
        }
    }
}

/// The events are in the log, durably.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The revision of the last of them.
    pub revision: u64,
}

/// Why an append was not acknowledged.
#[derive(Debug, Error)]
pub enum AppendError {
    /// The stream is not as expected; nothing was recorded.
    #[error("the stream has moved to revision {current:?}")]
    Conflict {
        /// The revision of the stream's last event, if it has any.
        current: Option<u64>,
    },
    /// The events may or may not be in the log. Append the same events at the same expectation again to find out.
    #[error("the outcome of the append is unknown: {0}")]
    Unknown(String),
    /// More than [`APPEND_BYTES_MAX`]; nothing was recorded.
    #[error("the events hold {bytes} bytes, {APPEND_BYTES_MAX} are allowed in one append")]
    TooLarge {
        /// How many bytes they hold.
        bytes: usize,
    },
    /// There is nothing to append.
    #[error("an append needs at least one event")]
    Empty,
    /// The store refuses these events, and would again; nothing was recorded. Others it may take.
    #[error("{0}")]
    Refused(String),
    /// The store can't be used; this call recorded nothing. An earlier one whose outcome is unknown may still have.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Refuses what no store may take.
///
/// # Errors
/// When there are no events, or more than [`APPEND_BYTES_MAX`].
pub fn refuse_unfit(events: &[NewEvent]) -> Result<(), AppendError> {
    let bytes = events.iter().map(|event| event.data.len() + event.metadata.len() + 2 * event.event_type.len()).sum();
    match bytes {
        _ if events.is_empty() => Err(AppendError::Empty),
        bytes if bytes > APPEND_BYTES_MAX => Err(AppendError::TooLarge { bytes }),
        _ => Ok(()),
    }
}

/// A fault of the store itself: nothing that a user did.
#[derive(Debug, Clone, Error)]
#[error("{0}")]
pub struct StoreError(pub String);

/// An act that is not as it was recorded, or that is not where it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// The act as it is found, where that much of it can be read.
    pub act: Option<StoredEvent>,
    /// What is wrong with it.
    pub reason: String,
}

/// What is known of whether the log is as it was recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Soundness {
    /// Whether as much of it is checked as has to be before anything is answered from it.
    pub checked: bool,
    /// The acts that are damaged, by their positions.
    pub damaged: Arc<BTreeMap<Position, Damaged>>,
    /// What else is wrong with it.
    pub fault: Option<String>,
}

impl Soundness {
    /// What is wrong, in one sentence, and what to do; `None` while nothing is.
    #[must_use]
    pub fn complaint(&self) -> Option<String> {
        let wrong = match (&self.fault, self.damaged.first_key_value()) {
            (None, None) => return None,
            (Some(fault), _) => fault.clone(),
            (None, Some((position, first))) => {
                let count = self.damaged.len();
                format!("{count} acts are damaged, the first at position {}: {}", position.0, first.reason)
            }
        };
        Some(format!(
            "the log is damaged ({wrong}); stop the service, run 'milepost verify', then restore a backup or salvage what is left"
        ))
    }
}

/// A hash as text: 64 hexadecimal digits.
#[must_use]
pub fn hexadecimal(hash: &[u8; 32]) -> String {
    let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// What a subscription delivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The next event in global order.
    Event(StoredEvent),
    /// The next event in global order, of a stream beside the things.
    Aside(AsideEvent),
    /// What the store tells of a stream; may be told again.
    Told(Notice),
    /// Everything that was in the log is delivered; what follows is live. May be said again.
    CaughtUp,
}

impl From<AnyEvent> for Delivery {
    fn from(event: AnyEvent) -> Self {
        match event {
            AnyEvent::OfThing(event) => Self::Event(event),
            AnyEvent::Aside(event) => Self::Aside(event),
        }
    }
}

/// An append-only log of streams.
pub trait EventStore: Send + Sync {
    /// Appends all of `events` to the stream of `thing`, or none.
    ///
    /// Returning `Ok` means they are durable. Appending the same ids again at the same expectation succeeds without
    /// effect, also when the stream has moved on since; a part of them, or others at that place, is a conflict.
    fn append(&self, thing: ThingId, expected: Expected, events: Vec<NewEvent>) -> BoxFuture<'_, Result<Appended, AppendError>>;

    /// As [`Self::append`], to a stream beside the things.
    fn append_aside(
        &self,
        _stream: &AsideStream,
        _expected: Expected,
        _events: Vec<NewEvent>,
    ) -> BoxFuture<'_, Result<Appended, AppendError>> {
        async { Err(AppendError::Refused("this store keeps no streams beside those of things".to_owned())) }.boxed()
    }

    /// The deployment under whose name this log has to be sealed; `None` for a store that proves by itself that it is whole.
    fn to_be_sealed(&self) -> Option<&str> {
        None
    }

    /// Whether other processes may write to the log at the same time.
    fn is_shared(&self) -> bool {
        false
    }

    /// The stream of `thing`, oldest first. A stream never written is empty, not an error.
    fn read(&self, thing: ThingId) -> BoxStream<'_, Result<StoredEvent, StoreError>>;

    /// Every event after `after` in global order, then live, until dropped. Gaps between positions are allowed;
    /// repeats and reordering are not. `recorded_at` is what the store's clock showed, in whole microseconds, so that it
    /// falls where that was set back. After an error the stream ends; subscribe again after the last position seen.
    fn subscribe(&self, after: Option<Position>) -> BoxStream<'static, Result<Delivery, StoreError>>;

    /// The position of the last event in the log; `None` when it is empty.
    fn head(&self) -> BoxFuture<'_, Result<Option<Position>, StoreError>>;

    /// What is known of whether the log is sound, as it becomes known. A store that checks nothing itself has nothing to
    /// say, and what it holds counts as checked.
    fn soundness(&self) -> watch::Receiver<Soundness> {
        watch::channel(Soundness { checked: true, ..Soundness::default() }).1
    }

    /// The store's own hash over all acts up to `position`, where it keeps one and has an act there.
    fn proof_at(&self, _position: Position) -> BoxFuture<'_, Result<Option<[u8; 32]>, StoreError>> {
        async { Ok(None) }.boxed()
    }

    /// Finds out whether the log can be written to, by a write that leaves nothing in the record.
    fn probe(&self) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Ends it well: what was queued is answered, nothing more is taken, and what is recorded is where it is to stay.
    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        async { Ok(()) }.boxed()
    }

    /// Forgets what is known of the log by its positions: it has been put in the place of another.
    fn begin_anew(&self) {}

    /// The id of the event at `position`; `None` where this log has none.
    fn event_at(&self, position: Position) -> BoxFuture<'_, Result<Option<EventId>, StoreError>> {
        async move {
            let before = position.0.checked_sub(1).map(Position);
            let mut log = self.subscribe(before);
            loop {
                return match log.next().await.transpose()? {
                    Some(Delivery::Event(event)) => Ok((event.position == position).then_some(event.id)),
                    Some(Delivery::Aside(event)) => Ok((event.position == position).then_some(event.id)),
                    Some(Delivery::Told(_)) => continue,
                    Some(Delivery::CaughtUp) | None => Ok(None),
                };
            }
        }
        .boxed()
    }
}
