//! Facts about projects: what they are, the stages they enter, the milestones they plan and reach.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AwardId, ClusterId, Country, Date, EventId, Exactness, ExternalId, Line, LineKey, Location, Money, Named, Note,
    OrganisationId, PermitId, PolicyMeasureId, ProjectId, Settled, ThingId,
    fact::{facts, payloads},
    permit::Period,
};

/// How far a project is. A stage may be unknown; then there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// An idea with a scope.
    Concept,
    /// Feasibility study.
    Feasibility,
    /// Front-end engineering design.
    Feed,
    /// The final investment decision is taken.
    Fid,
    /// Under construction.
    Construction,
    /// Built and being tested.
    Commissioning,
    /// Operating.
    Operational,
    /// Taken out of service.
    Decommissioned,
}

impl Stage {
    /// Where it stands among the stages, with room for what enters a stage without saying so.
    const fn step(self) -> u8 {
        self as u8 * 3
    }
}

/// By what the name of a milestone is matched: without regard to case, spaces and forms of Unicode, and by one name for
/// the final investment decision, however it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MilestoneKey(LineKey);

impl MilestoneKey {
    const FID: &'static str = "fid";
    const NAMES_OF_FID: [&'static str; 3] = [Self::FID, "final investment decision", "investment decision"];

    /// That of the final investment decision.
    #[must_use]
    pub fn fid() -> Self {
        Self(LineKey::of(Self::FID))
    }

    /// Whether it is the final investment decision.
    #[must_use]
    pub fn is_fid(&self) -> bool {
        self.0.as_str() == Self::FID
    }
}

impl std::fmt::Display for MilestoneKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// By what a milestone called `name` is matched.
#[must_use]
pub fn milestone_key(name: &Line) -> MilestoneKey {
    let key = name.key();
    if MilestoneKey::NAMES_OF_FID.contains(&key.as_str()) { MilestoneKey::fid() } else { MilestoneKey(key) }
}

/// Whether a project goes on. An off-ramp is no stage: a project is suspended *in* a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It goes on.
    #[default]
    Active,
    /// Interrupted for a while.
    Suspended,
    /// Put aside without a date.
    Shelved,
    /// Given up.
    Cancelled,
}

/// The technology levers of the Forum's framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lever {
    /// Systemic efficiency and circularity.
    EfficiencyCircularity,
    /// Direct electrification and renewable heat.
    ElectrificationRenewableHeat,
    /// Hydrogen.
    Hydrogen,
    /// Carbon capture, utilisation and storage.
    Ccus,
}

/// The unit of a capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CapacityUnit {
    /// Megawatts of electrical power.
    Mw,
    /// Megawatts of heat.
    MwThermal,
    /// Megawatt hours of storage.
    Mwh,
    /// Tonnes of product per year.
    TonnesPerYear,
    /// Tonnes of CO2 captured, transported or stored per year.
    TonnesCo2PerYear,
    /// Normal cubic metres per hour.
    NormalCubicMetresPerHour,
}

/// A capacity with its unit; capacities of two units are never added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Capacity {
    /// How much, not below zero.
    #[schemars(with = "String")]
    pub value: Decimal,
    /// Of what.
    pub unit: CapacityUnit,
    /// How exactly it is known; exactly, where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Exactness>,
}

impl Capacity {
    /// A capacity of `value` in `unit`, of which nothing is said of how exactly it is known.
    #[must_use]
    pub const fn new(value: Decimal, unit: CapacityUnit) -> Self {
        Self { value, unit, bound: None }
    }
}

/// Who answers for a move of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResponsibleParty {
    /// The project's lead.
    Lead,
    /// An authority.
    Authority,
    /// A funder.
    Funder,
    /// A partner or supplier.
    Partner,
    /// Somebody else.
    ThirdParty,
    /// A court.
    Court,
}

