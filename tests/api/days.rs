//! The days of those who work on a cluster: everything that can be recorded is, and is read back.

use access::table::OF_RECORD;
use api::{coverage::fields, root};
use serde_json::{Value, json};

use crate::{
    setting::{Setting, and},
    whole::{Whole, gbp},
    world::Client,
};

/// Puts organisations, clusters and projects on record, and all that can happen to them.
fn a_managers_and_a_leads_day(s: &Setting) {
    let on_cluster = |on: &str| json!({ "cluster": s.cluster, "organisation": s.company, "occurredOn": on });
    s.manager.record("clusterMemberJoin", &and(on_cluster("2021-04-01"), json!({ "role": "host" })));
    s.manager.record("clusterMemberLeave", &and(on_cluster("2024-04-01"), json!({ "reason": "sold" })));
    let record = |mutation: &str, on: &str, more: Value| s.lead.record(mutation, &s.on_project(on, more));
    let reason = || json!({ "reason": "no grid connection yet" });
    record("projectStandingReport", "2022-01-20", json!({ "stage": "CONCEPT", "standing": "ACTIVE" }));
    record("projectStageEnter", "2022-05-01", json!({ "stage": "FEASIBILITY" }));
    record("milestonePlan", "2022-05-02", json!({ "milestone": "fid", "title": "Investment decision", "dueOn": "2023-06-30" }));
    let moved =
        json!({ "milestone": "fid", "from": "2023-06-30", "to": "2023-09-30", "reason": "prices", "responsible": "PARTNER" });
    record("milestoneReschedule", "2023-02-01", moved);
    record("milestonePlan", "2022-05-03", json!({ "milestone": "heat", "dueOn": "2024-Q2" }));
    record("milestoneDrop", "2023-11-01", json!({ "milestone": "heat", "reason": "no buyer" }));
    record("projectSuspend", "2022-06-01", reason());
    record("projectResume", "2022-07-01", json!({}));
    record("projectShelve", "2022-08-01", reason());
    record("projectRevive", "2022-09-01", reason());
    record("projectCancel", "2022-10-01", reason());
    record("projectRevive", "2022-11-01", json!({}));
    // The decision is taken, and with it its stage is entered: what stood in the way has to be on record by then.
    record("milestoneAchieve", "2023-10-10", json!({ "milestone": "fid" }));
}

/// A permit from the first talks to its end.
fn a_permits_life(s: &Setting) {
    let lead = |mutation: &str, on: &str, more: Value| s.lead.record(mutation, &s.on_permit(on, more));
    let regulator = |mutation: &str, on: &str, more: Value| s.regulator.fact(mutation, &s.on_permit(on, more));
    lead("permitPreApplicationOpen", "2022-02-10", json!({}));
    lead("permitApplicationSubmit", "2022-03-01", json!({ "reference": "22/0012" }));
    regulator("permitApplicationReturn", "2022-03-08", json!({ "missing": ["flood map"] }));
    lead("permitApplicationSubmit", "2022-03-20", json!({}));
    lead("permitApplicationAmend", "2022-03-25", json!({ "what": "one stack", "material": false }));
    regulator(
        "permitRegimeDetermine",
        "2022-03-26",
        json!({ "regime": "gb-eng-planning", "case": "major", "version": "dmpo-2015" }),
    );
    regulator("permitProcedureStepTake", "2022-03-27", json!({ "step": "site-visited" }));
    regulator("permitDeadlinePublish", "2022-03-28", json!({ "limit": "determination", "deadline": "2022-06-20" }));
    regulator(
        "permitLimitReplace",
        "2022-03-29",
        json!({ "limit": "determination", "to": "2022-07-20", "reason": "agreed",
        "overrideReason": "the authority's letter says so" }),
    );
    regulator("permitApplicationAccept", "2022-04-01", json!({}));
    regulator("permitClockStart", "2022-04-01", json!({}));
    regulator("permitInformationRequest", "2022-05-01", json!({ "what": "noise survey" }));
    let stop = json!({ "reason": "further information", "responsible": "APPLICANT", "expectedResumption": "2022-06" });
    let stop = regulator(
        "permitClockStop",
        "2022-05-01",
        and(
            stop,
            json!({ "ground": "further-information",
        "overrideReason": "the authority's letter says so" }),
        ),
    );
    lead("permitInformationSupply", "2022-05-31", json!({ "what": "the survey" }));
    regulator("permitClockResume", "2022-05-31", json!({ "stop": stop, "ground": "further-information" }));
    let extension =
        json!({ "by": { "count": 6, "unit": "WEEK" }, "reason": "committee dates", "approvedBy": "head of planning" });
    regulator("permitDeadlineExtend", "2022-06-10", extension);
    let asked = json!({ "of": "neighbours", "closesOn": "2022-07-10", "round": 1, "consultees": [{ "name": "parish council" }] });
    let consultation = regulator("permitConsultationOpen", "2022-06-11", asked);
    let of = || json!({ "consultation": consultation });
    lead("permitConsulteeAnswer", "2022-07-01", and(of(), json!({ "name": "parish council", "what": "no objection" })));
    regulator("permitConsultationClose", "2022-07-11", of());
    regulator("permitApplicationCallIn", "2022-07-20", json!({ "by": "the minister" }));
    regulator("permitRecommend", "2022-08-01", json!({ "recommendation": "GRANT" }));
    let conditions = json!([{ "reference": "1", "text": "noise below 45 dB" }, { "reference": "2", "text": "planting", "dueOn": "2023-02", "recurs": { "count": 1, "unit": "YEAR" } }]);
    regulator("permitGrant", "2022-08-20", json!({ "conditions": conditions, "validUntil": "2027-08-20" }));
    regulator("permitChallengeLodge", "2022-09-01", json!({ "kind": "JUDICIAL_REVIEW", "by": "THIRD_PARTY" }));
    regulator("permitChallengeDismiss", "2022-12-01", json!({ "kind": "JUDICIAL_REVIEW" }));
    regulator("permitChallengeLodge", "2022-09-02", json!({ "kind": "APPEAL", "by": "APPLICANT" }));
    regulator("permitChallengeWithdraw", "2022-10-02", json!({ "kind": "APPEAL" }));
    lead("permitConditionDetailsSubmit", "2023-01-02", json!({ "condition": "1", "what": "noise measured" }));
    regulator("permitConditionDischarge", "2023-01-10", json!({ "condition": "1" }));
    regulator("permitConditionBreach", "2023-02-10", json!({ "condition": "2", "what": "nothing was planted" }));
    lead("permitSurrender", "2024-01-01", json!({}));
}

