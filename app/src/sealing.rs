//! Seals: what the log itself says of how much it holds, so that what vanishes whole is missed (EVENTS.md, *seal*).

use std::sync::Arc;

use projections::{Loss, Picture, Standing, Wholeness};
use schema::{
    AsideStream, CommandId, Date, EventId, Leaf, Metadata, Note, SubjectId,
    seal::{LogAccepted, LogSealed, Seal},
};
use store::{AppendError, Expected};
use thiserror::Error;
use tokio::time::{Duration, Instant, timeout};

use super::App;

/// When a log is sealed.
#[derive(Debug, Clone, Copy)]
pub struct Sealing {
    /// After how many acts.
    pub acts: u64,
    /// How long an act stays unsealed at most, if the service goes on.
    pub pause: Duration,
}

impl Default for Sealing {
    fn default() -> Self {
        Self { acts: 10_000, pause: Duration::from_mins(10) }
    }
}

/// How long the last seal of a service that stops may take.
const LAST_WAIT: Duration = Duration::from_secs(1);
/// How long an acceptance may take to come back.
const ACCEPTED_WAIT: Duration = Duration::from_secs(30);

/// Why a loss is not accepted.
#[derive(Debug, Error)]
pub enum NotAccepted {
    /// The log can't be read to its end.
    #[error("the log could not be read to its end, so nothing is accepted; start the service again")]
    Unread,
    /// There is something else than was meant.
    #[error("the log now stands at {found}, not at {meant}, so nothing is accepted; look at what is missing, then name {found}")]
    OtherStanding {
        /// What was to be accepted.
        meant: Standing,
        /// How the log stands.
        found: Standing,
    },
    /// The store does not take the acceptance.
    #[error("that the loss is accepted could not be recorded: {0}")]
    Store(#[from] AppendError),
    /// It can't be written down.
    #[error(transparent)]
    Encode(#[from] schema::EncodeError),
}

impl App {
    /// Seals the log whenever enough has been recorded, or some time has passed since; only where its store does not prove by
    /// itself that it is whole. Runs until dropped.
    pub async fn seal_now_and_then(self: Arc<Self>, when: Sealing) {
        let Some(deployment) = self.store().to_be_sealed().map(str::to_owned) else { return };
        let mut progress = self.watch();
        let mut unsealed_since = None;
        loop {
            let picture = self.picture();
            let whole = picture.wholeness();
            let since = whole.is_unsealed().then(|| *unsealed_since.get_or_insert_with(Instant::now));
            unsealed_since = since;
            let sealed = whole.sealed().map_or(0, |(acts, _)| acts);
            let left = since.map_or(when.pause, |since| when.pause.saturating_sub(since.elapsed()));
            if since.is_some() && (left.is_zero() || whole.standing().acts >= sealed + when.acts) {
                unsealed_since = None;
                self.seal(&deployment, &picture).await;
            }
            // While nothing is unsealed there is nothing to wait for but an act.
            let changed = progress.changed();
            let gone =
                if since.is_some() { timeout(left.max(Duration::from_millis(1)), changed).await } else { Ok(changed.await) };
            if matches!(gone, Ok(Err(_))) {
                return;
            }
        }
    }

    /// Seals the log at the end of the service, if anything was recorded since the last seal.
    pub async fn seal_end(&self) {
        let Some(deployment) = self.store().to_be_sealed().map(str::to_owned) else { return };
        let picture = self.picture();
        if picture.wholeness().is_unsealed() && timeout(LAST_WAIT, self.seal(&deployment, &picture)).await.is_err() {
            tracing::warn!("the log is not sealed: the store takes too long");
        }
    }

    /// Seals what `picture` holds, if that is all of the log and the log is whole. Of several replicas one does.
    async fn seal(&self, deployment: &str, picture: &Picture) {
        let progress = self.progress();
        let whole = picture.wholeness();
        if !progress.caught_up || progress.loss.is_some() || progress.damage.is_some() || !whole.is_whole() {
            return;
        }
        let Standing { acts, chain } = whole.standing();
        match self.add_seal(whole, deployment, &Seal::Sealed(LogSealed { acts, chain })).await {
            Ok(()) => tracing::info!(acts, %chain, "the log is sealed"),
            // Somebody else has sealed it.
            Err(NotAccepted::Store(AppendError::Conflict { .. })) => {}
            Err(error) => tracing::warn!(%error, "the log is not sealed"),
        }
    }

    async fn add_seal(&self, whole: &Wholeness, deployment: &str, seal: &Seal) -> Result<(), NotAccepted> {
        let (stream, end) = whole.seals_of(deployment);
        let id = id_of(&stream, whole.standing(), seal);
        let event = seal.encode(id, &self.seal_metadata(id), leaf(end))?;
        self.store().append_aside(&stream, Expected::after(end.map(|(revision, _)| revision)), vec![event]).await?;
        Ok(())
    }

    fn seal_metadata(&self, id: EventId) -> Metadata {
        let (today, service) = (Date::day(self.now().date_naive()), SubjectId(CommandId::derive(&["service"]).0));
        Metadata { decided_at: Some(self.now()), ..Metadata::new(today, service, CommandId(id.0), id.0) }
    }

    /// Records that an operator goes on with what is left of the log, if it still stands as they have seen it. A log of
    /// which nothing is missing is left as it is.
    ///
    /// # Errors
    ///
    /// When it can't be read, stands otherwise, or the store does not take it.
    pub async fn accept_loss(&self, meant: Standing) -> Result<(), NotAccepted> {
        self.caught_up(ACCEPTED_WAIT).await.map_err(|_| NotAccepted::Unread)?;
        let picture = self.picture();
        let whole = picture.wholeness();
        let Some(deployment) = self.store().to_be_sealed().filter(|_| !whole.is_whole()) else { return Ok(()) };
        let found = whole.standing();
        if found != meant {
            return Err(NotAccepted::OtherStanding { meant, found });
        }
        let Loss { missing, from, to, reason } = whole.loss().cloned().unwrap_or_else(|| of_holes(whole));
        let shortened: String = reason.chars().take(1_000).collect();
        let Ok(reason) = Note::try_new(&shortened) else { return Ok(()) };
        let accepted = LogAccepted { missing, from, to, reason, acts: found.acts, chain: found.chain };
        self.add_seal(whole, deployment, &Seal::Accepted(accepted)).await?;
        let mut progress = self.watch();
        let taken = timeout(ACCEPTED_WAIT, progress.wait_for(|progress| progress.loss.is_none())).await;
        if matches!(taken, Ok(Ok(_))) { Ok(()) } else { Err(NotAccepted::Unread) }
    }
}

/// What is missing where nothing but holes in streams says so.
fn of_holes(whole: &Wholeness) -> Loss {
    let reason = format!("acts are missing at {} places in the streams of things", whole.holes());
    Loss { missing: 0, from: None, to: None, reason }
}

/// The same for the same seal of the same log, so that one that is sent twice is recorded once.
fn id_of(stream: &AsideStream, standing: Standing, seal: &Seal) -> EventId {
    let word = match seal {
        Seal::Sealed(_) => "sealed",
        Seal::Accepted(_) => "accepted",
    };
    EventId(CommandId::derive(&[word, &stream.to_string(), &standing.to_string()]).0)
}

fn leaf(end: Option<(u64, Option<Leaf>)>) -> Option<Leaf> {
    end.and_then(|(_, leaf)| leaf)
}
