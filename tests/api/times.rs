//! What was known when, what had occurred by when, and reading what was written.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::setting::Setting;

const NOW: &str = "";

/// Every root field but those of one viewer, with these arguments.
fn everything(s: &Setting, known: &str, effective: &str) -> Value {
    let mut query = String::from("{");
    let both = format!("{known} {effective}");
    for (name, id) in [("organisation", &s.company), ("cluster", &s.cluster), ("project", &s.project), ("permit", &s.permit)] {
        write!(query, " {name}(id: \"{id}\" {both}) {{ id }} node_{name}: node(id: \"{id}\" {both}) {{ __typename id }}")
            .unwrap();
        write!(query, " {name}s(first: 9 {both}) {{ totalCount nodes {{ id }} }}").unwrap();
    }
    let optional = |arguments: &str| if arguments.trim().is_empty() { String::new() } else { format!("({arguments})") };
    write!(query, " projectsByStage{} {{ stage active }} permitsByState{} {{ state count }}", optional(&both), optional(&both))
        .unwrap();
    write!(query, " registers{} {{ id }} }}", optional(known)).unwrap();
    s.funder.get(&query)
}

fn recorded_at(s: &Setting, thing: &str) -> Value {
    let timeline = s.funder.get(&format!("{{ timeline(thing: \"{thing}\", last: 1) {{ nodes {{ recordedAt }} }} }}"));
    timeline["timeline"]["nodes"][0]["recordedAt"].clone()
}

#[test]
fn every_list_and_thing_can_be_asked_for_as_it_was_known() {
    let s = Setting::new();
    let now = everything(&s, NOW, NOW);
    assert_eq!(now["organisations"]["totalCount"], 2);
    assert_eq!(now["node_permit"], json!({ "__typename": "Permit", "id": s.permit }));
    assert_eq!(now["permitsByState"], json!([{ "state": "IDENTIFIED", "count": 1 }]));
    for by in ["RECORDING", "PUBLICATION"] {
        let known = |at: &Value| format!("asKnownAt: {{ at: {at}, by: {by} }}");
        assert_eq!(everything(&s, &known(&recorded_at(&s, &s.permit)), NOW), now, "the last thing was known by then");
        let before_permit = everything(&s, &known(&recorded_at(&s, &s.project)), NOW);
        assert_eq!((&before_permit["permit"], &before_permit["node_permit"]), (&Value::Null, &Value::Null));
        assert_eq!(before_permit["permits"]["totalCount"], 0);
        assert_eq!(before_permit["permitsByState"], json!([]));
        assert_eq!(before_permit["projects"]["totalCount"], 1);
        let before = everything(&s, &known(&json!("2001-01-01T00:00:00Z")), NOW);
        assert_eq!((&before["projects"]["totalCount"], &before["clusters"]["totalCount"]), (&json!(0), &json!(0)));
        assert_eq!((&before["organisation"], &before["projectsByStage"]), (&Value::Null, &json!([])));
        assert_eq!(everything(&s, &known(&json!("2999-01-01T00:00:00Z")), NOW), now);
    }
}

#[test]
fn what_had_occurred_by_a_day_is_told_apart_from_what_was_known() {
    let s = Setting::new();
    s.lead.record("projectStageEnter", &s.on_project("2022-05-01", json!({ "stage": "FEASIBILITY" })));
    s.lead.record("permitApplicationSubmit", &s.on_permit("2022-03-01", json!({})));
    let on = |day: &str| everything(&s, NOW, &format!("effectiveOn: \"{day}\""));
    assert_eq!(on("2022-04-30")["projectsByStage"], json!([{ "stage": null, "active": 1 }]));
    assert_eq!(on("2022-05-01")["projectsByStage"], json!([{ "stage": "FEASIBILITY", "active": 1 }]));
    assert_eq!(on("2022-02-28")["permitsByState"], json!([{ "state": "IDENTIFIED", "count": 1 }]));
    assert_eq!(on("2022-03-01")["permitsByState"], json!([{ "state": "SUBMITTED", "count": 1 }]));
    let elapsed =
        s.funder.get(&format!("{{ permit(id: \"{}\", effectiveOn: \"2022-03-31\") {{ elapsed {{ count exact }} }} }}", s.permit));
    assert_eq!(elapsed["permit"]["elapsed"], json!({ "count": 30, "exact": true }));
    let filtered = s.funder.get(
        "{ then: projects(first: 9, filter: { stage: [FEASIBILITY] }, effectiveOn: \"2022-04-30\") { totalCount }
           now: projects(first: 9, filter: { stage: [FEASIBILITY] }) { totalCount } }",
    );
    assert_eq!(filtered, json!({ "then": { "totalCount": 0 }, "now": { "totalCount": 1 } }));
}

#[test]
fn a_correction_leaves_the_earlier_view_answerable() {
    let s = Setting::new();
    let submitted = s.lead.fact("permitApplicationSubmit", &s.on_permit("2022-03-01", json!({})));
    let before = recorded_at(&s, &s.permit);
    let corrects = json!({ "corrects": { "fact": submitted, "reason": "posted a day later" } });
    s.lead.record("permitApplicationSubmit", &s.on_permit("2022-03-02", corrects));
    let shown = s.funder.get(&format!(
        "{{ now: permit(id: \"{0}\") {{ submittedOn }} then: permit(id: \"{0}\", asKnownAt: {{ at: {before} }}) {{ submittedOn }}
            timeline(thing: \"{0}\", first: 9, asKnownAt: {{ at: {before} }}) {{ totalCount nodes {{ fate }} }} }}",
        s.permit
    ));
    assert_eq!(shown["now"]["submittedOn"], "2022-03-02");
    assert_eq!(shown["then"]["submittedOn"], "2022-03-01");
    assert_eq!(shown["timeline"], json!({ "totalCount": 2, "nodes": [{ "fate": "IN_EFFECT" }, { "fate": "IN_EFFECT" }] }));
}

#[test]
fn a_query_that_names_a_mutation_knows_of_it_and_only_its_sender_can_name_it() {
    let s = Setting::new();
    let payload = s.lead.record("permitApplicationSubmit", &s.on_permit("2022-03-01", json!({})));
    let position = payload["position"].as_str().unwrap();
    let query = format!("{{ permit(id: \"{}\") {{ state }} }}", s.permit);
    assert_eq!(s.lead.ask_after(&query, position).data()["permit"]["state"], "SUBMITTED");
    for (who, position) in [(&s.manager, position), (&s.lead, "AQ"), (&s.lead, "not a position")] {
        let reply = who.ask_after(&query, position);
        assert_eq!((reply.status, reply.code()), (400, "INVALID_INPUT"), "{}", reply.text);
    }
}

#[test]
fn a_query_that_names_a_mutation_is_refused_while_the_projector_stands_still() {
    let s = Setting::new();
    s.world.stop_projector();
    let reply = s.lead.send("permitApplicationSubmit", &s.on_permit("2022-03-01", json!({})));
    let payload = &reply.data()["permitApplicationSubmit"];
    assert_eq!(payload["userErrors"], json!([]));
    let query = format!("{{ permit(id: \"{}\") {{ state }} }}", s.permit);
    let reply = s.lead.ask_after(&query, payload["position"].as_str().unwrap());
    assert_eq!((reply.status, reply.code()), (503, "STALE"), "{}", reply.text);
    assert_eq!(s.lead.get(&query)["permit"]["state"], "IDENTIFIED", "who does not ask to wait is answered at once");
}