/// What else can become of an application.
fn other_endings(s: &Setting) {
    let record = |client: &Client, mutation: &str, permit: &str, on: &str, more: Value| {
        client.record(mutation, &and(json!({ "permit": permit, "occurredOn": on }), more));
    };
    let quashed = s.submitted_permit("quashed");
    let by_regulator = |mutation: &str, on: &str, more: Value| record(&s.regulator, mutation, &quashed, on, more);
    by_regulator("permitRefuse", "2022-05-01", json!({ "grounds": ["too loud"] }));
    by_regulator("permitChallengeLodge", "2022-05-10", json!({ "kind": "APPEAL", "by": "APPLICANT" }));
    by_regulator("permitChallengeUphold", "2022-06-10", json!({ "kind": "APPEAL" }));
    by_regulator("permitRedeterminationOpen", "2022-06-20", json!({}));
    by_regulator("permitPartlyGrant", "2022-07-01", json!({ "refusedPart": "the second stack" }));
    by_regulator("permitDeterminationQuash", "2022-08-01", json!({ "reason": "bias" }));
    let deemed = s.submitted_permit("deemed");
    record(&s.regulator, "permitDeemGranted", &deemed, "2022-06-01", json!({ "legalBasis": "s 1" }));
    record(&s.regulator, "permitExpire", &deemed, "2023-06-01", json!({}));
    record(
        &s.lead,
        "permitApplicationWithdraw",
        &s.submitted_permit("withdrawn"),
        "2022-06-01",
        json!({ "reason": "other site" }),
    );
    record(&s.regulator, "permitApplicationLapse", &s.submitted_permit("lapsed"), "2022-06-01", json!({}));
}

/// A grant that the lead logs and the authority confirms, on a document.
fn a_claim_becomes_sure(s: &Setting) -> (String, String) {
    let permit = s.submitted_permit("claimed");
    let grant = s.lead.fact("permitGrant", &json!({ "permit": permit, "occurredOn": "2022-07-07" }));
    let about = json!({ "thing": permit, "fact": grant });
    let document = json!({ "title": "decision letter", "sha256": "ab".repeat(32), "issuedOn": "2022-07-07",
        "mediaType": "application/pdf", "bytes": 52_431, "locator": "page 3" });
    s.lead.record("factEvidenceAttach", &and(about.clone(), json!({ "evidence": [document] })));
    s.regulator.record("factConfirm", &about);
    (permit, grant)
}

