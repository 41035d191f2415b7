//! Keeps the picture up with the log: catches up, then follows live, and swaps the picture whole after every batch.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex},
    time::Instant,
};

use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use futures::{FutureExt, StreamExt};
use projections::{Entry, Picture, Quarantined};
use schema::{Position, StoredEvent, ThingId};
use tokio::{
    sync::watch,
    time::{Duration, sleep},
};

use super::{
    checkpoints,
    course::{self, Recent, Recording},
    known,
    waiters::Waiters,
    work::Work,
};
use crate::store::{Damaged, Delivery, EventStore, Soundness, StoreError};

/// The most events that one batch takes in.
const BATCH_EVENTS_MAX: usize = 8192;

/// The most events that are folded where they came in: there, going to another thread and back would take longer.
const FOLD_HERE_EVENTS_MAX: usize = 256;

/// How long to wait before subscribing again after a fault.
const PAUSE_AFTER_FAULT: Duration = Duration::from_millis(500);

/// How far the picture has come, and what keeps it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// Whether all that was in the log at the last look is in the picture.
    pub caught_up: bool,
    /// How many events are in the picture.
    pub events: u64,
    /// How many events of the log this build can't read.
    pub quarantined: usize,
    /// Seconds between the recording of the last event and its being in the picture, of one that came in live; 0 when
    /// everything was caught up with.
    pub lag_s: f64,
    /// The fault of the store that keeps the picture from going on, if there is one.
    pub fault: Option<String>,
    /// Whether as much of the log is checked as has to be before anything is answered from it.
    pub checked: bool,
    /// What is wrong with the log, if anything is: then nothing is recorded.
    pub damage: Option<String>,
}

/// The one task that changes the picture.
pub struct Projector {
    pub(super) store: Arc<dyn EventStore>,
    pub(super) picture: Arc<ArcSwap<Picture>>,
    /// Earlier pictures, of the same log.
    pub(super) known: Arc<Mutex<known::Cache>>,
    pub(super) recent: Arc<Mutex<Recent>>,
    pub(super) progress: watch::Sender<Progress>,
    pub(super) waiters: Arc<Waiters>,
    pub(super) projecting: Arc<Work>,
    pub(super) clock: fn() -> DateTime<Utc>,
}

impl Projector {
    /// Runs until dropped. After a fault it subscribes again where it left off.
    pub async fn run(self) {
        let work = Arc::clone(&self.projecting);
        work.go_on(self.follow_on().boxed()).await;
    }

    async fn follow_on(self) {
        loop {
            let fault = self.follow().await;
            let message = fault.map_or_else(|| "the store ended the subscription".to_owned(), |fault| fault.to_string());
            tracing::warn!(fault = %message, "the projector can't follow the log and tries again");
            self.progress.send_modify(|progress| {
                progress.fault = Some(message);
                progress.caught_up = false;
            });
            sleep(PAUSE_AFTER_FAULT).await;
        }
    }

    /// Follows the log until a fault; `None` when the subscription ended without one.
    async fn follow(&self) -> Option<StoreError> {
        match checkpoints::is_of(&*self.store, &self.picture.load_full()).await {
            Ok(true) => {}
            Ok(false) => self.begin_anew(),
            Err(fault) => return Some(fault),
        }
        let mut deliveries = self.store.subscribe(self.picture.load().position()).ready_chunks(BATCH_EVENTS_MAX);
        let mut soundness = self.store.soundness();
        self.distrust(&soundness.borrow_and_update().clone());
        loop {
            let chunk = tokio::select! {
                chunk = deliveries.next() => chunk,
                Ok(()) = soundness.changed() => {
                    self.distrust(&soundness.borrow_and_update().clone());
                    continue;
                }
            };
            let chunk = chunk?;
            let mut events = Vec::with_capacity(chunk.len());
            let mut caught_up = None;
            let mut fault = None;
            for delivery in chunk {
                match delivery {
                    Ok(Delivery::Event(event)) => {
                        events.push(event);
                        caught_up = None;
                    }
                    Ok(Delivery::CaughtUp) => caught_up = Some(true),
                    Err(error) => fault = Some(error),
                }
            }
            let found = soundness.borrow().clone();
            self.take(events, caught_up, &found).await;
            if fault.is_some() {
                return fault;
            }
        }
    }

    /// Takes note of what is known of the log's soundness: whatever is damaged is quarantined.
    fn distrust(&self, found: &Soundness) {
        let before = self.picture.load_full();
        let damaged = found.damaged.iter().filter(|(position, _)| Some(**position) <= before.position());
        let damaged = damaged.filter_map(|(position, found)| {
            let act = found.act.as_ref()?;
            Some((*position, Quarantined::new(act, found.reason.clone())))
        });
        let after = before.with_damaged(damaged);
        let quarantined = after.quarantine().count();
        self.picture.store(Arc::new(after));
        let count = u32::try_from(found.damaged.len()).unwrap_or(u32::MAX);
        metrics::gauge!("milepost_log_damaged_events").set(f64::from(count));
        self.progress.send_modify(|progress| {
            progress.checked = found.checked;
            progress.damage = found.complaint();
            progress.quarantined = quarantined;
        });
    }

