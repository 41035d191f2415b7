//! What is for the parties only does not exist for anybody else: two worlds, with and without it, answer alike.

use access::{Grant, Role};
use serde_json::{Value, json};

use crate::{
    setting::{Setting, and, command, grant, subject},
    world::{Client, World, without_counts},
};

/// Facts for the parties only, on what everybody sees and on what only the parties see.
fn record_in_confidence(s: &Setting, round: u128) {
    let secret = |number: u128| json!({ "visibility": "PARTIES", "commandId": command(1_000 * round + number) });
    let stage = if round == 1 { "FEASIBILITY" } else { "FEED" };
    let on = format!("2022-{:02}-01", round + 3);
    let entered = s.lead.fact("projectStageEnter", &and(s.on_project(&on, json!({ "stage": stage })), secret(1)));
    let milestone = json!({ "milestone": format!("fid-{round}"), "dueOn": "2023" });
    s.lead.record("milestonePlan", &and(s.on_project(&on, milestone), secret(2)));
    let corrects = json!({ "corrects": { "fact": entered, "reason": "a day early" }, "visibility": "PARTICIPANTS", "commandId": command(1_000 * round + 3) });
    s.lead.record(
        "projectStageEnter",
        &and(s.on_project(&format!("2022-{:02}-02", round + 3), json!({ "stage": stage })), corrects),
    );
    let opened = s
        .lead
        .fact("permitConsultationOpen", &and(s.on_permit("2022-06-01", json!({ "of": format!("round {round}") })), secret(4)));
    let extended = json!({ "limit": "determination", "to": format!("2022-09-{:02}", round), "reason": "agreed" });
    s.regulator.record("permitDeadlineExtend", &and(s.on_permit(&format!("2022-03-{:02}", round + 9), extended), secret(11)));
    let about = json!({ "thing": s.permit, "fact": opened });
    s.regulator.record("factConfirm", &and(about.clone(), json!({ "commandId": command(1_000 * round + 5) })));
    let evidence = json!({ "evidence": [{ "title": "agenda" }], "commandId": command(1_000 * round + 6) });
    s.lead.record("factEvidenceAttach", &and(about, evidence));
    let project =
        json!({ "title": format!("Quiet project {round}"), "cluster": s.cluster, "lead": s.company, "occurredOn": "2022" });
    let project = s.manager.found("projectRegister", &and(project, secret(7)));
    let permit = json!({ "title": "Quiet permit", "instrument": "lease", "authority": s.authority, "projects": [project],
        "occurredOn": "2022" });
    s.manager.record("permitIdentify", &and(permit, secret(8)));
    let port = json!({ "name": "Quiet port", "kind": "PORT", "occurredOn": "2022" });
    let port = s.administrator.found("organisationRegister", &and(port, secret(9)));
    let joined = json!({ "cluster": s.cluster, "organisation": port, "occurredOn": "2022-05-05" });
    s.manager.record("clusterMemberJoin", &and(joined, secret(10)));
}

fn record_openly(s: &Setting, round: u128) {
    let id = |number: u128| json!({ "commandId": command(100_000 + 100 * round + number) });
    if round == 1 {
        s.lead.record("permitApplicationSubmit", &and(s.on_permit("2022-03-01", json!({})), id(1)));
        let law = json!({ "regime": "gb-eng-planning", "case": "major" });
        s.regulator.record("permitRegimeDetermine", &and(s.on_permit("2022-03-02", law), id(5)));
        s.lead.record("projectStageEnter", &and(s.on_project("2022-02-01", json!({ "stage": "CONCEPT" })), id(2)));
    }
    let input =
        json!({ "title": format!("Open project {round}"), "cluster": s.cluster, "lead": s.company, "occurredOn": "2022" });
    s.manager.record("projectRegister", &and(input, id(3)));
    let milestone = json!({ "milestone": format!("open-{round}"), "dueOn": "2024" });
    s.lead.record("milestonePlan", &and(s.on_project("2022-02-03", milestone), id(4)));
}

fn world(confidential: bool) -> Setting {
    let s = Setting::within(World::still());
    for round in 1..3 {
        record_openly(&s, round);
        if confidential {
            record_in_confidence(&s, round);
        }
    }
    record_openly(&s, 3);
    s
}

