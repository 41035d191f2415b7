//! Disks that fail, fill up, or lose power, at every operation of a bounded piece of work.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use store::embedded::FILE_NAME;
use tokio::runtime::Runtime;

use crate::{
    child::SESSIONS,
    plan::check_log,
    shim::{Fault, Run},
};

const APPENDS: u64 = 2;
const STREAMS: u64 = 2;
const PLANNED: u64 = APPENDS * SESSIONS;

/// Input/output error.
const EIO: i32 = 5;
/// No space left on device.
const ENOSPC: i32 = 28;

/// Goes through a trace and finds, at every acknowledgement, nothing in the write-ahead log that is not synced.
/// Returns how many acknowledgements came without a sync of their own since the one before.
fn acknowledgements_without_a_sync(trace: &[String]) -> usize {
    let (mut unsynced, mut syncs, mut without) = (false, 0, 0);
    let log = format!("{FILE_NAME}-wal");
    for line in trace {
        match line.split_once(' ').unwrap() {
            ("write", name) if name == log => unsynced = true,
            ("sync", name) if name == log => (unsynced, syncs) = (false, syncs + 1),
            ("print", text) if text.contains("acknowledged ") => {
                assert!(!unsynced, "{text} while something written was not synced");
                without += usize::from(syncs == 0);
                syncs = 0;
            }
            _ => {}
        }
    }
    without
}

#[test]
fn every_acknowledgement_comes_after_a_sync_of_what_it_is_for() {
    let run = Run::of(20, None);
    assert_eq!(run.acknowledged.len() as u64, 20 * SESSIONS * STREAMS);
    assert_eq!(acknowledgements_without_a_sync(&run.trace), 0);
}

#[test]
fn nothing_is_acknowledged_that_an_input_output_error_kept_from_the_disk() {
    at_every_operation(Fault::Once(EIO));
}

#[test]
fn nothing_is_acknowledged_once_every_operation_fails() {
    at_every_operation(Fault::FromThenOn(EIO));
}

#[test]
fn nothing_is_acknowledged_that_found_the_disk_full() {
    at_every_operation(Fault::Once(ENOSPC));
}

#[test]
fn nothing_is_acknowledged_while_the_disk_stays_full() {
    at_every_operation(Fault::FromThenOn(ENOSPC));
}

#[test]
fn nothing_acknowledged_is_lost_when_the_power_is_cut() {
    at_every_operation(Fault::PowerCut);
}

/// Does the same work again and again, with the fault at the first operation, the second, and so on to the last.
fn at_every_operation(fault: Fault) {
    let undisturbed = Run::of(APPENDS, None);
    assert_eq!(undisturbed.acknowledged.len() as u64, PLANNED * STREAMS);
    let (operations, next) = (undisturbed.operations(), AtomicUsize::new(1));
    let work = || {
        let runtime = Runtime::new().unwrap();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at > operations {
                return;
            }
            runtime.block_on(survives(fault, at));
        }
    };
    thread::scope(|scope| {
        let workers = [(); 2].map(|()| scope.spawn(work));
        for worker in workers {
            worker.join().unwrap();
        }
    });
}

/// What was acknowledged is on the disk, and in what the next process sees; what was not can be tried again.
async fn survives(fault: Fault, at: usize) {
    let run = Run::of(APPENDS, Some((fault, at)));
    let _named = NamedIfItFails(format!("{fault:?} at operation {at}: {} appends acknowledged", run.acknowledged.len()));
    acknowledgements_without_a_sync(&run.trace);
    check_log(run.disk.path(), &run.acknowledged, STREAMS, PLANNED).await;
    if fault != Fault::PowerCut {
        check_log(run.directory.path(), &run.acknowledged, STREAMS, PLANNED).await;
    }
}

/// Says at which operation a test failed; those that went well say nothing.
struct NamedIfItFails(String);

impl Drop for NamedIfItFails {
    fn drop(&mut self) {
        if thread::panicking() {
            println!("{}", self.0);
        }
    }
}
