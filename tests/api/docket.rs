//! The docket of a small world, worked out by hand: what needs action, of whom by when, and who sees what of it.

use access::Role;
use serde_json::{Value, json};

use crate::{
    setting::{Setting, and, grant, subject},
    world::{Client, World},
};

/// A permit of the authority under the law of England for minor development, submitted on a day: eight weeks follow.
fn minor(s: &Setting, title: &str, on: &str) -> String {
    let law = json!({ "regime": "gb-eng-planning", "case": "minor", "jurisdiction": "GB-ENG" });
    submitted(s, title, on, law)
}

fn submitted(s: &Setting, title: &str, on: &str, more: Value) -> String {
    let permit = json!({ "title": title, "instrument": "lease", "authority": s.authority, "projects": [s.project],
        "occurredOn": "2026-01-01" });
    let permit = s.lead.found("permitIdentify", &and(permit, more));
    s.lead.record("permitApplicationSubmit", &json!({ "permit": permit, "occurredOn": on }));
    permit
}

/// On 1 July 2026: deadlines on 29 June and 27 July, a stop that should be over, a request, conditions, a window, and the
/// permit of the setting, which is identified and nothing else.
fn world() -> Setting {
    let s = Setting::within(World::still());
    let on = |permit: &str, on: &str, more: Value| and(json!({ "permit": permit, "occurredOn": on }), more);
    // Eight weeks end on 29 June, which is let pass; on 27 July; and on 19 August, after 49 days.
    minor(&s, "overdue", "2026-05-04");
    let soon = minor(&s, "due in 26 days", "2026-06-01");
    let asked = json!({ "what": "bird counts", "dueOn": "2026-06-20" });
    s.regulator.record("permitInformationRequest", &on(&soon, "2026-06-08", asked));
    minor(&s, "due in 49 days", "2026-06-24");
    let stopped = submitted(&s, "stopped", "2026-03-02", json!({}));
    s.regulator.record("permitClockStart", &on(&stopped, "2026-03-02", json!({})));
    let stop = json!({ "reason": "a survey", "responsible": "THIRD_PARTY", "expectedResumption": "2026-06-17" });
    s.regulator.record("permitClockStop", &on(&stopped, "2026-03-12", stop));
    let granted = submitted(&s, "granted", "2026-01-05", json!({}));
    let condition = json!({ "reference": "7", "text": "plant a hedge", "dueOn": "2026-07-15" });
    s.regulator.record("permitGrant", &on(&granted, "2026-02-04", json!({ "conditions": [condition] })));
    let refused = submitted(&s, "refused", "2026-01-05", json!({}));
    s.regulator.record("permitRefuse", &on(&refused, "2026-06-01", json!({ "challengeableUntil": "2026-07-06" })));
    let quiet = submitted(&s, "over", "2026-01-05", json!({}));
    s.lead.record("permitApplicationWithdraw", &on(&quiet, "2026-02-01", json!({})));
    s
}

/// A docket as `client` sees it.
#[track_caller]
fn docket(client: &Client, arguments: &str, fields: &str) -> Value {
    let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
    client.get(&format!("{{ permitDocket{arguments} {{ {fields} }} }}"))["permitDocket"].clone()
}

/// The titles of what is on a docket.
#[track_caller]
fn titles(client: &Client, arguments: &str, of_entries: &str) -> Vec<String> {
    let fields = format!("entries(first: 20{of_entries}) {{ nodes {{ permit {{ title }} }} }}");
    let found = docket(client, arguments, &fields);
    let nodes = found["entries"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["permit"]["title"].as_str().unwrap().to_owned()).collect()
}

const BY_URGENCY: [&str; 7] = ["overdue", "stopped", "due in 26 days", "refused", "granted", "due in 49 days", "Furnace hall"];

#[test]
fn a_docket_counts_each_open_permit_once_by_its_deadline_and_what_else_waits_beside() {
    let s = world();
    let found = docket(&s.regulator, "", "asOf sentence open sections { section count }");
    assert_eq!(found["asOf"], "2026-07-01");
    assert_eq!(found["open"], 5);
    let sentence = "5 permits are open. 1 is overdue; 1 due within 30 days; 1 that is stopped should run again by now.";
    assert_eq!(found["sentence"], sentence);
    let counted: Vec<_> = found["sections"].as_array().unwrap().iter().filter(|section| section["count"] != 0).collect();
    let section = |section: &str, count: u32| json!({ "section": section, "count": count });
    let expected = [
        section("OVERDUE", 1),
        section("DUE_IN_30", 1),
        section("DUE_IN_60", 1),
        section("STOPPED", 1),
        section("NOT_STARTED", 1),
        section("RESUMPTION_PASSED", 1),
        section("REQUEST_UNANSWERED", 1),
        section("CONDITION_DUE", 1),
        section("WINDOW_CLOSING", 1),
        // Two days after 29 June, fourteen after 17 June, five before 6 July.
        section("TO_TELL", 3),
    ];
    assert_eq!(counted, expected.iter().collect::<Vec<_>>());
    assert_eq!(found["sections"].as_array().unwrap().len(), 15);
}

