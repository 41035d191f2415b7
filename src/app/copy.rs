//! A log moves house: every event of one store is appended to another, in the same order, with the same ids, dates and
//! metadata. What was copied before is recognised, so that a copy that was cut short goes on where it was.

use std::sync::Arc;

use futures::{StreamExt, stream::BoxStream};
use projections::{Entry, Picture};
use schema::{EventId, NewEvent, StoredEvent, event_type_name};
use thiserror::Error;
use tokio::time::{Duration, sleep, timeout};

use crate::store::{AppendError, Delivery, EventStore, Expected, StoreError};

/// How often an append whose outcome is unknown is sent again.
const APPENDS_MAX: u32 = 8;
/// The pause before that; doubled each time.
const PAUSE: Duration = Duration::from_millis(100);
/// How many events are folded at once when the two logs are compared.
const FOLD_EVENTS: usize = 8192;
/// How long the next event is waited for when the two logs are compared.
const COMPARE_WAIT: Duration = Duration::from_secs(30);

/// What a store delivers of its log.
type Deliveries = BoxStream<'static, Result<Delivery, StoreError>>;

/// What an event's metadata becomes in another store; `None` if it can't be copied.
type Prepare = dyn Fn(&StoredEvent) -> Option<Vec<u8>> + Send + Sync;

/// Where events go. `prepare` gives the metadata that an event is appended with, so that it keeps its instant there.
pub struct CopyTarget {
    /// The store.
    pub store: Arc<dyn EventStore>,
    /// What to append in the place of an event's metadata; `None` if it can't be copied.
    pub prepare: Box<Prepare>,
}

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// How many events both logs now hold.
    pub events: u64,
    /// How many of them were in the target before.
    pub there_before: u64,
    /// The hash of the picture that is folded of either log.
    pub picture: [u8; 32],
}

/// Why a log was not copied, or not to its end. What was copied stays, and a further try goes on from there.
#[derive(Debug, Error)]
pub enum CopyError {
    /// One of the stores can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The target holds something else.
    #[error(
        "the target holds another event at place {0} of its log than the source; choose a target that is empty, or was begun with this source"
    )]
    OtherLog(u64),
    /// An event can't be copied by this build.
    #[error("the event {0} can't be copied by this build; start the build that wrote it, or a newer one")]
    Unreadable(EventId),
    /// The target refuses an event.
    #[error("the event {event} is not taken by the target: {reason}")]
    Refused {
        /// The event.
        event: EventId,
        /// Why.
        reason: AppendError,
    },
    /// The two logs do not say the same.
    #[error("the copy differs from its source at place {0}; do not use it")]
    Differs(u64),
}

/// Copies the log of `source` to `target`, and compares the two. `tell` hears how many events are there, now and then.
///
/// # Errors
///
/// When a store fails, the target holds something else, or the copy differs.
pub async fn copy(source: &dyn EventStore, target: &CopyTarget, tell: impl Fn(u64)) -> Result<Copied, CopyError> {
    let there = ids(&*target.store).await?;
    let mut log = source.subscribe(None);
    let mut events = 0_u64;
    while let Some(delivery) = log.next().await {
        let Delivery::Event(event) = delivery? else { break };
        match usize::try_from(events).ok().and_then(|at| there.get(at)) {
            Some(id) if *id == event.id => {}
            Some(_) => return Err(CopyError::OtherLog(events + 1)),
            None => append(target, &event).await?,
        }
        events += 1;
        tell(events);
    }
    let there_before = there.len() as u64;
    if there_before > events {
        return Err(CopyError::OtherLog(events + 1));
    }
    let picture = compare(source, &*target.store, events).await?;
    Ok(Copied { events, there_before, picture })
}

/// The ids of the events in a log, in their order.
async fn ids(store: &dyn EventStore) -> Result<Vec<EventId>, StoreError> {
    let mut ids = Vec::new();
    let mut log = store.subscribe(None);
    while let Some(delivery) = log.next().await {
        match delivery? {
            Delivery::Event(event) => ids.push(event.id),
            Delivery::CaughtUp => break,
        }
    }
    Ok(ids)
}

async fn append(target: &CopyTarget, event: &StoredEvent) -> Result<(), CopyError> {
    let unreadable = || CopyError::Unreadable(event.id);
    let new = NewEvent {
        id: event.id,
        event_type: event_type_name(&event.event_type).ok_or_else(unreadable)?,
        version: event.version,
        metadata: (target.prepare)(event).ok_or_else(unreadable)?,
        data: event.data.clone(),
    };
    let expected = Expected::after(event.revision.checked_sub(1));
    let (mut attempts, mut pause) = (1, PAUSE);
    loop {
        match target.store.append(event.thing, expected, vec![new.clone()]).await {
            Ok(_) => return Ok(()),
            Err(AppendError::Unknown(_) | AppendError::Store(_)) if attempts < APPENDS_MAX => {}
            Err(reason) => return Err(CopyError::Refused { event: event.id, reason }),
        }
        sleep(pause).await;
        pause *= 2;
        attempts += 1;
    }
}

/// Reads both logs side by side: every event has to say the same, and to lie at the same place. Gives the hash of the
/// picture, folded of each of them.
async fn compare(source: &dyn EventStore, target: &dyn EventStore, events: u64) -> Result<[u8; 32], CopyError> {
    let (mut one, mut other) = (source.subscribe(None), target.subscribe(None));
    let mut pictures = [Picture::default(), Picture::default()];
    let mut batches = [Vec::with_capacity(FOLD_EVENTS), Vec::with_capacity(FOLD_EVENTS)];
    for place in 1..=events {
        let differs = || CopyError::Differs(place);
        let original = event_of(&mut one, differs).await?;
        let copy = event_of(&mut other, differs).await?;
        if !says_the_same(&original, &copy) {
            return Err(differs());
        }
        batches[0].push(original);
        batches[1].push(copy);
        if place == events || batches[0].len() == FOLD_EVENTS {
            for (picture, batch) in pictures.iter_mut().zip(&mut batches) {
                *picture = picture.with(batch.drain(..).map(|event| Entry::from(&event)));
            }
        }
    }
    let [source, target] = pictures.map(|picture| picture.hash());
    if source == target { Ok(source) } else { Err(CopyError::Differs(events)) }
}

/// The next event of `log`. That it is caught up may be said more than once, and early by a node that lags.
async fn event_of(log: &mut Deliveries, differs: impl Fn() -> CopyError) -> Result<StoredEvent, CopyError> {
    let next = async {
        loop {
            match log.next().await {
                Some(Ok(Delivery::Event(event))) => return Ok(event),
                Some(Ok(Delivery::CaughtUp)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Err(differs()),
            }
        }
    };
    timeout(COMPARE_WAIT, next).await.unwrap_or_else(|_| Err(differs()))
}

/// Whether two events are the same but for where in their log they lie.
fn says_the_same(one: &StoredEvent, other: &StoredEvent) -> bool {
    StoredEvent { position: other.position, proof: other.proof, ..one.clone() } == *other
}
