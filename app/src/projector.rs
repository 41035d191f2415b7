//! Keeps the picture up with the log: catches up, then follows live, and swaps the picture whole after every batch.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use futures::{FutureExt, StreamExt, future::OptionFuture};
use projections::{Entry, Known, Loss, Picture, Quarantined, Wholeness};
use schema::{EventId, Kind, Position, StoredEvent, ThingId};
use store::{Damaged, Delivery, EventStore, Soundness, StoreError};
use tokio::{
    sync::watch,
    time::{Duration, sleep},
};

use super::{
    checkpoints,
    course::{self, Recent, Recording},
    goal::Goal,
    known,
    loss::{self, loss_of},
    waiters::Waiters,
    work::Work,
};

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
    /// What has been lost of the log, or is in it and can't be read by this build though all depends on it: then nothing is
    /// recorded.
    pub loss: Option<String>,
    /// How many events lie among the streams of the deployment that can't be of the record.
    pub foreign: u64,
    /// The streams of which the store will throw acts away.
    pub limited: Vec<String>,
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
    /// The acceptance of a loss for which the log was read anew, so that it is not for ever.
    pub(super) read_anew_for: Mutex<Option<EventId>>,
    /// What was found to be lost by somebody else.
    pub(super) losses: watch::Receiver<Option<Loss>>,
    /// Changes whenever something was recorded of a subject.
    pub(super) people: watch::Sender<u64>,
    pub(super) clock: fn() -> DateTime<Utc>,
}

impl Projector {
    /// Runs until dropped. After a fault it subscribes again where it left off.
    pub async fn run(self) {
        let work = Arc::clone(&self.projecting);
        work.go_on(self.follow_on().boxed()).await;
    }

