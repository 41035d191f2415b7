//! The table of rules, row by row: what does not fit is brought by each sort of sender, and meets its verdict.

use projections::things::{Flag, FlagCode, State, Thing};
use schema::{
    permit::{PermitFact, PermitStanding},
    project::Stage,
};

use super::{
    super::rules::Rule, By, Intent, Misfit, RULES, Rejection, Said, Verdict, award, cluster, eur, given, given_across, note,
    organisation, partnership, permit, policy, programme, project, recorded, refused, usd,
};

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
    case_across::<S>(|_| Vec::new(), code, before, says)
}

/// The same, where something may not fit between the thing and others.
fn case_across<S: State>(
    across: Misfit<S>,
    code: FlagCode,
    before: impl Into<Vec<Said<S::Fact>>>,
    says: Said<S::Fact>,
) -> Attempt {
    let before = before.into();
    Box::new(move |by, deed| {
        let mut scene = given_across::<S>(across, before.clone());
        let fitting = scene.flags();
        match deed {
            Deed::Stating => scene.state(by, &says),
            Deed::Retracting => {
                scene.state(By::Register, &says).expect("what a register says is taken");
                let raised: Vec<_> = scene.flags().iter().filter(|flag| !fitting.contains(flag)).map(|flag| flag.code).collect();
                assert_eq!(raised, [code], "the case is about one rule");
                let fact = scene.last();
                scene.retract(By::Register, fact).expect("the register takes it back");
                let retraction = scene.last();
                scene.retract(by, retraction)
            }
        }
        .map(|decision| {
            assert!(decision.act.is_some());
            assert!(scene.flags().iter().any(|flag| flag.code == code), "what was taken is flagged");
            decision.warnings
        })
    })
}

/// What breaks the rule of `code`; `None` for those that no command which states a fact can come to.
fn example(code: FlagCode) -> Option<Attempt> {
    use FlagCode as F;
    match code {
        F::ActUnknown | F::Unreadable | F::ConfirmationOneSided => None,
        _ => [of_every_thing, of_cluster, of_project, of_permit, of_award, of_others].iter().find_map(|example| example(code)),
    }
}

type Award = projections::things::Award;
type Cluster = projections::things::Cluster;
type Organisation = projections::things::Organisation;
type Partnership = projections::things::Partnership;
type Permit = projections::things::Permit;
type PolicyMeasure = projections::things::PolicyMeasure;
type Programme = projections::things::Programme;
type Project = projections::things::Project;

fn of_every_thing(code: FlagCode) -> Option<Attempt> {
    use FlagCode as F;
    use project::pipeline;
    Some(match code {
        F::NotFounded => case::<Project>(code, [], project::suspended("2024")),
        F::FoundedTwice => case::<Cluster>(code, [humber()], cluster::registered("Teesside", "2022-01-01")),
        F::OccursInFuture => case::<Project>(code, [pipeline()], project::entered(Stage::Feed, "2027-01-01")),
        F::PermitScopeUnclear => case::<Cluster>(code, [humber()], cluster::permit_scope(&[], false, "2024")),
        F::RelianceUnclear => case::<Project>(code, [pipeline()], project::reliance(&[1], true, "2024")),
        F::CriterionWithoutDocument => case::<Project>(code, [pipeline()], project::evidenced("readiness", "2024")),
        F::SameDay => {
            let estimated = |capex| project::estimated_at(eur(capex), "2024-06-01");
            case::<Project>(code, [pipeline(), estimated(5)], estimated(6))
        }
        F::NamedFactUnknown => case::<Permit>(code, stopped(), permit::resumed_from(404, "2024-06-01")),
        F::WaiverEndsBeforeItBegins => case::<Cluster>(code, [humber()], cluster::waived("funding-map", "2024", "2023")),
        _ => return None,
    })
}

/// What does not fit the law that is shipped.
fn by_law(permit: &Thing<Permit>) -> Vec<Flag> {
    super::super::law::unknown_law(permit, &law::Rulebook::shipped().expect("what is shipped is read"))
}

fn stopped() -> Vec<Said<PermitFact>> {
    permit::running().into_iter().chain([permit::stopped("fees", "2024-05-01")]).collect()
}

fn humber() -> Said<schema::cluster::ClusterFact> {
    cluster::registered("Humber", "2022-01-01")
}

fn of_cluster(code: FlagCode) -> Option<Attempt> {
    use FlagCode as F;
    Some(match code {
        F::MemberJoinedTwice => case::<Cluster>(code, [humber(), cluster::joined(1, "2023")], cluster::joined(1, "2024")),
        F::MemberUnknown => case::<Cluster>(code, [humber()], cluster::left(1, "2024")),
        F::TargetUnclear => case::<Cluster>(code, [humber()], cluster::target(Some(101), None)),
        F::AssetDeclaredTwice => {
            case::<Cluster>(code, [humber(), cluster::asset("trunk line", "2023")], cluster::asset("trunk line", "2024"))
        }
        _ => return None,
    })
}

