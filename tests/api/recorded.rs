//! What is recorded, as it is recorded, to those who may see it.

use access::{Grant, Role};
use serde_json::{Value, json};

use crate::{
    setting::{Setting, and, command, grant, subject},
    socket::Socket,
    world::{Client, World, without_counts},
};

const RECORDED: &str = "subscription R($filter: RecordedFilter, $after: String, $fromStart: Boolean) {
    recorded(filter: $filter, after: $after, fromStart: $fromStart) {
        token thing { id kind }
        entry { id kind eventType payload occurredOn publishedOn recordedAt recordedBy organisation source { register row }
            evidence { title } assurance visibility about reason overrideReason fate supersededBy } } }";

/// A subscription of one's own.
struct Subscriber(Socket);

impl Subscriber {
    /// One that has begun.
    #[track_caller]
    fn new(world: &World, client: &Client, variables: &Value) -> Self {
        let mut socket = Socket::of(world, client);
        socket.ask("r", RECORDED, variables);
        if variables["after"].is_null() && variables["fromStart"].is_null() {
            socket.settle();
        }
        Self(socket)
    }

    fn live(s: &Setting, client: &Client) -> Self {
        Self::new(&s.world, client, &json!({}))
    }

    fn filtered(s: &Setting, client: &Client, filter: &Value) -> Self {
        Self::new(&s.world, client, &json!({ "filter": filter }))
    }

    #[track_caller]
    fn next(&mut self) -> Value {
        self.0.next("r")["recorded"].clone()
    }

    /// The types of the next events, the last of which is of type `last`.
    #[track_caller]
    fn types_until(&mut self, last: &str) -> Vec<String> {
        let mut types = Vec::new();
        while types.last().is_none_or(|seen| seen != last) {
            types.push(self.next()["entry"]["eventType"].as_str().unwrap().to_owned());
        }
        types
    }
}

/// Something that everybody sees, so that it is known what came before.
fn last_word(s: &Setting) {
    s.administrator.found("organisationRegister", &json!({ "name": "Last", "kind": "PORT", "occurredOn": "2024" }));
}

#[test]
fn an_act_is_delivered_as_its_timeline_shows_it() {
    let s = Setting::new();
    let mut subscriber = Subscriber::live(&s, &s.manager);
    let entered = s.lead.fact("projectStageEnter", &s.on_project("2022-02-01", json!({ "stage": "CONCEPT" })));
    let corrects = json!({ "stage": "FEED", "corrects": { "fact": entered, "reason": "misread" } });
    s.lead.record("projectStageEnter", &s.on_project("2022-02-02", corrects));
    s.lead.record("factRetract", &json!({ "thing": s.project, "fact": entered, "reason": "not at all" }));
    let acts = [subscriber.next(), subscriber.next(), subscriber.next()];
    for act in &acts {
        assert_eq!(act["thing"], json!({ "id": s.project, "kind": "PROJECT" }));
        assert!(act["token"].is_string());
    }
    // What was delivered before the correction shows the act as it stood then.
    assert_eq!((&acts[0]["entry"]["id"], &acts[0]["entry"]["fate"]), (&json!(entered), &json!("IN_EFFECT")));
    assert_eq!(acts[1]["entry"]["about"], json!(entered));
    let timeline = s.manager.get(&format!(
        "{{ timeline(thing: \"{}\", last: 1) {{ nodes {{ id kind eventType payload occurredOn publishedOn recordedAt recordedBy
            organisation source {{ register row }} evidence {{ title }} assurance visibility about reason overrideReason fate
            supersededBy }} }} }}",
        s.project
    ));
    assert_eq!(acts[2]["entry"], timeline["timeline"]["nodes"][0]);
}

#[test]
fn a_subscription_begins_with_what_is_recorded_after_it() {
    let s = Setting::new();
    let mut subscriber = Subscriber::live(&s, &s.funder);
    last_word(&s);
    assert_eq!(subscriber.next()["entry"]["payload"].as_str().map(|payload| payload.contains("Last")), Some(true));
}

