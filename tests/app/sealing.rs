//! When a log is sealed that does not prove by itself that it is whole.

use std::{sync::Arc, time::Duration};

use app::Sealing;
use projections::things::Organisation;
use schema::OrganisationId;
use uuid::Uuid;

use crate::world::{PATIENCE, World, organisation};

const LONG: Duration = Duration::from_hours(10);

async fn act(world: &World, number: u128) {
    world.lay::<Organisation>(OrganisationId::new(Uuid::from_u128(number)), organisation(&format!("Number {number}"))).await;
}

fn sealed_acts(world: &World) -> Option<u64> {
    world.app.picture().wholeness().sealed().map(|(acts, _)| acts)
}

/// Waits until the last seal is of `acts`.
async fn sealed_at(world: &World, acts: u64) {
    let mut progress = world.app.watch();
    let sealed = async {
        while sealed_acts(world) != Some(acts) {
            progress.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, sealed).await.unwrap();
}

#[tokio::test]
async fn few_acts_are_sealed_when_the_pause_is_over() {
    let world = World::to_be_sealed();
    let sealing = tokio::spawn(
        Arc::clone(&world.app).seal_now_and_then(Sealing { pause: Duration::from_millis(50), ..Sealing::default() }),
    );
    // A seal is an act too, and needs none itself.
    for (number, acts) in [(1, 1), (2, 3), (3, 5)] {
        act(&world, number).await;
        sealed_at(&world, acts).await;
    }
    sealing.abort();
}

#[tokio::test]
async fn many_acts_are_sealed_before_the_pause_is_over_and_none_twice() {
    let world = World::to_be_sealed();
    let sealing = tokio::spawn(Arc::clone(&world.app).seal_now_and_then(Sealing { acts: 4, pause: LONG }));
    for number in 1..=3 {
        act(&world, number).await;
        assert_eq!(sealed_acts(&world), None);
    }
    act(&world, 4).await;
    sealed_at(&world, 4).await;
    // The first seal counts among the next four.
    for number in 5..=7 {
        act(&world, number).await;
    }
    sealed_at(&world, 8).await;
    world.app.in_step(PATIENCE).await.unwrap();
    assert_eq!(world.app.picture().events(), 7 + 2, "seven acts and two seals");
    sealing.abort();
}

#[test]
fn a_log_is_sealed_every_ten_thousand_acts_and_ten_minutes() {
    let Sealing { acts, pause } = Sealing::default();
    assert_eq!((acts, pause), (10_000, Duration::from_mins(10)), "as EVENTS.md and docs/operations.md say");
}
