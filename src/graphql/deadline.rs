//! Until when an answer is worth having.

use std::time::{Duration, Instant};

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
