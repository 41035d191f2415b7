//! Every command by every role, within its part of the record and without: what the table says, and nothing else.

use access::{
    Grant, Role,
    table::{AMENDMENTS, Amendment, COMMANDS, Reach, Rule, Weight},
};
use serde_json::{Value, json};

use crate::{
    setting::{Setting, and, grant},
    whole::{Whole, gbp},
    world::thing_field,
};

/// What is a command's own, beside its thing and its date.
fn own(w: &Whole, mutation: &str) -> Value {
    let s = &w.s;
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
        "milestoneRebaseline" => and(milestone(), and(reason(), json!({ "dueOn": "2025" }))),
        "milestoneAchieve" => milestone(),
        "milestoneDrop" => and(milestone(), reason()),
        "projectSuspend" | "projectShelve" | "projectCancel" => reason(),
        "permitIdentify" => {
            json!({ "title": "Stack", "instrument": "permit", "projects": [s.project], "authority": s.authority })
        }
        "permitRegimeDetermine" => json!({ "regime": "gb-eng-planning", "case": "major" }),
        "permitProcedureStepTake" => json!({ "step": "notice-of-intent" }),
        "permitDeadlinePublish" => json!({ "limit": "determination", "deadline": "2022-12-01" }),
        "permitLimitReplace" => json!({ "limit": "determination", "to": "2022-12-01" }),
        "permitApplicationReturn" => json!({ "missing": ["map"] }),
        "permitInformationRequest" => json!({ "what": "survey" }),
        "permitClockStop" => and(reason(), json!({ "responsible": "APPLICANT" })),
        "permitDeadlineExtend" => and(reason(), json!({ "by": { "count": 1, "unit": "WEEK" } })),
        "permitRecommend" => json!({ "recommendation": "GRANT" }),
        "permitPartlyGrant" => json!({ "refusedPart": "the stack" }),
        "permitChallengeLodge" | "permitChallengeWithdraw" | "permitChallengeDismiss" | "permitChallengeUphold" => challenge(),
        "permitConditionDischarge" | "permitConditionDetailsSubmit" => condition(),
        "permitConsulteeAnswer" => json!({ "name": "the parish council" }),
        "permitConditionBreach" => and(condition(), json!({ "what": "not met" })),
        "permitStandingReport" => json!({ "standing": "IN_USE" }),
        _ => own_of_the_pillars(w, mutation),
    }
}

