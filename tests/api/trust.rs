//! What an adversary tried in a day: each of it, over HTTP, as it was tried.

use access::{Grant, Role};
use serde_json::{Value, json};

use crate::{
    setting::{Setting, and, grant, subject},
    whole::{Whole, gbp},
    world::Client,
};

/// Another authority, and somebody of it.
fn second_authority(s: &Setting) -> (String, Client) {
    let input = json!({ "name": "Eden Council", "kind": "AUTHORITY", "occurredOn": "2020" });
    let authority = s.administrator.found("organisationRegister", &input);
    let officer = s.world.client_as(subject(40), [grant(Role::Regulator, Some(&authority), &[], &[])]);
    (authority, officer)
}

/// What identifies the permit of the setting, as decided on by `authority`, or by nobody.
fn identified(s: &Setting, authority: Option<&str>, corrects: &str) -> Value {
    json!({ "permit": s.permit, "title": "Furnace hall", "instrument": "planning permission",
        "jurisdiction": "GB-ENG", "projects": [s.project], "occurredOn": "2022-02-01", "authority": authority,
        "corrects": { "fact": corrects, "reason": "a mix-up" } })
}

/// The id of the fact that brings the permit on record.
fn founding(s: &Setting) -> String {
    let query = format!("{{ permit(id: \"{}\") {{ record {{ timeline(first: 1) {{ nodes {{ id }} }} }} }} }}", s.permit);
    s.lead.get(&query)["permit"]["record"]["timeline"]["nodes"][0]["id"].as_str().unwrap().to_owned()
}

/// The ids of the acts on the permit that `client` sees.
fn acts_seen(s: &Setting, client: &Client) -> Vec<String> {
    let query = format!("{{ permit(id: \"{}\") {{ record {{ timeline(first: 100) {{ nodes {{ id }} }} }} }} }}", s.permit);
    let answer = client.get(&query);
    let nodes = answer["permit"]["record"]["timeline"]["nodes"].as_array().unwrap().clone();
    nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}

fn user_error(client: &Client, mutation: &str, input: &Value) -> Value {
    client.send(mutation, input).data()[mutation]["userErrors"][0].clone()
}

#[test]
fn an_applicant_keeps_the_authority_that_has_refused_it() {
    let s = Setting::new();
    let (other, officer) = second_authority(&s);
    let fact = founding(&s);
    s.lead.record("permitApplicationSubmit", &s.on_permit("2022-03-01", json!({})));
    s.regulator.record("factConfirm", &json!({ "thing": s.permit, "fact": fact }));
    let refusal = s.regulator.fact("permitRefuse", &s.on_permit("2022-06-01", json!({})));
    for client in [&s.lead, &s.manager] {
        for authority in [Some(other.as_str()), None] {
            let head = s.world.head();
            let error = user_error(client, "permitIdentify", &identified(&s, authority, &fact));
            assert_eq!((&error["code"], &error["field"]), (&json!("RELATION_RELIED_ON"), &json!("authority")), "{error}");
            assert!(error["message"].as_str().unwrap().contains("Solway Council"), "says who may: {error}");
            assert_eq!(s.world.head(), head);
        }
    }
    // The first is not locked out, and the second neither decides nor undoes anything.
    let retract = json!({ "thing": s.permit, "fact": refusal, "reason": "a slip" });
    for client in [&officer, &s.lead, &s.manager, &s.administrator] {
        assert_eq!(client.send("factRetract", &retract).code(), "FORBIDDEN");
    }
    assert_eq!(officer.send("permitGrant", &s.on_permit("2022-07-01", json!({}))).code(), "FORBIDDEN");
    s.regulator.record("factRetract", &retract);
}

#[test]
fn a_stop_for_the_parties_stays_with_the_authority_that_recorded_it() {
    let s = Setting::new();
    let (other, officer) = second_authority(&s);
    let fact = founding(&s);
    s.lead.record("permitApplicationSubmit", &s.on_permit("2022-03-01", json!({})));
    s.regulator.record("permitClockStart", &s.on_permit("2022-03-10", json!({})));
    let stop = json!({ "reason": "surveys", "responsible": "APPLICANT", "visibility": "PARTIES" });
    let stop = s.regulator.fact("permitClockStop", &s.on_permit("2022-04-01", stop));
    assert_eq!(user_error(&s.lead, "permitIdentify", &identified(&s, Some(&other), &fact))["code"], "RELATION_RELIED_ON");
    assert!(acts_seen(&s, &s.regulator).contains(&stop) && !acts_seen(&s, &officer).contains(&stop));
    // The authority itself says that another decides: it goes on seeing what it did, and nobody else undoes it.
    s.regulator.record("permitIdentify", &identified(&s, Some(&other), &fact));
    assert!(acts_seen(&s, &s.regulator).contains(&stop));
    let retract = json!({ "thing": s.permit, "fact": stop, "reason": "a slip" });
    assert_eq!(officer.send("factRetract", &retract).code(), "FORBIDDEN");
    assert_eq!(s.lead.send("factRetract", &retract).code(), "FORBIDDEN");
    s.regulator.record("factRetract", &retract);
}

