//! Facts of every type, for histories that are drawn at random.

use schema::{
    award::AwardFact, cluster::ClusterFact, initiative::InitiativeFact, partnership::PartnershipFact, permit::PermitFact,
    policy::PolicyMeasureFact, programme::ProgrammeFact, project::ProjectFact, register::RegisterFact, subject::SubjectFact,
};

use super::{cluster_id, measure_id, organisation_id, permit_id, programme_id};

/// Facts of every type that a thing of the kind has.
pub fn permit_facts() -> Vec<PermitFact> {
    vec![
        a!(PermitIdentified { "title": "Hydrogen plant", "instrument": "planning permission" }),
        a!(PermitIdentified { "title": "Hydrogen terminal", "instrument": "planning permission" }),
        a!(RegimeDetermined { "regime": "gb-eng-planning", "case": "major" }),
        a!(RegimeDetermined { "regime": "gb-eng-planning", "case": "eia" }),
        a!(PreApplicationOpened {}),
        a!(ApplicationSubmitted {}),
        a!(ApplicationSubmitted {}),
        a!(ApplicationAmended { "material": true }),
        a!(ApplicationReturned { "missing": ["a drawing"] }),
        a!(ApplicationAccepted {}),
        a!(ClockStarted {}),
        a!(ClockStarted {}),
        a!(ProcedureStepTaken { "step": "notice-of-intent" }),
        a!(DeadlinePublished { "limit": "determination", "deadline": "2024-10-01" }),
        a!(LimitReplaced { "limit": "determination", "to": "2024-11-01" }),
        a!(LimitReplaced { "limit": "determination" }),
        a!(InformationRequested { "what": "a noise survey" }),
        a!(ClockStopped { "reason": "noise survey", "responsible": "applicant" }),
        a!(ClockStopped { "reason": "flood survey", "responsible": "other_authority" }),
        a!(InformationSupplied {}),
        a!(ClockResumed { "stop": "00000000-0000-0000-0000-000000000003" }),
        a!(ClockResumed {}),
        a!(ClockResumed {}),
        a!(DeadlineExtended { "to": "2024-09-30", "reason": "agreed" }),
        a!(DeadlineExtended { "by": { "count": 3, "unit": "month" }, "reason": "holidays" }),
        a!(ConsultationOpened {}),
        a!(ConsulteeAnswered { "name": "parish council" }),
        a!(ConsultationClosed {}),
        a!(ApplicationCalledIn {}),
        a!(RecommendationMade { "recommendation": "grant" }),
        a!(PermitRefused { "grounds": ["noise"] }),
        a!(PermitPartlyGranted { "refused_part": "the flare" }),
        a!(PermitGranted { "decided_by": "appeal", "conditions": [{ "reference": "1", "text": "a fence" }] }),
        a!(PermitGranted { "valid_until": "2024-02" }),
        a!(PermitDeemedGranted {}),
        a!(ApplicationWithdrawn {}),
        a!(ApplicationLapsed {}),
        a!(ChallengeLodged { "kind": "appeal" }),
        a!(ChallengeLodged { "kind": "judicial_review" }),
        a!(ChallengeWithdrawn { "kind": "appeal" }),
        a!(ChallengeDismissed { "kind": "judicial_review" }),
        a!(ChallengeUpheld { "kind": "appeal" }),
        a!(DeterminationQuashed {}),
        a!(RedeterminationOpened {}),
        a!(ConditionDetailsSubmitted { "condition": "1" }),
        a!(ConditionDischarged { "condition": "1" }),
        a!(ConditionBreached { "condition": "1", "what": "no fence" }),
        a!(PermitSurrendered {}),
        a!(PermitExpired {}),
        a!(PermitStandingReported { "standing": "closed" }),
    ]
}

