//! What a command changes, told with it, and before it by a preview (DOMAIN.md §2).

use access::Role;
use serde_json::{Value, json};

use crate::{
    setting::{Setting, and, grant, subject},
    world::{Client, input_type},
};

fn document(mutation: &str) -> String {
    let input = input_type(mutation);
    format!(
        "mutation ($input: {input}!) {{ {mutation}(input: $input) {{ facts position receipt warnings {{ code message }}
            userErrors {{ code }} changes {{ what before after because }} }} }}"
    )
}

/// What `mutation` answers with `input`.
fn send(client: &Client, mutation: &str, input: &Value) -> Value {
    let reply = client.ask_with(&document(mutation), &json!({ "input": input }));
    assert!(reply.body["errors"].is_null(), "{}", reply.text);
    reply.data()[mutation].clone()
}

fn change<'a>(answer: &'a Value, what: &str) -> &'a Value {
    let changes = answer["changes"].as_array().unwrap();
    changes.iter().find(|change| change["what"] == what).unwrap_or_else(|| panic!("no {what} in {answer}"))
}

fn preview(input: &Value) -> Value {
    and(input.clone(), json!({ "preview": true }))
}

#[test]
fn a_preview_says_what_the_command_then_does_and_records_nothing() {
    let s = Setting::new();
    s.lead.record("permitApplicationSubmit", &s.on_permit("2022-03-01", json!({})));
    let input = s.on_permit("2022-06-01", json!({ "validUntil": "2030-06-01" }));
    let head = s.world.head();
    let foreseen = send(&s.regulator, "permitGrant", &preview(&input));
    assert_eq!((&foreseen["facts"], &foreseen["position"], &foreseen["receipt"]), (&json!([]), &Value::Null, &Value::Null));
    assert_eq!(s.world.head(), head);
    let done = send(&s.regulator, "permitGrant", &input);
    let without_acts = |answer: &Value| -> Vec<(Value, Value, Value)> {
        let changes = answer["changes"].as_array().unwrap().iter();
        changes.map(|change| (change["what"].clone(), change["before"].clone(), change["after"].clone())).collect()
    };
    assert_eq!(without_acts(&foreseen), without_acts(&done));
    let state = change(&done, "state");
    assert_eq!((&state["before"], &state["after"]), (&json!("SUBMITTED"), &json!("DECIDED")), "{done}");
    assert_eq!(change(&done, "determination.outcome")["after"], "GRANTED");
    assert_eq!(state["because"], done["facts"]);
    // 2022-03-01 to 2022-06-01 are 92 days.
    assert_eq!(change(&done, "elapsed")["after"], "92");
    let fact = change(&done, "PermitGranted");
    assert_eq!(fact["before"], Value::Null);
    assert!(fact["after"].as_str().unwrap().contains("2030-06-01"), "{fact}");
    assert_eq!(fact["because"], done["facts"]);
}

#[test]
fn what_is_already_so_and_what_is_refused_changes_nothing() {
    let s = Setting::new();
    let input = s.on_permit("2022-03-01", json!({}));
    s.lead.record("permitApplicationSubmit", &input);
    for asked in [input.clone(), preview(&input)] {
        let again = send(&s.lead, "permitApplicationSubmit", &asked);
        assert_eq!((&again["changes"], &again["userErrors"]), (&json!([]), &json!([])), "{again}");
    }
    let early = send(&s.regulator, "permitClockResume", &preview(&s.on_permit("2022-04-01", json!({}))));
    assert_eq!(early["changes"], json!([]));
    assert_ne!(early["userErrors"], json!([]));
    let reply = s.funder.send("permitGrant", &preview(&s.on_permit("2022-04-01", json!({}))));
    assert_eq!(reply.code(), "FORBIDDEN", "who may not record may not ask what it would do");
}