#[test]
fn from_the_start_everything_is_delivered_once_and_in_order() {
    let s = Setting::new();
    let mut subscriber = Subscriber::new(&s.world, &s.manager, &json!({ "fromStart": true }));
    let types: Vec<_> = (0..5).map(|_| subscriber.next()["entry"]["eventType"].clone()).collect();
    let founded =
        ["OrganisationRegistered", "OrganisationRegistered", "ClusterRegistered", "ProjectRegistered", "PermitIdentified"];
    assert_eq!(types, founded);
    last_word(&s);
    assert_eq!(subscriber.next()["entry"]["eventType"], "OrganisationRegistered");
}

#[test]
fn whoever_comes_back_with_a_token_goes_on_where_they_were() {
    let s = Setting::new();
    let all: Vec<Value> = {
        let mut subscriber = Subscriber::new(&s.world, &s.manager, &json!({ "fromStart": true }));
        (0..5).map(|_| subscriber.next()).collect()
    };
    for (at, act) in all.iter().enumerate() {
        let mut again = Subscriber::new(&s.world, &s.manager, &json!({ "after": act["token"] }));
        let rest: Vec<Value> = all[at + 1..].iter().map(|_| again.next()).collect();
        assert_eq!(rest, all[at + 1..], "after {at}");
        again.0.settle();
    }
    let mut last = Subscriber::new(&s.world, &s.manager, &json!({ "after": all[4]["token"] }));
    last_word(&s);
    assert_eq!(last.next()["entry"]["eventType"], "OrganisationRegistered");
}

#[test]
fn a_token_is_of_no_use_to_anybody_else() {
    let s = Setting::new();
    let token = Subscriber::new(&s.world, &s.manager, &json!({ "fromStart": true })).next()["token"].clone();
    let refused = |client: &Client, variables: &Value| {
        let mut socket = Socket::of(&s.world, client);
        socket.ask("r", RECORDED, variables);
        socket.refusal("r")
    };
    assert_eq!(refused(&s.funder, &json!({ "after": token })), "INVALID_INPUT");
    assert_eq!(refused(&s.manager, &json!({ "after": "AQ" })), "INVALID_INPUT");
    assert_eq!(refused(&s.manager, &json!({ "after": token, "fromStart": true })), "INVALID_INPUT");
    let cursor = s.manager.get("{ projects(first: 1) { pageInfo { endCursor } } }");
    let cursor = &cursor["projects"]["pageInfo"]["endCursor"];
    assert_eq!(refused(&s.manager, &json!({ "after": cursor })), "INVALID_INPUT");
}

/// What is recorded in confidence between two things that everybody sees.
fn record(s: &Setting, confidential: bool) {
    for round in 1..4_u32 {
        if confidential {
            let on = format!("2022-0{round}-01");
            let id = |number: u32| json!({ "visibility": "PARTIES", "commandId": command((1_000 * round + number).into()) });
            let milestone = json!({ "milestone": format!("quiet-{round}"), "dueOn": "2023" });
            let planned = s.lead.fact("milestonePlan", &and(s.on_project(&on, milestone), id(1)));
            let about = json!({ "thing": s.project, "fact": planned, "reason": "not so",
                "commandId": command((1_000 * round + 2).into()) });
            s.lead.record("factRetract", &about);
            let quiet = json!({ "title": "Quiet project", "cluster": s.cluster, "lead": s.company, "occurredOn": "2022" });
            s.manager.found("projectRegister", &and(quiet, id(3)));
        }
        let milestone = json!({ "milestone": format!("open-{round}"), "dueOn": "2024", "commandId": command(round.into()) });
        s.lead.record("milestonePlan", &s.on_project("2022-05-01", milestone));
    }
}

