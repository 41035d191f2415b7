//! Where permitting is slow: the numbers of a small world, worked out by hand, and who sees what of it.

use access::Role;
use serde_json::{Value, json};

use crate::{
    setting::{Setting, and, grant},
    world::{Client, World},
};

/// A submitted permit of the authority `of`.
fn submitted(s: &Setting, title: &str, of: &str, on: &str, more: Value) -> String {
    let permit = json!({ "title": title, "instrument": "lease", "authority": of, "projects": [s.project],
        "occurredOn": "2026-01-01" });
    let permit = s.lead.found("permitIdentify", &and(permit, more));
    s.lead.record("permitApplicationSubmit", &json!({ "permit": permit, "occurredOn": on }));
    permit
}

/// On 1 July 2026: seven applications of 5 January under a limit of eight weeks with one authority, of which six have ended;
/// and one of 1 June with another, which stood still for ten days.
fn world() -> Setting {
    let s = Setting::within(World::still());
    let law = || json!({ "regime": "gb-eng-planning", "case": "minor", "jurisdiction": "GB-ENG" });
    let at_solway = |title: &str| submitted(&s, title, &s.authority, "2026-01-05", law());
    let ends = |client: &Client, mutation: &str, permit: &str, on: &str| {
        client.record(mutation, &json!({ "permit": permit, "occurredOn": on }));
    };
    // The eight weeks end on 2 March, after 56 days.
    ends(&s.regulator, "permitGrant", &at_solway("after 30 days"), "2026-02-04");
    ends(&s.lead, "permitApplicationWithdraw", &at_solway("after 40 days"), "2026-02-14");
    ends(&s.regulator, "permitGrant", &at_solway("after 50 days"), "2026-02-24");
    let extended = at_solway("after 60 days");
    let by_agreement = json!({ "permit": extended, "limit": "determination", "to": "2026-03-31", "reason": "agreed",
        "occurredOn": "2026-02-10" });
    s.regulator.record("permitDeadlineExtend", &by_agreement);
    ends(&s.regulator, "permitGrant", &extended, "2026-03-06");
    ends(&s.regulator, "permitGrant", &at_solway("after 70 days"), "2026-03-16");
    ends(&s.regulator, "permitRefuse", &at_solway("after 90 days"), "2026-04-05");
    at_solway("open for 177 days");
    let port = json!({ "name": "Port of Silloth", "kind": "AUTHORITY", "country": "GB", "occurredOn": "2020" });
    let port = s.administrator.found("organisationRegister", &port);
    let harbour_master = s.world.client([grant(Role::Regulator, Some(&port), &[], &[])]);
    let open = submitted(&s, "open for 30 days", &port, "2026-06-01", json!({}));
    ends(&harbour_master, "permitClockStart", &open, "2026-06-01");
    let stop = json!({ "permit": open, "reason": "a survey", "responsible": "THIRD_PARTY", "occurredOn": "2026-06-11" });
    harbour_master.record("permitClockStop", &stop);
    ends(&harbour_master, "permitClockResume", &open, "2026-06-21");
    s
}

/// The groups by authority.
fn groups(client: &Client, fields: &str) -> Vec<Value> {
    let said = client.get(&format!("{{ permitBottlenecks(groupBy: [AUTHORITY], first: 9) {{ nodes {{ {fields} }} }} }}"));
    said["permitBottlenecks"]["nodes"].as_array().unwrap().clone()
}

#[track_caller]
fn assert_near(value: &Value, expected: f64) {
    assert!((value.as_f64().unwrap() - expected).abs() < 1e-9, "{value} is not {expected}");
}

