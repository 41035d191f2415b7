//! A log moves house: from EventStoreDB to a file, and on to another EventStoreDB.

use std::path::Path;

use app::copy::CopyError;
use double::Double;
use milepost::{
    settings::ShorterLog,
    startup::{self, MoveError, Place},
};
use projections::things::Permit;
use tempfile::tempdir;

use crate::{
    replicas::{Replica, ask},
    world::CROSSING,
};

fn at(node: &Double) -> Place {
    Place::parse(&node.address(), "milepost")
}

fn in_directory(directory: &Path) -> Place {
    Place::parse(&directory.display().to_string(), "milepost")
}

/// Copies on a thread of its own: it brings its own runtime.
async fn copy(from: Place, to: Place) -> Result<startup::Copied, MoveError> {
    tokio::task::spawn_blocking(move || startup::copy(&from, &to, ShorterLog::Refused, |_| {})).await.unwrap()
}

async fn busy(node: &Double) -> Replica {
    let replica = Replica::over(node);
    replica.found().await;
    for n in 1..20 {
        replica.record::<Permit>(CROSSING, ask(n)).await.unwrap();
    }
    replica.app.in_step(crate::helpers::PATIENCE).await.unwrap();
    replica
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_moves_to_a_file_and_on_with_its_ids_dates_and_order() {
    let (first, last) = (Double::start().unwrap(), Double::start().unwrap());
    let directory = tempdir().unwrap();
    let replica = busy(&first).await;
    let moved = copy(at(&first), in_directory(directory.path())).await.unwrap();
    assert_eq!((moved.events, moved.there_before, moved.picture), (23, 0, replica.app.picture().hash()));
    let on = copy(in_directory(directory.path()), at(&last)).await.unwrap();
    assert_eq!((on.events, on.picture), (23, moved.picture));
    // Neighbours of one stream go together: two things of one act each, and one of 21.
    assert_eq!(last.log().appends(), 3);
    let anew = Replica::over(&last);
    anew.app.in_step(crate::helpers::PATIENCE).await.unwrap();
    assert_eq!(anew.app.picture().hash(), moved.picture);
    assert!(startup::verify(directory.path()).unwrap().is_whole());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_cut_short_goes_on_where_it_was() {
    let node = Double::start().unwrap();
    let directory = tempdir().unwrap();
    let replica = busy(&node).await;
    copy(at(&node), in_directory(directory.path())).await.unwrap();
    replica.record::<Permit>(CROSSING, ask(100)).await.unwrap();
    let again = copy(at(&node), in_directory(directory.path())).await.unwrap();
    assert_eq!((again.events, again.there_before), (24, 23));
    assert_eq!(again.picture, replica.app.picture().hash());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_holds_another_log_is_refused_and_left_as_it_was() {
    let (node, other) = (Double::start().unwrap(), Double::start().unwrap());
    let (_first, second) = (busy(&node).await, busy(&other).await);
    let refused = copy(at(&node), at(&other)).await;
    // The two were founded by other commands.
    assert!(matches!(refused, Err(MoveError::Copy(CopyError::OtherLog(1)))), "{refused:?}");
    second.app.in_step(crate::helpers::PATIENCE).await.unwrap();
    assert_eq!(second.app.picture().events(), 23);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_without_a_log_is_no_source() {
    let (nothing, directory) = (tempdir().unwrap(), tempdir().unwrap());
    let refused = copy(in_directory(nothing.path()), in_directory(directory.path())).await.unwrap_err();
    assert!(refused.to_string().contains("holds no log of Milepost"), "{refused}");
}
