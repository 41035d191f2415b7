//! The table of rules, row by row: what does not fit is brought by each sort of sender, and meets its verdict.

use projections::things::{FlagCode, State};
use schema::{permit::PermitFact, project::Stage};

use super::{By, Intent, RULES, Rejection, Said, Verdict, cluster, given, note, permit, project, recorded, refused};

/// How the sender brings what does not fit.
#[derive(Clone, Copy)]
enum Deed {
    /// By stating it.
    Stating,
    /// By retracting what had put it right.
    Retracting,
}

/// Brings what does not fit, and returns what the sender is told.
type Attempt = Box<dyn Fn(By, Deed) -> Result<Vec<FlagCode>, Rejection>>;

/// On a thing with `given`, `says` raises `code` and nothing else.
fn case<S: State>(code: FlagCode, before: impl Into<Vec<Said<S::Fact>>>, says: Said<S::Fact>) -> Attempt {
    let before = before.into();
    Box::new(move |by, deed| {
        let mut scene = given::<S>(before.clone());
        let fitting = scene.thing.flags().to_vec();
        match deed {
            Deed::Stating => scene.state(by, &says),
            Deed::Retracting => {
                scene.state(By::Register, &says).expect("what a register says is taken");
                let raised: Vec<_> =
                    scene.thing.flags().iter().filter(|flag| !fitting.contains(flag)).map(|flag| flag.code).collect();
                assert_eq!(raised, [code], "the case is about one rule");
                let fact = scene.last();
                scene.retract(By::Register, fact).expect("the register takes it back");
                let retraction = scene.last();
                scene.retract(by, retraction)
            }
        }
        .map(|decision| {
            assert!(decision.act.is_some());
            assert!(scene.thing.flags().iter().any(|flag| flag.code == code), "what was taken is flagged");
            decision.warnings
        })
    })
}

/// What breaks the rule of `code`; `None` for the two that no command can come to, since none is decided.
fn example(code: FlagCode) -> Option<Attempt> {
    use FlagCode as F;
    use permit::{applied, needed, permitted, running};
    use project::pipeline;
    type Cluster = projections::things::Cluster;
    type Project = projections::things::Project;
    type Permit = projections::things::Permit;
    let humber = || cluster::registered("Humber", "2022-01-01");
    let plan = || [pipeline(), project::planned("2025-06")];
    let and = |facts: Vec<Said<PermitFact>>, more: Said<PermitFact>| facts.into_iter().chain([more]).collect::<Vec<_>>();
    let case = match code {
        F::ActUnknown | F::Unreadable => return None,
        F::NotFounded => case::<Project>(code, [], project::suspended("2024")),
        F::FoundedTwice => case::<Cluster>(code, [humber()], cluster::registered("Teesside", "2022-01-01")),
        F::OccursInFuture => case::<Project>(code, [pipeline()], project::entered(Stage::Feed, "2027-01-01")),
        F::MemberJoinedTwice => case::<Cluster>(code, [humber(), cluster::joined(1, "2023")], cluster::joined(1, "2024")),
        F::MemberUnknown => case::<Cluster>(code, [humber()], cluster::left(1, "2024")),
        F::StageBackwards => {
            case::<Project>(code, [pipeline(), project::entered(Stage::Fid, "2024")], project::entered(Stage::Feed, "2025"))
        }
        F::StageWhileOff => case::<Project>(code, [pipeline(), project::shelved("2024")], project::entered(Stage::Feed, "2025")),
        F::NotSuspended => case::<Project>(code, [pipeline()], project::resumed("2024")),
        F::NotEnded => case::<Project>(code, [pipeline(), project::suspended("2024")], project::revived("2025")),
        F::AlreadyOff => case::<Project>(code, [pipeline(), project::shelved("2024")], project::suspended("2025")),
        F::MilestonePlannedTwice => case::<Project>(code, plan(), project::planned("2026-01")),
        F::MilestoneNotPlanned => case::<Project>(code, [pipeline()], project::achieved("2025")),
        F::MilestoneFromOtherDate => case::<Project>(code, plan(), project::rescheduled("2025-05", "2026", "2025-01-01")),
        F::MilestoneOver => {
            let [pipeline, planned] = plan();
            case::<Project>(code, [pipeline, planned, project::dropped("2025-01-01")], project::achieved("2025-06-01"))
        }
        F::SubmittedTwice => case::<Permit>(code, applied(), permit::submitted("2024-03-01")),
        F::NotSubmitted => case::<Permit>(code, [needed()], permit::accepted("2024-03-01")),
        F::DecidedBeforeSubmission => {
            case::<Permit>(code, [needed(), permit::granted("2024-07-01")], permit::submitted("2024-08-01"))
        }
        F::AcceptedTwice => case::<Permit>(code, running(), permit::accepted("2024-05-01")),
        F::ClockStartedTwice => case::<Permit>(code, running(), permit::started("2024-05-01")),
        F::ClockNotRunning => case::<Permit>(code, applied(), permit::stopped("fees", "2024-05-01")),
        F::ClockNotStopped => case::<Permit>(code, running(), permit::resumed("2024-05-01")),
        F::StoppedTwice => {
            let stopped = and(running(), permit::stopped("fees", "2024-05-01"));
            case::<Permit>(code, stopped, permit::stopped("fees", "2024-06-01"))
        }
        F::InformationNotRequested => case::<Permit>(code, applied(), permit::supplied("2024-05-01")),
        F::ConsultationNotOpen => case::<Permit>(code, applied(), permit::consultation_closed("2024-05-01")),
        F::DecidedTwice => case::<Permit>(code, permitted(), permit::refused("2024-08-01")),
        F::ApplicationOver => {
            case::<Permit>(code, and(applied(), permit::withdrawn("2024-03-01")), permit::returned("2024-04-01"))
        }
        F::ValidityBeforeGrant => case::<Permit>(code, applied(), permit::granted_until("2024-06-30", "2024-07-01")),
        F::NothingToChallenge => case::<Permit>(code, applied(), permit::lodged("2024-07-01")),
        F::ChallengeNotOpen => case::<Permit>(code, permitted(), permit::dismissed("2024-09-01")),
        F::ChallengedTwice => case::<Permit>(code, and(permitted(), permit::lodged("2024-08-01")), permit::lodged("2024-08-20")),
        F::RedeterminationUnfounded => case::<Permit>(code, permitted(), permit::reopened("2024-09-01")),
        F::ConditionUnknown => case::<Permit>(code, permitted(), permit::discharged("9", "2024-09-01")),
        F::ConditionDischargedTwice => {
            case::<Permit>(code, and(permitted(), permit::discharged("1", "2024-08-01")), permit::discharged("1", "2024-09-01"))
        }
        F::NotGranted => case::<Permit>(code, applied(), permit::expired("2025-01-01")),
    };
    Some(case)
}