#[test]
fn a_recipient_keeps_the_funder_that_has_made_its_award() {
    let w = Whole::new();
    let s = &w.s;
    let other =
        s.administrator.found("organisationRegister", &json!({ "name": "Eden Bank", "kind": "FUNDER", "occurredOn": "2020" }));
    let banker = s.world.client_as(subject(41), [grant(Role::Funder, Some(&other), &[], &[])]);
    let opened = json!({ "title": "Loans", "funder": other, "budget": gbp("9000000"), "occurredOn": "2021" });
    let programme = banker.found("programmeOpen", &opened);
    w.financier.record("awardMake", &w.on("award", "2022-03-01", json!({ "amount": gbp("100") })));
    let query = format!("{{ award(id: \"{}\") {{ record {{ timeline(first: 1) {{ nodes {{ id }} }} }} }} }}", w.award);
    let fact = s.lead.get(&query)["award"]["record"]["timeline"]["nodes"][0]["id"].clone();
    let moved = json!({ "award": w.award, "title": "Furnace grant", "programme": programme, "projects": [s.project],
        "side": "PUBLIC", "instrument": "GRANT", "purpose": "CONSTRUCTION", "occurredOn": "2022-02-01",
        "corrects": { "fact": fact, "reason": "a mix-up" } });
    for client in [&s.lead, &s.manager] {
        let error = user_error(client, "awardIdentify", &moved);
        assert_eq!(error["code"], "RELATION_RELIED_ON", "{error}");
        assert!(error["message"].as_str().unwrap().contains("Solway Fund"), "{error}");
    }
    let signed = w.on("award", "2022-04-01", json!({ "obligated": gbp("100") }));
    w.financier.record("awardAgreementSign", &signed);
    w.financier.record("awardDisburse", &w.on("award", "2022-05-01", json!({ "amount": gbp("1") })));
}

#[test]
fn documents_of_a_cluster_are_accepted_by_a_verifier_and_not_by_another_of_its_managers() {
    let s = Setting::new();
    let filed = json!({ "cluster": s.cluster, "criterion": "readiness", "statement": "ready", "occurredOn": "2022-05",
        "evidence": [{ "title": "Readiness report" }] });
    let filed = s.manager.fact("clusterCriterionEvidence", &filed);
    let accept = json!({ "thing": s.cluster, "fact": filed, "occurredOn": "2022-06" });
    let second = s.world.client_as(subject(42), [grant(Role::ClusterManager, None, &[&s.cluster], &[])]);
    for client in [&s.manager, &second, &s.lead, &s.funder, &s.regulator] {
        assert_eq!(client.send("factConfirm", &accept).code(), "FORBIDDEN");
    }
    let verifier = s.world.client_as(subject(43), [Grant::of(Role::Verifier)]);
    verifier.record("factConfirm", &accept);
    let more = and(json!({ "cluster": s.cluster, "occurredOn": "2022-06" }), json!({ "title": "Charter" }));
    assert_eq!(verifier.send("clusterCharterSign", &more).code(), "FORBIDDEN");
}

#[test]
fn an_organisation_is_registered_once_however_its_name_is_written() {
    let s = Setting::new();
    let register =
        |name: &str, more: Value| and(json!({ "name": name, "kind": "COMPANY", "country": "GB", "occurredOn": "2020" }), more);
    let lei = json!({ "lei": "529900T8BM49AURSDO55" });
    s.administrator.found("organisationRegister", &register("Solway Hydrogène", lei.clone()));
    for name in [
        "Solway Hydrogène",
        "SOLWAY  HYDROG\u{c8}NE",
        "Solway Hydroge\u{300}ne",
        "Sol\u{ad}way Hydrogène",
        "S\u{43e}lway Hydrogène",
        "Solway-Hydrogene.",
        "\u{ff33}olway Hydrogène",
    ] {
        for client in [&s.administrator, &s.manager] {
            assert_eq!(client.refusal("organisationRegister", &register(name, json!({}))), "NAME_ALIKE", "{name}");
        }
    }
    assert_eq!(s.administrator.refusal("organisationRegister", &register("Solway Gas", lei.clone())), "LEI_TAKEN");
    let insisted = and(lei, json!({ "overrideReason": "it is another" }));
    assert_eq!(s.administrator.refusal("organisationRegister", &register("Solway Gas", insisted)), "LEI_TAKEN");

    let elsewhere = and(register("Solway Hydrogène", json!({})), json!({ "country": "FR" }));
    s.administrator.found("organisationRegister", &elsewhere);
    let another = register("Solway Hydrogène", json!({ "overrideReason": "a namesake, as its articles say" }));
    let recorded = s.administrator.record("organisationRegister", &another);
    assert_eq!(recorded["warnings"][0]["code"], "NAME_ALIKE");
    let id = recorded["organisation"]["id"].as_str().unwrap();
    let shown = s.funder.get(&format!("{{ organisation(id: \"{id}\") {{ record {{ flags {{ code }} }} }} }}"));
    assert_eq!(shown["organisation"]["record"]["flags"], json!([{ "code": "NAME_ALIKE" }]));
    s.administrator.found("organisationRegister", &register("Solway Hydrogène II", json!({})));
}