/// The same for what is recorded beside projects and permits.
fn own_of_the_pillars(w: &Whole, mutation: &str) -> Value {
    let document = || json!({ "statement": "as filed", "evidence": [{ "title": "map" }] });
    let waiver = || json!({ "reason": "one owner pays", "until": "2030" });
    match mutation {
        "exchangeRatesPublish" => json!({ "rates": [{ "currency": "ISK", "perEuro": "250" }] }),
        "initiativeName" => json!({ "name": "Another" }),
        "initiativeFigureState" => json!({ "clusters": 3 }),
        "clusterConvenorName" => json!({ "organisation": w.s.company }),
        "clusterCharterSign" => json!({ "title": "Charter" }),
        "clusterGovernanceEstablish" => json!({ "body": "Board" }),
        "clusterBaselineState" => json!({ "jobs": { "count": 5 } }),
        "clusterTargetSet" => json!({ "reductionPercent": "50", "targetYear": 2035 }),
        "clusterSharedAssetDeclare" => json!({ "asset": "pipe", "kind": "PIPELINE" }),
        "clusterTalentProgrammeLaunch" => json!({ "programme": "Welders" }),
        "clusterStandardAdopt" => json!({ "standard": "ISO 14064-1" }),
        "clusterPracticeShare" => json!({ "title": "One window", "done": "met weekly", "result": "faster" }),
        "clusterPermitScopeDeclare" | "projectPermitScopeDeclare" => json!({ "permits": [w.s.permit] }),
        "clusterRelianceDeclare" | "projectRelianceDeclare" => json!({ "measures": [w.measure] }),
        "clusterCriterionEvidence" => and(document(), json!({ "criterion": "funding-map" })),
        "projectCriterionEvidence" => and(document(), json!({ "criterion": "readiness" })),
        "clusterCriterionWaive" => and(waiver(), json!({ "criterion": "funding-map" })),
        "projectCriterionWaive" => and(waiver(), json!({ "criterion": "readiness" })),
        "projectDependencyDeclare" => json!({ "milestone": "fid", "needsPermit": w.s.permit }),
        "projectDependencyDrop" => json!({ "dependency": "00000000-0000-4000-8000-000000000404" }),
        "projectRescope" => json!({ "jobs": 12, "reason": "a second train" }),
        "projectRename" => json!({ "title": "Another furnace" }),
        "projectFundingDeclare" => json!({ "none": "it pays for itself" }),
        "projectFidPlan" => json!({ "dueOn": "2024" }),
        "projectFidDefer" => json!({ "to": "2025", "reason": "prices", "responsible": "LEAD" }),
        "projectCostEstimate" => json!({ "class": "CLASS3", "capex": gbp("2000000") }),
        "projectCapacityCommission" => json!({ "capacity": { "value": "17", "unit": "MW" } }),
        "projectAbatementReport" => json!({ "from": "2022-01-01", "to": "2022-05-31", "tCo2e": "5", "method": "metered" }),
        "programmeOpen" => json!({ "title": "Another", "funder": w.fund }),
        "programmeBudgetAmend" => json!({ "budget": gbp("8000000"), "reason": "a cut" }),
        "awardIdentify" => json!({ "title": "Another", "programme": w.programme, "projects": [w.s.project], "side": "PUBLIC" }),
        "awardAgreementSign" => json!({ "obligated": gbp("100") }),
        "awardAmend" => json!({ "awarded": gbp("100"), "reason": "prices" }),
        "awardConditionMeet" => json!({ "condition": "offtake" }),
        "awardMake" | "awardDisburse" | "awardLoanRepay" | "awardGuaranteeCall" => json!({ "amount": gbp("1") }),
        "awardPerformancePay" => json!({ "amount": gbp("1"), "basis": "1 MWh" }),
        "awardDeobligate" | "awardRecover" => json!({ "amount": gbp("1"), "reason": "not needed" }),
        "awardTerminate" => json!({ "reason": "cancelled" }),
        "partnershipIdentify" => json!({ "title": "Another", "kind": "SUPPLY", "parties": [w.s.company, w.partner],
            "projects": [w.s.project] }),
        "partnershipPartnerJoin" | "partnershipPartnerLeave" => json!({ "organisation": w.fund }),
        "policyMeasureIdentify" => json!({ "title": "Another", "jurisdiction": "NL" }),
        "policyMeasureEffectSet" => json!({ "effect": "ENDS", "on": "2030" }),
        "policyMeasureAmend" => json!({ "what": "more time" }),
        "subjectAdmit" => json!({ "kind": "PERSON" }),
        "membershipGrant" => json!({ "role": "CLUSTER_MANAGER", "clusters": [w.s.cluster] }),
        "membershipEnd" => json!({ "membership": w.membership }),
        "tokenRevoke" => json!({ "credential": "00000000-0000-4000-8000-000000000405" }),
        "sessionsEnd" => json!({ "issuedBefore": "2022-06-01T00:00:00Z" }),
        _ => json!({}),
    }
}

/// The commands that bring a thing on record.
const FOUNDING: [&str; 11] = [
    "exchangeRatesPublish",
    "initiativeName",
    "organisationRegister",
    "clusterRegister",
    "projectRegister",
    "permitIdentify",
    "programmeOpen",
    "awardIdentify",
    "partnershipIdentify",
    "policyMeasureIdentify",
    "subjectAdmit",
];

/// The input of `mutation`, on the things of the setting.
fn input(w: &Whole, mutation: &str) -> Value {
    let own = own(w, mutation);
    if FOUNDING.contains(&mutation) {
        return and(own, json!({ "occurredOn": "2022-06-01" }));
    }
    w.on(thing_field(mutation), "2022-06-01", own)
}

