//! Until when an answer is worth having, and to whom.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use metrics::counter;
use tokio::{sync::watch, time::timeout};

use super::{Code, GraphqlError};

/// The instant at which a request is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// `patience` from now.
    #[must_use]
    pub fn after(patience: Duration) -> Self {
        Self(Instant::now() + patience)
    }

    /// How long is left.
    #[must_use]
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// The instant itself.
    #[must_use]
    pub const fn instant(self) -> Instant {
        self.0
    }

    /// What a client is told whose deadline has passed.
    #[must_use]
    pub fn passed() -> GraphqlError {
        let message = "it took too long; ask for less, and send a mutation again with the same commandId";
        GraphqlError::new(Code::Timeout, message)
    }
}

/// How many steps of work lie between two looks at the clock. A step is one thing that is looked at: a few microseconds
/// in a list, a millisecond where a cluster's levels are found, so that work ends within 50 ms of its deadline.
const STEPS_PER_LOOK: u64 = 16;

/// The deadline of a question that is asked for as long as somebody is there.
const A_CENTURY: Duration = Duration::from_hours(24 * 365 * 100);

/// Whoever waits for an answer, as those who work on it see them.
///
/// Work asks at every step whether it is [still wanted](Self::still_waits), and ends as soon as it isn't: a scan as if
/// there were nothing more to see. What it came to by then is no answer, so whoever gives the answer asks whether it
/// [was given up](Self::was_given_up) first.
#[derive(Debug, Clone)]
pub struct Asker {
    here: watch::Receiver<()>,
    deadline: Deadline,
    work: Arc<Work>,
}

/// What was done for an asker.
#[derive(Debug, Default)]
struct Work {
    steps: AtomicU64,
    is_given_up: AtomicBool,
}

/// Kept by whoever waits for an answer; when it is dropped, nobody does.
#[derive(Debug)]
pub struct Presence {
    _here: watch::Sender<()>,
}

impl Asker {
    /// Somebody who waits until `deadline`, as long as the presence is kept.
    #[must_use]
    pub fn until(deadline: Deadline) -> (Presence, Self) {
        let (here, seen) = watch::channel(());
        (Presence { _here: here }, Self { here: seen, deadline, work: Arc::default() })
    }

    /// The same, who waits as long as the presence is kept.
    #[must_use]
    pub fn patient(&self) -> Self {
        Self { here: self.here.clone(), deadline: Deadline::after(A_CENTURY), work: Arc::default() }
    }

    /// Until when they wait.
    #[must_use]
    pub const fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// How many steps of work were done for them.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.work.steps.load(Relaxed)
    }

    /// Whether the answer is still waited for, asked before each step of work on it. Once it isn't, it never is again.
    #[must_use]
    pub fn still_waits(&self) -> bool {
        if self.work.is_given_up.load(Relaxed) {
            return false;
        }
        let step = self.work.steps.fetch_add(1, Relaxed);
        if !step.is_multiple_of(STEPS_PER_LOOK) || self.check().is_ok() {
            return true;
        }
        if !self.work.is_given_up.swap(true, Relaxed) {
            counter!("milepost_requests_given_up_total").increment(1);
        }
        false
    }

    /// Whether work ended before it was done, so that what it came to is no answer.
    #[must_use]
    pub fn was_given_up(&self) -> bool {
        self.work.is_given_up.load(Relaxed)
    }

    /// Refuses to go on when nobody waits any more.
    ///
    /// # Errors
    ///
    /// [`Code::Timeout`] when the deadline has passed, or they have gone.
    pub fn check(&self) -> Result<(), GraphqlError> {
        let is_gone = self.deadline.left().is_zero() || self.here.has_changed().is_err();
        if is_gone { Err(Deadline::passed()) } else { Ok(()) }
    }

    /// Waits until nobody waits for the answer any more: they have gone, or their deadline has passed.
    pub async fn gone(mut self) {
        let left = async { while self.here.changed().await.is_ok() {} };
        // Either way there is nobody.
        let _ = timeout(self.deadline.left(), left).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn work_ends_a_few_steps_after_its_client_has_gone() {
        let (presence, asker) = Asker::until(Deadline::after(LONG));
        assert!((0..1_000).all(|_| asker.still_waits()));
        drop(presence);
        let more = (0..1_000).take_while(|_| asker.still_waits()).count();
        assert!(more <= 16, "{more} steps");
        assert_eq!(asker.steps(), 1_000 + more as u64 + 1);
        assert_eq!((asker.check(), asker.was_given_up()), (Err(Deadline::passed()), true));
    }

    #[test]
    fn work_ends_at_its_deadline_and_never_goes_on() {
        let (_presence, asker) = Asker::until(Deadline::after(Duration::ZERO));
        let same = asker.clone();
        assert_eq!((same.check(), same.was_given_up()), (Err(Deadline::passed()), false));
        assert!(!asker.still_waits());
        assert_eq!((same.was_given_up(), same.steps()), (true, 1));
        assert!(!same.still_waits());
        // Whoever follows the log waits as long as they are there.
        assert!(same.patient().still_waits());
    }
}
