//! What may be said of a project.

use projections::things::{FlagCode, Project};
use schema::project::{
    MilestoneAchieved, MilestoneDropped, MilestonePlanned, MilestoneRescheduled, ProjectCancelled, ProjectFact,
    ProjectRegistered, ProjectResumed, ProjectRevived, ProjectShelved, ProjectStageEntered, ProjectStandingReported,
    ProjectSuspended, ResponsibleParty, Stage, Standing,
};

use super::{Said, Story, date, line, note, said, story, tell};

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
    };
    said(project, "2023-01-01")
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
    said(MilestonePlanned { milestone: line("fid"), title: None, due_on: date(due) }, "2023-02-01")
}

pub(super) fn rescheduled(from: &str, to: &str, on: &str) -> Says {
    let moved = MilestoneRescheduled {
        milestone: line("fid"),
        from: date(from),
        to: date(to),
        reason: note("the permit is late"),
        responsible: ResponsibleParty::Authority,
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

fn stories() -> Vec<Story<Project>> {
    [stages(), milestones(), off_ramps()].into_iter().flatten().collect()
}

tell!(stories());
