//! A log that lost acts, or that is damaged: what was acknowledged is never served less, in silence.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use schema::{NewEvent, ThingId};
use store::{EventStore, Expected, embedded::EmbeddedStore};
use tempfile::{TempDir, tempdir};
use tokio::runtime::{Builder, Runtime};

use crate::{
    program::{Done, Server, milepost, record, run_on},
    support::{new_event, new_thing},
};

pub const LOG: &str = "milepost.db";
pub const WRITE_AHEAD: &str = "milepost.db-wal";
pub const HEAD: &str = "milepost.head";
const CHECKPOINT: &str = "checkpoint";

pub fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

pub fn append_one(store: &EmbeddedStore, runtime: &Runtime) -> (ThingId, NewEvent) {
    let (thing, event) = (new_thing(), new_event());
    runtime.block_on(store.append(thing, Expected::NoStream, vec![event.clone()])).unwrap();
    (thing, event)
}

/// A directory as a server leaves it that is killed after `events`, each committed by itself.
pub fn killed_after(events: usize) -> TempDir {
    let (running, killed) = (tempdir().unwrap(), tempdir().unwrap());
    let (store, runtime) = (EmbeddedStore::open(running.path()).unwrap(), runtime());
    for _ in 0..events {
        append_one(&store, &runtime);
    }
    for name in [LOG, WRITE_AHEAD, HEAD] {
        fs::copy(running.path().join(name), killed.path().join(name)).unwrap();
    }
    killed
}

/// A directory as a server leaves it that is stopped well after `events`, with a checkpoint.
pub fn stopped_after(events: usize) -> TempDir {
    let data = tempdir().unwrap();
    record(data.path(), events);
    let server = Server::start(data.path());
    server.ready();
    server.stop();
    data
}

pub fn flip(file: &Path, at: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[at] ^= 1;
    fs::write(file, bytes).unwrap();
}

/// The files that hold something, but for those by which SQLite and the lock coordinate.
pub fn contents(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let files = files.filter(|path| !path.ends_with("milepost.db-shm") && !path.ends_with("milepost.lock"));
    files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// `serve`, `import`, `copy` and `backup` refuse the log in one sentence that says `saying`, and touch nothing.
fn assert_nothing_goes_on(data: &Path, saying: &[&str]) {
    let elsewhere = tempdir().unwrap();
    let before = contents(data);
    let (to, register) = (elsewhere.path().join("to"), elsewhere.path().join("register.csv"));
    fs::write(&register, "a,b\n1,2\n").unwrap();
    let wells = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/examples/wells.toml");
    let (to, register) = (to.to_str().unwrap(), register.to_str().unwrap());
    for arguments in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["import", "--mapping", wells, "--published-on", "2026-01-01", register],
        &["copy", "--from", data.to_str().unwrap(), "--to", to],
        &["backup", to],
    ] {
        let done = run_on(data, arguments);
        assert_eq!(done.code, 2, "{arguments:?}: {done:?}");
        for part in saying.iter().chain(&["milepost restore", "milepost salvage", "--accept-shorter-log"]) {
            assert!(done.err.contains(part), "{part:?} is not said by {arguments:?}: {done:?}");
        }
        assert_eq!(contents(data), before, "{arguments:?} touched something");
    }
}