/// How exactly a cost is estimated: the classes of AACE International's recommended practice 18R-97, of which 5 is the
/// roughest (a concept) and 1 the most exact (a check of a tender).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EstimateClass {
    /// Concept screening.
    Class5,
    /// Feasibility.
    Class4,
    /// Budget authorisation; what front-end engineering design ends with.
    Class3,
    /// Control of a project or a tender.
    Class2,
    /// Check of an estimate or a tender.
    Class1,
}

/// What made a schedule move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MoveCause {
    /// A permit that is late.
    Permit,
    /// A connection to the grid.
    Grid,
    /// Suppliers and contractors.
    Supply,
    /// Money.
    Finance,
    /// Buyers of what is produced.
    Offtake,
    /// A change of the design.
    Design,
    /// Weather.
    Weather,
    /// A dispute in court.
    Litigation,
    /// A change of policy.
    Policy,
    /// A partner.
    Partner,
    /// A register gave another date, and no reason.
    Register,
    /// Something else; the reason says what.
    Other,
}

/// Which end of one step waits for which of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DependencyKind {
    /// It begins when what it needs is finished: the usual one.
    FinishToStart,
    /// It begins when what it needs has begun.
    StartToStart,
    /// It is finished when what it needs is.
    FinishToFinish,
    /// It is finished when what it needs has begun.
    StartToFinish,
}

