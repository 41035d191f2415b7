//! What is written: for each stream a sequence of appends that is known beforehand, ids included.

use std::path::Path;

use schema::{EventId, Kind, NewEvent, ThingId};
use store::{
    AppendError, Appended, EventStore, Expected,
    embedded::{EmbeddedStore, verify},
};
use uuid::Uuid;

use crate::support::{event_with, ids_in};

/// Every append holds this many events, so that a torn one would show.
const EVENTS_PER_APPEND: u64 = 2;

/// An append is known by its stream and its number in it, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub stream: u64,
    pub number: u64,
}

impl Step {
    pub fn thing(self) -> ThingId {
        ThingId::new(Kind::Organisation, Uuid::from_u64_pair(1, self.stream))
    }

    fn ids(self) -> impl Iterator<Item = Uuid> {
        (0..EVENTS_PER_APPEND).map(move |event| Uuid::from_u64_pair(self.stream + 2, self.number * EVENTS_PER_APPEND + event))
    }

    fn events(self) -> Vec<NewEvent> {
        self.ids().map(event_with).collect()
    }

    pub async fn append(self, store: &EmbeddedStore) -> Result<Appended, AppendError> {
        let expected = Expected::after((self.number * EVENTS_PER_APPEND).checked_sub(1));
        store.append(self.thing(), expected, self.events()).await
    }
}

/// How many appends of `stream` are in the log: all of them once, in order, and nothing else.
pub async fn recorded(store: &EmbeddedStore, stream: u64) -> u64 {
    let found = ids_in(store, Step { stream, number: 0 }.thing()).await;
    let appends = found.len() as u64 / EVENTS_PER_APPEND;
    let planned = (0..appends).flat_map(|number| Step { stream, number }.ids()).map(EventId);
    assert!(found.into_iter().eq(planned), "stream {stream} holds something else than its first {appends} appends");
    appends
}

/// Finds every acknowledged append in the log at `directory`, and that retrying all up to `planned` records the rest
/// once and nothing twice.
pub async fn check_log(directory: &Path, acknowledged: &[Step], streams: u64, planned: u64) {
    let store = EmbeddedStore::open(directory).unwrap();
    for stream in 0..streams {
        let recorded = recorded(&store, stream).await;
        let last = acknowledged.iter().filter(|step| step.stream == stream).map(|step| step.number + 1).max();
        assert!(recorded >= last.unwrap_or(0), "{last:?} appends of stream {stream} were acknowledged, {recorded} are there");
        for number in 0..planned {
            Step { stream, number }.append(&store).await.unwrap();
        }
        assert_eq!(self::recorded(&store, stream).await, planned.max(recorded));
    }
    let found = verify(directory).unwrap();
    assert!(found.is_whole(), "{:?}", found.problems);
}
