//! What folding costs beside decoding the same events. Prints a table.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a benchmark stops by panicking, and prints ratios")]

#[path = "../../tests/folds/support/mod.rs"]
mod support;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use projections::{Entry, Picture};
use schema::StoredEvent;
use support::{Log, Said, corrected, organisation_id, permit_id, project_id, stated};

const SITES: u128 = 20_000;
const BATCH: usize = 4096;
const ROUNDS: usize = 5;

fn main() {
    for (what, order) in [("as imported, site after site", 1), ("one event of every site after the other", 2)] {
        let log = log(order);
        let bytes: usize = log.iter().map(|event| event.data.len() + event.metadata.len()).sum();
        println!("\n{} events {what}, {} bytes each, batches of {BATCH}", log.len(), bytes / log.len());
        let decode = show("decode", &log, || log.iter().map(Entry::from).filter(Entry::is_read).count());
        let fold = fold_alone(&log);
        print_line("fold what is decoded", &log, fold);
        show("decode and fold", &log, || folded(log.iter().map(Entry::from)).events());
        println!("fold / decode {:>34.2}", fold.as_secs_f64() / decode.as_secs_f64());
    }
}

/// 200,000 events: a project and its permit per site, one fact in twenty corrected.
fn log(order: u8) -> Vec<StoredEvent> {
    let mut log = Log::default();
    let mut sites: Vec<Vec<StoredEvent>> = (0..SITES).map(site).collect();
    if order == 1 {
        for event in sites.into_iter().flatten() {
            log.push(event);
        }
    } else {
        while sites.iter().any(|site| !site.is_empty()) {
            for event in sites.iter_mut().filter(|site| !site.is_empty()).map(|site| site.remove(0)) {
                log.push(event);
            }
        }
    }
    log.events
}

fn site(site: u128) -> Vec<StoredEvent> {
    let (project, permit, first) = (project_id(site + 1), permit_id(site + 1), site * 16 + 1);
    let identifiers = [serde_json::json!({ "scheme": "repd", "value": site.to_string() })];
    let mut log = Log::default();
    let registered = a!(ProjectRegistered {
        "title": format!("Solar farm {site}"), "country": "GB", "place": "a county", "technology": "Solar Photovoltaics",
        "capacity": { "value": "17", "unit": "mw" }, "identifiers": identifiers, "attributes": { "mounting": "ground" }
    });
    let identified = a!(PermitIdentified {
        "title": format!("Planning permission for solar farm {site}"), "instrument": "planning permission",
        "authority": organisation_id(site % 400), "jurisdiction": "GB-ENG", "projects": [project], "identifiers": identifiers
    });
    let by_register = |said: Said<_>| said.by_register("2023-12-31");
    log.record(project, &stated(first, "2023-12-31", registered).by_register("2023-12-31"));
    log.record(permit, &by_register(stated(first + 1, "2021-03-01", identified)));
    log.record(permit, &by_register(stated(first + 2, "2021-03-01", a!(ApplicationSubmitted {}))));
    log.record(permit, &by_register(stated(first + 3, "2021-08-01", a!(PermitRefused { "grounds": ["not stated"] }))));
    log.record(permit, &by_register(stated(first + 4, "2021-09-01", a!(ChallengeLodged { "kind": "appeal" }))));
    log.record(permit, &by_register(stated(first + 5, "2022-02-01", a!(ChallengeUpheld { "kind": "appeal" }))));
    log.record(
        permit,
        &by_register(stated(first + 6, "2022-02-01", a!(PermitGranted { "decided_by": "appeal", "valid_until": "2025-02-01" }))),
    );
    log.record(project, &stated(first + 7, "2022-06-01", a!(ProjectStageEntered { "stage": "construction" })));
    log.record(project, &stated(first + 8, "2023-06-01", a!(ProjectStageEntered { "stage": "operational" })));
    if site.is_multiple_of(2) {
        log.record(permit, &by_register(corrected(first + 9, first + 2, "2021-03-02", a!(ApplicationSubmitted {}))));
    } else {
        log.record(project, &stated(first + 9, "2023-12-31", a!(ProjectStandingReported { "standing": "active" })));
    }
    log.events
}

fn folded(entries: impl Iterator<Item = Entry>) -> Picture {
    let mut entries = entries.peekable();
    let mut picture = Picture::default();
    while entries.peek().is_some() {
        picture = picture.with(entries.by_ref().take(BATCH).collect::<Vec<_>>());
    }
    picture
}

/// The decoding is done before the clock starts.
fn fold_alone(log: &[StoredEvent]) -> Duration {
    median((0..ROUNDS).map(|_| {
        let batches: Vec<Vec<Entry>> = log.chunks(BATCH).map(|batch| batch.iter().map(Entry::from).collect()).collect();
        let started = Instant::now();
        let picture = batches.into_iter().fold(Picture::default(), |picture, batch| picture.with(batch));
        let took = started.elapsed();
        assert_eq!(picture.events(), log.len() as u64);
        took
    }))
}

fn show<T>(what: &str, log: &[StoredEvent], mut work: impl FnMut() -> T) -> Duration {
    let took = median((0..ROUNDS).map(|_| {
        let started = Instant::now();
        black_box(work());
        started.elapsed()
    }));
    print_line(what, log, took);
    took
}

fn print_line(what: &str, log: &[StoredEvent], took: Duration) {
    println!("{what:<32} {:>12.0} events/s", log.len() as f64 / took.as_secs_f64());
}

/// The median round: what else the machine does hits single rounds.
fn median(rounds: impl Iterator<Item = Duration>) -> Duration {
    let mut rounds: Vec<_> = rounds.collect();
    rounds.sort_unstable();
    rounds[rounds.len() / 2]
}
