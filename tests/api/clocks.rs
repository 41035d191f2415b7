//! The statutory clocks of permits, as they come out of the record: from commands to what is shown.

use chrono::{DateTime, Utc};
use graphql::socket::Sockets;
use law::Rulebook;
use serde_json::{Map, Value, json};

use crate::{
    setting::{Setting, and},
    world::{Client, World, noon},
};

/// The worked cases of the law, which this record has to come to as well.
const CASES: &str = include_str!("../../law/tests/data/regime-cases.json");

/// A regime of an operator, which gives a second run after a quashing.
const HARBOUR: &str = r#"
    id = "xx-harbour"
    title = "Harbour licence"
    read_on = "2026-11-26"
    zone = "Europe/Amsterdam"
    version_by = "start"

    [[version]]
    id = "harbour-act"
    act = "Harbour Act"
    source = "Gazette 1"
    confidence = "text"
    case = [{ id = "pier", words = "a pier" }]

    [[limit]]
    id = "licence"
    words = "licence"
    article = "s. 3"
    confidence = "text"
    starts = ["receipt"]
    ends = ["determination"]
    length = "20 days"
    second_run = ["RedeterminationOpened"]
"#;

const CLOCKS: &str = "clocks { limit words article sentence unknownBecause regime version case state startedOn startedBy
    firstCountedDay endedOn endedBy length { count unit } elapsedDays usedDays stoppedDays
    stoppedBy { ground responsible days } extendedDays leftDays lateDays strictDeadline deadline overdue onTime
    onTimeStrictly deemed court { party since } exact
    bounds { usedDaysLeast usedDaysMost deadlineEarliest deadlineLatest }
    segments { stopped first last days fact article ground responsible }
    deadlineSteps { words article fact deadline } earlierRuns { startedOn endedOn deadline usedDays onTime } }
    clocksUnknownBecause clockMisfits { fact code message withoutEffect }";

/// An instant after the last day of all worked cases: nothing is recorded ahead of its day.
fn when_all_cases_are_over() -> DateTime<Utc> {
    "2028-01-01T12:00:00Z".parse().unwrap()
}

/// What is shown of the clocks of `permit` on a day.
#[track_caller]
fn shown(client: &Client, permit: &str, on: &str) -> Value {
    client.get(&format!("{{ permit(id: \"{permit}\", effectiveOn: \"{on}\") {{ {CLOCKS} }} }}"))["permit"].clone()
}

/// The clock of one limit on a day.
#[track_caller]
fn clock(client: &Client, permit: &str, limit: &str, on: &str) -> Value {
    let shown = shown(client, permit, on);
    let clocks = shown["clocks"].as_array().unwrap();
    let found = clocks.iter().find(|clock| clock["limit"] == limit);
    found.unwrap_or_else(|| panic!("there is no {limit} in {shown}")).clone()
}

/// A permit under a regime.
fn identified(s: &Setting, title: &str, regime: &str, case: &str, place: Option<&str>) -> String {
    let permit = json!({ "title": title, "instrument": "consent", "authority": s.authority, "projects": [s.project],
        "jurisdiction": place, "regime": regime, "case": case, "occurredOn": "2010-01-01" });
    s.lead.found("permitIdentify", &permit)
}

/// The mutation that records a type of fact.
fn mutation(fact: &str) -> &'static str {
    let found = access::table::command_recording(fact);
    found.unwrap_or_else(|| panic!("no command records {fact}"))
}

/// A name or a word as the API has it.
fn camel(name: &str) -> String {
    let (first, rest) = name.split_once('_').unwrap_or((name, ""));
    let rest = rest.split('_').filter(|part| !part.is_empty());
    rest.fold(first.to_owned(), |name, part| name + &part[..1].to_uppercase() + &part[1..])
}

