//! Whether the store can be appended to: its last word on it, and a probe once that was a refusal.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::{
    sync::watch,
    time::{Duration, timeout},
};

use super::{App, RecordError};

/// The pause before the first probe after a refusal; doubled before each later one.
const PAUSE_MIN: Duration = Duration::from_secs(1);
/// The longest pause between two probes.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// The store's refusal to append. It stands until a write has been seen to work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Since when nothing could be appended.
    pub since: DateTime<Utc>,
    /// What the store said last.
    pub reason: String,
}

/// The store's last word on an append, where it was a refusal.
pub(super) type LastWord = watch::Sender<Option<Refused>>;

impl App {
    /// Since when and why the store can't be appended to, if its last word was no.
    #[must_use]
    pub fn refused(&self) -> Option<Refused> {
        self.refused.borrow().clone()
    }

    /// Takes note of the store's word on a write.
    pub(super) fn note_refusal(&self, reason: Option<String>) {
        self.refused.send_if_modified(|last| {
            let stood = last.is_some();
            *last = reason.map(|reason| match last.take() {
                Some(Refused { since, .. }) => Refused { since, reason },
                None => Refused { since: self.now(), reason },
            });
            stood != last.is_some()
        });
    }

    /// Asks the store whether it can be written to, and takes note if it can't.
    pub async fn probe_once(&self) {
        if let Err(refusal) = self.store.probe().await {
            self.note_refusal(Some(refusal.to_string()));
        }
    }

    /// Asks the store after each refusal whether it can be written to again, until it can. Runs until dropped.
    pub async fn probe_after_refusals(self: Arc<Self>) {
        let mut refused = self.refused.subscribe();
        while refused.wait_for(Option::is_some).await.is_ok() {
            self.probe_until_written(&mut refused).await;
        }
    }

    /// Probes with pauses that grow, until a probe or somebody's append has worked.
    async fn probe_until_written(&self, refused: &mut watch::Receiver<Option<Refused>>) {
        let mut pause = PAUSE_MIN;
        while timeout(pause, refused.wait_for(Option::is_none)).await.is_err() {
            let probed = self.store.probe().await;
            if probed.is_ok() {
                tracing::info!("the log can be written to again");
            }
            self.note_refusal(probed.err().map(|error| error.to_string()));
            pause = PAUSE_MAX.min(pause * 2);
        }
    }
}

/// Why commands are refused through no fault of their senders, in the words of the metric that counts them.
pub const REASONS: [&str; 5] = [CLOCK_WRONG, CONTENDED, MISPLACED, OUTCOME_UNKNOWN, STORE_REFUSED];
const CLOCK_WRONG: &str = "clock_wrong";
const MISPLACED: &str = "misplaced";
const CONTENDED: &str = "contended";
const OUTCOME_UNKNOWN: &str = "outcome_unknown";
const STORE_REFUSED: &str = "store_refused";

impl RecordError {
    /// The word of [`REASONS`] for it; `None` where the fault is the sender's.
    #[must_use]
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Rejected(_) | Self::RevisionConflict => None,
            Self::Contended => Some(CONTENDED),
            Self::OutcomeUnknown => Some(OUTCOME_UNKNOWN),
            Self::Misplaced { .. } => Some(MISPLACED),
            Self::Unavailable(_) => Some(STORE_REFUSED),
            Self::ClockWrong(_) => Some(CLOCK_WRONG),
        }
    }
}
