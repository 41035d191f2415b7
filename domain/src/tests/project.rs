//! What may be said of a project.

use projections::things::{FlagCode, Project};
use schema::{
    CommandId, EventId, Money, PermitId, PolicyMeasureId, ProjectId, SubjectId,
    project::{
        AbatementReported, Capacity, CapacityCommissioned, CapacityUnit, CostEstimated, DependencyDeclared, DependencyDropped,
        EstimateClass, FidDeferred, FidPlanned, FidTaken, MilestoneAchieved, MilestoneDropped, MilestonePlanned,
        MilestoneRebaselined, MilestoneRescheduled, MoveCause, ProjectCancelled, ProjectCriterionEvidenced,
        ProjectCriterionWaived, ProjectFact, ProjectFinancialCloseReached, ProjectFundingDeclared, ProjectPermitScopeDeclared,
        ProjectRegistered, ProjectRelianceDeclared, ProjectRenamed, ProjectRescoped, ProjectResumed, ProjectRevived,
        ProjectShelved, ProjectStageEntered, ProjectStandingReported, ProjectSuspended, ResponsibleParty, Stage, Standing,
    },
};
use uuid::Uuid;

use super::{By, Said, Story, date, eur, given, line, note, recorded, refused, said, story, tell, usd};

pub(super) type Says = Said<ProjectFact>;

pub(super) fn registered(title: &str) -> Says {
    let project = ProjectRegistered {
        title: line(title),
        cluster: None,
        lead: None,
        country: None,
        place: None,
        levers: Vec::new(),
        technology: None,
        capacity: None,
        abatement_t_per_year: None,
        capex: None,
        jobs: None,
        identifiers: Vec::new(),
        attributes: std::collections::BTreeMap::new(),
        abatement_bound: None,
        part_of: None,
        capacities: Vec::new(),
        location: None,
        abatement_counted_in: None,
    };
    said(project, "2023-01-01")
}

/// The project that all is said of is a part of itself.
pub(super) fn part_of_itself() -> Says {
    let pipeline = pipeline();
    let ProjectFact::ProjectRegistered(registered) = pipeline.fact else { panic!("it is registered") };
    let part_of = ProjectId::try_from(given::<Project>([]).thing.id()).ok();
    Says { fact: ProjectRegistered { part_of, ..registered }.into(), ..pipeline }
}

/// Financial close of the project.
pub(super) fn closed(on: &str) -> Says {
    said(ProjectFinancialCloseReached { awards: Vec::new() }, on)
}

fn renamed(on: &str) -> Says {
    said(ProjectRenamed { title: line("CO2 pipeline North") }, on)
}

fn rescoped(on: &str) -> Says {
    let (capacities, reason) = (vec![Capacity::new(200.into(), CapacityUnit::Mw)], note("a second train"));
    said(ProjectRescoped { capacities, capex: None, abatement_t_per_year: None, jobs: None, reason }, on)
}

fn unfunded(on: &str) -> Says {
    said(ProjectFundingDeclared { none: note("it pays for itself") }, on)
}

fn rebaselined(on: &str) -> Says {
    let (milestone, due_on, reason) = (line("fid"), date("2026"), note("the scope grew"));
    said(MilestoneRebaselined { milestone, due_on, approved_by: None, reason }, on)
}

/// The dependency goes that the command of this number declared.
fn undone(command: u128, on: &str) -> Says {
    let (subject, thing) = (SubjectId(Uuid::from_u128(By::Register as u128)), given::<Project>([]).thing.id());
    let dependency = EventId::derive(subject, thing, CommandId(Uuid::from_u128(command)), 0);
    said(DependencyDropped { dependency, reason: None }, on)
}

pub(super) fn pipeline() -> Says {
    registered("CO2 pipeline")
}

pub(super) fn reported(stage: Stage, standing: Standing, on: &str) -> Says {
    said(ProjectStandingReported { stage: Some(stage), standing: Some(standing) }, on)
}

