//! What does not fit together is flagged, each code by a smallest history, and what fits is not.

#![allow(clippy::unwrap_used, reason = "a test stops by panicking")]

use std::{cell::RefCell, collections::BTreeSet};

use crate::support::*;
use projections::{
    Across, Kinded,
    things::{Award, Cluster, FlagCode, Organisation, Partnership, Permit, PolicyMeasure, Programme, Project},
};
use schema::permit::PermitFact;

const IDENTIFIED: &str = r#"{ "title": "Hydrogen plant", "instrument": "planning permission" }"#;

/// The permit on which `acts` were recorded after its identification.
fn of_permit(facts: &[(&'static str, &'static str, &'static str)]) -> BTreeSet<FlagCode> {
    flags::<Permit>(("2020-01-01", "PermitIdentified", IDENTIFIED), facts)
}

fn of_project(facts: &[(&'static str, &'static str, &'static str)]) -> BTreeSet<FlagCode> {
    flags::<Project>(("2020-01-01", "ProjectRegistered", r#"{ "title": "Hydrogen plant" }"#), facts)
}

fn of_cluster(facts: &[(&'static str, &'static str, &'static str)]) -> BTreeSet<FlagCode> {
    flags::<Cluster>(("2020-01-01", "ClusterRegistered", r#"{ "name": "Basque Country", "country": "ES" }"#), facts)
}

fn of_award(facts: &[(&'static str, &'static str, &'static str)]) -> BTreeSet<FlagCode> {
    flags::<Award>(("2020-01-01", "AwardIdentified", r#"{ "title": "Electrolyser grant", "side": "public" }"#), facts)
}

fn of_partnership(facts: &[(&'static str, &'static str, &'static str)]) -> BTreeSet<FlagCode> {
    flags::<Partnership>(("2020-01-01", "PartnershipIdentified", PARTNERS), facts)
}

fn of_measure(facts: &[(&'static str, &'static str, &'static str)]) -> BTreeSet<FlagCode> {
    flags::<PolicyMeasure>(("2020-01-01", "PolicyMeasureIdentified", r#"{ "title": "Act", "jurisdiction": "EU" }"#), facts)
}

fn of_programme(facts: &[(&'static str, &'static str, &'static str)]) -> BTreeSet<FlagCode> {
    let founding = r#"{ "title": "Fund", "funder": "organisation-00000000-0000-4000-8000-000000000001" }"#;
    flags::<Programme>(("2020-01-01", "ProgrammeOpened", founding), facts)
}

type Told = (&'static str, &'static str, &'static str);

fn flags<S: Kinded>(founding: Told, facts: &[Told]) -> BTreeSet<FlagCode> {
    let told = [founding].into_iter().chain(facts.iter().copied());
    let facts = told.map(|(on, name, json)| (on, fact::<S::Fact>(name, &serde_json::from_str(json).unwrap())));
    codes(&thing::<S>(&history(facts)))
}

const SUBMITTED: Told = ("2024-01-10", "ApplicationSubmitted", "{}");
const STARTED: Told = ("2024-01-20", "ClockStarted", "{}");
const STOPPED: Told = ("2024-02-01", "ClockStopped", r#"{ "reason": "noise survey", "responsible": "applicant" }"#);
const GRANTED: Told = (
    "2024-06-01",
    "PermitGranted",
    r#"{ "conditions": [{ "reference": "1", "text": "a fence" }], "valid_until": "2027-06-01" }"#,
);
const REFUSED: Told = ("2024-06-01", "PermitRefused", "{}");
const APPEALED: Told = ("2024-07-01", "ChallengeLodged", r#"{ "kind": "appeal" }"#);
const PLANNED: Told = ("2024-01-01", "MilestonePlanned", r#"{ "milestone": "fid", "due_on": "2025-01-01" }"#);
const ACHIEVED: Told = ("2025-02-01", "MilestoneAchieved", r#"{ "milestone": "fid" }"#);
const SUSPENDED: Told = ("2024-03-01", "ProjectSuspended", r#"{ "reason": "prices" }"#);
const PARTNERS: &str = r#"{ "title": "Steam for the mill", "kind": "offtake", "parties":
    ["organisation-00000000-0000-4000-8000-000000000001", "organisation-00000000-0000-4000-8000-000000000002"] }"#;
const MADE: Told = ("2024-01-01", "AwardMade", r#"{ "amount": { "amount": "100", "currency": "EUR" } }"#);
const SIGNED: Told =
    ("2024-02-01", "AwardAgreementSigned", r#"{ "obligated": { "amount": "80", "currency": "EUR" }, "conditions": ["permit"] }"#);
const PAID: Told = ("2024-03-01", "AwardDisbursed", r#"{ "amount": { "amount": "50", "currency": "EUR" } }"#);
const MEMBER: &str = r#"{ "organisation": "organisation-00000000-0000-4000-8000-000000000001" }"#;

/// The codes that some history was seen to raise.
#[derive(Default)]
struct Table(RefCell<BTreeSet<FlagCode>>);

impl Table {
    /// The history raises `code`, together with `beside` and nothing else; without its last fact it doesn't.
    fn check(&self, code: FlagCode, beside: &[FlagCode], tell: fn(&[Told]) -> BTreeSet<FlagCode>, facts: &[Told]) {
        let expected: BTreeSet<_> = beside.iter().copied().chain([code]).collect();
        assert_eq!(tell(facts), expected, "{facts:?}");
        let (_, before) = facts.split_last().unwrap();
        assert!(!tell(before).contains(&code), "{code:?} without the last of {facts:?}");
        self.0.borrow_mut().insert(code);
    }

    /// These acts raise `code` and nothing else; without the last they raise nothing.
    fn raises(&self, code: FlagCode, acts: &[Said<PermitFact>]) {
        let (_, before) = acts.split_last().unwrap();
        assert!(before.is_empty() || permit(before).flags().is_empty(), "{code:?}");
        self.note(code, &codes(&permit(acts)));
    }

    fn note(&self, code: FlagCode, raised: &BTreeSet<FlagCode>) {
        assert_eq!(*raised, [code].into());
        self.0.borrow_mut().insert(code);
    }
}

#[test]
fn every_code_is_raised_by_a_smallest_history() {
    use FlagCode as C;
    let table = Table::default();
    of_every_thing(&table);
    let permit = |code, facts: &[Told]| table.check(code, &[], of_permit, facts);
    permit(C::NotSubmitted, &[("2024-01-01", "ApplicationAccepted", "{}")]);
    permit(C::SubmittedTwice, &[SUBMITTED, ("2024-01-11", "ApplicationSubmitted", "{}")]);
    let impossible = [("2023-06-01", "PermitGranted", "{}"), SUBMITTED];
    table.check(C::DecidedBeforeSubmission, &[C::NotSubmitted], of_permit, &impossible);
    let accepted = ("2024-01-15", "ApplicationAccepted", "{}");
    permit(C::AcceptedTwice, &[SUBMITTED, accepted, accepted]);
    permit(C::ClockStartedTwice, &[SUBMITTED, STARTED, STARTED]);
    permit(C::ClockNotRunning, &[SUBMITTED, STOPPED]);
    permit(C::ClockNotStopped, &[SUBMITTED, STARTED, ("2024-02-01", "ClockResumed", "{}")]);
    permit(C::StoppedTwice, &[SUBMITTED, STARTED, STOPPED, STOPPED]);
    let flooded = ("2024-02-03", "ClockStopped", r#"{ "reason": "flood survey", "responsible": "applicant" }"#);
    permit(C::ResumptionUnclear, &[SUBMITTED, STARTED, STOPPED, flooded, ("2024-02-10", "ClockResumed", "{}")]);
    permit(C::ExtensionUnclear, &[SUBMITTED, STARTED, ("2024-02-01", "DeadlineExtended", r#"{ "reason": "complex" }"#)]);
    let nobody = r#"{ "consultees": [{ "due_on": "2024-03" }] }"#;
    permit(C::ConsulteeUnclear, &[SUBMITTED, ("2024-02-01", "ConsultationOpened", nobody)]);
    let other = r#"{ "stop": "00000000-0000-0000-0000-000000000003" }"#;
    permit(C::NamedFactUnknown, &[SUBMITTED, STARTED, STOPPED, ("2024-02-10", "ClockResumed", other)]);
    permit(C::InformationNotRequested, &[SUBMITTED, ("2024-02-01", "InformationSupplied", "{}")]);
    permit(C::ConsultationNotOpen, &[SUBMITTED, ("2024-02-01", "ConsultationClosed", "{}")]);
    permit(C::DecidedTwice, &[SUBMITTED, REFUSED, ("2024-07-01", "PermitGranted", "{}")]);
    let by_appeal = ("2024-08-01", "PermitGranted", r#"{ "decided_by": "appeal" }"#);
    permit(C::DecidedAfterAppeal, &[SUBMITTED, APPEALED, by_appeal, ("2024-09-01", "PermitGranted", "{}")]);
    permit(C::ApplicationOver, &[SUBMITTED, ("2024-02-01", "ApplicationWithdrawn", "{}"), GRANTED]);
    permit(C::ValidityBeforeGrant, &[SUBMITTED, ("2024-06-01", "PermitGranted", r#"{ "valid_until": "2024-05-31" }"#)]);
    permit(C::NothingToChallenge, &[SUBMITTED, ("2024-07-01", "ChallengeLodged", r#"{ "kind": "judicial_review" }"#)]);
    permit(C::ChallengeNotOpen, &[SUBMITTED, REFUSED, ("2024-07-01", "ChallengeDismissed", r#"{ "kind": "appeal" }"#)]);
    permit(C::ChallengedTwice, &[SUBMITTED, REFUSED, APPEALED, APPEALED]);
    let dismissed = ("2024-08-01", "ChallengeDismissed", r#"{ "kind": "appeal" }"#);
    let challenged = [SUBMITTED, REFUSED, APPEALED, APPEALED, dismissed];
    table.check(C::ChallengeUnclear, &[C::ChallengedTwice], of_permit, &challenged);
    permit(C::RedeterminationUnfounded, &[SUBMITTED, REFUSED, ("2024-07-01", "RedeterminationOpened", "{}")]);
    permit(C::ConditionUnknown, &[SUBMITTED, GRANTED, ("2024-07-01", "ConditionDischarged", r#"{ "condition": "2" }"#)]);
    let discharged = ("2024-07-01", "ConditionDischarged", r#"{ "condition": "1" }"#);
    permit(C::ConditionDischargedTwice, &[SUBMITTED, GRANTED, discharged, discharged]);
    permit(C::AlreadyDetermined, &[SUBMITTED, REFUSED, ("2024-07-01", "ApplicationReturned", r#"{ "missing": ["a drawing"] }"#)]);
    permit(C::NotGranted, &[SUBMITTED, REFUSED, ("2025-07-01", "PermitSurrendered", "{}")]);
    permit(C::ReportedOtherwise, &[SUBMITTED, ("2025-07-01", "PermitStandingReported", r#"{ "standing": "closed" }"#)]);
    let project = |code, facts: &[Told]| table.check(code, &[], of_project, facts);
    let (feed, concept) = (r#"{ "stage": "feed" }"#, r#"{ "stage": "concept" }"#);
    project(C::StageBackwards, &[("2024-01-01", "ProjectStageEntered", feed), ("2024-02-01", "ProjectStageEntered", concept)]);
    project(C::StageWhileOff, &[SUSPENDED, ("2024-04-01", "ProjectStageEntered", feed)]);
    project(C::NotSuspended, &[("2024-04-01", "ProjectResumed", "{}")]);
    project(C::NotEnded, &[SUSPENDED, ("2024-04-01", "ProjectRevived", "{}")]);
    project(C::AlreadyOff, &[SUSPENDED, SUSPENDED]);
    project(C::MilestonePlannedTwice, &[PLANNED, PLANNED]);
    project(C::MilestoneNotPlanned, &[ACHIEVED]);
    let moved = r#"{ "milestone": "fid", "from": "2025-01-02", "to": "2026", "reason": "supply", "responsible": "partner" }"#;
    project(C::MilestoneFromOtherDate, &[PLANNED, ("2024-06-01", "MilestoneRescheduled", moved)]);
    project(C::MilestoneOver, &[PLANNED, ACHIEVED, ACHIEVED]);
    let closed = ("2024-06-01", "ProjectFinancialCloseReached", "{}");
    project(C::ProjectFinancialCloseTwice, &[closed, closed]);
    let part = r#"{ "title": "Train two", "part_of": "project-00000000-0000-0000-0000-000000000001" }"#;
    table.check(C::ProjectPartOfItself, &[C::FoundedTwice], of_project, &[("2024-01-01", "ProjectRegistered", part)]);
    let again = |json| [("2024-01-01", "AwardIdentified", json)];
    let shared = r#"{ "title": "Grant", "shares": [{ "percent": "40" }] }"#;
    table.check(C::AwardShareUnclear, &[C::FoundedTwice], of_award, &again(shared));
    let passed_on = r#"{ "title": "Grant", "out_of": "award-00000000-0000-0000-0000-000000000001" }"#;
    table.check(C::AwardOutOfItself, &[C::FoundedTwice], of_award, &again(passed_on));
    of_investment(&table);
    of_declarations(&table);
    of_money(&table);
    of_payments(&table);
    of_partners(&table);
    of_policy(&table);
    of_two_things(&table);
    of_doubles(&table);
    of_an_authority(&table);
    of_another_project(&table);
    let cluster = |code, facts: &[Told]| table.check(code, &[], of_cluster, facts);
    cluster(
        C::MemberJoinedTwice,
        &[("2024-01-01", "ClusterMemberJoined", MEMBER), ("2024-02-01", "ClusterMemberJoined", MEMBER)],
    );
    cluster(C::MemberUnknown, &[("2024-01-01", "ClusterMemberLeft", MEMBER)]);
    cluster(C::TargetUnclear, &[("2024-01-01", "ClusterTargetSet", r#"{ "target_year": 2040 }"#)]);
    let asset = ("2024-01-01", "SharedAssetDeclared", r#"{ "asset": "trunk line", "kind": "pipeline" }"#);
    cluster(C::AssetDeclaredTwice, &[asset, asset]);
    table.check(
        C::ProgrammeClosedTwice,
        &[],
        of_programme,
        &[("2024-01-01", "ProgrammeClosed", "{}"), ("2024-06-01", "ProgrammeClosed", "{}")],
    );
    // What the law has to say is looked at where the law is known: in the tests of the domain.
    let of_the_law = [C::RegimeUnknown, C::CaseUnknown];
    let raised: BTreeSet<_> = table.0.into_inner().into_iter().chain(of_the_law).collect();
    assert_eq!(raised, FlagCode::ALL.iter().copied().collect());
}

fn of_investment(table: &Table) {
    use FlagCode as C;
    let project = |code, facts: &[Told]| table.check(code, &[], of_project, facts);
    let taken = ("2024-06-01", "FidTaken", "{}");
    project(C::FidTakenTwice, &[taken, ("2024-07-01", "FidTaken", "{}")]);
    let shares = r#"{ "amount": { "amount": "5", "currency": "EUR" }, "debt": { "amount": "1", "currency": "USD" } }"#;
    project(C::FidSharesDiffer, &[("2024-06-01", "FidTaken", shares)]);
    project(C::DependencyUnclear, &[("2024-06-01", "DependencyDeclared", r#"{ "milestone": "fid" }"#)]);
    let itself = r#"{ "milestone": "fid", "needs_milestone": "fid" }"#;
    project(C::DependencyOnItself, &[("2024-06-01", "DependencyDeclared", itself)]);
    let unknown = r#"{ "milestone": "fid", "needs_milestone": "feed done" }"#;
    project(C::DependencyUnknown, &[("2024-06-01", "DependencyDeclared", unknown)]);
    let feed = ("2024-01-01", "MilestonePlanned", r#"{ "milestone": "FEED done", "due_on": "2024-12-01" }"#);
    let back = r#"{ "milestone": "Feed  Done", "needs_milestone": "FID" }"#;
    let round = [feed, ("2024-06-01", "DependencyDeclared", unknown), ("2024-07-01", "DependencyDeclared", back)];
    project(C::DependencyLoop, &round);
    let year = r#"{ "from": "2024", "to": "2024", "t_co2e": "5", "method": "measured" }"#;
    let december = r#"{ "from": "2024-12", "to": "2025-11", "t_co2e": "5", "method": "measured" }"#;
    project(C::AbatementPeriodTwice, &[("2025-01-10", "AbatementReported", year), ("2025-12-10", "AbatementReported", december)]);
    let reversed = r#"{ "from": "2024-02", "to": "2024-01", "t_co2e": "5", "method": "measured" }"#;
    project(C::AbatementPeriodReversed, &[("2024-03-01", "AbatementReported", reversed)]);
}

fn of_declarations(table: &Table) {
    use FlagCode as C;
    let project = |code, facts: &[Told]| table.check(code, &[], of_project, facts);
    let cluster = |code, facts: &[Told]| table.check(code, &[], of_cluster, facts);
    project(C::PermitScopeUnclear, &[("2024-01-01", "ProjectPermitScopeDeclared", "{}")]);
    cluster(C::PermitScopeUnclear, &[("2024-01-01", "ClusterPermitScopeDeclared", "{}")]);
    project(C::RelianceUnclear, &[("2024-01-01", "ProjectRelianceDeclared", "{}")]);
    cluster(C::RelianceUnclear, &[("2024-01-01", "ClusterRelianceDeclared", "{}")]);
    let filed = r#"{ "criterion": "readiness", "statement": "tried" }"#;
    project(C::CriterionWithoutDocument, &[("2024-01-01", "ProjectCriterionEvidenced", filed)]);
    cluster(C::CriterionWithoutDocument, &[("2024-01-01", "ClusterCriterionEvidenced", filed)]);
    let waived = r#"{ "criterion": "readiness", "reason": "under study", "until": "2023-12-31" }"#;
    project(C::WaiverEndsBeforeItBegins, &[("2024-01-01", "ProjectCriterionWaived", waived)]);
    cluster(C::WaiverEndsBeforeItBegins, &[("2024-01-01", "ClusterCriterionWaived", waived)]);
}

fn of_money(table: &Table) {
    use FlagCode as C;
    let award = |code, facts: &[Told]| table.check(code, &[], of_award, facts);
    award(C::AwardAlreadyMade, &[MADE, ("2024-01-02", "AwardMade", r#"{ "amount": { "amount": "1", "currency": "EUR" } }"#)]);
    award(C::AwardNotMade, &[SIGNED]);
    award(
        C::AwardAgreementTwice,
        &[MADE, SIGNED, ("2024-02-02", "AwardAgreementSigned", r#"{ "obligated": { "amount": "1", "currency": "EUR" } }"#)],
    );
    let beyond = r#"{ "obligated": { "amount": "101", "currency": "EUR" } }"#;
    award(C::ObligatedBeyondAward, &[MADE, ("2024-02-01", "AwardAgreementSigned", beyond)]);
    let cut = r#"{ "awarded": { "amount": "79", "currency": "EUR" }, "reason": "a cut" }"#;
    award(C::ObligatedBeyondAward, &[MADE, SIGNED, ("2024-03-01", "AwardAmended", cut)]);
    award(C::AwardAmendmentEmpty, &[MADE, ("2024-03-01", "AwardAmended", r#"{ "reason": "none" }"#)]);
    let promise = r#"{ "awarded": { "amount": "79", "currency": "EUR" }, "reason": "prices" }"#;
    award(C::AwardNotMade, &[("2024-03-01", "AwardAmended", promise)]);
    let commitment = r#"{ "obligated": { "amount": "79", "currency": "EUR" }, "reason": "prices" }"#;
    award(C::AwardNotObligated, &[MADE, ("2024-03-01", "AwardAmended", commitment)]);
    let dollars = r#"{ "awarded": { "amount": "79", "currency": "USD" }, "reason": "moved" }"#;
    award(C::AwardOtherCurrency, &[MADE, ("2024-03-01", "AwardAmended", dollars)]);
    let dollars = r#"{ "obligated": { "amount": "1", "currency": "USD" } }"#;
    award(C::AwardOtherCurrency, &[MADE, ("2024-03-01", "AwardAgreementSigned", dollars)]);
    award(
        C::FinancialCloseTwice,
        &[("2024-03-01", "FinancialCloseReached", "{}"), ("2024-04-01", "FinancialCloseReached", "{}")],
    );
    let nothing = ("2024-01-01", "AwardExpected", r#"{ "amount": { "amount": "0", "currency": "EUR" } }"#);
    award(C::AmountZero, &[nothing]);
    award(C::AwardOver, &[("2024-01-01", "AwardDeclined", "{}"), ("2024-02-01", "AwardAppliedFor", "{}")]);
}

fn of_payments(table: &Table) {
    use FlagCode as C;
    let award = |code, facts: &[Told]| table.check(code, &[], of_award, facts);
    let met = ("2024-03-01", "AwardConditionMet", r#"{ "condition": "permit" }"#);
    award(C::AwardConditionUnknown, &[MADE, met]);
    award(C::AwardConditionMetTwice, &[MADE, SIGNED, met, met]);
    award(C::AwardNotObligated, &[MADE, PAID]);
    let more = |amount| format!(r#"{{ "amount": {{ "amount": "{amount}", "currency": "EUR" }}, "reason": "x", "basis": "y" }}"#);
    let more: &'static str = more(81).leak();
    award(C::DisbursedBeyondObligation, &[MADE, SIGNED, ("2024-04-01", "AwardDisbursed", more)]);
    award(C::DisbursedBeyondObligation, &[MADE, SIGNED, ("2024-04-01", "PerformancePaid", more)]);
    award(C::DeobligatedBeyondObligation, &[MADE, SIGNED, ("2024-04-01", "AwardDeobligated", more)]);
    award(C::AwardNotObligated, &[MADE, ("2024-04-01", "AwardDeobligated", more)]);
    award(C::RecoveredBeyondDisbursed, &[MADE, SIGNED, PAID, ("2024-04-01", "AwardRecovered", more)]);
    let dollars = r#"{ "amount": { "amount": "1", "currency": "USD" }, "reason": "x", "basis": "y" }"#;
    for name in ["AwardDisbursed", "PerformancePaid", "AwardDeobligated"] {
        award(C::AwardOtherCurrency, &[MADE, SIGNED, PAID, ("2024-04-01", name, dollars)]);
    }
    award(C::RecoveredBeyondDisbursed, &[MADE, SIGNED, PAID, ("2024-04-01", "AwardRecovered", dollars)]);
}

fn of_partners(table: &Table) {
    use FlagCode as C;
    let partnership = |code, facts: &[Told]| table.check(code, &[], of_partnership, facts);
    let (one, three) = (MEMBER, r#"{ "organisation": "organisation-00000000-0000-4000-8000-000000000003" }"#);
    partnership(C::PartnerJoinedTwice, &[("2024-01-01", "PartnerJoined", one)]);
    partnership(C::PartnerUnknown, &[("2024-01-01", "PartnerLeft", three)]);
    partnership(C::PartnershipOneLeft, &[("2024-01-01", "PartnerLeft", one)]);
    partnership(C::PartnershipBackwards, &[("2024-01-01", "TermSheetSigned", "{}"), ("2024-02-01", "MemorandumSigned", "{}")]);
    partnership(C::PartnershipNotBinding, &[("2024-01-01", "PartnershipBecameActive", "{}")]);
    partnership(C::PartnershipOver, &[("2024-01-01", "PartnershipExpired", "{}"), ("2024-02-01", "MemorandumSigned", "{}")]);
    let alone = a!(PartnershipIdentified { "title": "Steam", "kind": "supply", "parties": [organisation_id(1)] });
    table.note(C::PartnershipOneParty, &codes(&thing::<Partnership>(&[stated(1, "2024-01-01", alone)])));
}

fn of_policy(table: &Table) {
    use FlagCode as C;
    let measure = |code, facts: &[Told]| table.check(code, &[], of_measure, facts);
    let adopted = ("2024-01-01", "PolicyMeasureAdopted", "{}");
    measure(C::MeasureBackwards, &[adopted, ("2024-02-01", "PolicyMeasureProposed", "{}")]);
    measure(C::MeasureNotAdopted, &[("2024-02-01", "PolicyMeasureRepealed", "{}")]);
    measure(C::MeasureNotAdopted, &[("2024-02-01", "PolicyMeasureAmended", r#"{ "what": "a threshold" }"#)]);
    measure(C::MeasureNotInForce, &[adopted, ("2024-02-01", "PolicyMeasureSuspended", "{}")]);
}

/// Codes that are raised between a thing and those that it names.
fn of_two_things(table: &Table) {
    use FlagCode as C;
    let across = |clusters: &[u128], projects: &[u128], funder: Option<u128>| {
        let clusters: Vec<_> = clusters.iter().copied().map(cluster_id).collect();
        let projects: Vec<_> = projects.iter().copied().map(project_id).collect();
        let identified = a!(AwardIdentified {
            "title": "Grant", "side": "public", "programme": programme_id(1),
            "funder": funder.map(organisation_id), "clusters": clusters, "projects": projects
        });
        let mut log = some_places();
        log.record(award_id(1), &stated(99, "2024-01-01", identified));
        let picture = log.picture();
        let award = picture.thing::<Award>(award_id(1)).unwrap();
        assert!(award.flags().is_empty());
        let flags = Award::across(award, &picture);
        assert!(flags.iter().all(|flag| flag.facts == [id(99)]));
        flags.iter().map(|flag| flag.code).collect::<BTreeSet<_>>()
    };
    let (fits, outside) = (BTreeSet::new(), BTreeSet::from([C::AwardOutsideProgramme]));
    table.note(C::AwardOutsideProgramme, &across(&[2], &[], None));
    table.note(C::AwardBeyondBudget, &promised("101", "EUR"));
    table.note(C::AwardOutsideBudgetCurrency, &promised("1", "USD"));
    assert_eq!(promised("100", "EUR"), BTreeSet::new());
    table.note(C::AwardFunderDiffers, &across(&[1], &[], Some(2)));
    assert_eq!(across(&[1], &[1], Some(1)), fits, "the programme's own cluster, and a project in it");
    assert_eq!(across(&[], &[], None), fits, "what it is for is not known");
    assert_eq!(across(&[1], &[2], None), outside, "a project of another cluster beside");
    assert_eq!(across(&[3], &[], None), outside, "a cluster that it names, in a country that it does not");
    assert_eq!(across(&[], &[3], None), outside, "a project in no cluster, where clusters are named");
    assert_eq!(across(&[], &[404], None), fits, "what is not on record is not held against it");
}

fn of_doubles(table: &Table) {
    let across = |second: serde_json::Value| {
        let mut log = Log::default();
        let first = a!(OrganisationRegistered { "name": "Solway Steel", "kind": "company", "country": "GB", "lei": LEI });
        log.record(organisation_id(1), &stated(1, "2020-01-01", first));
        log.record(organisation_id(2), &stated(2, "2020-01-01", fact("OrganisationRegistered", &second)));
        let picture = log.picture();
        let flags = Organisation::across(picture.thing::<Organisation>(organisation_id(2)).unwrap(), &picture);
        flags.iter().map(|flag| flag.code).collect::<BTreeSet<_>>()
    };
    let of = |name: &str, country: Option<&str>, lei: Option<&str>| {
        across(serde_json::json!({ "name": name, "kind": "company", "country": country, "lei": lei }))
    };
    table.note(FlagCode::LeiTaken, &of("Solway Works", Some("GB"), Some(LEI)));
    table.note(FlagCode::NameAlike, &of("SOLWAY ST\u{415}\u{415}L", Some("GB"), None));
    assert_eq!(of("Solway steel", None, None), BTreeSet::from([FlagCode::NameAlike]), "where it is is not known");
    for (name, country) in [("Solway Steel", Some("NL")), ("Solway Steel II", Some("GB"))] {
        assert_eq!(of(name, country, None), BTreeSet::new(), "{name} {country:?}");
    }
}

/// An identifier that checks itself, of nobody.
const LEI: &str = "529900T8BM49AURSDO55";

fn of_an_authority(table: &Table) {
    let across = |kind: Option<&str>| {
        let mut log = Log::default();
        if let Some(kind) = kind {
            let organisation = a!(OrganisationRegistered { "name": "Council", "kind": kind });
            log.record(organisation_id(1), &stated(1, "2020-01-01", organisation));
        }
        let permit = a!(PermitIdentified { "title": "Consent", "instrument": "consent", "authority": organisation_id(1) });
        log.record(permit_id(1), &stated(2, "2024-01-01", permit));
        let picture = log.picture();
        let flags = Permit::across(picture.thing::<Permit>(permit_id(1)).unwrap(), &picture);
        flags.iter().map(|flag| flag.code).collect::<BTreeSet<_>>()
    };
    table.note(FlagCode::AuthorityIsNone, &across(Some("company")));
    for kind in [Some("authority"), Some("port"), None] {
        assert_eq!(across(kind), BTreeSet::new(), "{kind:?} decides, or is not known");
    }
}

fn of_another_project(table: &Table) {
    let across = |needed: &str, back: bool| {
        let mut log = Log::default();
        for number in 1..=2 {
            log.record(project_id(number), &stated(number, "2020-01-01", a!(ProjectRegistered { "title": "Plant" })));
            let planned = a!(MilestonePlanned { "milestone": "First gas", "due_on": "2026" });
            log.record(project_id(number), &stated(10 + number, "2020-02-01", planned));
        }
        let needs = |milestone: &str, project: u128, needed: &str| a!(DependencyDeclared { "milestone": milestone, "needs_milestone": needed, "of_project": project_id(project) });
        log.record(project_id(1), &stated(20, "2020-03-01", needs("fid", 2, needed)));
        if back {
            log.record(project_id(2), &stated(21, "2020-03-01", needs("first gas", 1, "FID")));
        }
        let picture = log.picture();
        let flags = Project::across(picture.thing::<Project>(project_id(1)).unwrap(), &picture);
        assert!(flags.iter().all(|flag| flag.facts == [id(20)]));
        flags.iter().map(|flag| flag.code).collect::<BTreeSet<_>>()
    };
    table.note(FlagCode::DependencyUnknownElsewhere, &across("second gas", false));
    assert_eq!(across("second gas", true), [FlagCode::DependencyUnknownElsewhere].into());
    for known in ["first gas", "First  Gas", "FID"] {
        assert_eq!(across(known, false), BTreeSet::new(), "{known}");
    }
    assert_eq!(across("first gas", true), [FlagCode::DependencyLoop].into());
}

/// A programme of organisation 1 for clusters 1 and 3 in the Netherlands; clusters 1 and 2 there, 3 in Belgium; a project in
/// each of the first two, and one in none.
fn some_places() -> Log {
    let mut log = Log::default();
    for (n, country) in [(1, "NL"), (2, "NL"), (3, "BE")] {
        let cluster = a!(ClusterRegistered { "name": format!("Cluster {n}"), "country": country });
        log.record(cluster_id(n), &stated(n, "2020-01-01", cluster));
    }
    for (n, cluster) in [(1, Some(1)), (2, Some(2)), (3, None)] {
        let project = a!(ProjectRegistered { "title": "Plant", "cluster": cluster.map(cluster_id), "country": "NL" });
        log.record(project_id(n), &stated(10 + n, "2020-01-01", project));
    }
    let programme = a!(ProgrammeOpened {
        "title": "Fund", "funder": organisation_id(1), "clusters": [cluster_id(1), cluster_id(3)], "countries": ["NL"]
    });
    log.record(programme_id(1), &stated(20, "2020-01-01", programme));
    log
}

/// The codes across an award of so much under a programme of 100 euros.
fn promised(amount: &str, currency: &str) -> BTreeSet<FlagCode> {
    let mut log = Log::default();
    let budget = serde_json::json!({ "amount": "100", "currency": "EUR" });
    let programme = a!(ProgrammeOpened { "title": "Fund", "funder": organisation_id(1), "budget": budget });
    log.record(programme_id(1), &stated(1, "2020-01-01", programme));
    log.record(award_id(1), &stated(2, "2020-01-01", a!(AwardIdentified { "title": "Grant", "programme": programme_id(1) })));
    let made = a!(AwardMade { "amount": { "amount": amount, "currency": currency } });
    log.record(award_id(1), &stated(3, "2020-02-01", made));
    let picture = log.picture();
    let award = picture.thing::<Award>(award_id(1)).unwrap();
    Award::across(award, &picture).into_iter().map(|flag| flag.code).collect()
}

/// Codes that are raised for things of every kind.
fn of_every_thing(table: &Table) {
    use FlagCode as C;
    let identified = || a!(PermitIdentified { "title": "Plant", "instrument": "consent" });
    let founding = stated(1, "2024-01-01", identified());
    table.raises(C::FoundedTwice, &[founding.clone(), stated(2, "2024-01-01", identified())]);
    let reported = |number, standing: &str| stated(number, "2025-01-01", a!(PermitStandingReported { "standing": standing }));
    table.raises(
        C::SameDay,
        &[
            founding.clone(),
            stated(2, "2024-01-10", a!(ApplicationSubmitted {})),
            stated(3, "2024-06-01", a!(PermitRefused {})),
            reported(4, "refused"),
            reported(5, "closed"),
        ],
    );
    table.raises(C::NotFounded, &life!["2024-01-01" PreApplicationOpened {}]);
    table.raises(C::ActUnknown, &[founding.clone(), retracted(2, 77)]);
    table.raises(C::ConfirmationOneSided, &[founding.clone(), confirmed_by_themselves(2, 1)]);
    table.raises(C::OccursInFuture, &[founding.clone(), stated(2, "2026-06-03", a!(ApplicationSubmitted {}))]);
    let mut log = Log::default();
    log.record(permit_id(1), &founding).push_unreadable(2, permit_id(1));
    table.note(C::Unreadable, &codes(log.picture().thing::<Permit>(permit_id(1)).unwrap()));
}

#[test]
fn a_history_that_fits_raises_nothing() {
    let none = BTreeSet::new();
    let supplied = [
        SUBMITTED,
        ("2024-01-12", "ApplicationReturned", r#"{ "missing": ["a drawing"] }"#),
        ("2024-01-14", "ApplicationSubmitted", "{}"),
        ("2024-01-15", "ApplicationAccepted", "{}"),
        STARTED,
        ("2024-02-01", "InformationRequested", r#"{ "what": "a noise survey" }"#),
        STOPPED,
        ("2024-02-10", "ClockStopped", r#"{ "reason": "flood survey", "responsible": "other_authority" }"#),
        ("2024-03-01", "InformationSupplied", "{}"),
        ("2024-03-01", "ClockResumed", r#"{ "ground": "noise survey" }"#),
        ("2024-03-01", "ClockResumed", r#"{ "ground": "flood survey" }"#),
        ("2024-03-02", "DeadlineExtended", r#"{ "by": { "count": 3, "unit": "month" }, "reason": "holidays" }"#),
        ("2024-03-03", "ConsultationOpened", "{}"),
        ("2024-04-03", "ConsultationClosed", "{}"),
        ("2024-05-01", "RecommendationMade", r#"{ "recommendation": "grant" }"#),
        GRANTED,
        ("2024-07-01", "ConditionDischarged", r#"{ "condition": "1" }"#),
    ];
    assert_eq!(of_permit(&supplied), none);
    let upheld = ("2024-12-01", "ChallengeUpheld", r#"{ "kind": "appeal" }"#);
    assert_eq!(
        of_permit(&[SUBMITTED, REFUSED, APPEALED, upheld, ("2024-12-01", "PermitGranted", r#"{ "decided_by": "appeal" }"#)]),
        none
    );
    let quashed = [
        SUBMITTED,
        GRANTED,
        ("2024-07-01", "ChallengeLodged", r#"{ "kind": "judicial_review" }"#),
        ("2025-01-01", "ChallengeUpheld", r#"{ "kind": "judicial_review" }"#),
        ("2025-01-01", "DeterminationQuashed", "{}"),
        ("2025-02-01", "RedeterminationOpened", "{}"),
        ("2025-06-01", "PermitRefused", "{}"),
    ];
    assert_eq!(of_permit(&quashed), none);
    let again = [SUBMITTED, ("2024-02-01", "ApplicationWithdrawn", "{}"), ("2024-03-01", "ApplicationSubmitted", "{}"), GRANTED];
    assert_eq!(of_permit(&again), none);
    assert_eq!(
        of_permit(&[("2023", "ApplicationSubmitted", "{}"), ("2023", "PermitGranted", r#"{ "valid_until": "2023" }"#)]),
        none
    );
    let moved = r#"{ "milestone": "fid", "from": "2025-01-01", "to": "2026", "reason": "supply", "responsible": "partner" }"#;
    let project = [
        ("2023-01-01", "ProjectStandingReported", r#"{ "stage": "concept" }"#),
        PLANNED,
        ("2024-02-01", "ProjectStageEntered", r#"{ "stage": "feed" }"#),
        SUSPENDED,
        ("2024-04-01", "ProjectCancelled", r#"{ "reason": "prices" }"#),
        ("2024-05-01", "ProjectRevived", "{}"),
        ("2024-06-01", "MilestoneRescheduled", moved),
        ACHIEVED,
        ("2025-02-01", "ProjectStageEntered", r#"{ "stage": "fid" }"#),
    ];
    assert_eq!(of_project(&project), none);
    let left = ("2025-01-01", "ClusterMemberLeft", MEMBER);
    let joined = ("2024-01-01", "ClusterMemberJoined", MEMBER);
    assert_eq!(of_cluster(&[joined, left, ("2025-02-01", "ClusterMemberJoined", MEMBER)]), none);
}

#[test]
fn what_money_partners_and_policy_do_in_order_raises_nothing() {
    let none = BTreeSet::new();
    let raised = r#"{ "awarded": { "amount": "200", "currency": "EUR" }, "obligated": { "amount": "90", "currency": "EUR" }, "reason": "prices" }"#;
    let rest = r#"{ "amount": { "amount": "40", "currency": "EUR" }, "basis": "tonnes" }"#;
    let back = r#"{ "amount": { "amount": "90", "currency": "EUR" }, "reason": "not built" }"#;
    let award = [
        ("2023-01-01", "AwardAppliedFor", "{}"),
        ("2023-02-01", "AwardShortlisted", "{}"),
        ("2023-03-01", "AwardExpected", "{}"),
        ("2023-04-01", "AwardDeclined", "{}"),
        MADE,
        SIGNED,
        ("2024-02-10", "AwardConditionMet", r#"{ "condition": "permit" }"#),
        ("2024-02-20", "FinancialCloseReached", "{}"),
        PAID,
        ("2024-04-01", "AwardAmended", raised),
        ("2024-05-01", "PerformancePaid", rest),
        ("2024-06-01", "AwardTerminated", r#"{ "reason": "not built" }"#),
        ("2024-07-01", "AwardRecovered", back),
    ];
    assert_eq!(of_award(&award), none);
    let partnership = [
        ("2024-01-01", "PartnershipDiscussionOpened", "{}"),
        ("2024-02-01", "MemorandumSigned", "{}"),
        ("2024-03-01", "TermSheetSigned", "{}"),
        ("2024-04-01", "BindingAgreementSigned", "{}"),
        ("2024-05-01", "PartnershipBecameActive", "{}"),
        ("2024-06-01", "PartnerLeft", MEMBER),
        ("2024-07-01", "PartnerJoined", MEMBER),
        ("2025-01-01", "PartnershipExpired", "{}"),
    ];
    assert_eq!(of_partnership(&partnership), none);
    let measure = [
        ("2022-01-01", "PolicyMeasureProposed", "{}"),
        ("2022-02-01", "PolicyMeasureConsultationOpened", "{}"),
        ("2022-03-01", "PolicyMeasureAdopted", "{}"),
        ("2022-04-01", "PolicyMeasureEnteredIntoForce", "{}"),
        ("2022-05-01", "PolicyMeasureAmended", r#"{ "what": "a threshold" }"#),
        ("2022-06-01", "PolicyMeasureSuspended", "{}"),
        ("2022-07-01", "PolicyMeasureEnteredIntoForce", "{}"),
        ("2022-08-01", "PolicyMeasureRepealed", "{}"),
    ];
    assert_eq!(of_measure(&measure), none);
}

#[test]
fn a_date_that_is_not_known_to_the_day_is_no_contradiction_while_it_may_fit() {
    let granted_in = |on| of_permit(&[("2023-06-15", "ApplicationSubmitted", "{}"), (on, "PermitGranted", "{}")]);
    assert_eq!(granted_in("2023"), BTreeSet::new());
    assert_eq!(granted_in("2023-Q2"), BTreeSet::new());
    assert_eq!(granted_in("2023-05"), [FlagCode::NotSubmitted, FlagCode::DecidedBeforeSubmission].into());
}

#[test]
fn a_day_that_has_begun_somewhere_on_earth_is_not_ahead() {
    assert_eq!(of_permit(&[("2026-06-02", "ApplicationSubmitted", "{}")]), BTreeSet::new());
}
