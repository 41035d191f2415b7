//! `milepost verify`, `milepost backup`

use std::{fs, os::unix::fs::PermissionsExt};

use rusqlite::Connection;
use tempfile::tempdir;

use crate::program::{Done, Server, record, run_on};

fn assert_whole(done: &Done, events: usize) {
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.contains(&format!("the log is whole: {events} events")), "{done:?}");
}

/// The last hash that `verify` or `backup` printed.
fn last_hash(done: &Done) -> String {
    done.out.split("last hash ").nth(1).unwrap()[..64].to_owned()
}

#[test]
fn a_log_as_it_was_written_is_whole() {
    let data = tempdir().unwrap();
    record(data.path(), 3);
    assert_whole(&run_on(data.path(), &["verify"]), 3);
}

#[test]
fn a_log_that_somebody_altered_is_not_whole() {
    let data = tempdir().unwrap();
    record(data.path(), 3);
    let log = Connection::open(data.path().join("milepost.db")).unwrap();
    let alter = "DROP TRIGGER event_is_never_changed;
        UPDATE event SET data = CAST(replace(CAST(data AS TEXT), '{', '{ ') AS BLOB) WHERE position = 2;";
    log.execute_batch(alter).unwrap();
    drop(log);
    let done = run_on(data.path(), &["verify"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.out.contains("position 2") && done.out.contains("the log is not whole"), "{done:?}");
    assert!(done.err.contains("is not whole"), "{done:?}");
}

#[test]
fn a_backup_made_while_a_server_runs_is_a_log_like_any_other() {
    let (data, other) = (tempdir().unwrap(), tempdir().unwrap());
    record(data.path(), 4);
    let server = Server::start(data.path());
    let copy = other.path().join("milepost.db");
    let done = run_on(data.path(), &["backup", copy.to_str().unwrap()]);
    assert_whole(&done, 4);
    let verified = run_on(&copy, &["verify"]);
    assert_whole(&verified, 4);
    assert_eq!(last_hash(&done), last_hash(&run_on(data.path(), &["verify"])));
    drop(server);
    let restored = Server::start(other.path());
    while restored.probe("/readyz").status != 200 {}
    assert_eq!(restored.probe("/readyz").json()["events"], 4);
}

#[test]
fn what_holds_the_record_is_for_its_owner_only() {
    let (data, other) = (tempdir().unwrap(), tempdir().unwrap());
    record(data.path(), 1);
    let server = Server::start(data.path());
    run_on(data.path(), &["backup", other.path().join("copy.db").to_str().unwrap()]);
    for directory in [&data, &other] {
        for entry in fs::read_dir(directory.path()).unwrap().map(Result::unwrap) {
            let (name, metadata) = (entry.file_name(), entry.metadata().unwrap());
            let holds_nothing = metadata.len() == 0;
            assert!(holds_nothing || metadata.permissions().mode() & 0o777 == 0o600, "{}", name.display());
        }
    }
    drop(server);
}