pub(super) fn entered(stage: Stage, on: &str) -> Says {
    said(ProjectStageEntered { stage }, on)
}

/// The final investment decision is planned for `due`.
pub(super) fn planned(due: &str) -> Says {
    said(MilestonePlanned { milestone: line("fid"), title: None, due_on: date(due), kind: None }, "2023-02-01")
}

pub(super) fn milestone_planned(name: &str) -> Says {
    said(MilestonePlanned { milestone: line(name), title: None, due_on: date("2025-06"), kind: None }, "2023-02-01")
}

pub(super) fn rescheduled(from: &str, to: &str, on: &str) -> Says {
    let moved = MilestoneRescheduled {
        milestone: line("fid"),
        from: Some(date(from)),
        to: date(to),
        reason: Some(note("the permit is late")),
        responsible: Some(ResponsibleParty::Authority),
        cause: None,
        because_of: None,
    };
    said(moved, on)
}

pub(super) fn achieved(on: &str) -> Says {
    said(MilestoneAchieved { milestone: line("fid") }, on)
}

pub(super) fn dropped(on: &str) -> Says {
    said(MilestoneDropped { milestone: line("fid"), reason: note("no offtaker") }, on)
}

pub(super) fn suspended(on: &str) -> Says {
    said(ProjectSuspended { reason: note("prices") }, on)
}

pub(super) fn resumed(on: &str) -> Says {
    said(ProjectResumed {}, on)
}

pub(super) fn shelved(on: &str) -> Says {
    said(ProjectShelved { reason: note("prices") }, on)
}

pub(super) fn cancelled(on: &str) -> Says {
    said(ProjectCancelled { reason: note("prices") }, on)
}

pub(super) fn revived(on: &str) -> Says {
    said(ProjectRevived { reason: None }, on)
}

pub(super) fn fid_planned(due: &str) -> Says {
    said(FidPlanned { due_on: date(due) }, "2023-03-01")
}

fn fid_deferred(to: Option<&str>, on: &str) -> Says {
    said(
        FidDeferred {
            to: to.map(date),
            reason: Some(note("no offtaker")),
            responsible: Some(ResponsibleParty::Partner),
            from: None,
            cause: None,
            because_of: None,
        },
        on,
    )
}

/// Taken for an amount, of which parts are equity and debt.
pub(super) fn fid_taken(parts: [Option<Money>; 3], on: &str) -> Says {
    let [amount, equity, debt] = parts;
    said(FidTaken { amount, equity, debt }, on)
}

/// Taken, for how much nobody says.
pub(super) fn decided(on: &str) -> Says {
    fid_taken([None; 3], on)
}

fn estimated(class: EstimateClass, on: &str) -> Says {
    said(CostEstimated { class, capex: eur(500) }, on)
}

pub(super) fn estimated_at(capex: Money, on: &str) -> Says {
    said(CostEstimated { class: EstimateClass::Class3, capex }, on)
}

fn commissioned(on: &str) -> Says {
    said(CapacityCommissioned { capacity: Capacity::new(100.into(), CapacityUnit::Mw), part: None }, on)
}

/// Abatement from a date to another.
pub(super) fn abated(from: &str, to: &str, on: &str) -> Says {
    said(
        AbatementReported {
            from: date(from),
            to: date(to),
            t_co2e: 1_000.into(),
            method: line("ISO 14064-2"),
            bound: None,
            verified_by: None,
            standard: None,
            boundary: None,
        },
        on,
    )
}

/// The final investment decision needs a milestone, of this project or of another, or a permit.
/// That a milestone needs another of the project.
pub(super) fn milestone_needs(milestone: &str, needed: &str) -> Says {
    let needs = DependencyDeclared {
        milestone: line(milestone),
        needs_milestone: Some(line(needed)),
        of_project: None,
        needs_permit: None,
        lag: None,
        kind: None,
    };
    said(needs, "2023-04-02")
}