fn of_project(code: FlagCode) -> Option<Attempt> {
    use FlagCode as F;
    use project::pipeline;
    let plan = || [pipeline(), project::planned("2025-06")];
    let decided = || [pipeline(), project::decided("2024-06-01")];
    Some(match code {
        F::ProjectPartOfItself => case::<Project>(code, [], project::part_of_itself()),
        F::ProjectFinancialCloseTwice => {
            case::<Project>(code, [pipeline(), project::closed("2024-05-01")], project::closed("2024-06-01"))
        }
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
        F::FidTakenTwice => case::<Project>(code, decided(), project::decided("2024-09-01")),
        F::FidSharesDiffer => {
            case::<Project>(code, [pipeline()], project::fid_taken([Some(eur(5)), Some(eur(4)), Some(eur(2))], "2024-06-01"))
        }
        F::DependencyUnclear => case::<Project>(code, [pipeline()], project::needs(None, None, None)),
        F::DependencyOnItself => case::<Project>(code, [pipeline()], project::needs(Some("fid"), None, None)),
        F::DependencyUnknown => case::<Project>(code, [pipeline()], project::needs(Some("design"), None, None)),
        F::DependencyLoop => {
            let before = [pipeline(), project::milestone_planned("design"), project::needs(Some("Design"), None, None)];
            case::<Project>(code, before, project::milestone_needs("design", "FID"))
        }
        F::DependencyUnknownElsewhere => {
            case_across::<Project>(|project| flagged(project, FlagCode::DependencyUnknownElsewhere), code, [], pipeline())
        }
        F::AbatementPeriodReversed => {
            case::<Project>(code, [pipeline()], project::abated("2024-12-31", "2024-01-01", "2025-02-01"))
        }
        F::AbatementPeriodTwice => {
            let reported = [pipeline(), project::abated("2024-01", "2024-06", "2024-07-01")];
            case::<Project>(code, reported, project::abated("2024", "2024", "2025-02-01"))
        }
        _ => return None,
    })
}

