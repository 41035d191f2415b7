//! What others write: passed over elsewhere, counted under our prefix.

use app::RecordError;
use double::{Double, Expected as Theirs, Proposed};
use projections::{Entry, Picture, things::Permit};
use schema::Kind;
use store::{EventStore, Expected};
use uuid::Uuid;

use crate::{
    helpers::{PATIENCE, eventually, follow, running},
    replicas::{Replica, ask},
    support::{ids_of, new_events, new_thing, stream_of},
    world::CROSSING,
};

fn event(event_type: &str) -> Proposed {
    Proposed {
        id: Uuid::new_v4(),
        event_type: event_type.to_owned(),
        content_type: "application/octet-stream".to_owned(),
        metadata: b"\xff".to_vec(),
        data: b"\x00".to_vec(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_under_our_prefix_and_what_is_the_servers_own_is_passed_over() {
    let (double, store) = running();
    let (thing, events) = (new_thing(), new_events(2));
    for stream in ["orders-1", "milepost-permit", "milepostpermit", "milepost2_permit-x", "$ce-milepost_permit"] {
        double.log().append(stream, Theirs::Any, vec![event("Whatever")]).unwrap();
    }
    store.append(thing, Expected::NoStream, events.clone()).await.unwrap();
    double.log().append(&format!("$$milepost_{thing}"), Theirs::Any, vec![event("$metadata")]).unwrap();
    double.log().append(&format!("milepost_{}", new_thing()), Theirs::Any, vec![event("$streamDeleted")]).unwrap();
    let head = store.head().await.unwrap();
    let (delivered, _) = follow(&store, 2).await;
    assert!(delivered.iter().map(|event| event.id).eq(ids_of(&events)));
    assert_eq!(head, delivered.last().map(|event| event.position));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_under_our_prefix_that_cant_be_ours_is_passed_over_and_counted() {
    let double = Double::start().unwrap();
    let replica = Replica::over(&double);
    replica.found().await;
    for stream in ["orders-17", "orders", "Permit-0b5e8a52-3c5f-5d0e-9d3c-2f6f0a1b2c3d", "permit-17"] {
        double.log().append(&format!("milepost_{stream}"), Theirs::Any, vec![event("OrderPlaced")]).unwrap();
    }
    replica.record::<Permit>(CROSSING, ask(7)).await.unwrap();
    eventually(|| async { (replica.app.progress().foreign == 4).then_some(()) }).await;
    replica.record::<Permit>(CROSSING, ask(8)).await.unwrap();
    replica.app.caught_up(PATIENCE).await.unwrap();
    let progress = replica.app.progress();
    assert_eq!((progress.caught_up, progress.loss, progress.quarantined), (true, None, 0));
    // They are told again to one that begins again, and counted once.
    double.restart().unwrap();
    replica.record::<Permit>(CROSSING, ask(9)).await.unwrap();
    replica.app.in_step(PATIENCE).await.unwrap();
    assert_eq!(replica.app.progress().foreign, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_this_build_does_not_know_is_counted_and_one_that_all_depends_on_stops_it() {
    let double = Double::start().unwrap();
    let replica = Replica::over(&double);
    replica.found().await;
    let write = |kind: &str| {
        let stream = format!("milepost_{kind}-{}", Uuid::new_v4());
        double.log().append(&stream, Theirs::Any, vec![event("Something")]).unwrap();
    };
    write("concession");
    write("concession");
    replica.record::<Permit>(CROSSING, ask(7)).await.unwrap();
    replica.app.in_step(PATIENCE).await.unwrap();
    let picture = replica.app.picture();
    assert_eq!(picture.wholeness().unknown().collect::<Vec<_>>(), [("concession", 2)]);
    // They are acts of the record, whatever they say.
    assert_eq!((picture.events(), replica.app.progress().loss), (7, None));
    write("subject");
    let loss = eventually(|| async { replica.app.progress().loss }).await;
    assert!(loss.contains("who may do what") && loss.contains("start a newer build"), "{loss}");
    let refused = replica.record::<Permit>(CROSSING, ask(8)).await;
    assert!(matches!(refused, Err(RecordError::Unavailable(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_not_ours_in_a_stream_of_ours_is_quarantined_and_nothing_else() {
    let (double, store) = running();
    let (thing, other) = (new_thing(), new_thing());
    store.append(thing, Expected::NoStream, new_events(1)).await.unwrap();
    double.log().append(&format!("milepost_{thing}"), Theirs::Any, vec![event("OrderPlaced")]).unwrap();
    store.append(other, Expected::NoStream, new_events(1)).await.unwrap();
    let (delivered, _) = follow(&store, 3).await;
    let picture = Picture::default().with(delivered.iter().map(Entry::from));
    let quarantined: Vec<_> = picture.quarantine().map(|quarantined| (quarantined.thing, quarantined.revision)).collect();
    assert_eq!(quarantined, [(thing, 1)]);
    assert_eq!((thing.kind(), picture.revision(thing), picture.knows(other)), (Kind::Organisation, Some(1), true));
    assert_eq!(stream_of(&store, thing).await.len(), 2);
}
