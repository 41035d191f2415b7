//! Appends whose answers are late, lost or doubtful.

use double::{AppendFault, Double, Features};
use schema::ThingId;
use store::{AppendError, Appended, EventStore, Expected, eventstoredb::EventStoreDb};

use crate::{
    helpers::{eventually, running, store_of},
    support::{ids_in, ids_of, new_event, new_events, new_thing},
};

async fn appends(store: &EventStoreDb, thing: ThingId) {
    let events = new_events(2);
    let appended = store.append(thing, Expected::NoStream, events.clone()).await.unwrap();
    assert_eq!(appended, Appended { revision: 1 });
    assert_eq!(ids_in(store, thing).await, ids_of(&events));
    match store.append(thing, Expected::NoStream, new_events(1)).await {
        Err(AppendError::Conflict { current: Some(1) }) => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_doubt_is_sent_again_and_recorded_once() {
    use AppendFault::{AbortedAfter, AbortedBefore, ReplyLost, RequestLost};
    for faults in [&[AbortedBefore][..], &[AbortedAfter], &[AbortedAfter, AbortedBefore], &[ReplyLost], &[RequestLost]] {
        let (double, store) = running();
        double.faults().meet_appends(faults.iter().copied());
        appends(&store, new_thing()).await;
        assert!(double.faults().all_met(), "{faults:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_in_doubt_is_said_to_be_and_a_repetition_finds_it_out() {
    for fault in [AppendFault::AbortedBefore, AppendFault::AbortedAfter] {
        let (double, store) = running();
        let (thing, events) = (new_thing(), new_events(2));
        double.faults().meet_every_append(Some(fault));
        match store.append(thing, Expected::NoStream, events.clone()).await {
            Err(AppendError::Unknown(_)) => {}
            other => panic!("{fault:?}: {other:?}"),
        }
        double.faults().meet_every_append(None);
        let again = || async { store.append(thing, Expected::NoStream, events.clone()).await.ok() };
        assert_eq!(eventually(again).await.revision, 1);
        assert_eq!(ids_in(&store, thing).await, ids_of(&events));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_appends_between_two_attempts_is_told_from_a_repetition() {
    let (double, store) = running();
    let (thing, mine, others) = (new_thing(), new_events(1), new_events(1));
    double.faults().meet_every_append(Some(AppendFault::AbortedAfter));
    assert!(store.append(thing, Expected::NoStream, mine.clone()).await.is_err());
    double.faults().meet_every_append(None);
    store.append(thing, Expected::Revision(0), others.clone()).await.unwrap();
    // Mine was there before the others'.
    assert_eq!(store.append(thing, Expected::NoStream, mine.clone()).await.unwrap().revision, 0);
    match store.append(thing, Expected::NoStream, new_events(1)).await {
        Err(AppendError::Conflict { current: Some(1) }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(ids_in(&store, thing).await, ids_of(&[mine, others].concat()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_knows_no_batches_is_appended_to_all_the_same() {
    for features in [Features::WithoutBatches, Features::Unimplemented] {
        let (double, store) = running();
        double.faults().set_features(features);
        appends(&store, new_thing()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_ready_is_told_and_then_appended_to() {
    let (double, store) = running();
    double.faults().set_features(Features::Unavailable);
    let thing = new_thing();
    match store.append(thing, Expected::NoStream, new_events(2)).await {
        Err(AppendError::Store(error)) => assert!(error.0.contains("is not ready"), "{error}"),
        other => panic!("{other:?}"),
    }
    double.faults().set_features(Features::Offered);
    let store = &store;
    eventually(|| async move { store.head().await.ok() }).await;
    appends(store, thing).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_is_left_for_the_leader_also_when_that_changes() {
    let first = Double::start().unwrap();
    let second = first.another_node().unwrap();
    first.faults().follow(Some(("127.0.0.1", second.port())));
    let store = store_of(&first);
    // While the leader is looked for, an outcome may stay unknown: the same is appended again, as the port asks.
    let finds_leader = async || {
        let (thing, events) = (new_thing(), new_events(1));
        eventually(|| async { store.append(thing, Expected::NoStream, events.clone()).await.ok() }).await;
        assert_eq!(ids_in(&store, thing).await, ids_of(&events));
    };
    finds_leader().await;
    appends(&store, new_thing()).await;
    second.faults().follow(Some(("127.0.0.1", first.port())));
    first.faults().follow(None);
    finds_leader().await;
    appends(&store, new_thing()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_restarts_is_appended_to_again() {
    let (double, store) = running();
    let thing = new_thing();
    for revision in 0..5_u64 {
        let appended = store.append(thing, Expected::after(revision.checked_sub(1)), vec![new_event()]).await.unwrap();
        assert_eq!(appended.revision, revision);
        double.restart().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_not_taken_for_new_whatever_revision_is_expected() {
    let (_double, store) = running();
    let thing = new_thing();
    appends(&store, thing).await;
    for beyond in [u64::MAX, u64::MAX - 1, u64::MAX - 3, i64::MAX as u64, i64::MAX as u64 + 1] {
        match store.append(thing, Expected::Revision(beyond), new_events(1)).await {
            Err(AppendError::Conflict { current: Some(1) }) => {}
            other => panic!("{beyond}: {other:?}"),
        }
    }
}
