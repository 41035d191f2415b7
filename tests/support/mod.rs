//! What the tests of the stores share.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{sync::LazyLock, time::Duration};

use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use schema::{EventId, Kind, NewEvent, StoredEvent, ThingId};
use serde_json::Value;
use store::{Delivery, EventStore, StoreError};
use uuid::Uuid;

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn new_thing() -> ThingId {
    ThingId::new(Kind::Organisation, Uuid::new_v4())
}

static EVENT: LazyLock<NewEvent> = LazyLock::new(|| {
    let mut metadata: Value = serde_json::from_str(include_str!("../../schema/fixtures/Metadata.v1.json")).unwrap();
    // It stands alone: it corrects nothing, and any act may stand before it.
    metadata.as_object_mut().unwrap().retain(|member, _| member != "corrects" && member != "previous");
    let data: Value = serde_json::from_str(include_str!("../../schema/fixtures/OrganisationRegistered.v1.json")).unwrap();
    NewEvent {
        id: EventId(Uuid::nil()),
        event_type: "OrganisationRegistered",
        version: 1,
        metadata: metadata.to_string().into_bytes(),
        data: data.to_string().into_bytes(),
    }
});

/// An event that every build can read, under `id`.
pub fn event_with(id: Uuid) -> NewEvent {
    NewEvent { id: EventId(id), ..EVENT.clone() }
}

pub fn new_event() -> NewEvent {
    event_with(Uuid::new_v4())
}

pub fn new_events(count: usize) -> Vec<NewEvent> {
    (0..count).map(|_| new_event()).collect()
}

pub fn ids_of(events: &[NewEvent]) -> Vec<EventId> {
    events.iter().map(|event| event.id).collect()
}

pub async fn stream_of(store: &dyn EventStore, thing: ThingId) -> Vec<StoredEvent> {
    store.read(thing).try_collect().await.unwrap()
}

pub async fn ids_in(store: &dyn EventStore, thing: ThingId) -> Vec<EventId> {
    stream_of(store, thing).await.iter().map(|event| event.id).collect()
}

pub type Subscription = BoxStream<'static, Result<Delivery, StoreError>>;

pub async fn next_delivery(subscription: &mut Subscription) -> Option<Delivery> {
    let delivery = tokio::time::timeout(PATIENCE, subscription.next()).await;
    delivery.expect("the subscription delivers in time").transpose().unwrap()
}

/// What is delivered until it is said that all has been.
pub async fn until_caught_up(subscription: &mut Subscription) -> Vec<StoredEvent> {
    let mut events = Vec::new();
    while let Delivery::Event(event) = next_delivery(subscription).await.expect("the subscription goes on") {
        events.push(event);
    }
    events
}

/// The next `count` events, however often it is said between them that all has been delivered.
pub async fn next_events(subscription: &mut Subscription, count: usize) -> Vec<StoredEvent> {
    let mut events = Vec::new();
    while events.len() < count {
        if let Delivery::Event(event) = next_delivery(subscription).await.expect("the subscription goes on") {
            events.push(event);
        }
    }
    events
}
