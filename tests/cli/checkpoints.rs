//! The checkpoint that a server leaves, and what a later one makes of it.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use tempfile::{TempDir, tempdir};

use crate::program::{Server, milepost, record, run_on};

const USED: &str = "the picture begins with the checkpoint";
const DISCARDED: &str = "the checkpoint is discarded and the whole log read instead";
const WRITTEN: &str = "a checkpoint is written";

/// A data directory with a log of `events` and a checkpoint of it.
fn with_checkpoint(events: usize) -> TempDir {
    let data = tempdir().unwrap();
    record(data.path(), events);
    let log = ready(data.path()).stop();
    assert!(log.iter().any(|entry| entry["message"] == WRITTEN), "{log:#?}");
    data
}

fn ready(data: &Path) -> Server {
    let server = Server::start(data);
    while server.probe("/readyz").status != 200 {}
    server
}

/// What a new start says about the checkpoint, and how many events it has then.
fn next_start(data: &Path) -> (Vec<String>, u64) {
    let server = ready(data);
    let events = server.probe("/readyz").json()["events"].as_u64().unwrap();
    let opening = server.opening.iter().filter(|message| *message != "answering probes");
    (opening.cloned().collect(), events)
}

#[test]
fn a_server_that_stops_leaves_a_checkpoint_and_the_next_begins_with_it() {
    let data = with_checkpoint(5);
    let file = data.path().join("checkpoint");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!data.path().join("checkpoint.partial").exists());
    assert_eq!(next_start(data.path()), (vec![USED.to_owned()], 5));
}

#[test]
fn what_was_recorded_since_the_checkpoint_is_read_from_the_log() {
    let data = with_checkpoint(5);
    record(data.path(), 2);
    assert_eq!(next_start(data.path()), (vec![USED.to_owned()], 7));
}

#[test]
fn a_damaged_checkpoint_is_discarded_and_the_service_starts() {
    let data = with_checkpoint(5);
    let file = data.path().join("checkpoint");
    let whole = fs::read(&file).unwrap();
    let mut altered = whole.clone();
    altered[whole.len() / 2] ^= 1;
    for damaged in [&altered[..], &whole[..whole.len() - 1], b""] {
        fs::write(&file, damaged).unwrap();
        assert_eq!(next_start(data.path()), (vec![DISCARDED.to_owned()], 5));
    }
}

#[test]
fn a_checkpoint_of_another_log_stops_the_start() {
    let (ours, shorter, longer) = (with_checkpoint(5), with_checkpoint(3), with_checkpoint(8));
    for (other, saying) in [(shorter, "another act is at position 3"), (longer, "3 acts are missing at the end")] {
        fs::copy(other.path().join("checkpoint"), ours.path().join("checkpoint")).unwrap();
        let done = run_on(ours.path(), &["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!(done.code, 2, "{done:?}");
        assert!(done.err.contains(saying) && done.err.contains("the checkpoint"), "{done:?}");
    }
}

#[test]
fn a_checkpoint_is_written_while_it_serves_once_enough_is_recorded() {
    let data = tempdir().unwrap();
    record(data.path(), 20);
    let mut command = milepost();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data.path()).env("MILEPOST_CHECKPOINT_EVENTS", "20");
    let server = Server::start_as(&mut command);
    server.logged(WRITTEN);
    let (code, _, _) = server.stop_by("KILL");
    assert_eq!(code, None);
    assert_eq!(next_start(data.path()), (vec![USED.to_owned()], 20));
}

#[test]
fn verify_folds_the_log_anew_and_compares() {
    let data = with_checkpoint(5);
    let done = run_on(data.path(), &["verify"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.contains("the checkpoint of 5 events says what the log says"), "{done:?}");
    record(data.path(), 1);
    assert_eq!(run_on(data.path(), &["verify"]).code, 0, "the checkpoint may lag behind");
    let other = with_checkpoint(5);
    fs::copy(other.path().join("checkpoint"), data.path().join("checkpoint")).unwrap();
    let done = run_on(data.path(), &["verify"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.out.contains("is not the one that the checkpoint speaks of: another act is at position 5"), "{done:?}");
}