/// Where what `mutation` is about stands.
fn reach(w: &Whole, mutation: &str) -> Reach {
    let s = &w.s;
    let clusters = vec![s.cluster.parse().unwrap()];
    let (projects, leads) = (vec![s.project.parse().unwrap()], vec![s.company.parse().unwrap()]);
    let funder = Some(w.fund.parse().unwrap());
    match thing_field(mutation) {
        "organisation" | "initiative" | "policyMeasure" | "register" => Reach::default(),
        _ if mutation == "clusterRegister" || mutation == "subjectAdmit" => Reach::default(),
        // A role is given where it is held. Tokens are somebody's own, and no grant says who that is.
        "subject" if mutation.starts_with("membership") => Reach { clusters, ..Reach::default() },
        "subject" => Reach::default(),
        "cluster" => Reach { clusters, ..Reach::default() },
        // A new project is in its cluster, and nobody's by its own id or by its lead's.
        _ if mutation == "projectRegister" => Reach { clusters, ..Reach::default() },
        "project" => Reach { clusters, projects, leads, ..Reach::default() },
        "programme" => Reach { funder, ..Reach::default() },
        "award" => Reach { clusters, projects, leads, funder, ..Reach::default() },
        // Of a new partnership, being a party is not enough to bring a project into it.
        _ if mutation == "partnershipIdentify" => Reach { clusters, projects, leads, ..Reach::default() },
        "partnership" => {
            let partners = vec![s.company.parse().unwrap(), w.partner.parse().unwrap()];
            Reach { clusters, projects, leads, partners, ..Reach::default() }
        }
        _ => Reach { clusters, projects, leads, authority: Some(s.authority.parse().unwrap()), ..Reach::default() },
    }
}

/// Every role, held for nothing, for each part that the setting has, and for parts that it has not.
pub fn grants(w: &Whole) -> Vec<Grant> {
    let s = &w.s;
    let elsewhere = "00000000-0000-4000-8000-00000000abcd";
    let [organisation, cluster, project] = ["organisation", "cluster", "project"].map(|kind| format!("{kind}-{elsewhere}"));
    let of = |role| {
        [
            grant(role, None, &[], &[]),
            grant(role, None, &[&s.cluster], &[]),
            grant(role, None, &[], &[&s.project]),
            grant(role, Some(&s.company), &[], &[]),
            grant(role, Some(&s.authority), &[], &[]),
            grant(role, Some(&w.fund), &[], &[]),
            grant(role, Some(&w.partner), &[], &[]),
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
    let w = Whole::new();
    for grant in grants(&w) {
        for (mutation, _, rules) in COMMANDS {
            let allowed = allows(rules, &grant, &reach(&w, mutation), |weight| weight != Weight::Witness);
            check(&w.s, &grant, mutation, &input(&w, mutation), allowed);
        }
    }
}

#[test]
fn a_fact_is_amended_by_its_party_and_confirmed_by_the_counterparty() {
    let w = Whole::new();
    let s = &w.s;
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
        for grant in grants(&w) {
            for (mutation, amendment) in AMENDMENTS {
                let enough = |weight| match amendment {
                    Amendment::Confirm => matches!(weight, Weight::Witness | Weight::Authority),
                    // Whoever has a part in it; all of these facts are somebody else's.
                    Amendment::Dispute => true,
                    _ => matches!(weight, Weight::Party | Weight::Authority),
                };
                let own = match amendment {
                    Amendment::Retract | Amendment::Dispute => json!({ "reason": "a slip" }),
                    Amendment::AttachEvidence => json!({ "evidence": [{ "title": "a letter" }] }),
                    _ => json!({}),
                };
                let input = and(json!({ "thing": thing, "fact": fact }), own);
                check(s, &grant, mutation, &input, allows(rules, &grant, &reach(&w, command), enough));
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
        // It says who may: the table is no secret.
        assert!(reply.text.contains("it is for administrator (everywhere), cluster_manager (everywhere)"), "{}", reply.text);
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
    for client in [&s.manager, &s.lead, &s.funder, &s.world.auditor()] {
        assert_eq!(client.ask(&query).text.matches("1250000.5").count(), 4);
    }
    // Companies compete: another's lead, and who keeps another cluster, are no parties of the project.
    let foreign = "cluster-00000000-0000-4000-8000-00000000abcd";
    let outsiders = [Role::ProjectLead, Role::ClusterManager].map(|role| s.world.client([grant(role, None, &[foreign], &[])]));
    for client in outsiders.iter().chain([&s.administrator]) {
        assert_eq!(client.ask(&query).text.matches("1250000.5").count(), 0);
    }
    let reply = s.regulator.ask(&query);
    assert_eq!(reply.data()["project"]["title"], "Electric arc furnace");
    assert_eq!((&reply.data()["project"]["capex"], reply.text.contains("capex\\\"")), (&Value::Null, false));
    assert!(!reply.text.contains("1250000"), "{}", reply.text);
}