#[test]
fn what_somebody_may_not_see_changes_nothing_in_their_bytes() {
    let elsewhere = "organisation-00000000-0000-4000-8000-00000000abcd";
    let heard = |confidential: bool| {
        let s = Setting::within(World::still());
        let strangers = [
            s.funder.clone(),
            s.world.client_as(subject(20), [grant(Role::ProjectLead, Some(elsewhere), &[], &[])]),
            s.world.client_as(subject(21), [grant(Role::Regulator, Some(elsewhere), &[], &[])]),
        ];
        let mut live = strangers.each_ref().map(|client| Subscriber::live(&s, client));
        record(&s, confidential);
        let mut late = strangers.each_ref().map(|client| Subscriber::new(&s.world, client, &json!({ "fromStart": true })));
        let of = |subscriber: &mut Subscriber, count: usize| -> Vec<String> {
            (0..count).map(|_| without_counts(&subscriber.0.hear_text().unwrap())).collect()
        };
        let live = live.each_mut().map(|subscriber| of(subscriber, 3));
        let late = late.each_mut().map(|subscriber| of(subscriber, 8));
        (live, late)
    };
    let (with, without) = (heard(true), heard(false));
    assert_eq!(with, without);
    assert!(!format!("{with:?}").to_lowercase().contains("quiet"));
}

#[test]
fn the_parties_and_auditors_are_told_in_confidence() {
    let s = Setting::new();
    let regulator_elsewhere = s.world.client([Grant::of(Role::Regulator)]);
    let clients = [&s.lead, &s.manager, &s.world.auditor(), &s.funder, &regulator_elsewhere, &s.administrator];
    let mut subscribers = clients.map(|client| Subscriber::live(&s, client));
    s.lead.record(
        "milestonePlan",
        &s.on_project("2022-05-01", json!({ "milestone": "quiet", "dueOn": "2023", "visibility": "PARTIES" })),
    );
    last_word(&s);
    let told = subscribers.each_mut().map(|subscriber| subscriber.types_until("OrganisationRegistered").len());
    assert_eq!(told, [2, 2, 2, 1, 1, 1]);
}

#[test]
fn a_commercial_figure_is_for_those_whose_business_it_is() {
    let s = Setting::new();
    let payload = |client: &Client| {
        let variables = json!({ "fromStart": true, "filter": { "kinds": ["PROJECT"] } });
        Subscriber::new(&s.world, client, &variables).next()["entry"]["payload"].as_str().unwrap().to_owned()
    };
    assert!(payload(&s.funder).contains("1250000.5"));
    assert!(!payload(&s.regulator).contains("capex") && payload(&s.regulator).contains("Electric arc furnace"));
}

#[test]
fn a_filter_lets_through_what_fits_every_list() {
    let s = Setting::new();
    let other = s
        .manager
        .found("projectRegister", &json!({ "title": "Other", "lead": s.company, "cluster": s.cluster, "occurredOn": "2022" }));
    let elsewhere =
        s.administrator.found("clusterRegister", &json!({ "name": "Elsewhere", "country": "NL", "occurredOn": "2022" }));
    let of = |filter: Value| Subscriber::filtered(&s, &s.world.auditor(), &filter);
    let mut in_cluster = of(json!({ "clusters": [s.cluster] }));
    let mut in_other_cluster = of(json!({ "clusters": [elsewhere] }));
    let mut of_project = of(json!({ "projects": [s.project] }));
    let mut of_permits = of(json!({ "kinds": ["PERMIT"] }));
    let mut of_thing = of(json!({ "things": [other] }));
    let mut of_type = of(json!({ "eventTypes": ["FactRetracted", "ProjectStageEntered"], "projects": [s.project, other] }));
    let mut of_nothing = of(json!({ "things": [] }));

    let entered = s.lead.fact("projectStageEnter", &s.on_project("2022-02-01", json!({ "stage": "CONCEPT" })));
    s.lead.record("permitApplicationSubmit", &s.on_permit("2022-03-01", json!({})));
    let shelved = json!({ "project": other, "reason": "no money", "occurredOn": "2022-04-01" });
    s.manager.record("projectShelve", &shelved);
    s.lead.record("factRetract", &json!({ "thing": s.project, "fact": entered, "reason": "misread" }));
    let joined = json!({ "cluster": elsewhere, "organisation": s.company, "occurredOn": "2022-05-05" });
    s.administrator.record("clusterMemberJoin", &joined);
    let joined = json!({ "cluster": s.cluster, "organisation": s.company, "occurredOn": "2022-05-05" });
    s.manager.record("clusterMemberJoin", &joined);

    let all = ["ProjectStageEntered", "ApplicationSubmitted", "ProjectShelved", "FactRetracted", "ClusterMemberJoined"];
    assert_eq!(in_cluster.types_until("ClusterMemberJoined"), all);
    assert_eq!(in_other_cluster.types_until("ClusterMemberJoined"), ["ClusterMemberJoined"]);
    assert_eq!(of_project.types_until("FactRetracted"), ["ProjectStageEntered", "ApplicationSubmitted", "FactRetracted"]);
    assert_eq!(of_permits.types_until("ApplicationSubmitted"), ["ApplicationSubmitted"]);
    assert_eq!(of_thing.types_until("ProjectShelved"), ["ProjectShelved"]);
    assert_eq!(of_type.types_until("FactRetracted"), ["ProjectStageEntered", "FactRetracted"]);
    for rest in [&mut in_other_cluster, &mut of_project, &mut of_permits, &mut of_thing, &mut of_type, &mut of_nothing] {
        rest.0.settle();
    }
}

