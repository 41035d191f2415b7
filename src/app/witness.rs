//! The head file of a log that keeps none itself: written from the picture, and held against it at the start.

use std::{path::Path, sync::Arc};

use projections::Picture;
use tokio::time::{Duration, sleep};

use super::App;
use crate::store::{FoundHead, Head, HeadKeeper, hexadecimal, read_head};

/// The least between two writes.
const PAUSE: Duration = Duration::from_secs(1);

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

/// What `head` says that `picture`, which is all of the log, does not hold; `None` if it holds it, or goes beyond it so
/// that nothing can be told.
fn missing(head: &Head, picture: &Picture) -> Option<String> {
    let held = picture.events();
    if held < head.acts {
        let missing = head.acts - held;
        return Some(format!("{missing} acts are missing in the log: the head file holds {} acts, the log {held}", head.acts));
    }
    let same = held > head.acts || head_of(picture, head.closed).is_some_and(|found| found.hash == head.hash);
    (!same).then(|| format!("the log is not the one that the head file speaks of, though both hold {held} acts"))
}

const WHAT_TO_DO: &str = "restore the database, or go on with what is there ('--accept-shorter-log'), which sets aside what says \
                          so first";

impl App {
    /// Keeps the head file in `directory`: holds the log against it once all is read, and then says in it how far the log
    /// goes. Where the log holds less, nothing is recorded and the file stays as it is. Runs until dropped.
    pub async fn witness(self: Arc<Self>, directory: Arc<Path>) {
        let mut progress = self.watch();
        if progress.wait_for(|progress| progress.caught_up).await.is_err() {
            return;
        }
        if let Ok(FoundHead::Head(head)) = read_head(&directory)
            && let Some(missing) = missing(&head, &self.picture())
        {
            let loss = format!("{missing}; {WHAT_TO_DO}");
            tracing::error!(loss, "the log has lost acts");
            // It was not said before: this runs once.
            let _ = self.loss.set(loss);
            return;
        }
        let mut keeper = match HeadKeeper::open(&directory) {
            Ok(keeper) => keeper,
            Err(error) => return tracing::warn!(%error, "the head file can't be written"),
        };
        loop {
            progress.mark_unchanged();
            if let Some(head) = head_of(&self.picture(), false)
                && let Err(error) = keeper.write(head)
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
        let Some(head) = head_of(&self.picture(), true).filter(|_| self.loss().is_none()) else { return };
        if let Err(error) = HeadKeeper::open(directory).and_then(|keeper| keeper.finish(head)) {
            tracing::warn!(%error, "the head file can't be written; it says less than the log holds");
        }
    }

    /// What the log has lost, by what stands beside it, if anything.
    #[must_use]
    pub fn loss(&self) -> Option<&str> {
        self.loss.get().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use projections::Entry;
    use schema::{EventId, Kind, Position, StoredEvent, ThingId};
    use uuid::Uuid;

    use super::*;

    fn picture(ids: &[u128]) -> Picture {
        let event = |(at, id): (u64, &u128)| StoredEvent {
            id: EventId(Uuid::from_u128(*id)),
            thing: ThingId::new(Kind::Permit, Uuid::from_u128(*id)),
            revision: 0,
            position: Position(at),
            recorded_at: chrono::DateTime::UNIX_EPOCH,
            event_type: "PermitIdentified".to_owned(),
            version: 1,
            metadata: Vec::new(),
            data: Vec::new(),
            proof: None,
        };
        let entries: Vec<Entry> = (1..).zip(ids).map(event).map(|event| Entry::from(&event)).collect();
        Picture::default().with(entries)
    }

    #[test]
    fn a_log_that_holds_less_or_something_else_is_told_and_one_that_goes_on_is_not() {
        let head = head_of(&picture(&[1, 2, 3]), false);
        let missing = |found: &[u128]| head.as_ref().and_then(|head| missing(head, &picture(found)));
        assert!(head.is_some());
        assert_eq!(missing(&[1, 2, 3]), None);
        assert_eq!(missing(&[1, 2, 3, 4]), None);
        assert!(missing(&[1, 2]).is_some_and(|said| said.starts_with("1 acts are missing")));
        assert!(missing(&[]).is_some_and(|said| said.starts_with("3 acts are missing")));
        assert!(missing(&[1, 4, 3]).is_some_and(|said| said.contains("is not the one")));
    }
}