/// Facts of every type that a thing of the kind has.
pub fn project_facts() -> Vec<ProjectFact> {
    vec![
        a!(ProjectRegistered { "title": "Hydrogen plant" }),
        a!(ProjectRegistered { "title": "Hydrogen terminal" }),
        a!(ProjectStandingReported { "stage": "feed" }),
        a!(ProjectStandingReported { "standing": "suspended" }),
        a!(MilestonePlanned { "milestone": "fid", "due_on": "2025-Q1" }),
        a!(MilestonePlanned { "milestone": "fid", "due_on": "2025-02-28" }),
        a!(ProjectRenamed { "title": "Another plant" }),
        a!(ProjectRescoped { "capacities": [{ "value": "20", "unit": "mw" }], "jobs": 12, "reason": "a second train" }),
        a!(ProjectFundingDeclared { "none": "it pays for itself" }),
        a!(ProjectFinancialCloseReached {}),
        a!(MilestoneRebaselined { "milestone": "fid", "due_on": "2025", "reason": "scope" }),
        a!(MilestoneRescheduled { "milestone": "fid", "from": "2025-Q1", "to": "2025-06-30", "reason": "supply", "responsible": "partner" }),
        a!(MilestoneRescheduled { "milestone": "fid", "from": "2025-06-30", "to": "2026", "reason": "money", "responsible": "funder" }),
        a!(MilestoneAchieved { "milestone": "fid" }),
        a!(MilestoneDropped { "milestone": "fid", "reason": "no offtake" }),
        a!(ProjectStageEntered { "stage": "concept" }),
        a!(ProjectStageEntered { "stage": "feed" }),
        a!(ProjectStageEntered { "stage": "construction" }),
        a!(ProjectSuspended { "reason": "prices" }),
        a!(ProjectResumed {}),
        a!(ProjectShelved { "reason": "prices" }),
        a!(ProjectCancelled { "reason": "prices" }),
        a!(ProjectRevived {}),
        a!(FidPlanned { "due_on": "2025-06-30" }),
        a!(FidDeferred { "to": "2026", "reason": "prices", "responsible": "lead" }),
        a!(FidDeferred { "reason": "prices", "responsible": "partner" }),
        a!(FidTaken { "amount": { "amount": "5", "currency": "EUR" }, "equity": { "amount": "6", "currency": "EUR" } }),
        a!(FidTaken {}),
        a!(CostEstimated { "class": "class5", "capex": { "amount": "5", "currency": "EUR" } }),
        a!(CostEstimated { "class": "class3", "capex": { "amount": "6", "currency": "USD" } }),
        a!(DependencyDeclared { "milestone": "fid", "needs_milestone": "feed" }),
        a!(DependencyDeclared { "milestone": "fid", "needs_milestone": "fid" }),
        a!(DependencyDeclared { "milestone": "fid", "needs_permit": permit_id(1) }),
        a!(DependencyDropped { "dependency": "00000000-0000-0000-0000-000000000003" }),
        a!(CapacityCommissioned { "capacity": { "value": "5", "unit": "mw" } }),
        a!(CapacityCommissioned { "capacity": { "value": "7", "unit": "mw" } }),
        a!(AbatementReported { "from": "2024-01-01", "to": "2024-06-30", "t_co2e": "5", "method": "measured" }),
        a!(AbatementReported { "from": "2024", "to": "2024", "t_co2e": "9", "method": "calculated" }),
        a!(AbatementReported { "from": "2024-06-30", "to": "2024-01-01", "t_co2e": "9", "method": "guessed" }),
        a!(ProjectPermitScopeDeclared { "permits": [permit_id(1)] }),
        a!(ProjectPermitScopeDeclared { "none_needed": "nothing is built" }),
        a!(ProjectRelianceDeclared { "measures": [measure_id(1), measure_id(2)] }),
        a!(ProjectRelianceDeclared {}),
        a!(ProjectCriterionEvidenced { "criterion": "readiness", "statement": "tried", "valid_until": "2024-Q2" }),
        a!(ProjectCriterionWaived { "criterion": "readiness", "reason": "under study", "until": "2024-02" }),
    ]
}