    /// Forgets all of a log that is no longer there: somebody restored an earlier copy, or put another in its place. What
    /// it said that this one does not say must be neither answered nor built on.
    fn begin_anew(&self) {
        tracing::error!("the log is not the one that was read: it is read anew from its start");
        self.progress.send_modify(|progress| {
            *progress = Progress {
                fault: progress.fault.clone(),
                checked: progress.checked,
                damage: progress.damage.clone(),
                ..Progress::default()
            }
        });
        self.store.begin_anew();
        self.picture.store(Arc::default());
        known::lock(&self.known).clear();
        course::lock(&self.recent).begin_anew();
    }

    async fn take(&self, events: Vec<StoredEvent>, caught_up: Option<bool>, found: &Soundness) {
        let before = self.picture.load_full();
        let is_live = self.progress.borrow().caught_up && !events.is_empty();
        let things: HashSet<ThingId> = events.iter().map(|event| event.thing).collect();
        let picture = if events.is_empty() { before } else { self.fold(before, events, found).await };
        let lag = picture.recorded_at().filter(|_| is_live).map_or(0.0, |recorded| seconds_between(recorded, (self.clock)()));
        let quarantined = picture.quarantine().count();
        metrics::gauge!("milepost_projector_lag_seconds").set(lag);
        metrics::gauge!("milepost_events_quarantined").set(f64::from(u32::try_from(quarantined).unwrap_or(u32::MAX)));
        metrics::counter!("milepost_events_projected_total").absolute(picture.events());
        self.progress.send_modify(|progress| {
            progress.caught_up = caught_up.unwrap_or(progress.caught_up);
            progress.events = picture.events();
            progress.quarantined = quarantined;
            progress.lag_s = lag;
            progress.fault = None;
        });
        self.waiters.tell(&things, &picture);
    }

    /// Folds a batch, and publishes the picture before anybody is told.
    async fn fold(&self, before: Arc<Picture>, events: Vec<StoredEvent>, found: &Soundness) -> Arc<Picture> {
        let started = Instant::now();
        let recordings: Vec<Recording> = events.iter().map(Recording::from).collect();
        let damaged = Arc::clone(&found.damaged);
        let Some(after) = folded(before, events, damaged).await else { return self.picture.load_full() };
        for quarantined in after.quarantine().skip(self.progress.borrow().quarantined) {
            tracing::error!(event = %quarantined.id, thing = %quarantined.thing, reason = %quarantined.reason, "an event can't be read");
        }
        metrics::histogram!("milepost_projector_batch_seconds").record(started.elapsed().as_secs_f64());
        self.picture.store(Arc::clone(&after));
        // Only now, so that whoever is told of a recording finds it in the picture.
        course::lock(&self.recent).extend(recordings);
        after
    }
}

/// The picture with `events`; `None` when the runtime is shutting down, and this task with it.
async fn folded(before: Arc<Picture>, events: Vec<StoredEvent>, damaged: Arc<DamagedActs>) -> Option<Arc<Picture>> {
    if events.len() <= FOLD_HERE_EVENTS_MAX {
        return Some(Arc::new(with(&before, events, &damaged)));
    }
    // Away from the threads that others' tasks run on.
    match tokio::task::spawn_blocking(move || with(&before, events, &damaged)).await {
        Ok(picture) => Some(Arc::new(picture)),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => None,
        },
    }
}

/// The acts that are damaged in the log, by their positions.
type DamagedActs = BTreeMap<Position, Damaged>;

/// The picture `before` with `events`; what is `damaged` of them is quarantined.
fn with(before: &Picture, events: Vec<StoredEvent>, damaged: &DamagedActs) -> Picture {
    // A subscription that began again does not know what was before it; the picture does.
    let mut latest = before.recorded_at();
    let entry = |mut event: StoredEvent| {
        event.recorded_at = latest.map_or(event.recorded_at, |latest| latest.max(event.recorded_at));
        latest = Some(event.recorded_at);
        match damaged.get(&event.position) {
            None => Entry::from(&event),
            Some(found) => Entry::damaged(&event, found.reason.clone()),
        }
    };
    before.with(events.into_iter().map(entry))
}

fn seconds_between(start: DateTime<Utc>, end: DateTime<Utc>) -> f64 {
    (end - start).to_std().unwrap_or_default().as_secs_f64()
}
