//! Every byte of a small log flipped, and every length that it can be cut to: what comes of it is found, or was not used.
//!
//! `MILEPOST_CAMPAIGN=full` flips every byte; without it one in [`SAMPLE`] is, each time others.

use std::{
    collections::hash_map::RandomState,
    env, fs,
    hash::{BuildHasher, Hasher},
    path::Path,
    thread,
    time::Duration,
};

use futures::StreamExt;
use schema::{StoredEvent, ThingId};
use store::{
    Delivery, EventStore, Expected,
    embedded::{EmbeddedStore, FILE_NAME, OpenError, salvage, verify},
};
use tempfile::{TempDir, tempdir};

use crate::support::{new_event, new_events, new_thing, stream_of, until_caught_up};

const THINGS: usize = 4;
const EVENTS_PER_THING: usize = 3;
/// One byte in so many is flipped where not all are: a prime, so that each run meets every kind of place.
const SAMPLE: usize = 61;

/// A log that was closed well: what is in it, and its files by name.
struct Whole {
    things: Vec<ThingId>,
    events: Vec<StoredEvent>,
    files: Vec<(String, Vec<u8>)>,
}

impl Whole {
    async fn new() -> Self {
        Self::of(THINGS).await
    }

    async fn of(things: usize) -> Self {
        let directory = tempdir().unwrap();
        let store = EmbeddedStore::open(directory.path()).unwrap();
        let things: Vec<ThingId> = (0..things).map(|_| new_thing()).collect();
        for thing in &things {
            store.append(*thing, Expected::NoStream, new_events(EVENTS_PER_THING)).await.unwrap();
        }
        let events = until_caught_up(&mut store.subscribe(None)).await;
        store.close().await.unwrap();
        drop(store);
        let named = |name: &str| (name.to_owned(), fs::read(directory.path().join(name)).unwrap());
        Self { things, events, files: [FILE_NAME, "milepost.head"].map(named).into() }
    }

    fn log(&self) -> &[u8] {
        &self.files[0].1
    }

    /// The directory with another log in it.
    fn with_log(&self, log: &[u8]) -> TempDir {
        let directory = tempdir().unwrap();
        for (name, contents) in &self.files[1..] {
            fs::write(directory.path().join(name), contents).unwrap();
        }
        fs::write(directory.path().join(FILE_NAME), log).unwrap();
        directory
    }

    /// Nothing that the log in `directory` is used for shows a difference.
    async fn is_unchanged_in(&self, directory: &Path) -> bool {
        let Some(store) = opened(directory) else { return false };
        self.is_served_by(&store).await
    }

    async fn is_served_by(&self, store: &EmbeddedStore) -> bool {
        let mut events = Vec::new();
        let mut log = store.subscribe(None);
        loop {
            match log.next().await {
                Some(Ok(Delivery::Event(event))) => events.push(event),
                Some(Ok(Delivery::CaughtUp)) => break,
                _ => return false,
            }
        }
        for thing in &self.things {
            let own: Vec<_> = self.events.iter().filter(|event| event.thing == *thing).cloned().collect();
            if stream_of(store, *thing).await != own {
                return false;
            }
            let last = Expected::Revision(EVENTS_PER_THING as u64 - 1);
            if store.append(*thing, last, vec![new_event()]).await.is_err() {
                return false;
            }
        }
        events == self.events
    }
}

/// The store in `directory`; `None` where it is refused. A process that another test has just started holds every lock of
/// this one until it runs its own program: that passes.
fn opened(directory: &Path) -> Option<EmbeddedStore> {
    loop {
        match EmbeddedStore::open(directory) {
            Err(OpenError::InUse { .. }) => thread::yield_now(),
            outcome => return outcome.ok(),
        }
    }
}

/// Whether a service that opens the log in `directory` finds out that it is damaged: when it starts, or before it is ready.
async fn is_found_by_service(directory: &Path) -> bool {
    let Some(store) = opened(directory) else { return true };
    let mut soundness = store.soundness();
    let checked = soundness.wait_for(|found| found.checked || found.complaint().is_some());
    let found = tokio::time::timeout(Duration::from_secs(30), checked).await.expect("the log is checked in time");
    found.expect("the store says so").complaint().is_some() || is_fault_met(&store).await
}