#[test]
fn what_needs_action_first_comes_first() {
    let s = world();
    assert_eq!(titles(&s.regulator, "", ""), BY_URGENCY);
    let by_deadline = titles(&s.regulator, "", ", orderBy: DEADLINE");
    assert_eq!(by_deadline[..3], ["overdue", "due in 26 days", "due in 49 days"]);
    let oldest = titles(&s.regulator, "", ", orderBy: OLDEST");
    assert_eq!(oldest[..4], ["stopped", "overdue", "due in 26 days", "due in 49 days"]);
    assert_eq!(titles(&s.regulator, "", ", orderBy: LONGEST_STOPPED")[0], "stopped");
    let sections = ", sections: [WINDOW_CLOSING, CONDITION_DUE]";
    assert_eq!(titles(&s.regulator, "", sections), ["refused", "granted"]);
    assert_eq!(titles(&s.regulator, "", ", sections: [AGEING]"), Vec::<String>::new());
}

#[test]
fn each_permit_says_what_is_due_of_whom_and_what_is_to_be_told() {
    let s = world();
    let fields = "entries(first: 20) { totalCount nodes { permit { title } sections deadline ageDays usualDays stoppedSince
        clock { limit deadline overdue state } dues { what on since leftDays acts words telling { moment on to } } } }";
    let found = docket(&s.funder, "", fields);
    assert_eq!(found["entries"]["totalCount"], 7);
    let nodes = &found["entries"]["nodes"];
    let decision = |on: &str, since: &str, left: i64, telling: Value| {
        json!({ "what": "DECISION", "on": on, "since": since, "leftDays": left, "acts": "AUTHORITY",
            "words": "determination of the application", "telling": telling })
    };
    assert_eq!(nodes[0]["sections"], json!(["OVERDUE", "TO_TELL"]));
    assert_eq!(nodes[0]["deadline"], "2026-06-29");
    assert_eq!(
        nodes[0]["clock"],
        json!({ "limit": "determination", "deadline": "2026-06-29", "overdue": true, "state": "RUNNING" })
    );
    let told = json!({ "moment": "ON_THE_DAY", "on": "2026-06-29", "to": ["AUTHORITY"] });
    assert_eq!(nodes[0]["dues"][0], decision("2026-06-29", "2026-05-04", -2, told));
    assert_eq!(nodes[1]["stoppedSince"], "2026-03-12");
    assert_eq!(nodes[1]["ageDays"], 121);
    let told = json!({ "moment": "FOURTEEN_DAYS_AFTER", "on": "2026-07-01", "to": ["THIRD_PARTY", "AUTHORITY"] });
    let stop = json!({ "what": "RESUMPTION", "on": "2026-06-17", "since": "2026-03-12", "leftDays": -14, "acts": "THIRD_PARTY",
        "words": "a survey", "telling": told });
    assert_eq!(nodes[1]["dues"], json!([stop]));
    assert_eq!(nodes[1]["clock"], Value::Null);
    assert_eq!(nodes[2]["dues"][0]["words"], "bird counts");
    assert_eq!(nodes[2]["dues"][1]["on"], "2026-07-27");
    assert_eq!(nodes[3]["dues"][0]["acts"], "APPLICANT");
    assert_eq!(nodes[4]["dues"][0]["words"], "7: plant a hedge");
    assert_eq!((&nodes[4]["sections"], &nodes[4]["deadline"]), (&json!(["CONDITION_DUE"]), &Value::Null));
}

