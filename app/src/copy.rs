//! A log moves house: every event of one store is appended to another, in the same order, with the same ids, dates and
//! metadata. What was copied before is recognised, so that a copy that was cut short goes on where it was.

use std::sync::Arc;

use futures::{StreamExt, stream::BoxStream};
use projections::{Entry, Picture, Standing, Walk};
use schema::{APPEND_BYTES_MAX, AnyEvent, EventId, NewEvent, StoredEvent, StreamId, event_type_name};
use store::{AppendError, Delivery, EventStore, Expected, StoreError};
use thiserror::Error;
use tokio::time::{Duration, sleep, timeout};

use super::walk;

/// An event of any stream.
type Event = StoredEvent<StreamId>;

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
type Prepare = dyn Fn(&Event) -> Option<Vec<u8>> + Send + Sync;

/// Where events go. `prepare` gives the metadata that an event is appended with, so that it keeps its instant there.
pub struct CopyTarget {
    /// The store.
    pub store: Arc<dyn EventStore>,
    /// What to append in the place of an event's metadata; `None` if it can't be copied.
    pub prepare: Box<Prepare>,
    /// Whether events of one append can have instants that differ.
    pub keeps_instants_apart: bool,
}

/// The most events in one append.
const TOGETHER_EVENTS_MAX: usize = 1000;

/// Neighbouring events of one stream, which go in one append. Appends follow each other: of several under way, one that
/// fails would ruin the order.
#[derive(Default)]
struct Together {
    events: Vec<Event>,
    bytes: usize,
}

impl Together {
    /// Whether `event` can go in the same append.
    fn takes(&self, event: &Event, target: &CopyTarget) -> bool {
        self.events.last().is_none_or(|last| {
            last.thing == event.thing
                && last.revision.checked_add(1) == Some(event.revision)
                && (target.keeps_instants_apart || last.recorded_at == event.recorded_at)
                && self.events.len() < TOGETHER_EVENTS_MAX
                && self.bytes + bytes(event) <= APPEND_BYTES_MAX
        })
    }

    fn push(&mut self, event: Event) {
        self.bytes += bytes(&event);
        self.events.push(event);
    }
}

