//! A clock that is wrong: nothing is recorded by one that lies behind the record, and instants that it gave are disowned.

use std::sync::atomic::{AtomicI64, Ordering};

use access::{Grant, Role};
use chrono::{DateTime, TimeDelta, Utc};
use graphql::socket::Sockets;
use serde_json::{Value, json};

use crate::{
    setting::{Setting, grant},
    world::{Client, World},
};

static SHOWN: AtomicI64 = AtomicI64::new(0);

fn shown() -> DateTime<Utc> {
    DateTime::from_timestamp(SHOWN.load(Ordering::SeqCst), 0).unwrap()
}

fn set(at: DateTime<Utc>) {
    SHOWN.store(at.timestamp(), Ordering::SeqCst);
}

const DISOWN: &str =
    "mutation($input: InstantsDisownInput!) { instantsDisown(input: $input) { acts userErrors { code message } } }";

fn disowned(client: &Client, input: &Value) -> Value {
    client.ask_with(DISOWN, &json!({ "input": input })).data()["instantsDisown"].clone()
}

/// The milestones that are known at an instant.
fn known(client: &Client, project: &str, at: DateTime<Utc>) -> Vec<String> {
    let at = at.to_rfc3339();
    let query = format!("{{ project(id: \"{project}\", asKnownAt: {{ at: \"{at}\" }}) {{ milestones {{ name }} }} }}");
    let milestones = client.get(&query)["project"]["milestones"].clone();
    milestones.as_array().unwrap().iter().map(|found| found["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_a_wrong_clock_stamped_is_disowned_and_the_record_goes_on() {
    let start: DateTime<Utc> = "2026-07-01T12:00:00Z".parse().unwrap();
    let minutes = |minutes| start + TimeDelta::minutes(minutes);
    set(start);
    let s = Setting::within(World::by(shown, Sockets::default()));
    let plan = |name: &str| json!({ "project": s.project, "milestone": name, "dueOn": "2027-03-31", "occurredOn": "2026-06-30" });
    set(start + TimeDelta::days(3_650));
    // A token is good for an hour.
    let later = s.world.client([grant(Role::ProjectLead, None, &[], &[&s.project])]);
    later.record("milestonePlan", &plan("wrong"));
    assert_eq!(s.world.app.clock_fault(), None);

    // Disowned while the clock is wrong still: that is disowned by the next, once it is right.
    let administrator = s.world.client([Grant::of(Role::Administrator)]);
    let early = json!({ "stampedAfter": minutes(5), "reason": "the clock stands ahead" });
    assert_eq!(disowned(&administrator, &early)["acts"], 1);

    set(minutes(10));
    let refused = s.lead.send("milestonePlan", &plan("right"));
    assert_eq!((refused.status, refused.code()), (503, "BUSY"), "{}", refused.text);
    let message = refused.body["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("clock") && !message.contains("2036"), "only the operator is told: {message}");
    let fault = s.world.app.clock_fault().unwrap();
    assert!(fault.contains("shows 2026-07-01T12:10:00Z") && fault.contains("reaches to 2036-"), "{fault}");

    let ahead = json!({ "stampedAfter": minutes(10), "reason": "the clock stood ten years ahead" });
    for client in [&s.manager, &s.lead, &s.funder, &s.regulator, &s.world.auditor()] {
        assert_eq!(client.ask_with(DISOWN, &json!({ "input": ahead })).code(), "FORBIDDEN");
    }
    let mut preview = ahead.clone();
    preview["preview"] = true.into();
    assert_eq!(disowned(&s.administrator, &preview), json!({ "acts": 1, "userErrors": [] }));
    assert!(s.world.app.clock_fault().is_some(), "a preview records nothing");
    // The act was disowned before; what is left is that disowning.
    let mut earlier = ahead.clone();
    earlier["stampedUntil"] = json!(minutes(60));
    assert_eq!(disowned(&s.administrator, &earlier)["acts"], 0);
    assert_eq!(disowned(&s.administrator, &ahead)["acts"], 1);
    assert_eq!(disowned(&s.administrator, &ahead)["acts"], 0, "sent twice it is recorded once");

    assert_eq!(s.world.app.clock_fault(), None);
    set(minutes(20));
    s.lead.record("milestonePlan", &plan("right"));
    let auditor = s.world.auditor();
    assert_eq!(known(&auditor, &s.project, minutes(9)), Vec::<String>::new());
    assert_eq!(known(&auditor, &s.project, minutes(11)), ["wrong"], "from when it was disowned on");
    assert_eq!(known(&auditor, &s.project, minutes(21)).len(), 2);

    // A little behind is what clocks are.
    set(minutes(19) + TimeDelta::seconds(1));
    s.lead.record("milestonePlan", &plan("a minute"));
    set(minutes(18));
    assert_eq!(s.lead.send("milestonePlan", &plan("two")).code(), "BUSY");
}