#[test]
fn a_docket_is_narrowed_by_regime_court_project_and_words() {
    let s = world();
    let all = |filter: &str| titles(&s.lead, &format!("filter: {{ {filter} }}"), "");
    assert_eq!(all("regime: \"GB-ENG-Planning\""), ["overdue", "due in 26 days", "due in 49 days"]);
    assert_eq!(all("court: [THIRD_PARTY]"), ["stopped"]);
    assert_eq!(all("dueWithin: 30"), ["due in 26 days"]);
    assert_eq!(all("text: \"49\""), ["due in 49 days"]);
    assert_eq!(all(&format!("project: \"{}\"", s.project)), BY_URGENCY);
    assert_eq!(all(&format!("authority: \"{}\"", s.company)), Vec::<String>::new());
    let regimes = docket(&s.lead, "", "regimes weeks { from count overdue }");
    assert_eq!(regimes["regimes"], json!(["gb-eng-planning"]));
    let weeks: Vec<_> = regimes["weeks"].as_array().unwrap().iter().filter(|week| week["count"] != 0).collect();
    let week = |from: &str, overdue: u32| json!({ "from": from, "count": 1, "overdue": overdue });
    assert_eq!(weeks, [&week("2026-06-24", 1), &week("2026-07-22", 0), &week("2026-08-19", 0)]);
}

#[test]
fn mine_are_those_that_one_is_a_party_of() {
    let s = world();
    assert_eq!(titles(&s.regulator, "mine: true", ""), BY_URGENCY);
    assert_eq!(titles(&s.lead, "mine: true", ""), BY_URGENCY);
    let other = json!({ "name": "Port of Silloth", "kind": "AUTHORITY", "country": "GB", "occurredOn": "2020" });
    let port = s.administrator.found("organisationRegister", &other);
    let harbour_master = s.world.client([grant(Role::Regulator, Some(&port), &[], &[])]);
    assert_eq!(titles(&harbour_master, "mine: true", ""), Vec::<String>::new());
    assert_eq!(titles(&harbour_master, "mine: false", ""), BY_URGENCY);
}

#[test]
fn the_workload_of_officers_is_for_members_of_their_authority_and_nobody_else() {
    let s = world();
    let officer = s.world.client_as(subject(41), [grant(Role::Regulator, Some(&s.authority), &[], &[])]);
    let found = docket(&officer, "", "entries(first: 1, sections: [OVERDUE]) { nodes { permit { id } officer } }");
    let overdue = &found["entries"]["nodes"][0];
    assert_eq!(overdue["officer"], Value::Null, "nobody has recorded anything about it for the authority");
    officer.record("permitApplicationAccept", &json!({ "permit": overdue["permit"]["id"], "occurredOn": "2026-05-11" }));
    let asked = "workload { authority { name } officer open overdue dueIn30 stopped }";
    let load = |officer: Option<u128>, counts: [u32; 4]| {
        json!({ "authority": { "name": "Solway Council" }, "officer": officer.map(|number| subject(number).to_string()),
            "open": counts[0], "overdue": counts[1], "dueIn30": counts[2], "stopped": counts[3] })
    };
    // The regulator of the setting asked for bird counts and stopped a clock; two permits nobody has touched.
    let expected = json!([load(None, [2, 0, 0, 0]), load(Some(4), [2, 0, 1, 1]), load(Some(41), [1, 1, 0, 0])]);
    assert_eq!(sorted(&docket(&officer, "", asked)["workload"]), sorted(&expected));
    let one = format!("officer: \"{}\"", subject(41));
    assert_eq!(titles(&officer, &one, ""), ["overdue"]);
    let stranger = grant(Role::Regulator, Some(&s.company), &[], &[]);
    let everybody = [grant(Role::Auditor, None, &[], &[]), grant(Role::Administrator, None, &[], &[]), stranger.clone()];
    for grant in everybody {
        let other = s.world.client([grant.clone()]);
        let found = docket(&other, "", "workload { open } entries(first: 20) { nodes { officer } }");
        let shown = if grant == stranger { json!([]) } else { Value::Null };
        assert_eq!(found["workload"], shown, "{grant:?}");
        assert!(found["entries"]["nodes"].as_array().unwrap().iter().all(|node| node["officer"].is_null()), "{grant:?}");
        assert_eq!(titles(&other, &one, ""), Vec::<String>::new(), "{grant:?}");
    }
    for client in [&s.lead, &s.funder, &s.manager] {
        assert_eq!(docket(client, "", "workload { open }")["workload"], Value::Null);
    }
}

/// Rows in an order of their own: that of equals is by ids, which differ from run to run.
fn sorted(rows: &Value) -> Vec<String> {
    let mut rows: Vec<_> = rows.as_array().unwrap().iter().map(ToString::to_string).collect();
    rows.sort();
    rows
}