/// What a sender with `verdict` is told who may override rules where `overrides`.
fn expected(verdict: Verdict, overrides: bool) -> Result<bool, ()> {
    match verdict {
        Verdict::Refuse => Err(()),
        Verdict::RefuseUnlessOverridden if !overrides => Err(()),
        Verdict::RefuseUnlessOverridden | Verdict::Warn => Ok(true),
        Verdict::Flag => Ok(false),
    }
}

fn every_row(by: By, deed: Deed, verdict: impl Fn(&super::super::rules::Rule) -> Verdict) {
    let mut met = 0;
    for rule in RULES {
        let Some(attempt) = example(rule.code) else { continue };
        let told = attempt(by, deed);
        let code = rule.code.code();
        match expected(verdict(rule), by == By::PersonOverriding) {
            Ok(is_warned) => assert_eq!(told, Ok(Vec::from_iter(is_warned.then_some(rule.code))), "{code}"),
            Err(()) => assert_eq!(told.expect_err(code).code, code),
        }
        met += 1;
    }
    assert_eq!(met + 2, RULES.len());
}

#[test]
fn a_person_meets_the_verdict_of_each_rule() {
    every_row(By::Person, Deed::Stating, |rule| rule.person);
    every_row(By::PersonSilent, Deed::Stating, |rule| rule.person);
}

#[test]
fn a_person_who_says_why_overrides_the_rules_that_can_be_overridden() {
    every_row(By::PersonOverriding, Deed::Stating, |rule| rule.person);
}

#[test]
fn saying_why_does_not_help_a_person_who_may_not_override() {
    every_row(By::PersonPresuming, Deed::Stating, |rule| rule.person);
}

#[test]
fn a_register_is_taken_and_flagged_by_each_rule() {
    every_row(By::Register, Deed::Stating, |rule| rule.register);
}

#[test]
fn a_retraction_that_leaves_something_unfit_meets_the_verdict_of_each_rule() {
    every_row(By::Person, Deed::Retracting, |rule| rule.retraction);
    every_row(By::Register, Deed::Retracting, |rule| rule.register);
}

#[test]
fn whoever_may_override_is_told_how_and_others_who_may() {
    let attempt = example(FlagCode::NotSubmitted).unwrap();
    let hint = |by| attempt(by, Deed::Stating).unwrap_err().hint.unwrap();
    assert_eq!(hint(By::PersonSilent), "record the submission first; if the source says so, give overrideReason");
    assert!(hint(By::Person).contains("a cluster manager or the authority"));
    assert_eq!(hint(By::PersonPresuming), hint(By::Person));
}

/// Nobody's command on an unknown fact comes as far as the table, nor one on a thing with an event that can't be read,
/// which the tests of the app show.
#[test]
fn nobody_decides_on_an_unknown_fact() {
    let nowhere = schema::EventId(uuid::Uuid::from_u128(404));
    for by in [By::Person, By::PersonOverriding, By::Register] {
        let mut scene = given::<projections::things::Permit>(applied_and_granted());
        assert_eq!(refused(scene.retract(by, nowhere)).code, FlagCode::ActUnknown.code());
        let correct = Intent::Correct { fact: nowhere, reason: note("misread"), to: permit::submitted("2024-02-01").fact };
        assert_eq!(refused(scene.when(by, correct, "2024-02-02")).code, FlagCode::ActUnknown.code());
    }
}

fn applied_and_granted() -> Vec<Said<PermitFact>> {
    permit::permitted()
}

#[test]
fn what_stays_unfit_as_it_was_is_no_reason_to_refuse_what_fits() {
    let mut scene = given::<projections::things::Permit>([permit::needed(), permit::granted("2024-07-01")]);
    assert!(!scene.thing.flags().is_empty());
    recorded(scene.state(By::Person, &permit::discharged("1", "2024-09-01")));
}
