//! Several services over one database, each with its own picture.

use std::{sync::Arc, time::Duration};

use app::{App, Receipt, RecordError, Submission};
use chrono::Utc;
use domain::{Command, Intent};
use double::{AppendFault, Double, SubscriptionFault};
use futures::future::join_all;
use projections::{
    Across, Picture,
    things::{FlagCode, Permit, Project},
};
use schema::{
    EventId, ThingId,
    permit::{InformationRequested, PermitFact},
};
use store::{EventStore, eventstoredb::EventStoreDb};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::{
    helpers::{PATIENCE, follow, store_of},
    support::ids_in,
    world::{COUNCIL, CROSSING, PIPELINE, command, granted, note, organisation, permit, project, submitted},
};

/// A service over a node.
pub struct Replica {
    pub app: Arc<App>,
    pub store: Arc<EventStoreDb>,
    projector: JoinHandle<()>,
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.projector.abort();
    }
}

impl Replica {
    pub fn over(node: &Double) -> Self {
        Self::at(&node.address())
    }

    pub fn at(address: &str) -> Self {
        Self::with(EventStoreDb::new(address, "milepost"))
    }

    pub fn with(store: EventStoreDb) -> Self {
        Self::begun(store, Picture::default())
    }

    /// One that begins with what is known already.
    pub fn begun(store: EventStoreDb, picture: Picture) -> Self {
        let store = Arc::new(store);
        let (app, projector) = App::new(Arc::clone(&store) as Arc<dyn EventStore>, picture, Utc::now);
        Self { app, store, projector: tokio::spawn(projector.run()) }
    }

    pub async fn record<S: Across>(&self, thing: impl Into<ThingId>, command: Command<S::Fact>) -> Result<Receipt, RecordError> {
        let submission = Submission { thing: thing.into(), commands: vec![command], expected_revision: None };
        self.app.record::<S>(&submission).await
    }

    pub async fn lay<S: Across>(&self, thing: impl Into<ThingId>, fact: impl Into<S::Fact>) {
        let command = command(1, Uuid::new_v4().as_u128(), Intent::State(fact.into()), "2024-01-01");
        let receipt = self.record::<S>(thing, command).await.unwrap();
        self.app.reached(receipt.thing, receipt.revision.unwrap(), PATIENCE).await.unwrap();
    }

    /// A council, a project and a permit for it that is applied for, under the ids of the world.
    pub async fn found(&self) {
        self.lay::<projections::things::Organisation>(COUNCIL, organisation("council")).await;
        self.lay::<Project>(PIPELINE, project(None, None)).await;
        self.lay::<Permit>(CROSSING, permit(&[PIPELINE], COUNCIL)).await;
        self.lay::<Permit>(CROSSING, submitted()).await;
    }
}

pub fn ask(n: u128) -> Command<PermitFact> {
    let asked = InformationRequested { what: note(&format!("question {n}")), due_on: None, ground: None };
    command(1, n, Intent::State(asked.into()), "2024-03-01")
}

/// Two replicas, each over a node of its own, and the nodes.
async fn two() -> ([Double; 2], [Replica; 2]) {
    let one = Double::start().unwrap();
    let other = one.another_node().unwrap();
    let replicas = [Replica::over(&one), Replica::over(&other)];
    replicas[0].found().await;
    replicas[1].app.reached(CROSSING.thing(), 1, PATIENCE).await.unwrap();
    ([one, other], replicas)
}

