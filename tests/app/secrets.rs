//! What is for the parties only does not exist for anybody else.

use std::sync::Arc;

use access::{Actor, Grant, Role};
use app::{HandleError, Order, Target, Viewpoint};
use domain::Intent;
use projections::{
    Sight,
    things::{Permit, Project},
};
use schema::{
    EventId, ThingId, Visibility,
    permit::{InformationRequested, PermitFact},
    project::ProjectFact,
};
use uuid::Uuid;

use crate::world::*;

/// All that `actor` sees of projects and permits, in words.
fn seen(world: &World, actor: &Actor) -> String {
    let view = Viewpoint::new(&world.app, Arc::new(actor.clone()), None);
    let projects: Vec<_> = view.things::<Project>().collect();
    let permits: Vec<_> = view.things::<Permit>().collect();
    let named: Vec<_> = [PIPELINE, FURNACE]
        .map(|project| view.naming::<Permit>(project.thing()).map(|permit| permit.id()).collect::<Vec<_>>())
        .into();
    let of_clusters: Vec<_> = [HUMBER, TEESSIDE].map(|cluster| view.naming::<Project>(cluster.thing()).count()).into();
    format!("{projects:?}\n{permits:?}\n{named:?}\n{of_clusters:?}")
}

fn strangers() -> [Actor; 4] {
    [
        manager_of(TEESSIDE),
        lead_of(FURNACE),
        regulator_at(OTHER_COUNCIL),
        actor(106, [Grant { organisation: Some(DEVELOPER), ..Grant::of(Role::Funder) }]),
    ]
}

fn parties() -> [Actor; 4] {
    [manager_of(HUMBER), lead_of(PIPELINE), regulator_at(COUNCIL), actor(107, [Grant::of(Role::Auditor)])]
}

fn secretly<F>(order: Order<F>) -> Order<F> {
    Order { visibility: Some(Visibility::Parties), ..order }
}

fn ask() -> Order<PermitFact> {
    to_state(CROSSING, InformationRequested { what: note("price of the steel"), due_on: None, ground: None }, "2024-03-01")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confidential_fact_changes_nothing_for_whoever_may_not_see_it() {
    let world = World::new().await;
    world.lay::<Permit>(CROSSING, submitted()).await;
    let before = strangers().map(|stranger| seen(&world, &stranger));
    let known = parties().map(|party| seen(&world, &party));
    world.handle::<Permit>(&regulator_at(COUNCIL), secretly(ask())).await.unwrap();
    assert_eq!(strangers().map(|stranger| seen(&world, &stranger)), before);
    for (party, known) in parties().iter().zip(known) {
        assert_ne!(seen(&world, party), known, "{:?}", party.grants);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confidential_thing_is_in_no_list_and_no_count() {
    let world = World::new().await;
    let before = strangers().map(|stranger| seen(&world, &stranger));
    let mut founding = command(FOUNDER, 7, Intent::State(permit(&[PIPELINE, FURNACE], COUNCIL).into()), "2024-01-01");
    founding.metadata.visibility = Visibility::Parties;
    world.record::<Permit>(ThingId::new(schema::Kind::Permit, Uuid::from_u128(43)), founding).await.unwrap();
    let after = strangers().map(|stranger| seen(&world, &stranger));
    // Whoever keeps Teesside or the furnace is a party: the permit is for the furnace, too.
    assert_ne!(after[..2], before[..2]);
    assert_eq!(after[2..], before[2..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_openly_of_a_confidential_fact_is_confidential_with_it() {
    let world = World::new().await;
    world.lay::<Permit>(CROSSING, submitted()).await;
    let council = regulator_at(COUNCIL);
    let lead = lead_of(PIPELINE);
    let before = strangers().map(|stranger| seen(&world, &stranger));
    let claim = to_state(CROSSING, granted(), "2024-07-01");
    let fact = world.handle::<Permit>(&lead, secretly(claim)).await.unwrap().events[0];
    let about = |intent| order(Target::Existing(CROSSING.thing()), intent, "2024-07-02");
    let mut supported = about(Intent::AttachEvidence { fact });
    supported.evidence = vec![document("decision letter")];
    let corrected = Intent::Correct { fact, reason: note("misread"), to: granted().into(), members: None };
    for order in [about(Intent::Confirm { fact }), supported, about(corrected)] {
        world.handle::<Permit>(&council, order).await.unwrap();
        assert_eq!(strangers().map(|stranger| seen(&world, &stranger)), before);
    }
    let retraction = about(Intent::Retract { act: fact, reason: note("it never happened") });
    let act = world.handle::<Permit>(&council, retraction).await.unwrap().events[0];
    let again = about(Intent::Retract { act, reason: note("it did happen") });
    world.handle::<Permit>(&council, again).await.unwrap();
    assert_eq!(strangers().map(|stranger| seen(&world, &stranger)), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_does_not_tell_a_confidential_fact_or_thing_from_none() {
    let world = World::new().await;
    world.lay::<Permit>(CROSSING, submitted()).await;
    let fact = world.handle::<Permit>(&regulator_at(COUNCIL), secretly(ask())).await.unwrap().events[0];
    let mut founding = command(FOUNDER, 7, Intent::State(project(Some(HUMBER), None).into()), "2024-01-01");
    founding.metadata.visibility = Visibility::Parties;
    let secret = ThingId::new(schema::Kind::Project, Uuid::from_u128(33));
    world.record::<Project>(secret, founding).await.unwrap();
    let nothing = ThingId::new(schema::Kind::Project, Uuid::from_u128(34));
    for stranger in strangers() {
        let [of_secret, of_none] = [fact, EventId(Uuid::from_u128(404))].map(|fact| {
            let world = &world;
            let stranger = &stranger;
            async move {
                told(
                    world
                        .handle::<Permit>(
                            stranger,
                            order(Target::Existing(CROSSING.thing()), Intent::Confirm { fact }, "2024-07-02"),
                        )
                        .await,
                )
            }
        });
        assert_eq!(of_secret.await, of_none.await);
        for thing in [secret, nothing] {
            let order = to_state::<ProjectFact>(thing, entered(schema::project::Stage::Feed), "2024-03-01");
            let refused = world.handle::<Project>(&stranger, order).await;
            assert!(matches!(refused, Err(HandleError::NotFound(_))), "{refused:?}");
        }
    }
}

fn told<T: std::fmt::Debug>(refused: Result<T, HandleError>) -> String {
    refused.unwrap_err().to_string()
}
