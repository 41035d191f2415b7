//! A project: what it is, its stages, and its milestones.

use std::{borrow::Cow, sync::Arc};

use chrono::NaiveDate;
use gate::gated;
use graphql::GraphqlError;
use juniper::{GraphQLEnum, GraphQLInputObject, ID, graphql_object};
use projections::{
    Sight, country_of,
    things::{self, Dependency, Milestone, Move, Need, Permit, Project, Thing},
    views::{known::is_shelved_candidate, standing::is_active},
};
use rust_decimal::prelude::ToPrimitive;
use schema::{ClusterId, OrganisationId, ThingId, project::ProjectRegistered};

use super::{
    cluster::ClusterNode,
    common::{Attribute, Capacity, ExternalId, Location, Money, attributes, identifiers},
    declared::{
        CriterionEvidenceNode, CriterionWaiver, PermitScope, Reliance, criterion_evidence, permit_scope, reliance, waivers,
    },
    node::NodeValue,
    organisation::OrganisationNode,
    permit::{PermitConnection, PermitFilter, PermitNode, PermitOrder, permits},
    pillars::Pillars,
    record::{AnyThing, Record, fact_ids},
};
use crate::{
    Context,
    connection::{Item, OrderDirection, Paging, SortKey, connection, page},
    scalars::{
        CountryCode, Date, Decimal, EstimateClass, Exactness, FactId, Lever, Line, MoveCause, Note, ResponsibleParty, Stage,
        Standing,
    },
    view::{View, id},
};

/// A project, as whoever asks sees it.
#[derive(Clone)]
pub struct ProjectNode {
    view: View,
    thing: Arc<Thing<Project>>,
    /// The state on the day asked for, where it is not the present one.
    on_day: Option<Arc<Project>>,
}

connection!(ProjectConnection, ProjectEdge, ProjectNode, "ProjectConnection", "ProjectEdge");

impl ProjectNode {
    /// The project `thing`, seen by `view`.
    pub fn new(view: &View, thing: Arc<Thing<Project>>) -> Self {
        let on_day = match view.state(&thing) {
            Cow::Borrowed(_) => None,
            Cow::Owned(state) => Some(Arc::new(state)),
        };
        Self { view: view.clone(), thing, on_day }
    }

    fn known(&self) -> &Project {
        self.on_day.as_deref().unwrap_or_else(|| self.thing.state())
    }

    fn registered(&self) -> Option<&ProjectRegistered> {
        self.known().registered()
    }
}

/// A project, as whoever asks sees it.
#[gated(of = self.thing.id())]
#[graphql_object(name = "Project", context = Context, impl = NodeValue)]
impl ProjectNode {
    /// The id of the project.
    pub fn id(&self) -> ID {
        ID::from(self.thing.id().to_string())
    }

    /// What it is called.
    fn title(&self) -> Option<Line> {
        self.registered().map(|registered| Line(registered.title.clone()))
    }

    /// The cluster it belongs to; many projects of a national register belong to none.
    fn cluster(&self) -> Option<ClusterNode> {
        let thing = self.view.thing(self.registered()?.cluster?)?;
        Some(ClusterNode::new(self.view.clone(), thing))
    }

    /// The organisation that leads it.
    fn lead(&self) -> Option<OrganisationNode> {
        let thing = self.view.thing(self.registered()?.lead?)?;
        Some(OrganisationNode::new(self.view.clone(), thing))
    }

    /// The country it lies in: its own or, where it says none, its cluster's.
    fn country(&self) -> Option<CountryCode> {
        country_of(&self.view, self.registered()?).map(CountryCode)
    }

    /// The town or site.
    fn place(&self) -> Option<Line> {
        self.registered()?.place.clone().map(Line)
    }

    /// The levers it pulls.
    fn levers(&self) -> Vec<Lever> {
        self.registered().map(|registered| registered.levers.iter().map(|lever| (*lever).into()).collect()).unwrap_or_default()
    }

