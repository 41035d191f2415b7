//! The state of a project: its stage, whether it goes on, and its milestones with every move.

use std::sync::Arc;

use schema::{
    Date, EventId, Line, Note,
    project::{
        MilestonePlanned, MilestoneRescheduled, ProjectFact, ProjectRegistered, ProjectStandingReported, ResponsibleParty, Stage,
        Standing,
    },
};
use serde::Serialize;

use super::{Days, Flag, FlagCode, Live, State};

/// A stage that was entered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageEntry {
    /// Which.
    pub stage: Stage,
    /// When.
    pub entered_on: Date,
    /// The fact that says so.
    pub fact_id: EventId,
}

/// A move of a milestone's forecast.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Move {
    /// When it was to be reached.
    pub from: Date,
    /// When it was then to be reached.
    pub to: Date,
    /// Why.
    pub reason: Note,
    /// Who answers for it.
    pub responsible: ResponsibleParty,
    /// When it was moved.
    pub moved_on: Date,
    /// The fact that says so.
    pub fact_id: EventId,
}

/// A milestone: three dates that are kept apart, and every move between them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Milestone {
    /// Its short name within the project.
    pub name: Line,
    /// What it is called, where the short name does not say.
    pub title: Option<Line>,
    /// The first plan.
    pub baseline: Option<Date>,
    /// The present plan.
    pub forecast: Option<Date>,
    /// When it was reached.
    pub actual: Option<Date>,
    /// When it was dropped.
    pub dropped_on: Option<Date>,
    /// Every move, in order.
    pub moves: Vec<Move>,
    /// The facts it is known by.
    pub facts: Vec<EventId>,
}

impl Milestone {
    fn new(name: &Line) -> Self {
        Self {
            name: name.clone(),
            title: None,
            baseline: None,
            forecast: None,
            actual: None,
            dropped_on: None,
            moves: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// Days by which the forecast (or, once reached, the actual date) lies after the baseline; negative when before.
    #[must_use]
    pub fn slip(&self) -> Option<Days> {
        Some(Days::between(self.baseline?, self.actual.or(self.forecast)?))
    }

    /// Whether it was reached or dropped.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.actual.is_some() || self.dropped_on.is_some()
    }
}

/// What is known of a project.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Project {
    founding: Option<Arc<ProjectFact>>,
    /// The stage it is in; `None` is unknown.
    pub stage: Option<Stage>,
    /// Since when; `None` when only a report says which stage it is in.
    pub stage_since: Option<Date>,
    /// The fact that says which stage it is in.
    pub stage_fact: Option<EventId>,
    /// Every stage entered.
    pub stages: Vec<StageEntry>,
    /// Whether it goes on.
    pub standing: Standing,
    /// The fact that says so, where one does.
    pub standing_fact: Option<EventId>,
    /// Its milestones, in the order in which they came up.
    pub milestones: Vec<Milestone>,
}

impl Project {
    /// What was registered.
    #[must_use]
    pub fn registered(&self) -> Option<&ProjectRegistered> {
        match self.founding.as_deref()? {
            ProjectFact::ProjectRegistered(registered) => Some(registered),
            _ => None,
        }
    }

    /// The milestone with this short name.
    #[must_use]
    pub fn milestone(&self, name: &Line) -> Option<&Milestone> {
        self.milestones.iter().find(|milestone| milestone.name == *name)
    }
}

impl State for Project {
    type Fact = ProjectFact;

    fn derive(facts: &[Live<ProjectFact>]) -> (Self, Vec<Flag>) {
        let mut fold = Fold::default();
        for live in facts {
            fold.take(live);
        }
        (fold.project, fold.flags)
    }
}

#[derive(Default)]
struct Fold {
    project: Project,
    flags: Vec<Flag>,
}