pub(super) fn needs(milestone: Option<&str>, of_project: Option<u128>, permit: Option<u128>) -> Says {
    let needs = DependencyDeclared {
        milestone: line("fid"),
        needs_milestone: milestone.map(line),
        of_project: of_project.map(|project| ProjectId::new(Uuid::from_u128(project))),
        needs_permit: permit.map(|permit| PermitId::new(Uuid::from_u128(permit))),
        lag: None,
        kind: None,
    };
    said(needs, "2023-04-01")
}

pub(super) fn permit_scope(permits: &[u128], none_needed: bool, on: &str) -> Says {
    let permits = permits.iter().map(|permit| PermitId::new(Uuid::from_u128(*permit))).collect();
    said(ProjectPermitScopeDeclared { permits, none_needed: none_needed.then(|| note("nothing is built")) }, on)
}

pub(super) fn reliance(measures: &[u128], none: bool, on: &str) -> Says {
    let measures = measures.iter().map(|measure| PolicyMeasureId::new(Uuid::from_u128(*measure))).collect();
    said(ProjectRelianceDeclared { measures, none_relied_on: none.then(|| note("it pays for itself")) }, on)
}

/// Without a document.
pub(super) fn evidenced(criterion: &str, on: &str) -> Says {
    let (criterion, statement) = (line(criterion), note("tried at scale"));
    said(ProjectCriterionEvidenced { criterion, statement, valid_until: None }, on)
}

pub(super) fn waived(criterion: &str, on: &str, until: &str) -> Says {
    said(ProjectCriterionWaived { criterion: line(criterion), reason: note("under study"), until: date(until) }, on)
}

fn stages() -> Vec<Story<Project>> {
    vec![
        story("a project comes on record", [], pipeline()).but(
            "a project on record does not come on record again",
            [pipeline()],
            registered("Another pipeline"),
            FlagCode::FoundedTwice,
        ),
        story(
            "a source reports how a project stands, whatever it did before",
            [pipeline(), cancelled("2024-01-01")],
            reported(Stage::Construction, Standing::Active, "2025-01-01"),
        )
        .but(
            "nothing is reported of a project that is not on record",
            [],
            reported(Stage::Feed, Standing::Active, "2025-01-01"),
            FlagCode::NotFounded,
        ),
        story(
            "a project enters the next stage",
            [pipeline(), entered(Stage::Feasibility, "2024-01-01")],
            entered(Stage::Feed, "2025-01-01"),
        )
        .but(
            "a project does not enter a stage that it has left behind",
            [pipeline(), entered(Stage::Feed, "2024-01-01")],
            entered(Stage::Feasibility, "2025-01-01"),
            FlagCode::StageBackwards,
        ),
    ]
}

fn milestones() -> Vec<Story<Project>> {
    let plan = || vec![pipeline(), planned("2025-06")];
    vec![
        story("a milestone is planned", [pipeline()], planned("2025-06")).but(
            "a milestone has one baseline",
            plan(),
            planned("2025-09"),
            FlagCode::MilestonePlannedTwice,
        ),
        story("a milestone moves from the date it has", plan(), rescheduled("2025-06", "2026-01", "2025-01-10")).but(
            "a milestone does not move from a date it does not have",
            plan(),
            rescheduled("2025-07", "2026-01", "2025-01-10"),
            FlagCode::MilestoneFromOtherDate,
        ),
        story("a planned milestone is reached", plan(), achieved("2025-08-01")).but(
            "a milestone without a baseline is not reached",
            [pipeline()],
            achieved("2025-08-01"),
            FlagCode::MilestoneNotPlanned,
        ),
        story("a planned milestone is dropped", plan(), dropped("2025-08-01")).but(
            "a milestone that is reached is not dropped",
            [pipeline(), planned("2025-06"), achieved("2025-06-10")],
            dropped("2025-08-01"),
            FlagCode::MilestoneOver,
        ),
    ]
}

