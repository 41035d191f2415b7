//! Every command by every role, within its part of the record and without: what the table says, and nothing else.

use milepost::access::{
    Grant, Role,
    table::{AMENDMENTS, Amendment, COMMANDS, Reach, Rule, Weight},
};
use serde_json::{Value, json};

use crate::{
    setting::{Setting, and, grant},
    world::thing_field,
};

/// What is a command's own, beside its thing and its date.
fn own(s: &Setting, mutation: &str) -> Value {
    let reason = || json!({ "reason": "because" });
    let milestone = || json!({ "milestone": "fid" });
    let challenge = || json!({ "kind": "APPEAL" });
    let condition = || json!({ "condition": "1" });
    match mutation {
        "organisationRegister" => json!({ "name": "A port", "kind": "PORT" }),
        "clusterRegister" => json!({ "name": "Another", "country": "NL" }),
        "clusterMemberJoin" | "clusterMemberLeave" => json!({ "organisation": s.company }),
        "projectRegister" => json!({ "title": "Heat network", "cluster": s.cluster, "lead": s.company }),
        "projectStageEnter" => json!({ "stage": "FEED" }),
        "milestonePlan" => and(milestone(), json!({ "dueOn": "2023" })),
        "milestoneReschedule" => {
            and(milestone(), json!({ "from": "2023", "to": "2024", "reason": "prices", "responsible": "LEAD" }))
        }
        "milestoneAchieve" => milestone(),
        "milestoneDrop" => and(milestone(), reason()),
        "projectSuspend" | "projectShelve" | "projectCancel" => reason(),
        "permitIdentify" => {
            json!({ "title": "Stack", "instrument": "permit", "projects": [s.project], "authority": s.authority })
        }
        "permitApplicationReturn" => json!({ "missing": ["map"] }),
        "permitInformationRequest" => json!({ "what": "survey" }),
        "permitClockStop" => and(reason(), json!({ "responsible": "APPLICANT" })),
        "permitDeadlineExtend" => and(reason(), json!({ "by": { "count": 1, "unit": "WEEK" } })),
        "permitRecommend" => json!({ "recommendation": "GRANT" }),
        "permitPartlyGrant" => json!({ "refusedPart": "the stack" }),
        "permitChallengeLodge" | "permitChallengeWithdraw" | "permitChallengeDismiss" | "permitChallengeUphold" => challenge(),
        "permitConditionDischarge" => condition(),
        "permitConditionBreach" => and(condition(), json!({ "what": "not met" })),
        _ => json!({}),
    }
}

/// The input of `mutation`, on the things of the setting.
fn input(s: &Setting, mutation: &str) -> Value {
    let founds = ["organisationRegister", "clusterRegister", "projectRegister", "permitIdentify"].contains(&mutation);
    let thing = match thing_field(mutation) {
        _ if founds => json!({}),
        "cluster" => json!({ "cluster": s.cluster }),
        "project" => json!({ "project": s.project }),
        _ => json!({ "permit": s.permit }),
    };
    and(and(thing, own(s, mutation)), json!({ "occurredOn": "2022-06-01" }))
}

/// Where what `mutation` is about stands.
fn reach(s: &Setting, mutation: &str) -> Reach {
    let clusters = vec![s.cluster.parse().unwrap()];
    let (projects, leads) = (vec![s.project.parse().unwrap()], vec![s.company.parse().unwrap()]);
    match thing_field(mutation) {
        "organisation" => Reach::default(),
        _ if mutation == "clusterRegister" => Reach::default(),
        "cluster" => Reach { clusters, ..Reach::default() },
        // A new project is in its cluster and of its lead, and nobody's by its own id.
        _ if mutation == "projectRegister" => Reach { clusters, leads, ..Reach::default() },
        "project" => Reach { clusters, projects, leads, ..Reach::default() },
        _ => Reach { clusters, projects, leads, authority: Some(s.authority.parse().unwrap()), ..Reach::default() },
    }
}

/// Every role, held for nothing, for each part that the setting has, and for parts that it has not.
fn grants(s: &Setting) -> Vec<Grant> {
    let elsewhere = "00000000-0000-4000-8000-00000000abcd";
    let [organisation, cluster, project] = ["organisation", "cluster", "project"].map(|kind| format!("{kind}-{elsewhere}"));
    let of = |role| {
        [
            grant(role, None, &[], &[]),
            grant(role, None, &[&s.cluster], &[]),
            grant(role, None, &[], &[&s.project]),
            grant(role, Some(&s.company), &[], &[]),
            grant(role, Some(&s.authority), &[], &[]),
            grant(role, Some(&organisation), &[&cluster], &[&project]),
        ]
    };
    Role::ALL.into_iter().flat_map(of).collect()
}

