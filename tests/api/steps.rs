//! What may be recorded next: by the rules of the decider and the access table, and by nothing beside them.

use access::{Grant, Role};
use serde_json::{Value, json};

use crate::{setting::Setting, world::Client};

const STEPS: &str = "query ($thing: ID!) { nextSteps(thing: $thing) {
    label command eventType about aboutTitle expected allowed reason code choices { member value label } } }";

fn steps(client: &Client, thing: &str) -> Vec<Value> {
    let reply = client.ask_with(STEPS, &json!({ "thing": thing }));
    assert!(reply.body["errors"].is_null(), "{}", reply.text);
    reply.data()["nextSteps"].as_array().unwrap().clone()
}

fn allowed(steps: &[Value]) -> Vec<&str> {
    steps.iter().filter(|step| step["allowed"] == true).map(|step| step["command"].as_str().unwrap()).collect()
}

#[test]
fn a_permit_offers_what_its_decider_would_take_and_says_why_the_next_is_not_there_yet() {
    let s = Setting::new();
    let before = steps(&s.lead, &s.permit);
    assert!(allowed(&before).contains(&"permitApplicationSubmit"), "{before:?}");
    assert!(!allowed(&before).contains(&"permitClockStop"), "{before:?}");
    let missed: Vec<&Value> = before.iter().filter(|step| step["allowed"] == false).collect();
    assert_eq!(missed.len(), 1, "{missed:?}");
    assert!(missed[0]["reason"].is_string() && missed[0]["code"].is_string(), "{missed:?}");
    s.lead.record("permitApplicationSubmit", &s.on_permit("2022-03-01", json!({})));
    s.regulator.record("permitApplicationAccept", &s.on_permit("2022-03-05", json!({})));
    s.regulator.record("permitClockStart", &s.on_permit("2022-03-06", json!({})));
    let running = steps(&s.regulator, &s.permit);
    for step in ["permitClockStop", "permitGrant", "permitRefuse", "permitInformationRequest"] {
        assert!(allowed(&running).contains(&step), "{step}: {running:?}");
    }
    for step in [
        "permitClockStart",
        "permitClockResume",
        "permitApplicationAccept",
        "permitConditionDischarge",
        "permitApplicationSubmit",
    ] {
        assert!(!allowed(&running).contains(&step), "{step}: {running:?}");
    }
    let stop = json!({ "reason": "figures are missing", "responsible": "APPLICANT", "expectedResumption": "2022-05-01" });
    s.regulator.record("permitClockStop", &s.on_permit("2022-04-01", stop));
    let stopped = steps(&s.regulator, &s.permit);
    let resume = stopped.iter().find(|step| step["command"] == "permitClockResume").unwrap();
    assert_eq!((&resume["allowed"], &resume["expected"]), (&json!(true), &json!("2022-05-01")));
    assert_eq!(resume["choices"][0]["member"], "stop", "{resume}");
    assert!(resume["choices"][0]["label"].as_str().unwrap().contains("figures are missing"), "{resume}");
}

#[test]
fn each_milestone_has_its_steps_until_it_is_over_and_a_stage_only_goes_on() {
    let s = Setting::new();
    let plan = |milestone: &str, due: &str| {
        s.lead.record(
            "milestonePlan",
            &s.on_project("2022-02", json!({ "milestone": milestone, "title": "Grid offer", "dueOn": due })),
        );
    };
    plan("grid-offer", "2023-03");
    plan("order", "2023-09");
    s.lead.record("milestoneAchieve", &s.on_project("2022-06", json!({ "milestone": "order" })));
    s.lead.record("projectStageEnter", &s.on_project("2022-03", json!({ "stage": "FEED" })));
    let found = steps(&s.lead, &s.project);
    let of = |command: &str| found.iter().filter(|step| step["command"] == command).collect::<Vec<_>>();
    let achieve = of("milestoneAchieve");
    assert_eq!(achieve.len(), 1, "{achieve:?}");
    assert_eq!((&achieve[0]["about"], &achieve[0]["expected"]), (&json!("grid-offer"), &json!("2023-03")));
    assert_eq!(achieve[0]["label"], "Milestone achieved: Grid offer");
    let stages: Vec<&Value> =
        of("projectStageEnter")[0]["choices"].as_array().unwrap().iter().map(|choice| &choice["value"]).collect();
    assert!(stages.contains(&&json!("construction")) && !stages.contains(&&json!("concept")), "{stages:?}");
    assert!(of("projectFidTake").len() == 1 && of("projectResume").iter().all(|step| step["allowed"] == false));
}

#[test]
fn whoever_may_record_nothing_is_offered_nothing_and_learns_nothing() {
    let s = Setting::new();
    let elsewhere = s.world.client([Grant { clusters: Vec::new(), ..Grant::of(Role::ProjectLead) }]);
    let unknown = "permit-00000000-0000-4000-8000-000000000000";
    for client in [&s.world.auditor(), &elsewhere] {
        assert_eq!(steps(client, &s.permit), Vec::<Value>::new());
        assert_eq!(steps(client, unknown), Vec::<Value>::new());
    }
    assert_eq!(allowed(&steps(&s.regulator, &s.project)), Vec::<&str>::new());
    assert_eq!(allowed(&steps(&s.lead, unknown)), Vec::<&str>::new());
}

#[test]
fn what_the_other_side_recorded_waits_for_whoever_confirms_it() {
    let s = Setting::new();
    s.lead.record("permitApplicationSubmit", &s.on_permit("2022-03-01", json!({})));
    let waiting = |client: &Client| {
        let query = "query ($id: ID!) { permit(id: $id) { record { awaitingConfirmation { id eventType } } } }";
        let reply = client.ask_with(query, &json!({ "id": s.permit }));
        reply.data()["permit"]["record"]["awaitingConfirmation"].as_array().unwrap().clone()
    };
    let submitted = |found: &[Value]| found.iter().find(|act| act["eventType"] == "ApplicationSubmitted").cloned();
    let found = submitted(&waiting(&s.regulator)).unwrap();
    assert_eq!((submitted(&waiting(&s.lead)), submitted(&waiting(&s.world.auditor()))), (None, None));
    s.regulator.record("factConfirm", &json!({ "thing": s.permit, "fact": found["id"] }));
    assert_eq!(submitted(&waiting(&s.regulator)), None);
}

#[test]
fn a_refusal_says_apart_what_to_do_about_it() {
    let s = Setting::new();
    let query =
        "mutation ($input: PermitClockStopInput!) { permitClockStop(input: $input) { userErrors { message hint code } } }";
    let input = s.on_permit("2022-03-01", json!({ "reason": "none", "responsible": "APPLICANT" }));
    let reply = s.regulator.ask_with(query, &json!({ "input": input }));
    let error = &reply.data()["permitClockStop"]["userErrors"][0];
    let (message, hint) = (error["message"].as_str().unwrap(), error["hint"].as_str().unwrap());
    assert!(message.ends_with(hint) && message.len() > hint.len(), "{error}");
}