    /// The technology in the words of its source.
    fn technology(&self) -> Option<Line> {
        self.registered()?.technology.clone().map(Line)
    }

    /// What it will be able to do.
    fn capacity(&self) -> Option<Capacity> {
        self.registered()?.capacity.map(Capacity::from)
    }

    /// Abatement in tonnes of CO2 equivalent per year.
    fn abatement_t_per_year(&self) -> Option<Decimal> {
        self.registered()?.abatement_t_per_year.map(Decimal)
    }

    /// How exactly the abatement is known; null where nothing is said.
    fn abatement_bound(&self) -> Option<Exactness> {
        self.registered()?.abatement_bound.map(Exactness::from)
    }

    /// Capital expenditure. Null to those who may not see commercial figures.
    fn capex(&self) -> Option<Money> {
        self.registered()?.capex.map(Money::from)
    }

    /// Jobs created.
    fn jobs(&self) -> Option<i32> {
        self.registered()?.jobs.and_then(|jobs| i32::try_from(jobs).ok())
    }

    /// Where it lies.
    fn location(&self) -> Option<Location> {
        self.registered().and_then(|registered| registered.location.as_deref().map(Location::from))
    }

    /// What other systems call it.
    fn identifiers(&self) -> Vec<ExternalId> {
        self.registered().map(|registered| identifiers(&registered.identifiers)).unwrap_or_default()
    }

    /// What a register says of it beside.
    fn attributes(&self) -> Vec<Attribute> {
        self.registered().map(|registered| attributes(&registered.attributes)).unwrap_or_default()
    }

    /// The stage it is in; null is unknown.
    fn stage(&self) -> Option<Stage> {
        self.known().stage.map(Stage::from)
    }

    /// Since when; null when a source only says that it is in this stage.
    fn stage_since(&self) -> Option<Date> {
        self.known().stage_since.map(Date)
    }

    /// The fact that says which stage it is in.
    fn stage_fact(&self) -> Option<FactId> {
        self.known().stage_fact.map(FactId)
    }

    /// Every stage entered, in order.
    fn stages(&self) -> Vec<StageEntry> {
        let entry = |entry: &projections::things::StageEntry| StageEntry {
            stage: entry.stage.into(),
            entered_on: Date(entry.entered_on),
            fact: FactId(entry.fact_id),
        };
        self.known().stages.iter().map(entry).collect()
    }

    /// Whether it goes on.
    fn standing(&self) -> Standing {
        self.known().standing.into()
    }

    /// The fact that says so; null where it goes on and never did otherwise.
    fn standing_fact(&self) -> Option<FactId> {
        self.known().standing_fact.map(FactId)
    }

    /// Whether nothing occurred and nothing was published of it for 24 months although it is neither finished nor given up:
    /// shown, never changed by itself. An edition of a register that was not imported makes no candidate.
    fn shelved_candidate(&self) -> bool {
        is_shelved_candidate(&self.view, self.view.day(), &self.thing, self.known())
    }

    /// Whether it counts among the active projects in sums: it is not suspended, shelved or cancelled, and, unless something
    /// of it is built, a permit of it stands or can still come to. Others are counted apart.
    fn active(&self) -> bool {
        is_active(&self.view, self.view.day(), &self.thing, self.known())
    }

    /// Its milestones, in the order in which they came up.
    fn milestones(&self) -> Vec<MilestoneNode> {
        let as_of = self.view.as_of();
        self.known().milestones.iter().map(|milestone| MilestoneNode { milestone: milestone.clone(), as_of }).collect()
    }

    /// The final investment decision: first plan, forecast and actual date, and every move.
    fn fid(&self) -> Option<MilestoneNode> {
        let as_of = self.view.as_of();
        self.known().fid_milestone().cloned().map(|milestone| MilestoneNode { milestone, as_of })
    }

