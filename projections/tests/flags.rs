//! What does not fit together is flagged, each code by a smallest history, and what fits is not.

#![allow(clippy::unwrap_used, reason = "a test stops by panicking")]

mod support;

use std::{cell::RefCell, collections::BTreeSet};

use projections::{
    Kinded,
    things::{Cluster, FlagCode, Permit, Project},
};
use schema::permit::PermitFact;
use support::*;

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
    permit(C::InformationNotRequested, &[SUBMITTED, ("2024-02-01", "InformationSupplied", "{}")]);
    permit(C::ConsultationNotOpen, &[SUBMITTED, ("2024-02-01", "ConsultationClosed", "{}")]);
    permit(C::DecidedTwice, &[SUBMITTED, REFUSED, ("2024-07-01", "PermitGranted", "{}")]);
    permit(C::ApplicationOver, &[SUBMITTED, ("2024-02-01", "ApplicationWithdrawn", "{}"), GRANTED]);
    permit(C::ValidityBeforeGrant, &[SUBMITTED, ("2024-06-01", "PermitGranted", r#"{ "valid_until": "2024-05-31" }"#)]);
    permit(C::NothingToChallenge, &[SUBMITTED, ("2024-07-01", "ChallengeLodged", r#"{ "kind": "judicial_review" }"#)]);
    permit(C::ChallengeNotOpen, &[SUBMITTED, REFUSED, ("2024-07-01", "ChallengeDismissed", r#"{ "kind": "appeal" }"#)]);
    permit(C::ChallengedTwice, &[SUBMITTED, REFUSED, APPEALED, APPEALED]);
    permit(C::RedeterminationUnfounded, &[SUBMITTED, REFUSED, ("2024-07-01", "RedeterminationOpened", "{}")]);
    permit(C::ConditionUnknown, &[SUBMITTED, GRANTED, ("2024-07-01", "ConditionDischarged", r#"{ "condition": "2" }"#)]);
    let discharged = ("2024-07-01", "ConditionDischarged", r#"{ "condition": "1" }"#);
    permit(C::ConditionDischargedTwice, &[SUBMITTED, GRANTED, discharged, discharged]);
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
    let cluster = |code, facts: &[Told]| table.check(code, &[], of_cluster, facts);
    cluster(
        C::MemberJoinedTwice,
        &[("2024-01-01", "ClusterMemberJoined", MEMBER), ("2024-02-01", "ClusterMemberJoined", MEMBER)],
    );
    cluster(C::MemberUnknown, &[("2024-01-01", "ClusterMemberLeft", MEMBER)]);
    assert_eq!(table.0.into_inner(), FlagCode::ALL.iter().copied().collect());
}

/// Codes that are raised for things of every kind.
fn of_every_thing(table: &Table) {
    use FlagCode as C;
    let identified = || a!(PermitIdentified { "title": "Plant", "instrument": "consent" });
    let founding = stated(1, "2024-01-01", identified());
    table.raises(C::FoundedTwice, &[founding.clone(), stated(2, "2024-01-01", identified())]);
    table.raises(C::NotFounded, &life!["2024-01-01" PreApplicationOpened {}]);
    table.raises(C::ActUnknown, &[founding.clone(), retracted(2, 77)]);
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
        ("2024-03-01", "ClockResumed", "{}"),
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