/// The bodies of the answers to all that `client` can think of, but for what is left of an allowance.
fn answers(s: &Setting, client: &Client) -> Vec<String> {
    let record = "record { revision flags { code facts } factCount confirmedFactCount lastRecordedAt incomplete
        timeline(first: 100) { totalCount edges { cursor node { id kind payload occurredOn fate supersededBy about visibility } } } }";
    let project = format!(
        "id title stage stageSince standing shelvedCandidate stages {{ stage enteredOn }} milestones {{ name baseline facts }}
            permits(first: 50) {{ totalCount nodes {{ title }} }} {record}"
    );
    let permit = format!(
        "id title state stateSince court {{ party since }} projects {{ id }} {record}
            clocks {{ limit sentence usedDays stoppedDays segments {{ fact }} deadlineSteps {{ fact }} }} clocksUnknownBecause
            clockMisfits {{ fact code }}"
    );
    let page = "totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } }";
    let mut queries = vec![
        format!("{{ project(id: \"{0}\") {{ {project} }} node(id: \"{0}\") {{ id }} }}", s.project),
        format!("{{ permit(id: \"{}\") {{ {permit} }} }}", s.permit),
        format!(
            "{{ cluster(id: \"{}\") {{ name memberships {{ organisation {{ name }} }} projectsByStage {{ stage active off }}
            projects(first: 50) {{ {page} }} {record} }} }}",
            s.cluster
        ),
        format!(
            "{{ organisation(id: \"{}\") {{ name projects(first: 50) {{ {page} }} permits(first: 50) {{ totalCount }} {record} }} }}",
            s.company
        ),
        "{ projectsByStage { stage active off } permitsByState { state count } registers { id } viewer { subject } }".to_owned(),
        format!(
            "{{ timeline(thing: \"{}\", last: 2, orderBy: {{ field: OCCURRED_ON, direction: DESC }}) {{ {} }} }}",
            s.project, "totalCount pageInfo { hasPreviousPage startCursor } edges { cursor }"
        ),
    ];
    for (list, fields) in [
        ("projects", vec!["TITLE", "STAGE", "STAGE_SINCE", "CAPACITY"]),
        ("permits", vec!["TITLE", "STATE_SINCE", "SUBMITTED_ON", "DECIDED_ON", "ELAPSED", "DEADLINE"]),
        ("organisations", vec!["NAME"]),
        ("clusters", vec!["NAME", "SIGNATORY_SINCE"]),
    ] {
        for field in fields {
            queries.push(format!("{{ {list}(first: 100, orderBy: {{ field: {field}, direction: DESC }}) {{ {page} }} }}"));
            queries.push(format!("{{ {list}(last: 1, asKnownAt: {{ at: \"2999-01-01T00:00:00Z\", by: PUBLICATION }}, effectiveOn: \"2023-01-01\") {{ {page} }} }}"));
        }
    }
    queries.push(format!("{{ permits(first: 9, filter: {{ overdue: true }}) {{ {page} }} }}"));
    for order in ["ACTION", "DEADLINE", "OLDEST", "LONGEST_STOPPED"] {
        queries.push(format!(
            "{{ permitDocket {{ sentence open sections {{ section count }} weeks {{ from count }} regimes workload {{ open }}
            entries(first: 9, orderBy: {order}) {{ totalCount edges {{ cursor node {{ permit {{ id }} sections deadline ageDays
            usualDays stoppedSince officer clock {{ sentence }} dues {{ words on }} }} }} }} }} }}"
        ));
    }
    for by in ["AUTHORITY", "INSTRUMENT, CLUSTER", "TECHNOLOGY", "YEAR_SUBMITTED", "REGIME", "JURISDICTION"] {
        queries.push(format!(
            "{{ permitBottlenecks(groupBy: [{by}], first: 9) {{ totalCount edges {{ cursor node {{ unknown sentence
            durations {{ n undated impossible }} survival {{ n curve {{ day survival }} }} onTime {{ known of }}
            stopped {{ days by {{ ground days }} }} completeness {{ days of }} flow {{ open arrivals }} ageing {{ known }}
            forecasts(first: 9) {{ totalCount nodes {{ ageDays atRisk }} }} permits(first: 9) {{ {page} }} }} }} }} }}"
        ));
    }
    for filter in ["stage: [FEASIBILITY, FEED]", "flagged: true", "text: \"quiet\"", "stageUnknown: true"] {
        queries.push(format!("{{ projects(first: 9, filter: {{ {filter} }}) {{ {page} }} }}"));
    }
    for text in ["quiet", "quite", "furnace", "solway"] {
        queries.push(format!(
            "{{ search(text: \"{text}\", first: 9) {{ totalCount edges {{ cursor node {{ id kind name }} }} }} }}"
        ));
    }
    queries.iter().map(|query| comparable(&client.ask(query).body)).collect()
}