/// The input for a fact of a worked case; `facts` are the ids of those before it.
fn input(permit: &str, fact: &Map<String, Value>, facts: &[String]) -> Value {
    let mut input = json!({ "permit": permit, "occurredOn": fact["on"] });
    for (name, value) in fact.iter().filter(|(name, _)| *name != "type" && *name != "on") {
        input[camel(name)] = match (name.as_str(), value) {
            ("request" | "stop" | "challenge", place) => json!(facts[usize::try_from(place.as_u64().unwrap()).unwrap()]),
            ("by", Value::Object(period)) => {
                json!({ "count": period["count"], "unit": period["unit"].as_str().unwrap().to_uppercase() })
            }
            ("by", party) if fact["type"] != "ChallengeLodged" => party.clone(),
            ("by" | "kind" | "responsible" | "recommendation" | "relief", word) => json!(word.as_str().unwrap().to_uppercase()),
            (_, value) => value.clone(),
        };
    }
    input
}

/// What a worked case expects, in the words of the API.
fn said(clock: &Value, member: &str) -> Value {
    let word = |value: &Value| value.as_str().map_or(Value::Null, |word| json!(word.to_lowercase()));
    match member {
        "state" | "deemed" => word(&clock[member]),
        "court" => word(&clock["court"]["party"]).as_str().map_or_else(|| json!("none"), |party| json!(party)),
        "leftDays" if clock["state"] == "NO_LIMIT" => Value::Null,
        member => clock[member].clone(),
    }
}

/// Records the facts of a worked case; gives the permit and the ids of the facts.
fn record_case(s: &Setting, case: &Value) -> (String, Vec<String>) {
    let text = |member: &str| case[member].as_str().unwrap();
    let permit = identified(s, text("id"), text("regime"), text("case"), case["places"][0].as_str());
    let facts = case["facts"].as_array().unwrap();
    if !facts.iter().any(|fact| fact["type"] == "ApplicationSubmitted") {
        // Where a case begins in the middle, an application is there: a step, an acceptance or a grant is of one.
        s.lead.record("permitApplicationSubmit", &json!({ "permit": permit, "occurredOn": "2013-01-02" }));
    }
    let mut ids = Vec::new();
    for (at, fact) in facts.iter().enumerate() {
        let mutation = mutation(fact["type"].as_str().unwrap());
        let client =
            if matches!(mutation, "permitApplicationSubmit" | "permitInformationSupply") { &s.lead } else { &s.regulator };
        let input = input(&permit, fact.as_object().unwrap(), &ids);
        let refused = case["refused"].as_array().into_iter().flatten().find(|misfit| misfit["fact"] == at);
        match refused {
            // What the law refuses is not recorded, and so has no effect.
            Some(misfit) => {
                let code = misfit["code"].as_str().unwrap().to_uppercase().replace('-', "_");
                assert_eq!(client.refusal(mutation, &input), format!("LAW_{code}"), "{}: {input}", case["id"]);
                ids.push(String::new());
            }
            None => ids.push(client.fact(mutation, &input)),
        }
    }
    (permit, ids)
}

#[test]
fn every_worked_case_comes_out_of_the_record_date_for_date() {
    let s = Setting::within(World::by(when_all_cases_are_over, Sockets::default()));
    let cases: Value = serde_json::from_str(CASES).unwrap();
    let all = ["cases", "rules"].iter().flat_map(|list| cases[list].as_array().unwrap());
    let mut asked = 0;
    for case in all {
        let (permit, facts) = record_case(&s, case);
        for ask in case["asks"].as_array().into_iter().flatten() {
            let on = ask["on"].as_str().unwrap();
            let clock = clock(&s.funder, &permit, ask["limit"].as_str().unwrap(), on);
            for (member, expected) in ask["expect"].as_object().unwrap() {
                assert_eq!(said(&clock, member), *expected, "{} on {on}: {member} of {clock}", case["id"]);
                asked += 1;
            }
        }
        let misfits = shown(&s.funder, &permit, "2030-01-01")["clockMisfits"].clone();
        let misfits = misfits.as_array().unwrap();
        for misfit in case["flagged"].as_array().into_iter().flatten() {
            let fact = &facts[usize::try_from(misfit["fact"].as_u64().unwrap()).unwrap()];
            let is_it = |found: &&Value| found["fact"] == json!(fact) && found["code"] == misfit["code"];
            let found = misfits.iter().find(is_it).unwrap_or_else(|| panic!("{}: {misfit} of {misfits:?}", case["id"]));
            assert_eq!(found["withoutEffect"], false, "{}: {found}", case["id"]);
        }
    }
    assert!(asked > 300, "{asked}");
}

