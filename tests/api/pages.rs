//! Pages: turned either way, in whatever order and size, they are the whole list.

use serde_json::{Value, json};

use crate::{setting::Setting, world::Client};

/// Each list, with each of its orders and some filters.
const LISTS: &[(&str, &[&str], &[&str])] = &[
    ("projects", &["TITLE", "STAGE", "STAGE_SINCE", "CAPACITY"], &["", "inCluster: true", "stageUnknown: true, flagged: false"]),
    (
        "permits",
        &["TITLE", "STATE_SINCE", "SUBMITTED_ON", "DECIDED_ON", "ELAPSED", "DEADLINE"],
        &["", "open: true", "text: \"PERMIT\""],
    ),
    ("organisations", &["NAME"], &["", "kind: [COMPANY, PORT]"]),
    ("clusters", &["NAME", "SIGNATORY_SINCE"], &["", "signatory: false"]),
];

/// A setting with some of everything, alike in much of what lists are put in order by.
fn many() -> Setting {
    let s = Setting::new();
    let stages = ["CONCEPT", "FEED", "CONSTRUCTION"];
    for number in 0..7 {
        let title = ["Åland", "beta", "Beta", "ωmega"][number % 4];
        let mut input = json!({ "title": title, "cluster": s.cluster, "lead": s.company, "occurredOn": "2022" });
        if number % 2 == 0 {
            input["capacity"] = json!({ "value": (number % 3).to_string(), "unit": "MW" });
        }
        let project = s.manager.found("projectRegister", &input);
        if number % 3 > 0 {
            let entered =
                json!({ "project": project, "occurredOn": format!("2022-0{}", 1 + number % 2), "stage": stages[number % 3] });
            s.manager.record("projectStageEnter", &entered);
        }
        let permit = json!({ "title": format!("Permit {}", number / 2), "instrument": "x", "authority": s.authority,
            "projects": [s.project], "occurredOn": "2022" });
        let permit = s.lead.found("permitIdentify", &permit);
        if number % 2 == 1 {
            s.lead.record(
                "permitApplicationSubmit",
                &json!({ "permit": permit, "occurredOn": format!("2022-0{}-01", 1 + number % 3) }),
            );
        }
        if number % 4 == 1 {
            s.regulator.record("permitRefuse", &json!({ "permit": permit, "occurredOn": "2023" }));
        }
        let kind = ["COMPANY", "PORT", "FUNDER"][number % 3];
        s.administrator.found(
            "organisationRegister",
            &json!({ "name": title, "kind": kind, "occurredOn": "2020",
            "overrideReason": "another of that name" }),
        );
        let mut cluster = json!({ "name": title, "country": "NL", "occurredOn": "2020" });
        if number % 2 == 0 {
            cluster["signatorySince"] = json!("2023");
        }
        s.administrator.found("clusterRegister", &cluster);
    }
    s
}

/// The page that `arguments` ask for.
fn page(client: &Client, list: &str, arguments: &str) -> Value {
    let query = format!(
        "{{ {list}({arguments}) {{ totalCount pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} edges {{ cursor node {{ id }} }} }} }}"
    );
    let list = list.split('(').next().unwrap();
    client.get(&query)[list].clone()
}

fn ids(page: &Value) -> Vec<String> {
    page["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()).collect()
}

/// All items of a list, page by page of `size`.
fn turned(client: &Client, list: &str, arguments: &str, size: usize, forwards: bool) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let (sized, next, end) =
            if forwards { ("first", "hasNextPage", "endCursor") } else { ("last", "hasPreviousPage", "startCursor") };
        let page = page(client, list, &format!("{arguments} {sized}: {size} {cursor}"));
        let found = ids(&page);
        assert!(found.len() <= size);
        if forwards {
            all.extend(found);
        } else {
            all.splice(0..0, found);
        }
        if page["pageInfo"][next] == false {
            return all;
        }
        let beyond = if forwards { "after" } else { "before" };
        cursor = format!("{beyond}: {}", page["pageInfo"][end]);
    }
}

