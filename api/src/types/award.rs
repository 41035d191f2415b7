//! An award of money.

use std::{borrow::Cow, sync::Arc};

use gate::gated;
use graphql::GraphqlError;
use juniper::{GraphQLEnum, GraphQLInputObject, ID, graphql_object};
use projections::{
    Sight,
    things::{Award, AwardCondition, Payment, Programme, Thing},
};
use schema::{ClusterId, OrganisationId, ProgrammeId, ProjectId, award::AwardIdentified};

use super::{
    cluster::ClusterNode,
    common::{ExternalId, Money, identifiers},
    money::{KnownRates, MoneyTotals},
    node::NodeValue,
    organisation::OrganisationNode,
    programme::ProgrammeNode,
    project::{MilestoneNode, ProjectNode},
    record::{AnyThing, Record},
};
use crate::{
    Context,
    connection::{Item, OrderDirection, Paging, SortKey, connection, page},
    scalars::{AwardState, Date, FactId, Instrument, Line, Purpose, Side},
    view::{View, id},
};

/// An award, as whoever asks sees it.
#[derive(Clone)]
pub struct AwardNode {
    view: View,
    thing: Arc<Thing<Award>>,
}

connection!(AwardConnection, AwardEdge, AwardNode, "AwardConnection", "AwardEdge");

impl AwardNode {
    /// The award `thing`, seen by `view`.
    pub fn new(view: View, thing: Arc<Thing<Award>>) -> Self {
        Self { view, thing }
    }

    fn identified(&self) -> Option<&AwardIdentified> {
        self.thing.state().identified()
    }

    fn known(&self) -> Cow<'_, Award> {
        self.view.state(&self.thing)
    }

    /// Who funds: whoever the award names, or the programme's funder.
    fn funder_id(&self) -> Option<OrganisationId> {
        let identified = self.identified()?;
        identified.funder.or_else(|| {
            let programme = self.view.thing::<Programme>(identified.programme?)?;
            Some(programme.state().opened()?.funder)
        })
    }
}

/// Money that is sought, expected or given: what was awarded, obligated and disbursed is kept apart.
#[gated(of = self.thing.id())]
#[graphql_object(name = "Award", context = Context, impl = NodeValue)]
impl AwardNode {
    /// The id of the award.
    pub fn id(&self) -> ID {
        ID::from(self.thing.id().to_string())
    }

    /// What it is for.
    fn title(&self) -> Option<Line> {
        self.identified().map(|identified| Line(identified.title.clone()))
    }

    /// The programme it is under.
    fn programme(&self) -> Option<ProgrammeNode> {
        let thing = self.view.thing(self.identified()?.programme?)?;
        Some(ProgrammeNode::new(self.view.clone(), thing))
    }

    /// Who gives; null where that is not known.
    fn funder(&self) -> Option<OrganisationNode> {
        Some(OrganisationNode::new(self.view.clone(), self.view.thing(self.funder_id()?)?))
    }

    /// Who receives; null where that is not known.
    fn recipient(&self) -> Option<OrganisationNode> {
        Some(OrganisationNode::new(self.view.clone(), self.view.thing(self.identified()?.recipient?)?))
    }

    /// The projects it is for.
    fn projects(&self) -> Vec<ProjectNode> {
        let ids = self.identified().map(|identified| identified.projects.clone()).unwrap_or_default();
        let things = ids.into_iter().filter_map(|id| self.view.thing(id));
        things.map(|thing| ProjectNode::new(&self.view, thing)).collect()
    }

    /// The clusters it is for, where it is for a cluster as a whole.
    fn clusters(&self) -> Vec<ClusterNode> {
        let ids = self.identified().map(|identified| identified.clusters.clone()).unwrap_or_default();
        let things = ids.into_iter().filter_map(|id| self.view.thing(id));
        things.map(|thing| ClusterNode::new(self.view.clone(), thing)).collect()
    }

    /// By what instrument.
    fn instrument(&self) -> Option<Instrument> {
        self.identified()?.instrument.map(Instrument::from)
    }

    /// Whose money it is, where that is known.
    fn side(&self) -> Option<Side> {
        self.identified()?.side.map(Side::from)
    }

    /// What stage of a project it pays for.
    fn purpose(&self) -> Option<Purpose> {
        self.identified()?.purpose.map(Purpose::from)
    }

    /// How far it is.
    fn state(&self) -> AwardState {
        self.view.state(&self.thing).state.into()
    }

    /// Since when.
    fn state_since(&self) -> Option<Date> {
        self.view.state(&self.thing).state_since.map(Date)
    }

    /// The fact that says so.
    fn state_fact(&self) -> Option<FactId> {
        self.view.state(&self.thing).state_fact.map(FactId)
    }

    /// Whether it is on the reserve list.
    fn reserve(&self) -> bool {
        self.view.state(&self.thing).reserve
    }

    /// How much was applied for. This and the other figures are null to those who may not see commercial figures.
    fn applied_for(&self) -> Option<Money> {
        self.known().applied_for.map(Money::from)
    }

