//! A partnership.

use std::sync::Arc;

use gate::gated;
use graphql::GraphqlError;
use juniper::{GraphQLEnum, GraphQLInputObject, ID, graphql_object};
use projections::{
    Sight,
    things::{Partner, Partnership, Thing},
};
use schema::{ClusterId, OrganisationId, ProjectId, partnership::PartnershipIdentified};

use super::{
    cluster::ClusterNode,
    common::{Capacity, ExternalId, Money, identifiers},
    node::NodeValue,
    organisation::OrganisationNode,
    project::ProjectNode,
    record::{AnyThing, Record},
};
use crate::{
    Context,
    connection::{Item, OrderDirection, Paging, SortKey, connection, page},
    scalars::{Date, FactId, Line, PartnershipKind, PartnershipState},
    view::{View, id},
};

/// A partnership, as whoever asks sees it.
#[derive(Clone)]
pub struct PartnershipNode {
    view: View,
    thing: Arc<Thing<Partnership>>,
}

connection!(PartnershipConnection, PartnershipEdge, PartnershipNode, "PartnershipConnection", "PartnershipEdge");

impl PartnershipNode {
    /// The partnership `thing`, seen by `view`.
    pub fn new(view: View, thing: Arc<Thing<Partnership>>) -> Self {
        Self { view, thing }
    }

    fn identified(&self) -> Option<&PartnershipIdentified> {
        self.thing.state().identified()
    }
}

/// A partnership, as whoever asks sees it.
#[gated(of = self.thing.id())]
#[graphql_object(name = "Partnership", context = Context, impl = NodeValue)]
impl PartnershipNode {
    /// The id of the partnership.
    pub fn id(&self) -> ID {
        ID::from(self.thing.id().to_string())
    }

    /// What it is about.
    fn title(&self) -> Option<Line> {
        self.identified().map(|identified| Line(identified.title.clone()))
    }

    /// Of what kind it is.
    fn kind(&self) -> Option<PartnershipKind> {
        self.identified().map(|identified| identified.kind.into())
    }

    /// How far it is.
    fn state(&self) -> PartnershipState {
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

    /// Present and former parties, in the order in which they came.
    fn partners(&self) -> Vec<PartnerNode> {
        let node = |partner: &Partner| PartnerNode { view: self.view.clone(), partner: partner.clone() };
        self.view.state(&self.thing).partners.iter().map(node).collect()
    }

    /// The clusters it serves, or between which it is.
    fn clusters(&self) -> Vec<ClusterNode> {
        let ids = self.identified().map(|identified| identified.clusters.clone()).unwrap_or_default();
        let things = ids.into_iter().filter_map(|id| self.view.thing(id));
        things.map(|thing| ClusterNode::new(self.view.clone(), thing)).collect()
    }

    /// The projects it serves.
    fn projects(&self) -> Vec<ProjectNode> {
        let ids = self.identified().map(|identified| identified.projects.clone()).unwrap_or_default();
        let things = ids.into_iter().filter_map(|id| self.view.thing(id));
        things.map(|thing| ProjectNode::new(&self.view, thing)).collect()
    }

    /// What the binding agreement is worth. Null to those who may not see commercial figures.
    fn value(&self) -> Option<Money> {
        self.view.state(&self.thing).agreement()?.value.map(Money::from)
    }

    /// How much is bought, delivered, moved or shared under the binding agreement.
    fn volume(&self) -> Option<Capacity> {
        self.view.state(&self.thing).agreement()?.volume.map(Capacity::from)
    }

    /// Until when the agreement binds.
    fn binds_until(&self) -> Option<Date> {
        self.view.state(&self.thing).agreement()?.binds_until.map(Date)
    }

    /// Whether the day until which the agreement binds has passed, though nobody has recorded an end.
    fn term_passed(&self) -> Option<bool> {
        Some(self.view.day().is_past(self.view.state(&self.thing).agreement()?.binds_until?))
    }

    /// The fact of the binding agreement, the last one where there are several.
    fn agreement_fact(&self) -> Option<FactId> {
        self.view.state(&self.thing).agreement_fact.map(FactId)
    }

    /// What other systems call it.
    fn identifiers(&self) -> Vec<ExternalId> {
        self.identified().map(|identified| identifiers(&identified.identifiers)).unwrap_or_default()
    }

    /// What is on record of it.
    fn record(&self) -> Record {
        Record::new(&self.view, AnyThing::Partnership(Arc::clone(&self.thing)))
    }
}

/// An organisation's time as a party of a partnership.
pub struct PartnerNode {
    view: View,
    partner: Partner,
}

/// An organisation's time as a party of a partnership.
#[gated]
#[graphql_object(name = "Partner", context = Context)]
impl PartnerNode {
    /// The organisation.
    fn organisation(&self) -> Option<OrganisationNode> {
        let thing = self.view.thing(self.partner.organisation)?;
        Some(OrganisationNode::new(self.view.clone(), thing))
    }

