//! Faults that come and go while several callers send commands through two replicas. Afterwards the log holds every
//! acknowledged command exactly once, both pictures have the same hash, and it is that of a fresh replay.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use app::RecordError;
use domain::Command;
use double::{AppendFault, Double, Failure, Features, SubscriptionFault};
use projections::things::Permit;
use schema::{PermitId, permit::PermitFact};
use store::EventStore;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::{
    helpers::{follow, store_of},
    replicas::{Replica, ask, assert_in_step},
    world::{COUNCIL, PIPELINE, permit, submitted},
};

const CALLERS: usize = 8;
const COMMANDS_PER_CALLER: usize = 25;
/// The permits that they all write to.
const PERMITS: u128 = 4;
/// How often a caller sends a command until it is acknowledged.
const ATTEMPTS_MAX: usize = 200;
/// How often a fault comes and goes, while there is anything left to do.
const TURNS_MAX: usize = 12;
const FAULT_LASTS: Duration = Duration::from_millis(120);
/// The most that a campaign may take.
const CAMPAIGN: Duration = Duration::from_secs(90);

const fn contested(n: u128) -> PermitId {
    PermitId::new(Uuid::from_u128(4000 + n))
}

/// A fault that comes (`true`) and goes.
type Fault = fn(&[Double], bool);

struct Campaign {
    nodes: [Double; 2],
    replicas: [Replica; 2],
    acknowledged: AtomicUsize,
}

impl Campaign {
    async fn begin() -> Self {
        let one = Double::start().unwrap();
        let other = one.another_node().unwrap();
        // Each replica knows both nodes, and asks the one after the other who leads.
        let address = format!("esdb://127.0.0.1:{},127.0.0.1:{}?tls=false", one.port(), other.port());
        other.faults().follow(Some(("127.0.0.1", one.port())));
        let replicas = [Replica::at(&address), Replica::at(&address)];
        replicas[0].found().await;
        for n in 0..PERMITS {
            replicas[0].lay::<Permit>(contested(n), permit(&[PIPELINE], COUNCIL)).await;
            replicas[0].lay::<Permit>(contested(n), submitted()).await;
        }
        Self { nodes: [one, other], replicas, acknowledged: AtomicUsize::new(0) }
    }

    /// Sends `command` until it is acknowledged, to one replica and the other in turn, as a caller behind a balancer.
    async fn send(&self, caller: usize, to: PermitId, command: Command<PermitFact>) {
        for attempt in 0..ATTEMPTS_MAX {
            let replica = &self.replicas[(caller + attempt) % 2];
            match replica.record::<Permit>(to, command.clone()).await {
                Ok(receipt) => {
                    assert_eq!(receipt.events.len(), 1);
                    self.acknowledged.fetch_add(1, Ordering::SeqCst);
                    return;
                }
                Err(RecordError::OutcomeUnknown | RecordError::Unavailable(_) | RecordError::Contended) => {
                    sleep(Duration::from_millis(20)).await;
                }
                Err(error) => panic!("{error}"),
            }
        }
        panic!("the command is never acknowledged");
    }

    async fn call(&self, caller: usize) {
        for n in 0..COMMANDS_PER_CALLER {
            let id = 10_000 + (caller * COMMANDS_PER_CALLER + n) as u128;
            self.send(caller, contested(id % PERMITS), ask(id)).await;
        }
    }

