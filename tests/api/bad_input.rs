//! What can't be taken: a clear error with a code, and nothing recorded.

use serde_json::{Value, json};

use crate::{
    setting::{Setting, and, command},
    world::document,
};

/// Whatever is asked leaves the log as it was.
struct Untouched<'a>(&'a Setting, Option<schema::Position>);

impl<'a> Untouched<'a> {
    fn new(s: &'a Setting) -> Self {
        Self(s, s.world.head())
    }
}

impl Drop for Untouched<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.0.world.head(), self.1, "something was recorded");
        }
    }
}

#[track_caller]
fn refused(s: &Setting, mutation: &str, input: &Value, code: &str) {
    let reply = s.lead.send(mutation, input);
    assert_eq!(reply.code(), code, "{mutation} {input}: {}", reply.text);
    assert!(reply.body["data"].is_null(), "{}", reply.text);
    let message = reply.body["errors"][0]["message"].as_str().unwrap();
    assert!(!message.is_empty() && message.len() < 1_000, "{message}");
}

#[test]
fn what_is_not_a_request_is_refused() {
    let s = Setting::new();
    let _untouched = Untouched::new(&s);
    for (body, code) in [
        ("", "BAD_REQUEST"),
        ("{", "BAD_REQUEST"),
        ("{\"query\": \"{ viewer { subject } }\"", "BAD_REQUEST"),
        ("[]", "BAD_REQUEST"),
        ("{}", "BAD_REQUEST"),
        ("{\"query\": 1}", "BAD_REQUEST"),
        ("{\"query\": \"{ viewer { subject } }\", \"variables\": []}", "BAD_REQUEST"),
        ("{\"query\": \"{\"}", "PARSE_FAILED"),
        ("{\"query\": \"{ nothing }\"}", "VALIDATION_FAILED"),
        ("{\"query\": \"{ viewer(id: 1) { subject } }\"}", "VALIDATION_FAILED"),
        ("{\"query\": \"mutation { permitGrant(input: { permit: \\\"x\\\", nothing: 1 }) { position } }\"}", "VALIDATION_FAILED"),
    ] {
        let reply = s.lead.post(body, None);
        assert_eq!((reply.code(), reply.status), (code, 400), "{body}: {}", reply.text);
    }
    let long =
        json!({ "query": document("projectShelve"), "variables": { "input": { "reason": "x".repeat(1 << 20) } } }).to_string();
    let reply = s.lead.post(&long, None);
    assert_eq!((reply.code(), reply.status), ("PAYLOAD_TOO_LARGE", 413), "{}", reply.text);
}

#[test]
fn values_of_the_wrong_type_or_form_are_refused() {
    let s = Setting::new();
    let _untouched = Untouched::new(&s);
    let project =
        |more: Value| and(json!({ "title": "x", "cluster": s.cluster, "lead": s.company, "occurredOn": "2022-01-01" }), more);
    let money = |amount: Value, currency: &str| json!({ "capex": { "amount": amount, "currency": currency } });
    for more in [
        json!({ "nothing": 1 }),
        json!({ "title": 1 }),
        json!({ "title": null }),
        json!({ "title": "" }),
        json!({ "title": "x".repeat(301) }),
        json!({ "title": "x".repeat(60_000) }),
        json!({ "title": "bell\u{7}" }),
        json!({ "title": "two\nlines" }),
        json!({ "title": "\u{202e}turned" }),
        json!({ "jobs": 3_000_000_000_u64 }),
        json!({ "jobs": 1.5 }),
        json!({ "jobs": "1" }),
        json!({ "levers": ["STEAM"] }),
        json!({ "levers": [1] }),
        json!({ "country": "XX" }),
        json!({ "country": "gb" }),
        json!({ "country": "England" }),
        money(json!("1"), "XXY"),
        money(json!("1"), "gbp"),
        money(json!(1.5), "GBP"),
        money(json!("1,5"), "GBP"),
        money(json!("9".repeat(40)), "GBP"),
        json!({ "occurredOn": "2023-02-29" }),
        json!({ "occurredOn": "2023-13" }),
        json!({ "occurredOn": "2023-Q5" }),
        json!({ "occurredOn": "01/02/2023" }),
        json!({ "occurredOn": "2023-1-1" }),
        json!({ "occurredOn": 2023 }),
        json!({ "commandId": "1" }),
        json!({ "visibility": "NOBODY" }),
        json!({ "evidence": [{ "title": "letter", "issuedOn": "2022-02-30" }] }),
    ] {
        refused(&s, "projectRegister", &project(more), "VALIDATION_FAILED");
    }
    for more in [
        json!({ "jobs": -1 }),
        money(json!("1.234"), "GBP"),
        money(json!("1.5"), "JPY"),
        money(json!("-1"), "GBP"),
        json!({ "abatementTPerYear": "-0.1" }),
        json!({ "capacity": { "value": "-3", "unit": "MW" } }),
        json!({ "evidence": [{ "title": "letter", "location": "javascript:alert(1)" }] }),
        json!({ "evidence": [{ "title": "letter", "location": "https://user:secret@planning.example/letter.pdf" }] }),
        json!({ "evidence": [{ "title": "letter", "location": "//planning.example/letter.pdf" }] }),
        json!({ "evidence": [{ "title": "letter", "location": "https://planning.example/a/../letter.pdf" }] }),
        json!({ "evidence": [{ "title": "letter", "location": "../letter.pdf" }] }),
        json!({ "evidence": [{ "title": "letter", "sha256": "ab" }] }),
        json!({ "evidence": [{ "title": "letter", "mediaType": "pdf" }] }),
        json!({ "evidence": [{ "title": "letter", "bytes": -1 }] }),
        json!({ "evidence": [{ "title": "letter", "sha256": "AB".repeat(32) }] }),
        json!({ "evidence": [{ "title": "letter", "sha256": "zz".repeat(32) }] }),
        json!({ "cluster": s.company }),
        json!({ "cluster": "cluster-1" }),
        json!({ "lead": "" }),
        json!({ "lead": "x".repeat(50_000) }),
        json!({ "project": s.permit }),
    ] {
        refused(&s, "projectRegister", &project(more), "INVALID_INPUT");
    }
    refused(
        &s,
        "organisationRegister",
        &json!({ "name": "x", "kind": "PORT", "occurredOn": "2020", "lei": "529900T8BM49AURSDO56" }),
        "VALIDATION_FAILED",
    );
    for count in [0, -1, 65_536] {
        let input = s.on_permit("2022-06-01", json!({ "by": { "count": count, "unit": "DAY" }, "reason": "x" }));
        refused(&s, "permitDeadlineExtend", &input, "VALIDATION_FAILED");
        let input = s.on_permit("2022-06-01", json!({ "by": { "count": count, "unit": "WEEK" }, "reason": "x" }));
        refused(&s, "permitDeadlineExtend", &input, "INVALID_INPUT");
    }
    for permit in ["", "permit", &s.permit.to_uppercase(), &s.permit[..20], &s.project] {
        refused(&s, "permitGrant", &json!({ "permit": permit, "occurredOn": "2022" }), "INVALID_INPUT");
    }
}