/// Facts of every type that a thing of the kind has.
pub fn cluster_facts() -> Vec<ClusterFact> {
    vec![
        a!(ClusterRegistered { "name": "One", "country": "NL" }),
        a!(ClusterRegistered { "name": "Two", "country": "BE" }),
        a!(ClusterMemberJoined { "organisation": organisation_id(1) }),
        a!(ClusterMemberJoined { "organisation": organisation_id(1), "role": "port" }),
        a!(ClusterMemberJoined { "organisation": organisation_id(2) }),
        a!(ClusterMemberLeft { "organisation": organisation_id(1) }),
        a!(ClusterConvenorNamed { "organisation": organisation_id(1) }),
        a!(ClusterConvenorNamed { "organisation": organisation_id(2) }),
        a!(ClusterCharterSigned { "title": "Charter" }),
        a!(ClusterGovernanceEstablished { "body": "Board" }),
        a!(ClusterBaselineStated { "emissions": { "t_per_year": "1000", "year": 2019 } }),
        a!(ClusterBaselineStated { "jobs": { "count": 7, "bound": "at_least" } }),
        a!(ClusterTargetSet { "reduction_percent": "100", "target_year": 2040 }),
        a!(ClusterTargetSet { "target_year": 2050 }),
        a!(SharedAssetDeclared { "asset": "trunk line", "kind": "pipeline" }),
        a!(SharedAssetDeclared { "asset": "trunk line", "kind": "storage" }),
        a!(TalentProgrammeLaunched { "programme": "Welders" }),
        a!(StandardAdopted { "standard": "ISO 14064" }),
        a!(PracticeShared { "title": "One window", "done": "one desk", "result": "fewer returns" }),
        a!(ClusterPermitScopeDeclared { "permits": [permit_id(1)] }),
        a!(ClusterPermitScopeDeclared { "permits": [permit_id(1)], "none_needed": "nothing is built" }),
        a!(ClusterRelianceDeclared { "none_relied_on": "it pays for itself" }),
        a!(ClusterCriterionEvidenced { "criterion": "funding-map", "statement": "all of it" }),
        a!(ClusterCriterionWaived { "criterion": "funding-map", "reason": "under study", "until": "2024-02-29" }),
    ]
}

/// Facts of every type that a thing of the kind has.
pub fn award_facts() -> Vec<AwardFact> {
    let eur = |amount: &str| serde_json::json!({ "amount": amount, "currency": "EUR" });
    let usd = serde_json::json!({ "amount": "3", "currency": "USD" });
    vec![
        a!(AwardIdentified { "title": "Grant", "side": "public" }),
        a!(AwardIdentified { "title": "Loan", "side": "private", "programme": programme_id(1) }),
        a!(AwardAppliedFor { "amount": eur("9") }),
        a!(AwardAppliedFor {}),
        a!(AwardShortlisted { "reserve": true }),
        a!(AwardShortlisted {}),
        a!(AwardExpected { "amount": eur("8") }),
        a!(AwardDeclined {}),
        a!(AwardMade { "amount": eur("7") }),
        a!(AwardMade { "amount": usd }),
        a!(AwardAgreementSigned { "obligated": eur("6"), "conditions": ["permit"] }),
        a!(AwardAgreementSigned { "obligated": eur("9"), "ends_on": "2026" }),
        a!(AwardAmended { "awarded": eur("10"), "obligated": eur("9"), "reason": "prices" }),
        a!(AwardAmended { "obligated": usd, "reason": "moved" }),
        a!(AwardAmended { "reason": "none" }),
        a!(FinancialCloseReached {}),
        a!(AwardConditionMet { "condition": "permit" }),
        a!(AwardConditionMet { "condition": "offtake" }),
        a!(AwardDisbursed { "amount": eur("4") }),
        a!(AwardDisbursed { "amount": usd }),
        a!(PerformancePaid { "amount": eur("2"), "basis": "tonnes" }),
        a!(AwardDeobligated { "amount": eur("1"), "reason": "underspent" }),
        a!(AwardRecovered { "amount": eur("3"), "reason": "not built" }),
        a!(LoanRepaid { "amount": { "amount": "5", "currency": "EUR" } }),
        a!(GuaranteeCalled { "amount": { "amount": "5", "currency": "EUR" } }),
        a!(AwardTerminated { "reason": "not built" }),
    ]
}

/// Facts of every type that a thing of the kind has.
pub fn partnership_facts() -> Vec<PartnershipFact> {
    let (one, two) = (organisation_id(1), organisation_id(2));
    vec![
        a!(PartnershipIdentified { "title": "Steam", "kind": "offtake", "parties": [one, two] }),
        a!(PartnershipIdentified { "title": "Corridor", "kind": "cross_border", "clusters": [cluster_id(1)] }),
        a!(PartnershipDiscussionOpened {}),
        a!(MemorandumSigned {}),
        a!(TermSheetSigned {}),
        a!(BindingAgreementSigned { "binds_until": "2040" }),
        a!(BindingAgreementSigned { "value": { "amount": "5", "currency": "EUR" } }),
        a!(PartnershipBecameActive {}),
        a!(PartnerJoined { "organisation": organisation_id(3) }),
        a!(PartnerJoined { "organisation": one }),
        a!(PartnerLeft { "organisation": one }),
        a!(PartnerLeft { "organisation": organisation_id(3) }),
        a!(PartnershipExpired {}),
        a!(PartnershipTerminated { "reason": "prices" }),
    ]
}