    /// What the final investment decision says of money, once it is taken. Null to those who may not see commercial
    /// figures.
    fn fid_decision(&self) -> Option<FidDecision> {
        self.known().fid.as_deref().map(FidDecision::from)
    }

    /// The last estimate of what it costs. Null to those who may not see commercial figures.
    fn cost_estimate(&self) -> Option<CostEstimate> {
        self.known().cost.as_deref().map(CostEstimate::from)
    }

    /// The capacity that works, in the order in which it was commissioned.
    fn commissioned(&self) -> Vec<Commissioning> {
        self.known().commissioned.iter().map(Commissioning::from).collect()
    }

    /// The abatement that was reported.
    fn abatement_reports(&self) -> Vec<AbatementReport> {
        self.known().abatement.iter().map(AbatementReport::from).collect()
    }

    /// What its milestones need.
    fn dependencies(&self) -> Vec<DependencyNode> {
        let node = |dependency: &Dependency| DependencyNode { view: self.view.clone(), dependency: dependency.clone() };
        self.known().dependencies.iter().map(node).collect()
    }

    /// The permits that are declared as critical for it.
    fn permit_scope(&self) -> Option<PermitScope> {
        permit_scope(&self.view, &self.known().declarations)
    }

    /// The policy measures that it relies on.
    fn reliance(&self) -> Option<Reliance> {
        reliance(&self.view, &self.known().declarations)
    }

    /// Documents filed for criteria of its ladders.
    fn criterion_evidence(&self) -> Vec<CriterionEvidenceNode> {
        criterion_evidence(&self.view, &self.known().declarations)
    }

    /// Criteria that need not be met until a date.
    fn waivers(&self) -> Vec<CriterionWaiver> {
        waivers(&self.known().declarations)
    }

    /// How far it is along the four pillars.
    fn pillars(
        &self,
        context: &Context,
        #[graphql(
            description = "The ladder and its version, such as `project.v1`; the one that counts on the day, if left out."
        )]
        ladder: Option<String>,
    ) -> Result<Pillars, GraphqlError> {
        Pillars::of_project(context, &self.view, Arc::clone(&self.thing), ladder.as_deref())
    }

    /// The permits that it needs.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    fn permits(
        &self,
        context: &Context,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "Which ones; all, if left out.")] filter: Option<PermitFilter>,
        #[graphql(description = "In which order.")] order_by: Option<PermitOrder>,
    ) -> Result<PermitConnection, GraphqlError> {
        let found = self.view.naming::<Permit>(self.thing.id());
        permits(context, &self.view, found, filter, order_by, &Paging { first, after, last, before })
    }

    /// What is on record of it.
    fn record(&self) -> Record {
        Record::new(&self.view, AnyThing::Project(Arc::clone(&self.thing)))
    }
}

/// A stage that was entered.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct StageEntry {
    /// Which.
    pub stage: Stage,
    /// When.
    pub entered_on: Date,
    /// The fact that says so.
    pub fact: FactId,
}

/// The days by which a milestone was reached, or is expected, after its first plan; below zero when before. Dates may be
/// known to a month or a year only, so that there is a least and a most.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Slip {
    /// The days that are certain: those that no choice of days within the dates takes away; 0 where none are.
    pub count: i32,
    /// Whether it is known to the day.
    pub exact: bool,
    /// The fewest days that it can be.
    pub least: i32,
    /// The most days that it can be; null while the expected date has passed, since nobody knows.
    pub most: Option<i32>,
}

impl From<things::Slip> for Slip {
    fn from(slip: things::Slip) -> Self {
        let days = |days: i64| i32::try_from(days).unwrap_or(i32::MAX);
        Self { count: days(slip.certain), exact: slip.is_exact(), least: days(slip.least), most: slip.most.map(days) }
    }
}

