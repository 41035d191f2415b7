//! Several acts on one thing in one command: decided once on the thing as it would be with all of them, recorded all or none
//! (DOMAIN.md §2).

use serde_json::{Value, json};

use crate::{
    setting::{Setting, and, command},
    world::Client,
};

const MUTATION: &str = "mutation ($input: ActsRecordInput!) { actsRecord(input: $input) {
    facts position warnings { code } userErrors { code field message facts } thing { id }
    changes { what before after because } } }";

fn send(client: &Client, input: Value) -> Value {
    let reply = client.ask_with(MUTATION, &json!({ "input": input }));
    assert!(reply.body["errors"].is_null(), "{}", reply.text);
    reply.data()["actsRecord"].clone()
}

fn of_project(s: &Setting, acts: Value) -> Value {
    json!({ "thing": s.project, "acts": acts })
}

/// A milestone that was planned for June and moved from there, and the two facts that say so.
fn moved() -> (Setting, String, String) {
    let s = Setting::new();
    let plan = s.on_project("2024-01-01", json!({ "milestone": "fid", "dueOn": "2025-06-01" }));
    let plan = s.lead.fact("milestonePlan", &plan);
    let step = json!({ "milestone": "fid", "from": "2025-06-01", "to": "2025-08-01", "reason": "steel is late", "responsible": "PARTNER" });
    let step = s.lead.fact("milestoneReschedule", &s.on_project("2024-06-01", step));
    (s, plan, step)
}

fn plan_corrected(s: &Setting, plan: &str) -> Value {
    let corrects = json!({ "fact": plan, "reason": "typed wrong" });
    s.on_project("2024-01-01", json!({ "milestone": "fid", "dueOn": "2025-05-01", "corrects": corrects }))
}

fn move_corrected(s: &Setting, step: &str) -> Value {
    let corrects = json!({ "fact": step, "reason": "typed wrong" });
    let input = json!({ "milestone": "fid", "from": "2025-05-01", "to": "2025-08-01", "reason": "steel is late", "responsible": "PARTNER" });
    s.on_project("2024-06-01", and(input, json!({ "corrects": corrects })))
}

fn milestone(s: &Setting) -> Value {
    let query = format!(
        "{{ project(id: \"{}\") {{ milestones {{ name baseline forecast actual }} record {{ flags {{ code }} }} }} }}",
        s.project
    );
    s.lead.get(&query)["project"].clone()
}

#[test]
fn a_plan_and_the_move_from_it_are_corrected_together() {
    let (s, plan, step) = moved();
    let alone = s.lead.send("milestonePlan", &plan_corrected(&s, &plan)).data()["milestonePlan"].clone();
    assert_eq!(alone["userErrors"][0]["code"], "MILESTONE_DATE_DIFFERS", "{alone}");
    let acts = json!([{ "milestonePlan": plan_corrected(&s, &plan) }, { "milestoneReschedule": move_corrected(&s, &step) }]);
    for acts in [acts.clone(), json!([acts[1], acts[0]])] {
        let preview = send(&s.lead, and(of_project(&s, acts), json!({ "preview": true })));
        assert_eq!((&preview["userErrors"], &preview["facts"]), (&json!([]), &json!([])), "{preview}");
    }
    let done = send(&s.lead, of_project(&s, acts));
    assert_eq!(done["userErrors"], json!([]), "{done}");
    assert_eq!(done["facts"].as_array().unwrap().len(), 2);
    assert_eq!(milestone(&s)["record"]["flags"], json!([]));
    assert_eq!(milestone(&s)["milestones"][0]["baseline"], "2025-05-01");
    assert_eq!(milestone(&s)["milestones"][0]["forecast"], "2025-08-01");
}