    async fn follow_on(self) {
        // Each is taken note of once: what was accepted since is not lost again when the log is followed again.
        let mut losses = self.losses.clone();
        loop {
            let fault = self.follow(&mut losses).await;
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
    async fn follow(&self, losses: &mut watch::Receiver<Option<Loss>>) -> Option<StoreError> {
        match checkpoints::is_of(&*self.store, &self.picture.load_full()).await {
            Ok(true) => {}
            Ok(false) => self.begin_anew(self.known()),
            Err(fault) => return Some(fault),
        }
        let mut deliveries = self.store.subscribe(self.picture.load().position()).ready_chunks(BATCH_EVENTS_MAX);
        let mut soundness = self.store.soundness();
        self.distrust(&soundness.borrow_and_update().clone());
        let mut goal = Goal::default();
        let mut asking = None;
        loop {
            let chunk = tokio::select! {
                chunk = deliveries.next() => chunk,
                Some(head) = OptionFuture::from(asking.as_mut()) => {
                    asking = None;
                    goal = Goal::of(head, goal);
                    self.say_whether_caught_up(goal);
                    continue;
                }
                Ok(()) = losses.changed() => {
                    if let Some(loss) = losses.borrow_and_update().clone() {
                        self.lose(loss);
                    }
                    continue;
                }
                Ok(()) = soundness.changed() => {
                    self.distrust(&soundness.borrow_and_update().clone());
                    continue;
                }
            };
            let chunk = chunk?;
            // What comes first says that the store has begun to deliver: what is recorded from now on, it will deliver too.
            if matches!(goal, Goal::Unasked { .. }) && asking.is_none() {
                asking = Some(self.store.head());
            }
            let mut delivered = Vec::with_capacity(chunk.len());
            let mut fault = None;
            for delivery in chunk {
                match delivery {
                    Ok(Delivery::CaughtUp) => goal.hear(),
                    Ok(delivery) => delivered.push(delivery),
                    Err(error) => fault = Some(error),
                }
            }
            let found = soundness.borrow().clone();
            self.take(delivered, goal, &found).await;
            if self.is_disowned() {
                // What was known is known to be lost.
                self.begin_anew(None);
                return Some(StoreError("an operator has accepted that acts are lost; the log is read anew".to_owned()));
            }
            if fault.is_some() {
                return fault;
            }
        }
    }

    /// Once caught up it stays so until a fault: what is recorded later is delivered as it comes.
    fn say_whether_caught_up(&self, goal: Goal) {
        let picture = self.picture.load_full();
        if goal.is_reached(picture.position()) {
            let loss = self.at_end(picture);
            self.progress.send_modify(|progress| {
                progress.caught_up = true;
                progress.loss = loss;
            });
        }
    }

    /// The log has been read to its end: what was known of it and did not come is lost. Gives what is lost.
    fn at_end(&self, mut picture: Arc<Picture>) -> Option<String> {
        if picture.wholeness().is_expecting() {
            picture = Arc::new(picture.with_wholeness(Wholeness::at_end));
            self.picture.store(Arc::clone(&picture));
        }
        loss_of(&picture)
    }

    /// Whether an operator has accepted a log that is not the one that was read. Once for each acceptance: where the log
    /// that is read anew does not fit either, it has been altered since.
    fn is_disowned(&self) -> bool {
        let picture = self.picture.load_full();
        let Some(acceptance) = picture.wholeness().disowned() else { return false };
        let mut read_anew_for = self.read_anew_for.lock().unwrap_or_else(PoisonError::into_inner);
        if *read_anew_for != Some(acceptance) {
            *read_anew_for = Some(acceptance);
            return true;
        }
        self.lose(Loss::not_as_accepted());
        false
    }

    /// Takes note of a loss.
    fn lose(&self, loss: Loss) {
        let lost = self.picture.load().with_wholeness(|whole| whole.lose(loss));
        let loss = loss_of(&lost);
        self.picture.store(Arc::new(lost));
        self.progress.send_modify(|progress| progress.loss = loss);
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

    /// What is known of the log by what was read of it.
    fn known(&self) -> Option<Known> {
        let picture = self.picture.load_full();
        let standing = picture.wholeness().standing();
        picture.position().map(|position| Known { standing, position, by: "this service" })
    }

    /// Forgets all of a log that is no longer there: somebody restored an earlier copy, or put another in its place. What
    /// it said that this one does not say must be neither answered nor built on.
    fn begin_anew(&self, known: Option<Known>) {
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
        let expect = |whole: &mut Wholeness| known.into_iter().for_each(|known| whole.expect(known));
        self.picture.store(Arc::new(Picture::default().with_wholeness(expect)));
        self.people.send_modify(|times| *times += 1);
        known::lock(&self.known).clear();
        course::lock(&self.recent).begin_anew();
    }

    async fn take(&self, delivered: Vec<Delivery>, goal: Goal, found: &Soundness) {
        let before = self.picture.load_full();
        let is_live = self.progress.borrow().caught_up && !delivered.is_empty();
        let things: HashSet<ThingId> = delivered.iter().filter_map(event_of).map(|event| event.thing).collect();
        let recorded_at = delivered.iter().filter_map(event_of).next_back().map(|event| event.recorded_at);
        let picture = if delivered.is_empty() { before } else { self.fold(before, delivered, found).await };
        let is_reached = goal.is_reached(picture.position());
        let loss = if is_reached { self.at_end(Arc::clone(&picture)) } else { loss_of(&picture) };
        let whole = picture.wholeness();
        // What is no act of ours, such as a stranger's event, says nothing of how far behind this is.
        let last = if is_live { self.progress.borrow().lag_s } else { 0.0 };
        let lag = recorded_at.filter(|_| is_live).map_or(last, |recorded| seconds_between(recorded, (self.clock)()));
        let quarantined = picture.quarantine().count();
        metrics::gauge!("milepost_projector_lag_seconds").set(lag);
        metrics::gauge!("milepost_events_quarantined").set(f64::from(u32::try_from(quarantined).unwrap_or(u32::MAX)));
        metrics::counter!("milepost_events_projected_total").absolute(picture.events());
        loss::measure(whole);
        self.progress.send_modify(|progress| {
            progress.caught_up |= is_reached;
            progress.loss = loss;
            progress.foreign = whole.foreign();
            progress.limited = whole.limited().map(str::to_owned).collect();
            progress.events = picture.events();
            progress.quarantined = quarantined;
            progress.lag_s = lag;
            progress.fault = None;
        });
        if things.iter().any(|thing| thing.kind() == Kind::Subject) {
            self.people.send_modify(|times| *times += 1);
        }
        self.waiters.tell(&things, &picture);
    }

    /// Folds a batch, and publishes the picture before anybody is told.
    async fn fold(&self, before: Arc<Picture>, delivered: Vec<Delivery>, found: &Soundness) -> Arc<Picture> {
        let started = Instant::now();
        let recordings: Vec<Recording> = delivered.iter().filter_map(event_of).map(Recording::from).collect();
        let damaged = Arc::clone(&found.damaged);
        let had_foreign = before.wholeness().foreign() > 0;
        let Some(after) = folded(before, delivered, damaged).await else { return self.picture.load_full() };
        for quarantined in after.quarantine().skip(self.progress.borrow().quarantined) {
            tracing::error!(event = %quarantined.id, thing = %quarantined.thing, reason = %quarantined.reason, "an event can't be read");
        }
        let foreign = after.wholeness().foreign();
        if foreign > 0 && !had_foreign {
            tracing::warn!(
                foreign,
                "events lie among the streams of this deployment that can't be of its record; they are passed over"
            );
        }
        metrics::histogram!("milepost_projector_batch_seconds").record(started.elapsed().as_secs_f64());
        self.picture.store(Arc::clone(&after));
        // Only now, so that whoever is told of a recording finds it in the picture.
        course::lock(&self.recent).extend(recordings);
        after
    }
}

/// The picture with what was `delivered`; `None` when the runtime is shutting down, and this task with it.
async fn folded(before: Arc<Picture>, delivered: Vec<Delivery>, damaged: Arc<DamagedActs>) -> Option<Arc<Picture>> {
    if delivered.len() <= FOLD_HERE_EVENTS_MAX {
        return Some(Arc::new(with(&before, delivered, &damaged)));
    }
    // Away from the threads that others' tasks run on.
    match tokio::task::spawn_blocking(move || with(&before, delivered, &damaged)).await {
        Ok(picture) => Some(Arc::new(picture)),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => None,
        },
    }
}

/// The acts that are damaged in the log, by their positions.
type DamagedActs = BTreeMap<Position, Damaged>;

/// The picture `before` with what was `delivered`; what is `damaged` of it is quarantined.
fn with(before: &Picture, delivered: Vec<Delivery>, damaged: &DamagedActs) -> Picture {
    let entry = |delivery: Delivery| match delivery {
        Delivery::Event(event) => Some(match damaged.get(&event.position) {
            None => Entry::from(&event),
            Some(found) => Entry::damaged(&event, found.reason.clone()),
        }),
        Delivery::Aside(event) => Some(event.into()),
        Delivery::Told(notice) => Some(notice.into()),
        Delivery::CaughtUp => None,
    };
    before.with(delivered.into_iter().filter_map(entry))
}

/// The event about a thing that `delivery` is, if it is one.
const fn event_of(delivery: &Delivery) -> Option<&StoredEvent> {
    match delivery {
        Delivery::Event(event) => Some(event),
        Delivery::Aside(_) | Delivery::Told(_) | Delivery::CaughtUp => None,
    }
}

fn seconds_between(start: DateTime<Utc>, end: DateTime<Utc>) -> f64 {
    (end - start).to_std().unwrap_or_default().as_secs_f64()
}
