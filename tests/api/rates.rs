//! Rates of exchange: added by an administrator, used where a sum is converted, and asked for as they were known.
//! The figures are made up: no bank published them.

use serde_json::{Value, json};

use crate::{
    setting::{Setting, and},
    world::Client,
};

/// Made-up rates of a day.
fn of_day(on: &str, rates: &[(&str, &str)]) -> Value {
    let rate = |(currency, per_euro): &(&str, &str)| json!({ "currency": currency, "perEuro": per_euro });
    let rates: Vec<_> = rates.iter().map(rate).collect();
    json!({ "rates": rates, "occurredOn": on })
}

/// What the capital expenditure of the pipeline, 1,250,000.5 pounds, is in dollars at the rates of `on`.
fn converted(client: &Client, on: &str, arguments: &str) -> Value {
    let query = format!(
        "{{ pipeline{arguments} {{ capex {{ totals {{ converted(into: {{ currency: \"USD\", on: \"{on}\" }}) {{
            amount on source rates {{ currency perEuro publishedOn fact }} }} }} }} }} }}"
    );
    client.get(&query)["pipeline"][0]["capex"]["totals"]["converted"].clone()
}

fn refused(client: &Client, on: &str, arguments: &str) -> String {
    let query = format!(
        "{{ pipeline{arguments} {{ capex {{ totals {{ converted(into: {{ currency: \"USD\", on: \"{on}\" }}) {{ amount }} }} }} }} }}"
    );
    let reply = client.ask(&query);
    assert_eq!(reply.code(), "INVALID_INPUT", "{}", reply.text);
    reply.body["errors"][0]["message"].as_str().unwrap().to_owned()
}

/// The instant at which the last act on the register was recorded.
fn last_recorded(s: &Setting, register: &str) -> String {
    let query = format!("{{ timeline(thing: \"{register}\", last: 1) {{ nodes {{ recordedAt }} }} }}");
    let last = s.funder.get(&query)["timeline"]["nodes"][0]["recordedAt"].clone();
    format!("(asKnownAt: {{ at: {last} }})")
}

#[test]
fn what_an_administrator_adds_is_used_and_what_was_answered_before_is_answered_again() {
    let s = Setting::new();
    let auditor = s.world.auditor();
    let told = refused(&auditor, "2026-11-20", "");
    assert!(told.contains("end on 2026-10-30") && told.contains("exchangeRatesPublish"), "{told}");
    let before = converted(&auditor, "2026-11-04", "");
    assert_eq!(before["rates"][0]["publishedOn"], "2026-10-30");
    assert_eq!(before["rates"][0]["fact"], Value::Null);

    let rates = of_day("2026-11-03", &[("USD", "2"), ("GBP", "0.5")]);
    let first = s.administrator.record("exchangeRatesPublish", &rates);
    let register = first["register"]["id"].as_str().unwrap().to_owned();
    let after_first = last_recorded(&s, &register);
    let dollars = converted(&auditor, "2026-11-04", "");
    assert_eq!(dollars["amount"], "5000002");
    assert_eq!(dollars["source"], "European Central Bank, euro foreign exchange reference rates");
    let used = json!({ "currency": "GBP", "perEuro": "0.5", "publishedOn": "2026-11-03", "fact": first["facts"][0] });
    assert_eq!(dollars["rates"][0], used);

    // Later rates, and a correction, leave what was known before as it was.
    s.administrator.record("exchangeRatesPublish", &of_day("2026-11-04", &[("USD", "4"), ("GBP", "0.5")]));
    let corrected = json!({ "register": register, "corrects": { "fact": first["facts"][0], "reason": "typed wrong" } });
    let right = of_day("2026-11-03", &[("USD", "2.5"), ("GBP", "0.5")]);
    s.administrator.record("exchangeRatesPublish", &and(right, corrected));
    assert_eq!(converted(&auditor, "2026-11-04", "")["amount"], "10000004");
    assert_eq!(converted(&auditor, "2026-11-03", "")["amount"], "6250002.5");
    assert_eq!(converted(&auditor, "2026-11-04", &after_first), dollars);
    let instant = format!("(asKnownAt: {{ at: {} }})", json!("2026-01-01T00:00:00Z"));
    assert!(auditor.get(&format!("{{ exchangeRates{instant} {{ lastOn }} }}"))["exchangeRates"]["lastOn"] == "2026-10-30");
    let now = auditor.get("{ exchangeRates { firstOn lastOn register ofDay(on: \"2026-11-04\") { currency perEuro } } }");
    let expected = json!({ "firstOn": "2015-01-02", "lastOn": "2026-11-04", "register": register,
        "ofDay": [{ "currency": "GBP", "perEuro": "0.5" }, { "currency": "USD", "perEuro": "4" }] });
    assert_eq!(now["exchangeRates"], expected);
}