/// A milestone: baseline, forecast and actual, kept apart, and every move.
pub struct MilestoneNode {
    /// The milestone.
    pub milestone: Milestone,
    /// The day on which one asks whether its date has passed.
    pub as_of: NaiveDate,
}

/// A milestone: baseline, forecast and actual, kept apart, and every move.
#[gated]
#[graphql_object(name = "Milestone", context = Context)]
impl MilestoneNode {
    /// Its short name within the project.
    fn name(&self) -> Line {
        Line(self.milestone.name.clone())
    }

    /// What it is called, where the short name does not say.
    fn title(&self) -> Option<Line> {
        self.milestone.title.clone().map(Line)
    }

    /// The first plan.
    fn baseline(&self) -> Option<Date> {
        self.milestone.baseline.map(Date)
    }

    /// The present plan.
    fn forecast(&self) -> Option<Date> {
        self.milestone.forecast.map(Date)
    }

    /// When it was reached.
    fn actual(&self) -> Option<Date> {
        self.milestone.actual.map(Date)
    }

    /// The plan as it was last approved anew; null where it never was. The slip is against the first.
    fn rebaseline(&self) -> Option<Date> {
        self.milestone.rebaseline.map(Date)
    }

    /// When it was dropped.
    fn dropped_on(&self) -> Option<Date> {
        self.milestone.dropped_on.map(Date)
    }

    /// By how much it is later than its first plan. Null without a plan, and where it was put off without a date.
    fn slip(&self) -> Option<Slip> {
        self.milestone.slip(self.as_of).map(Slip::from)
    }

    /// Whether it was expected by a day that has passed, and is neither reached nor dropped.
    fn expected_date_passed(&self) -> bool {
        self.milestone.is_overdue(self.as_of)
    }

    /// Every move of the forecast, with its reason and who answers for it.
    fn moves(&self) -> Vec<MilestoneMove> {
        self.milestone.moves.iter().map(MilestoneMove::from).collect()
    }

    /// The facts it is known by.
    fn facts(&self) -> Vec<FactId> {
        fact_ids(&self.milestone.facts)
    }
}

/// A move of a milestone's forecast.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct MilestoneMove {
    /// When it was to be reached, where that was known.
    pub from: Option<Date>,
    /// When it was then to be reached; null when it was put off without a new date.
    pub to: Option<Date>,
    /// Why, where that is said.
    pub reason: Option<Note>,
    /// Who answers for it, where that is said.
    pub responsible: Option<ResponsibleParty>,
    /// What made it move, where that is said.
    pub cause: Option<MoveCause>,
    /// The thing that made it move, where that is said.
    pub because_of: Option<ID>,
    /// When it was moved.
    pub moved_on: Date,
    /// The fact that says so.
    pub fact: FactId,
}

impl From<&Move> for MilestoneMove {
    fn from(moved: &Move) -> Self {
        Self {
            from: moved.from.map(Date),
            to: moved.to.map(Date),
            reason: moved.reason.clone().map(Note),
            responsible: moved.responsible.map(ResponsibleParty::from),
            cause: moved.cause.map(MoveCause::from),
            because_of: moved.because_of.map(|thing| ID::from(thing.to_string())),
            moved_on: Date(moved.moved_on),
            fact: FactId(moved.fact_id),
        }
    }
}

/// What the final investment decision says of money.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct FidDecision {
    /// When it was taken.
    pub taken_on: Date,
    /// How much is invested.
    pub amount: Option<Money>,
    /// The part of it that is equity.
    pub equity: Option<Money>,
    /// The part of it that is debt.
    pub debt: Option<Money>,
    /// The fact that says so.
    pub fact: FactId,
}

impl From<&things::FidDecision> for FidDecision {
    fn from(decision: &things::FidDecision) -> Self {
        Self {
            taken_on: Date(decision.taken_on),
            amount: decision.amount.map(Money::from),
            equity: decision.equity.map(Money::from),
            debt: decision.debt.map(Money::from),
            fact: FactId(decision.fact_id),
        }
    }
}

