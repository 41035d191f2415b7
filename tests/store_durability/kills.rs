//! Kills at any moment.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    path::Path,
    thread,
    time::Duration,
};

use store::embedded::{EmbeddedStore, verify};
use tempfile::TempDir;

use crate::{
    child::{acknowledged, command},
    plan::{Step, check_log, recorded},
};

const KILLS: usize = 50;
const STREAMS: u64 = 4;

fn random_moment() -> Duration {
    Duration::from_micros(RandomState::new().build_hasher().finish() % 120_000)
}

#[tokio::test]
async fn a_process_killed_at_any_moment_loses_nothing_acknowledged_and_its_retry_records_nothing_twice() {
    let directory = TempDir::new().unwrap();
    let mut all = 0;
    for kill in 0..KILLS {
        let moment = random_moment();
        // Every other one at work, however long it took to begin.
        let steps = written_until_killed(directory.path(), moment, kill % 2 == 1);
        all += steps.len();
        println!("kill {kill} after {moment:?}: {} appends acknowledged", steps.len());
        still_there(directory.path(), &steps).await;
    }
    assert!(all > KILLS, "the child hardly wrote: {all} appends");
    let found = verify(directory.path()).unwrap();
    assert!(found.is_whole(), "{:?}", found.problems);
    check_log(directory.path(), &[], STREAMS, 3).await;
}

/// What a child was acknowledged before it was killed, `moment` after it was started, or after its first acknowledgement.
fn written_until_killed(directory: &Path, moment: Duration, at_work: bool) -> Vec<Step> {
    let mut child = command(directory, None).spawn().unwrap();
    let mut acknowledged = acknowledged(&mut child);
    let first = if at_work { acknowledged.next() } else { None };
    let killing = thread::spawn(move || {
        thread::sleep(moment);
        child.kill().unwrap();
        child.wait().unwrap();
    });
    let steps = first.into_iter().chain(acknowledged).collect();
    killing.join().unwrap();
    steps
}

/// Finds every acknowledged append, then does what its sender would: tries the next again, twice.
async fn still_there(directory: &Path, acknowledged: &[Step]) {
    let store = EmbeddedStore::open(directory).unwrap();
    for stream in 0..STREAMS {
        let recorded = recorded(&store, stream).await;
        let last = acknowledged.iter().filter(|step| step.stream == stream).map(|step| step.number + 1).max().unwrap_or(0);
        assert!(recorded >= last, "{last} appends of stream {stream} were acknowledged, {recorded} are there");
        for _ in 0..2 {
            Step { stream, number: last }.append(&store).await.unwrap();
        }
        assert_eq!(self::recorded(&store, stream).await, recorded.max(last + 1));
    }
}