/// An impact assessment in Canada, whose planning phase takes 180 days.
fn assessment(s: &Setting, title: &str) -> String {
    let permit = identified(s, title, "ca-iaa", "agency", Some("CA"));
    let posted = json!({ "permit": permit, "step": "description-posted", "occurredOn": "2025-03-03" });
    s.regulator.record("permitProcedureStepTake", &posted);
    permit
}

/// Stops the clock at the proponent's request, or on another ground, and resumes it.
fn stopped(s: &Setting, permit: &str, ground: &str, from: &str, until: &str) -> [String; 2] {
    let stop =
        json!({ "permit": permit, "ground": ground, "reason": "in writing", "responsible": "APPLICANT", "occurredOn": from });
    let stop = s.regulator.fact("permitClockStop", &stop);
    let resumed = json!({ "permit": permit, "stop": stop, "occurredOn": until });
    let resumption = s.regulator.fact("permitClockResume", &resumed);
    [stop, resumption]
}

#[test]
fn on_the_sixtieth_day_of_180_thirty_of_them_stopped_thirty_are_used_and_150_left() {
    let s = Setting::new();
    let permit = assessment(&s, "Worked case");
    let [stop, resumption] = stopped(&s, &permit, "proponent-request", "2025-03-22", "2025-04-21");
    let clock = clock(&s.lead, &permit, "planning", "2025-05-02");
    assert_eq!((&clock["usedDays"], &clock["stoppedDays"], &clock["leftDays"]), (&json!(30), &json!(30), &json!(150)));
    assert_eq!(clock["deadline"], "2025-09-29");
    assert_eq!(clock["stoppedBy"], json!([{ "ground": "proponent-request", "responsible": "APPLICANT", "days": 30 }]));
    let started = clock["startedBy"].clone();
    let counted = |first: &str, last: &str, days: i32, fact: &Value| {
        json!({ "stopped": false, "first": first, "last": last, "days": days, "fact": fact, "article": "s. 18(1)",
            "ground": null, "responsible": null })
    };
    let between = json!({ "stopped": true, "first": "2025-03-22", "last": "2025-04-20", "days": 30, "fact": stop,
        "article": "IAA s. 18(5), SOR/2019-283 s. 2", "ground": "proponent-request", "responsible": "APPLICANT" });
    let segments = json!([
        counted("2025-03-04", "2025-03-21", 18, &started),
        between,
        counted("2025-04-21", "2025-05-02", 12, &json!(resumption)),
    ]);
    assert_eq!(clock["segments"], segments);
    assert!(started.is_string());
    let sentence =
        "planning phase (s. 18(1)): due on 2025-09-29; 30 days used, 30 days stopped, 150 days left, the authority has to act.";
    assert_eq!(clock["sentence"], sentence);
    let while_stopped = shown(&s.lead, &permit, "2025-04-01")["clocks"][0].clone();
    assert_eq!((&while_stopped["deadline"], &while_stopped["leftDays"]), (&Value::Null, &json!(162)), "{while_stopped}");
    assert_eq!(while_stopped["court"], json!({ "party": "APPLICANT", "since": "2025-03-22" }));
}

