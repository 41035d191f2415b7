//! When acts count as recorded, also where the clock that stamped them was wrong.

#![allow(clippy::unwrap_used, reason = "a test stops by panicking")]

use std::num::NonZeroUsize;

use chrono::{DateTime, TimeDelta, Utc};
use projections::{Entry, Part, Picture, things::Permit};
use schema::{
    AsideEvent, AsideStream, CommandId, Date, EventId, Metadata, NewEvent, Position, SubjectId,
    record::{InstantsDisowned, RegimeAdopted, Saying},
};
use uuid::Uuid;

use crate::support::{facts::permit_facts, *};

const TEN_YEARS_S: i64 = 10 * 365 * 86_400;

fn start() -> DateTime<Utc> {
    "2026-03-01T10:00:00Z".parse().unwrap()
}

/// Acts on one permit, stamped so many seconds after the start.
fn stamped(seconds: &[i64]) -> Log {
    let mut log = Log::default();
    for (number, (fact, _)) in (1..).zip(permit_facts().into_iter().zip(seconds)) {
        log.record(permit_id(1), &stated(number, "2024-01-01", fact));
    }
    for (event, seconds) in log.events.iter_mut().zip(seconds) {
        event.recorded_at = start() + TimeDelta::seconds(*seconds);
    }
    log
}

/// The `number`th thing said of the record, at the end of `entries`, so many seconds after the start.
fn said(entries: &mut Vec<Entry>, number: u64, seconds: i64, saying: &Saying) {
    let id = Uuid::from_u128(1_000 + u128::from(number));
    let someone = SubjectId(Uuid::from_u128(7));
    let metadata = Metadata::new("2026-03-01".parse::<Date>().unwrap(), someone, CommandId(id), id);
    let NewEvent { id, event_type, version, metadata, data } = saying.encode(EventId(id), &metadata, None).unwrap();
    let event = AsideEvent {
        id,
        thing: AsideStream::record(),
        revision: number,
        position: Position(entries.len() as u64 + 1),
        recorded_at: start() + TimeDelta::seconds(seconds),
        event_type: event_type.to_owned(),
        version,
        metadata,
        data,
        proof: None,
    };
    entries.push(event.into());
}

fn disowned(acts: &[u128]) -> Saying {
    let acts = acts.iter().map(|act| id(*act)).collect();
    Saying::Disowned(InstantsDisowned { acts, reason: "the clock stood ten years ahead".parse().unwrap() })
}

/// The seconds after the start at which each act counts as recorded.
fn seconds(picture: &Picture) -> Vec<i64> {
    let acts = picture.thing::<Permit>(permit_id(1)).unwrap().acts();
    acts.iter().map(|act| (act.header.recorded_at - start()).num_seconds()).collect()
}

/// Holds that the picture is the same whichever way it came about, and that whatever was known at an instant is a beginning of
/// the log.
fn assert_sound(entries: &[Entry]) -> Picture {
    let whole = Picture::default().with(entries.to_vec());
    for at in 0..=entries.len() {
        let (before, after) = entries.split_at(at);
        let begun = Picture::default().with(before.to_vec());
        let parts: Vec<_> = begun.checkpoint(NonZeroUsize::new(3).unwrap()).map(Result::unwrap).collect();
        let restored = Picture::from_checkpoint(parts.iter().map(|part| Part::decode(part).unwrap())).unwrap();
        for begun in [begun, restored] {
            let picture = begun.with(after.to_vec());
            assert_eq!((picture.hash(), picture.recorded_at()), (whole.hash(), whole.recorded_at()), "{at}");
        }
    }
    let mut headers: Vec<_> = whole.headers().collect();
    headers.sort_by_key(|header| header.position);
    assert!(headers.is_sorted_by_key(|header| header.recorded_at));
    whole
}

#[test]
fn acts_whose_instants_are_wrong_count_from_the_next_right_one_on() {
    let log = stamped(&[0, 1, TEN_YEARS_S, TEN_YEARS_S + 1, 3, 4]);
    let mut entries = log.entries();
    assert_eq!(seconds(&assert_sound(&entries))[2..], [TEN_YEARS_S, TEN_YEARS_S + 1, TEN_YEARS_S + 1, TEN_YEARS_S + 1]);
    said(&mut entries, 0, 5, &disowned(&[3, 4]));
    let picture = assert_sound(&entries);
    assert_eq!(seconds(&picture), [0, 1, 3, 3, 3, 4]);
    assert_eq!(picture.recorded_at().unwrap(), start() + TimeDelta::seconds(5));
    // The same once more, one that is not there, and one that was right.
    said(&mut entries, 1, 6, &disowned(&[3, 99, 2]));
    assert_eq!(seconds(&assert_sound(&entries)), [0, 3, 3, 3, 3, 4]);
}

#[test]
fn the_last_acts_count_from_when_they_were_disowned_on() {
    let mut entries = stamped(&[0, TEN_YEARS_S, TEN_YEARS_S]).entries();
    said(&mut entries, 0, 60, &disowned(&[2, 3]));
    let picture = assert_sound(&entries);
    assert_eq!(seconds(&picture), [0, 60, 60]);
    assert_eq!(picture.of_record().disowned(), 2);
}

#[test]
fn what_is_said_of_the_record_by_a_wrong_clock_is_disowned_too_and_pushes_nothing_ahead() {
    let mut entries = stamped(&[0, TEN_YEARS_S]).entries();
    // Disowned while the clock stood ahead still, which is known by the next disowning.
    said(&mut entries, 0, TEN_YEARS_S + 1, &disowned(&[2]));
    assert_eq!(seconds(&assert_sound(&entries)), [0, TEN_YEARS_S + 1]);
    said(&mut entries, 1, 60, &disowned(&[1_000]));
    let picture = assert_sound(&entries);
    assert_eq!(seconds(&picture), [0, 60]);
    assert_eq!(picture.recorded_at().unwrap(), start() + TimeDelta::seconds(60));
}

#[test]
fn the_first_reading_of_a_day_is_the_one_that_was_adopted() {
    let mut entries = stamped(&[0]).entries();
    let adopted = |version: &str, sign: &str| {
        let (regime, sha256) = ("gb-nsip".parse().unwrap(), sign.repeat(64).parse().unwrap());
        Saying::Adopted(RegimeAdopted { regime, version: version.parse().unwrap(), sha256 })
    };
    let none = assert_sound(&entries).hash();
    for (number, (version, sign)) in (0..).zip([("2026-11-26", "a"), ("2026-11-26", "b"), ("2026-11-27", "b")]) {
        said(&mut entries, number, 1, &adopted(version, sign));
    }
    let picture = assert_sound(&entries);
    let reading = |version: &str| picture.of_record().reading("gb-nsip", version.parse().unwrap());
    assert_eq!((reading("2026-11-26"), reading("2026-11-27")), (Some(&*"a".repeat(64)), Some(&*"b".repeat(64))));
    assert_eq!(
        (reading("2026-11-28"), picture.of_record().reading("gb-eng-planning", "2026-11-26".parse().unwrap())),
        (None, None)
    );
    assert_ne!(picture.hash(), none);
    assert!(picture.wholeness().is_whole() && picture.wholeness().decisive_unknown().is_none());
}