/// What a project costs, by an estimate.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct CostEstimate {
    /// How exactly.
    pub class: EstimateClass,
    /// Capital expenditure.
    pub capex: Money,
    /// When it was estimated.
    pub estimated_on: Date,
    /// The fact that says so.
    pub fact: FactId,
}

impl From<&things::CostEstimate> for CostEstimate {
    fn from(estimate: &things::CostEstimate) -> Self {
        Self {
            class: estimate.class.into(),
            capex: estimate.capex.into(),
            estimated_on: Date(estimate.estimated_on),
            fact: FactId(estimate.fact_id),
        }
    }
}

/// Capacity that works.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Commissioning {
    /// How much, of what.
    pub capacity: Capacity,
    /// Which part of the project, where that is said.
    pub part: Option<Line>,
    /// Since when.
    pub commissioned_on: Date,
    /// The fact that says so.
    pub fact: FactId,
}

impl From<&things::Commissioning> for Commissioning {
    fn from(commissioning: &things::Commissioning) -> Self {
        Self {
            capacity: commissioning.capacity.into(),
            part: commissioning.part.clone().map(Line),
            commissioned_on: Date(commissioning.commissioned_on),
            fact: FactId(commissioning.fact_id),
        }
    }
}

/// Abatement in a period, as it was reported.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct AbatementReport {
    /// The first day of the period.
    pub from: Date,
    /// The last day of the period.
    pub to: Date,
    /// Tonnes of CO2 equivalent.
    pub t_co2e: Decimal,
    /// How exactly that is known; null where nothing is said.
    pub bound: Option<Exactness>,
    /// By what method it was determined.
    pub method: Line,
    /// Whether a document is referenced.
    pub evidenced: bool,
    /// When it was reported.
    pub reported_on: Date,
    /// The fact that says so.
    pub fact: FactId,
}

impl From<&things::AbatementReport> for AbatementReport {
    fn from(report: &things::AbatementReport) -> Self {
        Self {
            from: Date(report.from),
            to: Date(report.to),
            t_co2e: Decimal(report.t_co2e),
            bound: report.bound.map(Exactness::from),
            method: Line(report.method.clone()),
            evidenced: report.is_evidenced,
            reported_on: Date(report.reported_on),
            fact: FactId(report.fact_id),
        }
    }
}

/// That a milestone needs another milestone, or a permit.
pub struct DependencyNode {
    view: View,
    dependency: Dependency,
}

/// That a milestone needs another milestone, or a permit.
#[gated]
#[graphql_object(name = "Dependency", context = Context)]
impl DependencyNode {
    /// The milestone, by its short name.
    fn milestone(&self) -> Line {
        Line(self.dependency.milestone.clone())
    }

    /// The milestone that it needs, by its short name.
    fn needs_milestone(&self) -> Option<Line> {
        match &self.dependency.needs {
            Need::Milestone { milestone, .. } => Some(Line(milestone.clone())),
            Need::Permit(_) => None,
        }
    }

    /// The project that has the milestone it needs, where that is another.
    fn of_project(&self) -> Option<ProjectNode> {
        match &self.dependency.needs {
            Need::Milestone { project, .. } => project.and_then(|id| project_node(&self.view, id)),
            Need::Permit(_) => None,
        }
    }

    /// The permit that it needs.
    fn needs_permit(&self) -> Option<PermitNode> {
        match &self.dependency.needs {
            Need::Permit(permit) => self.view.thing(*permit).map(|thing| PermitNode::new(&self.view, thing)),
            Need::Milestone { .. } => None,
        }
    }

    /// The fact that says so.
    fn fact(&self) -> FactId {
        FactId(self.dependency.fact_id)
    }
}