#[test]
fn all_are_recorded_or_none_and_the_refusal_names_the_act_by_its_place() {
    let s = Setting::new();
    let plan = |name: &str, due: &str| json!({ "milestonePlan": s.on_project("2024-01-01", json!({ "milestone": name, "dueOn": due })) });
    let reached = |name: &str| json!({ "milestoneAchieve": s.on_project("2024-03-01", json!({ "milestone": name })) });
    let head = s.world.head();
    let refused = send(&s.lead, of_project(&s, json!([plan("feed", "2025"), plan("fid", "2026"), reached("start-up")])));
    let error = &refused["userErrors"][0];
    assert_eq!((&error["code"], &refused["facts"]), (&json!("MILESTONE_NOT_PLANNED"), &json!([])), "{refused}");
    assert!(error["field"].as_str().unwrap().starts_with("acts.2."), "{error}");
    assert_eq!(s.world.head(), head);
    // One that plans what another reaches fits, in whichever order they are sent.
    for (number, acts) in
        [(91, json!([plan("feed", "2025"), reached("feed")])), (92, json!([reached("fid"), plan("fid", "2025")]))]
    {
        let input = and(of_project(&s, acts), json!({ "commandId": command(number) }));
        let done = send(&s.lead, input.clone());
        assert_eq!(done["userErrors"], json!([]), "{done}");
        let (head, again) = (s.world.head(), send(&s.lead, input));
        assert_eq!((&again["facts"], s.world.head()), (&done["facts"], head), "what is sent twice is recorded once");
    }
    let other = and(of_project(&s, json!([plan("start-up", "2027")])), json!({ "commandId": command(91) }));
    assert_eq!(send(&s.lead, other)["userErrors"][0]["code"], "COMMAND_ID_REUSED");
}

#[test]
fn each_act_needs_what_its_own_command_needs() {
    let s = Setting::new();
    s.lead.record("permitApplicationSubmit", &s.on_permit("2022-03-01", json!({})));
    let acts = json!([{ "permitClockStart": s.on_permit("2022-03-10", json!({})) }, { "permitRefuse": s.on_permit("2022-06-01", json!({})) }]);
    let head = s.world.head();
    for client in [&s.funder, &s.world.auditor()] {
        let reply = client.ask_with(MUTATION, &json!({ "input": { "thing": s.permit, "acts": acts } }));
        assert_eq!(reply.code(), "FORBIDDEN");
    }
    assert_eq!(s.world.head(), head);
    let done = send(&s.regulator, json!({ "thing": s.permit, "acts": acts }));
    assert_eq!(done["userErrors"], json!([]), "{done}");
}

#[test]
fn what_can_t_be_one_command_is_refused_with_its_place() {
    let s = Setting::new();
    let plan = json!({ "milestonePlan": s.on_project("2024-01-01", json!({ "milestone": "fid", "dueOn": "2025" })) });
    let with = |more: Value| json!({ "milestonePlan": and(plan["milestonePlan"].clone(), more) });
    let both = json!({ "milestonePlan": plan["milestonePlan"], "projectResume": s.on_project("2024", json!({})) });
    let founding = json!({ "projectRegister": { "title": "Another", "occurredOn": "2024" } });
    let of_permit = json!({ "permitApplicationSubmit": s.on_permit("2024", json!({})) });
    let retraction = json!({ "factRetract": { "thing": s.permit, "fact": command(1), "reason": "a slip" } });
    let many: Vec<_> = (0..101).map(|_| plan.clone()).collect();
    for (acts, says) in [
        (json!([with(json!({ "commandId": command(7) }))]), "acts.0: commandId"),
        (json!([plan, with(json!({ "preview": true }))]), "acts.1: commandId, expectedRevision and preview"),
        (json!([founding]), "acts.0: it has to be about"),
        (json!([plan, of_permit]), "acts.1: it has to be about"),
        (json!([retraction]), "acts.0: it has to be about"),
        (json!(many), "101 acts are too many"),
    ] {
        let head = s.world.head();
        let reply = s.lead.ask_with(MUTATION, &json!({ "input": of_project(&s, acts) }));
        assert_eq!(reply.code(), "INVALID_INPUT", "{}", reply.text);
        assert!(reply.text.contains(says), "{says}: {}", reply.text);
        assert_eq!(s.world.head(), head);
    }
    for act in [json!({}), both, json!({ "projectBurn": plan["milestonePlan"] }), json!(null), json!({ "milestonePlan": null })] {
        let reply = s.lead.ask_with(MUTATION, &json!({ "input": of_project(&s, json!([plan, act])) }));
        assert_eq!(reply.code(), "VALIDATION_FAILED", "{}", reply.text);
    }
    assert_eq!(send(&s.lead, of_project(&s, json!([])))["userErrors"][0]["code"], "ACTS_MISSING");
}