fn off_ramps() -> Vec<Story<Project>> {
    vec![
        story("a project is suspended from any stage", [pipeline(), entered(Stage::Construction, "2024")], suspended("2025"))
            .but(
                "a suspended project is not suspended",
                [pipeline(), suspended("2024")],
                suspended("2025"),
                FlagCode::AlreadyOff,
            ),
        story("a suspended project goes on", [pipeline(), suspended("2024")], resumed("2025")).but(
            "a cancelled project does not go on: it is revived",
            [pipeline(), cancelled("2024")],
            resumed("2025"),
            FlagCode::NotSuspended,
        ),
        story("a suspended project is shelved", [pipeline(), suspended("2024")], shelved("2025")).but(
            "a cancelled project is not shelved",
            [pipeline(), cancelled("2024")],
            shelved("2025"),
            FlagCode::AlreadyOff,
        ),
        story("a shelved project is cancelled", [pipeline(), shelved("2024")], cancelled("2025")).but(
            "a project is not cancelled before it is born",
            [],
            cancelled("2025"),
            FlagCode::NotFounded,
        ),
        story("a cancelled project is revived", [pipeline(), cancelled("2024")], revived("2025")).but(
            "a project that goes on is not revived",
            [pipeline()],
            revived("2025"),
            FlagCode::NotEnded,
        ),
    ]
}

fn investment() -> Vec<Story<Project>> {
    vec![
        story("the final investment decision is planned", [pipeline()], fid_planned("2025-06")).but(
            "the decision that is a planned milestone is not planned again",
            [pipeline(), planned("2025-06")],
            fid_planned("2025-09"),
            FlagCode::MilestonePlannedTwice,
        ),
        story("the decision is put off without a date", [pipeline(), fid_planned("2025-06")], fid_deferred(None, "2025-01-10"))
            .but(
                "a decision that was never planned is not put off",
                [pipeline()],
                fid_deferred(Some("2026"), "2025-01-10"),
                FlagCode::MilestoneNotPlanned,
            ),
        story(
            "the decision is taken, planned or not",
            [pipeline()],
            fid_taken([Some(eur(500)), Some(eur(200)), Some(eur(300))], "2025-06-10"),
        )
        .but(
            "the decision is taken once",
            [pipeline(), decided("2025-06-10")],
            decided("2025-09-01"),
            FlagCode::FidTakenTwice,
        ),
        story("an estimate follows on a rougher one", [pipeline(), estimated(EstimateClass::Class5, "2023-05-01")], {
            estimated(EstimateClass::Class3, "2024-05-01")
        })
        .but(
            "nobody has estimated tomorrow's cost",
            [pipeline()],
            estimated(EstimateClass::Class3, "2027"),
            FlagCode::OccursInFuture,
        ),
    ]
}

fn operation() -> Vec<Story<Project>> {
    vec![
        story("capacity is commissioned in parts", [pipeline(), commissioned("2025-01-01")], commissioned("2025-07-01")).but(
            "no capacity is commissioned of nothing",
            [],
            commissioned("2025-01-01"),
            FlagCode::NotFounded,
        ),
        story(
            "abatement of the next period is reported",
            [pipeline(), abated("2024-01-01", "2024-12-31", "2025-02-01")],
            abated("2025-01-01", "2025-12-31", "2026-02-01"),
        )
        .but(
            "abatement of one day is not reported twice",
            [pipeline(), abated("2024-01-01", "2024-12-31", "2025-02-01")],
            abated("2024-12-31", "2025-12-31", "2026-02-01"),
            FlagCode::AbatementPeriodTwice,
        ),
    ]
}