#[test]
fn the_pages_of_a_list_are_the_list_in_every_order_direction_and_size() {
    let s = many();
    for (list, fields, filters) in LISTS {
        for (field, filter) in fields.iter().flat_map(|field| filters.iter().map(move |filter| (field, filter))) {
            for direction in ["ASC", "DESC"] {
                let arguments = format!("filter: {{ {filter} }}, orderBy: {{ field: {field}, direction: {direction} }}");
                let whole = page(&s.funder, list, &format!("{arguments} first: 100"));
                let expected = ids(&whole);
                assert_eq!((&whole["totalCount"], expected.is_empty()), (&json!(expected.len()), false), "{list} {arguments}");
                for size in [1, 3, expected.len(), 100] {
                    for forwards in [true, false] {
                        let found = turned(&s.funder, list, &arguments, size, forwards);
                        assert_eq!(found, expected, "{list} {arguments} by {size}, forwards: {forwards}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_pages_of_a_timeline_are_the_timeline() {
    let s = Setting::new();
    for month in 1..6 {
        let milestone = json!({ "milestone": format!("m{month}"), "dueOn": "2030" });
        s.lead.record("milestonePlan", &s.on_project(&format!("2023-0{}-01", 6 - month), milestone));
    }
    for order in ["RECORDED_AT", "OCCURRED_ON"] {
        for direction in ["ASC", "DESC"] {
            let arguments = format!("thing: \"{}\", orderBy: {{ field: {order}, direction: {direction} }}", s.project);
            let expected = ids(&page(&s.funder, "timeline", &format!("{arguments} first: 100")));
            assert_eq!(expected.len(), 6);
            for size in [1, 2, 4, 6] {
                assert_eq!(turned(&s.funder, "timeline", &arguments, size, true), expected);
                assert_eq!(turned(&s.funder, "timeline", &arguments, size, false), expected);
            }
        }
    }
}

#[test]
fn what_is_not_known_comes_last_whichever_the_direction() {
    let s = many();
    for direction in ["ASC", "DESC"] {
        let query = format!(
            "{{ projects(first: 100, orderBy: {{ field: CAPACITY, direction: {direction} }}) {{ nodes {{ capacity {{ value }} }} }} }}"
        );
        let shown = s.funder.get(&query);
        let nodes = shown["projects"]["nodes"].as_array().unwrap();
        let known: Vec<i64> = nodes.iter().map_while(|node| node["capacity"]["value"].as_str()?.parse().ok()).collect();
        let mut sorted = known.clone();
        sorted.sort_unstable();
        if direction == "DESC" {
            sorted.reverse();
        }
        assert_eq!((known.len(), &known), (5, &sorted));
    }
}

#[test]
fn a_cursor_is_refused_by_another_list_order_direction_or_viewer() {
    let s = many();
    let arguments = "first: 2, orderBy: { field: TITLE, direction: ASC }";
    let cursor = page(&s.funder, "projects", arguments)["pageInfo"]["endCursor"].clone();
    let ask = |client: &Client, query: String| client.ask(&query).code().to_owned();
    let projects = |field: &str, direction: &str| {
        format!(
            "{{ projects(first: 2, after: {cursor}, orderBy: {{ field: {field}, direction: {direction} }}) {{ totalCount }} }}"
        )
    };
    assert_eq!(ask(&s.funder, projects("TITLE", "ASC")), "");
    assert_eq!(ask(&s.funder, projects("STAGE", "ASC")), "INVALID_INPUT");
    assert_eq!(ask(&s.funder, projects("TITLE", "DESC")), "INVALID_INPUT");
    assert_eq!(ask(&s.lead, projects("TITLE", "ASC")), "INVALID_INPUT");
    for list in ["permits", "organisations", "clusters"] {
        assert_eq!(ask(&s.funder, format!("{{ {list}(first: 2, after: {cursor}) {{ totalCount }} }}")), "INVALID_INPUT");
    }
    let of_permit = page(&s.funder, "timeline", &format!("thing: \"{}\", first: 1", s.permit))["pageInfo"]["endCursor"].clone();
    let other = format!("{{ timeline(thing: \"{}\", first: 1, after: {of_permit}) {{ totalCount }} }}", s.project);
    assert_eq!(ask(&s.funder, other), "INVALID_INPUT");
    for broken in ["", "x", "AQ", &"A".repeat(3_000)] {
        let query = format!("{{ projects(first: 2, after: \"{broken}\") {{ totalCount }} }}");
        assert_eq!(ask(&s.funder, query), "INVALID_INPUT");
    }
}

#[test]
fn a_cursor_holds_its_place_while_things_are_added_before_and_after_it() {
    let s = many();
    let first = page(&s.funder, "projects", "first: 4");
    let rest = turned(&s.funder, "projects", &format!("after: {}", first["pageInfo"]["endCursor"]), 100, true);
    for title in ["AAA", "zzz zzz"] {
        s.manager.found("projectRegister", &json!({ "title": title, "cluster": s.cluster, "occurredOn": "2022" }));
    }
    let now = turned(&s.funder, "projects", &format!("after: {}", first["pageInfo"]["endCursor"]), 100, true);
    assert_eq!(now.iter().filter(|id| !rest.contains(id)).count(), 1, "the one that was added after");
    assert_eq!(now.iter().filter(|id| rest.contains(id)).cloned().collect::<Vec<_>>(), rest);
    assert!(ids(&first).iter().all(|id| !now.contains(id)));
}

#[test]
fn every_filter_takes_what_it_says_and_leaves_the_rest() {
    let s = Setting::new();
    let other = s.administrator.found("clusterRegister", &json!({ "name": "Other", "country": "NL", "occurredOn": "2020" }));
    let lead = s.world.client([crate::setting::grant(access::Role::ProjectLead, Some(&s.authority), &[], &[])]);
    let alone = json!({ "title": "Alone", "lead": s.authority, "country": "NL", "levers": ["CCUS"], "occurredOn": "2022",
        "identifiers": [{ "scheme": "repd", "value": "77" }] });
    let alone = lead.found("projectRegister", &alone);
    s.lead.record("projectStageEnter", &s.on_project("2022-05-01", json!({ "stage": "FEED" })));
    lead.record("projectShelve", &json!({ "project": alone, "reason": "x", "occurredOn": "2022-05-01" }));
    let permit = json!({ "title": "Pipe", "instrument": "x", "jurisdiction": "NL", "projects": [alone], "occurredOn": "2022",
        "reference": "P/9", "identifiers": [{ "scheme": "x", "value": "9" }] });
    let permit = lead.found("permitIdentify", &permit);
    lead.record("permitApplicationSubmit", &json!({ "permit": permit, "occurredOn": "2022-03-10" }));
    lead.record("permitRefuse", &json!({ "permit": permit, "occurredOn": "2022-05-10" }));
    // Each filter takes one of the two.
    let cases: &[(&str, Vec<(String, &str)>)] = &[
        (
            "projects",
            vec![
                (format!("cluster: \"{}\"", s.cluster), &s.project),
                ("inCluster: false".into(), &alone),
                ("inCluster: true".into(), &s.project),
                (format!("lead: \"{}\"", s.company), &s.project),
                ("stage: [FEED, FID]".into(), &s.project),
                ("stageUnknown: true".into(), &alone),
                ("standing: [SHELVED]".into(), &alone),
                ("lever: CCUS".into(), &alone),
                ("country: \"GB\"".into(), &s.project),
                ("text: \"aLONE\"".into(), &alone),
                ("identifier: \"77\"".into(), &alone),
            ],
        ),
        (
            "permits",
            vec![
                (format!("project: \"{alone}\""), &permit),
                (format!("authority: \"{}\"", s.authority), &s.permit),
                ("state: [IDENTIFIED, STOPPED]".into(), &s.permit),
                ("open: false".into(), &permit),
                ("court: [APPLICANT]".into(), &s.permit),
                ("jurisdiction: \"NL\"".into(), &permit),
                ("outcome: [REFUSED]".into(), &permit),
                ("submittedFrom: \"2022-03-10\"".into(), &permit),
                ("submittedUntil: \"2022-03-10\"".into(), &permit),
                ("text: \"p/9\"".into(), &permit),
                ("identifier: \"9\"".into(), &permit),
            ],
        ),
        ("organisations", vec![("kind: [COMPANY]".into(), &s.company), ("text: \"council\"".into(), &s.authority)]),
        (
            "clusters",
            vec![("country: \"NL\"".into(), &other), ("signatory: true".into(), &s.cluster), ("text: \"OTHER\"".into(), &other)],
        ),
    ];
    for (list, filters) in cases {
        assert_eq!(page(&s.funder, list, "first: 9")["totalCount"], 2, "{list}");
        for (filter, expected) in filters {
            assert_eq!(ids(&page(&s.funder, list, &format!("first: 9, filter: {{ {filter} }}"))), [*expected], "{list} {filter}");
        }
    }
    for nothing in ["submittedFrom: \"2022-03-11\"", "submittedUntil: \"2022-03-09\"", "flagged: true"] {
        assert_eq!(page(&s.funder, "permits", &format!("first: 9, filter: {{ {nothing} }}"))["totalCount"], 0, "{nothing}");
    }
    assert_eq!(page(&s.funder, "organisations", "first: 9, filter: { country: \"GB\" }")["totalCount"], 2);
    assert_eq!(page(&s.funder, "projects", "first: 9, filter: { flagged: true }")["totalCount"], 0);
}

#[test]
fn what_is_no_longer_registered_is_found_by_its_flag_and_by_nothing_that_was_registered() {
    let s = Setting::new();
    s.lead.record("milestonePlan", &s.on_project("2022-05-01", json!({ "milestone": "fid", "dueOn": "2024" })));
    s.lead.record("permitApplicationSubmit", &s.on_permit("2022-03-01", json!({})));
    let founding = |thing: &str| {
        s.lead.get(&format!("{{ timeline(thing: \"{thing}\", first: 1) {{ nodes {{ id }} }} }}"))["timeline"]["nodes"][0]["id"]
            .clone()
    };
    for (client, thing) in [(&s.lead, &s.permit), (&s.manager, &s.project)] {
        client.record("factRetract", &json!({ "thing": thing, "fact": founding(thing), "reason": "a slip" }));
    }
    let count =
        |list: &str, filter: &str| page(&s.funder, list, &format!("first: 9, filter: {{ {filter} }}"))["totalCount"].clone();
    assert_eq!((count("projects", "flagged: true"), count("permits", "flagged: true")), (json!(1), json!(1)));
    for filter in [
        "country: \"GB\"",
        "inCluster: false",
        "lever: CCUS",
        "identifier: \"1\"",
        "stage: [FEED]",
        "standing: [SHELVED]",
        "flagged: false",
    ] {
        assert_eq!(count("projects", filter), 0, "{filter}");
    }
    for filter in ["identifier: \"1\"", "jurisdiction: \"NL\"", "text: \"x\"", "state: [CLOSED]"] {
        assert_eq!(count("permits", filter), 0, "{filter}");
    }
}