#[test]
fn what_is_logged_late_or_wrong_at_first_gives_the_same_clock_and_the_old_view_stays() {
    let s = Setting::new();
    let (in_time, late, corrected) = (assessment(&s, "In time"), assessment(&s, "Late"), assessment(&s, "Corrected"));
    stopped(&s, &in_time, "proponent-request", "2025-03-22", "2025-04-21");
    for permit in [&in_time, &late, &corrected] {
        s.lead.record("permitApplicationSubmit", &json!({ "permit": permit, "occurredOn": "2025-05-29" }));
    }
    let before = Utc::now();
    stopped(&s, &late, "proponent-request", "2025-03-22", "2025-04-21");
    let [stop, resumption] = stopped(&s, &corrected, "proponent-request", "2025-02-01", "2025-06-11");
    let stop_again = json!({ "permit": corrected, "ground": "proponent-request", "reason": "in writing",
        "responsible": "APPLICANT", "occurredOn": "2025-03-22", "corrects": { "fact": stop, "reason": "misread" } });
    s.regulator.record("permitClockStop", &stop_again);
    let resumed_again = json!({ "permit": corrected, "stop": stop, "occurredOn": "2025-04-21",
        "corrects": { "fact": resumption, "reason": "misread" } });
    s.regulator.record("permitClockResume", &resumed_again);
    let figures = |permit: &str, on: &str| {
        let clock = clock(&s.funder, permit, "planning", on);
        let segment = |segment: &Value| json!([segment["stopped"], segment["first"], segment["last"], segment["days"]]);
        let segments: Vec<_> = clock["segments"].as_array().unwrap().iter().map(segment).collect();
        json!([clock["state"], clock["usedDays"], clock["stoppedDays"], clock["leftDays"], clock["deadline"], segments])
    };
    for on in ["2025-03-21", "2025-04-01", "2025-04-21", "2025-05-02", "2025-12-01"] {
        assert_eq!(figures(&late, on), figures(&in_time, on), "{on}");
        assert_eq!(figures(&corrected, on), figures(&in_time, on), "{on}");
    }
    let at = before.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let then = s.funder.get(&format!(
        "{{ permit(id: \"{late}\", effectiveOn: \"2025-05-02\", asKnownAt: {{ at: \"{at}\" }}) {{ clocks {{ limit usedDays stoppedDays }} }} }}"
    ));
    assert_eq!(then["permit"]["clocks"][0], json!({ "limit": "planning", "usedDays": 60, "stoppedDays": 0 }));
}

#[test]
fn stops_that_overlap_count_once() {
    let s = Setting::new();
    let permit = assessment(&s, "Overlap");
    stopped(&s, &permit, "proponent-request", "2025-03-22", "2025-04-11");
    stopped(&s, &permit, "design-change", "2025-04-01", "2025-04-21");
    let clock = clock(&s.lead, &permit, "planning", "2025-05-02");
    assert_eq!((&clock["usedDays"], &clock["stoppedDays"], &clock["leftDays"]), (&json!(30), &json!(30), &json!(150)));
    let by = json!([{ "ground": "proponent-request", "responsible": "APPLICANT", "days": 20 },
        { "ground": "design-change", "responsible": "APPLICANT", "days": 10 }]);
    assert_eq!(clock["stoppedBy"], by);
}