#[test]
fn a_correction_says_member_by_member_what_it_changes_and_for_whom() {
    let s = Setting::new();
    let fact = s.lead.get(&format!("{{ timeline(thing: \"{}\", first: 1) {{ nodes {{ id }} }} }}", s.project));
    let fact = &fact["timeline"]["nodes"][0]["id"];
    let input = json!({ "name": "Eden Steel", "kind": "COMPANY", "occurredOn": "2020" });
    let other = s.administrator.found("organisationRegister", &input);
    let input = s.on_project(
        "2022-01-10",
        json!({ "title": "Electric arc furnace", "lead": other, "capacity": { "value": "20", "unit": "MW" },
            "corrects": { "fact": fact, "reason": "misread" } }),
    );
    let foreseen = send(&s.manager, "projectRegister", &preview(&input));
    assert_eq!(change(&foreseen, "access.leads")["before"], "Solway Steel");
    assert_eq!(change(&foreseen, "access.leads")["after"], "Eden Steel");
    let warning = &foreseen["warnings"][0];
    assert_eq!(warning["code"], "ACCESS_CHANGED", "{foreseen}");
    let message = warning["message"].as_str().unwrap();
    assert!(message.contains("Solway Steel") && message.contains("Eden Steel"), "{message}");
    let capacity = change(&foreseen, "capacity");
    assert_eq!((&capacity["before"], &capacity["after"]), (&json!("17 MW"), &json!("20 MW")));
    assert!(change(&foreseen, "ProjectRegistered.lead")["after"].as_str().unwrap().contains(other.split_once('-').unwrap().1));
    let names: Vec<_> = foreseen["changes"].as_array().unwrap().iter().map(|change| change["what"].as_str().unwrap()).collect();
    assert!(!names.iter().any(|name| name.contains("title")), "the title stays: {names:?}");
}

#[test]
fn a_preview_of_what_is_hidden_is_answered_as_if_it_were_not_there() {
    let s = Setting::new();
    let hidden = s.lead.found(
        "permitIdentify",
        &json!({ "title": "Cable in confidence", "instrument": "planning permission", "authority": s.authority,
            "projects": [s.project], "visibility": "PARTIES", "occurredOn": "2022-02-01" }),
    );
    let stranger = s.world.client_as(subject(77), [grant(Role::Regulator, Some(&s.company), &[], &[])]);
    let submit = |permit: &str| {
        let input = preview(&json!({ "permit": permit, "occurredOn": "2022-03-01" }));
        stranger.send("permitApplicationSubmit", &input).text.replace(permit, "it")
    };
    assert_eq!(submit(&hidden), submit("permit-00000000-0000-4000-8000-000000000000"));
}

#[test]
fn who_leads_a_hidden_project_is_not_told_with_its_permit() {
    let s = Setting::new();
    let other =
        s.administrator.found("organisationRegister", &json!({ "name": "Eden Steel", "kind": "COMPANY", "occurredOn": "2020" }));
    let cluster = s.administrator.found("clusterRegister", &json!({ "name": "Eden", "country": "GB", "occurredOn": "2021" }));
    let both = s.world.client_as(subject(78), [grant(Role::ClusterManager, None, &[&s.cluster, &cluster], &[])]);
    let hidden = json!({ "title": "Mill in confidence", "cluster": cluster, "lead": other, "visibility": "PARTIES",
        "occurredOn": "2022-01-10" });
    let hidden = both.found("projectRegister", &hidden);
    let other = other.split_once('-').unwrap().1.to_owned();
    // It is for both; whoever decides on it sees one of them.
    let permit = json!({ "title": "Shared cable", "instrument": "planning permission", "authority": s.authority,
        "projects": [s.project, hidden], "occurredOn": "2022-02-01" });
    let permit = both.found("permitIdentify", &permit);
    let fact = s.lead.get(&format!("{{ timeline(thing: \"{permit}\", first: 1) {{ nodes {{ id }} }} }}"));
    let corrects = json!({ "fact": fact["timeline"]["nodes"][0]["id"], "reason": "a mix-up" });
    let input = json!({ "permit": permit, "title": "Shared cable", "instrument": "planning permission",
        "projects": [s.project], "occurredOn": "2022-02-01", "corrects": corrects });
    let told = both.ask_with(&document("permitIdentify"), &json!({ "input": preview(&input) }));
    assert!(told.text.contains("Eden Steel"), "who sees both is told: {}", told.text);
    for client in [&s.lead, &s.manager, &s.regulator] {
        let told = client.ask_with(&document("permitIdentify"), &json!({ "input": preview(&input) }));
        assert!(!told.text.contains("Eden Steel") && !told.text.contains(&other), "{}", told.text);
    }
}