#[test]
fn the_slowest_group_comes_first_and_says_why() {
    let s = world();
    let found = groups(&s.funder, "authority { name } unknown sentence ageing { ageing known of daysBeyondMedian }");
    // Of all eight leases: S(30) = 7/8, then 5/6, 4/5, 3/4 and 2/3 of it remain after 40, 50, 60 and 70 days: the median is 60.
    // S(90) = 0.1458…, so that 85 % have ended by 90 days. One is open for 177 days, 117 more than the median.
    assert_eq!(
        found,
        [
            json!({ "authority": { "name": "Solway Council" }, "unknown": [],
                "sentence": "half end within 60 days (6 ended, 1 open); 1 of 1 open ones are older than 85 % of their kind were \
                    when they ended; in twelve months 7 came in and 6 ended.",
                "ageing": { "ageing": 1, "known": 1, "of": 1, "daysBeyondMedian": 117 } }),
            json!({ "authority": { "name": "Port of Silloth" }, "unknown": [],
                "sentence": "few have ended (0, 1 open); 33 % of the time stood still, most of it on 'a survey', where a third \
                    party had to act.",
                "ageing": { "ageing": 0, "known": 1, "of": 1, "daysBeyondMedian": 0 } }),
        ]
    );
}

#[test]
fn the_figures_of_a_group_are_those_of_its_permits() {
    let s = world();
    let found = groups(
        &s.funder,
        "durations { medianDays p80Days p90Days n few exact undated impossible datedShare }
        onTime { strict extended known of strictShare extendedShare maskingGap }
        stopped { days elapsedDays permits n by { responsible ground days permits } }
        completeness { known of returns }
        flow { open arrivals endings clearanceMonths netBacklog } dwell { state n lasting days }
        permits(first: 9) { totalCount } open: permits(first: 9, filter: { open: true }) { nodes { title state } }",
    );
    // Of 30, 40, 50, 60, 70, 90 three do not exceed 50, five (4.8) do not exceed 70, six (5.4) do not exceed 90.
    let durations = json!({ "medianDays": 50, "p80Days": 70, "p90Days": 90, "n": 6, "few": false, "exact": 6, "undated": 0,
        "impossible": 0, "datedShare": 1.0 });
    assert_eq!(found[0]["durations"], durations);
    // Determined after 30, 50, 60, 70 and 90 days: two within 56, a third within the extension.
    let on_time = json!({ "strict": 2, "extended": 3, "known": 5, "of": 5, "strictShare": 0.4, "extendedShare": 0.6,
        "maskingGap": found[0]["onTime"]["maskingGap"] });
    assert_eq!(found[0]["onTime"], on_time);
    assert_near(&on_time["maskingGap"], 0.2);
    assert_eq!(found[0]["completeness"], json!({ "known": 0, "of": 7, "returns": 0 }));
    let flow = json!({ "open": 1, "arrivals": 7, "endings": 6, "clearanceMonths": 2.0, "netBacklog": 1 });
    assert_eq!(found[0]["flow"], flow);
    // With the one that is not submitted.
    assert_eq!(found[0]["permits"]["totalCount"], 8);
    // Identified from 1 January to 1 June, reviewed to 11 June and since 21 June, stopped for the ten days between.
    let dwell = json!([{ "state": "IDENTIFIED", "n": 1, "lasting": 0, "days": 151 },
        { "state": "IN_REVIEW", "n": 1, "lasting": 1, "days": 20 }, { "state": "STOPPED", "n": 1, "lasting": 0, "days": 10 }]);
    assert_eq!(found[1]["dwell"], dwell);
    let stopped = json!({ "days": 10, "elapsedDays": 30, "permits": 1, "n": 1,
        "by": [{ "responsible": "THIRD_PARTY", "ground": "a survey", "days": 10, "permits": 1 }] });
    assert_eq!(found[1]["stopped"], stopped);
    assert_eq!(found[1]["durations"]["few"], true);
    assert_eq!(found[1]["open"]["nodes"], json!([{ "title": "open for 30 days", "state": "IN_REVIEW" }]));
}

