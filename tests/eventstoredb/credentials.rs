//! A password that is changed on the server: nothing new is sent while the log can't be read, and the new one is taken from
//! the file that the address stands in.

use std::{fs, path::Path};

use app::RecordError;
use double::{AppendFault, Double};
use projections::things::Permit;
use store::{AppendError, EventStore, Expected, eventstoredb::EventStoreDb};
use tempfile::tempdir;

use crate::{
    helpers::{PATIENCE, eventually},
    replicas::{Replica, ask},
    support::{new_events, new_thing},
    world::CROSSING,
};

fn address(double: &Double, password: &str) -> String {
    double.address().replace("://", &format!("://ops:{password}@"))
}

fn locked(password: &str) -> Double {
    let double = Double::start().unwrap();
    double.faults().require_credentials("ops", password);
    double
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_log_cant_be_read_nothing_new_is_sent_and_what_was_sent_is_in_doubt() {
    let double = locked("old");
    let replica = Replica::at(&address(&double, "old"));
    replica.found().await;
    let (thing, sent) = (new_thing(), new_events(1));
    double.faults().meet_every_append(Some(AppendFault::AbortedAfter));
    assert!(matches!(replica.store.append(thing, Expected::NoStream, sent.clone()).await, Err(AppendError::Unknown(_))));
    double.faults().meet_every_append(None);
    double.faults().require_credentials("ops", "new");
    let told = || async { replica.app.progress().fault.filter(|fault| fault.contains("refuses the credentials")) };
    eventually(told).await;
    // The session is open and would take it.
    let before = double.log().appends();
    match replica.record::<Permit>(CROSSING, ask(7)).await {
        Err(RecordError::Unavailable(reason)) => assert!(reason.contains("refuses the credentials"), "{reason}"),
        other => panic!("{other:?}"),
    }
    let again = replica.store.append(thing, Expected::NoStream, sent.clone()).await;
    assert!(matches!(again, Err(AppendError::Unknown(_))), "{again:?}");
    assert_eq!(double.log().appends(), before);
    double.faults().require_credentials("ops", "old");
    let found_out = || async { replica.store.append(thing, Expected::NoStream, sent.clone()).await.ok() };
    assert_eq!(eventually(found_out).await.revision, 0);
    replica.record::<Permit>(CROSSING, ask(7)).await.unwrap();
}

fn write(file: &Path, double: &Double, password: &str) {
    fs::write(file, format!("{}\n", address(double, password))).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_without_a_restart_whichever_side_is_changed_first() {
    for server_first in [true, false] {
        let double = locked("old");
        let directory = tempdir().unwrap();
        let file = directory.path().join("store");
        write(&file, &double, "old");
        let replica = Replica::with(EventStoreDb::from_file(file.clone(), "milepost"));
        replica.found().await;
        if server_first {
            double.faults().require_credentials("ops", "new%/@");
            let told = || async { replica.app.progress().fault };
            eventually(told).await;
            write(&file, &double, "new%25%2F%40");
        } else {
            write(&file, &double, "new%25%2F%40");
            double.faults().require_credentials("ops", "new%/@");
        }
        let recorded = || async { replica.record::<Permit>(CROSSING, ask(7)).await.ok() };
        let receipt = eventually(recorded).await;
        replica.app.reached(receipt.thing, receipt.revision.unwrap(), PATIENCE).await.unwrap();
        // New connections take it too.
        double.restart().unwrap();
        let recorded = || async { replica.record::<Permit>(CROSSING, ask(8)).await.ok() };
        eventually(recorded).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_comes_later_is_read_and_one_that_cant_be_is_told_by_name() {
    let double = locked("secret");
    let directory = tempdir().unwrap();
    let file = directory.path().join("store");
    let store = EventStoreDb::from_file(file.clone(), "milepost");
    for text in [None, Some("esdb://ops:secret@h:x")] {
        if let Some(text) = text {
            fs::write(&file, text).unwrap();
        }
        match store.append(new_thing(), Expected::NoStream, new_events(1)).await {
            Err(AppendError::Store(error)) => {
                assert!(error.0.contains("can't be read") && !error.0.contains("secret"), "{error}");
                assert_eq!(error.0.contains("store_file"), text.is_none(), "{error}");
            }
            other => panic!("{other:?}"),
        }
    }
    write(&file, &double, "secret");
    eventually(|| async { store.append(new_thing(), Expected::NoStream, new_events(1)).await.ok() }).await;
}
