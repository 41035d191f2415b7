//! Turns: those who write to one thing do so one after the other, in the order in which they came.
//!
//! Each decides on what the one before has recorded, where all at once would race for the next revision, and all but one
//! decide in vain. Writers of other replicas are not seen here; with them there is a race, and the store says who won. A replica
//! that hears of acts a little sooner than another would win every time: whoever has just recorded lets others go first for a
//! moment, now and then while nobody else is seen, and each time while somebody is.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
};

use schema::ThingId;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Duration,
};
use uuid::Uuid;

/// How many of those who may be refused wait at once, for whichever things. Each takes one of the places in which requests
/// are worked on, of which as many have to be left for those who wait for nobody.
const WAITING_MAX: usize = 128;

/// As many things are kept before those that nobody writes to any more are forgotten.
const THINGS_KEPT: usize = 1024;

/// The longest that others are let go first: what a replica on the same network may hear later than another.
const PAUSE_MAX: Duration = Duration::from_millis(4);

/// One turn in so many lets others go first while nobody else is seen to write to the thing.
const TURNS_PER_PAUSE: u8 = 4;

/// For so many turns after another was seen to write to the thing, each lets others go first.
const TURNS_CONTESTED: u32 = 64;

/// Who is next, for each thing that somebody writes to.
#[derive(Default)]
pub(super) struct Turns {
    things: Mutex<HashMap<ThingId, Weak<Queue>>>,
    waiting: Arc<AtomicUsize>,
}

/// Those who write to one thing.
struct Queue {
    turn: Arc<Semaphore>,
    /// The revision up to which the one whose turn it was recorded.
    recorded: Mutex<Option<u64>>,
    /// In how many more turns others are known to write to it.
    contested: AtomicU32,
}

/// Somebody's turn to write to a thing; over when it is dropped.
pub(super) struct Turn {
    queue: Arc<Queue>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Turn {
    /// The revision up to which those before are known to have recorded.
    pub(super) fn recorded(&self) -> Option<u64> {
        *self.queue.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the next that the thing is recorded up to `revision`.
    pub(super) fn note(&self, revision: Option<u64>) {
        *self.queue.recorded.lock().unwrap_or_else(PoisonError::into_inner) = revision;
    }

    /// How long to let writers of other replicas go first, after those before recorded here; `others` tells whether one of them
    /// has recorded since.
    pub(super) fn pause(&self, others: bool) -> Option<Duration> {
        let contested = &self.queue.contested;
        if others {
            contested.store(TURNS_CONTESTED, Ordering::Relaxed);
        }
        let left = contested.load(Ordering::Relaxed);
        // Its turn is nobody else's, so that nothing comes between.
        contested.store(left.saturating_sub(1), Ordering::Relaxed);
        let [chance, length, ..] = Uuid::new_v4().into_bytes();
        let is_due = left > 0 || chance.is_multiple_of(TURNS_PER_PAUSE);
        is_due.then(|| PAUSE_MAX.mul_f64(f64::from(length) / f64::from(u8::MAX)))
    }
}

/// One who waits, counted while they do.
struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Turns {
    fn of(&self, thing: ThingId) -> Arc<Queue> {
        let mut things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = things.get(&thing).and_then(Weak::upgrade) {
            return queue;
        }
        if things.len() >= THINGS_KEPT {
            things.retain(|_, queue| queue.strong_count() > 0);
        }
        let queue =
            Arc::new(Queue { turn: Arc::new(Semaphore::new(1)), recorded: Mutex::default(), contested: AtomicU32::default() });
        things.insert(thing, Arc::downgrade(&queue));
        queue
    }

    /// The next turn on `thing`, however long it takes until then.
    pub(super) async fn take(&self, thing: ThingId) -> Turn {
        let queue = self.of(thing);
        // It is never closed.
        let permit = Arc::clone(&queue.turn).acquire_owned().await.ok();
        Turn { queue, _permit: permit }
    }

    /// The next turn on `thing`; `None` if `abandoned` comes first, or too many wait already.
    pub(super) async fn take_unless(&self, thing: ThingId, abandoned: impl Future<Output = ()>) -> Option<Turn> {
        let queue = self.of(thing);
        if let Ok(permit) = Arc::clone(&queue.turn).try_acquire_owned() {
            return Some(Turn { queue, _permit: Some(permit) });
        }
        let already = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(Arc::clone(&self.waiting));
        if already >= WAITING_MAX {
            return None;
        }
        let turn = Arc::clone(&queue.turn).acquire_owned();
        tokio::select! {
            biased;
            () = abandoned => None,
            permit = turn => Some(Turn { queue, _permit: permit.ok() }),
        }
    }
}
