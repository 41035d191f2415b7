//! What an administrator can do to a log, as seen on a real server (EVENTSTOREDB.md, 'Seen on a real server').

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it found by panicking")]

use milepost_double::{Expected, Log, Proposed, Refused};
use uuid::Uuid;

const STREAM: &str = "milepost_permit-1";
const LAST: u64 = i64::MAX as u64;

fn event() -> Proposed {
    Proposed {
        id: Uuid::new_v4(),
        event_type: "PermitGranted".to_owned(),
        content_type: "application/json".to_owned(),
        metadata: Vec::new(),
        data: b"{}".to_vec(),
    }
}

fn append(log: &Log, expected: Expected) -> Result<u64, Refused> {
    log.append(STREAM, expected, vec![event()]).map(|appended| appended.revision)
}

/// A log with three events in the stream.
fn log() -> Log {
    let log = Log::new(false);
    log.append(STREAM, Expected::NoStream, vec![event(), event(), event()]).unwrap();
    log
}

/// The streams and revisions of the whole log.
fn whole(log: &Log) -> Vec<(String, u64)> {
    log.after(None, usize::MAX).iter().map(|record| (record.stream.clone(), record.revision)).collect()
}

/// The revisions of the stream in the whole log.
fn in_whole(log: &Log) -> Vec<u64> {
    whole(log).into_iter().filter(|(stream, _)| stream == STREAM).map(|(_, revision)| revision).collect()
}

fn readable(log: &Log) -> Vec<u64> {
    log.stream(STREAM).unwrap().iter().map(|record| record.revision).collect()
}

fn metadata(log: &Log) -> Vec<String> {
    let records = log.stream(&format!("$${STREAM}")).unwrap();
    records.iter().map(|record| String::from_utf8(record.event.data.clone()).unwrap()).collect()
}

#[test]
fn a_stream_deleted_softly_cant_be_read_and_counts_on_when_it_is_written_to() {
    let log = log();
    log.delete(STREAM);
    assert_eq!((readable(&log), in_whole(&log)), (vec![], vec![0, 1, 2]));
    assert_eq!(append(&log, Expected::NoStream), Ok(3));
    assert_eq!(metadata(&log), [format!("{{\"$tb\":{LAST}}}"), "{\"$tb\":3}".to_owned()]);
    assert_eq!(readable(&log), [3]);
    let order: Vec<_> = whole(&log).into_iter().map(|(stream, _)| stream.starts_with("$$")).collect();
    assert_eq!(order, [false, false, false, true, false, true]);
    assert_eq!(append(&log, Expected::NoStream), Err(Refused::WrongVersion { current: Some(3) }));
}

#[test]
fn a_stream_deleted_softly_takes_an_append_at_its_old_last_revision() {
    let log = log();
    log.delete(STREAM);
    assert_eq!(append(&log, Expected::Revision(1)), Err(Refused::WrongVersion { current: Some(2) }));
    assert_eq!(append(&log, Expected::Revision(2)), Ok(3));
    assert_eq!(readable(&log), [3]);
}

#[test]
fn a_scavenge_keeps_the_last_event_of_a_stream_deleted_softly() {
    let log = log();
    log.delete(STREAM);
    log.scavenge();
    assert_eq!((in_whole(&log), readable(&log)), (vec![2], vec![]));
    assert_eq!(append(&log, Expected::NoStream), Ok(3));
}

#[test]
fn a_truncated_stream_is_whole_in_the_log_until_a_scavenge() {
    let log = log();
    log.truncate(STREAM, 2);
    assert_eq!((readable(&log), in_whole(&log)), (vec![2], vec![0, 1, 2]));
    log.scavenge();
    assert_eq!((readable(&log), in_whole(&log)), (vec![2], vec![2]));
    assert_eq!(append(&log, Expected::Revision(2)), Ok(3));
}

#[test]
fn a_stream_can_be_limited_to_so_many_or_so_young_events() {
    let log = log();
    log.set_metadata(STREAM, "{\"$maxCount\":2}");
    assert_eq!(readable(&log), [1, 2]);
    log.set_metadata(STREAM, "{\"$maxAge\":3600}");
    assert_eq!(readable(&log), [0, 1, 2]);
    log.set_metadata(STREAM, "{\"$maxAge\":-1}");
    assert!(readable(&log).is_empty());
    log.scavenge();
    assert_eq!(in_whole(&log), [2], "the last event stays");
}

#[test]
fn a_tombstone_refuses_every_append_and_a_scavenge_leaves_nothing_else() {
    let log = log();
    log.truncate(STREAM, 1);
    log.tombstone(STREAM);
    assert_eq!(log.stream(STREAM).unwrap_err(), Refused::Deleted);
    for expected in [Expected::Any, Expected::NoStream, Expected::Revision(2), Expected::Exists] {
        assert_eq!(append(&log, expected), Err(Refused::Deleted));
    }
    assert_eq!(log.append(&format!("$${STREAM}"), Expected::Any, vec![event()]), Err(Refused::Deleted));
    assert_eq!(in_whole(&log), [0, 1, 2, LAST]);
    log.scavenge();
    assert_eq!(whole(&log), [(STREAM.to_owned(), LAST)]);
    assert_eq!(append(&log, Expected::NoStream), Err(Refused::Deleted));
}

#[test]
fn after_a_scavenge_positions_go_on_in_the_next_chunk() {
    let log = log();
    let before = log.end().unwrap();
    log.scavenge();
    assert_eq!(log.end(), Some(before), "what is kept stays where it was");
    append(&log, Expected::Revision(2)).unwrap();
    let after = log.end().unwrap();
    assert!(after > 256 << 20 && after < (256 << 20) + 1000, "{after}");
    assert_eq!(in_whole(&log), [0, 1, 2, 3]);
}