#[test]
fn after_a_quashing_there_is_a_second_run_where_the_regime_gives_one_and_elapsed_goes_on() {
    let mut law = Rulebook::shipped().unwrap();
    law.add("harbour.toml", HARBOUR).unwrap();
    let s = Setting::within(World::under(noon, Sockets::default(), law));
    let quashed = |regime: &str, case: &str| {
        let permit = identified(&s, "Pier", regime, case, None);
        let regulator = |mutation: &str, on: &str, more: Value| {
            s.regulator.fact(mutation, &and(json!({ "permit": permit, "occurredOn": on }), more))
        };
        s.lead.record("permitApplicationSubmit", &json!({ "permit": permit, "occurredOn": "2025-02-01" }));
        regulator("permitGrant", "2025-02-15", json!({}));
        regulator("permitChallengeLodge", "2025-02-20", json!({ "kind": "JUDICIAL_REVIEW" }));
        regulator("permitChallengeUphold", "2025-04-30", json!({ "kind": "JUDICIAL_REVIEW" }));
        regulator("permitDeterminationQuash", "2025-05-01", json!({}));
        (regulator("permitRedeterminationOpen", "2025-05-06", json!({})), permit)
    };
    let (reopened, permit) = quashed("xx-harbour", "pier");
    let again = clock(&s.lead, &permit, "licence", "2025-05-16");
    assert_eq!((&again["startedOn"], &again["startedBy"]), (&json!("2025-05-06"), &json!(reopened)));
    assert_eq!((&again["usedDays"], &again["leftDays"], &again["deadline"]), (&json!(10), &json!(10), &json!("2025-05-26")));
    assert_eq!(again["elapsedDays"], 104, "since the submission");
    let first =
        json!([{ "startedOn": "2025-02-01", "endedOn": "2025-02-15", "deadline": "2025-02-21", "usedDays": 14, "onTime": true }]);
    assert_eq!(again["earlierRuns"], first);
    let meanwhile = clock(&s.lead, &permit, "licence", "2025-03-01");
    assert_eq!(meanwhile["court"], json!({ "party": "COURT", "since": "2025-02-20" }));
    assert_eq!(
        (&meanwhile["state"], &meanwhile["onTime"], &meanwhile["elapsedDays"]),
        (&json!("ENDED"), &json!(true), &json!(14))
    );
    let (_, permit) = quashed("gb-eng-planning", "minor");
    let none = clock(&s.lead, &permit, "determination", "2025-05-16");
    assert_eq!((&none["state"], &none["deadline"], &none["onTime"]), (&json!("NO_LIMIT"), &Value::Null, &Value::Null), "{none}");
    assert_eq!(none["earlierRuns"].as_array().unwrap().len(), 1);
}

#[test]
fn a_permit_without_a_known_law_says_so_in_words() {
    let s = Setting::new();
    let because = |permit: &str| {
        let shown = shown(&s.lead, permit, "2025-01-01");
        assert_eq!((&shown["clocks"], &shown["clockMisfits"]), (&json!([]), &json!([])));
        shown["clocksUnknownBecause"].as_str().unwrap().to_owned()
    };
    assert_eq!(because(&s.permit), "no regime is named, so that it is not known which periods apply");
    let input = json!({ "title": "Mast", "instrument": "consent", "projects": [s.project], "regime": "gb-sct-planning", "occurredOn": "2024" });
    let caseless = s.lead.found("permitIdentify", &input);
    let sentence = "no case of the regime 'gb-sct-planning' is named, so that it is not known which periods apply; its cases are \
                    national-or-major, other";
    assert_eq!(because(&caseless), sentence);
    // Where days off matter and no place is known, one limit says why, and the others go on.
    let nowhere = identified(&s, "Nowhere", "nl-omgevingsvergunning", "regular", None);
    s.lead.record("permitApplicationSubmit", &json!({ "permit": nowhere, "occurredOn": "2025-03-17" }));
    let decision = clock(&s.lead, &nowhere, "decision", "2025-05-01");
    let reason = decision["unknownBecause"].as_str().unwrap();
    assert!(reason.contains("days off") && decision["state"].is_null() && decision["deadline"].is_null(), "{decision}");
    assert!(decision["sentence"].as_str().unwrap().contains(reason));
    // Before the calendar begins or after it ends nothing is guessed.
    let early = identified(&s, "Early", "eu-ten-e", "common-interest", Some("DE"));
    assert_eq!(shown(&s.lead, &early, "2020-01-01")["clocks"], json!([]), "the regime was not in force");
    assert!(shown(&s.lead, &early, "2020-01-01")["clocksUnknownBecause"].as_str().unwrap().contains("in force"));
}