    async fn run(self: Arc<Self>, fault: Fault) {
        for replica in &self.replicas {
            replica.app.in_step(Duration::from_secs(30)).await.unwrap();
        }
        let done = Arc::new(AtomicBool::new(false));
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let campaign = Arc::clone(&self);
                tokio::spawn(async move { campaign.call(caller).await })
            })
            .collect();
        let (campaign, is_done) = (Arc::clone(&self), Arc::clone(&done));
        let turns = tokio::spawn(async move {
            for _ in 0..TURNS_MAX {
                for comes in [true, false] {
                    fault(&campaign.nodes, comes);
                    sleep(FAULT_LASTS).await;
                }
                if is_done.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        for caller in callers {
            caller.await.unwrap();
        }
        done.store(true, Ordering::SeqCst);
        turns.await.unwrap();
        self.judge().await;
    }

    async fn judge(&self) {
        assert_eq!(self.acknowledged.load(Ordering::SeqCst), CALLERS * COMMANDS_PER_CALLER);
        assert_in_step(&self.nodes, &self.replicas).await;
        let fresh = store_of(&self.nodes[0]);
        assert_eq!(fresh.head().await.unwrap(), self.replicas[0].app.picture().position());
        let count = usize::try_from(self.replicas[0].app.picture().events()).unwrap();
        let mut times = HashMap::new();
        for event in follow(&fresh, count).await.0 {
            let recorded = event.decode().unwrap();
            *times.entry(recorded.metadata.command_id.0.as_u128()).or_insert(0) += 1;
        }
        let ours = 10_000..10_000 + (CALLERS * COMMANDS_PER_CALLER) as u128;
        for id in ours {
            assert_eq!(times.get(&id), Some(&1), "command {id}");
        }
    }
}

async fn withstands(fault: Fault) {
    let campaign = Arc::new(Campaign::begin().await);
    timeout(CAMPAIGN, campaign.run(fault)).await.expect("it ends in time");
}

macro_rules! campaigns {
    ($($name:ident: $fault:expr;)+) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            withstands($fault).await;
        }
    )+};
}

fn append_fault(nodes: &[Double], comes: bool, fault: AppendFault) {
    for node in nodes {
        node.faults().meet_every_append(comes.then_some(fault));
    }
}

/// New subscriptions meet it; those that there are, are made to begin again.
fn subscription_fault(nodes: &[Double], comes: bool, fault: SubscriptionFault) {
    for node in nodes {
        node.faults().meet_every_subscription(comes.then_some(fault));
        if comes {
            node.restart().unwrap();
        }
    }
}

campaigns! {
    nothing_goes_wrong: |_, _| {};
    appends_are_aborted_before_they_are_committed: |nodes, comes| append_fault(nodes, comes, AppendFault::AbortedBefore);
    appends_are_aborted_after_they_were_committed: |nodes, comes| append_fault(nodes, comes, AppendFault::AbortedAfter);
    the_server_is_not_ready: |nodes, comes| {
        append_fault(nodes, comes, AppendFault::Fails(Failure::NotReady));
        for node in nodes {
            node.faults().set_features(if comes { Features::Unavailable } else { Features::Offered });
        }
    };
    requests_and_replies_get_lost: |nodes, comes| {
        if comes {
            nodes[0].faults().meet_appends([AppendFault::ReplyLost, AppendFault::RequestLost]);
        }
    };
    the_server_restarts: |nodes, comes| {
        if comes {
            nodes[0].stop();
        } else {
            nodes[0].run().unwrap();
        }
    };
    the_leader_changes: |nodes, comes| {
        let (leader, follower) = if comes { (1, 0) } else { (0, 1) };
        nodes[leader].faults().follow(None);
        nodes[follower].faults().follow(Some(("127.0.0.1", nodes[leader].port())));
    };
    subscriptions_are_reset: |nodes, comes| subscription_fault(nodes, comes, SubscriptionFault::ResetAfter(3));
    subscriptions_end: |nodes, comes| subscription_fault(nodes, comes, SubscriptionFault::EndsAfter(3));
    subscriptions_fall_silent: |nodes, comes| subscription_fault(nodes, comes, SubscriptionFault::Silent);
    subscriptions_say_how_far_they_looked_and_nothing_else: |nodes, comes| {
        subscription_fault(nodes, comes, SubscriptionFault::CheckpointsOnly);
    };
    subscriptions_say_often_that_they_caught_up: |nodes, comes| {
        subscription_fault(nodes, comes, SubscriptionFault::CaughtUpOften);
    };
    subscriptions_say_that_they_caught_up_together_with_an_event: |nodes, comes| {
        subscription_fault(nodes, comes, SubscriptionFault::CaughtUpWithEvent);
    };
    clocks_differ: |nodes, comes| nodes[0].log().set_clock_offset(if comes { 30 * 10_000_000 } else { 0 });
}
