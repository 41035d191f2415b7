//! Checkpoints, written aside or at once: the same file, whole.

use std::sync::Arc;

use app::checkpoints::{Checkpoints, FILE_NAME, read};
use projections::things::Organisation;
use schema::{Kind, ThingId};
use tempfile::TempDir;
use uuid::Uuid;

use crate::world::*;

/// A world with more things than one part of a checkpoint holds.
async fn peopled() -> World {
    let world = World::new().await;
    for number in 0..100 {
        let thing = ThingId::new(Kind::Organisation, Uuid::from_u128(0xabc_000 + number));
        world.lay::<Organisation>(thing, organisation(&format!("Organisation {number} among many"))).await;
    }
    world
}

/// That the checkpoint in `directory` says what `world` does.
fn assert_whole(world: &World, directory: &TempDir) {
    let kept = read(&directory.path().join(FILE_NAME)).unwrap().unwrap();
    let picture = world.app.picture();
    assert_eq!((kept.events(), kept.position()), (picture.events(), picture.position()));
    assert_eq!(kept.hash(), picture.hash());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_is_written_aside_is_whole() {
    let (world, directory) = (peopled().await, tempfile::tempdir().unwrap());
    let checkpoints = Arc::new(Checkpoints::of(directory.path()));
    checkpoints.write_aside(&world.app).await;
    assert_whole(&world, &directory);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_checkpoint_is_written_whatever_is_being_written_aside() {
    let (world, directory) = (peopled().await, tempfile::tempdir().unwrap());
    let checkpoints = Arc::new(Checkpoints::of(directory.path()));
    let aside = checkpoints.write_aside(&world.app);
    let last = checkpoints.write_last(&world.app);
    futures::join!(aside, last);
    assert_whole(&world, &directory);
}
