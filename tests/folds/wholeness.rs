//! What a log tells of its being whole.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

use projections::{Entry, Picture, Standing, Wholeness};
use proptest::prelude::*;
use schema::{
    AsideEvent, AsideStream, EventId, Kind, Metadata, NewEvent, Position, RunningHash, StoredEvent, ThingId,
    seal::{LogAccepted, LogSealed, Seal},
};
use uuid::Uuid;

/// A log that is written act by act.
#[derive(Clone, Default)]
struct Log(Vec<Entry>, Vec<StoredEvent>, u64);

fn metadata() -> Metadata {
    let text = r#"{"occurred_on":"2024-01-01","subject":"00000000-0000-4000-8000-000000000001",
        "command_id":"00000000-0000-4000-8000-000000000002","correlation_id":"00000000-0000-4000-8000-000000000003"}"#;
    serde_json::from_str(text).unwrap()
}

fn stream() -> AsideStream {
    AsideStream::seals("milepost", 1)
}

impl Log {
    fn at(&self) -> u64 {
        self.0.len() as u64 + 1
    }

    fn act(&mut self) {
        let at = self.at();
        let event = StoredEvent {
            id: EventId(Uuid::from_u128(at.into())),
            thing: ThingId::new(Kind::Organisation, Uuid::from_u128(at.into())),
            revision: 0,
            position: Position(at),
            recorded_at: chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(at.cast_signed()),
            event_type: "OrganisationRegistered".to_owned(),
            version: 1,
            metadata: serde_json::to_vec(&metadata()).unwrap(),
            data: br#"{"name":"Works","kind":"company","country":"GB"}"#.to_vec(),
            proof: None,
        };
        self.0.push(Entry::from(&event));
        self.1.push(event);
    }

    fn add(&mut self, seal: &Seal) {
        let at = self.at();
        let NewEvent { id, event_type, version, metadata, data } =
            seal.encode(EventId(Uuid::from_u128(u128::from(at) << 64)), &metadata(), None).unwrap();
        let event = AsideEvent {
            id,
            thing: stream(),
            revision: self.2,
            position: Position(at),
            recorded_at: chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(at.cast_signed()),
            event_type: event_type.to_owned(),
            version,
            metadata,
            data,
            proof: None,
        };
        self.2 += 1;
        self.0.push(event.into());
    }

    fn seal(&mut self) {
        let Standing { acts, chain } = read(&self.0).standing();
        self.add(&Seal::Sealed(LogSealed { acts, chain }));
    }
}

fn read(entries: &[Entry]) -> Wholeness {
    Picture::default().with(entries.iter().cloned()).wholeness().clone()
}

#[test]
fn seals_are_acts_and_cause_no_further_seal() {
    let mut log = Log::default();
    assert!(!read(&log.0).is_unsealed());
    log.act();
    assert!(read(&log.0).is_unsealed());
    log.seal();
    let whole = read(&log.0);
    assert_eq!((whole.standing().acts, whole.is_unsealed(), whole.sealed().unwrap().0), (2, false, 1));
    // What came between the reading and the sealing is not sealed.
    let Standing { acts, chain } = whole.standing();
    log.act();
    log.add(&Seal::Sealed(LogSealed { acts, chain }));
    assert!(read(&log.0).is_unsealed() && read(&log.0).is_whole());
}

#[test]
fn a_seal_of_more_than_is_remembered_is_skipped_and_counted() {
    let mut log = Log::default();
    (0..3).for_each(|_| log.act());
    let Standing { acts, chain } = read(&log.0).standing();
    let parts: Vec<_> =
        Picture::default().with(log.0.iter().cloned()).checkpoint(1.try_into().unwrap()).collect::<Result<_, _>>().unwrap();
    let parts = parts.iter().map(|part| projections::Part::decode(part).unwrap());
    let picture = Picture::from_checkpoint(parts).unwrap();
    let before = log.0.len();
    log.add(&Seal::Sealed(LogSealed { acts: acts - 1, chain: RunningHash::default() }));
    log.add(&Seal::Sealed(LogSealed { acts, chain }));
    let whole = picture.with(log.0[before..].iter().cloned()).wholeness().clone();
    assert_eq!((whole.skipped(), whole.is_whole(), whole.sealed().unwrap().0), (1, true, 3));
}

#[test]
fn an_acceptance_that_fits_ends_a_loss_and_one_that_does_not_has_the_log_read_anew() {
    let mut log = Log::default();
    (0..3).for_each(|_| log.act());
    log.seal();
    let mut shorter = Log(log.0.clone(), Vec::new(), log.2);
    shorter.0.remove(1);
    let lost = read(&shorter.0);
    assert_eq!(lost.loss().unwrap().missing, 1);
    let Standing { acts, chain } = lost.standing();
    let accepted = LogAccepted { missing: 1, from: None, to: None, reason: "lost".parse().unwrap(), acts, chain };
    for log in [&mut shorter, &mut log] {
        log.add(&Seal::Accepted(accepted.clone()));
        log.act();
        log.seal();
    }
    assert!(read(&shorter.0).is_whole() && read(&shorter.0).disowned().is_none());
    assert!(read(&log.0).disowned().is_some());
}

#[test]
fn a_second_acceptance_stands_whatever_became_of_what_the_first_accepted() {
    let mut log = Log::default();
    (0..4).for_each(|_| log.act());
    let accept = |log: &mut Log| {
        let Standing { acts, chain } = read(&log.0).standing();
        let accepted = LogAccepted { missing: 1, from: None, to: None, reason: "lost".parse().unwrap(), acts, chain };
        log.add(&Seal::Accepted(accepted));
    };
    accept(&mut log);
    log.0.remove(1);
    assert!(read(&log.0).disowned().is_some());
    accept(&mut log);
    assert!(read(&log.0).is_whole() && read(&log.0).disowned().is_none());
}

proptest! {
    /// Whichever act is taken out of a log before a seal, whoever reads the rest misses it; of what is taken out behind the
    /// last seal nothing is known.
    #[test]
    fn an_act_that_vanishes_before_a_seal_is_missed(plan in prop::collection::vec(any::<bool>(), 1..40), at in any::<prop::sample::Index>()) {
        let mut log = Log::default();
        for is_seal in &plan {
            if *is_seal { log.seal() } else { log.act() }
        }
        prop_assert!(read(&log.0).is_whole());
        let at = at.index(log.0.len());
        let is_before_seal = plan[at + 1..].contains(&true);
        log.0.remove(at);
        prop_assert_eq!(read(&log.0).is_whole(), !is_before_seal);
    }
}