payloads! {
    /// A project came on record.
    ProjectRegistered {
        /// What it is called.
        title: Line,
        /// The cluster it belongs to; many projects of a national register belong to none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cluster: Option<ClusterId>,
        /// The organisation that leads it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lead: Option<OrganisationId>,
        /// The country it lies in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        country: Option<Country>,
        /// The town or site.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Line>,
        /// The levers it pulls.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        levers: Vec<Lever>,
        /// The technology in the words of its source.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        technology: Option<Line>,
        /// What it will be able to do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        capacity: Option<Capacity>,
        /// Abatement in tonnes of CO2 equivalent per year.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        abatement_t_per_year: Option<Decimal>,
        /// How exactly the abatement is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        abatement_bound: Option<Exactness>,
        /// Capital expenditure.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        capex: Option<Money>,
        /// Jobs created.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jobs: Option<u32>,
        /// What other systems call it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        identifiers: Vec<ExternalId>,
        /// What a register says of it beside, by the mapping's names.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        attributes: BTreeMap<Line, Line>,
        /// The larger project of which it is a part or a phase.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        part_of: Option<ProjectId>,
        /// What it will be able to do beside `capacity`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        capacities: Vec<Capacity>,
        /// Where it lies on the map.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<Box<Location>>,
        /// The project in which its abatement is counted, so that a tonne that is captured, moved and stored counts once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        abatement_counted_in: Option<ProjectId>,
    }

    /// A source stated how a project stands at a date, without saying since when.
    ProjectStandingReported {
        /// The stage it was in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stage: Option<Stage>,
        /// Whether it went on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        standing: Option<Standing>,
    }

    /// A milestone was planned for the first time: its baseline.
    MilestonePlanned {
        /// The milestone, by a short name that is its own within the project: `fid`, for example.
        milestone: Line,
        /// What it is called, where the short name does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<Line>,
        /// When it is to be reached.
        due_on: Date,
        /// Of what kind it is: a word of the vocabulary, such as `grid connection`, or another.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<Line>,
    }

    /// What a milestone needs was declared: another milestone, of this project or another, or a permit.
    DependencyDeclared {
        /// The milestone that needs it.
        milestone: Line,
        /// The milestone that is needed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        needs_milestone: Option<Line>,
        /// The project that has it, where that is another.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of_project: Option<ProjectId>,
        /// The permit that is needed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        needs_permit: Option<PermitId>,
        /// How long after that it can be reached at the earliest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lag: Option<Period>,
        /// Which end waits for which; finish to start, where nothing is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<DependencyKind>,
    }

    /// A milestone no longer needs what it was said to need.
    DependencyDropped {
        /// The dependency, by the fact that declared it.
        dependency: EventId,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }

    /// The final investment decision was planned for the first time: the baseline of the milestone `fid`.
    FidPlanned {
        /// When it is to be taken.
        due_on: Date,
    }

    /// The final investment decision was put off: a move of the milestone `fid`.
    FidDeferred version 2 {
        /// When it was to be taken, where a source says so; nothing depends on it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Date>,
        /// When it is now to be taken, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Date>,
        /// Why; a register does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
        /// Who answers for it; a register does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        responsible: Option<ResponsibleParty>,
        /// What made it move.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<MoveCause>,
        /// The thing that made it move: a permit, a partnership, another project.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because_of: Option<ThingId>,
    }

    /// A milestone's forecast moved.
    MilestoneRescheduled version 2 {
        /// The milestone.
        milestone: Line,
        /// When it was to be reached, where that is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Date>,
        /// When it is now to be reached.
        to: Date,
        /// Why; a register does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
        /// Who answers for the move; a register does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        responsible: Option<ResponsibleParty>,
        /// What made it move.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<MoveCause>,
        /// The thing that made it move: a permit, a partnership, another project.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because_of: Option<ThingId>,
    }

    /// A milestone got a new baseline, beside which the first is kept.
    MilestoneRebaselined {
        /// The milestone.
        milestone: Line,
        /// When it is to be reached by the new baseline.
        due_on: Date,
        /// Who approved it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approved_by: Option<Line>,
        /// Why.
        reason: Note,
    }

    /// A stage was entered.
    ProjectStageEntered {
        /// Which.
        stage: Stage,
    }

    /// The final investment decision was taken.
    FidTaken {
        /// How much is invested.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Money>,
        /// The part of it that is equity.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        equity: Option<Money>,
        /// The part of it that is debt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        debt: Option<Money>,
    }

    /// What the project costs was estimated.
    CostEstimated {
        /// How exactly.
        class: EstimateClass,
        /// Capital expenditure.
        capex: Money,
    }

    /// Capacity was commissioned: it works from this day.
    CapacityCommissioned {
        /// How much, of what.
        capacity: Capacity,
        /// Which part of the project: what tells two of one capacity on one day apart.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        part: Option<Line>,
    }

    /// Abatement in a period was reported. It occurred on the day of the report.
    AbatementReported {
        /// The first day of the period.
        from: Date,
        /// The last day of the period.
        to: Date,
        /// Tonnes of CO2 equivalent, not below zero.
        #[schemars(with = "String")]
        t_co2e: Decimal,
        /// How exactly that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bound: Option<Exactness>,
        /// By what method it was determined.
        method: Line,
        /// Who verified it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verified_by: Option<Line>,
        /// By what standard it was verified, such as ISO 14064-3.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        standard: Option<Line>,
        /// What is in it and what is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        boundary: Option<Note>,
    }

    /// The permits that are critical for the project were declared.
    ProjectPermitScopeDeclared {
        /// Every permit that is critical.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        permits: Vec<PermitId>,
        /// Why none is needed, where none is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        none_needed: Option<Note>,
    }

    /// The policy measures that the project relies on were declared.
    ProjectRelianceDeclared {
        /// Every measure.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        measures: Vec<PolicyMeasureId>,
        /// Why it relies on none, where it does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        none_relied_on: Option<Note>,
    }

    /// Documents for a criterion of a ladder were filed; it is met when a second role confirms this.
    ProjectCriterionEvidenced {
        /// The criterion, by its id in the ladder.
        criterion: Line,
        /// What the documents show.
        statement: Note,
        /// The last day on which the documents count, where they expire.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        valid_until: Option<Date>,
    }

    /// A criterion of a ladder was waived until a date.
    ProjectCriterionWaived {
        /// The criterion, by its id in the ladder.
        criterion: Line,
        /// Why.
        reason: Note,
        /// The last day of the waiver.
        until: Date,
    }

    /// A milestone was reached.
    MilestoneAchieved {
        /// The milestone.
        milestone: Line,
    }

    /// A milestone is no longer pursued.
    MilestoneDropped {
        /// The milestone.
        milestone: Line,
        /// Why.
        reason: Note,
    }

    /// A project is of another size from this day on: growth is no mistake. What is not named stays.
    ProjectRescoped {
        /// What it will then be able to do; the first stands for the capacity that was registered.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        capacities: Vec<Capacity>,
        /// Capital expenditure then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        capex: Option<Money>,
        /// Abatement then, in tonnes of CO2 equivalent per year.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        abatement_t_per_year: Option<Decimal>,
        /// Jobs created then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jobs: Option<u32>,
        /// Why.
        reason: Note,
    }

    /// A project is called otherwise from this day on.
    ProjectRenamed {
        /// What it is then called.
        title: Line,
    }

    /// All finance documents of the project are signed and their conditions met.
    ProjectFinancialCloseReached {
        /// The awards that belong to it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        awards: Vec<AwardId>,
    }

    /// That the project gets no public money was declared: a zero that is known.
    ProjectFundingDeclared {
        /// Why there is none.
        none: Note,
    }

    /// A project was interrupted for a while.
    ProjectSuspended {
        /// Why.
        reason: Note,
    }

    /// A suspended project went on.
    ProjectResumed {}

    /// A project was put aside without a date.
    ProjectShelved {
        /// Why.
        reason: Note,
    }

    /// A project was given up.
    ProjectCancelled {
        /// Why.
        reason: Note,
    }

    /// A shelved or cancelled project was taken up again.
    ProjectRevived {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }
}

