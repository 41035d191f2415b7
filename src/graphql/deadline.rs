//! Until when an answer is worth having.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::{Code, GraphqlError};

/// The instant at which a request is given up. Resolvers of lists look at it, since nothing else can stop them.
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

    /// Refuses to go on when nobody waits any more.
    ///
    /// # Errors
    ///
    /// [`Code::Timeout`] when the deadline has passed.
    pub fn check(self) -> Result<(), GraphqlError> {
        if self.left().is_zero() { Err(Self::passed()) } else { Ok(()) }
    }

    /// What a client is told whose deadline has passed.
    #[must_use]
    pub fn passed() -> GraphqlError {
        let message = "it took too long; ask for less, and send a mutation again with the same commandId";
        GraphqlError::new(Code::Timeout, message)
    }
}

/// Whoever waits for an answer, as those who work on it see them.
#[derive(Debug, Clone)]
pub struct Asker(watch::Receiver<()>);

/// Kept by whoever waits for an answer; when it is dropped, nobody does.
#[derive(Debug)]
pub struct Presence {
    _here: watch::Sender<()>,
}

impl Asker {
    /// Somebody who waits as long as the presence is kept.
    #[must_use]
    pub fn new() -> (Presence, Self) {
        let (here, seen) = watch::channel(());
        (Presence { _here: here }, Self(seen))
    }

    /// Waits until nobody waits for the answer any more: they have gone, or `deadline` has passed.
    pub async fn gone(mut self, deadline: Deadline) {
        let left = async { while self.0.changed().await.is_ok() {} };
        // Either way there is nobody.
        let _ = tokio::time::timeout(deadline.left(), left).await;
    }
}
