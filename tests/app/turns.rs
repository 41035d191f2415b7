//! Those who write to one thing take turns.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use app::{App, HandleError, Receipt, RecordError, Submission};
use domain::Intent;
use futures::{
    StreamExt,
    future::{BoxFuture, join_all},
    stream::BoxStream,
};
use projections::{
    Picture,
    things::{Organisation, Permit},
};
use schema::{
    AsideStream, NewEvent, Position, StoredEvent, ThingId,
    permit::{InformationRequested, PermitFact},
};
use store::{AppendError, Appended, Delivery, EventStore, Expected, StoreError};
use tokio::{
    sync::oneshot,
    task::{JoinHandle, yield_now},
    time::{Duration, sleep},
};

use crate::world::*;

type Writing = JoinHandle<Result<Receipt, RecordError>>;

fn asking(thing: impl Into<ThingId>, number: u128) -> Submission<PermitFact> {
    let fact: PermitFact = InformationRequested { what: note(&format!("question {number}")), due_on: None, ground: None }.into();
    let commands = vec![command(1, 100 + number, Intent::State(fact), "2024-03-01")];
    Submission { thing: thing.into(), commands, expected_revision: None }
}

/// Begins to ask; on one thread, those who begin first are first to take their place.
fn begin(world: &Arc<World>, number: u128) -> Writing {
    let world = Arc::clone(world);
    tokio::spawn(async move { world.app.record::<Permit>(&asking(CROSSING, number)).await })
}

/// The same, until `abandoned` is told or dropped.
fn begin_until(world: &Arc<World>, number: u128, abandoned: oneshot::Receiver<()>) -> Writing {
    let world = Arc::clone(world);
    let gone = async move { drop(abandoned.await) };
    tokio::spawn(async move { world.app.record_unless::<Permit>(&asking(CROSSING, number), gone).await })
}

async fn submitted_world() -> Arc<World> {
    let world = World::new().await;
    let submitted = command(1, 7, Intent::State(submitted().into()), "2024-02-01");
    world.record::<Permit>(CROSSING, submitted).await.unwrap();
    Arc::new(world)
}

/// Lets all who have begun come as far as they can.
async fn all_have_begun() {
    for _ in 0..32 {
        yield_now().await;
    }
}

fn asked(world: &World) -> usize {
    world.store.asked.load(Ordering::SeqCst)
}