fn allows(rules: &[Rule], grant: &Grant, reach: &Reach, enough: impl Fn(Weight) -> bool) -> bool {
    rules.iter().any(|rule| rule.role == grant.role && enough(rule.weight) && rule.scope.covers(grant, reach))
}

/// Sends `mutation` as `grant` has it, and holds the answer against what the table says.
fn check(s: &Setting, grant: &Grant, mutation: &str, input: &Value, allowed: bool) {
    let head = s.world.head();
    let reply = s.world.client([grant.clone()]).send(mutation, input);
    let refused = reply.code() == "FORBIDDEN" && reply.body["data"].is_null();
    assert_eq!(refused, !allowed, "{mutation} by {grant:?}: {}", reply.text);
    if allowed {
        assert!(reply.body["errors"].is_null(), "{mutation} by {grant:?}: {}", reply.text);
    } else {
        assert_eq!(s.world.head(), head, "{mutation} by {grant:?} recorded something");
    }
}

#[test]
fn every_command_is_allowed_to_whom_the_table_allows_it_and_to_nobody_else() {
    let s = Setting::new();
    for grant in grants(&s) {
        for (mutation, _, rules) in COMMANDS {
            let allowed = allows(rules, &grant, &reach(&s, mutation), |weight| weight != Weight::Witness);
            check(&s, &grant, mutation, &input(&s, mutation), allowed);
        }
    }
}

#[test]
fn a_fact_is_amended_by_its_party_and_confirmed_by_the_counterparty() {
    let s = Setting::new();
    let other_lead = s.world.client([grant(Role::ProjectLead, None, &[&s.cluster], &[])]);
    let submitted = s.submitted_permit("theirs");
    let on = |permit: &str| json!({ "permit": permit, "occurredOn": "2022-06-01" });
    let facts = [
        (
            "projectStageEnter",
            &s.project,
            s.manager.fact("projectStageEnter", &s.on_project("2022-02-01", json!({ "stage": "CONCEPT" }))),
        ),
        ("permitPreApplicationOpen", &s.permit, s.manager.fact("permitPreApplicationOpen", &on(&s.permit))),
        ("permitGrant", &submitted, other_lead.fact("permitGrant", &on(&submitted))),
        (
            "permitChallengeLodge",
            &submitted,
            other_lead.fact("permitChallengeLodge", &and(on(&submitted), json!({ "kind": "APPEAL" }))),
        ),
    ];
    for (command, thing, fact) in &facts {
        let rules = COMMANDS.iter().find(|(name, ..)| name == command).unwrap().2;
        for grant in grants(&s) {
            for (mutation, amendment) in AMENDMENTS {
                let enough = |weight| match amendment {
                    Amendment::Confirm => matches!(weight, Weight::Witness | Weight::Authority),
                    _ => matches!(weight, Weight::Party | Weight::Authority),
                };
                let own = match amendment {
                    Amendment::Retract => json!({ "reason": "a slip" }),
                    Amendment::AttachEvidence => json!({ "evidence": [{ "title": "a letter" }] }),
                    _ => json!({}),
                };
                let input = and(json!({ "thing": thing, "fact": fact }), own);
                check(&s, &grant, mutation, &input, allows(rules, &grant, &reach(&s, command), enough));
            }
        }
    }
}

#[test]
fn nothing_of_a_command_but_its_own_fields_is_recorded_by_a_narrow_role() {
    let s = Setting::new();
    let head = s.world.head();
    for client in [&s.funder, &s.world.auditor()] {
        let query = "mutation($input: OrganisationRegisterInput!) { a: organisationRegister(input: $input) { position }
            b: organisationRegister(input: $input) { position } }";
        let reply = client.ask_with(query, &json!({ "input": { "name": "x", "kind": "PORT", "occurredOn": "2020" } }));
        assert_eq!(reply.code(), "FORBIDDEN");
    }
    assert_eq!(s.world.head(), head);
}

#[test]
fn commercial_figures_are_null_to_a_regulator_wherever_they_stand() {
    let s = Setting::new();
    let query = format!(
        "{{ project(id: \"{0}\") {{ title capex {{ amount }} record {{ timeline(first: 1) {{ nodes {{ payload }} }} }} }}
            permit(id: \"{1}\") {{ projects {{ capex {{ amount }} }} }} timeline(thing: \"{0}\", first: 1) {{ nodes {{ payload }} }} }}",
        s.project, s.permit
    );
    for client in [&s.manager, &s.lead, &s.funder, &s.administrator, &s.world.auditor()] {
        assert_eq!(client.ask(&query).text.matches("1250000.5").count(), 4);
    }
    let reply = s.regulator.ask(&query);
    assert_eq!(reply.data()["project"]["title"], "Electric arc furnace");
    assert_eq!((&reply.data()["project"]["capex"], reply.text.contains("capex\\\"")), (&Value::Null, false));
    assert!(!reply.text.contains("1250000"), "{}", reply.text);
}
