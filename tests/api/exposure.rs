//! Laws with a day to come: recorded when they are enacted, and asked about on any day.

use serde_json::{Value, json};

use crate::whole::Whole;

/// A law in the manner of one that ends a credit for whatever is begun from 2028 on: made up, with three projects.
struct Credit {
    w: Whole,
    enacted: String,
}

impl Credit {
    fn new() -> Self {
        let w = Whole::new();
        let law = |mutation: &str, on: &str, more: Value| {
            let fact = w.s.administrator.record(mutation, &w.on("policyMeasure", on, more));
            fact["facts"][0].as_str().unwrap().to_owned()
        };
        law("policyMeasureAdopt", "2022-08-16", json!({}));
        law("policyMeasureEnterIntoForce", "2023-01-01", json!({}));
        let ends = json!({ "effect": "ENDS", "on": "2028-01-01", "sparesConstructionBegunBefore": "2028-01-01",
            "what": "the credit is no longer given for what is begun from 2028 on" });
        let enacted = law("policyMeasureEffectSet", "2025-07-04", ends);
        let credit = Self { w, enacted };
        credit.relies("A begun", &["2024-05"]);
        credit.relies("B not begun", &[]);
        credit.relies("C begins about then", &["2027"]);
        credit
    }

    /// A project that relies on the law, and has begun to build on these days.
    fn relies(&self, title: &str, begun: &[&str]) {
        let manager = &self.w.s.manager;
        let project =
            manager.found("projectRegister", &json!({ "title": title, "cluster": self.w.s.cluster, "occurredOn": "2022" }));
        let measures = json!({ "project": project, "measures": [self.w.measure], "occurredOn": "2023-03-01" });
        manager.record("projectRelianceDeclare", &measures);
        for on in begun.iter().filter(|on| on.starts_with("2024")) {
            manager.record("projectStageEnter", &json!({ "project": project, "stage": "CONSTRUCTION", "occurredOn": on }));
        }
    }

    /// How each project stands on `on`, as of `as_of`.
    fn stands(&self, on: &str, as_of: &str) -> Vec<(String, String)> {
        let query = format!(
            "{{ policyMeasure(id: \"{}\", effectiveOn: \"{as_of}\") {{ exposure(on: \"{on}\", first: 10) {{ totalCount nodes {{
                project {{ title }} on stands fact dependsOn }} }} }} }}",
            self.w.measure
        );
        let found = self.w.s.funder.get(&query)["policyMeasure"]["exposure"]["nodes"].clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let nodes = found.as_array().unwrap().iter();
        nodes.map(|node| (text(&node["project"]["title"]), text(&node["stands"]))).collect()
    }
}

#[test]
fn a_law_that_ends_on_a_day_to_come_is_asked_for_any_day_and_for_those_it_spares() {
    let credit = Credit::new();
    let all = |stands: [&str; 3]| {
        let titles = ["A begun", "B not begun", "C begins about then"];
        titles.iter().zip(stands).map(|(title, stands)| ((*title).to_owned(), stands.to_owned())).collect::<Vec<_>>()
    };
    let today = "2026-11-26";
    assert_eq!(credit.stands(today, today), all(["APPLIES"; 3]));
    assert_eq!(credit.stands("2027-12-31", today), all(["APPLIES"; 3]));
    assert_eq!(credit.stands("2028-01-01", today), all(["SPARED", "UNDECIDED", "UNDECIDED"]));
    assert_eq!(credit.stands("2028-01-01", "2028-01-01"), all(["SPARED", "ENDED", "ENDED"]));
    assert_eq!(credit.stands("2022-12-31", today), all(["NOT_YET"; 3]));
    // Before it was enacted nobody could know.
    assert_eq!(credit.stands("2030-01-01", "2025-07-03"), all(["APPLIES"; 3]));

    let query = format!(
        "{{ policyMeasure(id: \"{}\") {{ state effects {{ fact effect on enactedOn sparesConstructionBegunBefore what }}
            spared: exposure(on: \"2028-06-01\", stands: [SPARED], first: 1) {{ totalCount nodes {{ fact dependsOn }} }}
            open: exposure(on: \"2028-06-01\", stands: [UNDECIDED], first: 1) {{ totalCount nodes {{ fact dependsOn }} }} }} }}",
        credit.w.measure
    );
    let asked = credit.w.s.funder.get(&query)["policyMeasure"].clone();
    let effect = json!({ "fact": credit.enacted, "effect": "ENDS", "on": "2028-01-01", "enactedOn": "2025-07-04",
        "sparesConstructionBegunBefore": "2028-01-01", "what": "the credit is no longer given for what is begun from 2028 on" });
    assert_eq!((&asked["state"], &asked["effects"]), (&json!("IN_FORCE"), &json!([effect])));
    let spared = json!({ "totalCount": 1, "nodes": [{ "fact": credit.enacted, "dependsOn": null }] });
    let open = json!({ "totalCount": 2, "nodes": [{ "fact": credit.enacted, "dependsOn": "2028-01-01" }] });
    assert_eq!((&asked["spared"], &asked["open"]), (&spared, &open));
}

#[test]
fn what_began_in_a_year_in_which_the_day_lies_is_neither_spared_nor_struck() {
    let credit = Credit::new();
    let manager = &credit.w.s.manager;
    let law = |mutation: &str, on: &str, more: Value| {
        credit.w.s.administrator.record(mutation, &credit.w.on("policyMeasure", on, more));
    };
    // It changes from mid-2024 on, but for what was begun before; one project began in May 2024, one some time that year.
    let changes = json!({ "effect": "CHANGES", "on": "2024-06-15", "sparesConstructionBegunBefore": "2024-06-15" });
    law("policyMeasureEffectSet", "2024-01-10", changes);
    let project =
        manager.found("projectRegister", &json!({ "title": "D that year", "cluster": credit.w.s.cluster, "occurredOn": "2022" }));
    let measures = json!({ "project": project, "measures": [credit.w.measure], "occurredOn": "2023-03-01" });
    manager.record("projectRelianceDeclare", &measures);
    manager.record("projectStageEnter", &json!({ "project": project, "stage": "CONSTRUCTION", "occurredOn": "2024" }));
    let stands: Vec<_> = credit.stands("2024-07-01", "2026-11-26").into_iter().map(|(_, stands)| stands).collect();
    assert_eq!(stands, ["SPARED", "CHANGED", "CHANGED", "UNDECIDED"]);
    law("policyMeasureRepeal", "2026-01-01", json!({}));
    let stands: Vec<_> = credit.stands("2026-07-01", "2026-11-26").into_iter().map(|(_, stands)| stands).collect();
    assert_eq!(stands, ["ENDED"; 4]);
}