/// How many projects are in a stage.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct StageCount {
    /// The stage; null is unknown.
    pub stage: Option<Stage>,
    /// How many projects that are active are in it.
    pub active: i32,
    /// How many that are counted apart are in it: suspended, shelved, cancelled, or without a permit that can still stand.
    pub off: i32,
}

/// Which projects. What is left out does not matter.
#[derive(Debug, Clone, Default, GraphQLInputObject)]
pub struct ProjectFilter {
    /// Of this cluster.
    pub cluster: Option<ID>,
    /// Only those of any cluster, or only those of none.
    pub in_cluster: Option<bool>,
    /// Led by this organisation.
    pub lead: Option<ID>,
    /// In one of these stages.
    pub stage: Option<Vec<Stage>>,
    /// Only those of which the stage is unknown, or only those of which it is known.
    pub stage_unknown: Option<bool>,
    /// With one of these standings.
    pub standing: Option<Vec<Standing>>,
    /// Only those that count as active in sums, or only those that are counted apart.
    pub active: Option<bool>,
    /// Pulling this lever.
    pub lever: Option<Lever>,
    /// In this country.
    pub country: Option<CountryCode>,
    /// With this in their title, without regard to capitals.
    pub text: Option<Line>,
    /// Called so by another system: the value of an identifier.
    pub identifier: Option<Line>,
    /// Only those with flags to repair, or only those without.
    pub flagged: Option<bool>,
    /// Only those with this flag, by its code.
    pub flag: Option<Line>,
}

/// By what projects are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, GraphQLEnum)]
pub enum ProjectOrderField {
    /// By title.
    Title,
    /// By stage.
    Stage,
    /// By since when they are in their stage.
    StageSince,
    /// By capacity; give a filter too, since capacities of two units do not compare.
    Capacity,
}

/// The order of projects.
#[derive(Debug, Clone, Copy, GraphQLInputObject)]
pub struct ProjectOrder {
    /// By what.
    pub field: ProjectOrderField,
    /// In which direction.
    pub direction: OrderDirection,
}

/// A filter with its ids read and its words prepared.
pub struct Sieve {
    filter: ProjectFilter,
    cluster: Option<ClusterId>,
    lead: Option<OrganisationId>,
    text: Option<String>,
}

impl Sieve {
    /// `filter`, read.
    ///
    /// # Errors
    ///
    /// When an id of it is not one.
    pub fn try_new(filter: Option<ProjectFilter>) -> Result<Self, GraphqlError> {
        let filter = filter.unwrap_or_default();
        let cluster = filter.cluster.as_ref().map(id).transpose()?;
        let lead = filter.lead.as_ref().map(id).transpose()?;
        let text = filter.text.as_ref().map(|text| text.0.as_str().to_lowercase());
        Ok(Self { filter, cluster, lead, text })
    }

    /// Whether a project is meant.
    pub fn passes(&self, view: &View, thing: &Thing<Project>, state: &Project) -> bool {
        let filter = &self.filter;
        filter.stage.as_ref().is_none_or(|stages| state.stage.is_some_and(|stage| stages.contains(&stage.into())))
            && filter.stage_unknown.is_none_or(|unknown| state.stage.is_none() == unknown)
            && filter.standing.as_ref().is_none_or(|standings| standings.contains(&state.standing.into()))
            && filter.active.is_none_or(|active| is_active(view, view.day(), thing, state) == active)
            && filter.flagged.is_none_or(|flagged| thing.flags().is_empty() != flagged)
            && filter.flag.as_ref().is_none_or(|code| thing.flags().iter().any(|flag| flag.code.code() == code.0.as_str()))
            && state.registered().map_or_else(|| self.is_open(), |registered| self.passes_registered(view, registered))
    }

