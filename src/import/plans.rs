//! What a register says of days to come. A planned day that moves between editions is a move of the plan: the first plan stays
//! what it was, and neither the reason nor who answers for the move is known.

use schema::{
    Date, Fact,
    organisation::OrganisationFact,
    permit::PermitFact,
    project::{
        FidDeferred, FidPlanned, MilestoneKey, MilestonePlanned, MilestoneRescheduled, MoveCause, ProjectFact, milestone_key,
    },
};

/// The planned day of a milestone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub milestone: MilestoneKey,
    /// When it is to be reached; nothing where that is no longer known.
    pub due_on: Option<Date>,
}

/// A fact that may be of a plan.
pub(super) trait Scheduled: Fact {
    /// What it plans for the first time.
    fn plan(&self) -> Option<Plan> {
        None
    }

    /// To what it moves a plan.
    fn moved(&self) -> Option<Plan> {
        None
    }

    /// The milestone that has been reached, or is no longer to be.
    fn ends(&self) -> Option<MilestoneKey> {
        None
    }

    /// The same plan with another day, of a fact that plans or moves one.
    fn due(&self, _on: Date) -> Option<Self> {
        None
    }

    /// The move of this plan to another day, of a fact that plans or moves one.
    fn moving(&self, _to: Date) -> Option<Self> {
        None
    }

    /// What it plans or moves a plan to.
    fn planned(&self) -> Option<Plan> {
        self.plan().or_else(|| self.moved())
    }
}

impl Scheduled for OrganisationFact {}

impl Scheduled for PermitFact {}

impl Scheduled for ProjectFact {
    fn plan(&self) -> Option<Plan> {
        match self {
            Self::MilestonePlanned(plan) => Some(Plan { milestone: milestone_key(&plan.milestone), due_on: Some(plan.due_on) }),
            Self::FidPlanned(plan) => Some(Plan { milestone: MilestoneKey::fid(), due_on: Some(plan.due_on) }),
            _ => None,
        }
    }

    fn moved(&self) -> Option<Plan> {
        match self {
            Self::MilestoneRescheduled(moved) => {
                Some(Plan { milestone: milestone_key(&moved.milestone), due_on: Some(moved.to) })
            }
            Self::FidDeferred(moved) => Some(Plan { milestone: MilestoneKey::fid(), due_on: moved.to }),
            _ => None,
        }
    }

    fn ends(&self) -> Option<MilestoneKey> {
        match self {
            Self::MilestoneAchieved(achieved) => Some(milestone_key(&achieved.milestone)),
            Self::MilestoneDropped(dropped) => Some(milestone_key(&dropped.milestone)),
            Self::FidTaken(_) => Some(MilestoneKey::fid()),
            _ => None,
        }
    }

    fn due(&self, on: Date) -> Option<Self> {
        Some(match self.clone() {
            Self::MilestonePlanned(plan) => MilestonePlanned { due_on: on, ..plan }.into(),
            Self::FidPlanned(_) => FidPlanned { due_on: on }.into(),
            Self::MilestoneRescheduled(moved) => MilestoneRescheduled { to: on, ..moved }.into(),
            Self::FidDeferred(moved) => FidDeferred { to: Some(on), ..moved }.into(),
            _ => return None,
        })
    }

    /// From which day it moves is not said: that is the day on record, whichever edition brings it there.
    fn moving(&self, to: Date) -> Option<Self> {
        let cause = Some(MoveCause::Register);
        let of_fid = || FidDeferred { from: None, to: Some(to), reason: None, responsible: None, cause, because_of: None };
        let of = |milestone: &schema::Line| MilestoneRescheduled {
            milestone: milestone.clone(),
            from: None,
            to,
            reason: None,
            responsible: None,
            cause,
            because_of: None,
        };
        match self {
            Self::FidPlanned(_) | Self::FidDeferred(_) => Some(of_fid().into()),
            Self::MilestonePlanned(plan) => Some(of(&plan.milestone).into()),
            Self::MilestoneRescheduled(moved) => Some(of(&moved.milestone).into()),
            _ => None,
        }
    }
}