fn declarations() -> Vec<Story<Project>> {
    vec![
        story("a milestone needs one of another project", [pipeline()], needs(Some("commissioned"), Some(2), None)).but(
            "a milestone does not need both a milestone and a permit in one breath",
            [pipeline()],
            needs(Some("commissioned"), None, Some(1)),
            FlagCode::DependencyUnclear,
        ),
        story("a project is called otherwise", [pipeline()], renamed("2024")).but(
            "what is not on record has no name to change",
            [],
            renamed("2024"),
            FlagCode::NotFounded,
        ),
        story("a project grows", [pipeline()], rescoped("2024")).but(
            "what is not on record does not grow",
            [],
            rescoped("2024"),
            FlagCode::NotFounded,
        ),
        story("no public money is a zero that is known", [pipeline()], unfunded("2024")).but(
            "nothing is declared of what is not on record",
            [],
            unfunded("2024"),
            FlagCode::NotFounded,
        ),
        story("financial close is reached", [pipeline()], closed("2024-06-01")).but(
            "financial close is reached once",
            [pipeline(), closed("2024-06-01")],
            closed("2024-07-01"),
            FlagCode::ProjectFinancialCloseTwice,
        ),
        story("a milestone gets a new baseline", [pipeline(), planned("2025-06")], rebaselined("2024-05-01")).but(
            "what was never planned gets no new baseline",
            [pipeline()],
            rebaselined("2024-05-01"),
            FlagCode::MilestoneNotPlanned,
        ),
        story("a dependency is dropped", [pipeline(), needs(None, None, Some(1))], undone(2, "2024-05-01")).but(
            "what is no dependency is not dropped as one",
            [pipeline(), needs(None, None, Some(1))],
            undone(1, "2024-05-01"),
            FlagCode::NamedFactUnknown,
        ),
        story("critical permits are declared", [pipeline()], permit_scope(&[1, 2], false, "2024")).but(
            "a project does not need permits and none",
            [pipeline()],
            permit_scope(&[1], true, "2024"),
            FlagCode::PermitScopeUnclear,
        ),
        story("measures are declared", [pipeline()], reliance(&[1], false, "2024")).but(
            "a project that relies on nothing says why",
            [pipeline()],
            reliance(&[], false, "2024"),
            FlagCode::RelianceUnclear,
        ),
        story("documents are filed", [pipeline()], evidenced("readiness", "2024-01-01").resting_on("test report")).but(
            "no documents are no evidence",
            [pipeline()],
            evidenced("readiness", "2024-01-01"),
            FlagCode::CriterionWithoutDocument,
        ),
        story("a criterion is waived", [pipeline()], waived("readiness", "2024-01-01", "2024")).but(
            "a waiver does not end before it begins",
            [pipeline()],
            waived("readiness", "2024-01-01", "2023"),
            FlagCode::WaiverEndsBeforeItBegins,
        ),
    ]
}

fn stories() -> Vec<Story<Project>> {
    [stages(), milestones(), off_ramps(), investment(), operation(), declarations()].into_iter().flatten().collect()
}

tell!(stories());

#[test]
fn equity_and_debt_are_parts_of_the_amount() {
    for fits in [[Some(eur(500)), None, Some(eur(500))], [None, Some(eur(1)), Some(usd(1))]] {
        recorded(given::<Project>([pipeline()]).state(By::Person, &fid_taken(fits, "2025-06-10")));
    }
    for differs in [[Some(eur(500)), Some(eur(300)), Some(eur(201))], [Some(eur(500)), Some(usd(1)), None]] {
        let rejection = refused(given::<Project>([pipeline()]).state(By::Person, &fid_taken(differs, "2025-06-10")));
        assert_eq!(rejection.code, FlagCode::FidSharesDiffer.code());
    }
}