#[test]
fn the_retraction_of_what_brought_a_project_on_record_still_reaches_its_cluster() {
    let s = Setting::new();
    let founded = s.manager.record("projectRegister", &json!({ "title": "Slip", "cluster": s.cluster, "occurredOn": "2022" }));
    let mut subscriber = Subscriber::filtered(&s, &s.manager, &json!({ "clusters": [s.cluster] }));
    let retract = json!({ "thing": founded["project"]["id"], "fact": founded["facts"][0], "reason": "never planned" });
    s.manager.record("factRetract", &retract);
    assert_eq!(subscriber.next()["entry"]["eventType"], "FactRetracted");
}

#[test]
fn a_filter_does_not_tell_where_a_thing_stands_that_somebody_may_not_see() {
    let s = Setting::new();
    let quiet = json!({ "title": "Quiet", "instrument": "lease", "authority": s.authority, "projects": [s.project],
        "occurredOn": "2022", "visibility": "PARTIES" });
    let permit = s.lead.found("permitIdentify", &quiet);
    let of = |client: &Client| Subscriber::filtered(&s, client, &json!({ "projects": [s.project] }));
    let (mut lead, mut funder) = (of(&s.lead), of(&s.funder));
    let mut everything = Subscriber::live(&s, &s.funder);
    let open = json!({ "permit": permit, "occurredOn": "2022-03-01", "visibility": "PARTICIPANTS" });
    s.lead.record("permitApplicationSubmit", &open);
    last_word(&s);
    assert_eq!(lead.next()["entry"]["eventType"], "ApplicationSubmitted");
    let seen = everything.types_until("OrganisationRegistered");
    assert!(seen.len() <= 2, "{seen:?}");
    funder.0.settle();
}

#[test]
fn a_filter_that_can_never_fit_is_refused() {
    let s = Setting::new();
    for filter in [
        json!({ "eventTypes": ["PermitGrantd"] }),
        json!({ "clusters": [s.project] }),
        json!({ "projects": ["x"] }),
        json!({ "things": ["project-1"] }),
    ] {
        let mut socket = Socket::of(&s.world, &s.manager);
        socket.ask("r", RECORDED, &json!({ "filter": filter }));
        assert_eq!(socket.refusal("r"), "INVALID_INPUT", "{filter}");
    }
    let mut socket = Socket::of(&s.world, &s.manager);
    socket.ask("r", RECORDED, &json!({ "filter": { "kinds": ["PORT"] } }));
    assert_eq!(socket.refusal("r"), "VALIDATION_FAILED");
}