fn comparable(body: &Value) -> String {
    let mut body = body.clone();
    body["extensions"]["cost"]["remaining"] = Value::Null;
    without_counts(&body.to_string())
}

#[test]
fn who_is_no_party_gets_the_same_bytes_with_and_without_confidential_facts() {
    let (with, without) = (world(true), world(false));
    let elsewhere = "organisation-00000000-0000-4000-8000-00000000abcd";
    let strangers = |s: &Setting| {
        vec![
            s.funder.clone(),
            s.world.client_as(subject(20), [grant(Role::ProjectLead, Some(elsewhere), &[], &[])]),
            s.world.client_as(subject(21), [grant(Role::Regulator, Some(elsewhere), &[], &[])]),
        ]
    };
    for (one, other) in strangers(&with).iter().zip(&strangers(&without)) {
        for (one, other) in answers(&with, one).iter().zip(answers(&without, other)) {
            assert_eq!(*one, other);
            assert!(!one.to_lowercase().contains("quiet"), "{one}");
        }
    }
    assert_ne!(answers(&with, &with.manager), answers(&without, &without.manager), "the parties see it");
    let (auditor, other) = (with.world.client_as(subject(22), AUDITOR), without.world.client_as(subject(22), AUDITOR));
    assert_ne!(answers(&with, &auditor), answers(&without, &other), "auditors see it");
}

const AUDITOR: [Grant; 1] = [Grant::of(Role::Auditor)];

#[test]
fn a_stranger_learns_nothing_from_what_they_are_refused() {
    let with = world(true);
    let quiet = with.manager.get(
        "{ projects(first: 9, filter: { text: \"quiet\" }) { nodes { id record { timeline(first: 1) { nodes { id } } } } } }",
    );
    let quiet = &quiet["projects"]["nodes"][0];
    let id = quiet["id"].as_str().unwrap();
    let nobody = "project-00000000-0000-4000-8000-00000000dddd";
    let said = |id: &str| {
        let shelve = with.funder.send("projectShelve", &json!({ "project": id, "reason": "x", "occurredOn": "2022" }));
        let fact = &quiet["record"]["timeline"]["nodes"][0]["id"];
        let retract = with.funder.send("factRetract", &json!({ "thing": id, "fact": fact, "reason": "x" }));
        let timeline = with.funder.ask(&format!("{{ timeline(thing: \"{id}\", first: 1) {{ totalCount }} }}"));
        let node = with.funder.ask(&format!("{{ node(id: \"{id}\") {{ id }} project(id: \"{id}\") {{ id }} }}"));
        [shelve, retract, timeline, node].map(|reply| comparable(&reply.body).replace(id, "it"))
    };
    assert_eq!(said(id), said(nobody));
}

#[test]
fn an_administrator_writes_to_a_cluster_of_which_they_see_everything() {
    let s = world(true);
    let shown = s.administrator.get(&format!(
        "{{ cluster(id: \"{}\") {{ memberships {{ organisation {{ name }} }} record {{ revision }} }} }}",
        s.cluster
    ));
    assert_eq!(shown["cluster"]["memberships"][0]["organisation"]["name"], "Quiet port");
    let input = json!({ "cluster": s.cluster, "organisation": s.company, "occurredOn": "2022-05-06",
        "expectedRevision": shown["cluster"]["record"]["revision"] });
    s.administrator.record("clusterMemberJoin", &input);
}

#[test]
fn nobody_records_what_they_would_not_see() {
    let s = Setting::new();
    let input = json!({ "name": "Quiet port", "kind": "PORT", "occurredOn": "2022", "visibility": "PARTIES" });
    assert_eq!(s.manager.refusal("organisationRegister", &input), "NOT_A_PARTY");
}

#[test]
fn what_is_done_to_a_confidential_fact_is_as_confidential() {
    let s = world(true);
    let shown = s.lead.get(&format!("{{ timeline(thing: \"{}\", first: 100) {{ nodes {{ kind visibility }} }} }}", s.permit));
    let nodes = shown["timeline"]["nodes"].as_array().unwrap();
    let confirmed: Vec<_> = nodes.iter().filter(|node| node["kind"] == "CONFIRMED").map(|node| &node["visibility"]).collect();
    assert_eq!(confirmed, ["PARTIES", "PARTIES"]);
}