/// What a cluster says of itself, and what the initiative does.
fn a_clusters_day(w: &Whole) {
    let manager = |mutation: &str, more: Value| w.s.manager.record(mutation, &w.on("cluster", "2023-02-01", more));
    let administrator = |mutation: &str, field: &str, more: Value| {
        w.s.administrator.record(mutation, &w.on(field, "2023-03-01", more));
    };
    administrator("initiativeFigureState", "initiative", json!({ "clusters": 12, "gdp": gbp("5000000"), "jobs": 900 }));
    let rates = json!({ "rates": [{ "currency": "ISK", "perEuro": "250" }], "occurredOn": "2023-03-01" });
    w.s.administrator.record("exchangeRatesPublish", &rates);
    manager("clusterConvenorName", json!({ "organisation": w.s.company }));
    manager("clusterCharterSign", json!({ "title": "Solway charter" }));
    manager("clusterGovernanceEstablish", json!({ "body": "Solway board" }));
    let baseline = json!({ "emissions": { "tPerYear": "900000", "year": 2021 }, "gdp": { "amount": gbp("1000"), "year": 2020 },
        "jobs": { "count": 400 }, "tenants": { "count": 30, "bound": "AT_LEAST" } });
    manager("clusterBaselineState", baseline);
    manager("clusterTargetSet", json!({ "reductionTPerYear": "400000", "targetYear": 2035 }));
    let pipe = json!({ "asset": "CO2 pipe", "kind": "PIPELINE", "operator": w.partner,
        "capacity": { "value": "100000", "unit": "TONNES_CO2_PER_YEAR" } });
    manager("clusterSharedAssetDeclare", pipe);
    manager("clusterTalentProgrammeLaunch", json!({ "programme": "Welders", "about": "twenty a year" }));
    manager("clusterStandardAdopt", json!({ "standard": "ISO 14064-1" }));
    manager("clusterPracticeShare", json!({ "title": "One window", "done": "met weekly", "result": "faster" }));
    manager("clusterPermitScopeDeclare", json!({ "noneNeeded": "nothing is built" }));
    manager("clusterRelianceDeclare", json!({ "measures": [w.measure] }));
    let filed = json!({ "criterion": "funding-map", "statement": "all sources", "evidence": [{ "title": "map" }] });
    manager("clusterCriterionEvidence", filed);
    administrator("clusterCriterionWaive", "cluster", json!({ "criterion": "readiness", "reason": "known", "until": "2030" }));
}

/// A project on its way to operation. Its own stages are told elsewhere.
fn a_decision_is_taken(w: &Whole) {
    let cluster = json!({ "title": "Second furnace", "cluster": w.s.cluster, "occurredOn": "2022-01-10" });
    let project = w.s.manager.found("projectRegister", &cluster);
    let manager = |mutation: &str, on: &str, more: Value| {
        w.s.manager.fact(mutation, &and(json!({ "project": project, "occurredOn": on }), more))
    };
    manager("projectFidPlan", "2022-02-01", json!({ "dueOn": "2023" }));
    manager("projectFidDefer", "2022-12-01", json!({ "to": "../2023-H2", "reason": "grid", "responsible": "PARTNER" }));
    let needs = json!({ "milestone": "fid", "needsPermit": w.s.permit, "lag": { "count": 2, "unit": "MONTH" }, "kind": "FINISH_TO_START" });
    let dependency = manager("projectDependencyDeclare", "2022-12-02", needs);
    manager("projectDependencyDrop", "2022-12-20", json!({ "dependency": dependency, "reason": "it is built without" }));
    let rebaselined = json!({ "milestone": "fid", "dueOn": "2024", "approvedBy": "the board", "reason": "the scope grew" });
    manager("milestoneRebaseline", "2022-12-21", rebaselined);
    manager("projectRescope", "2022-12-22", json!({ "capex": gbp("2500000"), "jobs": 40, "reason": "a second train" }));
    manager("projectRename", "2022-12-23", json!({ "title": "Second furnace, North" }));
    manager("projectFundingDeclare", "2022-12-24", json!({ "none": "it pays for itself" }));
    manager("projectFinancialCloseReach", "2023-11-20", json!({}));
    manager("projectPermitScopeDeclare", "2022-12-03", json!({ "permits": [w.s.permit] }));
    manager("projectRelianceDeclare", "2022-12-04", json!({ "noneReliedOn": "it pays for itself" }));
    manager("projectCostEstimate", "2023-01-01", json!({ "class": "CLASS3", "capex": gbp("2000000") }));
    let filed = json!({ "criterion": "readiness", "statement": "level 8", "evidence": [{ "title": "report" }] });
    manager("projectCriterionEvidence", "2023-01-02", filed);
    manager("projectCriterionWaive", "2023-01-03", json!({ "criterion": "execution-plan", "reason": "a copy", "until": "2026" }));
    manager("projectFidTake", "2023-10-20", json!({ "amount": gbp("2000000"), "equity": gbp("500000"), "debt": gbp("1500000") }));
    manager("projectCapacityCommission", "2025-01-01", json!({ "capacity": { "value": "20", "unit": "MW", "bound": "ABOUT" } }));
    let report = json!({ "from": "2025-01-01", "to": "2025-06-30", "tCo2e": "1200.5", "bound": "AT_LEAST", "method": "metered" });
    manager("projectAbatementReport", "2025-07-01", report);
    let said = w.s.manager.get(&format!(
        "{{ project(id: \"{project}\") {{ commissioned {{ capacity {{ value bound }} }} abatementReports {{ tCo2e bound }} capacity {{ bound }}
            abatementBound fid {{ rebaseline moves {{ to }} }} title jobs }} }}"
    ));
    let expected = json!({ "commissioned": [{ "capacity": { "value": "20", "bound": "ABOUT" } }],
        "abatementReports": [{ "tCo2e": "1200.5", "bound": "AT_LEAST" }], "capacity": null, "abatementBound": null,
        "fid": { "rebaseline": "2024", "moves": [{ "to": "../2023-H2" }] }, "title": "Second furnace, North", "jobs": 40 });
    assert_eq!(said["project"], expected);
    w.s.regulator.record("permitStandingReport", &w.on("permit", "2025-01-01", json!({ "standing": "CLOSED" })));
}