/// Both pictures, and one of a fresh replay, are the same.
pub async fn assert_in_step(nodes: &[Double], replicas: &[Replica]) {
    for replica in replicas {
        replica.app.in_step(PATIENCE).await.unwrap();
    }
    let fresh = store_of(&nodes[0]);
    let count = usize::try_from(replicas[0].app.picture().events()).unwrap();
    let (events, _) = follow(&fresh, count).await;
    let replayed = Picture::default().with(events.iter().map(projections::Entry::from)).hash();
    for replica in replicas {
        assert_eq!(replica.app.picture().hash(), replayed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_to_one_is_seen_by_the_other() {
    let (nodes, [one, other]) = two().await;
    let receipt = one.record::<Permit>(CROSSING, ask(7)).await.unwrap();
    other.app.reached(receipt.thing, receipt.revision.unwrap(), PATIENCE).await.unwrap();
    let receipt = other.record::<Permit>(CROSSING, ask(8)).await.unwrap();
    assert_eq!(receipt.revision, Some(3));
    one.app.reached(receipt.thing, 3, PATIENCE).await.unwrap();
    assert_in_step(&nodes, &[one, other]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_decide_at_once_one_wins_and_the_other_decides_again() {
    let (nodes, [one, other]) = two().await;
    let grant = |n, on| command(n, n, Intent::State(granted().into()), on);
    let (first, second) = tokio::join!(
        one.record::<Permit>(CROSSING, grant(51, "2024-07-01")),
        other.record::<Permit>(CROSSING, grant(52, "2024-07-02"))
    );
    let refused: Vec<_> = [first, second].into_iter().filter_map(Result::err).collect();
    let [RecordError::Rejected(rejection)] = &refused[..] else { panic!("{refused:?}") };
    assert_eq!(rejection.code, FlagCode::DecidedTwice.code());
    assert_in_step(&nodes, &[one, other]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_write_to_one_thing_through_both_none_is_lost_and_none_recorded_twice() {
    let (nodes, replicas) = two().await;
    let written = join_all((0..40).map(|n| replicas[n % 2].record::<Permit>(CROSSING, ask(1000 + n as u128)))).await;
    let mut acknowledged: Vec<EventId> = written.into_iter().flat_map(|receipt| receipt.unwrap().events).collect();
    let mut log = ids_in(&*replicas[0].store, CROSSING.thing()).await.split_off(2);
    acknowledged.sort_unstable();
    log.sort_unstable();
    assert_eq!(log, acknowledged);
    assert_in_step(&nodes, &replicas).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_has_written_is_waited_for_by_the_other_and_not_for_ever() {
    let ([_one_node, other_node], [one, other]) = two().await;
    // The other's node delivers nothing any more.
    other_node.faults().meet_every_subscription(Some(SubscriptionFault::Silent));
    other_node.restart().unwrap();
    let receipt = one.record::<Permit>(CROSSING, ask(7)).await.unwrap();
    let revision = receipt.revision.unwrap();
    let waited = other.app.reached(receipt.thing, revision, Duration::from_millis(300)).await;
    assert!(waited.is_err(), "it says that it is stale");
    other_node.faults().meet_every_subscription(None);
    other.app.reached(receipt.thing, revision, PATIENCE).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_lost_another_write_and_a_retry_through_a_replica_that_lags_record_it_once() {
    // The replica that lags knows all that was before, or not even that.
    for lags_behind_that_too in [false, true] {
        let ([one_node, other_node], [one, other]) = two().await;
        let before = async || {
            let receipt = one.record::<Permit>(CROSSING, ask(6)).await.unwrap();
            one.app.reached(receipt.thing, 2, PATIENCE).await.unwrap();
        };
        if !lags_behind_that_too {
            before().await;
            other.app.reached(CROSSING.thing(), 2, PATIENCE).await.unwrap();
        }
        other_node.faults().meet_every_subscription(Some(SubscriptionFault::Silent));
        other_node.restart().unwrap();
        if lags_behind_that_too {
            before().await;
        }
        one_node.faults().meet_every_append(Some(AppendFault::AbortedAfter));
        let unknown = one.record::<Permit>(CROSSING, ask(7)).await;
        assert!(matches!(unknown, Err(RecordError::OutcomeUnknown)), "{unknown:?}");
        one_node.faults().meet_every_append(None);
        one.app.reached(CROSSING.thing(), 3, PATIENCE).await.unwrap();
        one.record::<Permit>(CROSSING, ask(8)).await.unwrap();
        // It decides on what it knows, and finds out from the store.
        let retry = other.record::<Permit>(CROSSING, ask(7));
        let mended = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            other_node.faults().meet_every_subscription(None);
        };
        let (receipt, ()) = tokio::join!(retry, mended);
        let receipt = receipt.unwrap();
        let log = ids_in(&*one.store, CROSSING.thing()).await;
        assert_eq!((log.len(), receipt.events.len()), (5, 1));
        assert_eq!(log.iter().filter(|id| **id == receipt.events[0]).count(), 1);
        assert_in_step(&[one_node, other_node], &[one, other]).await;
    }
}