fn of_permit(code: FlagCode) -> Option<Attempt> {
    use FlagCode as F;
    use permit::{applied, needed, permitted, running};
    let and = |facts: Vec<Said<PermitFact>>, more: Said<PermitFact>| facts.into_iter().chain([more]).collect::<Vec<_>>();
    Some(match code {
        F::SubmittedTwice => case::<Permit>(code, applied(), permit::submitted("2024-03-01")),
        F::NotSubmitted => case::<Permit>(code, [needed()], permit::accepted("2024-03-01")),
        F::DecidedBeforeSubmission => {
            case::<Permit>(code, [needed(), permit::granted("2024-07-01")], permit::submitted("2024-08-01"))
        }
        F::AcceptedTwice => case::<Permit>(code, running(), permit::accepted("2024-05-01")),
        F::ClockStartedTwice => case::<Permit>(code, running(), permit::started("2024-05-01")),
        F::ClockNotRunning => case::<Permit>(code, applied(), permit::stopped("fees", "2024-05-01")),
        F::ClockNotStopped => case::<Permit>(code, running(), permit::resumed("2024-05-01")),
        F::ResumptionUnclear => {
            let stopped = and(running(), permit::stopped("fees", "2024-05-01"));
            case::<Permit>(code, and(stopped, permit::stopped("noise", "2024-05-02")), permit::resumed("2024-06-01"))
        }
        F::StoppedTwice => {
            let stopped = and(running(), permit::stopped("fees", "2024-05-01"));
            case::<Permit>(code, stopped, permit::stopped("fees", "2024-06-01"))
        }
        F::ExtensionUnclear => case::<Permit>(code, running(), permit::extended(None, "2024-05-01")),
        F::RegimeUnknown => case_across::<Permit>(by_law, code, [], permit::under("the planning act", None)),
        F::CaseUnknown => case_across::<Permit>(by_law, code, [], permit::under("gb-eng-planning", Some("small"))),
        F::ConsulteeUnclear => case::<Permit>(code, applied(), permit::consulted(&[None], "2024-05-01")),
        F::InformationNotRequested => case::<Permit>(code, applied(), permit::supplied("2024-05-01")),
        F::ConsultationNotOpen => case::<Permit>(code, applied(), permit::consultation_closed("2024-05-01")),
        F::DecidedTwice => case::<Permit>(code, permitted(), permit::refused("2024-08-01")),
        F::DecidedAfterAppeal => {
            case::<Permit>(code, and(applied(), permit::refused_on_appeal("2024-07-01")), permit::refused("2024-08-01"))
        }
        F::ApplicationOver => {
            case::<Permit>(code, and(applied(), permit::withdrawn("2024-03-01")), permit::returned("2024-04-01"))
        }
        F::ValidityBeforeGrant => case::<Permit>(code, applied(), permit::granted_until("2024-06-30", "2024-07-01")),
        F::NothingToChallenge => case::<Permit>(code, applied(), permit::lodged("2024-07-01")),
        F::ChallengeNotOpen => case::<Permit>(code, permitted(), permit::dismissed("2024-09-01")),
        F::ChallengedTwice => case::<Permit>(code, and(permitted(), permit::lodged("2024-08-01")), permit::lodged("2024-08-20")),
        F::ChallengeUnclear => {
            let lodged = and(permitted(), permit::lodged("2024-08-01"));
            case::<Permit>(code, and(lodged, permit::lodged("2024-08-20")), permit::dismissed("2024-09-01"))
        }
        F::RedeterminationUnfounded => case::<Permit>(code, permitted(), permit::reopened("2024-09-01")),
        F::ConditionUnknown => case::<Permit>(code, permitted(), permit::discharged("9", "2024-09-01")),
        F::ConditionDischargedTwice => {
            case::<Permit>(code, and(permitted(), permit::discharged("1", "2024-08-01")), permit::discharged("1", "2024-09-01"))
        }
        F::LeiTaken => case_across::<Organisation>(
            |works| flagged(works, FlagCode::LeiTaken),
            code,
            [],
            organisation::registered("Port", "2024-01-01"),
        ),
        F::NameAlike => case_across::<Organisation>(
            |works| flagged(works, FlagCode::NameAlike),
            code,
            [],
            organisation::registered("Port", "2024-01-01"),
        ),
        F::AuthorityIsNone => {
            case_across::<Permit>(|permit| flagged(permit, FlagCode::AuthorityIsNone), code, [], permit::needed())
        }
        F::ReportedOtherwise => case::<Permit>(code, applied(), permit::reported(PermitStanding::Closed, "2025-01-01")),
        F::AlreadyDetermined => case::<Permit>(code, permitted(), permit::returned("2024-09-01")),
        F::NotGranted => case::<Permit>(code, applied(), permit::expired("2025-01-01")),
        _ => return None,
    })
}

fn of_award(code: FlagCode) -> Option<Attempt> {
    use FlagCode as F;
    use award::{and, obligated, paid, promised, sought};
    Some(match code {
        F::AwardShareUnclear => case::<Award>(code, [], award::shared(None)),
        F::AwardOutOfItself => case::<Award>(code, [], award::out_of_itself()),
        F::AwardAlreadyMade => case::<Award>(code, promised(), award::made(eur(20), "2024-06-01")),
        F::AwardNotMade => case::<Award>(code, [sought()], award::signed(eur(20), "2024-06-01")),
        F::AwardAgreementTwice => case::<Award>(code, obligated(), award::signed(eur(20), "2024-06-01")),
        F::AwardNotObligated => case::<Award>(code, promised(), award::disbursed(eur(20), "2024-06-01")),
        F::ObligatedBeyondAward => case::<Award>(code, promised(), award::signed(eur(101), "2024-06-01")),
        F::AmountZero => case::<Award>(code, paid(), award::disbursed(eur(0), "2024-09-01")),
        F::DisbursedBeyondObligation => case::<Award>(code, obligated(), award::performance_paid(eur(81), "2024-06-01")),
        F::DeobligatedBeyondObligation => case::<Award>(code, paid(), award::deobligated(eur(31), "2024-09-01")),
        F::RecoveredBeyondDisbursed => case::<Award>(code, paid(), award::recovered(eur(51), "2024-09-01")),
        F::AwardOtherCurrency => case::<Award>(code, promised(), award::signed(usd(20), "2024-06-01")),
        F::AwardAmendmentEmpty => case::<Award>(code, obligated(), award::amended(None, None, "2024-06-01")),
        F::AwardConditionUnknown => case::<Award>(code, obligated(), award::condition_met("offtake", "2024-06-01")),
        F::AwardConditionMetTwice => {
            let met = and(obligated(), award::condition_met("permit", "2024-05-01"));
            case::<Award>(code, met, award::condition_met("permit", "2024-06-01"))
        }
        F::FinancialCloseTwice => case::<Award>(code, and(promised(), award::closed("2024-05-01")), award::closed("2024-06-01")),
        F::AwardOver => case::<Award>(code, [sought(), award::declined("2024")], award::applied("2025")),
        F::AwardOutsideProgramme => case_across::<Award>(
            |award| flagged(award, FlagCode::AwardOutsideProgramme),
            code,
            [],
            award::of("Grant elsewhere", Some(7), None, &[2]),
        ),
        F::AwardFunderDiffers => case_across::<Award>(
            |award| flagged(award, FlagCode::AwardFunderDiffers),
            code,
            [],
            award::of("Another's grant", Some(7), Some(2), &[]),
        ),
        F::AwardBeyondBudget => case_across::<Award>(
            |award| flagged(award, FlagCode::AwardBeyondBudget),
            code,
            [],
            award::of("Grant of too much", Some(7), None, &[]),
        ),
        F::AwardOutsideBudgetCurrency => case_across::<Award>(
            |award| flagged(award, FlagCode::AwardOutsideBudgetCurrency),
            code,
            [],
            award::of("Grant in dollars", Some(7), None, &[]),
        ),
        _ => return None,
    })
}