/// Money from the application to the end, and another award that comes to nothing.
fn an_awards_life(w: &Whole) {
    let lead = |mutation: &str, on: &str, more: Value| w.s.lead.record(mutation, &w.on("award", on, more));
    let funder = |mutation: &str, on: &str, more: Value| w.financier.record(mutation, &w.on("award", on, more));
    lead("awardApply", "2022-03-01", json!({ "amount": gbp("1000000") }));
    funder("awardShortlist", "2022-04-01", json!({ "reserve": true }));
    funder("awardExpect", "2022-05-01", json!({ "amount": gbp("900000"), "bound": "AT_MOST" }));
    funder("awardMake", "2022-06-01", json!({ "amount": gbp("900000") }));
    funder(
        "awardAgreementSign",
        "2022-07-01",
        json!({ "obligated": gbp("800000"), "conditions": ["offtake"],
        "terms": [{ "condition": "offtake", "dueOn": "2023", "releases": gbp("300000") }],
        "paymentsPlanned": [{ "on": "2022-11", "amount": gbp("300000") }] }),
    );
    funder("awardAmend", "2022-08-01", json!({ "obligated": gbp("850000"), "reason": "prices" }));
    lead("awardFinancialCloseReach", "2022-09-01", json!({}));
    funder("awardConditionMeet", "2022-10-01", json!({ "condition": "offtake" }));
    funder("awardDisburse", "2022-11-01", json!({ "amount": gbp("300000"), "tranche": "1 of 3" }));
    funder("awardPerformancePay", "2023-01-01", json!({ "amount": gbp("1000"), "basis": "10 MWh" }));
    funder("awardDeobligate", "2023-02-01", json!({ "amount": gbp("50000"), "reason": "not needed" }));
    funder("awardRecover", "2023-03-01", json!({ "amount": gbp("500"), "reason": "paid twice" }));
    funder("awardLoanRepay", "2023-04-01", json!({ "amount": gbp("100"), "instalment": "1 of 2" }));
    funder("awardGuaranteeCall", "2023-05-01", json!({ "amount": gbp("100"), "reason": "not paid" }));
    funder("awardTerminate", "2024-01-01", json!({ "reason": "the project was cancelled" }));
    let identified = json!({ "title": "Heat grant", "programme": w.programme, "projects": [w.s.project], "side": "PUBLIC",
        "shares": [{ "project": w.s.project, "percent": "100" }], "stateAid": { "reference": "SA.1" },
        "occurredOn": "2022-02-01" });
    let declined = w.financier.found("awardIdentify", &identified);
    w.financier.record("awardDecline", &json!({ "award": declined, "occurredOn": "2022-09-01", "reason": "too late" }));
    let programme = |mutation: &str, more: Value| w.financier.record(mutation, &w.on("programme", "2023-04-01", more));
    programme("programmeBudgetAmend", json!({ "budget": gbp("8000000"), "reason": "a cut" }));
    programme("programmeClose", json!({ "reason": "all is awarded" }));
}