#[test]
fn survival_counts_what_is_pending_and_outcomes_compete() {
    let s = world();
    let found = groups(
        &s.funder,
        "survival { medianDays p80Days p90Days n few events censored censoredAtEdition startsAtDay beforeStart
            curve { day atRisk ended censored survival lower upper } endings { ending share curve { day share } } }",
    );
    let survival = &found[0]["survival"];
    // One of seven ends on each of six days: S falls to 3/7 on day 60, to 1/7 on day 90, and never to a tenth.
    for (figure, expected) in [("medianDays", json!(60)), ("p80Days", json!(90)), ("p90Days", Value::Null)] {
        assert_eq!(survival[figure], expected, "{figure}");
    }
    let counts = ["n", "events", "censored", "censoredAtEdition", "startsAtDay", "beforeStart"].map(|name| &survival[name]);
    assert_eq!(counts, [&json!(7), &json!(6), &json!(1), &json!(0), &json!(0), &json!(0)]);
    let curve = survival["curve"].as_array().unwrap();
    let days: Vec<_> = curve.iter().map(|point| point["day"].as_i64().unwrap()).collect();
    assert_eq!(days, [30, 40, 50, 60, 70, 90, 177]);
    for (left, point) in (1_u8..=6).rev().zip(curve) {
        assert_near(&point["survival"], f64::from(left) / 7.0);
        assert_eq!(point["atRisk"], left + 1);
    }
    assert_eq!((&curve[6]["ended"], &curve[6]["censored"]), (&json!(0), &json!(1)));
    let endings = survival["endings"].as_array().unwrap();
    for (of, (ending, share)) in endings.iter().zip([("GRANTED", 4.0), ("REFUSED", 1.0), ("WITHDRAWN", 1.0)]) {
        assert_eq!(of["ending"], ending);
        assert_near(&of["share"], share / 7.0);
    }
    assert_eq!(found[1]["survival"]["few"], true);
    assert_eq!(found[1]["survival"]["curve"], json!([]));
}

#[test]
fn a_forecast_says_of_which_group_it_is() {
    let s = world();
    let found = groups(
        &s.funder,
        "forecasts(first: 9) { totalCount nodes { permit { title } ageDays p50Days p80Days grantShare ofGroupBy atRisk events } }",
    );
    // Nobody else came to 177 days.
    let oldest = json!({ "permit": { "title": "open for 177 days" }, "ageDays": 177, "p50Days": null, "p80Days": null,
        "grantShare": null, "ofGroupBy": null, "atRisk": null, "events": null });
    assert_eq!(found[0]["forecasts"], json!({ "totalCount": 1, "nodes": [oldest] }));
    // Its own group is of one, so that all eight tell: S(60)/S(30) is a half, S(90)/S(30) the first below a fifth. Of the five
    // endings after day 30, which weigh alike, three are grants.
    let forecast = &found[1]["forecasts"]["nodes"][0];
    let days = json!([forecast["ageDays"], forecast["p50Days"], forecast["p80Days"], forecast["atRisk"], forecast["events"]]);
    assert_eq!((days, &forecast["ofGroupBy"]), (json!([30, 30, 60, 8, 5]), &json!([])));
    assert_near(&forecast["grantShare"], 0.6);
}

#[test]
fn groups_are_by_one_or_two_dimensions_and_each_permit_is_in_those_that_it_belongs_to() {
    let s = world();
    let by = |dimensions: &str, fields: &str| {
        let ask = format!("{{ permitBottlenecks(groupBy: [{dimensions}], first: 9) {{ totalCount nodes {{ {fields} }} }} }}");
        s.funder.get(&ask)["permitBottlenecks"].clone()
    };
    let by_regime = by("REGIME, YEAR_SUBMITTED", "regime yearSubmitted unknown permits(first: 1) { totalCount }");
    let group = |regime: Value, year: Value, unknown: Value, count: u32| json!({ "regime": regime, "yearSubmitted": year, "unknown": unknown, "permits": { "totalCount": count } });
    assert_eq!(by_regime["totalCount"], 3);
    assert_eq!(by_regime["nodes"][0], group(json!("gb-eng-planning"), json!(2026), json!([]), 7));
    let others = by_regime["nodes"].as_array().unwrap();
    assert!(others.contains(&group(Value::Null, json!(2026), json!(["REGIME"]), 1)), "{by_regime}");
    assert!(others.contains(&group(Value::Null, Value::Null, json!(["REGIME", "YEAR_SUBMITTED"]), 1)), "{by_regime}");
    let by_place = by("CLUSTER, TECHNOLOGY", "cluster { name } technology permits(first: 1) { totalCount }");
    let all = json!({ "cluster": { "name": "Solway" }, "technology": "ELECTRIFICATION_RENEWABLE_HEAT",
        "permits": { "totalCount": 9 } });
    assert_eq!(by_place, json!({ "totalCount": 1, "nodes": [all] }));
    let by_kind = by("INSTRUMENT", "instrument durations { n }");
    assert_eq!(by_kind["nodes"][0], json!({ "instrument": "lease", "durations": { "n": 6 } }));
    assert_eq!(by("JURISDICTION", "jurisdiction")["nodes"][0]["jurisdiction"], "GB-ENG");
}