/// Facts of every type that a thing of the kind has.
pub fn measure_facts() -> Vec<PolicyMeasureFact> {
    vec![
        a!(PolicyMeasureIdentified { "title": "Act", "jurisdiction": "EU" }),
        a!(PolicyMeasureIdentified { "title": "Law", "jurisdiction": "NL" }),
        a!(PolicyMeasureProposed {}),
        a!(PolicyMeasureConsultationOpened { "closes_on": "2024-06" }),
        a!(PolicyMeasureAdopted {}),
        a!(PolicyMeasureEnteredIntoForce {}),
        a!(PolicyMeasureEffectSet { "effect": "ends", "on": "2030", "spares_construction_begun_before": "2028" }),
        a!(PolicyMeasureAmended { "what": "a lower threshold" }),
        a!(PolicyMeasureSuspended {}),
        a!(PolicyMeasureRepealed { "reason": "replaced" }),
    ]
}

/// Facts of every type that a thing of the kind has.
pub fn programme_facts() -> Vec<ProgrammeFact> {
    let funder = organisation_id(1);
    vec![
        a!(ProgrammeOpened { "title": "Fund", "funder": funder, "budget": { "amount": "9", "currency": "EUR" } }),
        a!(ProgrammeOpened { "title": "Bank", "funder": funder, "clusters": [cluster_id(1)] }),
        a!(ProgrammeBudgetAmended { "budget": { "amount": "8", "currency": "EUR" }, "reason": "a cut" }),
        a!(ProgrammeBudgetAmended { "budget": { "amount": "8", "currency": "USD" }, "reason": "moved" }),
        a!(ProgrammeClosed {}),
    ]
}

/// Facts of every type that a thing of the kind has.
pub fn initiative_facts() -> Vec<InitiativeFact> {
    vec![
        a!(InitiativeNamed { "name": "Clusters" }),
        a!(InitiativeNamed { "name": "Hubs" }),
        a!(InitiativeFigureStated { "clusters": 8, "countries": 7 }),
        a!(InitiativeFigureStated { "clusters": 9, "gdp": { "amount": "5", "currency": "USD" } }),
    ]
}

/// Facts of every type that a thing of the kind has.
pub fn register_facts() -> Vec<RegisterFact> {
    let rate = |currency: &str, per_euro: &str| serde_json::json!({ "currency": currency, "per_euro": per_euro });
    let digits = "0f".repeat(32);
    vec![
        a!(RegisterEditionTaken { "register": "wells", "title": "Wells", "published_on": "2024-01-31", "file": "wells.csv",
            "file_sha256": digits, "rows_read": 3, "rows_rejected": 0 }),
        a!(ExchangeRatesPublished { "rates": [rate("USD", "2"), rate("GBP", "3")] }),
        a!(ExchangeRatesPublished { "rates": [rate("USD", "2.5")] }),
        a!(ExchangeRatesPublished { "rates": [rate("JPY", "250")] }),
    ]
}

/// Facts of every type that a thing of the kind has.
pub fn subject_facts() -> Vec<SubjectFact> {
    let lead = |until: &str| serde_json::json!({ "role": "project_lead", "projects": [super::project_id(1)], "until": until });
    let [token, other] = [7, 8].map(super::id);
    vec![
        a!(SubjectAdmitted { "kind": "person" }),
        a!(SubjectAdmitted { "kind": "machine" }),
        a!(MembershipGranted { "role": "auditor" }),
        super::fact("MembershipGranted", &lead("2025-01-01T00:00:00Z")),
        a!(MembershipCarried { "credential": token, "membership": lead("2024-07-01T08:00:00Z") }),
        a!(MembershipEnded { "membership": super::id(3) }),
        a!(MembershipEnded { "membership": super::id(4), "reason": "moved on" }),
        a!(CredentialRevoked { "credential": token }),
        a!(CredentialRevoked { "credential": other, "reason": "lost" }),
        a!(SessionsEnded { "issued_before": "2024-05-01T00:00:00Z" }),
        a!(SessionsEnded { "issued_before": "2024-06-01T00:00:00Z", "reason": "stolen" }),
    ]
}