/// A partnership from the first talk to its end, one that ran out, and a policy measure.
fn partners_and_policy(w: &Whole) {
    let manager = |mutation: &str, on: &str, more: Value| w.s.manager.record(mutation, &w.on("partnership", on, more));
    manager("partnershipDiscussionOpen", "2022-03-01", json!({}));
    manager("partnershipMemorandumSign", "2022-04-01", json!({}));
    manager("partnershipTermSheetSign", "2022-05-01", json!({}));
    manager("partnershipAgreementSign", "2022-06-01", json!({ "value": gbp("70000"), "bindsUntil": "2040" }));
    manager("partnershipBecomeActive", "2022-07-01", json!({}));
    manager("partnershipPartnerJoin", "2022-08-01", json!({ "organisation": w.fund }));
    manager("partnershipPartnerLeave", "2022-09-01", json!({ "organisation": w.fund, "reason": "sold" }));
    manager("partnershipTerminate", "2024-01-01", json!({ "reason": "no buyer" }));
    let between = json!({ "title": "Skills", "kind": "LABOUR_SKILLS", "parties": [w.s.company, w.partner],
        "clusters": [w.s.cluster], "occurredOn": "2022-02-01" });
    let skills = w.s.manager.found("partnershipIdentify", &between);
    w.s.manager.record("partnershipExpire", &json!({ "partnership": skills, "occurredOn": "2023-01-01" }));
    let policy = |mutation: &str, on: &str, more: Value| w.s.administrator.record(mutation, &w.on("policyMeasure", on, more));
    policy("policyMeasurePropose", "2020-02-01", json!({}));
    policy("policyMeasureConsultationOpen", "2020-03-01", json!({ "closesOn": "2020-06" }));
    policy("policyMeasureAdopt", "2021-01-01", json!({}));
    policy("policyMeasureEnterIntoForce", "2021-02-01", json!({}));
    let effect = json!({ "effect": "ENDS", "on": "2028-01-01", "constructionBegunBefore": "2027", "what": "no new entrants" });
    policy("policyMeasureEffectSet", "2021-06-01", effect);
    policy("policyMeasureAmend", "2022-01-01", json!({ "what": "more time" }));
    policy("policyMeasureSuspend", "2023-01-01", json!({ "reason": "a court's order" }));
    policy("policyMeasureRepeal", "2024-01-01", json!({ "reason": "replaced" }));
}

/// Somebody gets a role, loses it, and a token of theirs.
fn people_come_and_go(w: &Whole) {
    let of = |mutation: &str, more| w.s.administrator.fact(mutation, &w.on("subject", "2024-01-01", more));
    of("subjectAdmit", json!({ "kind": "PERSON" }));
    let of_company =
        json!({ "role": "PROJECT_LEAD", "organisation": w.s.company, "owner": true, "until": "2999-01-01T00:00:00Z" });
    let membership = of("membershipGrant", of_company);
    of("membershipEnd", json!({ "membership": membership, "reason": "moved on" }));
    let credential = "00000000-0000-4000-8000-000000000405";
    of("tokenRevoke", json!({ "credential": credential, "reason": "left in a train" }));
    of("sessionsEnd", json!({ "issuedBefore": "2024-01-01T09:00:00Z" }));
    let shown = w.s.world.auditor().get(&format!(
        "{{ subject(id: \"{0}\") {{ kind revokedCredentials sessionsEndedBefore record {{ factCount flags {{ code }} }}
            memberships {{ fact role organisation clusters projects owner until carriedBy endedBy }} }}
            subjects(first: 9) {{ totalCount nodes {{ id }} }} node(id: \"{0}\") {{ id }} }}",
        w.subject
    ));
    let subject = &shown["subject"];
    assert_eq!(
        (&subject["kind"], &subject["revokedCredentials"], &subject["sessionsEndedBefore"]),
        (&json!("PERSON"), &json!([credential]), &json!("2024-01-01T09:00:00Z"))
    );
    assert_eq!(subject["record"], json!({ "factCount": 6, "flags": [] }));
    let held = subject["memberships"].as_array().unwrap();
    let given = held.iter().find(|held| held["fact"] == membership).unwrap();
    let said = ["role", "organisation", "projects", "owner", "until", "carriedBy"].map(|member| given[member].clone());
    let expected = json!(["project_lead", w.s.company, [], true, "2999-01-01T00:00:00Z", null]);
    assert_eq!((json!(said), held.len(), given["endedBy"].is_string()), (expected, 2, true));
    assert_eq!(shown["subjects"], json!({ "totalCount": 1, "nodes": [{ "id": w.subject }] }));
}