#[test]
fn rates_are_added_once_and_taken_back_by_administrators_alone() {
    let s = Setting::new();
    let rates = of_day("2026-11-03", &[("USD", "2"), ("GBP", "0.5")]);
    for client in [&s.manager, &s.lead, &s.regulator, &s.funder, &s.world.auditor()] {
        assert_eq!(client.send("exchangeRatesPublish", &rates).code(), "FORBIDDEN");
    }
    let first = s.administrator.record("exchangeRatesPublish", &rates);
    let head = s.world.head();
    for known in [&rates, &of_day("2026-11-03", &[("USD", "2.00")]), &of_day("2026-10-30", &[("USD", "1.1172")])] {
        let again = s.administrator.send("exchangeRatesPublish", known);
        let payload = &again.data()["exchangeRatesPublish"];
        assert_eq!((&payload["facts"], &payload["userErrors"]), (&json!([]), &json!([])), "{known}");
    }
    assert_eq!(s.world.head(), head);
    let retraction = json!({ "thing": first["register"]["id"], "fact": first["facts"][0], "reason": "another day's" });
    assert_eq!(s.manager.send("factRetract", &retraction).code(), "FORBIDDEN");
    s.administrator.record("factRetract", &retraction);
    assert!(refused(&s.world.auditor(), "2026-11-20", "").contains("end on 2026-10-30"));
    s.administrator.record("exchangeRatesPublish", &of_day("2026-11-03", &[("USD", "3"), ("GBP", "0.5")]));
}

#[test]
fn what_can_not_be_a_rate_is_refused_by_name() {
    let s = Setting::new();
    s.administrator.record("exchangeRatesPublish", &of_day("2026-11-03", &[("USD", "2")]));
    let head = s.world.head();
    let unfit = [
        (of_day("2026-11", &[("USD", "2")]), "RATES_UNFIT", "is not a day"),
        (of_day("2199-01-04", &[("USD", "2")]), "RATES_UNFIT", "lies ahead of today"),
        (of_day("1998-12-31", &[("USD", "2")]), "RATES_UNFIT", "before 4 January 1999"),
        (of_day("2026-11-04", &[]), "RATES_UNFIT", "no rate is given"),
        (of_day("2026-11-04", &[("USD", "2"), ("USD", "2")]), "RATES_UNFIT", "USD has two rates"),
        (of_day("2026-11-04", &[("USD", "2"); 101]), "RATES_UNFIT", "101 rates"),
        (of_day("2026-11-03", &[("USD", "3")]), "RATE_CONTRADICTED", "retract it"),
        (of_day("2026-10-30", &[("USD", "3")]), "RATE_CONTRADICTED", "comes with the program"),
    ];
    for (input, code, says) in unfit {
        let reply = s.administrator.send("exchangeRatesPublish", &input);
        let error = &reply.data()["exchangeRatesPublish"]["userErrors"][0];
        assert_eq!(error["code"], code, "{}", reply.text);
        assert!(error["message"].as_str().unwrap().contains(says), "{says}: {error}");
    }
    for (currency, per_euro, says) in [
        ("USD", "0", "lies above zero"),
        ("USD", "-2", "lies above zero"),
        ("USD", "0.00001", "can't be right"),
        ("USD", "1000000000", "can't be right"),
        ("EUR", "1", "leave EUR out"),
        ("QQQ", "2", "not a currency"),
        ("USD", "2e0", "write digits"),
    ] {
        let reply = s.administrator.send("exchangeRatesPublish", &of_day("2026-11-04", &[(currency, per_euro)]));
        assert!(!reply.code().is_empty() && reply.text.contains(says), "{currency} {per_euro}: {}", reply.text);
    }
    let hidden = and(of_day("2026-11-04", &[("USD", "2")]), json!({ "visibility": "PARTIES" }));
    assert_eq!(s.administrator.refusal("exchangeRatesPublish", &hidden), "NOT_A_PARTY");
    assert_eq!(s.world.head(), head);
}
