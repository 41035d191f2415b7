//! A log that lost acts is gone on with once somebody has said so; what tells of them is set aside whole.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use tempfile::{TempDir, tempdir};

use crate::{
    lost::{HEAD, LOG, WRITE_AHEAD, contents, flip, killed_after, stopped_after},
    program::{Server, milepost, run_on},
};

const CHECKPOINT: &str = "checkpoint";

/// `serve` refuses `data`, says `saying` and touches nothing; told to go on, it serves `left` acts, now and at the next start,
/// and everything of before is found set aside as it was.
fn is_gone_on_with(data: &Path, saying: &str, left: u64) {
    let before = contents(data);
    let refused = run_on(data, &["serve", "--listen", "127.0.0.1:0"]);
    assert!(refused.code == 2 && refused.err.contains(saying), "{saying:?} is not said: {refused:?}");
    assert!(contents(data) == before, "{saying:?}: something was touched");

    let serve = ["serve", "--listen", "127.0.0.1:0", "--accept-shorter-log", "--data"];
    let server = Server::start_as(milepost().args(serve).arg(data));
    assert_eq!(server.ready()["events"], left, "{saying:?}");
    server.stop();
    let aside = set_aside(data);
    for (file, bytes) in before {
        let name = file.file_name().unwrap();
        if [LOG, WRITE_AHEAD, HEAD, CHECKPOINT].iter().any(|known| name == *known) {
            assert!(aside.get(name) == Some(&bytes), "{saying:?}: {} is not set aside as it was", name.display());
        }
    }
    let again = Server::start(data);
    assert_eq!(again.ready()["events"], left, "{saying:?}: it is accepted once and for all");
    again.stop();
    let verified = run_on(data, &["verify"]);
    assert!(verified.out.contains(&format!("the log is whole: {left} events")), "{saying:?}: {verified:?}");
}

/// What lies in the only directory of what was set aside.
fn set_aside(data: &Path) -> BTreeMap<OsString, Vec<u8>> {
    let files = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    let is_aside = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("set-aside-");
    let directories: Vec<PathBuf> = files.filter(is_aside).collect();
    assert_eq!(directories.len(), 1, "{directories:?}");
    contents(&directories[0]).into_iter().map(|(file, bytes)| (file.file_name().unwrap().to_owned(), bytes)).collect()
}

#[test]
fn a_log_without_its_beginning() {
    for (bytes, with_head, saying) in [
        (&b""[..], true, "there is no log in"),
        (b"", false, "its write-ahead log holds acts"),
        (b"not a database any more", true, "empty or damaged at its beginning"),
        (b"not a database any more", false, "empty or damaged at its beginning"),
    ] {
        let data = killed_after(6);
        fs::write(data.path().join(LOG), bytes).unwrap();
        if !with_head {
            fs::remove_file(data.path().join(HEAD)).unwrap();
        }
        is_gone_on_with(data.path(), saying, 0);
    }
    let data = stopped_after(4);
    fs::remove_file(data.path().join(LOG)).unwrap();
    is_gone_on_with(data.path(), "4 acts", 0);
}

#[test]
fn a_log_beside_the_write_ahead_log_of_another() {
    let (data, other) = (killed_after(5), stopped_after(3));
    fs::copy(other.path().join(LOG), data.path().join(LOG)).unwrap();
    fs::copy(other.path().join(HEAD), data.path().join(HEAD)).unwrap();
    is_gone_on_with(data.path(), "holds acts of another", 3);
}

/// As `cp milepost.db` makes it of a service that runs or was killed.
fn copied_without_its_end() -> TempDir {
    // What an address can't hold as it is.
    let (killed, copied) = (killed_after(5), tempfile::Builder::new().prefix("a copy? #1 of 100%").tempdir().unwrap());
    fs::copy(killed.path().join(LOG), copied.path().join(LOG)).unwrap();
    copied
}

#[test]
fn a_copy_without_its_end() {
    is_gone_on_with(copied_without_its_end().path(), "whether acts are missing at the end", 0);

    let copied = copied_without_its_end();
    let backup = copied.path().join("backup.db");
    for arguments in [&["verify"][..], &["backup", backup.to_str().unwrap()], &["verify"]] {
        let done = run_on(copied.path(), arguments);
        let said = format!("{}{}", done.out, done.err);
        assert!(done.code != 0 && said.contains("at its end can't be known") || said.contains("at the end of"), "{done:?}");
        assert!(!said.contains("the log is whole"), "{arguments:?}: {done:?}");
    }
    // That somebody looked at it makes it no better known.
    is_gone_on_with(copied.path(), "whether acts are missing at the end", 0);
}

