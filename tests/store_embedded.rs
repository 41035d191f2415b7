//! What the embedded store does beyond the contract: its file, its lock, its copies, and its check of itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Utc};
use futures::{StreamExt, future::join_all, poll};
use rusqlite::Connection;
use schema::{NewEvent, Position, ThingId};
use store::{
    AppendError, EventStore, Expected,
    embedded::{BackupError, EmbeddedStore, FILE_NAME, OpenError, Verification, backup, verify},
};
use support::{ids_in, ids_of, new_event, new_events, new_thing, next_delivery, next_events, stream_of, until_caught_up};
use tempfile::TempDir;

fn directory() -> TempDir {
    TempDir::new().unwrap()
}

fn raw(directory: &Path) -> Connection {
    Connection::open(directory.join(FILE_NAME)).unwrap()
}

/// A log of two streams of three events each, one after the other.
async fn written(directory: &Path) -> [(ThingId, Vec<NewEvent>); 2] {
    let store = EmbeddedStore::open(directory).unwrap();
    let streams = [(); 2].map(|()| (new_thing(), new_events(3)));
    for (thing, events) in &streams {
        store.append(*thing, Expected::NoStream, events.clone()).await.unwrap();
    }
    streams
}

#[test]
#[cfg(unix)]
fn only_its_owner_can_open_the_lock_and_so_keep_a_server_from_starting() {
    use std::os::unix::fs::PermissionsExt;

    let directory = directory();
    let lock = directory.path().join("milepost.lock");
    let mode = || fs::metadata(&lock).unwrap().permissions().mode() & 0o777;
    drop(EmbeddedStore::open(directory.path()).unwrap());
    assert_eq!(mode(), 0o600);
    // One that an earlier build made is closed to others.
    fs::set_permissions(&lock, fs::Permissions::from_mode(0o644)).unwrap();
    drop(EmbeddedStore::open(directory.path()).unwrap());
    assert_eq!(mode(), 0o600);
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_remove_replace_or_skip_events() {
    let directory = directory();
    written(directory.path()).await;
    let log = raw(directory.path());
    let copy_of_first =
        "SELECT 1, id, stream, revision, recorded_at, type, version, metadata, x'00', hash FROM event WHERE position = 1";
    for (statement, because) in [
        ("UPDATE event SET data = x'00' WHERE position = 2", "recorded events are never changed"),
        ("UPDATE event SET position = 9 WHERE position = 6", "recorded events are never changed"),
        ("DELETE FROM event WHERE position = 6", "recorded events are never removed"),
        ("DELETE FROM event", "recorded events are never removed"),
        (&format!("INSERT OR REPLACE INTO event {copy_of_first}"), "an event is added once, after the last one"),
        (&format!("INSERT OR REPLACE INTO event {}", copy_of_first.replace("SELECT 1", "SELECT 7")), "an event is added once"),
        (&format!("INSERT INTO event {}", copy_of_first.replace("SELECT 1, id", "SELECT 8, x'01'")), "an event is added once"),
    ] {
        let refused = log.execute(statement, []).unwrap_err().to_string();
        assert!(refused.starts_with(because), "{statement}: {refused}");
    }
    assert!(verify(directory.path()).unwrap().is_whole());
}

#[tokio::test]
async fn what_is_in_a_directory_is_there_when_it_is_opened_again() {
    let directory = directory();
    let [(thing, mut events), _] = written(directory.path()).await;
    let store = EmbeddedStore::open(directory.path()).unwrap();
    assert_eq!(store.head().await.unwrap(), Some(Position(6)));
    events.push(new_event());
    store.append(thing, Expected::Revision(2), events[3..].to_vec()).await.unwrap();
    assert_eq!(ids_in(&store, thing).await, ids_of(&events));
    assert_eq!(stream_of(&store, thing).await[3].position, Position(7));
    assert!(verify(directory.path()).unwrap().is_whole());
}

/// Appends of all sizes at once, some of them twice; how many events they add.
async fn append_all_sorts(store: &EmbeddedStore) -> usize {
    let long = |_| NewEvent { data: vec![b' '; 300_000], ..new_event() };
    let appends: Vec<_> =
        (0..40).map(|at| if at % 10 == 9 { (0..3).map(long).collect() } else { new_events(at % 3 + 1) }).collect();
    let added = appends.iter().map(Vec::len).sum();
    let appends: Vec<_> = appends.into_iter().map(|events| (new_thing(), events)).collect();
    let again = appends.iter().filter(|(_, events)| events.len() == 2);
    let all = appends.iter().chain(again).map(|(thing, events)| store.append(*thing, Expected::NoStream, events.clone()));
    assert!(join_all(all).await.iter().all(Result::is_ok));
    added
}

#[tokio::test]
async fn what_is_delivered_live_is_what_the_file_holds() {
    let directory = directory();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    let mut live = store.subscribe(None);
    let mut delivered = until_caught_up(&mut live).await;
    for _ in 0..3 {
        let added = append_all_sorts(&store).await;
        delivered.extend(next_events(&mut live, added).await);
        for _ in 0..10 {
            store.append(new_thing(), Expected::NoStream, new_events(2)).await.unwrap();
            delivered.extend(next_events(&mut live, 2).await);
        }
    }
    // More than anybody keeps, before the next is looked at.
    let mut added = 0;
    for _ in 0..4 {
        added += append_all_sorts(&store).await;
    }
    delivered.extend(next_events(&mut live, added).await);
    drop((live, store));
    let reopened = EmbeddedStore::open(directory.path()).unwrap();
    assert_eq!(delivered, until_caught_up(&mut reopened.subscribe(None)).await);
}

#[test]
fn a_directory_in_use_is_refused_until_the_other_server_stops() {
    let directory = directory();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    let refused = EmbeddedStore::open(directory.path()).err().unwrap();
    assert!(matches!(refused, OpenError::InUse { .. }), "{refused:?}");
    drop(store);
    EmbeddedStore::open(directory.path()).unwrap();
}

#[test]
fn a_file_that_is_not_ours_is_refused_by_name_and_left_as_it_is() {
    let other_application = |file: &Path| Connection::open(file).unwrap().pragma_update(None, "application_id", 7).unwrap();
    let other_tables = |file: &Path| Connection::open(file).unwrap().execute_batch("CREATE TABLE event (id)").unwrap();
    let no_database = |file: &Path| fs::write(file, "minutes of the last meeting, in plain text\n".repeat(100)).unwrap();
    for make in [&other_application as &dyn Fn(&Path), &other_tables, &no_database] {
        let directory = directory();
        let file = directory.path().join(FILE_NAME);
        make(&file);
        let before = fs::read(&file).unwrap();
        for refused in [EmbeddedStore::open(directory.path()).err().unwrap(), verify(directory.path()).unwrap_err()] {
            assert!(matches!(&refused, OpenError::Foreign { file: named } if *named == file), "{refused:?}");
        }
        assert_eq!(fs::read(&file).unwrap(), before);
    }
}

#[test]
fn a_file_of_a_newer_format_is_refused_and_says_what_to_do() {
    let directory = directory();
    drop(EmbeddedStore::open(directory.path()).unwrap());
    raw(directory.path()).pragma_update(None, "user_version", 2).unwrap();
    let refused = EmbeddedStore::open(directory.path()).err().unwrap();
    assert!(matches!(refused, OpenError::Newer { format: 2, .. }), "{refused:?}");
    assert!(refused.to_string().ends_with("is of format 2, this build knows 1; start a newer build"), "{refused}");
}

#[test]
fn a_directory_that_cannot_be_made_is_refused() {
    let directory = directory();
    let file = directory.path().join("a file");
    fs::write(&file, "").unwrap();
    let refused = EmbeddedStore::open(&file.join("below it")).err().unwrap();
    assert!(matches!(refused, OpenError::Directory { .. }), "{refused:?}");
}

#[test]
fn a_directory_is_made_where_there_is_none_but_not_by_looking_at_it() {
    let directory = directory();
    let deep = directory.path().join("data/of/ours");
    for refused in
        [verify(&deep).unwrap_err().to_string(), backup(&deep, &directory.path().join("copy")).unwrap_err().to_string()]
    {
        assert!(refused.starts_with("there is no log at "), "{refused}");
    }
    assert!(!deep.exists());
    EmbeddedStore::open(&deep).unwrap();
    assert!(verify(&deep).unwrap().is_whole());
}

#[tokio::test]
async fn an_event_is_stamped_with_what_the_clock_shows_also_where_that_is_set_back() {
    let directory = directory();
    let clock = Arc::new(AtomicI64::new(0));
    let open = || {
        let clock = Arc::clone(&clock);
        let now = move || DateTime::from_timestamp_nanos(clock.load(Ordering::Relaxed));
        EmbeddedStore::open_with_clock(directory.path(), now).unwrap()
    };
    let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let thing = new_thing();
    let mut expected = Expected::NoStream;
    for (now, recorded_at) in [
        ("2026-03-01T10:00:00.123456789Z", "2026-03-01T10:00:00.123456Z"),
        ("2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z"),
        ("2026-03-01T10:00:01Z", "2026-03-01T10:00:01Z"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
    ] {
        clock.store(instant(now).timestamp_nanos_opt().unwrap(), Ordering::Relaxed);
        let store = open();
        let appended = store.append(thing, expected, vec![new_event()]).await.unwrap();
        expected = Expected::Revision(appended.revision);
        assert_eq!(stream_of(&store, thing).await.last().unwrap().recorded_at, instant(recorded_at));
    }
    assert!(verify(directory.path()).unwrap().is_whole());
}

#[tokio::test]
async fn an_append_is_recorded_also_when_nobody_waits_for_its_answer() {
    let directory = directory();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    let (thing, event) = (new_thing(), new_event());
    {
        let mut append = store.append(thing, Expected::NoStream, vec![event.clone()]);
        let _ = poll!(&mut append);
    }
    drop(store);
    let store = EmbeddedStore::open(directory.path()).unwrap();
    assert_eq!(ids_in(&store, thing).await, [event.id]);
}

#[tokio::test]
async fn a_subscription_delivers_what_there_is_and_ends_when_the_store_is_closed() {
    let directory = directory();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    let mut subscription = store.subscribe(None);
    assert_eq!(until_caught_up(&mut subscription).await, []);
    store.append(new_thing(), Expected::NoStream, new_events(3)).await.unwrap();
    drop(store);
    assert_eq!(until_caught_up(&mut subscription).await.len(), 3);
    assert_eq!(next_delivery(&mut subscription).await, None);
}

#[tokio::test]
async fn a_subscription_after_the_head_waits_for_what_comes_after_it() {
    let directory = directory();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    let mut subscription = store.subscribe(Some(Position(2)));
    assert_eq!(until_caught_up(&mut subscription).await, []);
    store.append(new_thing(), Expected::NoStream, new_events(3)).await.unwrap();
    assert_eq!(until_caught_up(&mut subscription).await[0].position, Position(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_append_at_once_share_commits() {
    let directory = directory();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    join_all((0..64).map(|_| async {
        let thing = new_thing();
        for revision in 0..20_u64 {
            store.append(thing, Expected::after(revision.checked_sub(1)), vec![new_event()]).await.unwrap();
        }
    }))
    .await;
    assert!(store.commits() * 8 <= 64 * 20, "{} commits for {} appends", store.commits(), 64 * 20);
    store.append(new_thing(), Expected::Revision(7), new_events(1)).await.unwrap_err();
    assert_eq!(store.head().await.unwrap(), Some(Position(64 * 20)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_while_others_write_is_whole_and_holds_what_was_acknowledged_before_it() {
    let directory = directory();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    let stop = AtomicBool::new(false);
    let writing = async {
        while !stop.load(Ordering::Relaxed) {
            store.append(new_thing(), Expected::NoStream, new_events(20)).await.unwrap();
        }
    };
    let backing_up = async {
        for number in 0..5 {
            let acknowledged = store.head().await.unwrap();
            let target = directory.path().join(format!("copy {number}"));
            let from = directory.path().to_owned();
            let copy = target.clone();
            let backed_up = tokio::task::spawn_blocking(move || backup(&from, &copy)).await.unwrap().unwrap();
            assert!(backed_up.head >= acknowledged);
            let found = verify(&target).unwrap();
            assert!(found.is_whole(), "{:?}", found.problems);
            assert_eq!((found.head, found.head_hash), (backed_up.head, backed_up.head_hash));
        }
        stop.store(true, Ordering::Relaxed);
    };
    futures::join!(writing, backing_up);
}

#[tokio::test]
async fn a_backup_put_into_a_directory_is_a_log_like_any_other() {
    let [from, to] = [directory(), directory()];
    let [(thing, events), _] = written(from.path()).await;
    backup(from.path(), &to.path().join(FILE_NAME)).unwrap();
    assert_eq!(names_in(to.path()), [FILE_NAME]);
    let store = EmbeddedStore::open(to.path()).unwrap();
    assert_eq!(ids_in(&store, thing).await, ids_of(&events));
    store.append(thing, Expected::Revision(2), vec![new_event()]).await.unwrap();
}

fn names_in(directory: &Path) -> Vec<String> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_backup_overwrites_nothing_and_leaves_nothing_when_it_fails() {
    let [from, to] = [directory(), directory()];
    written(from.path()).await;
    let target = to.path().join("copy");
    fs::write(&target, "kept").unwrap();
    let refused = backup(from.path(), &target).unwrap_err();
    assert!(matches!(&refused, BackupError::Exists { target: named } if *named == target), "{refused:?}");
    assert_eq!(fs::read_to_string(&target).unwrap(), "kept");
    let refused = backup(from.path(), &to.path().join("no such/copy")).unwrap_err();
    assert!(matches!(refused, BackupError::Target { .. } | BackupError::Copy { .. }), "{refused:?}");
    assert_eq!(names_in(to.path()), ["copy"]);
}

#[tokio::test]
async fn a_log_is_whole_also_while_a_server_has_it_open() {
    let directory = directory();
    written(directory.path()).await;
    let _server = EmbeddedStore::open(directory.path()).unwrap();
    let found = verify(directory.path()).unwrap();
    assert_eq!((found.events, found.streams, found.head), (6, 2, Some(Position(6))));
    assert_eq!((found.is_whole(), found.problems), (true, vec![]));
    assert_eq!(found.head_hash.len(), 64);
}

/// What is found in a log after somebody dropped its triggers, ran `statements` and put the triggers back.
async fn found_after(statements: &str) -> Verification {
    let directory = directory();
    written(directory.path()).await;
    let log = raw(directory.path());
    let mut triggers = log.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").unwrap();
    let triggers: Vec<(String, String)> =
        triggers.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    for (name, _) in &triggers {
        log.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    log.execute_batch(statements).unwrap();
    for (_, statement) in &triggers {
        log.execute_batch(statement).unwrap();
    }
    verify(directory.path()).unwrap()
}

#[tokio::test]
async fn whatever_somebody_did_to_the_log_is_found() {
    let copy_of_last =
        "SELECT 7, x'00112233445566778899aabbccddeeff', stream, 3, recorded_at, type, version, metadata, data, hash";
    for (statements, problem) in [
        (
            "UPDATE event SET data = CAST(replace(data, 'Hydrogen', 'Nitrogen') AS BLOB) WHERE position = 2",
            "position 2, or one before it, is not as it was recorded",
        ),
        (
            "UPDATE event SET recorded_at = recorded_at + 1 WHERE position = 6",
            "position 6, or one before it, is not as it was recorded",
        ),
        (
            "UPDATE event SET recorded_at = recorded_at - 1 WHERE position = 3",
            "position 3, or one before it, is not as it was recorded",
        ),
        ("DELETE FROM event WHERE position = 4", "position 3 is followed by 5"),
        ("DELETE FROM event WHERE position = 1", "position 0 is followed by 2"),
        (
            "DELETE FROM event WHERE position = 3; UPDATE event SET position = position - 1 WHERE position > 3",
            "position 3, or one before it, is not as it was recorded",
        ),
        ("UPDATE event SET revision = 5 WHERE position = 6", "position 6 has revision 5, after 1, in "),
        ("UPDATE event SET stream = 'minutes' WHERE position = 6", "position 6: "),
        ("UPDATE event SET type = 'PermitGranted' WHERE position = 6", "a organisation has no events of type PermitGranted"),
        ("UPDATE event SET version = 9 WHERE position = 6", "is of version 9, this build knows 1"),
        (
            &format!("INSERT INTO event {copy_of_last} FROM event WHERE position = 6"),
            "position 7, or one before it, is not as it was recorded",
        ),
        ("UPDATE event SET id = (SELECT id FROM event WHERE position = 1) WHERE position = 6", "is used 2 times"),
    ] {
        let found = found_after(statements).await;
        assert!(!found.is_whole());
        assert!(found.problems.iter().any(|found| found.contains(problem)), "{statements}: {:?}", found.problems);
    }
    assert!(found_after("").await.is_whole());
}

#[tokio::test]
async fn one_altered_event_is_one_problem() {
    let found = found_after("UPDATE event SET data = CAST(replace(data, 'GB', 'FR') AS BLOB) WHERE position = 2").await;
    assert_eq!((found.problem_count, found.problems.len()), (1, 1));
}

#[tokio::test]
async fn a_trigger_that_was_dropped_is_found() {
    let directory = directory();
    written(directory.path()).await;
    raw(directory.path()).execute_batch("DROP TRIGGER event_is_never_changed").unwrap();
    assert_eq!(verify(directory.path()).unwrap().problems, ["trigger event_is_never_changed is missing or altered"]);
}

#[tokio::test]
async fn damage_to_the_file_is_found_wherever_it_is() {
    let directory = directory();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    store.append(new_thing(), Expected::NoStream, new_events(100)).await.unwrap();
    drop(store);
    let file: PathBuf = directory.path().join(FILE_NAME);
    let good = fs::read(&file).unwrap();
    let pages = good.len() / 4096;
    for page in 1..pages {
        let mut bad = good.clone();
        bad[page * 4096..][..64].fill(0xa5);
        fs::write(&file, bad).unwrap();
        let found = verify(directory.path()).map(|found| found.is_whole());
        assert!(!found.unwrap_or(false), "page {page} of {pages}");
    }
    fs::write(&file, &good[..good.len() - 4096]).unwrap();
    assert!(!verify(directory.path()).is_ok_and(|found| found.is_whole()));
    fs::write(&file, good).unwrap();
    assert!(verify(directory.path()).unwrap().is_whole());
}

#[tokio::test]
async fn a_store_that_cannot_write_for_a_while_says_so_and_then_goes_on() {
    let directory = directory();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    let (thing, event) = (new_thing(), new_event());
    let other = raw(directory.path());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = store.append(thing, Expected::NoStream, vec![event.clone()]).await;
    assert!(matches!(refused, Err(AppendError::Store(_))), "{refused:?}");
    other.execute_batch("ROLLBACK").unwrap();
    store.append(thing, Expected::NoStream, vec![event.clone()]).await.unwrap();
    assert_eq!(ids_in(&store, thing).await, [event.id]);
    assert!(store.read(thing).next().await.is_some());
}

#[tokio::test]
async fn a_probe_is_a_commit_of_its_own_and_changes_nothing() {
    let directory = directory();
    written(directory.path()).await;
    let before = verify(directory.path()).unwrap();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    let log = directory.path().join(format!("{FILE_NAME}-wal"));
    let mut length = fs::metadata(&log).map_or(0, |found| found.len());
    for _ in 0..3 {
        store.probe().await.unwrap();
        let longer = fs::metadata(&log).unwrap().len();
        assert!(longer > length, "{longer} bytes after {length}");
        length = longer;
    }
    assert_eq!(store.commits(), 0);
    drop(store);
    assert_eq!(verify(directory.path()).unwrap(), before);
}

#[tokio::test]
async fn what_has_to_be_written_anew_behind_a_long_read_is_refused_at_once_and_says_why() {
    let directory = directory();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    store.append(new_thing(), Expected::NoStream, vec![new_event()]).await.unwrap();
    let (reader, other) = (raw(directory.path()), raw(directory.path()));
    reader.execute_batch("BEGIN; SELECT count(*) FROM event").unwrap();
    store.append(new_thing(), Expected::NoStream, vec![new_event()]).await.unwrap();
    // After this failure the writer takes up the log anew.
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = store.append(new_thing(), Expected::NoStream, vec![new_event()]).await;
    assert!(matches!(refused, Err(AppendError::Store(_))), "{refused:?}");
    other.execute_batch("ROLLBACK").unwrap();
    let refused = store.append(new_thing(), Expected::NoStream, vec![new_event()]).await.unwrap_err();
    assert!(refused.to_string().contains("a long read of it"), "{refused}");
    reader.execute_batch("COMMIT").unwrap();
    store.append(new_thing(), Expected::NoStream, vec![new_event()]).await.unwrap();
}