#[test]
fn everything_that_can_be_recorded_is_recorded_and_read_back() {
    let w = Whole::new();
    let s = &w.s;
    a_managers_and_a_leads_day(s);
    a_permits_life(s);
    other_endings(s);
    a_clusters_day(&w);
    a_decision_is_taken(&w);
    an_awards_life(&w);
    partners_and_policy(&w);
    people_come_and_go(&w);
    let (permit, grant) = a_claim_becomes_sure(s);
    let suspended = s.on_project("2023-01-01", json!({ "reason": "no steel" }));
    let acts = json!([{ "projectSuspend": suspended }, { "projectResume": s.on_project("2023-02-01", json!({})) }]);
    s.lead.record("actsRecord", &json!({ "thing": s.project, "acts": acts }));
    s.regulator.record("factDispute", &json!({ "thing": permit, "fact": grant, "reason": "the letter is not ours" }));
    s.regulator.record("factRetract", &json!({ "thing": permit, "fact": grant, "reason": "another permit's letter" }));
    let root = root();
    let fields = fields(&root.schema);
    let mutations = fields.into_iter().filter(|(of, _)| of == "Mutation").map(|(_, mutation)| mutation);
    let sent = s.world.sent();
    // What is about the record as a whole adds nothing to a thing.
    let of_things = mutations.filter(|mutation| OF_RECORD.iter().all(|(of_record, ..)| of_record != mutation));
    assert_eq!(of_things.filter(|mutation| !sent.contains(mutation)).collect::<Vec<_>>(), Vec::<String>::new());

    let permit = s.funder.get(&format!(
        "{{ permit(id: \"{}\") {{ title state stateSince open court {{ party }} submittedOn returns missing acceptedOn clockStartedOn
            stops {{ from until reason responsible expectedResumption }} extensions {{ count unit to approvedBy }} calledInOn
            recommendation determination {{ outcome decidedOn validUntil }} challenges {{ kind lodgedOn end endedOn }}
            conditions {{ reference dueOn dischargedOn breachedOn }} endedOn elapsed {{ count exact }} used {{ count }} stopped {{ count }}
            authority {{ name }} projects {{ title }} record {{ factCount confirmedFactCount flags {{ code }} }} }} }}",
        s.permit
    ));
    let expected = json!({
        "title": "Furnace hall", "state": "SURRENDERED", "stateSince": "2024-01-01", "open": false, "court": null,
        "submittedOn": "2022-03-01", "returns": 1, "missing": [], "acceptedOn": "2022-04-01", "clockStartedOn": "2022-04-01",
        "stops": [{ "from": "2022-05-01", "until": "2022-05-31", "reason": "further information", "responsible": "APPLICANT",
            "expectedResumption": "2022-06" }],
        "extensions": [{ "count": 6, "unit": "WEEK", "to": null, "approvedBy": "head of planning" }],
        "calledInOn": "2022-07-20", "recommendation": "GRANT",
        "determination": { "outcome": "GRANTED", "decidedOn": "2022-08-20", "validUntil": "2027-08-20" },
        "challenges": [
            { "kind": "JUDICIAL_REVIEW", "lodgedOn": "2022-09-01", "end": "DISMISSED", "endedOn": "2022-12-01" },
            { "kind": "APPEAL", "lodgedOn": "2022-09-02", "end": "WITHDRAWN", "endedOn": "2022-10-02" }],
        "conditions": [{ "reference": "1", "dueOn": null, "dischargedOn": "2023-01-10", "breachedOn": null },
            { "reference": "2", "dueOn": "2023-02", "dischargedOn": null, "breachedOn": "2023-02-10" }],
        "endedOn": "2024-01-01", "elapsed": { "count": 172, "exact": true }, "used": { "count": 111 }, "stopped": { "count": 30 },
        "authority": { "name": "Solway Council" }, "projects": [{ "title": "Electric arc furnace" }],
        "record": { "factCount": 32, "confirmedFactCount": 18, "flags": [] },
    });
    assert_eq!(permit["permit"], expected);
    let cluster = s.funder.get(&format!(
        "{{ cluster(id: \"{}\") {{ name country place sectors signatorySince memberships {{ organisation {{ name }} role joinedOn leftOn }}
            projects(first: 5) {{ totalCount nodes {{ title }} }} projectsByStage {{ stage active off }} }} }}",
        s.cluster
    ));
    let expected = json!({ "name": "Solway", "country": "GB", "place": "Carlisle", "sectors": ["steel"], "signatorySince": "2022",
        "memberships": [{ "organisation": { "name": "Solway Steel" }, "role": "host", "joinedOn": "2021-04-01", "leftOn": "2024-04-01" }],
        "projects": { "totalCount": 2, "nodes": [{ "title": "Electric arc furnace" }, { "title": "Second furnace, North" }] },
        "projectsByStage": [{ "stage": "FID", "active": 2, "off": 0 }] });
    assert_eq!(cluster["cluster"], expected);
}