/// Flags whatever is on record with `code`.
fn flagged<S: State>(thing: &Thing<S>, code: FlagCode) -> Vec<Flag> {
    let founding = thing.live().iter().find(|live| live.is_founding());
    founding.map(|live| Flag::new(code, [live.fact_id])).into_iter().collect()
}

fn of_others(code: FlagCode) -> Option<Attempt> {
    use FlagCode as F;
    use partnership::offtake;
    use policy::act;
    Some(match code {
        F::ProgrammeClosedTwice => {
            case::<Programme>(code, [programme::hydrogen(), programme::closed("2024")], programme::closed("2025"))
        }
        F::PartnershipOneParty => case::<Partnership>(code, [], partnership::alone()),
        F::PartnershipOneLeft => case::<Partnership>(code, [offtake()], partnership::left(2, "2024")),
        F::PartnershipOver => {
            case::<Partnership>(code, [offtake(), partnership::expired("2024")], partnership::memorandum("2025"))
        }
        F::PartnershipBackwards => {
            case::<Partnership>(code, [offtake(), partnership::bound("2024")], partnership::memorandum("2025"))
        }
        F::PartnershipNotBinding => {
            case::<Partnership>(code, [offtake(), partnership::memorandum("2024")], partnership::active("2025"))
        }
        F::PartnerJoinedTwice => case::<Partnership>(code, [offtake()], partnership::joined(1, "2024")),
        F::PartnerUnknown => case::<Partnership>(code, [offtake()], partnership::left(3, "2024")),
        F::MeasureBackwards => case::<PolicyMeasure>(code, [act(), policy::adopted("2024")], policy::proposed("2025")),
        F::MeasureNotAdopted => case::<PolicyMeasure>(code, [act(), policy::proposed("2024")], policy::repealed("2025")),
        F::MeasureNotInForce => case::<PolicyMeasure>(code, [act(), policy::adopted("2024")], policy::suspended("2025")),
        _ => return None,
    })
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

fn every_row(by: By, deed: Deed, verdict: impl Fn(&Rule) -> Verdict) {
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
    assert_eq!(met + 3, RULES.len());
}

#[test]
fn a_person_meets_the_verdict_of_each_rule() {
    every_row(By::Person, Deed::Stating, Rule::person);
    every_row(By::PersonSilent, Deed::Stating, Rule::person);
}

#[test]
fn a_person_who_says_why_overrides_the_rules_that_can_be_overridden() {
    every_row(By::PersonOverriding, Deed::Stating, Rule::person);
}

#[test]
fn saying_why_does_not_help_a_person_who_may_not_override() {
    every_row(By::PersonPresuming, Deed::Stating, Rule::person);
}

#[test]
fn a_register_is_taken_and_flagged_by_each_rule() {
    every_row(By::Register, Deed::Stating, Rule::register);
}

#[test]
fn a_retraction_that_leaves_something_unfit_meets_the_verdict_of_each_rule() {
    every_row(By::Person, Deed::Retracting, Rule::retraction);
    every_row(By::Register, Deed::Retracting, Rule::register);
}

#[test]
fn whoever_may_override_is_told_how_and_others_who_may() {
    let attempt = example(FlagCode::NotSubmitted).unwrap();
    let hint = |by| attempt(by, Deed::Stating).unwrap_err().hint.unwrap();
    assert_eq!(hint(By::PersonSilent), "record the submission first; if the source says so, give overrideReason");
    assert!(hint(By::Person).contains("somebody who may override the rule"));
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
        let correct =
            Intent::Correct { fact: nowhere, reason: note("misread"), to: permit::submitted("2024-02-01").fact, members: None };
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
