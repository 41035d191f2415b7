//! What others write: passed over elsewhere, told under our prefix.

use double::{Expected as Theirs, Proposed};
use milepost::store::{AppendError, EventStore, Expected, eventstoredb::EventStoreDb};
use projections::{Entry, Picture};
use schema::Kind;
use uuid::Uuid;

use crate::{
    helpers::{eventually, fault_of, follow, running},
    support::{ids_in, ids_of, new_events, new_thing, stream_of},
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
async fn a_stream_under_our_prefix_that_is_no_things_stops_everything_and_says_what_to_do() {
    let (double, store) = running();
    store.append(new_thing(), Expected::NoStream, new_events(1)).await.unwrap();
    double.log().append("milepost_orders-1", Theirs::Any, vec![event("OrderPlaced")]).unwrap();
    store.append(new_thing(), Expected::NoStream, new_events(1)).await.unwrap();
    for _ in 0..2 {
        let fault = fault_of(&store).await;
        assert!(fault.contains("'milepost_orders-1'") && fault.contains("store_prefix"), "{fault}");
        match store.append(new_thing(), Expected::NoStream, new_events(1)).await {
            Err(AppendError::Store(error)) => assert_eq!(error.0, fault),
            other => panic!("{other:?}"),
        }
    }
    // Another deployment on the same server is not concerned.
    let other = EventStoreDb::new(&double.address(), "other");
    let (thing, events) = (new_thing(), new_events(1));
    eventually(|| async { other.append(thing, Expected::NoStream, events.clone()).await.ok() }).await;
    assert_eq!(ids_in(&other, thing).await, ids_of(&events));
    assert_eq!(follow(&other, 1).await.0.len(), 1);
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
