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

/// The permit of an English application, with what it names of the law.
fn under_law(s: &Setting) -> String {
    let input = json!({ "title": "Pier", "instrument": "planning permission", "authority": s.authority, "jurisdiction": "GB-ENG",
        "regime": "gb-eng-planning", "case": "major", "projects": [s.project], "occurredOn": "2022-01-03" });
    s.lead.found("permitIdentify", &input)
}

#[test]
fn a_clock_is_not_stopped_before_anything_could_have_started_it() {
    let s = Setting::new();
    let permit = under_law(&s);
    for step in ["permitClockStop", "permitDeadlineExtend"] {
        assert!(!allowed(&steps(&s.lead, &permit)).contains(&step), "{step}");
    }
    s.lead.record("permitApplicationSubmit", &json!({ "permit": permit, "occurredOn": "2022-03-01" }));
    for step in ["permitClockStop", "permitDeadlineExtend"] {
        assert!(allowed(&steps(&s.lead, &permit)).contains(&step), "{step}");
    }
}

#[test]
fn of_grounds_limits_and_steps_those_of_the_law_that_is_named_can_be_chosen() {
    let s = Setting::new();
    let permit = under_law(&s);
    s.lead.record("permitApplicationSubmit", &json!({ "permit": permit, "occurredOn": "2022-03-01" }));
    let found = steps(&s.lead, &permit);
    let choices = |command: &str, member: &str| {
        let step = found.iter().find(|step| step["command"] == command).unwrap();
        let of_member = step["choices"].as_array().unwrap().iter().filter(|choice| choice["member"] == member);
        of_member.map(|choice| choice["value"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(choices("permitClockStop", "ground"), ["eia-screening"]);
    assert_eq!(choices("permitInformationRequest", "ground"), Vec::<String>::new());
    assert_eq!(choices("permitDeadlineExtend", "ground"), ["agreed-in-writing"]);
    assert!(choices("permitDeadlinePublish", "limit").contains(&"determination".to_owned()));
    let regimes = s.lead.ask("{ regimes { id title readOn cases { id words } } }");
    let english = regimes.data()["regimes"].as_array().unwrap().iter().find(|regime| regime["id"] == "gb-eng-planning").unwrap();
    assert_eq!(english["title"], "England, planning permission");
    assert!(english["cases"].as_array().unwrap().iter().any(|case| case["words"] == "major development"), "{english}");
}

#[test]
fn asked_for_one_command_it_is_told_also_where_it_would_be_refused_and_nothing_where_it_may_not_be_given() {
    let s = Setting::new();
    let query =
        "query ($thing: ID!, $command: String) { nextSteps(thing: $thing, command: $command) { command allowed reason } }";
    let only = |client: &Client, command: &str| {
        let reply = client.ask_with(query, &json!({ "thing": s.permit, "command": command }));
        reply.data()["nextSteps"].as_array().unwrap().clone()
    };
    let resumed = only(&s.regulator, "permitClockResume");
    assert_eq!((resumed.len(), &resumed[0]["allowed"]), (1, &json!(false)), "{resumed:?}");
    assert!(resumed[0]["reason"].is_string());
    assert_eq!(only(&s.regulator, "permitGrant").len(), 1);
    for (client, command) in [(&s.funder, "permitGrant"), (&s.regulator, "permitBuild"), (&s.world.auditor(), "permitGrant")] {
        assert_eq!(only(client, command), Vec::<Value>::new(), "{command}");
    }
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
