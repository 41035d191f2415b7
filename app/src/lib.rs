//! The use cases: authorise, take the thing from the picture, decide, append; and the projector that keeps the
//! picture up with the log.

mod allowed;
mod attest;
pub mod checkpoints;
mod clock;
pub mod copy;
mod course;
mod draft;
mod goal;
mod known;
mod loss;
mod of_record;
mod order;
mod pace;
mod people;
mod projector;
mod reach;
mod record;
mod refusals;
mod reliance;
mod sealing;
mod sides;
mod steps;
mod turns;
mod waiters;
mod walk;
mod witness;
mod work;

use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use law::Rulebook;
use projections::{Loss, Picture, views::ladder::Ladders};
use schema::ThingId;
use store::EventStore;
use tokio::{
    sync::watch,
    time::{Duration, timeout},
};

pub use clock::Uptime;
pub use course::{Following, Recording};
pub use draft::Draft;
pub use known::{KnownAt, KnownBy, Viewpoint};
pub use of_record::StampedWithin;
pub use order::{HandleError, Order, Target};
pub use projector::{Progress, Projector};
pub use reach::{Founds, is_party, reach_of};
pub use record::{Done, Receipt, RecordError, Step, Submission};
pub use refusals::{REASONS, Refused};
pub use sealing::{NotAccepted, Sealing};
pub use steps::{NextStep, StepChoice, Stepping};
pub use walk::walk;
pub use witness::known_to_head_file;

/// The service's inside: a store, the picture of what is in it, and a clock.
pub struct App {
    store: Arc<dyn EventStore>,
    picture: Arc<ArcSwap<Picture>>,
    progress: watch::Receiver<Progress>,
    waiters: Arc<waiters::Waiters>,
    projecting: Arc<work::Work>,
    known: Arc<Mutex<known::Cache>>,
    ladders: Ladders,
    law: Arc<Rulebook>,
    course: course::Course,
    turns: turns::Turns,
    refused: refusals::LastWord,
    /// What was found to be lost when the log was gone through, for the projector to take note of.
    losses: watch::Sender<Option<Loss>>,
    /// Changes whenever something was recorded of a subject.
    people: watch::Receiver<u64>,
    first_uses: people::FirstUses,
    clock: fn() -> DateTime<Utc>,
    leaps: clock::Leaps,
}

/// The picture did not reach what was asked for in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what was written is not yet seen here; ask again in a moment")]
pub struct Stale;

impl App {
    /// An app on `store` with the ladders and the regimes that come with the program, and the projector that has to run
    /// beside it, starting from `picture`.
    #[must_use]
    pub fn new(store: Arc<dyn EventStore>, picture: Picture, clock: fn() -> DateTime<Utc>) -> (Arc<Self>, Projector) {
        let (ladders, law) = (Ladders::shipped().unwrap_or_default(), Rulebook::shipped().unwrap_or_default());
        Self::with_rules(store, picture, clock, ladders, law)
    }

    /// As [`App::new`], with `ladders` and `law`.
    #[must_use]
    pub fn with_rules(
        store: Arc<dyn EventStore>,
        picture: Picture,
        clock: fn() -> DateTime<Utc>,
        ladders: Ladders,
        law: Rulebook,
    ) -> (Arc<Self>, Projector) {
        let course = course::Course::after(picture.position());
        let picture = Arc::new(ArcSwap::from_pointee(picture));
        let (sender, progress) = watch::channel(Progress::default());
        let (known, waiters, projecting) = (Arc::default(), Arc::default(), Arc::default());
        let losses = watch::Sender::default();
        let (of_people, people) = watch::channel(0);
        let projector = Projector {
            store: Arc::clone(&store),
            picture: Arc::clone(&picture),
            known: Arc::clone(&known),
            recent: course.recent(),
            progress: sender,
            waiters: Arc::clone(&waiters),
            projecting: Arc::clone(&projecting),
            read_anew_for: Mutex::default(),
            losses: losses.subscribe(),
            people: of_people,
            clock,
        };
        let app = Self {
            store,
            picture,
            progress,
            waiters,
            projecting,
            known,
            ladders,
            law: Arc::new(law),
            course,
            turns: turns::Turns::default(),
            refused: watch::Sender::default(),
            losses,
            people,
            first_uses: people::FirstUses::default(),
            clock,
            leaps: clock::Leaps::default(),
        };
        (Arc::new(app), projector)
    }

    /// Everything that is known now.
    #[must_use]
    pub fn picture(&self) -> Arc<Picture> {
        self.picture.load_full()
    }

    /// The store behind the app.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn EventStore> {
        &self.store
    }

    /// Every version of every ladder.
    #[must_use]
    pub const fn ladders(&self) -> &Ladders {
        &self.ladders
    }

    /// Every permitting regime and calendar.
    #[must_use]
    pub const fn law(&self) -> &Arc<Rulebook> {
        &self.law
    }

    /// The present instant, by the app's clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// How far the picture has come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// How far the picture has come, as it comes further.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Waits until the picture holds `thing` at `revision`.
    ///
    /// # Errors
    ///
    /// [`Stale`] when it takes longer than `within`.
    pub async fn reached(&self, thing: ThingId, revision: u64, within: Duration) -> Result<(), Stale> {
        let is_there = || self.picture.load().revision(thing).is_some_and(|seen| seen >= revision);
        if is_there() {
            return Ok(());
        }
        self.projecting.help();
        if is_there() {
            return Ok(());
        }
        timeout(within, self.waiters.wait(thing, revision, is_there)).await.map_err(|_| Stale)
    }

    /// Waits until the picture holds everything that is in the log now.
    ///
    /// # Errors
    ///
    /// [`Stale`] when it takes longer than `within`, or the store can't say how long its log is.
    pub async fn in_step(&self, within: Duration) -> Result<(), Stale> {
        let head = self.store.head().await.map_err(|error| {
            tracing::warn!(%error, "the store does not say how long its log is");
            Stale
        })?;
        let mut progress = self.progress.clone();
        let waiting = async {
            while self.picture.load().position() < head {
                if progress.changed().await.is_err() {
                    return false;
                }
            }
            true
        };
        if timeout(within, waiting).await == Ok(true) { Ok(()) } else { Err(Stale) }
    }

    /// Waits until everything that was in the log when the projector last looked is in the picture.
    ///
    /// # Errors
    ///
    /// [`Stale`] when it takes longer than `within`.
    pub async fn caught_up(&self, within: Duration) -> Result<(), Stale> {
        let mut progress = self.progress.clone();
        let done = async { progress.wait_for(|progress| progress.caught_up).await.is_ok() };
        if timeout(within, done).await == Ok(true) { Ok(()) } else { Err(Stale) }
    }
}