impl Fold {
    fn take(&mut self, live: &Live<ProjectFact>) {
        let (on, fact) = (live.occurred_on(), live.fact_id);
        match live.fact() {
            ProjectFact::ProjectRegistered(_) => {
                self.project.founding.get_or_insert_with(|| live.shared_fact());
            }
            ProjectFact::ProjectStandingReported(reported) => self.standing_reported(reported, fact),
            ProjectFact::ProjectStageEntered(entered) => self.stage_entered(entered.stage, on, fact),
            ProjectFact::MilestonePlanned(planned) => self.milestone_planned(planned, fact),
            ProjectFact::MilestoneRescheduled(moved) => self.milestone_rescheduled(moved, on, fact),
            ProjectFact::MilestoneAchieved(achieved) => self.milestone(&achieved.milestone, fact).actual = Some(on),
            ProjectFact::MilestoneDropped(dropped) => self.milestone(&dropped.milestone, fact).dropped_on = Some(on),
            ProjectFact::ProjectSuspended(_) => self.off(Standing::Suspended, fact),
            ProjectFact::ProjectShelved(_) => self.off(Standing::Shelved, fact),
            ProjectFact::ProjectCancelled(_) => self.off(Standing::Cancelled, fact),
            ProjectFact::ProjectResumed(_) => {
                self.flag_unless(self.project.standing == Standing::Suspended, FlagCode::NotSuspended, fact);
                self.stand(Standing::Active, fact);
            }
            ProjectFact::ProjectRevived(_) => {
                let ended = matches!(self.project.standing, Standing::Shelved | Standing::Cancelled);
                self.flag_unless(ended, FlagCode::NotEnded, fact);
                self.stand(Standing::Active, fact);
            }
        }
    }

    fn flag_unless(&mut self, fits: bool, code: FlagCode, fact: EventId) {
        if !fits {
            self.flags.push(Flag::new(code, [fact]));
        }
    }

    fn stand(&mut self, standing: Standing, fact: EventId) {
        self.project.standing = standing;
        self.project.standing_fact = Some(fact);
    }

    /// Shelving or cancelling what is suspended is a step further; the same off-ramp twice is not.
    fn off(&mut self, standing: Standing, fact: EventId) {
        self.flag_unless(self.project.standing < standing, FlagCode::AlreadyOff, fact);
        self.stand(standing, fact);
    }

    fn standing_reported(&mut self, reported: &ProjectStandingReported, fact: EventId) {
        if let Some(standing) = reported.standing {
            self.stand(standing, fact);
        }
        if let Some(stage) = reported.stage.filter(|stage| self.project.stage != Some(*stage)) {
            self.project.stage = Some(stage);
            self.project.stage_since = None;
            self.project.stage_fact = Some(fact);
        }
    }

    fn stage_entered(&mut self, stage: Stage, on: Date, fact: EventId) {
        self.flag_unless(self.project.stages.iter().all(|entry| entry.stage < stage), FlagCode::StageBackwards, fact);
        self.flag_unless(self.project.standing == Standing::Active, FlagCode::StageWhileOff, fact);
        self.project.stage = Some(stage);
        self.project.stage_since = Some(on);
        self.project.stage_fact = Some(fact);
        self.project.stages.push(StageEntry { stage, entered_on: on, fact_id: fact });
    }

    fn milestone_planned(&mut self, planned: &MilestonePlanned, fact: EventId) {
        let milestone = self.find_or_add(&planned.milestone);
        milestone.facts.push(fact);
        if milestone.baseline.is_some() {
            self.flags.push(Flag::new(FlagCode::MilestonePlannedTwice, [fact]));
            return;
        }
        milestone.title.clone_from(&planned.title);
        milestone.baseline = Some(planned.due_on);
        milestone.forecast.get_or_insert(planned.due_on);
    }

    fn milestone_rescheduled(&mut self, moved: &MilestoneRescheduled, on: Date, fact: EventId) {
        let milestone = self.milestone(&moved.milestone, fact);
        let differs = milestone.forecast.is_some_and(|forecast| forecast != moved.from);
        milestone.forecast = Some(moved.to);
        milestone.moves.push(Move {
            from: moved.from,
            to: moved.to,
            reason: moved.reason.clone(),
            responsible: moved.responsible,
            moved_on: on,
            fact_id: fact,
        });
        self.flag_unless(!differs, FlagCode::MilestoneFromOtherDate, fact);
    }

    fn find_or_add(&mut self, name: &Line) -> &mut Milestone {
        let milestones = &mut self.project.milestones;
        let at = milestones.iter().position(|milestone| milestone.name == *name).unwrap_or_else(|| {
            milestones.push(Milestone::new(name));
            milestones.len() - 1
        });
        &mut milestones[at]
    }

    /// The milestone that `fact` moves or ends; flagged when it has no plan or is over.
    fn milestone(&mut self, name: &Line, fact: EventId) -> &mut Milestone {
        let milestone = self.find_or_add(name);
        milestone.facts.push(fact);
        let (planned, over) = (milestone.baseline.is_some(), milestone.is_over());
        self.flag_unless(planned, FlagCode::MilestoneNotPlanned, fact);
        self.flag_unless(!over, FlagCode::MilestoneOver, fact);
        self.find_or_add(name)
    }
}