#[test]
fn a_regime_or_a_case_that_no_file_knows_is_refused_with_the_nearest_names() {
    let s = Setting::new();
    let errors = |mutation: &str, input: &Value| {
        let reply = s.regulator.send(mutation, input);
        let reply = if reply.code() == "FORBIDDEN" { s.lead.send(mutation, input) } else { reply };
        let error = reply.data()[mutation]["userErrors"][0].clone();
        json!([error["code"], error["field"], error["message"]])
    };
    let identify = |law: Value| {
        let base = json!({ "title": "Mast", "instrument": "consent", "projects": [s.project], "occurredOn": "2024" });
        errors("permitIdentify", &and(base, law))
    };
    let unknown = identify(json!({ "regime": "gb-eng-planing", "case": "major" }));
    assert_eq!((&unknown[0], &unknown[1]), (&json!("PERMIT_REGIME_UNKNOWN"), &json!("regime")));
    let nearest = "there is no regime 'gb-eng-planing'; nearest are gb-eng-planning, gb-nir-planning, gb-wls-planning;";
    assert!(unknown[2].as_str().unwrap().starts_with(nearest), "{unknown}");
    let unknown = identify(json!({ "regime": "gb-eng-planning", "case": "mayor" }));
    assert_eq!((&unknown[0], &unknown[1]), (&json!("PERMIT_CASE_UNKNOWN"), &json!("case")));
    assert!(unknown[2].as_str().unwrap().contains("nearest are major, minor"), "{unknown}");
    assert_eq!(identify(json!({ "case": "major" }))[0], "PERMIT_CASE_UNKNOWN");
    let determined = json!({ "permit": s.permit, "regime": "town and country", "case": "major", "occurredOn": "2024",
        "overrideReason": "the letter says so" });
    assert_eq!(errors("permitRegimeDetermine", &determined)[0], "PERMIT_REGIME_UNKNOWN");
}

#[test]
fn a_case_that_turns_out_later_counts_from_its_day_on_and_the_start_stays() {
    let s = Setting::new();
    let permit = identified(&s, "Screened", "gb-eng-planning", "major", Some("GB-ENG"));
    s.lead.record("permitApplicationSubmit", &json!({ "permit": permit, "occurredOn": "2025-01-06" }));
    let found = json!({ "permit": permit, "regime": "gb-eng-planning", "case": "eia", "occurredOn": "2025-02-10" });
    s.regulator.record("permitRegimeDetermine", &found);
    let deadline = |on: &str| clock(&s.lead, &permit, "determination", on)["deadline"].clone();
    assert_eq!((deadline("2025-02-09"), deadline("2025-02-10")), (json!("2025-04-07"), json!("2025-04-28")));
    let case = |on: &str| {
        s.lead.get(&format!("{{ permit(id: \"{permit}\", effectiveOn: \"{on}\") {{ regime case }} }}"))["permit"].clone()
    };
    assert_eq!(case("2025-02-09")["case"], "major");
    assert_eq!(case("2025-02-10"), json!({ "regime": "gb-eng-planning", "case": "eia" }));
}

#[test]
fn a_published_deadline_wins_and_its_difference_is_flagged() {
    let s = Setting::new();
    let permit = identified(&s, "Published", "gb-eng-planning", "minor", Some("GB-ENG"));
    s.lead.record("permitApplicationSubmit", &json!({ "permit": permit, "occurredOn": "2025-01-06" }));
    let published = json!({ "permit": permit, "limit": "determination", "deadline": "2025-03-10", "occurredOn": "2025-01-08" });
    let fact = s.regulator.fact("permitDeadlinePublish", &published);
    let shown = shown(&s.lead, &permit, "2025-03-05");
    let clock = &shown["clocks"][0];
    assert_eq!(
        (&clock["deadline"], &clock["strictDeadline"], &clock["extendedDays"]),
        (&json!("2025-03-10"), &json!("2025-03-03"), &json!(7))
    );
    let misfit =
        json!([{ "fact": fact, "code": "differs", "message": "by the law the deadline is 2025-03-03", "withoutEffect": false }]);
    assert_eq!(shown["clockMisfits"], misfit);
    assert_eq!(clock["deadlineSteps"][1]["fact"], json!(fact));
}