facts! {
    /// The facts of a project.
    ProjectFact of Project {
        /// See [`ProjectRegistered`].
        ProjectRegistered,
        /// See [`ProjectRenamed`].
        ProjectRenamed,
        /// See [`ProjectRescoped`].
        ProjectRescoped,
        /// See [`ProjectStandingReported`].
        ProjectStandingReported,
        /// See [`MilestonePlanned`].
        MilestonePlanned,
        /// See [`FidPlanned`].
        FidPlanned,
        /// See [`DependencyDeclared`].
        DependencyDeclared,
        /// See [`DependencyDropped`].
        DependencyDropped,
        /// See [`MilestoneRescheduled`].
        MilestoneRescheduled,
        /// See [`FidDeferred`].
        FidDeferred,
        /// See [`MilestoneRebaselined`].
        MilestoneRebaselined,
        /// See [`CostEstimated`].
        CostEstimated,
        /// See [`ProjectPermitScopeDeclared`].
        ProjectPermitScopeDeclared,
        /// See [`ProjectRelianceDeclared`].
        ProjectRelianceDeclared,
        /// See [`ProjectFundingDeclared`].
        ProjectFundingDeclared,
        /// See [`ProjectCriterionEvidenced`].
        ProjectCriterionEvidenced,
        /// See [`ProjectCriterionWaived`].
        ProjectCriterionWaived,
        /// See [`ProjectStageEntered`].
        ProjectStageEntered,
        /// See [`FidTaken`].
        FidTaken,
        /// See [`ProjectFinancialCloseReached`].
        ProjectFinancialCloseReached,
        /// See [`MilestoneAchieved`].
        MilestoneAchieved,
        /// See [`MilestoneDropped`].
        MilestoneDropped,
        /// See [`CapacityCommissioned`].
        CapacityCommissioned,
        /// See [`AbatementReported`].
        AbatementReported,
        /// See [`ProjectSuspended`].
        ProjectSuspended,
        /// See [`ProjectResumed`].
        ProjectResumed,
        /// See [`ProjectShelved`].
        ProjectShelved,
        /// See [`ProjectCancelled`].
        ProjectCancelled,
        /// See [`ProjectRevived`].
        ProjectRevived,
    }
    references |fact| match fact {
        ProjectFact::ProjectRegistered(registered) => {
            let cluster = registered.cluster.map(ClusterId::thing);
            let projects = [registered.part_of, registered.abatement_counted_in].into_iter().flatten().map(ThingId::from);
            cluster.into_iter().chain(registered.lead.map(OrganisationId::thing)).chain(projects).collect()
        }
        ProjectFact::MilestoneRescheduled(moved) => moved.because_of.into_iter().collect(),
        ProjectFact::FidDeferred(deferred) => deferred.because_of.into_iter().collect(),
        ProjectFact::ProjectFinancialCloseReached(reached) => reached.awards.iter().copied().map(ThingId::from).collect(),
        ProjectFact::DependencyDeclared(declared) => {
            let project = declared.of_project.map(ThingId::from);
            project.into_iter().chain(declared.needs_permit.map(ThingId::from)).collect()
        }
        ProjectFact::ProjectPermitScopeDeclared(declared) => declared.permits.iter().copied().map(ThingId::from).collect(),
        ProjectFact::ProjectRelianceDeclared(declared) => declared.measures.iter().copied().map(ThingId::from).collect(),
        _ => Vec::new(),
    };
    named |fact| match fact {
        ProjectFact::DependencyDropped(dropped) => {
            Named::of(Some(dropped.dependency), &["DependencyDeclared"]).into_iter().collect()
        }
        _ => Vec::new(),
    };
    ranked |fact| match fact {
        ProjectFact::FidPlanned(_) => Some((Order::MilestonePlanned, 0)),
        ProjectFact::FidDeferred(_) => Some((Order::MilestoneRescheduled, 0)),
        // Of two estimates of one day, the more exact one is the later.
        ProjectFact::CostEstimated(estimated) => Some((Order::CostEstimated, estimated.class as u8)),
        ProjectFact::ProjectStageEntered(entered) => Some((Order::ProjectStageEntered, entered.stage.step())),
        // The decision enters its stage, and comes before the next.
        ProjectFact::FidTaken(_) => Some((Order::ProjectStageEntered, Stage::Fid.step() + 1)),
        ProjectFact::MilestoneAchieved(achieved) if milestone_key(&achieved.milestone).is_fid() => {
            Some((Order::ProjectStageEntered, Stage::Fid.step() + 2))
        }
        _ => None,
    };
    settling |fact| {
        let due = |milestone: MilestoneKey| format!("due {milestone}");
        match fact {
            ProjectFact::ProjectRenamed(renamed) => vec![Settled::new("title", &renamed.title)],
            ProjectFact::ProjectRescoped(rescoped) => {
                let capacities = Some(&rescoped.capacities).filter(|capacities| !capacities.is_empty());
                let members = [
                    Settled::given("capacities", capacities),
                    Settled::given("capex", rescoped.capex.as_ref()),
                    Settled::given("jobs", rescoped.jobs.as_ref()),
                    Settled::given("abatement", rescoped.abatement_t_per_year.as_ref()),
                ];
                members.into_iter().flatten().collect()
            }
            ProjectFact::ProjectStandingReported(reported) => {
                let stage = Settled::given("stage", reported.stage.as_ref());
                stage.into_iter().chain(Settled::given("standing", reported.standing.as_ref())).collect()
            }
            ProjectFact::MilestoneRescheduled(moved) => {
                vec![Settled::new(due(milestone_key(&moved.milestone)), &Some(moved.to))]
            }
            ProjectFact::FidDeferred(deferred) => vec![Settled::new(due(MilestoneKey::fid()), &deferred.to)],
            ProjectFact::MilestoneRebaselined(rebaselined) => {
                vec![Settled::new(due(milestone_key(&rebaselined.milestone)), &rebaselined.due_on)]
            }
            ProjectFact::CostEstimated(estimated) => vec![Settled::new("cost", &estimated.capex)],
            ProjectFact::ProjectPermitScopeDeclared(declared) => vec![Settled::new("permits", declared)],
            ProjectFact::ProjectRelianceDeclared(declared) => vec![Settled::new("measures", declared)],
            _ => Vec::new(),
        }
    };
    recurring CapacityCommissioned;
}
