//! A store that does not say what became of an append.

use std::{sync::Arc, time::Duration};

use app::RecordError;
use domain::Intent;
use projections::things::Permit;

use crate::world::*;

async fn submit_through(faults: &[Fault]) -> (World, Result<Vec<schema::EventId>, RecordError>) {
    let world = World::new().await;
    world.store.appends.lock().unwrap().extend(faults);
    let recorded = world.record::<Permit>(CROSSING, command(1, 7, Intent::State(submitted().into()), "2024-02-01")).await;
    (world, recorded.map(|receipt| receipt.events))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_recorded_once_however_often_replies_or_requests_get_lost() {
    use Fault::{ReplyLost, RequestLost};
    for faults in [&[ReplyLost][..], &[RequestLost], &[ReplyLost, ReplyLost, RequestLost], &[RequestLost, ReplyLost]] {
        let (world, recorded) = submit_through(faults).await;
        let log: Vec<_> = world.events(CROSSING).await.iter().skip(1).map(|event| event.id).collect();
        assert_eq!(recorded.unwrap(), log, "{faults:?}");
        assert_eq!(log.len(), 1, "{faults:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_writes_meanwhile_is_taken_into_account() {
    for lost in [Fault::ReplyLost, Fault::RequestLost] {
        let world = World::new().await;
        world.store.appends.lock().unwrap().push_back(lost);
        let slow = world.record::<Permit>(CROSSING, command(1, 7, Intent::State(submitted().into()), "2024-02-01"));
        let quick = async {
            // Until the first append has failed, so that this one comes between it and its repetition.
            while !world.store.appends.lock().unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
            world.record::<Permit>(CROSSING, command(2, 8, Intent::State(granted().into()), "2024-07-01")).await
        };
        let (slow, _) = tokio::join!(slow, quick);
        let events = slow.unwrap().events;
        let log = world.events(CROSSING).await;
        assert_eq!(log.iter().filter(|event| events.contains(&event.id)).count(), 1, "{lost:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_never_answers_leaves_the_outcome_unknown_and_a_retry_finds_it_out() {
    let (world, unknown) = submit_through(&[Fault::ReplyLost; 5]).await;
    assert!(matches!(unknown, Err(RecordError::OutcomeUnknown)), "{unknown:?}");
    let send = command(1, 7, Intent::State(submitted().into()), "2024-02-01");
    assert_eq!(world.record::<Permit>(CROSSING, send).await.unwrap().events.len(), 1);
    assert_eq!(world.events(CROSSING).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_after_a_lost_reply_does_not_make_the_outcome_known() {
    let (world, unknown) = submit_through(&[Fault::ReplyLost, Fault::Refused]).await;
    assert!(matches!(unknown, Err(RecordError::OutcomeUnknown)), "{unknown:?}");
    assert_eq!(world.events(CROSSING).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_can_not_be_used_has_recorded_nothing() {
    let (world, refused) = submit_through(&[Fault::Refused]).await;
    assert!(matches!(refused, Err(RecordError::Unavailable(_))), "{refused:?}");
    assert_eq!(world.events(CROSSING).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_stands_until_something_is_recorded() {
    let (world, refused) = submit_through(&[Fault::Refused]).await;
    assert_eq!(refused.unwrap_err().reason(), Some("store_refused"));
    let first = world.app.refused().unwrap();
    assert_eq!(first.reason, "the store is closed");
    world.store.appends.lock().unwrap().extend([Fault::RequestLost; 5]);
    let send = || command(1, 8, Intent::State(submitted().into()), "2024-02-01");
    let unknown = world.record::<Permit>(CROSSING, send()).await.unwrap_err();
    assert_eq!(unknown.reason(), Some("outcome_unknown"));
    let second = world.app.refused().unwrap();
    assert!(second.since == first.since && second.reason != first.reason, "{second:?}");
    world.record::<Permit>(CROSSING, send()).await.unwrap();
    assert_eq!(world.app.refused(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_stands_until_a_probe_has_worked() {
    let (world, refused) = submit_through(&[Fault::Refused]).await;
    assert!(refused.is_err());
    world.store.probes.lock().unwrap().push_back("the disk is full");
    let probing = tokio::spawn(Arc::clone(&world.app).probe_after_refusals());
    let mut reasons = Vec::new();
    while let Some(refused) = world.app.refused() {
        reasons.push(refused.reason);
        reasons.dedup();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(reasons, ["the store is closed", "the disk is full"]);
    assert_eq!(world.events(CROSSING).await.len(), 1);
    probing.abort();
}