#[test]
fn a_damaged_write_ahead_log_that_no_head_file_speaks_of() {
    const EVENTS: usize = 8;
    let whole = killed_after(EVENTS);
    let length = fs::read(whole.path().join(WRITE_AHEAD)).unwrap().len();
    // Each byte of its head and of the first head of a frame, the last frame, and some in between.
    for at in (0..56).chain([length - 4120, length - 4110, length - 4100, length - 1]).chain((56..length).step_by(9973)) {
        let data = tempdir().unwrap();
        for name in [LOG, WRITE_AHEAD] {
            fs::copy(whole.path().join(name), data.path().join(name)).unwrap();
        }
        flip(&data.path().join(WRITE_AHEAD), at);
        let verified = run_on(data.path(), &["verify"]);
        assert!(verified.code == 1 && verified.out.contains("is damaged at its byte"), "byte {at}: {verified:?}");
        let served = run_on(data.path(), &["serve", "--listen", "127.0.0.1:0"]);
        assert!(served.code == 2 && served.err.contains("is damaged at its byte"), "byte {at}: {served:?}");
        let salvaged = run_on(data.path(), &["salvage", data.path().join("salvaged.db").to_str().unwrap()]);
        // Where no page was hit, nothing is lost.
        let all = salvaged.out.contains(&format!("{EVENTS} acts are proven"));
        assert!(salvaged.code == 0 && (all || at >= 56), "byte {at}: {salvaged:?}");
    }
    let data = tempdir().unwrap();
    for name in [LOG, WRITE_AHEAD] {
        fs::copy(whole.path().join(name), data.path().join(name)).unwrap();
    }
    flip(&data.path().join(WRITE_AHEAD), 9);
    is_gone_on_with(data.path(), "is damaged at its byte 0", 0);
}

/// Where SQLite begins its write-ahead log anew, it writes the head first. A process that is killed before the first frame
/// leaves frames of before behind it, all of which are in the database.
#[test]
fn a_write_ahead_log_that_was_just_begun_anew_is_not_damaged() {
    for with_head in [true, false] {
        let data = killed_after(6);
        let log = rusqlite::Connection::open(data.path().join(LOG)).unwrap();
        let kept = data.path().join("kept");
        log.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
        fs::copy(data.path().join(WRITE_AHEAD), &kept).unwrap();
        drop(log);
        // What closes last folds the log and removes this file; a process that is killed does not.
        let mut bytes = fs::read(&kept).unwrap();
        begin_anew(&mut bytes);
        fs::remove_file(&kept).unwrap();
        fs::write(data.path().join(WRITE_AHEAD), bytes).unwrap();
        if !with_head {
            fs::remove_file(data.path().join(HEAD)).unwrap();
        }
        let verified = run_on(data.path(), &["verify"]);
        assert!(verified.out.contains("6 events") && !verified.out.contains("fault"), "{verified:?}");
        let server = Server::start(data.path());
        assert_eq!(server.ready()["events"], 6);
        server.stop();
    }
}

/// Writes new salts into the head of a write-ahead log, with the checksum of its first 24 bytes (SQLite's file format,
/// section 4.2; the words are little-endian, as on the machines that tests run on).
fn begin_anew(write_ahead: &mut [u8]) {
    write_ahead[16] ^= 0x55;
    write_ahead[20] ^= 0x55;
    let (mut first, mut second) = (0_u32, 0_u32);
    for pair in write_ahead[..24].chunks_exact(8) {
        let word = |at: usize| u32::from_le_bytes(pair[at..at + 4].try_into().unwrap());
        first = first.wrapping_add(word(0)).wrapping_add(second);
        second = second.wrapping_add(word(4)).wrapping_add(first);
    }
    write_ahead[24..28].copy_from_slice(&first.to_be_bytes());
    write_ahead[28..32].copy_from_slice(&second.to_be_bytes());
}

#[test]
fn what_a_killed_backup_left_is_removed_by_the_next_one() {
    let (data, room) = (stopped_after(3), tempdir().unwrap());
    let target = room.path().join("backup.db");
    let id = "0f0e0d0c-0b0a-4908-8706-050403020100";
    let [left, other] = ["backup.db", "another.db"].map(|name| room.path().join(format!("{name}.{id}.partial")));
    fs::write(&left, b"half of it").unwrap();
    fs::write(&other, b"half of it").unwrap();
    // Somebody still writes this one.
    let held = room.path().join(format!("backup.db.{}.partial", id.replace('f', "a")));
    let holding = fs::File::create(&held).unwrap();
    holding.lock().unwrap();
    let done = run_on(data.path(), &["backup", target.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(!left.exists() && other.exists() && held.exists());
}

#[test]
fn a_damaged_log_is_not_copied_under_the_name_of_a_backup() {
    let (data, room) = (stopped_after(9), tempdir().unwrap());
    let (log, target) = (data.path().join(LOG), room.path().join("backup.db"));
    let words = b"occurred_on";
    flip(&log, fs::read(&log).unwrap().windows(words.len()).rposition(|found| found == words).unwrap());
    let done = run_on(data.path(), &["backup", target.to_str().unwrap()]);
    assert!(done.code == 2 && done.err.contains("is not whole") && done.err.contains("milepost salvage"), "{done:?}");
    assert_eq!(fs::read_dir(room.path()).unwrap().count(), 0);
}

#[test]
fn a_backup_that_is_not_there_makes_no_directory() {
    let room = tempdir().unwrap();
    let (backup, to) = (room.path().join("none.db"), room.path().join("to"));
    let done = run_on(&to, &["restore", backup.to_str().unwrap()]);
    assert!(done.code == 2 && done.err.contains("there is no log at"), "{done:?}");
    assert!(!to.exists());
}

#[test]
fn a_damaged_number_of_the_format_is_no_newer_log() {
    for at in 60..64 {
        let data = stopped_after(2);
        flip(&data.path().join(LOG), at);
        let done = run_on(data.path(), &["verify"]);
        assert!(done.code == 2 && done.err.contains("milepost salvage"), "byte {at}: {done:?}");
        assert!(!done.err.contains("newer build"), "byte {at}: {done:?}");
    }
}