#[test]
fn the_day_and_the_filter_are_those_of_permits() {
    let s = world();
    let on = |day: &str, filter: &str| {
        let ask = format!(
            "{{ permitBottlenecks(groupBy: [INSTRUMENT], first: 9, effectiveOn: \"{day}\", filter: {{ {filter} }}) {{
                nodes {{ durations {{ n }} flow {{ open }} permits(first: 1) {{ totalCount }} }} }} }}"
        );
        s.funder.get(&ask)["permitBottlenecks"]["nodes"][0].clone()
    };
    let solway = format!("authority: \"{}\", text: \"days\"", s.authority);
    let expected =
        |ended: u32, open: u32| json!({ "durations": { "n": ended }, "flow": { "open": open }, "permits": { "totalCount": 7 } });
    assert_eq!(on("2026-02-13", &solway), expected(1, 6), "the day before the second ended");
    assert_eq!(on("2026-02-14", &solway), expected(2, 5));
    assert_eq!(on("2026-07-01", &solway), expected(6, 1));
}

#[test]
fn a_permit_that_is_hidden_changes_nothing_for_whoever_may_not_see_it() {
    let s = world();
    let ask = "{ permitBottlenecks(groupBy: [INSTRUMENT, AUTHORITY], first: 9) { totalCount nodes { instrument sentence
        durations { medianDays n } survival { n curve { day atRisk survival } endings { share } } flow { open arrivals }
        ageing { known daysBeyondMedian } forecasts(first: 9) { totalCount nodes { p50Days atRisk } }
        permits(first: 9) { totalCount nodes { id } } } } }";
    let (seen, known) = (s.funder.get(ask), s.lead.get(ask));
    let hidden = json!({ "title": "Quiet", "instrument": "lease", "authority": s.authority, "projects": [s.project],
        "occurredOn": "2025-01-01", "visibility": "PARTIES" });
    let hidden = s.lead.found("permitIdentify", &hidden);
    let of_hidden = |on: &str| json!({ "permit": hidden, "occurredOn": on, "visibility": "PARTIES" });
    s.lead.record("permitApplicationSubmit", &of_hidden("2025-01-02"));
    assert_eq!(s.funder.get(ask).to_string(), seen.to_string());
    let lead = s.lead.get(ask);
    assert_ne!(lead.to_string(), known.to_string());
    assert_eq!(lead["permitBottlenecks"]["nodes"][0]["flow"]["open"], 2);
}

#[test]
fn what_can_not_be_grouped_is_refused_with_a_sentence() {
    let s = Setting::new();
    for dimensions in ["", "AUTHORITY, AUTHORITY", "AUTHORITY, REGIME, CLUSTER"] {
        let reply = s.funder.ask(&format!("{{ permitBottlenecks(groupBy: [{dimensions}], first: 9) {{ totalCount }} }}"));
        assert_eq!(reply.code(), "INVALID_INPUT", "{dimensions}");
        let message = &reply.body["errors"][0]["message"];
        assert_eq!(message, "groupBy: permits are grouped by one or by two different dimensions", "{dimensions}");
    }
    let ask = |arguments: &str| s.funder.ask(&format!("{{ permitBottlenecks({arguments}) {{ totalCount }} }}")).code().to_owned();
    assert_eq!(ask("groupBy: [AUTHORITY]"), "PAGE_SIZE_INVALID");
    assert_eq!(ask("groupBy: [AUTHORITY], first: 9, filter: { authority: \"nobody\" }"), "INVALID_INPUT");
    assert_eq!(ask("groupBy: [COLOUR], first: 9"), "VALIDATION_FAILED");
    assert_eq!(ask("groupBy: [AUTHORITY], first: 9, after: \"x\""), "INVALID_INPUT");
}