/// No less than what `event` counts for in an append: a copied one carries its instant, and its type a version.
fn bytes(event: &Event) -> usize {
    const ADDED: usize = 128;
    event.data.len() + event.metadata.len() + 2 * event.event_type.len() + ADDED
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
    /// Something is missing in the source.
    #[error("acts are missing in the source ({reason}); restore it, or copy what is there by --accept-shorter-log={standing}")]
    Incomplete {
        /// What was found.
        reason: String,
        /// How the source stands.
        standing: Standing,
    },
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

/// Copies the log of `source` to `target`, and compares the two. `tell` hears how many events are there, now and then. A log
/// of which something is missing is copied only if it stands as was `accepted`.
///
/// # Errors
///
/// When something is missing in the source, a store fails, the target holds something else, or the copy differs.
pub async fn copy(
    source: &dyn EventStore,
    target: &CopyTarget,
    accepted: Option<Standing>,
    tell: impl Fn(u64),
) -> Result<Copied, CopyError> {
    refuse_incomplete(source, accepted).await?;
    let there = ids(&*target.store).await?;
    let mut log = source.subscribe(None);
    let mut events = 0_u64;
    let mut together = Together::default();
    while let Some(delivery) = log.next().await {
        let event = match of(delivery?) {
            Of::Log(event) => event,
            Of::Store => continue,
            Of::End => break,
        };
        match usize::try_from(events).ok().and_then(|at| there.get(at)) {
            Some(id) if *id == event.id => {}
            Some(_) => return Err(CopyError::OtherLog(events + 1)),
            None => {
                if !together.takes(&event, target) {
                    append(target, std::mem::take(&mut together)).await?;
                }
                together.push(event);
            }
        }
        events += 1;
        tell(events);
    }
    append(target, together).await?;
    let there_before = there.len() as u64;
    if there_before > events {
        return Err(CopyError::OtherLog(events + 1));
    }
    let picture = compare(source, &*target.store, events).await?;
    Ok(Copied { events, there_before, picture })
}

/// What a delivery is to whoever copies.
enum Of {
    /// An event of the log.
    Log(Event),
    /// The store's word on a stream.
    Store,
    /// Everything is delivered.
    End,
}

fn of(delivery: Delivery) -> Of {
    match delivery {
        Delivery::Event(event) => Of::Log(AnyEvent::OfThing(event).named()),
        Delivery::Aside(event) => Of::Log(AnyEvent::Aside(event).named()),
        Delivery::Told(_) => Of::Store,
        Delivery::CaughtUp => Of::End,
    }
}

/// Refuses a log of which something is missing, unless it stands as was `accepted`.
async fn refuse_incomplete(source: &dyn EventStore, accepted: Option<Standing>) -> Result<(), CopyError> {
    let walk = walk(source, None, async |_| {}).await?;
    let standing = walk.wholeness().standing();
    match complaint(&walk) {
        Some(reason) if accepted != Some(standing) => Err(CopyError::Incomplete { reason, standing }),
        _ => Ok(()),
    }
}

/// What is missing of a log that was gone through, if anything is.
fn complaint(walk: &Walk) -> Option<String> {
    let of_streams = walk.holes().first().map(|first| format!("at {} places, the first: {first}", walk.hole_count()));
    walk.wholeness().loss().map(|loss| loss.reason.clone()).or(of_streams)
}

/// The ids of the events in a log, in their order.
async fn ids(store: &dyn EventStore) -> Result<Vec<EventId>, StoreError> {
    let mut ids = Vec::new();
    let mut log = store.subscribe(None);
    while let Some(delivery) = log.next().await {
        match of(delivery?) {
            Of::Log(event) => ids.push(event.id),
            Of::Store => {}
            Of::End => break,
        }
    }
    Ok(ids)
}

/// What is appended for `event`.
fn copied(target: &CopyTarget, event: &Event) -> Result<NewEvent, CopyError> {
    let unreadable = || CopyError::Unreadable(event.id);
    Ok(NewEvent {
        id: event.id,
        event_type: event_type_name(&event.event_type).ok_or_else(unreadable)?,
        version: event.version,
        metadata: (target.prepare)(event).ok_or_else(unreadable)?,
        data: event.data.clone(),
    })
}

async fn append(target: &CopyTarget, together: Together) -> Result<(), CopyError> {
    let Some(first) = together.events.first() else { return Ok(()) };
    let new: Vec<_> = together.events.iter().map(|event| copied(target, event)).collect::<Result<_, _>>()?;
    let expected = Expected::after(first.revision.checked_sub(1));
    let (mut attempts, mut pause) = (1, PAUSE);
    loop {
        let appended = match &first.thing {
            StreamId::Thing(thing) => target.store.append(*thing, expected, new.clone()).await,
            StreamId::Aside(stream) => target.store.append_aside(stream, expected, new.clone()).await,
        };
        match appended {
            Ok(_) => return Ok(()),
            Err(AppendError::Unknown(_) | AppendError::Store(_)) if attempts < APPENDS_MAX => {}
            Err(reason) => return Err(CopyError::Refused { event: first.id, reason }),
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
                *picture = picture.with(batch.drain(..).map(|event| Entry::from(AnyEvent::from(event))));
            }
        }
    }
    let [source, target] = pictures.map(|picture| picture.hash());
    if source == target { Ok(source) } else { Err(CopyError::Differs(events)) }
}

/// The next event of `log`. That it is caught up may be said more than once, and early by a node that lags.
async fn event_of(log: &mut Deliveries, differs: impl Fn() -> CopyError) -> Result<Event, CopyError> {
    let next = async {
        loop {
            match log.next().await {
                Some(Ok(delivery)) => {
                    if let Of::Log(event) = of(delivery) {
                        return Ok(event);
                    }
                }
                Some(Err(error)) => return Err(error.into()),
                None => return Err(differs()),
            }
        }
    };
    timeout(COMPARE_WAIT, next).await.unwrap_or_else(|_| Err(differs()))
}

/// Whether two events are the same but for where in their log they lie.
fn says_the_same(one: &Event, other: &Event) -> bool {
    StoredEvent { position: other.position, proof: other.proof, ..one.clone() } == *other
}
