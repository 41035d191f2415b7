//! What was known at an instant.

use app::{KnownAt, KnownBy};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::Intent;
use projections::{
    Entry, Picture,
    things::{Permit, Project},
};
use schema::{Origin, RegisterRow, StoredEvent, permit::PermitFact, project::Stage};
use uuid::Uuid;

use crate::world::*;

/// A history: logged late, corrected, retracted and un-retracted, confidential in part, and taken from a register.
async fn history() -> World {
    let world = World::new().await;
    world.lay::<Permit>(CROSSING, submitted()).await;
    let published = |id, fact: PermitFact, on, day: &str| {
        let mut taken = command(1, id, Intent::State(fact), on);
        let file_sha256 = line(&"0".repeat(64));
        taken.metadata.origin =
            Origin::Register(RegisterRow { register: line("repd"), file_sha256, row: 2, field: line("granted") });
        taken.metadata.published_on = Some(day.parse().unwrap());
        taken
    };
    // The later edition is imported first.
    world.record::<Permit>(JETTY, published(1, submitted().into(), "2024-02-01", "2024-07-08")).await.unwrap();
    let grant = world.record::<Permit>(CROSSING, published(2, granted().into(), "2023-11-01", "2024-01-15")).await.unwrap();
    let fact = grant.events[0];
    let right = Intent::Correct { fact, reason: note("misread"), to: granted().into(), members: None };
    world.record::<Permit>(CROSSING, command(2, 3, right, "2024-11-02")).await.unwrap();
    let retract = |act| Intent::Retract { act, reason: note("it never happened") };
    let retracted = world.record::<Permit>(CROSSING, command(2, 4, retract(fact), "2024-12-01")).await.unwrap().events[0];
    world.record::<Permit>(CROSSING, command(2, 5, retract(retracted), "2024-12-02")).await.unwrap();
    let mut secret = command(2, 6, Intent::State(entered(Stage::Feed).into()), "2024-03-01");
    secret.metadata.visibility = schema::Visibility::Parties;
    world.record::<Project>(PIPELINE, secret).await.unwrap();
    world.record::<Project>(PIPELINE, command(2, 7, Intent::State(entered(Stage::Concept).into()), "2023-03-01")).await.unwrap();
    world
}

/// The hash of a picture folded from nothing but `events`.
fn replayed<'a>(events: impl IntoIterator<Item = &'a StoredEvent>) -> [u8; 32] {
    Picture::default().with(events.into_iter().map(|event| Entry::from(event).of_part())).hash()
}

fn hash_known(world: &World, at: DateTime<Utc>, by: KnownBy) -> [u8; 32] {
    world.app.picture_known(Some(KnownAt { at, by })).hash()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_known_at_any_instant_is_what_a_replay_of_the_log_until_then_gives() {
    let world = history().await;
    let log = world.log().await;
    assert!(log.len() > 15);
    let mut hashes = std::collections::BTreeSet::new();
    for (at, event) in log.iter().enumerate() {
        let hash = hash_known(&world, event.recorded_at, KnownBy::Recording);
        assert_eq!(hash, replayed(&log[..=at]), "at event {at}");
        assert_eq!(hash_known(&world, event.recorded_at - TimeDelta::microseconds(1), KnownBy::Recording), replayed(&log[..at]));
        hashes.insert(hash);
    }
    assert_eq!(hashes.len(), log.len(), "every event changes what is known");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_published_by_any_day_is_what_a_replay_of_it_gives() {
    let world = history().await;
    let log = world.log().await;
    let published_on = |event: &StoredEvent| event.decode().unwrap().metadata.published_on;
    for day in ["2023-01-01", "2024-01-14", "2024-01-15", "2024-07-07", "2024-07-08", "2026-05-31", "2026-06-01", "2027-01-01"] {
        let day: NaiveDate = day.parse().unwrap();
        let at = day.and_hms_opt(0, 5, 0).unwrap().and_utc();
        let known = log.iter().filter(|event| match published_on(event) {
            Some(published) => published <= day,
            None => event.recorded_at <= at,
        });
        assert_eq!(hash_known(&world, at, KnownBy::Publication), replayed(known), "{day}");
    }
    let of_january = "2024-01-15T00:00:00Z".parse().unwrap();
    assert_eq!(world.app.picture_known(Some(KnownAt { at: of_january, by: KnownBy::Publication })).things::<Permit>().len(), 1);
    assert_eq!(world.app.picture_known(Some(KnownAt { at: of_january, by: KnownBy::Recording })).things::<Permit>().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_known_stays_the_same_when_more_is_recorded() {
    let world = history().await;
    let at = world.log().await[9].recorded_at;
    let before = hash_known(&world, at, KnownBy::Recording);
    world
        .record::<Project>(FURNACE, command(1, Uuid::new_v4().as_u128(), Intent::State(entered(Stage::Feed).into()), "2024"))
        .await
        .unwrap();
    assert_eq!(hash_known(&world, at, KnownBy::Recording), before);
    assert_eq!(world.app.picture_known(None).hash(), replayed(&world.log().await));
}
