//! Who waits for the picture to hold something: each is woken when it does, and nobody for what others wait for.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use projections::Picture;
use schema::ThingId;
use tokio::sync::oneshot;

/// Somebody who waits for a thing to be at a revision.
struct Waiter {
    revision: u64,
    tell: oneshot::Sender<()>,
}

/// All who wait, by the thing they wait for.
#[derive(Default)]
pub(super) struct Waiters {
    waiting: Mutex<HashMap<ThingId, Vec<Waiter>>>,
}

/// A place among the waiters; given up when it is dropped.
struct Place<'a> {
    waiters: &'a Waiters,
    thing: ThingId,
    told: oneshot::Receiver<()>,
}

impl Waiters {
    /// Waits until it is told that the picture holds `thing` at `revision`, unless it `is_there` already.
    pub async fn wait(&self, thing: ThingId, revision: u64, is_there: impl Fn() -> bool) {
        let (tell, told) = oneshot::channel();
        self.lock().entry(thing).or_default().push(Waiter { revision, tell });
        let mut place = Place { waiters: self, thing, told };
        // It may have come in before there was anybody to be told.
        if !is_there() {
            // Those who tell are never gone before those who wait.
            let _ = (&mut place.told).await;
        }
    }

    /// Tells those who wait for what `picture` holds of `things`.
    pub fn tell(&self, things: &HashSet<ThingId>, picture: &Picture) {
        for waiter in self.leave(things, picture) {
            // Who no longer waits has given up.
            let _ = waiter.tell.send(());
        }
    }

    /// Takes those who have got what they wait for off the list.
    fn leave(&self, things: &HashSet<ThingId>, picture: &Picture) -> Vec<Waiter> {
        let mut waiting = self.lock();
        let mut leaving = Vec::new();
        if waiting.is_empty() {
            return leaving;
        }
        for thing in things {
            let Some(waiters) = waiting.get_mut(thing) else { continue };
            let revision = picture.revision(*thing);
            leaving.extend(waiters.extract_if(.., |waiter| revision.is_some_and(|revision| revision >= waiter.revision)));
            if waiters.is_empty() {
                waiting.remove(thing);
            }
        }
        leaving
    }

    /// Whoever panicked while holding them: each is whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<ThingId, Vec<Waiter>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.told.close();
        let mut waiting = self.waiters.lock();
        let Some(waiters) = waiting.get_mut(&self.thing) else { return };
        waiters.retain(|waiter| !waiter.tell.is_closed());
        if waiters.is_empty() {
            waiting.remove(&self.thing);
        }
    }
}