    /// Since when, where it joined later.
    fn joined_on(&self) -> Option<Date> {
        self.partner.joined_on.map(Date)
    }

    /// Until when; null while it is a party.
    fn left_on(&self) -> Option<Date> {
        self.partner.left_on.map(Date)
    }
}

/// Which partnerships.
#[derive(Debug, Clone, Default, GraphQLInputObject)]
pub struct PartnershipFilter {
    /// Serving this cluster.
    pub cluster: Option<ID>,
    /// Serving this project.
    pub project: Option<ID>,
    /// With this organisation as a party, present or former.
    pub partner: Option<ID>,
    /// Of one of these kinds.
    pub kind: Option<Vec<PartnershipKind>>,
    /// In one of these states.
    pub state: Option<Vec<PartnershipState>>,
    /// With this in their title, without regard to capitals.
    pub text: Option<Line>,
}

/// By what partnerships are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, GraphQLEnum)]
pub enum PartnershipOrderField {
    /// By title.
    Title,
    /// By how far they are.
    State,
    /// By since when they are in their state.
    StateSince,
}

/// The order of partnerships.
#[derive(Debug, Clone, Copy, GraphQLInputObject)]
pub struct PartnershipOrder {
    /// By what.
    pub field: PartnershipOrderField,
    /// In which direction.
    pub direction: OrderDirection,
}

/// A page of all partnerships.
///
/// # Errors
///
/// When the page is not one, or an id of the filter is not.
pub fn partnerships(
    context: &Context,
    view: &View,
    filter: Option<PartnershipFilter>,
    order: Option<PartnershipOrder>,
    paging: &Paging,
) -> Result<PartnershipConnection, GraphqlError> {
    let filter = filter.unwrap_or_default();
    let order = order.unwrap_or(PartnershipOrder { field: PartnershipOrderField::Title, direction: OrderDirection::Asc });
    let cluster: Option<ClusterId> = filter.cluster.as_ref().map(id).transpose()?;
    let project: Option<ProjectId> = filter.project.as_ref().map(id).transpose()?;
    let partner: Option<OrganisationId> = filter.partner.as_ref().map(id).transpose()?;
    let text = filter.text.map(|text| text.0.as_str().to_lowercase());
    let items = view.things::<Partnership>().filter_map(|thing| {
        let state = view.state(&thing);
        let identified = state.identified()?;
        let passes = cluster.is_none_or(|cluster| identified.clusters.contains(&cluster))
            && project.is_none_or(|project| identified.projects.contains(&project))
            && partner.is_none_or(|wanted| state.partners.iter().any(|partner| partner.organisation == wanted))
            && filter.kind.as_ref().is_none_or(|kinds| kinds.contains(&identified.kind.into()))
            && filter.state.as_ref().is_none_or(|states| states.contains(&state.state.into()))
            && text.as_ref().is_none_or(|text| identified.title.as_str().to_lowercase().contains(text));
        let key = match order.field {
            PartnershipOrderField::Title => Some(SortKey::text(identified.title.as_str())),
            PartnershipOrderField::State => Some(SortKey::number(state.state as i64)),
            PartnershipOrderField::StateSince => state.state_since.map(SortKey::date),
        };
        passes.then(|| Item { key, id: thing.id().uuid(), value: PartnershipNode::new(view.clone(), Arc::clone(&thing)) })
    });
    let list = format!("partnerships {:?}", order.field);
    page(context, &list, order.direction, items.collect(), paging).map(PartnershipConnection)
}
