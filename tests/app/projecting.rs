//! The projector: what can't be read, and what breaks off.

use std::sync::Arc;

use app::{App, Following, KnownAt, KnownBy, RecordError, Submission, Viewpoint};
use domain::{Intent, rejection};
use futures::{
    StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use projections::{
    Entry, Picture, Sight,
    things::{FlagCode, Organisation, Permit, Project},
};
use schema::{EventId, NewEvent, OrganisationId, Position, StoredEvent, SubjectId, ThingId, project::Stage};
use store::{AppendError, Appended, Delivery, EventStore, Expected, StoreError, embedded::EmbeddedStore};
use tokio::sync::watch;
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

/// Two logs, of which the second takes the place of the first, as when an earlier copy is restored.
struct Replaced {
    first: EmbeddedStore,
    second: EmbeddedStore,
    switch: watch::Sender<bool>,
}

impl Replaced {
    fn present(&self) -> &EmbeddedStore {
        if *self.switch.borrow() { &self.second } else { &self.first }
    }
}

impl EventStore for Replaced {
    fn append(&self, thing: ThingId, expected: Expected, events: Vec<NewEvent>) -> BoxFuture<'_, Result<Appended, AppendError>> {
        self.present().append(thing, expected, events)
    }

    fn read(&self, thing: ThingId) -> BoxStream<'_, Result<StoredEvent, StoreError>> {
        self.present().read(thing)
    }

    fn subscribe(&self, after: Option<Position>) -> BoxStream<'static, Result<Delivery, StoreError>> {
        let (deliveries, mut replaced) = (self.present().subscribe(after), self.switch.subscribe());
        let lost = async move { replaced.changed().await.is_ok() };
        let error = stream::iter([Err(StoreError("the connection is lost".into()))]);
        deliveries.take_until(Box::pin(lost)).chain(error).boxed()
    }

    fn head(&self) -> BoxFuture<'_, Result<Option<Position>, StoreError>> {
        self.present().head()
    }

    fn probe(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.present().probe()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_takes_the_place_of_another_is_read_anew_and_nothing_is_answered_from_the_other() {
    let data = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [first, second] = [&data[0], &data[1]].map(|directory| EmbeddedStore::open_with_clock(directory.path(), start).unwrap());
    let store = Arc::new(Replaced { first, second, switch: watch::Sender::new(false) });
    let (app, projector) = App::new(Arc::clone(&store) as Arc<dyn EventStore>, Picture::default(), start);
    let projecting = tokio::spawn(projector.run());
    let register = |number: u128| Submission {
        thing: OrganisationId::new(Uuid::from_u128(number)).thing(),
        commands: vec![command(1, number, Intent::State(organisation(&format!("Works {number}")).into()), "2024-02-01")],
        expected_revision: None,
    };
    app.record::<Organisation>(&register(1)).await.unwrap();
    app.record::<Organisation>(&register(2)).await.unwrap();
    app.in_step(PATIENCE).await.unwrap();
    let known = KnownAt { at: app.picture().recorded_at().unwrap(), by: KnownBy::Recording };
    app.record::<Organisation>(&register(3)).await.unwrap();
    app.in_step(PATIENCE).await.unwrap();
    assert_eq!((app.picture().events(), app.picture_known(Some(known)).things::<Organisation>().len()), (3, 2));

    let mut following = Following::new(Arc::clone(&app), app.picture().position(), SubjectId(Uuid::from_u128(1)));
    store.switch.send_replace(true);
    let mut progress = app.watch();
    progress.wait_for(|progress| progress.caught_up && progress.events == 0).await.unwrap();
    assert_eq!((app.picture().events(), app.picture_known(Some(known)).things::<Organisation>().len()), (0, 0));
    let told = following.next().await;
    assert!(told.is_err_and(|error| error.0.contains("in the place of the one")), "a place in the other log is none in this");
    // What was acknowledged is gone: that is a loss and no fresh start, so that nothing is recorded in its place.
    let refused = app.record::<Organisation>(&register(2)).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("3 acts are missing in the log")));
    assert!(app.progress().loss.is_some());
    assert!(store.second.head().await.unwrap().is_none());
    projecting.abort();
}
