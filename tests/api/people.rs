//! Roles and tokens over HTTP and WebSockets: what is ended holds at once, and is hidden from whoever may not see it.

use access::{Grant, Role};
use schema::SubjectId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    setting::{Setting, and, command, grant, subject},
    socket::Socket,
    world::{Client, World, without_counts},
};

const RECORDED: &str = "subscription { recorded { entry { eventType } thing { id kind } } }";

fn thing_of(client: &Client) -> String {
    let viewer = client.get("{ viewer { subject } }");
    format!("subject-{}", viewer["viewer"]["subject"].as_str().unwrap())
}

fn credential_of(client: &Client) -> String {
    client.get("{ viewer { credential } }")["viewer"]["credential"].as_str().unwrap().to_owned()
}

/// The input of a command on the subject of `client`.
fn of(client: &Client, more: Value) -> Value {
    and(json!({ "subject": thing_of(client), "occurredOn": "2022-06-01" }), more)
}

fn lead_of(s: &Setting) -> Value {
    json!({ "role": "PROJECT_LEAD", "projects": [s.project] })
}

fn roles(client: &Client) -> Vec<String> {
    let viewer = client.get("{ viewer { roles { role } } }");
    let roles = viewer["viewer"]["roles"].as_array().unwrap();
    roles.iter().map(|role| role["role"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn one_person_holds_several_roles_and_each_act_names_the_one_that_gave_the_right() {
    let s = Setting::new();
    let somebody = s.world.client([Grant::of(Role::Funder)]);
    let membership = s.manager.fact("membershipGrant", &of(&somebody, lead_of(&s)));
    assert_eq!(roles(&somebody), ["FUNDER", "PROJECT_LEAD"]);
    let entered = somebody.fact("projectStageEnter", &s.on_project("2022-02-01", json!({ "stage": "CONCEPT" })));
    let timeline = somebody.get(&format!(
        "{{ timeline(thing: \"{}\", last: 1) {{ nodes {{ id acting {{ role membership }} credential }} }} }}",
        s.project
    ));
    let acting = json!({ "role": "project_lead", "membership": membership });
    assert_eq!(timeline["timeline"]["nodes"][0], json!({ "id": entered, "acting": acting, "credential": null }));
    s.manager.fact("membershipEnd", &of(&somebody, json!({ "membership": membership })));
    assert_eq!(roles(&somebody), ["FUNDER"]);
    let again = somebody.send("projectStageEnter", &s.on_project("2022-03-01", json!({ "stage": "FEED" })));
    assert_eq!(again.code(), "FORBIDDEN");
}

#[test]
fn a_token_that_was_revoked_is_good_for_nothing_at_once() {
    let s = Setting::new();
    let lost = s.world.client_as(subject(40), [Grant::of(Role::Auditor)]);
    let other = s.world.client_as(subject(40), [Grant::of(Role::Auditor)]);
    let mut socket = Socket::of(&s.world, &lost);
    socket.ask("1", RECORDED, &json!({}));
    socket.settle();
    other.fact("tokenRevoke", &of(&other, json!({ "credential": credential_of(&lost) })));
    assert_eq!(socket.closed(), 4403);
    for refused in [
        lost.ask("{ viewer { subject } }"),
        lost.send("tokenRevoke", &of(&other, json!({ "credential": credential_of(&other) }))),
    ] {
        assert_eq!((refused.code(), refused.status), ("UNAUTHENTICATED", 401), "{}", refused.text);
        assert!(refused.text.contains("the token was revoked"), "{}", refused.text);
    }
    let mut late = Socket::silent(&s.world);
    late.say(&json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {}", lost.token()) } }));
    assert_eq!(late.closed(), 4403);
    assert_eq!(roles(&other), ["AUDITOR"]);
}

#[test]
fn ending_all_sessions_closes_every_socket_of_somebody_and_none_of_others() {
    let world = World::new();
    let administrator = world.client([Grant::of(Role::Administrator)]);
    let theirs = world.client_as(subject(41), [Grant::of(Role::Auditor)]);
    let mut sockets = [Socket::of(&world, &theirs), Socket::of(&world, &theirs)];
    let mut of_others = Socket::of(&world, &world.auditor());
    let ended = of(&theirs, json!({ "issuedBefore": (chrono::Utc::now() + chrono::TimeDelta::seconds(5)).to_rfc3339() }));
    administrator.fact("sessionsEnd", &ended);
    assert_eq!(sockets.each_mut().map(Socket::closed), [4403, 4403]);
    of_others.settle();
}

#[test]
fn a_role_that_is_ended_shows_no_more_on_a_socket_that_stays_open() {
    let s = Setting::new();
    let somebody = s.world.client([grant(Role::Verifier, None, &[], &[])]);
    let membership = s.administrator.fact("membershipGrant", &of(&somebody, json!({ "role": "AUDITOR" })));
    let mut socket = Socket::of(&s.world, &somebody);
    socket.ask("1", RECORDED, &json!({}));
    socket.settle();
    let quietly =
        |on: &str| and(s.on_project(on, json!({ "milestone": on, "dueOn": "2024" })), json!({ "visibility": "PARTIES" }));
    s.lead.record("milestonePlan", &quietly("2022-02-01"));
    assert_eq!(socket.next("1")["recorded"]["entry"]["eventType"], "MilestonePlanned");
    s.administrator.fact("membershipEnd", &of(&somebody, json!({ "membership": membership })));
    // Of themselves they are told, as of what is for everybody with a role; of what only an auditor sees they are not.
    assert_eq!(socket.next("1")["recorded"]["entry"]["eventType"], "MembershipEnded");
    s.lead.record("milestonePlan", &quietly("2022-02-02"));
    s.lead.record("projectStageEnter", &s.on_project("2022-02-03", json!({ "stage": "CONCEPT" })));
    assert_eq!(socket.next("1")["recorded"]["entry"]["eventType"], "ProjectStageEntered");
    socket.ask("2", "{ viewer { roles { role } } }", &json!({}));
    assert_eq!(socket.next("2"), json!({ "viewer": { "roles": [{ "role": "VERIFIER" }] } }));
}

/// Two worlds that differ in roles and tokens of somebody else only.
fn world(with: bool) -> Setting {
    let s = Setting::within(World::still());
    let somebody = format!("subject-{}", subject(50));
    let on = |number: u128, more: Value| {
        and(json!({ "subject": somebody, "occurredOn": "2022-06-01", "commandId": command(2_000 + number) }), more)
    };
    if with {
        s.administrator.record("subjectAdmit", &on(1, json!({ "kind": "PERSON" })));
        let membership = s.administrator.fact("membershipGrant", &on(2, json!({ "role": "FUNDER", "organisation": s.company })));
        s.administrator.record("membershipEnd", &on(3, json!({ "membership": membership })));
        s.administrator.record("tokenRevoke", &on(4, json!({ "credential": command(9_001) })));
        s.administrator.record("sessionsEnd", &on(5, json!({ "issuedBefore": "2022-01-01T00:00:00Z" })));
    }
    s.lead.record(
        "projectStageEnter",
        &and(s.on_project("2022-02-01", json!({ "stage": "CONCEPT" })), json!({ "commandId": command(2_010) })),
    );
    s
}

/// What `client` gets for all that may tell of somebody.
fn answers(s: &Setting, client: &Client) -> Vec<String> {
    let (somebody, nobody) = (format!("subject-{}", subject(50)), format!("subject-{}", subject(51)));
    let page = "totalCount pageInfo { hasNextPage startCursor endCursor } edges { cursor node { id } }";
    let mut told: Vec<String> = [
        format!("{{ subjects(first: 9) {{ {page} }} }}"),
        format!("{{ subject(id: \"{somebody}\") {{ id kind memberships {{ fact }} record {{ revision }} }} }}"),
        format!("{{ node(id: \"{somebody}\") {{ id }} }}"),
        format!("{{ timeline(thing: \"{somebody}\", first: 9) {{ totalCount }} }}"),
        format!("{{ nextSteps(thing: \"{somebody}\") {{ command }} }}"),
        format!(
            "{{ project(id: \"{}\") {{ record {{ revision timeline(first: 9) {{ {} }} }} }} }}",
            s.project, "edges { cursor }"
        ),
        format!("{{ organisation(id: \"{}\") {{ record {{ revision factCount }} }} }}", s.company),
    ]
    .iter()
    .map(|query| comparable(&client.ask(query).body))
    .collect();
    let on = |subject: &str, more: Value| and(json!({ "subject": subject, "occurredOn": "2022-07-01" }), more);
    let preview = json!({ "preview": true });
    for subject in [&somebody, &nobody] {
        for (mutation, more) in [
            ("membershipGrant", json!({ "role": "FUNDER", "organisation": s.company })),
            ("membershipGrant", lead_of(s)),
            ("membershipEnd", json!({ "membership": command(9_999) })),
            ("tokenRevoke", json!({ "credential": command(9_001) })),
            ("sessionsEnd", json!({ "issuedBefore": "2022-01-01T00:00:00Z" })),
            ("subjectAdmit", json!({ "kind": "PERSON" })),
        ] {
            let reply = client.send(mutation, &and(on(subject, more), preview.clone()));
            told.push(comparable(&reply.body).replace(subject.as_str(), "it"));
        }
    }
    told
}

fn comparable(body: &Value) -> String {
    let mut body = body.clone();
    body["extensions"]["cost"]["remaining"] = Value::Null;
    without_counts(&body.to_string())
}

#[test]
fn who_may_not_see_it_gets_the_same_bytes_whether_or_not_it_is_on_record() {
    let (with, without) = (world(true), world(false));
    let others = |s: &Setting| {
        let of_company = Grant { owner: true, ..grant(Role::ProjectLead, Some(&s.company), &[], &[]) };
        let owner = s.world.client_as(subject(30), [of_company]);
        let member = s.world.client_as(subject(31), [grant(Role::Funder, Some(&s.company), &[], &[])]);
        let verifier = s.world.client_as(subject(32), [Grant::of(Role::Verifier)]);
        [s.manager.clone(), s.lead.clone(), s.regulator.clone(), s.funder.clone(), owner, member, verifier]
    };
    for (number, (one, other)) in others(&with).iter().zip(&others(&without)).enumerate() {
        let (one, other) = (answers(&with, one), answers(&without, other));
        assert_eq!(one, other, "client {number}");
        // Nor is a subject of whom something is on record told from one of whom nothing is.
        let of_each = (one.len() - 7) / 2;
        assert_eq!(one[7..7 + of_each], one[7 + of_each..], "client {number}");
    }
    let auditor = |s: &Setting| s.world.client_as(subject(33), [Grant::of(Role::Auditor)]);
    assert_ne!(answers(&with, &auditor(&with)), answers(&without, &auditor(&without)), "auditors see it");
    assert_ne!(answers(&with, &with.administrator), answers(&without, &without.administrator), "administrators see it");
    let themselves = |s: &Setting| s.world.client_as(subject(50), [Grant::of(Role::Funder)]);
    assert_ne!(answers(&with, &themselves(&with)), answers(&without, &themselves(&without)), "and whoever it is about");
}

#[test]
fn somebody_reads_what_is_on_record_of_themselves() {
    let s = Setting::new();
    let membership = s.manager.fact("membershipGrant", &of(&s.funder, lead_of(&s)));
    let own = format!(
        "{{ subject(id: \"{}\") {{ kind memberships {{ fact endedBy }} record {{ factCount }} }} }}",
        thing_of(&s.funder)
    );
    let expected =
        json!({ "kind": null, "memberships": [{ "fact": membership, "endedBy": null }], "record": { "factCount": 1 } });
    assert_eq!(s.funder.get(&own)["subject"], expected);
    assert_eq!(s.regulator.get(&own)["subject"], Value::Null);
}

#[test]
fn a_receipt_for_a_role_goes_to_whoever_sees_all_of_it() {
    let s = Setting::new();
    let somebody = SubjectId(Uuid::new_v4());
    let query = "mutation($input: MembershipGrantInput!) { membershipGrant(input: $input) { receipt facts subject { id } } }";
    let given = json!({ "input": and(json!({ "subject": format!("subject-{somebody}"), "occurredOn": "2022" }), lead_of(&s)) });
    let payload = s.manager.ask_with(query, &given).data()["membershipGrant"].clone();
    assert_eq!((&payload["receipt"], payload["facts"].as_array().unwrap().len()), (&Value::Null, 1), "{payload}");
    assert!(payload["subject"]["id"].is_string(), "{payload}");
}