#[test]
fn what_names_things_facts_or_revisions_that_are_not_there_is_refused() {
    let s = Setting::new();
    let _untouched = Untouched::new(&s);
    let nobody = "00000000-0000-4000-8000-00000000dddd";
    refused(&s, "permitGrant", &json!({ "permit": format!("permit-{nobody}"), "occurredOn": "2022" }), "NOT_FOUND");
    refused(&s, "factRetract", &json!({ "thing": format!("permit-{nobody}"), "fact": nobody, "reason": "x" }), "NOT_FOUND");
    let unknown = s.manager.refusal(
        "clusterMemberJoin",
        &json!({ "cluster": s.cluster, "organisation": format!("organisation-{nobody}"),
        "occurredOn": "2022" }),
    );
    assert_eq!(unknown, "REFERENCE_UNKNOWN");
    let about = json!({ "thing": s.permit, "fact": nobody });
    assert_eq!(s.lead.refusal("factRetract", &and(about.clone(), json!({ "reason": "x" }))), "FACT_UNKNOWN");
    assert_eq!(s.lead.refusal("factConfirm", &about), "FACT_UNKNOWN");
    let corrects = json!({ "corrects": { "fact": nobody, "reason": "x" } });
    assert_eq!(s.lead.refusal("permitApplicationSubmit", &s.on_permit("2022", corrects.clone())), "FACT_UNKNOWN");
    refused(
        &s,
        "projectRegister",
        &and(json!({ "title": "x", "cluster": s.cluster, "occurredOn": "2022" }), corrects),
        "INVALID_INPUT",
    );
    let future = (chrono::Utc::now().date_naive() + chrono::Days::new(400)).to_string();
    assert_eq!(s.lead.refusal("permitApplicationSubmit", &s.on_permit(&future, json!({}))), "DATE_IN_FUTURE");
}

#[test]
fn a_correction_has_to_be_of_the_type_that_it_corrects_and_evidence_has_to_name_a_document() {
    let s = Setting::new();
    let fact = s.lead.fact("permitPreApplicationOpen", &s.on_permit("2022-02-10", json!({})));
    let _untouched = Untouched::new(&s);
    let corrects = json!({ "corrects": { "fact": fact, "reason": "x" } });
    assert_eq!(s.lead.refusal("permitApplicationSubmit", &s.on_permit("2022-02-11", corrects)), "FACT_OF_OTHER_TYPE");
    let none = json!({ "thing": s.permit, "fact": fact, "evidence": [] });
    assert_eq!(s.lead.refusal("factEvidenceAttach", &none), "EVIDENCE_MISSING");
}

