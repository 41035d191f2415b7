//! When events were recorded: by clocks that differ, and by the store that a log was copied from.

use chrono::{DateTime, Utc};
use projections::{Entry, Picture};
use schema::{NewEvent, StoredEvent};
use store::{
    EventStore, Expected,
    embedded::EmbeddedStore,
    eventstoredb::{EventStoreDb, copied_metadata},
};

use crate::{
    helpers::{follow, running},
    support::{new_event, new_events, new_thing, until_caught_up},
};

const HOUR: i64 = 3_600 * 10_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn instants_never_fall_when_the_clock_of_the_next_leader_is_behind() {
    let (double, store) = running();
    for offset in [0, HOUR, -HOUR, 0, 2 * HOUR, 0] {
        double.log().set_clock_offset(offset);
        store.append(new_thing(), Expected::NoStream, new_events(2)).await.unwrap();
    }
    let (events, _) = follow(&store, 12).await;
    assert!(!events.iter().map(|event| event.recorded_at).is_sorted(), "the store tells what its clocks showed");
    let picture = Picture::default().with(events.iter().map(Entry::from));
    let mut headers: Vec<_> = picture.headers().collect();
    headers.sort_by_key(|header| header.position);
    let instants: Vec<_> = headers.iter().map(|header| header.recorded_at).collect();
    assert!(instants.is_sorted());
    assert!(instants.iter().all(|at| at.timestamp_subsec_nanos() % 1000 == 0), "whole microseconds");
    assert!(instants[2] - instants[0] > chrono::TimeDelta::minutes(59));
    let four = chrono::TimeDelta::microseconds(4);
    assert!(instants[7] - instants[3] <= four, "those behind follow at once on the latest before them");
}

/// What `event` would be as a copy in EventStoreDB.
fn copy_of(event: &StoredEvent) -> NewEvent {
    NewEvent { id: event.id, metadata: copied_metadata(&event.metadata, event.recorded_at).unwrap(), ..original_of(event) }
}

fn original_of(event: &StoredEvent) -> NewEvent {
    let (event_type, metadata, data) = ("OrganisationRegistered", event.metadata.clone(), event.data.clone());
    NewEvent { id: event.id, event_type, version: event.version, metadata, data }
}

fn hash_of(events: &[StoredEvent]) -> [u8; 32] {
    Picture::default().with(events.iter().map(Entry::from)).hash()
}

/// Appends `events` to `store` as `change` makes them, each in its stream and at its revision.
async fn copy(events: &[StoredEvent], store: &dyn EventStore, change: fn(&StoredEvent) -> NewEvent) {
    for event in events {
        let expected = Expected::after(event.revision.checked_sub(1));
        store.append(event.thing, expected, vec![change(event)]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_copied_keeps_its_dates_and_gives_the_same_picture() {
    let directory = tempfile::tempdir().unwrap();
    let start: DateTime<Utc> = "2024-03-01T00:00:00.000001Z".parse().unwrap();
    let embedded = EmbeddedStore::open_with_clock(directory.path(), move || start).unwrap();
    for _ in 0..5 {
        let thing = new_thing();
        embedded.append(thing, Expected::NoStream, new_events(2)).await.unwrap();
        embedded.append(thing, Expected::Revision(1), vec![new_event()]).await.unwrap();
    }
    let originals = until_caught_up(&mut embedded.subscribe(None)).await;
    let (_double, store) = running();
    copy(&originals, &store, copy_of).await;
    let (copies, _) = follow(&store, originals.len()).await;
    assert_eq!(hash_of(&copies), hash_of(&originals));
    for (copy, original) in copies.iter().zip(&originals) {
        assert_eq!((copy.recorded_at, &copy.metadata, &copy.data), (original.recorded_at, &original.metadata, &original.data));
    }
    // Without the date, the copy would be of today.
    let (_double, undated) = running();
    copy(&originals, &undated, original_of).await;
    assert_ne!(hash_of(&follow(&undated, originals.len()).await.0), hash_of(&originals));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_log_gives_the_same_picture_through_either_store() {
    let (double, store) = running();
    for _ in 0..5 {
        store.append(new_thing(), Expected::NoStream, new_events(3)).await.unwrap();
    }
    let (events, _) = follow(&store, 15).await;
    let directory = tempfile::tempdir().unwrap();
    let instants: std::sync::Mutex<_> =
        events.iter().map(|event| event.recorded_at).collect::<std::collections::VecDeque<_>>().into();
    let clock = move || instants.lock().unwrap().pop_front().unwrap();
    let embedded = EmbeddedStore::open_with_clock(directory.path(), clock).unwrap();
    copy(&events, &embedded, original_of).await;
    assert_eq!(hash_of(&until_caught_up(&mut embedded.subscribe(None)).await), hash_of(&events));
    let another = EventStoreDb::new(&double.address(), "milepost");
    assert_eq!(hash_of(&follow(&another, 15).await.0), hash_of(&events));
}
