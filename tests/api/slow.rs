//! A record longer than what is kept at hand, and a subscriber that does not keep up with it.

use std::time::{Duration, Instant};

use chrono::Utc;
use graphql::socket::Sockets;
use schema::{EventId, Kind, NewEvent, ThingId};
use serde_json::{Value, json};
use store::Expected;
use tungstenite::Message;
use uuid::Uuid;

use crate::{socket::Socket, world::World};

const RECORDED: &str = "subscription R($after: String, $fromStart: Boolean) {
    recorded(after: $after, fromStart: $fromStart) { token entry { id payload eventType recordedBy } } }";

const THINGS: u128 = 180;
const EVENTS_PER_THING: u128 = 100;

fn id(thing: u128, event: u128) -> EventId {
    EventId(Uuid::from_u128((thing << 64) | (1 << 63) | event))
}

/// Records `THINGS` organisations, each registered `EVENTS_PER_THING` times over: more than is kept at hand.
fn record_much(world: &World) {
    let mut metadata: Value = serde_json::from_str(include_str!("../../schema/fixtures/Metadata.v1.json")).unwrap();
    metadata.as_object_mut().unwrap().retain(|member, _| member != "corrects" && member != "previous");
    metadata["visibility"] = json!("participants");
    let mut data: Value = serde_json::from_str(include_str!("../../schema/fixtures/OrganisationRegistered.v1.json")).unwrap();
    data["name"] = json!("x".repeat(150));
    for thing in 0..THINGS {
        let event = |event| NewEvent {
            id: id(thing, event),
            event_type: "OrganisationRegistered",
            version: 1,
            metadata: metadata.to_string().into_bytes(),
            data: data.to_string().into_bytes(),
        };
        let stream = ThingId::new(Kind::Organisation, Uuid::from_u128((4 << 76) | (8 << 60) | thing));
        let append = world.app.store().append(stream, Expected::NoStream, (0..EVENTS_PER_THING).map(event).collect());
        world.wait(append).unwrap();
    }
    world.wait(world.app.in_step(Duration::from_mins(1))).unwrap();
}

#[track_caller]
fn assert_is(act: &Value, number: u128) -> String {
    let expected = id(number / EVENTS_PER_THING, number % EVENTS_PER_THING).to_string();
    assert_eq!(act["recorded"]["entry"]["id"], expected, "act {number}");
    act["recorded"]["token"].as_str().unwrap().to_owned()
}

#[test]
fn somebody_slow_holds_up_nobody_and_loses_nothing() {
    let world = World::by(Utc::now, Sockets { stall: Duration::from_secs(2), ..Sockets::default() });
    record_much(&world);
    let auditor = world.auditor();
    let mut slow = Socket::of(&world, &auditor);
    slow.ask("s", RECORDED, &json!({ "fromStart": true }));
    let token = assert_is(&slow.next("s"), 0);

    // Meanwhile another reads it all, and goes on with the token of the first act too.
    let mut quick = Socket::of(&world, &world.auditor());
    quick.ask("q", RECORDED, &json!({ "fromStart": true }));
    let all = THINGS * EVENTS_PER_THING;
    for number in 0..all {
        assert_is(&quick.next("q"), number);
    }

    // The slow one gets what was on its way, and is then let go.
    let gone_by = Instant::now() + Duration::from_secs(20);
    let mut last = (token, 0);
    let mut got = 1;
    loop {
        match slow.inner.read() {
            Ok(Message::Text(text)) => {
                let message: Value = serde_json::from_str(&text).unwrap();
                last = (assert_is(&message["payload"]["data"], got), got);
                got += 1;
            }
            Ok(_) => {}
            Err(_) => break,
        }
        assert!(Instant::now() < gone_by && got < all, "it was kept, and {got} acts for it");
    }

    // It comes back, and goes on where it was.
    let mut again = Socket::of(&world, &auditor);
    again.ask("s", RECORDED, &json!({ "after": last.0 }));
    for number in last.1 + 1..all {
        assert_is(&again.next("s"), number);
    }
    again.settle();
}
