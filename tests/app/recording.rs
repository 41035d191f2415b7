//! Command ids, revisions, and many who write at once.

use std::{collections::BTreeSet, sync::Arc};

use app::{HandleError, Receipt, RecordError, Submission};
use domain::{Intent, Rejection};
use futures::future::join_all;
use projections::things::{FlagCode, Permit, Project};
use schema::{
    CommandId, Kind, ThingId,
    permit::{InformationRequested, PermitFact},
    project::Stage,
};
use uuid::Uuid;

use crate::world::*;

fn code(refused: Result<Receipt, RecordError>) -> &'static str {
    let Err(RecordError::Rejected(rejection)) = refused else { panic!("{refused:?}") };
    rejection.code
}

fn ask(what: &str) -> PermitFact {
    InformationRequested { what: note(what), due_on: None, ground: None }.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_sent_again_has_its_first_result_and_records_nothing() {
    let world = World::new().await;
    let send = || command(1, 7, Intent::State(submitted().into()), "2024-02-01");
    let first = world.record::<Permit>(CROSSING, send()).await.unwrap();
    let events = world.events(CROSSING).await.len();
    world.record::<Permit>(CROSSING, command(1, 8, Intent::State(ask("bats")), "2024-03-01")).await.unwrap();
    let again = world.record::<Permit>(CROSSING, send()).await.unwrap();
    assert_eq!(again, first);
    assert_eq!(world.events(CROSSING).await.len(), events + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_id_does_not_serve_for_other_content() {
    let world = World::new().await;
    let submit = |on: &str| command(1, 7, Intent::State(submitted().into()), on);
    world.record::<Permit>(CROSSING, submit("2024-02-01")).await.unwrap();
    let count = world.events_count().await;
    let mut reasoned = submit("2024-02-01");
    reasoned.metadata.override_reason = Some(note("the letter says so"));
    let mut supported = submit("2024-02-01");
    supported.metadata.evidence = vec![document("receipt")];
    let others = [submit("2024-02-02"), command(1, 7, Intent::State(ask("bats")), "2024-02-01"), reasoned, supported];
    for other in others {
        assert_eq!(code(world.record::<Permit>(CROSSING, other).await), "COMMAND_ID_REUSED");
    }
    assert_eq!(world.events_count().await, count);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_confirmed_by_saying_it_again_is_confirmed_once() {
    let world = World::new().await;
    world.lay::<Permit>(CROSSING, submitted()).await;
    world.record::<Permit>(CROSSING, command(1, 7, Intent::State(granted().into()), "2024-07-01")).await.unwrap();
    let order = || to_state(CROSSING, granted(), "2024-07-01");
    let send = || app::Order { command_id: Some(CommandId(Uuid::from_u128(8))), ..order() };
    let council = regulator_at(COUNCIL);
    let first = world.handle::<Permit>(&council, send()).await.unwrap();
    assert_eq!(first.events.len(), 1);
    assert_eq!(world.handle::<Permit>(&council, send()).await.unwrap(), first);
    assert!(world.handle::<Permit>(&council, order()).await.unwrap().events.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_already_so_is_recorded_neither_now_nor_later() {
    let world = World::new().await;
    world.lay::<Permit>(CROSSING, submitted()).await;
    let count = world.events_count().await;
    let again = world.record::<Permit>(CROSSING, command(2, 9, Intent::State(submitted().into()), "2024-01-01")).await.unwrap();
    assert_eq!((again.events.len(), world.events_count().await), (0, count));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_founding_command_id_is_good_for_one_thing_of_its_sender() {
    let world = World::new().await;
    let manager = manager_of(HUMBER);
    let found = |title: &str| {
        let mut registered = project(Some(HUMBER), None);
        registered.title = line(title);
        let mut order = to_found(Kind::Project, registered);
        order.command_id = Some(CommandId(Uuid::from_u128(77)));
        order
    };
    let first = world.handle::<Project>(&manager, found("Cracker")).await.unwrap();
    assert_eq!(world.handle::<Project>(&manager, found("Cracker")).await.unwrap(), first);
    let count = world.events_count().await;
    let refused = world.handle::<Project>(&manager, found("Kiln")).await;
    let Err(HandleError::Record(RecordError::Rejected(Rejection { code, .. }))) = refused else { panic!("{refused:?}") };
    assert_eq!((code, world.events_count().await), ("COMMAND_ID_REUSED", count));
    // To somebody else it is an id like any other: they learn nothing, and are kept from nothing.
    let other = access::Actor { subject: schema::SubjectId(Uuid::from_u128(999)), ..manager.clone() };
    let theirs = world.handle::<Project>(&other, found("Kiln")).await.unwrap();
    assert_ne!(theirs.thing, first.thing);
    assert_eq!(world.handle::<Project>(&other, found("Kiln")).await.unwrap(), theirs);
    assert_eq!(world.handle::<Project>(&manager, found("Cracker")).await.unwrap(), first);
    assert_eq!(world.events_count().await, count + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_who_insists_on_a_revision_is_refused_once_the_thing_has_moved() {
    let world = World::new().await;
    let at = |revision, id, what: &str| Submission {
        thing: CROSSING.thing(),
        commands: vec![command(1, id, Intent::State(ask(what)), "2024-03-01")],
        expected_revision: Some(revision),
    };
    let seen = world.lay::<Permit>(CROSSING, submitted()).await.revision.unwrap();
    let receipt = world.app.record::<Permit>(&at(seen, 1, "bats")).await.unwrap();
    assert_eq!(receipt.revision, Some(seen + 1));
    world.app.reached(receipt.thing, seen + 1, PATIENCE).await.unwrap();
    let refused = world.app.record::<Permit>(&at(seen, 2, "newts")).await;
    assert!(matches!(refused, Err(RecordError::RevisionConflict)), "{refused:?}");
    // A retry of what was recorded at that revision is a retry, not a conflict.
    assert_eq!(world.app.record::<Permit>(&at(seen, 1, "bats")).await.unwrap().events, receipt.events);
    assert_eq!(world.events(CROSSING).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_named_has_to_be_on_record() {
    let world = World::new().await;
    let stranger = schema::ClusterId::new(Uuid::from_u128(404));
    let refused = command(1, 7, Intent::State(project(Some(stranger), None).into()), "2024-01-01");
    let thing = ThingId::new(Kind::Project, Uuid::from_u128(500));
    assert_eq!(code(world.record::<Project>(thing, refused).await), "REFERENCE_UNKNOWN");
    assert!(world.events(thing).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_on_one_thing_are_recorded_all_or_none() {
    let world = World::new().await;
    let commands = |last: Stage| {
        let enter = |id, stage, on| command(1, id, Intent::State(entered(stage).into()), on);
        vec![enter(1, Stage::Feasibility, "2024-02"), enter(2, Stage::Fid, "2024-03"), enter(3, last, "2024-04")]
    };
    let submit = |last| Submission { thing: PIPELINE.thing(), commands: commands(last), expected_revision: None };
    assert_eq!(code(world.app.record::<Project>(&submit(Stage::Feed)).await), FlagCode::StageBackwards.code());
    assert_eq!(world.events(PIPELINE).await.len(), 1);
    let receipt = world.app.record::<Project>(&submit(Stage::Construction)).await.unwrap();
    assert_eq!((receipt.events.len(), receipt.revision), (3, Some(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_write_to_one_permit_at_once_none_is_lost_and_none_recorded_twice() {
    const WRITERS: u128 = 32;
    let world = Arc::new(World::new().await);
    world.lay::<Permit>(CROSSING, submitted()).await;
    let write = |n| {
        let world = Arc::clone(&world);
        let command = command(1000 + n, 1, Intent::State(ask(&format!("question {n}"))), "2024-03-01");
        let command = domain::Command {
            metadata: schema::Metadata { command_id: CommandId(Uuid::from_u128(2000 + n)), ..command.metadata.clone() },
            ..command
        };
        tokio::spawn(async move { world.record::<Permit>(CROSSING, command).await.map(|receipt| receipt.events) })
    };
    let written = join_all((0..WRITERS).map(write)).await;
    let acknowledged: Vec<_> = written.into_iter().flat_map(|written| written.unwrap().unwrap()).collect();
    let log: Vec<_> = world.events(CROSSING).await.iter().map(|event| event.id).collect();
    assert_eq!(acknowledged.len(), 32);
    assert_eq!(log.len(), 2 + 32);
    assert_eq!(BTreeSet::from_iter(&log).len(), log.len());
    assert!(acknowledged.iter().all(|id| log.contains(id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_grant_at_once_the_second_is_decided_on_what_the_first_has_recorded() {
    let world = Arc::new(World::new().await);
    world.lay::<Permit>(CROSSING, submitted()).await;
    let grant = |n, on: &'static str| {
        let world = Arc::clone(&world);
        let command = command(n, n, Intent::State(granted().into()), on);
        tokio::spawn(async move { world.record::<Permit>(CROSSING, command).await })
    };
    let [one, other] = [grant(51, "2024-07-01"), grant(52, "2024-07-02")];
    let results = [one.await.unwrap(), other.await.unwrap()];
    let refused: Vec<_> = results.into_iter().filter(Result::is_err).map(code).collect();
    assert_eq!(refused, [FlagCode::DecidedTwice.code()]);
    assert_eq!(world.events(CROSSING).await.len(), 3);
}
