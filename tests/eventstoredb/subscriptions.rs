//! Subscriptions that break off, end or fall silent.

use std::{fs, time::Duration};

use double::{Double, SubscriptionFault};
use futures::StreamExt;
use schema::EventId;
use store::{Delivery, EventStore, Expected, eventstoredb::EventStoreDb};
use tokio::time::sleep;

use crate::{
    helpers::{eventually, follow, running},
    support::{ids_of, new_events, new_thing, next_delivery, next_events, until_caught_up},
};

async fn written(store: &EventStoreDb, count: usize) -> Vec<EventId> {
    let mut ids = Vec::new();
    for _ in 0..count {
        let events = new_events(1);
        store.append(new_thing(), Expected::NoStream, events.clone()).await.unwrap();
        ids.extend(ids_of(&events));
    }
    ids
}

/// All is delivered in order and once, whatever each of the subscriptions meets; which faults were told.
async fn delivered_through(faults: &[SubscriptionFault]) -> (Double, Vec<String>) {
    let (double, store) = running();
    let ids = written(&store, 20).await;
    double.faults().meet_subscriptions(faults.iter().copied());
    let (events, told) = follow(&store, 20).await;
    assert!(events.iter().map(|event| event.id).eq(ids), "{faults:?}");
    assert!(double.faults().all_met(), "{faults:?}");
    (double, told.into_iter().map(|fault| fault.0).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_reset_goes_on_where_it_was() {
    use SubscriptionFault::ResetAfter;
    let (_, told) = delivered_through(&[ResetAfter(0), ResetAfter(1), ResetAfter(7)]).await;
    assert_eq!(told.len(), 3);
}

/// Which of our subscriptions' threads have used the processor for most of the last half second.
async fn spinning() -> Vec<String> {
    let used = || {
        let tasks = fs::read_dir("/proc/self/task").unwrap().flatten().map(|task| task.path());
        let stats = tasks.filter_map(|task| fs::read_to_string(task.join("stat")).ok());
        let ours = stats.filter(|stat| stat.contains("(log subscriptio"));
        ours.map(|stat| {
            let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().map(str::to_owned).collect();
            (stat.split(' ').next().unwrap().to_owned(), fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap())
        })
        .collect::<Vec<_>>()
    };
    let before = used();
    sleep(Duration::from_millis(500)).await;
    let grown = |(thread, ticks): &(String, u64)| before.iter().any(|(other, old)| other == thread && ticks - old > 35);
    used().into_iter().filter(grown).map(|(thread, _)| thread).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_the_server_ends_goes_on_and_nothing_spins() {
    use SubscriptionFault::EndsAfter;
    let (_double, told) = delivered_through(&[EndsAfter(0), EndsAfter(5)]).await;
    assert_eq!(told, ["EventStoreDB has ended the subscription"; 2]);
    eventually(|| async { spinning().await.is_empty().then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_silent_or_says_no_more_than_how_far_it_looks_is_given_up() {
    use SubscriptionFault::{CheckpointsOnly, Silent};
    for fault in [Silent, CheckpointsOnly] {
        let (_, told) = delivered_through(&[fault]).await;
        assert_eq!(told, ["the subscription to EventStoreDB is silent while the log moves on"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_falls_silent_later_is_given_up_once_something_is_missed() {
    let (double, store) = running();
    written(&store, 3).await;
    double.faults().meet_subscriptions([SubscriptionFault::Silent]);
    let mut subscription = store.subscribe(store.head().await.unwrap());
    // There is nothing to be delivered yet, so that silence is no fault.
    let quiet = tokio::time::timeout(Duration::from_secs(5), subscription.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    written(&store, 1).await;
    let fault = tokio::time::timeout(Duration::from_secs(20), subscription.next()).await.unwrap();
    assert!(matches!(fault, Some(Err(_))), "{fault:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn that_all_has_been_delivered_may_be_said_again() {
    let (double, store) = running();
    let ids = written(&store, 3).await;
    double.faults().meet_subscriptions([SubscriptionFault::CaughtUpOften]);
    let mut subscription = store.subscribe(None);
    assert!(until_caught_up(&mut subscription).await.iter().map(|event| event.id).eq(ids));
    for _ in 0..2 {
        assert_eq!(next_delivery(&mut subscription).await, Some(Delivery::CaughtUp));
    }
    let more = written(&store, 3).await;
    assert!(next_events(&mut subscription, 3).await.iter().map(|event| event.id).eq(more));
}

#[tokio::test(flavor = "multi_thread")]
async fn that_all_has_been_delivered_can_come_together_with_the_next_event() {
    let (double, store) = running();
    let ids = written(&store, 3).await;
    double.faults().meet_subscriptions([SubscriptionFault::CaughtUpWithEvent]);
    let mut subscription = store.subscribe(None);
    assert!(next_events(&mut subscription, 3).await.iter().map(|event| event.id).eq(ids));
    let more = written(&store, 2).await;
    assert_eq!(next_delivery(&mut subscription).await, Some(Delivery::CaughtUp));
    assert!(next_events(&mut subscription, 2).await.iter().map(|event| event.id).eq(more));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_took_too_long_to_read_is_begun_again() {
    let (_, told) = delivered_through(&[SubscriptionFault::Expired]).await;
    assert!(told.len() == 1 && told[0].contains("took too long to read"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_goes_on_when_the_server_restarts() {
    let (double, store) = running();
    let ids = written(&store, 10).await;
    let (events, _) = follow(&store, 10).await;
    double.restart().unwrap();
    let more = written(&store, 10).await;
    let (again, _) = follow(&store, 20).await;
    assert_eq!(again[..10], events);
    assert!(again.iter().map(|event| event.id).eq(ids.into_iter().chain(more)));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_ends_when_its_server_goes_and_says_so() {
    let (double, store) = running();
    written(&store, 3).await;
    let mut subscription = store.subscribe(None);
    until_caught_up(&mut subscription).await;
    double.stop();
    let fault = tokio::time::timeout(Duration::from_secs(20), subscription.next()).await.unwrap();
    assert!(matches!(fault, Some(Err(_))), "{fault:?}");
    assert!(subscription.next().await.is_none());
}
