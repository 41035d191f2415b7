//! The state of a project: its stage, whether it goes on, and its milestones with every move.

mod fold;
mod network;
mod periods;
mod slip;

use std::sync::Arc;

use rust_decimal::Decimal;
use schema::{
    Date, EventId, Exactness, Line, Money, Note, PermitId, ProjectId, ThingId,
    project::{
        Capacity, EstimateClass, MilestoneKey, MoveCause, ProjectFact, ProjectRegistered, ResponsibleParty, Stage, Standing,
        milestone_key,
    },
};
use serde::Serialize;

use super::{Declarations, Flag, Live, State, places::Places};
use crate::Series;
use network::Network;
use periods::Periods;
pub use slip::Slip;

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
    /// When it was to be reached, where that was known.
    pub from: Option<Date>,
    /// When it was then to be reached; `None` when it was put off without a new date.
    pub to: Option<Date>,
    /// Why, where that is said.
    pub reason: Option<Note>,
    /// Who answers for it, where that is said.
    pub responsible: Option<ResponsibleParty>,
    /// What made it move, where that is said.
    pub cause: Option<MoveCause>,
    /// The thing that made it move, where that is said.
    pub because_of: Option<ThingId>,
    /// When it was moved.
    pub moved_on: Date,
    /// The fact that says so.
    pub fact_id: EventId,
}

/// A milestone: three dates that are kept apart, and every move between them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Milestone {
    /// Its short name within the project, as the first fact that is about it writes it.
    pub name: Line,
    #[serde(skip)]
    key: MilestoneKey,
    /// What it is called, where the short name does not say.
    pub title: Option<Line>,
    /// The first plan.
    pub baseline: Option<Date>,
    /// The plan as it was last approved anew, where it was.
    pub rebaseline: Option<Date>,
    /// The present plan.
    pub forecast: Option<Date>,
    /// When it was reached.
    pub actual: Option<Date>,
    /// When it was dropped.
    pub dropped_on: Option<Date>,
    /// Every move, in order.
    pub moves: Series<Move>,
    /// The facts it is known by.
    pub facts: Series<EventId>,
}

impl Milestone {
    fn new(name: &Line) -> Self {
        Self {
            name: name.clone(),
            key: milestone_key(name),
            title: None,
            baseline: None,
            rebaseline: None,
            forecast: None,
            actual: None,
            dropped_on: None,
            moves: Series::default(),
            facts: Series::default(),
        }
    }

    /// By what its name is matched.
    #[must_use]
    pub const fn key(&self) -> &MilestoneKey {
        &self.key
    }

    /// Whether it was reached or dropped.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.actual.is_some() || self.dropped_on.is_some()
    }
}

/// What a milestone needs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Need {
    /// Another milestone, of this project where no other is named.
    Milestone {
        /// Of which other project.
        project: Option<ProjectId>,
        /// Its short name there.
        milestone: Line,
    },
    /// A permit.
    Permit(PermitId),
}

/// That a milestone needs something.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dependency {
    /// The milestone.
    pub milestone: Line,
    /// What it needs.
    pub needs: Need,
    /// The fact that says so.
    pub fact_id: EventId,
}

impl Dependency {
    /// The milestones of the project itself that it names.
    fn own_milestones(&self) -> Vec<MilestoneKey> {
        let needed = match &self.needs {
            Need::Milestone { project: None, milestone } => Some(milestone),
            Need::Milestone { .. } | Need::Permit(_) => None,
        };
        std::iter::once(&self.milestone).chain(needed).map(milestone_key).collect()
    }
}

/// The final investment decision as it was taken.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FidDecision {
    /// When.
    pub taken_on: Date,
    /// How much is invested.
    pub amount: Option<Money>,
    /// The part of it that is equity.
    pub equity: Option<Money>,
    /// The part of it that is debt.
    pub debt: Option<Money>,
    /// The fact that says so.
    pub fact_id: EventId,
}

/// What the project costs, by an estimate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CostEstimate {
    /// How exactly.
    pub class: EstimateClass,
    /// Capital expenditure.
    pub capex: Money,
    /// When it was estimated.
    pub estimated_on: Date,
    /// The fact that says so.
    pub fact_id: EventId,
}

/// Capacity that works.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Commissioning {
    /// How much, of what.
    pub capacity: Capacity,
    /// Which part of the project, where that is said.
    pub part: Option<Line>,
    /// Since when.
    pub commissioned_on: Date,
    /// The fact that says so.
    pub fact_id: EventId,
}

/// Abatement in a period, as it was reported.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AbatementReport {
    /// The first day of the period.
    pub from: Date,
    /// The last day of the period.
    pub to: Date,
    /// Tonnes of CO2 equivalent.
    pub t_co2e: Decimal,
    /// How exactly that is known, where something is said of it.
    pub bound: Option<Exactness>,
    /// By what method.
    pub method: Line,
    /// Whether a document is referenced.
    pub is_evidenced: bool,
    /// When it was reported.
    pub reported_on: Date,
    /// The fact that says so.
    pub fact_id: EventId,
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
    pub stages: Series<StageEntry>,
    /// Whether it goes on.
    pub standing: Standing,
    /// The fact that says so, where one does.
    pub standing_fact: Option<EventId>,
    /// Its milestones, in the order in which they came up.
    pub milestones: Series<Milestone>,
    /// What milestones need.
    pub dependencies: Series<Dependency>,
    /// The final investment decision, once it is taken.
    pub fid: Option<Box<FidDecision>>,
    /// The last estimate of what it costs.
    pub cost: Option<Box<CostEstimate>>,
    /// The capacity that works, in the order in which it was commissioned.
    pub commissioned: Series<Commissioning>,
    /// The abatement that was reported.
    pub abatement: Series<AbatementReport>,
    /// What it declares for its ladders.
    pub declarations: Declarations,
}

impl Project {
    /// The milestone that is the final investment decision: first plan, forecast and actual date.
    #[must_use]
    pub fn fid_milestone(&self) -> Option<&Milestone> {
        self.milestone_of(&MilestoneKey::fid())
    }

    /// What was registered.
    #[must_use]
    pub fn registered(&self) -> Option<&ProjectRegistered> {
        match self.founding.as_deref()? {
            ProjectFact::ProjectRegistered(registered) => Some(registered),
            _ => None,
        }
    }

    /// The milestone with this short name, however it is written.
    #[must_use]
    pub fn milestone(&self, name: &Line) -> Option<&Milestone> {
        self.milestone_of(&milestone_key(name))
    }

    /// The milestone with this key.
    #[must_use]
    pub fn milestone_of(&self, key: &MilestoneKey) -> Option<&Milestone> {
        self.milestones.iter().find(|milestone| milestone.key == *key)
    }
}

/// What has to be known to take the next fact.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Aside {
    /// The milestones, by their short names.
    milestones: Places,
    /// What milestones need.
    network: Network,
    /// The furthest stage that was entered.
    furthest: Option<Stage>,
    /// Whether it was entered by the final investment decision, and no fact says so in its own right.
    entered_by_decision: bool,
    /// The periods in which abatement was reported.
    reported: Periods,
    /// Whether financial close was reached.
    closed: bool,
}

impl State for Project {
    type Fact = ProjectFact;

    type Aside = Aside;

    fn take(&mut self, aside: &mut Aside, live: &Live<ProjectFact>, flags: &mut Vec<Flag>) {
        fold::take(self, aside, live, flags);
    }

    fn whole(&self, aside: &Aside) -> Vec<Flag> {
        aside.network.flags()
    }
}
