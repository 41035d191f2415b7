//! The head file of a log that keeps none itself: held against the log at the start, and written from the picture.

use std::{path::Path, sync::Arc};

use projections::{Known, Picture, Standing};
use store::{FoundHead, Head, HeadKeeper, hexadecimal, read_head, set_head_aside};
use tokio::time::{Duration, sleep};

use super::{App, walk::walk};

/// The least between two writes.
const PAUSE: Duration = Duration::from_secs(1);
/// How often the log is gone through whole.
const WALK_EVERY: Duration = Duration::from_hours(24);
/// After how many acts the walk rests,
const WALK_ACTS: u64 = 500;
/// and for how long, so that nobody notices.
const WALK_REST: Duration = Duration::from_millis(20);

/// How far `picture` goes; `None` while nothing is in it.
fn head_of(picture: &Picture, closed: bool) -> Option<Head> {
    Some(Head {
        acts: picture.events(),
        position: picture.position()?,
        id: picture.last_event()?,
        hash: hexadecimal(picture.running_hash().bytes()),
        closed,
        boot: None,
    })
}

/// What the head file in `directory` knows of the log; `None` where there is none that can be read.
#[must_use]
pub fn known_to_head_file(directory: &Path) -> Option<Known> {
    let head = match read_head(directory) {
        Ok(FoundHead::Head(head)) => head,
        Ok(FoundHead::Nothing) => return None,
        Ok(FoundHead::Damaged) => {
            tracing::warn!("the head file is damaged, so the log can't be held against it");
            return None;
        }
        Err(error) => {
            tracing::warn!(%error, "the head file can't be read, so the log can't be held against it");
            return None;
        }
    };
    let standing = Standing { acts: head.acts, chain: head.hash.parse().ok()? };
    Some(Known { standing, position: head.position, by: "the head file" })
}

impl App {
    /// Keeps the head file in `directory`: says in it how far the log goes, as long as nothing of it is missing. Runs until
    /// dropped.
    pub async fn witness(self: Arc<Self>, directory: Arc<Path>) {
        let mut progress = self.watch();
        let mut keeper: Option<HeadKeeper> = None;
        loop {
            if progress.wait_for(|progress| progress.caught_up && progress.loss.is_none()).await.is_err() {
                return;
            }
            progress.mark_unchanged();
            // One that is to be read anew says nothing of the log.
            let picture = self.picture();
            if picture.wholeness().disowned().is_none()
                && let Some(head) = head_of(&picture, false)
                && let Err(error) = write(&mut keeper, &directory, head)
            {
                tracing::warn!(%error, "the head file can't be written; it says less than the log holds");
            }
            sleep(PAUSE).await;
            if progress.changed().await.is_err() {
                return;
            }
        }
    }

    /// Says in the head file in `directory` how far the log goes at the end of the service.
    pub fn witness_end(&self, directory: &Path) {
        let progress = self.progress();
        let picture = self.picture();
        let is_sure = progress.caught_up && progress.loss.is_none() && picture.wholeness().disowned().is_none();
        let Some(head) = head_of(&picture, true).filter(|_| is_sure) else { return };
        if let Err(error) = HeadKeeper::open(directory).and_then(|keeper| keeper.finish(head)) {
            tracing::warn!(%error, "the head file can't be written; it says less than the log holds");
        }
    }

    /// Goes through the whole log once a day, slowly, and holds it against what was read of it before. Runs until dropped.
    pub async fn walk_daily(self: Arc<Self>) {
        if self.store().to_be_sealed().is_none() {
            return;
        }
        loop {
            sleep(WALK_EVERY).await;
            self.walk_once().await;
        }
    }

    /// Goes through the whole log, and has nothing more recorded if it is not what was read of it before.
    pub async fn walk_once(&self) {
        let picture = self.picture();
        let Some(position) = picture.position() else { return };
        let known = Known { standing: picture.wholeness().standing(), position, by: "this service" };
        let rest = async |acts: u64| {
            if acts.is_multiple_of(WALK_ACTS) {
                sleep(WALK_REST).await;
            }
        };
        match walk(&**self.store(), Some(known), rest).await {
            Ok(walk) => {
                if let Some(loss) = walk.wholeness().loss() {
                    self.losses.send_replace(Some(loss.clone()));
                } else {
                    tracing::info!(acts = walk.wholeness().standing().acts, "the log was gone through and is whole");
                }
            }
            Err(error) => tracing::warn!(%error, "the log could not be gone through"),
        }
    }

    /// What the log has lost, if anything, and what to do.
    #[must_use]
    pub fn loss(&self) -> Option<String> {
        self.progress.borrow().loss.clone()
    }
}

/// Writes `head`. A file that speaks of more is set aside first: that acts are missing was accepted.
fn write(keeper: &mut Option<HeadKeeper>, directory: &Path, head: Head) -> std::io::Result<()> {
    let speaks_of_more = keeper.is_none() && matches!(read_head(directory), Ok(FoundHead::Head(old)) if old.acts > head.acts);
    if speaks_of_more {
        set_head_aside(directory)?;
    }
    let kept = match keeper {
        Some(kept) => kept,
        None => keeper.insert(HeadKeeper::open(directory)?),
    };
    kept.write(head)
}
