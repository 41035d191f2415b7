//! The session that appends go through: a refusal ends nothing, and nothing is left open at the server.

use std::{sync::Arc, time::Duration};

use double::{AppendFault, Double};
use futures::{StreamExt, future::join_all, stream};
use projections::things::Permit;
use schema::PermitId;
use store::{AppendError, EventStore, Expected};
use uuid::Uuid;

use crate::{
    helpers::{PATIENCE, eventually, running},
    replicas::{Replica, ask},
    support::{ids_in, ids_of, new_event, new_events, new_thing},
    world::{COUNCIL, CROSSING, PIPELINE, permit, submitted},
};

/// The most that one replica has open: the session, the subscription and what it reads; over three connections.
const CALLS_MAX: usize = 10;
const CONNECTIONS_MAX: usize = 3;

async fn assert_few_open(double: &Double) {
    let few = || async { (double.calls_open() <= CALLS_MAX && double.connections_open() <= CONNECTIONS_MAX).then_some(()) };
    eventually(few).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_refusals_and_a_thousand_timeouts_leave_nothing_open() {
    let double = Double::start().unwrap();
    let replica = Replica::over(&double);
    replica.found().await;
    let store = &*replica.store;
    let refused = |_| async move {
        let refused = store.append(CROSSING.thing(), Expected::NoStream, new_events(1)).await;
        assert!(matches!(refused, Err(AppendError::Conflict { current: Some(1) })), "{refused:?}");
    };
    stream::iter(0..10_000).map(refused).buffer_unordered(64).collect::<Vec<()>>().await;
    assert_few_open(&double).await;
    // Each is sent three times.
    double.faults().meet_every_append(Some(AppendFault::AbortedBefore));
    let told = join_all((0..300).map(|_| store.append(new_thing(), Expected::NoStream, new_events(1)))).await;
    double.faults().meet_every_append(Some(AppendFault::RequestLost));
    let unanswered = join_all((0..40).map(|_| store.append(new_thing(), Expected::NoStream, new_events(1)))).await;
    for outcome in told.into_iter().chain(unanswered) {
        assert!(matches!(outcome, Err(AppendError::Unknown(_))), "{outcome:?}");
    }
    double.faults().meet_every_append(None);
    assert_few_open(&double).await;
    replica.record::<Permit>(CROSSING, ask(7)).await.unwrap();
    assert_few_open(&double).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_find_their_appends_in_whatever_order_they_come() {
    let (double, store) = running();
    store.append(new_thing(), Expected::NoStream, new_events(1)).await.unwrap();
    let wait = |n: u64| AppendFault::Late(Duration::from_millis(10 * (40 - n)));
    double.faults().meet_appends((0..40).map(wait));
    let append = |count: usize| {
        let store = &store;
        async move {
            let (thing, events) = (new_thing(), new_events(count));
            let appended = store.append(thing, Expected::NoStream, events.clone()).await.unwrap();
            assert_eq!(appended.revision + 1, count as u64);
            assert_eq!(ids_in(store, thing).await, ids_of(&events));
        }
    };
    join_all((1..=40).map(append)).await;
    eventually(|| async { (double.calls_open() == 1).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_is_not_answered_takes_no_other_with_it() {
    let (double, store) = running();
    let store = Arc::new(store);
    double.faults().meet_appends([AppendFault::ReplyLost]);
    let (thing, events) = (new_thing(), new_events(1));
    let lost = tokio::spawn({
        let (store, events) = (Arc::clone(&store), events.clone());
        async move { store.append(thing, Expected::NoStream, events).await }
    });
    eventually(|| async { double.faults().all_met().then_some(()) }).await;
    // Others are answered all the while, so that the session is a good one.
    while !lost.is_finished() {
        store.append(new_thing(), Expected::NoStream, vec![new_event()]).await.unwrap();
    }
    assert_eq!(lost.await.unwrap().unwrap().revision, 0);
    assert_eq!(ids_in(&*store, thing).await, ids_of(&events));
}

const fn contested(n: u128) -> PermitId {
    PermitId::new(Uuid::from_u128(7000 + n))
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_write_to_one_thing_through_two_replicas_all_get_through_and_leave_nothing_open() {
    let double = Double::start().unwrap();
    let replicas = [Replica::over(&double), Replica::over(&double)];
    replicas[0].found().await;
    replicas[0].lay::<Permit>(contested(0), permit(&[PIPELINE], COUNCIL)).await;
    replicas[0].lay::<Permit>(contested(0), submitted()).await;
    replicas[1].app.reached(contested(0).into(), 1, PATIENCE).await.unwrap();
    let write = |caller: usize| {
        let replica = &replicas[caller % 2];
        async move {
            for n in 0..20 {
                replica.record::<Permit>(contested(0), ask((1000 * (caller + 1) + n) as u128)).await.unwrap();
            }
        }
    };
    join_all((0..8).map(write)).await;
    assert_eq!(ids_in(&*replicas[0].store, contested(0).into()).await.len(), 2 + 8 * 20);
    let few =
        || async { (double.calls_open() <= 2 * CALLS_MAX && double.connections_open() <= 2 * CONNECTIONS_MAX).then_some(()) };
    eventually(few).await;
}