/// Whether reading the log to its end meets a fault.
async fn is_fault_met(store: &EmbeddedStore) -> bool {
    let mut log = store.subscribe(None);
    loop {
        match log.next().await {
            Some(Ok(Delivery::Event(_))) => {}
            Some(Ok(Delivery::CaughtUp)) => return store.soundness().borrow().complaint().is_some(),
            _ => return true,
        }
    }
}

fn places(length: usize) -> impl Iterator<Item = usize> {
    let full = env::var("MILEPOST_CAMPAIGN").is_ok_and(|campaign| campaign == "full");
    let start = usize::try_from(RandomState::new().build_hasher().finish() % SAMPLE as u64).unwrap();
    if full { (0..length).step_by(1) } else { (start..length).step_by(SAMPLE) }
}

/// By this byte a file says which version of SQLite can write it. With another, `SQLite` opens it once to write, and never again.
const WRITE_VERSION: usize = 18;

#[tokio::test]
async fn a_flipped_byte_is_found_or_was_not_used() {
    let whole = Whole::new().await;
    let (mut found, mut unused) = (0, 0);
    for at in places(whole.log().len()).chain([WRITE_VERSION]) {
        let mut log = whole.log().to_vec();
        log[at] ^= 0x10;
        let directory = whole.with_log(&log);
        let verified = verify(directory.path()).is_ok_and(|verified| verified.is_whole());
        let is_found = is_found_by_service(directory.path()).await;
        if verified {
            assert!(whole.is_unchanged_in(directory.path()).await, "byte {at} was altered, and 'verify' says that all is whole");
        }
        if is_found {
            found += 1;
        } else {
            let fresh = whole.with_log(&log);
            assert!(whole.is_unchanged_in(fresh.path()).await, "byte {at} was altered, and the service does not notice");
            unused += 1;
        }
    }
    println!("of the flipped bytes {found} were found and {unused} were in no use");
    assert!(found > unused, "{found} found, {unused} unused");
}

#[tokio::test]
async fn a_log_that_was_cut_is_found_wherever_it_was_cut() {
    let whole = Whole::new().await;
    for length in places(whole.log().len()) {
        let directory = whole.with_log(&whole.log()[..length]);
        assert!(!verify(directory.path()).is_ok_and(|verified| verified.is_whole()), "cut to {length} bytes");
        assert!(is_found_by_service(directory.path()).await, "cut to {length} bytes, and the service does not notice");
    }
}

/// The bytes by which a page of SQLite's says that it is of an index: <https://www.sqlite.org/fileformat2.html>, section 1.6.
const INDEX_PAGES: [u8; 2] = [2, 10];
/// The bytes of a page, unless somebody asks for others.
const PAGE_BYTES: usize = 4_096;

#[tokio::test]
async fn a_page_of_the_index_that_is_lost_costs_no_act() {
    let whole = Whole::of(80).await;
    let is_index = |at: usize| at > 0 && INDEX_PAGES.contains(&whole.log()[at]);
    let pages: Vec<usize> = (0..whole.log().len()).step_by(PAGE_BYTES).filter(|at| is_index(*at)).collect();
    assert!(pages.len() > 2, "{pages:?}");
    for at in pages {
        for filling in [0, 0xff] {
            let mut log = whole.log().to_vec();
            log[at..at + PAGE_BYTES].fill(filling);
            let directory = whole.with_log(&log);
            let target = directory.path().join("salvaged.db");
            let salvaged = salvage(directory.path(), &target).unwrap_or_else(|error| panic!("the page at {at}: {error}"));
            assert_eq!(salvaged.written.acts, whole.events.len() as u64, "the page at {at}, filled with {filling}");
            assert!(verify(&target).is_ok_and(|verified| verified.is_whole()), "the page at {at}");
        }
    }
}
