//! Figures: where a project lies, how late it is, and how numbers are read and written.

use serde_json::json;

use crate::{setting::Setting, whole::gbp};

#[test]
fn a_project_lies_in_its_own_country_or_else_in_its_clusters() {
    let s = Setting::new();
    let port =
        s.administrator.found("clusterRegister", &json!({ "name": "Sampleton Quay", "country": "NL", "occurredOn": "2020" }));
    let manager = s.world.client([crate::setting::grant(access::Role::ClusterManager, None, &[&port], &[])]);
    let found = |title: &str, country: Option<&str>| {
        let input = json!({ "title": title, "cluster": port, "country": country, "occurredOn": "2021" });
        manager.found("projectRegister", &input)
    };
    let (silent, abroad) = (found("Boiler", None), found("Pipe", Some("BE")));
    let auditor = s.world.auditor();
    let listed = |country: &str| {
        let query =
            format!("{{ projects(first: 10, filter: {{ country: \"{country}\" }}) {{ totalCount nodes {{ id country }} }} }}");
        auditor.get(&query)["projects"].clone()
    };
    assert_eq!(listed("NL"), json!({ "totalCount": 1, "nodes": [{ "id": silent, "country": "NL" }] }));
    assert_eq!(listed("BE"), json!({ "totalCount": 1, "nodes": [{ "id": abroad, "country": "BE" }] }));
    // Every group counts what its filter lists.
    let groups = auditor.get("{ rollUp(by: COUNTRY) { country projects } }")["rollUp"].clone();
    for group in groups.as_array().unwrap() {
        let Some(country) = group["country"].as_str() else { continue };
        assert_eq!(listed(country)["totalCount"], group["projects"], "{country}");
    }
}

#[test]
fn a_slip_counts_the_days_that_are_certain_and_says_when_a_date_has_passed() {
    let s = Setting::new();
    let plan = |name: &str, due: &str| {
        s.lead.fact("milestonePlan", &s.on_project("2022-02-01", json!({ "milestone": name, "dueOn": due })));
    };
    let reach = |name: &str, on: &str| s.lead.fact("milestoneAchieve", &s.on_project(on, json!({ "milestone": name })));
    plan("feed", "2023");
    reach("feed", "2023-12-31");
    plan("grid", "2024");
    reach("grid", "2025-03-01");
    s.lead.fact("projectFidPlan", &s.on_project("2022-02-01", json!({ "dueOn": "2023-09" })));
    let milestones = "milestones { name expectedDatePassed slip { count exact least most } }";
    let asked = s.lead.get(&format!("{{ project(id: \"{}\", effectiveOn: \"2026-11-26\") {{ {milestones} }} }}", s.project));
    let of = |name: &str| {
        let all = asked["project"]["milestones"].as_array().unwrap();
        let found = all.iter().find(|milestone| milestone["name"] == name).unwrap();
        (found["expectedDatePassed"].clone(), found["slip"].clone())
    };
    assert_eq!(of("feed"), (json!(false), json!({ "count": 0, "exact": false, "least": 0, "most": 364 })));
    assert_eq!(of("grid"), (json!(false), json!({ "count": 60, "exact": false, "least": 60, "most": 425 })));
    assert_eq!(of("fid"), (json!(true), json!({ "count": 1153, "exact": false, "least": 1153, "most": null })));
    let query = "{ fidOutlook(first: 5, effectiveOn: \"2026-11-26\") { nodes { forecast expectedDatePassed } }
        rollUp(by: INITIATIVE, effectiveOn: \"2026-11-26\") { fidSlip { medianDays exact known expectedDatePassed } } }";
    let asked = s.world.auditor().get(query);
    assert_eq!(asked["fidOutlook"]["nodes"], json!([{ "forecast": "2023-09", "expectedDatePassed": true }]));
}

#[test]
fn a_number_is_written_with_digits_and_a_sum_without_idle_zeros() {
    let s = Setting::new();
    for wrong in ["1e3", "1E3", "+5", "1_000", "1,000", ".5", "5.", "", "0x10", "Infinity"] {
        let input = s.on_project("2022-03-01", json!({ "class": "CLASS3", "capex": gbp(wrong) }));
        let reply = s.lead.send("projectCostEstimate", &input);
        assert_eq!(reply.code(), "VALIDATION_FAILED", "{wrong:?}: {}", reply.text);
    }
    let reply =
        s.lead.send("projectCostEstimate", &s.on_project("2022-03-01", json!({ "class": "CLASS3", "capex": gbp("1e3") })));
    assert!(reply.text.contains("write digits"), "{}", reply.text);
    s.lead.fact("projectCostEstimate", &s.on_project("2022-03-01", json!({ "class": "CLASS3", "capex": gbp("87.00") })));
    let shown = s.lead.get(&format!("{{ project(id: \"{}\") {{ costEstimate {{ capex {{ amount }} }} }} }}", s.project));
    assert_eq!(shown["project"]["costEstimate"]["capex"]["amount"], "87");
}

#[test]
fn nothing_known_is_not_converted_to_zero() {
    let s = Setting::new();
    let query = "{ pipeline { money { public { awarded { known totals { byCurrency { amount }
        converted(into: { currency: \"EUR\", on: \"2024-05-02\" }) { amount } } } } } } }";
    let asked = s.world.auditor().get(query);
    let awarded = &asked["pipeline"][0]["money"]["public"]["awarded"];
    assert_eq!(awarded, &json!({ "known": 0, "totals": { "byCurrency": [], "converted": null } }));
}