#[test]
fn a_milestone_needs_exactly_one_thing() {
    for clear in [needs(Some("feed"), None, None), needs(None, None, Some(1)), needs(Some("fid"), Some(2), None)] {
        recorded(given::<Project>([pipeline(), milestone_planned("FEED")]).state(By::Person, &clear));
    }
    for unclear in [needs(None, None, None), needs(None, Some(2), None), needs(None, Some(2), Some(1))] {
        let rejection = refused(given::<Project>([pipeline()]).state(By::Person, &unclear));
        assert_eq!(rejection.code, FlagCode::DependencyUnclear.code());
    }
}

#[test]
fn growth_and_a_new_name_count_from_their_day_and_are_no_corrections() {
    let mut scene = given::<Project>([pipeline()]);
    let rescoped = ProjectRescoped {
        capacities: vec![Capacity::new(200.into(), CapacityUnit::Mw), Capacity::new(30.into(), CapacityUnit::MwThermal)],
        capex: Some(eur(900)),
        abatement_t_per_year: None,
        jobs: Some(12),
        reason: note("a second train"),
    };
    recorded(scene.state(By::Person, &said(rescoped, "2024-03-01")));
    recorded(scene.state(By::Person, &said(ProjectRenamed { title: line("CO2 pipeline North") }, "2024-04-01")));
    let now = scene.thing.state().registered().unwrap();
    assert_eq!((now.title.as_str(), now.jobs, now.capex), ("CO2 pipeline North", Some(12), Some(eur(900))));
    assert_eq!((now.capacity.unwrap().value, now.capacities.len()), (200.into(), 1));
    let before = scene.thing.on(date("2024-02-01").first());
    assert_eq!((before.registered().unwrap().title.as_str(), before.registered().unwrap().jobs), ("CO2 pipeline", None));
}

#[test]
fn a_dependency_is_dropped_by_the_fact_that_declared_it() {
    let mut scene = given::<Project>([pipeline(), planned("2025-06")]);
    recorded(scene.state(By::Person, &needs(None, None, Some(1))));
    let dependency = scene.last();
    let plan = scene.thing.live().iter().find(|live| matches!(live.fact(), ProjectFact::MilestonePlanned(_))).unwrap().fact_id;
    let drop = |dependency| said(DependencyDropped { dependency, reason: None }, "2024-05-01");
    assert_eq!(refused(scene.state(By::Person, &drop(plan))).code, FlagCode::NamedFactUnknown.code());
    recorded(scene.state(By::Person, &drop(dependency)));
    assert!(scene.thing.state().dependencies.is_empty());
}

#[test]
fn a_new_baseline_stands_beside_the_first() {
    let mut scene = given::<Project>([pipeline(), planned("2025-06")]);
    let rebaselined = |milestone: &str| MilestoneRebaselined {
        milestone: line(milestone),
        due_on: date("2026-H1"),
        approved_by: Some(line("the board")),
        reason: note("the scope grew"),
    };
    recorded(scene.state(By::Person, &said(rebaselined("fid"), "2024-05-01")));
    let milestone = &scene.thing.state().milestones[0];
    assert_eq!((milestone.baseline, milestone.rebaseline), (Some(date("2025-06")), Some(date("2026-H1"))));
    let unplanned = refused(scene.state(By::Person, &said(rebaselined("heat"), "2024-05-01")));
    assert_eq!(unplanned.code, FlagCode::MilestoneNotPlanned.code());
}

#[test]
fn a_move_that_does_not_say_from_when_moves_what_was_planned() {
    let mut scene = given::<Project>([pipeline(), planned("2025-06")]);
    let moved = MilestoneRescheduled {
        milestone: line("fid"),
        from: None,
        to: date("2026"),
        reason: None,
        responsible: None,
        cause: Some(MoveCause::Register),
        because_of: None,
    };
    recorded(scene.state(By::Register, &said(moved, "2024-05-01")));
    let moved = &scene.thing.state().milestones[0].moves[0];
    assert_eq!((moved.from, moved.cause), (Some(date("2025-06")), Some(MoveCause::Register)));
    assert!(scene.flags().is_empty());
}
