use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;

/// What of the record's money everybody may read: what a programme has to give, and what clusters and the initiative state
/// about themselves.
const PUBLIC: &[(&str, &[&str])] = &[
    ("InitiativeFigureStated", &["gdp"]),
    ("ClusterBaselineStated", &["gdp"]),
    ("ProgrammeOpened", &["budget"]),
    ("ProgrammeBudgetAmended", &["budget"]),
];

/// Whether money is in what `part` of a schema describes, in itself or by way of `definitions`.
fn is_money(part: &Value, definitions: &Value, followed: &mut BTreeSet<String>) -> bool {
    match part {
        Value::Object(members) => members.iter().any(|(name, member)| match (name.as_str(), member) {
            ("$ref", Value::String(target)) => {
                let name = target.rsplit('/').next().unwrap_or_default();
                name == "Money"
                    || (followed.insert(name.to_owned())
                        && definitions.get(name).is_some_and(|part| is_money(part, definitions, followed)))
            }
            (_, member) => is_money(member, definitions, followed),
        }),
        Value::Array(parts) => parts.iter().any(|part| is_money(part, definitions, followed)),
        _ => false,
    }
}

/// The members of each type of event that hold money, by its published schema.
fn money_by_type() -> BTreeMap<&'static str, BTreeSet<String>> {
    let members = |schema: &Value| {
        let properties = schema["properties"].as_object().cloned().unwrap_or_default();
        let money = properties.into_iter().filter(|(_, part)| is_money(part, &schema["$defs"], &mut BTreeSet::new()));
        money.map(|(name, _)| name).collect::<BTreeSet<_>>()
    };
    let types = schema::event_types().map(|(_, event_type)| (event_type.name, members((event_type.schema)().as_value())));
    types.filter(|(_, members)| !members.is_empty()).collect()
}

#[test]
fn all_money_of_the_record_is_either_for_some_eyes_or_public_on_purpose() {
    let gated = MONEY_MEMBERS.iter().map(|(name, members, _)| (*name, *members));
    let listed = gated.chain(PUBLIC.iter().copied()).map(|(name, members)| {
        let members: BTreeSet<String> = members.iter().map(|member| (*member).to_owned()).collect();
        (name, members)
    });
    let listed: Vec<_> = listed.collect();
    let by_type: BTreeMap<_, _> = listed.iter().cloned().collect();
    assert_eq!(by_type.len(), listed.len(), "no type of event is listed twice");
    assert_eq!(money_by_type(), by_type);
}

#[test]
fn money_is_found_where_it_is_nested() {
    let money = money_by_type();
    assert!(money["ClusterBaselineStated"].contains("gdp"), "behind the year that is stated with it");
    assert!(money["FidTaken"].contains("equity"), "where it may be left out");
    assert!(!money.contains_key("MemorandumSigned"));
}

#[test]
fn money_is_withheld_from_whom_it_is_not_for() {
    let actor = |role| {
        let (subject, token) = (schema::SubjectId(uuid::Uuid::nil()), crate::TokenId("t".into()));
        let credential = schema::CredentialId::of_token(subject, "t");
        let grants = vec![crate::Grant::of(role)];
        let carried = crate::Carried { grants, scopes: crate::Scopes::ALL, credential, issued_at: 0 };
        Actor::bearing(subject, token, carried, 0)
    };
    let withheld = |role, event_type, party| !withheld_members(&actor(role), event_type, party).is_empty();
    for role in Role::ALL {
        // What a company says of its money is for its parties, for funders and for auditors.
        let reads_companies = matches!(role, Role::Funder | Role::Auditor);
        assert_eq!(withheld(role, "CostEstimated", false), !reads_companies, "{role}");
        assert!(!withheld(role, "BindingAgreementSigned", true), "{role}");
        // What is given is for everybody but those who only decide on permits or accept documents, whether a party or not.
        for party in [false, true] {
            let needs_none = matches!(role, Role::Regulator | Role::Verifier);
            assert_eq!(withheld(role, "AwardMade", party), needs_none, "{role}");
            assert!(!withheld(role, "ProgrammeOpened", party), "{role}");
        }
    }
}