#[tokio::test]
async fn who_writes_to_one_thing_is_served_in_the_order_in_which_they_came_and_none_decides_in_vain() {
    let world = submitted_world().await;
    let (before, already) = (asked(&world), world.events(CROSSING).await.len());
    let gate = world.store.gate.write().await;
    let writers: Vec<Writing> = (0..40).map(|number| begin(&world, number)).collect();
    all_have_begun().await;
    assert_eq!(asked(&world), before + 1, "all but one wait for their turn");
    drop(gate);
    let receipts: Vec<Receipt> = join_all(writers).await.into_iter().map(|done| done.unwrap().unwrap()).collect();
    let told: Vec<_> = receipts.iter().map(|receipt| receipt.events[0]).collect();
    let recorded: Vec<_> = world.events(CROSSING).await.iter().map(|event| event.id).skip(already).collect();
    assert_eq!(told, recorded);
    assert_eq!(asked(&world), before + 40, "each was decided once");
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_is_not_decided_and_others_go_on() {
    let world = submitted_world().await;
    let (before, already) = (asked(&world), world.events(CROSSING).await.len());
    let gate = world.store.gate.write().await;
    let first = begin(&world, 1);
    let (leave, left) = oneshot::channel();
    let second = begin_until(&world, 2, left);
    let third = begin(&world, 3);
    all_have_begun().await;
    drop(leave);
    // It is told at once, while the first is still at it.
    assert!(matches!(second.await.unwrap(), Err(RecordError::Contended)));
    assert_eq!(asked(&world), before + 1);
    drop(gate);
    let told: Vec<_> = [first.await, third.await].map(|done| done.unwrap().unwrap().events[0]).into();
    let recorded: Vec<_> = world.events(CROSSING).await.iter().map(|event| event.id).skip(already).collect();
    assert_eq!((told, asked(&world)), (recorded, before + 2));
}

#[tokio::test]
async fn who_would_be_one_too_many_to_wait_is_told_so_and_other_things_are_written_to() {
    let world = submitted_world().await;
    let gate = world.store.gate.write().await;
    let (keep, mut writers) = (std::cell::RefCell::new(Vec::new()), Vec::new());
    let mut begin = |number| {
        let (leave, left) = oneshot::channel();
        keep.borrow_mut().push(leave);
        begin_until(&world, number, left)
    };
    writers.extend((0..=128).map(&mut begin));
    all_have_begun().await;
    let one_too_many = begin(1_000);
    assert!(matches!(one_too_many.await.unwrap(), Err(RecordError::Contended)));
    drop(gate);
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
    let elsewhere = world.app.record_unless::<Permit>(&asking(JETTY, 5), std::future::pending()).await;
    assert!(matches!(elsewhere, Err(RecordError::Rejected(_))), "it is decided: nothing is submitted there");
    begin(1_001).await.unwrap().unwrap();
}

#[tokio::test]
async fn who_may_no_longer_when_their_turn_comes_is_refused() {
    let world = submitted_world().await;
    let founding = world.events(CROSSING).await[0].id;
    let already = world.events(CROSSING).await.len();
    let gate = world.store.gate.write().await;
    // The permit goes to another authority while the council waits for its turn.
    let moved = Intent::Correct {
        fact: founding,
        reason: note("called in"),
        to: permit(&[PIPELINE], OTHER_COUNCIL).into(),
        members: None,
    };
    let moving = tokio::spawn({
        let world = Arc::clone(&world);
        async move { world.record::<Permit>(CROSSING, command(1, 900, moved, "2024-01-10")).await }
    });
    all_have_begun().await;
    let asking = tokio::spawn({
        let world = Arc::clone(&world);
        let question = InformationRequested { what: note("bats"), due_on: None, ground: None };
        async move {
            let order = to_state(CROSSING, question, "2024-03-01");
            world.app.handle_unless::<Permit>(&regulator_at(COUNCIL).into(), &[order], std::future::pending()).await
        }
    });
    all_have_begun().await;
    assert!(!asking.is_finished(), "it was allowed, and waits");
    drop(gate);
    moving.await.unwrap().unwrap();
    assert!(matches!(asking.await.unwrap(), Err(HandleError::Forbidden(_))));
    assert_eq!(world.events(CROSSING).await.len(), already + 1);
}

/// A store whose acts are heard of a little later than elsewhere.
struct Late(Arc<Frail>);

impl EventStore for Late {
    fn append(&self, thing: ThingId, expected: Expected, events: Vec<NewEvent>) -> BoxFuture<'_, Result<Appended, AppendError>> {
        self.0.append(thing, expected, events)
    }

    fn append_aside(
        &self,
        stream: &AsideStream,
        expected: Expected,
        events: Vec<NewEvent>,
    ) -> BoxFuture<'_, Result<Appended, AppendError>> {
        self.0.append_aside(stream, expected, events)
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn read(&self, thing: ThingId) -> BoxStream<'_, Result<StoredEvent, StoreError>> {
        self.0.read(thing)
    }

    fn subscribe(&self, after: Option<Position>) -> BoxStream<'static, Result<Delivery, StoreError>> {
        let late = |delivery| async {
            sleep(Duration::from_millis(1)).await;
            delivery
        };
        self.0.subscribe(after).then(late).boxed()
    }

    fn head(&self) -> BoxFuture<'_, Result<Option<Position>, StoreError>> {
        self.0.head()
    }

    fn probe(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.probe()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_hears_of_acts_later_than_another_gets_its_turn_too() {
    let world = Arc::new(World::to_be_sealed());
    world.lay::<Organisation>(COUNCIL, organisation("council")).await;
    world.lay::<Permit>(CROSSING, permit(&[], COUNCIL)).await;
    world.lay::<Permit>(CROSSING, submitted()).await;
    let (late, projector) = App::new(Arc::new(Late(Arc::clone(&world.store))), Picture::default(), start);
    let projecting = tokio::spawn(projector.run());
    late.caught_up(PATIENCE).await.unwrap();
    let done = Arc::new(AtomicBool::default());
    let write = |writer: u128| {
        let (world, done) = (Arc::clone(&world), Arc::clone(&done));
        tokio::spawn(async move {
            let mut number = writer * 10_000;
            while !done.load(Ordering::SeqCst) {
                number += 1;
                world.app.record::<Permit>(&asking(CROSSING, number)).await.unwrap();
            }
        })
    };
    let writers: Vec<_> = (1..=4).map(write).collect();
    for number in 0..10 {
        late.record::<Permit>(&asking(CROSSING, number)).await.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
    projecting.abort();
}
