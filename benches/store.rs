//! What the embedded store costs beside bare SQLite, and what group commit brings. Prints a table.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a benchmark stops by panicking, and prints ratios"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt, future::join_all};
use rusqlite::{Connection, params};
use schema::{NewEvent, ThingId};
use store::{
    Appended, Delivery, EventStore, Expected,
    embedded::{EmbeddedStore, backup, verify},
};
use support::{new_event, new_events, new_thing};
use tempfile::TempDir;

const ROUNDS: usize = 16;
const APPENDS_PER_ROUND: usize = 250;
const WRITERS: usize = 64;
const APPENDS_PER_WRITER: usize = 500;
const LOG_EVENTS: usize = 300_000;

#[tokio::main]
async fn main() {
    let bytes = new_event().metadata.len() + new_event().data.len();
    println!("one event per append, {bytes} bytes each\n");
    let one_writer = beside_bare_sqlite().await;
    many_writers(one_writer).await;
    whole_log().await;
}

fn directory() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

fn show(what: &str, count: usize, took: Duration) {
    println!("{what:<46} {:>10.0} /s  {:>8.1} µs", per_second(count, took), took.as_secs_f64() * 1e6 / count as f64);
}

fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// The median round: what else the machine does hits single rounds.
fn median(mut rounds: Vec<Duration>) -> Duration {
    rounds.sort_unstable();
    rounds[rounds.len() / 2]
}

/// Appends by one writer, in turns with transactions of bare SQLite. Returns the rate per second.
async fn beside_bare_sqlite() -> f64 {
    let (here, there, indexed) = (directory(), directory(), directory());
    let store = EmbeddedStore::open(here.path()).unwrap();
    let bare = bare_sqlite(there.path(), "");
    let bare_indexed = bare_sqlite(indexed.path(), "CREATE UNIQUE INDEX event_in_stream ON event (stream, revision)");
    let (mut through_store, mut by_hand, mut by_hand_indexed) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let events = new_events(APPENDS_PER_ROUND);
        by_hand.push(insert_each(&bare, &events));
        by_hand_indexed.push(insert_each(&bare_indexed, &events));
        through_store.push(append_each(&store, events).await);
    }
    let (through_store, by_hand, indexed) = (median(through_store), median(by_hand), median(by_hand_indexed));
    show("bare SQLite, a transaction per event", APPENDS_PER_ROUND, by_hand);
    show("bare SQLite, with the index of streams", APPENDS_PER_ROUND, indexed);
    show("one writer", APPENDS_PER_ROUND, through_store);
    println!(
        "one writer takes {:.2} times as long as bare SQLite, {:.2} times with the index of streams\n",
        through_store.as_secs_f64() / by_hand.as_secs_f64(),
        through_store.as_secs_f64() / indexed.as_secs_f64()
    );
    per_second(APPENDS_PER_ROUND, through_store)
}

fn bare_sqlite(directory: &Path, index: &str) -> Connection {
    let connection = Connection::open(directory.join("bare.db")).unwrap();
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    connection
        .execute_batch(
            "CREATE TABLE event (position INTEGER PRIMARY KEY, id, stream, revision, recorded_at, type, version, metadata, data)",
        )
        .unwrap();
    connection.execute_batch(index).unwrap();
    connection
}

fn insert_each(connection: &Connection, events: &[NewEvent]) -> Duration {
    let started = Instant::now();
    for event in events {
        let transaction = connection.unchecked_transaction().unwrap();
        let mut insert = transaction.prepare_cached("INSERT INTO event VALUES (NULL, ?1, ?2, 0, ?3, ?4, ?5, ?6, ?7)").unwrap();
        let (id, stream) = (event.id.0.as_bytes(), new_thing().to_string());
        let now = chrono::Utc::now().timestamp_micros();
        insert.execute(params![id, stream, now, event.event_type, event.version, event.metadata, event.data]).unwrap();
        drop(insert);
        transaction.commit().unwrap();
    }
    started.elapsed()
}

async fn append_each(store: &EmbeddedStore, events: Vec<NewEvent>) -> Duration {
    let things: Vec<ThingId> = events.iter().map(|_| new_thing()).collect();
    let started = Instant::now();
    for (thing, event) in things.into_iter().zip(events) {
        store.append(thing, Expected::NoStream, vec![event]).await.unwrap();
    }
    started.elapsed()
}

async fn many_writers(one_writer: f64) {
    let here = directory();
    let store = Arc::new(EmbeddedStore::open(here.path()).unwrap());
    let events: Vec<_> = (0..WRITERS).map(|_| new_events(APPENDS_PER_WRITER)).collect();
    let started = Instant::now();
    join_all(events.into_iter().map(|events| tokio::spawn(append_in_turn(Arc::clone(&store), events)))).await;
    let took = started.elapsed();
    let appends = WRITERS * APPENDS_PER_WRITER;
    show(&format!("{WRITERS} writers"), appends, took);
    println!(
        "{WRITERS} writers append {:.1} times as fast as one, {:.1} appends per commit\n",
        per_second(appends, took) / one_writer,
        appends as f64 / store.commits() as f64
    );
}

async fn append_in_turn(store: Arc<EmbeddedStore>, events: Vec<NewEvent>) {
    let thing = new_thing();
    let mut expected = Expected::NoStream;
    for event in events {
        let Appended { revision } = store.append(thing, expected, vec![event]).await.unwrap();
        expected = Expected::Revision(revision);
    }
}

async fn whole_log() {
    let here = directory();
    let store = EmbeddedStore::open(here.path()).unwrap();
    let started = Instant::now();
    for _ in 0..LOG_EVENTS / 100 {
        store.append(new_thing(), Expected::NoStream, new_events(100)).await.unwrap();
    }
    show("appended, 100 events at a time", LOG_EVENTS, started.elapsed());
    for reading in ["first", "second"] {
        let started = Instant::now();
        let mut subscription = store.subscribe(None);
        let mut events = 0;
        while let Some(Ok(Delivery::Event(_))) = subscription.next().await {
            events += 1;
        }
        show(&format!("caught up, {reading} reading"), events, started.elapsed());
    }
    let started = Instant::now();
    assert!(verify(here.path()).unwrap().is_whole());
    show("verified", LOG_EVENTS, started.elapsed());
    let started = Instant::now();
    backup(here.path(), &here.path().join("copy.db")).unwrap();
    show("backed up", LOG_EVENTS, started.elapsed());
}