    fn passes_registered(&self, view: &View, registered: &ProjectRegistered) -> bool {
        let filter = &self.filter;
        self.cluster.is_none_or(|cluster| registered.cluster == Some(cluster))
            && filter.in_cluster.is_none_or(|some| registered.cluster.is_some() == some)
            && self.lead.is_none_or(|lead| registered.lead == Some(lead))
            && filter.lever.is_none_or(|lever| registered.levers.iter().any(|pulled| lever == (*pulled).into()))
            && filter.country.as_ref().is_none_or(|country| country_of(view, registered) == Some(country.0))
            && self.text.as_ref().is_none_or(|text| registered.title.as_str().to_lowercase().contains(text))
            && filter.identifier.as_ref().is_none_or(|wanted| registered.identifiers.iter().any(|id| id.value == wanted.0))
    }

    /// Whether nothing is asked of what was registered: then even a project whose registration was retracted is shown.
    fn is_open(&self) -> bool {
        let ProjectFilter { cluster, in_cluster, lead, lever, country, text, identifier, .. } = &self.filter;
        cluster.is_none()
            && in_cluster.is_none()
            && lead.is_none()
            && lever.is_none()
            && country.is_none()
            && text.is_none()
            && identifier.is_none()
    }
}

fn sort_key(state: &Project, field: ProjectOrderField) -> Option<SortKey> {
    match field {
        ProjectOrderField::Title => state.registered().map(|registered| SortKey::text(registered.title.as_str())),
        ProjectOrderField::Stage => state.stage.map(|stage| SortKey::number(stage as i64)),
        ProjectOrderField::StageSince => state.stage_since.map(SortKey::date),
        ProjectOrderField::Capacity => {
            let thousandths = state.registered()?.capacity?.value.checked_mul(1000.into())?;
            thousandths.to_i64().map(SortKey::number)
        }
    }
}

/// A page of `found`.
///
/// # Errors
///
/// When the page is not one, or an id of the filter is not.
pub fn projects(
    context: &Context,
    view: &View,
    found: impl Iterator<Item = Arc<Thing<Project>>>,
    filter: Option<ProjectFilter>,
    order: Option<ProjectOrder>,
    paging: &Paging,
) -> Result<ProjectConnection, GraphqlError> {
    let sieve = Sieve::try_new(filter)?;
    let order = order.unwrap_or(ProjectOrder { field: ProjectOrderField::Title, direction: OrderDirection::Asc });
    let items = found.filter_map(|thing| {
        let state = view.state(&thing);
        let key = sieve.passes(view, &thing, &state).then(|| sort_key(&state, order.field))?;
        drop(state);
        Some(Item { key, id: thing.id().uuid(), value: thing })
    });
    let page = page(context, &format!("projects {:?}", order.field), order.direction, items.collect(), paging)?;
    Ok(ProjectConnection(page.map(|thing| ProjectNode::new(view, thing))))
}

/// How many of `found` are in each stage, the unknown last.
///
/// # Errors
///
/// When an id of the filter is not one.
pub fn by_stage(
    context: &Context,
    view: &View,
    found: impl Iterator<Item = Arc<Thing<Project>>>,
    filter: Option<ProjectFilter>,
) -> Result<Vec<StageCount>, GraphqlError> {
    context.asker.check()?;
    let sieve = Sieve::try_new(filter)?;
    let mut counts = std::collections::BTreeMap::new();
    for thing in found {
        let state = view.state(&thing);
        if sieve.passes(view, &thing, &state) {
            let (active, off): &mut (i32, i32) = counts.entry((state.stage.is_none(), state.stage)).or_default();
            *if state.standing == schema::project::Standing::Active { active } else { off } += 1;
        }
    }
    let count = |((_, stage), (active, off)): ((bool, Option<schema::project::Stage>), (i32, i32))| StageCount {
        stage: stage.map(Stage::from),
        active,
        off,
    };
    Ok(counts.into_iter().map(count).collect())
}

/// The project with this id, as seen by `view`.
pub fn project_node(view: &View, id: impl Into<ThingId>) -> Option<ProjectNode> {
    view.thing(id).map(|thing| ProjectNode::new(view, thing))
}