#[test]
fn a_milestone_shows_its_baseline_its_forecast_its_actual_date_and_every_move() {
    let s = Setting::new();
    a_managers_and_a_leads_day(&s);
    let project = s.lead.get(&format!(
        "{{ project(id: \"{}\") {{ stage stageSince standing capacity {{ value unit }} capex {{ amount currency }}
            milestones {{ name title baseline forecast actual droppedOn slip {{ count exact }}
                moves {{ from to reason responsible movedOn }} }} }} }}",
        s.project
    ));
    let expected = json!({
        "stage": "FID", "stageSince": "2023-10-10", "standing": "ACTIVE", "capacity": { "value": "17", "unit": "MW" },
        "capex": { "amount": "1250000.5", "currency": "GBP" },
        "milestones": [
            { "name": "fid", "title": "Investment decision", "baseline": "2023-06-30", "forecast": "2023-09-30",
                "actual": "2023-10-10", "droppedOn": null, "slip": { "count": 102, "exact": true },
                "moves": [{ "from": "2023-06-30", "to": "2023-09-30", "reason": "prices", "responsible": "PARTNER",
                    "movedOn": "2023-02-01" }] },
            { "name": "heat", "title": null, "baseline": "2024-Q2", "forecast": "2024-Q2", "actual": null,
                "droppedOn": "2023-11-01", "slip": { "count": 0, "exact": false }, "moves": [] }],
    });
    assert_eq!(project["project"], expected);
}

#[test]
fn the_timeline_says_what_who_when_and_what_corrected_it() {
    let s = Setting::new();
    let (permit, grant) = a_claim_becomes_sure(&s);
    let correction = json!({ "permit": permit, "occurredOn": "2022-07-08", "corrects": { "fact": grant, "reason": "misread" } });
    s.lead.record("permitGrant", &correction);
    let dispute = json!({ "thing": permit, "fact": grant, "reason": "of the seventh", "language": "en-gb" });
    s.regulator.record("factDispute", &dispute);
    let entries = s.lead.get(&format!(
        "{{ timeline(thing: \"{permit}\", first: 100) {{ nodes {{ id kind eventType occurredOn recordedBy assurance fate about
            reason supersededBy source {{ row }} evidence {{ title mediaType bytes locator }} payload correctedMembers
            acting {{ role organisation membership }} credential sequence decidedAt language onBehalfOf }} }} viewer {{ subject }} permit(id: \"{permit}\") {{
            determination {{ decidedOn }} record {{ confirmedFactCount }} }} }}"
    ));
    let nodes = entries["timeline"]["nodes"].as_array().unwrap();
    let kinds: Vec<_> = nodes.iter().map(|node| (node["kind"].as_str().unwrap(), node["eventType"].as_str().unwrap())).collect();
    let expected = [
        ("STATED", "PermitIdentified"),
        ("STATED", "ApplicationSubmitted"),
        ("STATED", "PermitGranted"),
        ("EVIDENCE_ATTACHED", "EvidenceAttached"),
        ("CONFIRMED", "FactConfirmed"),
        ("CORRECTED", "PermitGranted"),
        ("DISPUTED", "FactDisputed"),
    ];
    assert_eq!(kinds, expected);
    let correction = &nodes[5];
    assert_eq!((&nodes[2]["fate"], &nodes[2]["supersededBy"]), (&json!("CORRECTED"), &correction["id"]));
    assert_eq!((&correction["about"], &correction["reason"]), (&nodes[2]["id"], &json!("misread")));
    assert_eq!(correction["recordedBy"], entries["viewer"]["subject"]);
    assert_ne!(nodes[4]["recordedBy"], entries["viewer"]["subject"], "the authority confirmed");
    assert_eq!(
        nodes[3]["evidence"],
        json!([{ "title": "decision letter", "mediaType": "application/pdf", "bytes": 52_431, "locator": "page 3" }])
    );
    assert_eq!(correction["correctedMembers"], json!(["occurred_on"]));
    let dispute = &nodes[6];
    assert_eq!((&dispute["reason"], &dispute["language"]), (&json!("of the seventh"), &json!("en-GB")));
    let as_regulator = json!({ "role": "regulator", "organisation": s.authority, "membership": null });
    assert_eq!((&dispute["acting"], &nodes[4]["acting"]), (&as_regulator, &as_regulator));
    assert_eq!(correction["acting"]["role"], "project_lead");
    assert!(nodes.iter().all(|node| node["decidedAt"].is_string() && node["sequence"].is_null() && node["onBehalfOf"].is_null()));
    assert_eq!(entries["permit"]["determination"]["decidedOn"], "2022-07-08");
    assert_eq!(entries["permit"]["record"]["confirmedFactCount"], 0, "a corrected fact is no longer confirmed");
}