#[test]
fn a_docket_of_an_earlier_day_is_that_of_the_day() {
    let s = world();
    let on = |day: &str| docket(&s.regulator, &format!("effectiveOn: \"{day}\""), "asOf open sections { section count }");
    let count = |found: &Value, section: &str| {
        let sections = found["sections"].as_array().unwrap();
        sections.iter().find(|counted| counted["section"] == section).unwrap()["count"].clone()
    };
    let last = on("2026-06-29");
    assert_eq!((count(&last, "OVERDUE"), count(&last, "DUE_IN_30")), (json!(0), json!(2)));
    let next = on("2026-06-30");
    assert_eq!((count(&next, "OVERDUE"), count(&next, "DUE_IN_30")), (json!(1), json!(1)));
    assert_eq!(count(&on("2026-06-17"), "RESUMPTION_PASSED"), 0);
    assert_eq!(count(&on("2026-06-18"), "RESUMPTION_PASSED"), 1);
    assert_eq!(on("2026-01-06")["open"], 8, "all of them were identified by then, and none was determined");
}

#[test]
fn the_pages_of_a_docket_hold_it_whole_and_once() {
    let s = world();
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let page = docket(
            &s.regulator,
            "",
            &format!("entries(first: 2{after}) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ permit {{ title }} }} }}"),
        );
        let nodes = page["entries"]["nodes"].as_array().unwrap();
        found.extend(nodes.iter().map(|node| node["permit"]["title"].as_str().unwrap().to_owned()));
        if page["entries"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = format!(", after: {}", page["entries"]["pageInfo"]["endCursor"]);
    }
    assert_eq!(found, BY_URGENCY);
}

#[test]
fn permits_are_listed_by_deadline() {
    let s = world();
    let list = |direction: &str| {
        let ask =
            format!("{{ permits(first: 9, orderBy: {{ field: DEADLINE, direction: {direction} }}) {{ nodes {{ title }} }} }}");
        let found = s.lead.get(&ask)["permits"]["nodes"].as_array().unwrap().clone();
        found.iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list("ASC")[..3], ["overdue", "due in 26 days", "due in 49 days"]);
    assert_eq!(list("DESC")[..3], ["due in 49 days", "due in 26 days", "overdue"], "those without one are last either way");
}

#[test]
fn a_permit_that_is_hidden_changes_nothing_on_the_docket_of_whoever_may_not_see_it() {
    let s = world();
    let ask = "{ permitDocket { sentence open sections { section count } weeks { count } regimes workload { open }
        entries(first: 20) { totalCount nodes { permit { id } usualDays dues { words } } } } }";
    let (seen, known) = (s.funder.get(ask), s.lead.get(ask));
    let hidden = json!({ "title": "Quiet", "instrument": "lease", "authority": s.authority, "projects": [s.project],
        "regime": "gb-eng-planning", "case": "major", "occurredOn": "2026-01-01", "visibility": "PARTIES" });
    let hidden = s.lead.found("permitIdentify", &hidden);
    let of_hidden = json!({ "permit": hidden, "occurredOn": "2026-01-02", "visibility": "PARTIES" });
    s.lead.record("permitApplicationSubmit", &of_hidden);
    assert_eq!(s.funder.get(ask).to_string(), seen.to_string());
    assert_ne!(s.lead.get(ask).to_string(), known.to_string());
}

#[test]
fn what_is_no_docket_is_refused_with_its_reason() {
    let s = Setting::new();
    let code = |arguments: &str, of_entries: &str| {
        let ask = format!("{{ permitDocket{arguments} {{ entries{of_entries} {{ totalCount }} }} }}");
        s.regulator.ask(&ask).code().to_owned()
    };
    assert_eq!(code("", ""), "PAGE_SIZE_INVALID");
    assert_eq!(code("", "(first: 0)"), "PAGE_SIZE_INVALID");
    assert_eq!(code("", "(first: 101)"), "PAGE_SIZE_INVALID");
    assert_eq!(code("", "(first: 9, after: \"x\")"), "INVALID_INPUT");
    assert_eq!(code("", "(first: 9, sections: [LOST])"), "VALIDATION_FAILED");
    assert_eq!(code("", "(first: 9, orderBy: COLOUR)"), "VALIDATION_FAILED");
    assert_eq!(code("(officer: \"nobody\")", "(first: 9)"), "INVALID_INPUT");
    assert_eq!(code("(filter: { authority: \"nobody\" })", "(first: 9)"), "INVALID_INPUT");
    assert_eq!(code("(filter: { dueWithin: -1 })", "(first: 9)"), "INVALID_INPUT");
    assert_eq!(code("(effectiveOn: \"2026-02-30\")", "(first: 9)"), "VALIDATION_FAILED");
    let cursor =
        docket(&s.regulator, "", "entries(first: 1) { pageInfo { endCursor } }")["entries"]["pageInfo"]["endCursor"].clone();
    assert_eq!(code("", &format!("(first: 9, orderBy: OLDEST, after: {cursor})")), "INVALID_INPUT", "of another order");
}
