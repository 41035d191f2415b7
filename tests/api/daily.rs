//! What one subject records in a day has an end.

use std::sync::atomic::{AtomicBool, Ordering};

use access::{Grant, Role};
use api::Daily;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::world::{Client, World, noon};

/// Whether it is the next day in the world of the test below.
static NEXT_DAY: AtomicBool = AtomicBool::new(false);

/// Noon; an hour after midnight once the day has passed, so that tokens of noon are replaced by new ones.
fn clock() -> DateTime<Utc> {
    noon() + TimeDelta::hours(if NEXT_DAY.load(Ordering::SeqCst) { 13 } else { 0 })
}

fn cluster(name: &str, command: &str) -> Value {
    json!({ "name": name, "country": "NL", "occurredOn": "2024-01-01", "commandId": command })
}

fn refused(client: &Client, name: &str, command: &str) -> bool {
    client.send("clusterRegister", &cluster(name, command)).code() == "THROTTLED"
}

fn command(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

#[test]
fn what_one_subject_records_in_a_day_has_an_end_and_the_next_day_begins_anew() {
    let world = World::limiting(clock, Daily { acts: 2, bytes: u64::MAX });
    let [one, other] = [1, 2].map(crate::setting::subject);
    let client = |subject| world.client_as(subject, [Grant::of(Role::Administrator)]);
    let [first, second] = [client(one), client(other)];
    first.record("clusterRegister", &cluster("Tide", &command(1)));
    // What is on record already costs nothing, and what is refused neither.
    first.record("clusterRegister", &cluster("Tide", &command(1)));
    assert_eq!(first.refusal("clusterRegister", &cluster("Ebb", &command(1))), "COMMAND_ID_REUSED");
    first.record("clusterRegister", &cluster("Ebb", &command(2)));
    assert!(refused(&first, "Flood", &command(3)));
    second.record("clusterRegister", &cluster("Flood", &command(4)));
    NEXT_DAY.store(true, Ordering::SeqCst);
    client(one).record("clusterRegister", &cluster("Slack", &command(5)));
}

#[test]
fn the_command_that_goes_beyond_the_bytes_of_a_day_is_the_last() {
    let world = World::limiting(noon, Daily { acts: u64::MAX, bytes: 1 });
    let client = world.client([Grant::of(Role::Administrator)]);
    client.record("clusterRegister", &cluster("Tide", &command(1)));
    assert!(refused(&client, "Ebb", &command(2)));
}