#[test]
fn what_is_overdue_is_counted_of_those_that_have_a_clock_and_leads_to_a_list_as_long() {
    let s = Setting::within(World::still());
    let submitted = |title: &str, received: &str| {
        let permit = identified(&s, title, "gb-eng-planning", "minor", Some("GB-ENG"));
        s.lead.record("permitApplicationSubmit", &json!({ "permit": permit, "occurredOn": received }));
        permit
    };
    // It is 1 July 2026: eight weeks lie between these two and their deadlines.
    submitted("Late", "2026-05-04");
    submitted("On its last day", "2026-05-06");
    let decided = submitted("Decided late", "2026-01-05");
    s.regulator.record("permitGrant", &json!({ "permit": decided, "occurredOn": "2026-06-01" }));
    let not_begun = identified(&s, "Not begun", "gb-eng-planning", "minor", Some("GB-ENG"));
    let said = s.funder.get(
        "{ pipeline { permitsOpen permitsOverdue { value known of } }
        overdue: permits(first: 9, filter: { overdue: true }) { totalCount nodes { title } }
        inTime: permits(first: 9, filter: { overdue: false }) { totalCount }
        today: permits(first: 9, filter: { dueWithin: 0 }) { nodes { title } }
        inEightWeeks: permits(first: 9, filter: { dueWithin: 56 }) { totalCount } }",
    );
    assert_eq!(said["pipeline"][0]["permitsOverdue"], json!({ "value": "1", "known": 3, "of": 4 }), "one has no regime");
    assert_eq!(said["overdue"], json!({ "totalCount": 1, "nodes": [{ "title": "Late" }] }));
    assert_eq!(said["inTime"]["totalCount"], 2);
    assert_eq!(said["today"]["nodes"], json!([{ "title": "On its last day" }]));
    assert_eq!(said["inEightWeeks"]["totalCount"], 2, "the other is due by the planning guarantee");
    let cluster =
        s.funder.get(&format!("{{ cluster(id: \"{}\") {{ rollUp {{ permitsOverdue {{ value known of }} }} }} }}", s.cluster));
    assert_eq!(cluster["cluster"]["rollUp"]["permitsOverdue"], json!({ "value": "1", "known": 3, "of": 4 }));
    assert_eq!(s.funder.ask("{ permits(first: 1, filter: { dueWithin: -1 }) { totalCount } }").code(), "INVALID_INPUT");
    assert_eq!(
        clock(&s.lead, &not_begun, "determination", "2026-07-01")["sentence"],
        "determination of the application (art. 34(2); EIA Regulations 2017 reg. 68(2)): not started."
    );
}

/// Awb 4:5(4): for four weeks an authority can still refuse to handle what was incomplete. It need not.
#[test]
fn a_power_that_has_ended_makes_nothing_overdue() {
    let s = Setting::within(World::still());
    let permit = identified(&s, "Completed", "nl-omgevingsvergunning", "extended", Some("NL"));
    let on = |day: &str, more: Value| and(json!({ "permit": permit, "occurredOn": day }), more);
    s.lead.record("permitApplicationSubmit", &on("2026-04-01", json!({})));
    let asked = json!({ "what": "a survey", "ground": "incomplete", "dueOn": "2026-05-01" });
    s.regulator.record("permitInformationRequest", &on("2026-04-08", asked));
    s.lead.record("permitInformationSupply", &on("2026-04-15", json!({ "what": "the survey" })));
    let refusal = clock(&s.lead, &permit, "refusal-to-handle", "2026-07-01");
    assert_eq!((&refusal["deadline"], &refusal["onTime"]), (&json!("2026-05-13"), &json!(false)));
    let overdue = s.lead.get("{ permits(first: 9, filter: { overdue: true }) { totalCount } }");
    assert_eq!(overdue["permits"]["totalCount"], 0);
}