#[test]
fn a_retracted_fact_can_neither_be_corrected_nor_confirmed() {
    let s = Setting::new();
    let fact = s.lead.fact("permitPreApplicationOpen", &s.on_permit("2022-02-10", json!({})));
    s.lead.record("factRetract", &json!({ "thing": s.permit, "fact": fact, "reason": "x" }));
    let _untouched = Untouched::new(&s);
    let corrects = json!({ "corrects": { "fact": fact, "reason": "x" } });
    assert_eq!(s.lead.refusal("permitPreApplicationOpen", &s.on_permit("2022-02-11", corrects)), "FACT_ALREADY_RETRACTED");
    assert_eq!(s.regulator.refusal("factConfirm", &json!({ "thing": s.permit, "fact": fact })), "FACT_ALREADY_RETRACTED");
}

#[test]
fn a_command_id_is_good_for_one_command_of_one_subject() {
    let s = Setting::new();
    let with_id = |on: &str| s.on_permit(on, json!({ "commandId": command(900) }));
    s.lead.record("permitApplicationSubmit", &with_id("2022-03-01"));
    let _untouched = Untouched::new(&s);
    assert_eq!(s.lead.refusal("permitApplicationSubmit", &with_id("2022-03-02")), "COMMAND_ID_REUSED");
    assert_eq!(s.lead.refusal("permitPreApplicationOpen", &with_id("2022-03-01")), "COMMAND_ID_REUSED");
}

#[test]
fn a_command_id_that_somebody_else_has_used_is_an_id_like_any_other() {
    let s = Setting::new();
    let with_id = |on: &str| s.on_permit(on, json!({ "commandId": command(900) }));
    s.lead.record("permitApplicationSubmit", &with_id("2022-03-01"));
    s.manager.record("permitPreApplicationOpen", &with_id("2022-02-20"));
    let founding = json!({ "title": "Furnace hall", "instrument": "planning permission", "projects": [s.project],
        "occurredOn": "2022-02-01", "commandId": command(5) });
    s.manager.record("permitIdentify", &founding);
}

#[test]
fn a_revision_that_is_old_or_of_another_thing_is_refused() {
    let s = Setting::new();
    let revision = |thing: &str| {
        let of = thing.split('-').next().unwrap();
        s.lead.get(&format!("{{ {of}(id: \"{thing}\") {{ record {{ revision }} }} }}"))[of]["record"]["revision"].clone()
    };
    let (old, other) = (revision(&s.permit), revision(&s.project));
    s.lead.record("permitPreApplicationOpen", &s.on_permit("2022-02-10", json!({})));
    let _untouched = Untouched::new(&s);
    let submit = |revision: &Value| s.on_permit("2022-03-01", json!({ "expectedRevision": revision }));
    let reply = s.lead.send("permitApplicationSubmit", &submit(&old));
    assert_eq!((reply.code(), &reply.body["data"]), ("REVISION_CONFLICT", &Value::Null), "{}", reply.text);
    refused(&s, "permitApplicationSubmit", &submit(&other), "INVALID_INPUT");
    refused(&s, "permitApplicationSubmit", &submit(&json!("nonsense")), "INVALID_INPUT");
    let theirs = s.manager.send("permitApplicationSubmit", &submit(&revision(&s.permit)));
    assert_eq!(theirs.code(), "INVALID_INPUT", "a revision is of use to whom it was given only");
}

#[test]
fn a_page_has_one_size_between_one_and_a_hundred() {
    let s = Setting::new();
    for arguments in ["", "(first: 0)", "(first: 101)", "(first: -1)", "(first: 1, last: 1)", "(last: 0)", "(last: 101)"] {
        for list in ["projects", "permits", "organisations", "clusters"] {
            let reply = s.lead.ask(&format!("{{ {list}{arguments} {{ totalCount }} }}"));
            assert_eq!(reply.code(), "PAGE_SIZE_INVALID", "{list}{arguments}: {}", reply.text);
        }
    }
    for (query, code) in [
        (format!("{{ node(id: \"{}\") {{ id }} }}", "thing-1"), "INVALID_INPUT"),
        (format!("{{ project(id: \"{}\") {{ id }} }}", s.permit), "INVALID_INPUT"),
        ("{ projects(first: 1, filter: { cluster: \"x\" }) { totalCount } }".to_owned(), "INVALID_INPUT"),
        ("{ projects(first: 1, asKnownAt: { at: \"yesterday\" }) { totalCount } }".to_owned(), "VALIDATION_FAILED"),
        ("{ projects(first: 1, effectiveOn: \"2023-02-29\") { totalCount } }".to_owned(), "VALIDATION_FAILED"),
        ("{ timeline(thing: \"permit-00000000-0000-4000-8000-00000000dddd\", first: 1) { totalCount } }".to_owned(), "NOT_FOUND"),
    ] {
        assert_eq!(s.lead.ask(&query).code(), code, "{query}");
    }
}
