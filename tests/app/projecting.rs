//! The projector: what can't be read, and what breaks off.

use milepost::{
    app::{RecordError, Viewpoint},
    domain::{Intent, rejection},
    store::{EventStore, Expected},
};
use projections::{
    Entry, Picture, Sight,
    things::{FlagCode, Permit, Project},
};
use schema::{EventId, NewEvent, project::Stage};
use uuid::Uuid;

use crate::world::*;

/// Puts an event of a newer build on the crossing.
async fn write_unreadable(world: &World) {
    let stored = world.events(CROSSING).await;
    let event = NewEvent {
        id: EventId(Uuid::from_u128(4711)),
        event_type: "PermitTeleported",
        version: 1,
        metadata: stored[0].metadata.clone(),
        data: b"{}".to_vec(),
    };
    let revision = stored.last().unwrap().revision;
    world.store.append(CROSSING.thing(), Expected::Revision(revision), vec![event]).await.unwrap();
    world.app.reached(CROSSING.thing(), revision + 1, PATIENCE).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_read_is_told_and_leaves_the_rest_as_it_was() {
    let world = World::new().await;
    let rest = |world: &World| {
        let view = Viewpoint::new(&world.app, administrator().into(), None);
        (view.thing::<Project>(PIPELINE), view.thing::<Permit>(JETTY))
    };
    let before = rest(&world);
    write_unreadable(&world).await;
    assert_eq!(rest(&world), before);
    let picture = world.app.picture();
    let quarantined: Vec<_> = picture.quarantine().collect();
    assert_eq!(quarantined.len(), 1);
    assert!(quarantined[0].reason.contains("PermitTeleported"));
    let crossing = picture.thing::<Permit>(CROSSING).unwrap();
    assert_eq!(crossing.unreadable(), 1);
    assert!(crossing.flags().iter().any(|flag| flag.code == FlagCode::Unreadable));
    assert!(crossing.state().identified().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_decided_on_a_thing_with_an_event_that_cannot_be_read() {
    let world = World::new().await;
    write_unreadable(&world).await;
    let count = world.events_count().await;
    let mut overriding = command(1, 8, Intent::State(submitted().into()), "2024-02-01");
    overriding.may_override = true;
    overriding.metadata.override_reason = Some(note("the letter says so"));
    for refused in [command(1, 7, Intent::State(submitted().into()), "2024-02-01"), overriding] {
        let refused = world.record::<Permit>(CROSSING, refused).await;
        let Err(RecordError::Rejected(refused)) = refused else { panic!("{refused:?}") };
        assert_eq!(refused.code, rejection::THING_UNREADABLE);
        assert!(refused.hint.is_some());
    }
    assert_eq!(world.events_count().await, count);
    world.lay::<Permit>(JETTY, submitted()).await;
    assert_eq!(world.app.progress().quarantined, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_breaks_off_goes_on_where_it_was() {
    // Breaks off at once, between two events, and after some.
    let world = World::failing([0, 1, 4]);
    world.lay::<Project>(PIPELINE, project(None, None)).await;
    for (stage, on) in
        [(Stage::Concept, "2024-01"), (Stage::Feed, "2024-02"), (Stage::Fid, "2024-03"), (Stage::Construction, "2024-04")]
    {
        let id = Uuid::new_v4().as_u128();
        world.record::<Project>(PIPELINE, command(1, id, Intent::State(entered(stage).into()), on)).await.unwrap();
    }
    let log = world.log().await;
    assert_eq!(log.len(), 5);
    assert_eq!(world.app.picture().events(), 5);
    assert_eq!(world.app.picture().hash(), Picture::default().with(log.iter().map(Entry::from)).hash());
    assert!(world.store.subscriptions.lock().unwrap().is_empty(), "every fault was met");
    world.app.caught_up(PATIENCE).await.unwrap();
    assert_eq!(world.app.progress().fault, None);
}