    /// How much was announced, without anything binding.
    fn expected(&self) -> Option<Money> {
        self.known().expected.map(Money::from)
    }

    /// How much was awarded, as last amended.
    fn awarded(&self) -> Option<MoneyTotals> {
        Some(MoneyTotals::new(self.known().awarded.clone(), KnownRates::of(&self.view)))
    }

    /// How much is committed by a signed agreement, as last amended, less what was released.
    fn obligated(&self) -> Option<MoneyTotals> {
        Some(MoneyTotals::new(self.known().obligated.clone(), KnownRates::of(&self.view)))
    }

    /// How much was paid out, performance payments included.
    fn disbursed(&self) -> Option<MoneyTotals> {
        Some(MoneyTotals::new(self.known().disbursed.clone(), KnownRates::of(&self.view)))
    }

    /// The part of what was paid out that was paid for what was delivered.
    fn performance_paid(&self) -> Option<MoneyTotals> {
        Some(MoneyTotals::new(self.known().performance_paid.clone(), KnownRates::of(&self.view)))
    }

    /// How much was paid back.
    fn recovered(&self) -> Option<MoneyTotals> {
        Some(MoneyTotals::new(self.known().recovered.clone(), KnownRates::of(&self.view)))
    }

    /// Every payment out, in order.
    fn payments(&self) -> Option<Vec<AwardPayment>> {
        Some(self.known().payments.iter().map(AwardPayment::from).collect())
    }

    /// When it was awarded.
    fn awarded_on(&self) -> Option<Date> {
        self.view.state(&self.thing).awarded_on.map(Date)
    }

    /// When the agreement was signed.
    fn agreement_signed_on(&self) -> Option<Date> {
        self.view.state(&self.thing).agreement_signed_on.map(Date)
    }

    /// When all financing agreements were signed and their conditions met.
    fn financial_close_on(&self) -> Option<Date> {
        self.view.state(&self.thing).financial_close_on.map(Date)
    }

    /// Until when the money has to be spent.
    fn ends_on(&self) -> Option<Date> {
        self.view.state(&self.thing).ends_on.map(Date)
    }

    /// The conditions of the agreement, and when each was met.
    fn conditions(&self) -> Vec<AwardConditionNode> {
        self.view.state(&self.thing).conditions.iter().map(AwardConditionNode::from).collect()
    }

    /// What the milestones of its projects say: each with its baseline, forecast, actual date and slip.
    fn milestones(&self) -> Vec<MilestoneNode> {
        let ids = self.identified().map(|identified| identified.projects.clone()).unwrap_or_default();
        let projects = ids.into_iter().filter_map(|id| self.view.thing::<projections::things::Project>(id));
        let milestones = projects.flat_map(|project| self.view.state(&project).milestones.iter().cloned().collect::<Vec<_>>());
        let as_of = self.view.as_of();
        milestones.map(|milestone| MilestoneNode { milestone, as_of }).collect()
    }

    /// What other systems call it.
    fn identifiers(&self) -> Vec<ExternalId> {
        self.identified().map(|identified| identifiers(&identified.identifiers)).unwrap_or_default()
    }

    /// What is on record of it.
    fn record(&self) -> Record {
        Record::new(&self.view, AnyThing::Award(Arc::clone(&self.thing)))
    }
}

/// Money that was paid out.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct AwardPayment {
    /// How much.
    pub amount: Money,
    /// When.
    pub paid_on: Date,
    /// The fact that says so.
    pub fact: FactId,
}

impl From<&Payment> for AwardPayment {
    fn from(payment: &Payment) -> Self {
        Self { amount: payment.amount.into(), paid_on: Date(payment.paid_on), fact: FactId(payment.fact_id) }
    }
}

/// A condition of an award's agreement.
#[gated]
#[derive(Debug, Clone)]
#[graphql(name = "AwardCondition", context = Context)]
pub struct AwardConditionNode {
    /// Its short name.
    pub name: Line,
    /// When it was met; null while it is not.
    pub met_on: Option<Date>,
}

impl From<&AwardCondition> for AwardConditionNode {
    fn from(condition: &AwardCondition) -> Self {
        Self { name: Line(condition.name.clone()), met_on: condition.met_on.map(Date) }
    }
}

/// How many awards are in a state.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct AwardStateCount {
    /// The state.
    pub state: AwardState,
    /// How many.
    pub count: i32,
}

/// Which awards.
#[derive(Debug, Clone, Default, GraphQLInputObject)]
pub struct AwardFilter {
    /// Under this programme.
    pub programme: Option<ID>,
    /// Given by this organisation, or under its programmes.
    pub funder: Option<ID>,
    /// Received by this organisation.
    pub recipient: Option<ID>,
    /// For this project.
    pub project: Option<ID>,
    /// For this cluster as a whole, or for a project of it.
    pub cluster: Option<ID>,
    /// In one of these states.
    pub state: Option<Vec<AwardState>>,
    /// Of public or of private money; awards of which that is not known are neither.
    pub side: Option<Side>,
    /// By one of these instruments.
    pub instrument: Option<Vec<Instrument>>,
    /// With this in their title, without regard to capitals.
    pub text: Option<Line>,
}