fn count_said(done: &Done, before: &str) -> usize {
    let said = done.out.lines().chain(done.err.lines()).find_map(|line| line.split_once(before)).unwrap().0;
    said.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn a_write_ahead_log_with_a_flipped_byte_is_no_shorter_log() {
    const EVENTS: usize = 24;
    let length = fs::read(killed_after(EVENTS).path().join(WRITE_AHEAD)).unwrap().len();
    for at in [9, 20, length / 3, length / 2, length - 5_000] {
        let data = killed_after(EVENTS);
        flip(&data.path().join(WRITE_AHEAD), at);
        let verified = run_on(data.path(), &["verify"]);
        assert_ne!(verified.code, 0, "byte {at}: {verified:?}");
        assert_nothing_goes_on(data.path(), &["the head file"]);

        let salvaged = data.path().join("salvaged.db");
        let done = run_on(data.path(), &["salvage", salvaged.to_str().unwrap()]);
        assert_eq!(done.code, 0, "byte {at}: {done:?}");
        assert_eq!(count_said(&done, " acts are proven"), EVENTS, "byte {at}: {done:?}");
        assert!(run_on(&salvaged, &["verify"]).out.contains(&format!("the log is whole: {EVENTS} events")), "byte {at}");
    }
}

#[test]
fn a_log_that_is_gone_is_no_empty_log() {
    for name in [CHECKPOINT, HEAD] {
        let data = stopped_after(5);
        let other = if name == HEAD { CHECKPOINT } else { HEAD };
        fs::remove_file(data.path().join(other)).unwrap();
        fs::remove_file(data.path().join(LOG)).unwrap();
        assert_nothing_goes_on(data.path(), &["there is no log in", "5 acts"]);
        let verified = run_on(data.path(), &["verify"]);
        assert!(verified.code == 2 && verified.err.contains("5 acts"), "{verified:?}");
        fs::write(data.path().join(LOG), b"").unwrap();
        assert_nothing_goes_on(data.path(), &["there is no log in", "5 acts"]);
    }
    let data = killed_after(5);
    for name in [LOG, HEAD] {
        fs::remove_file(data.path().join(name)).unwrap();
    }
    fs::write(data.path().join("signing-key.pem"), b"").unwrap();
    assert_nothing_goes_on(data.path(), &["its write-ahead log holds acts"]);
}

#[test]
fn a_log_that_became_shorter_is_refused_until_somebody_says_that_it_is_meant() {
    let (data, earlier) = (tempdir().unwrap(), tempdir().unwrap());
    record(data.path(), 4);
    fs::copy(data.path().join(LOG), earlier.path().join(LOG)).unwrap();
    record(data.path(), 5);
    fs::copy(earlier.path().join(LOG), data.path().join(LOG)).unwrap();
    assert_nothing_goes_on(data.path(), &["5 acts are missing at the end", "the head file holds 9 acts, the log 4"]);
    let verified = run_on(data.path(), &["verify"]);
    assert_eq!(verified.code, 1, "{verified:?}");
    assert!(verified.out.contains("5 acts are missing at the end"), "{verified:?}");

    let head = fs::read(data.path().join(HEAD)).unwrap();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--accept-shorter-log", "--data"];
    let server = Server::start_as(milepost().args(serve).arg(data.path()));
    assert_eq!(server.ready()["events"], 4);
    server.stop();
    let mut files = fs::read_dir(data.path()).unwrap().map(|entry| entry.unwrap().path());
    let is_aside = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with("set-aside-");
    let aside = files.find(is_aside).unwrap();
    assert_eq!(fs::read(aside.join(HEAD)).unwrap(), head);
    assert!(aside.join(LOG).exists());
    assert_eq!(Server::start(data.path()).ready()["events"], 4, "it is accepted once and for all");
}

#[test]
fn after_a_clean_stop_the_one_file_is_the_whole_log() {
    let (data, other) = (stopped_after(7), tempdir().unwrap());
    assert!(!data.path().join(WRITE_AHEAD).exists());
    let copy = other.path().join(LOG);
    fs::copy(data.path().join(LOG), &copy).unwrap();
    let verified = run_on(&copy, &["verify"]);
    assert!(verified.code == 0 && verified.out.contains("the log is whole: 7 events"), "{verified:?}");
}

#[test]
fn of_a_copy_without_its_end_nobody_can_know_whether_it_is_whole() {
    let (data, other) = (killed_after(7), tempdir().unwrap());
    let copy = other.path().join(LOG);
    fs::copy(data.path().join(LOG), &copy).unwrap();
    for path in [other.path(), &copy] {
        let verified = run_on(path, &["verify"]);
        assert_eq!(verified.code, 1, "{verified:?}");
        assert!(verified.out.contains("whether acts are missing at its end can't be known"), "{verified:?}");
        assert!(!verified.out.contains("the log is whole"), "{verified:?}");
    }
    let salvage = run_on(data.path(), &["restore", copy.to_str().unwrap()]);
    assert_eq!(salvage.code, 2, "{salvage:?}");
}

#[test]
fn what_is_written_where_nobody_finds_it_is_not_acknowledged() {
    let data = tempdir().unwrap();
    let (store, runtime) = (EmbeddedStore::open(data.path()).unwrap(), runtime());
    append_one(&store, &runtime);
    let (log, away) = (data.path().join(LOG), data.path().join("away"));
    let refused = |what: &str| {
        let outcome = runtime.block_on(store.append(new_thing(), Expected::NoStream, vec![new_event()]));
        let error = outcome.expect_err(what).to_string();
        assert!(error.contains("was removed, replaced or moved"), "{what}: {error}");
    };
    fs::rename(&log, &away).unwrap();
    refused("removed");
    assert!(!log.exists(), "no other is made in its place");
    fs::copy(&away, &log).unwrap();
    refused("replaced");
    fs::rename(&away, &log).unwrap();
    append_one(&store, &runtime);

    let write_ahead = data.path().join(WRITE_AHEAD);
    fs::rename(&write_ahead, &away).unwrap();
    let outcome = runtime.block_on(store.append(new_thing(), Expected::NoStream, vec![new_event()]));
    assert!(outcome.is_err(), "its end is gone: {outcome:?}");
}

#[test]
fn a_directory_that_was_renamed_gets_no_act_and_no_checkpoint() {
    let root = tempdir().unwrap();
    let (data, moved) = (root.path().join("data"), root.path().join("moved"));
    record(&data, 3);
    let server = Server::start(&data);
    server.ready();
    fs::rename(&data, &moved).unwrap();
    fs::create_dir(&data).unwrap();
    let log = server.stop();
    assert!(
        log.iter().any(|entry| entry["error"].as_str().is_some_and(|error| error.contains("no longer the data directory"))
            || entry["message"] == "a checkpoint is written"),
        "{log:#?}"
    );
    assert_eq!(fs::read_dir(&data).unwrap().count(), 0, "the other directory is not ours");
}

#[test]
fn a_backup_that_is_killed_leaves_nothing_under_its_name() {
    let data = tempdir().unwrap();
    record(data.path(), 400);
    let room = tempdir().unwrap();
    let mut whole = 0;
    for number in 0..12 {
        let target = room.path().join(format!("{number}.db"));
        let mut child = milepost().args(["backup", target.to_str().unwrap(), "--data"]).arg(data.path()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(number * 2));
        child.kill().unwrap();
        child.wait().unwrap();
        if target.exists() {
            whole += 1;
            let verified = run_on(&target, &["verify"]);
            assert!(verified.out.contains("the log is whole: 400 events"), "{verified:?}");
        }
    }
    println!("{whole} of 12 were done before they were killed");
}

#[test]
fn a_backup_is_restored_whole_or_as_of_an_instant_and_overwrites_nothing() {
    let (data, room) = (tempdir().unwrap(), tempdir().unwrap());
    record(data.path(), 6);
    let backup = room.path().join("backup.db");
    let backed_up = run_on(data.path(), &["backup", backup.to_str().unwrap()]);
    assert!(backed_up.out.contains("the copy holds 6 acts"), "{backed_up:?}");

    let to = room.path().join("restored");
    let done = run_on(&to, &["restore", backup.to_str().unwrap()]);
    assert!(done.code == 0 && done.out.contains("holds 6 acts"), "{done:?}");
    assert!(to.join(HEAD).exists());
    assert_eq!(run_on(&to, &["verify"]).code, 0);
    let again = run_on(&to, &["restore", backup.to_str().unwrap()]);
    assert!(again.code == 2 && again.err.contains("nothing is overwritten"), "{again:?}");
    assert_eq!(Server::start(&to).ready()["events"], 6);

    let stopped = stopped_after(2);
    fs::remove_file(stopped.path().join(LOG)).unwrap();
    fs::remove_file(stopped.path().join(HEAD)).unwrap();
    let occupied = run_on(stopped.path(), &["restore", backup.to_str().unwrap()]);
    assert!(occupied.code == 2 && occupied.err.contains("checkpoint"), "{occupied:?}");

    let log = rusqlite::Connection::open(data.path().join(LOG)).unwrap();
    let third: i64 = log.query_row("SELECT recorded_at FROM event WHERE position = 3", [], |row| row.get(0)).unwrap();
    let later: i64 = log.query_row("SELECT count(*) FROM event WHERE recorded_at <= ?1", [third], |row| row.get(0)).unwrap();
    let until = chrono::DateTime::from_timestamp_micros(third).unwrap().to_rfc3339();
    let then = room.path().join("then");
    let done = run_on(&then, &["restore", "--until", &until, backup.to_str().unwrap()]);
    assert!(done.code == 0 && done.out.contains(&format!("holds {later} acts")), "{done:?}");
    assert_eq!(run_on(&then, &["verify"]).code, 0);

    let words = b"occurred_on";
    flip(&backup, fs::read(&backup).unwrap().windows(words.len()).rposition(|found| found == words).unwrap());
    let damaged = run_on(&room.path().join("none"), &["restore", backup.to_str().unwrap()]);
    assert!(damaged.code == 2 && damaged.err.contains("is not whole"), "{damaged:?}");
}

#[test]
fn an_act_that_was_altered_is_not_answered_and_nothing_is_recorded_any_more() {
    for with_checkpoint in [true, false] {
        let data = stopped_after(9);
        if !with_checkpoint {
            fs::remove_file(data.path().join(CHECKPOINT)).unwrap();
        }
        let log = rusqlite::Connection::open(data.path().join(LOG)).unwrap();
        let select = "SELECT sql FROM sqlite_schema WHERE name = 'event_is_never_changed'";
        let trigger: String = log.query_row(select, [], |row| row.get(0)).unwrap();
        let alter = "UPDATE event SET data = CAST(replace(CAST(data AS TEXT), 'GB', 'FR') AS BLOB) WHERE position = 4";
        log.execute_batch(&format!("DROP TRIGGER event_is_never_changed; {alter}; {trigger}")).unwrap();
        drop(log);
        let server = Server::start(data.path());
        let found = loop {
            let reply = server.probe("/readyz");
            if reply.status == 503 && reply.body.contains("damaged") {
                break reply;
            }
            assert_eq!(reply.status, 503, "ready with a damaged log: {reply:?}");
        };
        assert!(found.body.contains("position 4"), "{found:?}");
        assert_eq!(found.json()["quarantined"], 1, "{found:?}");
        assert!(server.probe("/metrics").body.contains("milepost_log_damaged_events 1"));
        let token = run_on(data.path(), &["token", "--new", "--role", "administrator"]).out;
        let mutation = "mutation { organisationRegister(input: {name: \"Wind Ltd\", kind: COMPANY, country: \"GB\", \
                        occurredOn: \"2026-01\"}) { facts } }";
        let reply = server.ask(token.trim(), mutation);
        assert!(reply.body.contains("BUSY"), "{reply:?}");
        let (code, ..) = server.stop_by("TERM");
        assert_eq!(code, Some(0));
        assert!(run_on(data.path(), &["verify"]).out.contains("9 events"), "nothing was added");
    }
}

#[test]
fn a_receipt_proves_what_was_recorded_also_when_more_has_been_since() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    server.ready();
    let token = run_on(data.path(), &["token", "--new", "--role", "administrator"]).out;
    let mutation = |id: &str| {
        format!(
            "mutation {{ organisationRegister(input: {{name: \"Wind {id} Ltd\", kind: COMPANY, country: \"GB\", \
             occurredOn: \"2026-01\", commandId: \"00000000-0000-4000-8000-0000000000{id}\"}}) {{ receipt }} }}"
        )
    };
    let receipt = |id: &str| {
        let reply = server.ask(token.trim(), &mutation(id)).json();
        reply["data"]["organisationRegister"]["receipt"].as_str().unwrap_or_else(|| panic!("{reply}")).to_owned()
    };
    let first = receipt("01");
    let second = receipt("02");
    server.stop();
    let file = data.path().join("receipt.txt");
    fs::write(&file, &first).unwrap();
    let check = |path: &Path, receipt: &Path| {
        run_on(path, &["verify", "--receipt", receipt.to_str().unwrap(), "--keys", data.path().to_str().unwrap()])
    };
    let done = check(data.path(), &file);
    assert!(done.code == 0 && done.out.contains("the receipt holds"), "{done:?}");

    let shorter = data.path().join("shorter");
    let backup = data.path().join("backup.db");
    assert_eq!(run_on(data.path(), &["backup", backup.to_str().unwrap()]).code, 0);
    let log = rusqlite::Connection::open(&backup).unwrap();
    let at: i64 = log.query_row("SELECT recorded_at FROM event WHERE position = 1", [], |row| row.get(0)).unwrap();
    drop(log);
    let until = chrono::DateTime::from_timestamp_micros(at).unwrap().to_rfc3339();
    assert_eq!(run_on(&shorter, &["restore", "--until", &until, backup.to_str().unwrap()]).code, 0);
    fs::write(&file, &second).unwrap();
    let missing = check(&shorter, &file);
    assert!(missing.code == 1 && missing.err.contains("does not hold the act"), "{missing:?}");
    let middle = second.len() / 2;
    let forged =
        format!("{}{}{}", &second[..middle], if &second[middle..=middle] == "A" { "B" } else { "A" }, &second[middle + 1..]);
    fs::write(&file, forged).unwrap();
    assert_eq!(check(data.path(), &file).code, 2);
    let other = tempdir().unwrap();
    assert_eq!(
        Command::new(env!("CARGO_BIN_EXE_milepost"))
            .args(["token", "--new", "--role", "auditor", "--data"])
            .arg(other.path())
            .output()
            .unwrap()
            .status
            .code(),
        Some(0)
    );
    fs::write(&file, &first).unwrap();
    let elsewhere =
        run_on(data.path(), &["verify", "--receipt", file.to_str().unwrap(), "--keys", other.path().to_str().unwrap()]);
    assert!(elsewhere.code == 2 && elsewhere.err.contains("another key"), "{elsewhere:?}");
}