#[test]
fn a_retraction_takes_a_fact_back_and_can_itself_be_taken_back() {
    let s = Setting::new();
    let state = || s.lead.get(&format!("{{ permit(id: \"{}\") {{ state }} }}", s.permit))["permit"]["state"].clone();
    let submitted = s.lead.fact("permitApplicationSubmit", &s.on_permit("2022-03-01", json!({})));
    assert_eq!(state(), "SUBMITTED");
    let retract = |fact: &str| s.lead.fact("factRetract", &json!({ "thing": s.permit, "fact": fact, "reason": "a slip" }));
    let retraction = retract(&submitted);
    assert_eq!(state(), "IDENTIFIED");
    retract(&retraction);
    assert_eq!(state(), "SUBMITTED");
}

#[test]
fn a_thing_whose_every_fact_was_retracted_keeps_its_timeline_and_can_be_restored() {
    let s = Setting::new();
    let input = json!({ "name": "Twice", "kind": "PORT", "occurredOn": "2020" });
    let payload = s.administrator.record("organisationRegister", &input);
    let (port, fact) = (payload["organisation"]["id"].as_str().unwrap(), payload["facts"][0].as_str().unwrap());
    s.administrator.record("factRetract", &json!({ "thing": port, "fact": fact, "reason": "registered twice" }));
    let shown = s.funder.get(&format!(
        "{{ organisation(id: \"{port}\") {{ name }} timeline(thing: \"{port}\", first: 9) {{ nodes {{ id kind fate }} }} }}"
    ));
    assert_eq!(shown["organisation"], Value::Null);
    assert_eq!(shown["timeline"]["nodes"][0]["fate"], "RETRACTED");
    let retraction = &shown["timeline"]["nodes"][1]["id"];
    s.administrator.record("factRetract", &json!({ "thing": port, "fact": retraction, "reason": "it was not" }));
    assert_eq!(s.funder.get(&format!("{{ organisation(id: \"{port}\") {{ name }} }}"))["organisation"]["name"], "Twice");
}

#[test]
fn a_project_lead_corrects_what_was_registered_of_their_own_project() {
    let s = Setting::new();
    let founding = s.lead.get(&format!("{{ timeline(thing: \"{}\", first: 1) {{ nodes {{ id }} }} }}", s.project));
    let registered = json!({ "title": "Electric arc furnace", "cluster": s.cluster, "lead": s.company, "jobs": 120,
        "occurredOn": "2022-01-10", "corrects": { "fact": founding["timeline"]["nodes"][0]["id"], "reason": "jobs were left out" } });
    s.lead.record("projectRegister", &and(registered.clone(), json!({ "project": s.project })));
    assert_eq!(s.lead.get(&format!("{{ project(id: \"{}\") {{ jobs }} }}", s.project))["project"]["jobs"], 120);
    let other = s.administrator.found("clusterRegister", &json!({ "name": "Other", "country": "NL", "occurredOn": "2020" }));
    let moved = and(registered, json!({ "project": s.project, "cluster": other }));
    assert_eq!(s.lead.send("projectRegister", &moved).code(), "FORBIDDEN", "that cluster has to allow it");
}

#[test]
fn a_command_sent_twice_is_recorded_once_and_answered_alike() {
    let s = Setting::new();
    let revision = s.lead.get(&format!("{{ permit(id: \"{}\") {{ record {{ revision }} }} }}", s.permit));
    let input = s.on_permit(
        "2022-03-01",
        json!({ "commandId": crate::setting::command(77), "expectedRevision": revision["permit"]["record"]["revision"] }),
    );
    let first = s.lead.record("permitApplicationSubmit", &input);
    let head = s.world.head();
    assert_eq!(s.lead.record("permitApplicationSubmit", &input), first);
    assert_eq!(s.world.head(), head);
    let again = s.lead.send("permitApplicationSubmit", &s.on_permit("2022-03-01", json!({})));
    assert_eq!(again.data()["permitApplicationSubmit"]["facts"], json!([]), "it is already so");
    assert_eq!(s.world.head(), head);
}