/// By what awards are put in order. There is no order by amount: amounts of two currencies do not compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, GraphQLEnum)]
pub enum AwardOrderField {
    /// By title.
    Title,
    /// By how far they are.
    State,
    /// By since when they are in their state.
    StateSince,
}

/// The order of awards.
#[derive(Debug, Clone, Copy, GraphQLInputObject)]
pub struct AwardOrder {
    /// By what.
    pub field: AwardOrderField,
    /// In which direction.
    pub direction: OrderDirection,
}

/// A filter with its ids read and its words prepared.
struct Sieve {
    filter: AwardFilter,
    programme: Option<ProgrammeId>,
    funder: Option<OrganisationId>,
    recipient: Option<OrganisationId>,
    project: Option<ProjectId>,
    cluster: Option<ClusterId>,
    text: Option<String>,
}

impl Sieve {
    fn try_new(filter: Option<AwardFilter>) -> Result<Self, GraphqlError> {
        let filter = filter.unwrap_or_default();
        Ok(Self {
            programme: filter.programme.as_ref().map(id).transpose()?,
            funder: filter.funder.as_ref().map(id).transpose()?,
            recipient: filter.recipient.as_ref().map(id).transpose()?,
            project: filter.project.as_ref().map(id).transpose()?,
            cluster: filter.cluster.as_ref().map(id).transpose()?,
            text: filter.text.as_ref().map(|text| text.0.as_str().to_lowercase()),
            filter,
        })
    }

    fn passes(&self, node: &AwardNode) -> bool {
        let Some(identified) = node.identified() else { return false };
        let state = node.view.state(&node.thing).state.into();
        self.programme.is_none_or(|programme| identified.programme == Some(programme))
            && self.funder.is_none_or(|funder| node.funder_id() == Some(funder))
            && self.recipient.is_none_or(|recipient| identified.recipient == Some(recipient))
            && self.project.is_none_or(|project| identified.projects.contains(&project))
            && self.cluster.is_none_or(|cluster| is_for(node, identified, cluster))
            && self.filter.state.as_ref().is_none_or(|states| states.contains(&state))
            && self.filter.side.is_none_or(|side| identified.side.map(Side::from) == Some(side))
            && self
                .filter
                .instrument
                .as_ref()
                .is_none_or(|wanted| identified.instrument.is_some_and(|instrument| wanted.contains(&instrument.into())))
            && self.text.as_ref().is_none_or(|text| identified.title.as_str().to_lowercase().contains(text))
    }
}

fn is_for(node: &AwardNode, identified: &AwardIdentified, cluster: ClusterId) -> bool {
    let cluster_of = |project: &ProjectId| {
        let project = node.view.thing::<projections::things::Project>(*project)?;
        project.state().registered()?.cluster
    };
    identified.clusters.contains(&cluster) || identified.projects.iter().any(|project| cluster_of(project) == Some(cluster))
}

fn found(view: &View, sieve: &Sieve) -> Vec<AwardNode> {
    let nodes = view.things::<Award>().map(|thing| AwardNode::new(view.clone(), thing));
    nodes.filter(|node| sieve.passes(node)).collect()
}

/// A page of all awards.
///
/// # Errors
///
/// When the page is not one, or an id of the filter is not.
pub fn awards(
    context: &Context,
    view: &View,
    filter: Option<AwardFilter>,
    order: Option<AwardOrder>,
    paging: &Paging,
) -> Result<AwardConnection, GraphqlError> {
    let sieve = Sieve::try_new(filter)?;
    let order = order.unwrap_or(AwardOrder { field: AwardOrderField::Title, direction: OrderDirection::Asc });
    let item = |node: AwardNode| {
        let state = view.state(&node.thing);
        let key = match order.field {
            AwardOrderField::Title => node.identified().map(|identified| SortKey::text(identified.title.as_str())),
            AwardOrderField::State => Some(SortKey::number(state.state as i64)),
            AwardOrderField::StateSince => state.state_since.map(SortKey::date),
        };
        drop(state);
        Item { key, id: node.thing.id().uuid(), value: node }
    };
    let items = found(view, &sieve).into_iter().map(item).collect();
    page(context, &format!("awards {:?}", order.field), order.direction, items, paging).map(AwardConnection)
}

/// How many awards are in each state, in the order of life.
///
/// # Errors
///
/// When an id of the filter is not one.
pub fn by_state(context: &Context, view: &View, filter: Option<AwardFilter>) -> Result<Vec<AwardStateCount>, GraphqlError> {
    context.asker.check()?;
    let mut counts = std::collections::BTreeMap::new();
    for node in found(view, &Sieve::try_new(filter)?) {
        *counts.entry(view.state(&node.thing).state).or_insert(0) += 1;
    }
    Ok(counts.into_iter().map(|(state, count)| AwardStateCount { state: state.into(), count }).collect())
}