/// What is salvaged of the log in `data`: how many acts.
fn salvaged(data: &Path) -> usize {
    let room = tempdir().unwrap();
    let target = room.path().join("salvaged.db");
    let done = run_on(data, &["salvage", target.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{done:?}");
    done.out.split_whitespace().find_map(|word| word.parse().ok()).unwrap()
}

#[test]
fn a_log_without_its_beginning_keeps_the_acts_beside_it_whoever_looks() {
    for bytes in [0, 1, 100] {
        let data = killed_after(12);
        let write_ahead = fs::read(data.path().join(WRITE_AHEAD)).unwrap();
        let head = fs::read(data.path().join(LOG)).unwrap();
        fs::write(data.path().join(LOG), vec![0; bytes.min(head.len())]).unwrap();
        let copy = data.path().join("copy.db");
        for arguments in [&["verify"][..], &["serve", "--listen", "127.0.0.1:0"], &["backup", copy.to_str().unwrap()]] {
            let done = run_on(data.path(), arguments);
            assert_eq!(done.code, 2, "{arguments:?}: {done:?}");
            assert!(done.err.contains("milepost salvage"), "{arguments:?}: {done:?}");
            assert!(!done.err.contains("choose another directory"), "{arguments:?}: {done:?}");
            assert!(fs::read(data.path().join(WRITE_AHEAD)).unwrap() == write_ahead, "{arguments:?} touched it");
        }
        assert_eq!(salvaged(data.path()), 12, "{bytes} bytes");
    }
}

#[test]
fn a_log_whose_head_is_damaged_or_whose_end_is_cut_is_salvaged_as_far_as_it_goes() {
    let whole = stopped_after(20);
    let log = fs::read(whole.path().join(LOG)).unwrap();
    for at in 0..32 {
        let data = tempdir().unwrap();
        let mut bytes = log.clone();
        bytes[at] ^= 0x5a;
        fs::write(data.path().join(LOG), bytes).unwrap();
        fs::copy(whole.path().join(HEAD), data.path().join(HEAD)).unwrap();
        assert_eq!(salvaged(data.path()), 20, "byte {at}");
        let served = run_on(data.path(), &["verify"]);
        assert!(!served.err.contains("choose another directory"), "byte {at}: {served:?}");
    }
    let data = tempdir().unwrap();
    fs::write(data.path().join(LOG), &log[..log.len() - 4096]).unwrap();
    let cut = salvaged(data.path());
    assert!((1..=20).contains(&cut), "{cut}");
}

#[test]
fn a_log_without_its_head_file_is_served_and_the_log_says_that_nothing_proves_its_end() {
    let data = stopped_after(4);
    for name in [HEAD, CHECKPOINT] {
        fs::remove_file(data.path().join(name)).unwrap();
    }
    let warns = |server: &Server| server.opening.iter().any(|line| line.starts_with("no head file stands beside the log"));
    let server = Server::start(data.path());
    assert!(warns(&server), "{:?}", server.opening);
    server.ready();
    server.stop();
    let again = Server::start(data.path());
    assert!(!warns(&again), "{:?}", again.opening);
}

#[test]
fn another_log_under_the_write_ahead_log_of_one_that_was_killed_is_left_as_it_is() {
    let (running, other) = (stopped_after(30), stopped_after(8));
    let (data, runtime) = (tempdir().unwrap(), runtime());
    let store = EmbeddedStore::open(running.path()).unwrap();
    for _ in 0..3 {
        append_one(&store, &runtime);
    }
    for name in [LOG, WRITE_AHEAD, HEAD] {
        fs::copy(running.path().join(name), data.path().join(name)).unwrap();
    }
    let write_ahead = fs::read(data.path().join(WRITE_AHEAD)).unwrap();
    let meant = fs::read(other.path().join(LOG)).unwrap();
    fs::write(data.path().join(LOG), &meant).unwrap();
    fs::remove_file(data.path().join(HEAD)).unwrap();
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["verify"]] {
        let refused = run_on(data.path(), arguments);
        assert!(refused.code == 2 && refused.err.contains("holds acts of another"), "{arguments:?}: {refused:?}");
        assert!(fs::read(data.path().join(WRITE_AHEAD)).unwrap() == write_ahead, "{arguments:?} touched the acts");
        assert!(fs::read(data.path().join(LOG)).unwrap() == meant, "{arguments:?} touched the log");
    }
}

#[test]
fn nothing_is_recorded_in_a_log_that_was_copied_over_in_its_place() {
    let (data, other) = (stopped_after(6), stopped_after(3));
    let server = Server::start(data.path());
    server.ready();
    let token = run_on(data.path(), &["token", "--new", "--role", "administrator"]).out.trim().to_owned();
    let register =
        r#"mutation { organisationRegister(input: { name: "Copied Over Ltd", kind: COMPANY, occurredOn: "2024" }) { facts } }"#;
    assert!(server.ask(&token, register).body.contains("facts\":[\""));
    // In place: the same file, and another log in it.
    let meant = fs::read(other.path().join(LOG)).unwrap();
    fs::write(data.path().join(LOG), meant).unwrap();
    let refused = server.ask(&token, &register.replace("Copied Over", "Copied Again"));
    assert_eq!(refused.status, 503, "{refused:?}");
    let said = server.probe("/readyz").json()["detail"].as_str().unwrap().to_owned();
    assert!(said.contains("was removed, replaced or moved"), "{said}");
}