#[test]
fn who_may_not_see_a_stop_sees_a_clock_without_it() {
    let s = Setting::new();
    let permit = assessment(&s, "Quiet stop");
    let stop = json!({ "permit": permit, "ground": "fees-unpaid", "reason": "an invoice", "responsible": "APPLICANT",
        "occurredOn": "2025-03-22", "visibility": "PARTIES" });
    s.regulator.record("permitClockStop", &stop);
    let seen = |client: &Client| {
        let clock = clock(client, &permit, "planning", "2025-05-02");
        json!([clock["state"], clock["usedDays"], clock["stoppedDays"], clock["segments"].as_array().unwrap().len()])
    };
    assert_eq!(seen(&s.lead), json!(["STOPPED", 18, 42, 2]));
    assert_eq!(seen(&s.funder), json!(["RUNNING", 60, 0, 1]));
    let overdue =
        |client: &Client| client.get("{ pipeline { permitsOverdue { value known } } }")["pipeline"][0]["permitsOverdue"].clone();
    assert_eq!(overdue(&s.lead), json!({ "value": "0", "known": 1 }), "a clock that is stopped has no deadline");
    assert_eq!(overdue(&s.funder), json!({ "value": "1", "known": 1 }));
}

#[test]
fn a_date_that_is_not_known_to_the_day_gives_a_least_and_a_most_and_no_verdict_that_hangs_on_it() {
    let s = Setting::new();
    let permit = identified(&s, "Some day", "gb-eng-planning", "minor", Some("GB-ENG"));
    s.lead.record("permitApplicationSubmit", &json!({ "permit": permit, "occurredOn": "2025-03" }));
    let between = clock(&s.lead, &permit, "determination", "2025-05-10");
    assert_eq!(
        (&between["exact"], &between["onTime"], &between["overdue"]),
        (&json!(false), &Value::Null, &Value::Null),
        "{between}"
    );
    let bounds =
        json!({ "usedDaysLeast": 40, "usedDaysMost": 70, "deadlineEarliest": "2025-04-26", "deadlineLatest": "2025-05-26" });
    assert_eq!(between["bounds"], bounds);
    let after = clock(&s.lead, &permit, "determination", "2025-05-27");
    assert_eq!((&after["onTime"], &after["overdue"]), (&json!(false), &json!(true)), "whatever the day was");
}

#[test]
fn what_the_law_does_not_allow_is_refused_with_what_it_allows_and_insisted_on_it_is_flagged() {
    let s = Setting::new();
    let permit = identified(&s, "Stopped", "gb-eng-planning", "minor", Some("GB-ENG"));
    s.lead.record("permitApplicationSubmit", &json!({ "permit": permit, "occurredOn": "2025-01-06" }));
    let stop = json!({ "permit": permit, "reason": "a survey of bats", "ground": "bats", "responsible": "APPLICANT",
        "occurredOn": "2025-01-20" });
    let reply = s.regulator.send("permitClockStop", &stop);
    let error = &reply.data()["permitClockStop"]["userErrors"][0];
    assert_eq!((&error["code"], &error["field"]), (&json!("LAW_UNKNOWN_GROUND"), &json!("ground")), "{}", reply.text);
    assert_eq!(shown(&s.lead, &permit, "2025-02-01")["clocks"][0]["state"], "RUNNING");
    let mut preview = stop.clone();
    preview["preview"] = true.into();
    assert_eq!(s.regulator.refusal("permitClockStop", &preview), "LAW_UNKNOWN_GROUND");
    // What the lead says of the authority is a claim, by which no rule is overridden.
    let insisted = and(stop.clone(), json!({ "overrideReason": "the letter says so" }));
    assert_eq!(s.lead.refusal("permitClockStop", &insisted), "LAW_UNKNOWN_GROUND");
    let fact = s.regulator.fact("permitClockStop", &insisted);
    let misfits = shown(&s.lead, &permit, "2025-02-01")["clockMisfits"].clone();
    assert_eq!((&misfits[0]["fact"], &misfits[0]["code"]), (&json!(fact), &json!("unknown-ground")));
    // What is on record and does not fit keeps nobody from recording what does.
    let resumed = json!({ "permit": permit, "stop": fact, "occurredOn": "2025-01-27" });
    s.regulator.record("permitClockResume", &resumed);
}
