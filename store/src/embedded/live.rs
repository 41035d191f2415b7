//! What was committed last, for those who follow the log: they need not read back what the writer has just written.
//!
//! It is kept once for all of them, and little of it. Whoever is further behind reads the file.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use schema::{NewEvent, Position, StoredEvent, StreamId};

/// An event of any stream, as it would be read.
type Read = StoredEvent<StreamId>;

use super::{
    chain::Hash,
    file::Tail,
    writer::{Append, Outcome},
};

/// How many bytes of events are kept at most; a commit of more is left to be read from the file.
const KEPT_BYTES_MAX: usize = 1 << 20;

/// What one commit added.
struct Commit {
    /// The position of the first event.
    first: u64,
    /// Not empty, and one position after the other.
    events: Arc<[Read]>,
    bytes: usize,
}

/// The latest commits, oldest first. Between two of them there may be some that were not kept.
#[derive(Default)]
struct Latest {
    commits: VecDeque<Commit>,
    bytes: usize,
}

/// The latest commits, which the writer adds to.
#[derive(Default)]
pub(super) struct Live {
    latest: Mutex<Latest>,
}

impl Live {
    /// Keeps what the commit of `batch` added to a log whose last position was `before`, with the `hashes` of it.
    pub fn keep(&self, batch: &[Append], outcomes: &[Outcome], before: i64, tail: &Tail, hashes: &[Hash]) {
        let bytes = batch.iter().map(Append::bytes).sum();
        if bytes > KEPT_BYTES_MAX {
            return;
        }
        let events = added(batch, outcomes, before, tail, hashes).unwrap_or_default();
        let Some(first) = events.first().map(|event| event.position.0) else { return };
        let commit = Commit { first, events: events.into(), bytes };
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.bytes += bytes;
        latest.commits.push_back(commit);
        while latest.bytes > KEPT_BYTES_MAX
            && let Some(oldest) = latest.commits.pop_front()
        {
            latest.bytes -= oldest.bytes;
        }
    }

    /// The events that follow on the one at `after`, as many as are kept in an unbroken row; none if the next is not.
    pub fn after(&self, after: Position) -> Vec<Read> {
        let commits = self.commits_after(after);
        commits.iter().flat_map(|events| events.iter().cloned()).collect()
    }

    fn commits_after(&self, after: Position) -> Vec<Arc<[Read]>> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let start = latest.commits.partition_point(|commit| commit.first <= after.0);
        let mut next = after.0 + 1;
        let follows = |commit: &&Commit| {
            let follows = commit.first == next;
            next += commit.events.len() as u64;
            follows
        };
        latest.commits.range(start..).take_while(follows).map(|commit| Arc::clone(&commit.events)).collect()
    }
}

/// The events that a commit added. `None` if some of the appends that succeeded had been in the log before: which of them
/// then has which position, the file says.
fn added(batch: &[Append], outcomes: &[Outcome], before: i64, tail: &Tail, hashes: &[Hash]) -> Option<Vec<Read>> {
    let recorded_at = DateTime::from_timestamp_micros(tail.recorded_at)?;
    let mut events = Vec::new();
    let mut position = before.cast_unsigned();
    for (request, outcome) in batch.iter().zip(outcomes) {
        let Ok(appended) = outcome else { continue };
        let first = (appended.revision + 1).checked_sub(request.events.len() as u64)?;
        for (event, revision) in request.events.iter().zip(first..) {
            position += 1;
            events.push(stored(request, event, revision, Position(position), recorded_at));
        }
    }
    for (event, hash) in events.iter_mut().zip(hashes) {
        event.proof = Some(*hash);
    }
    (position == tail.position.cast_unsigned()).then_some(events)
}

/// The event as it is read from the file, but for its proof.
fn stored(request: &Append, event: &NewEvent, revision: u64, position: Position, recorded_at: DateTime<Utc>) -> Read {
    StoredEvent {
        id: event.id,
        thing: request.stream.clone(),
        revision,
        position,
        recorded_at,
        event_type: event.event_type.to_owned(),
        version: event.version,
        metadata: event.metadata.clone(),
        data: event.data.clone(),
        proof: None,
    }
}
