//! Many who write to one thing in EventStoreDB at once, through one replica and through two: how many acts a second get
//! through, how long the slowest waits, and what that leaves to whoever writes to another thing. Against the double, or the
//! server that `MILEPOST_EVENTSTOREDB` names. Prints a table.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    dead_code,
    unused_imports,
    reason = "a benchmark stops by panicking, prints ratios, and uses a part of what the tests share"
)]

#[path = "../tests/eventstoredb/helpers.rs"]
mod helpers;
#[path = "../tests/eventstoredb/replicas.rs"]
mod replicas;
#[path = "../tests/support/mod.rs"]
mod support;
#[path = "../tests/app/world.rs"]
mod world;

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use double::{Double, Options};
use futures::future::join_all;
use helpers::PATIENCE;
use projections::things::Permit;
use replicas::{Replica, ask};
use schema::PermitId;
use store::eventstoredb::EventStoreDb;
use uuid::Uuid;
use world::{COUNCIL, PIPELINE, permit, submitted};

/// How long each is measured.
const LASTS: Duration = Duration::from_secs(4);

/// Replicas, and callers on one thing through all of them.
const ROUNDS: [(usize, usize); 3] = [(1, 1), (1, 16), (2, 8)];

static COMMANDS: AtomicU64 = AtomicU64::new(1_000_000);

#[tokio::main]
async fn main() {
    let double = Double::start_with(Options { quiet: true, ..Options::default() }).unwrap();
    let address = env::var("MILEPOST_EVENTSTOREDB").unwrap_or_else(|_| double.address());
    for (replicas, callers) in ROUNDS {
        let deployment = format!("bench{}", Uuid::new_v4().simple());
        let replica = || Arc::new(Replica::with(EventStoreDb::new(&address, &deployment)));
        let replicas: Vec<_> = (0..replicas).map(|_| replica()).collect();
        replicas[0].found().await;
        let alone = write(&replicas, founded(&replicas).await, 1).await;
        let (contested, other) = (founded(&replicas).await, founded(&replicas).await);
        let (many, beside) = tokio::join!(write(&replicas, contested, callers), write(&replicas[..1], other, 1));
        println!(
            "{callers} callers on one thing through {} replicas: {:.0} acts/s, none waits above {} ms; one on another thing {:.0}/s, \
             {:.2} of what it does alone ({:.0}/s); open at the double: {} calls, {} connections",
            replicas.len(),
            many.per_second,
            many.longest.as_millis(),
            beside.per_second,
            beside.per_second / alone.per_second,
            alone.per_second,
            double.calls_open(),
            double.connections_open(),
        );
    }
}

/// A permit that everybody can write to.
async fn founded(replicas: &[Arc<Replica>]) -> PermitId {
    let id = PermitId::new(Uuid::new_v4());
    replicas[0].lay::<Permit>(id, permit(&[PIPELINE], COUNCIL)).await;
    replicas[0].lay::<Permit>(id, submitted()).await;
    for replica in replicas {
        replica.app.reached(id.into(), 1, PATIENCE).await.unwrap();
    }
    id
}

struct Measured {
    per_second: f64,
    longest: Duration,
}

/// What `callers` get through, each one act after the other, all on one thing.
async fn write(replicas: &[Arc<Replica>], to: PermitId, callers: usize) -> Measured {
    let started = Instant::now();
    let call = |caller: usize| {
        let replica = Arc::clone(&replicas[caller % replicas.len()]);
        tokio::spawn(async move {
            let (mut count, mut longest) = (0_usize, Duration::ZERO);
            while started.elapsed() < LASTS {
                let sent = Instant::now();
                let id = COMMANDS.fetch_add(1, Ordering::Relaxed);
                replica.record::<Permit>(to, ask(id.into())).await.unwrap();
                (count, longest) = (count + 1, longest.max(sent.elapsed()));
            }
            (count, longest)
        })
    };
    let calls: Vec<_> = (0..callers).map(call).collect();
    let done: Vec<_> = join_all(calls).await.into_iter().map(|call| call.unwrap()).collect();
    let count: usize = done.iter().map(|(count, _)| count).sum();
    Measured {
        per_second: count as f64 / started.elapsed().as_secs_f64(),
        longest: done.into_iter().map(|(_, longest)| longest).max().unwrap_or_default(),
    }
}
