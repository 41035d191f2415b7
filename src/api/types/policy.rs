//! A policy measure.

use std::sync::Arc;

use gate::gated;
use juniper::{GraphQLEnum, GraphQLInputObject, ID, graphql_object};
use projections::{
    Sight,
    things::{Cluster, PolicyMeasure, Project, Thing},
};
use schema::policy::PolicyMeasureIdentified;

use super::{
    cluster::ClusterNode,
    common::{ExternalId, identifiers},
    node::NodeValue,
    record::{AnyThing, Record},
};
use crate::{
    api::{
        Context,
        connection::{Item, OrderDirection, Paging, SortKey, connection, page},
        scalars::{Date, FactId, JurisdictionCode, Line, PolicyState},
        view::View,
    },
    graphql::GraphqlError,
};

/// A policy measure, as whoever asks sees it.
#[derive(Clone)]
pub struct PolicyMeasureNode {
    view: View,
    thing: Arc<Thing<PolicyMeasure>>,
}

connection!(PolicyMeasureConnection, PolicyMeasureEdge, PolicyMeasureNode, "PolicyMeasureConnection", "PolicyMeasureEdge");

impl PolicyMeasureNode {
    /// The measure `thing`, seen by `view`.
    pub fn new(view: View, thing: Arc<Thing<PolicyMeasure>>) -> Self {
        Self { view, thing }
    }

    fn identified(&self) -> Option<&PolicyMeasureIdentified> {
        self.thing.state().identified()
    }
}

/// A policy measure that clusters rely on, as whoever asks sees it.
#[gated(of = self.thing.id())]
#[graphql_object(name = "PolicyMeasure", context = Context, impl = NodeValue)]
impl PolicyMeasureNode {
    /// The id of the measure.
    pub fn id(&self) -> ID {
        ID::from(self.thing.id().to_string())
    }

    /// What it is called.
    fn title(&self) -> Option<Line> {
        self.identified().map(|identified| Line(identified.title.clone()))
    }

    /// Where it applies.
    fn jurisdiction(&self) -> Option<JurisdictionCode> {
        self.identified().map(|identified| JurisdictionCode(identified.jurisdiction.clone()))
    }

    /// What it is: an act, a regulation, a plan.
    fn instrument(&self) -> Option<Line> {
        self.identified()?.instrument.clone().map(Line)
    }

    /// Its official reference.
    fn reference(&self) -> Option<Line> {
        self.identified()?.reference.clone().map(Line)
    }

    /// What other systems call it.
    fn identifiers(&self) -> Vec<ExternalId> {
        self.identified().map(|identified| identifiers(&identified.identifiers)).unwrap_or_default()
    }

    /// How far it is.
    fn state(&self) -> PolicyState {
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

    /// When it was first in force.
    fn in_force_since(&self) -> Option<Date> {
        self.view.state(&self.thing).in_force_since.map(Date)
    }

    /// When it was amended.
    fn amended_on(&self) -> Vec<Date> {
        self.view.state(&self.thing).amended_on.iter().copied().map(Date).collect()
    }

    /// The clusters that declared that they rely on it.
    fn relying_clusters(&self) -> Vec<ClusterNode> {
        let relies = |cluster: &Arc<Thing<Cluster>>| {
            let state = self.view.state(cluster);
            let measures = state.declarations.measures.as_ref();
            measures.is_some_and(|scope| scope.things.iter().any(|measure| measure.thing() == self.thing.id()))
        };
        let clusters = self.view.naming::<Cluster>(self.thing.id()).filter(relies);
        clusters.map(|thing| ClusterNode::new(self.view.clone(), thing)).collect()
    }

    /// How many projects declared that they rely on it.
    fn relying_project_count(&self) -> i32 {
        i32::try_from(self.view.naming::<Project>(self.thing.id()).count()).unwrap_or(i32::MAX)
    }

    /// What is on record of it.
    fn record(&self) -> Record {
        Record::new(&self.view, AnyThing::PolicyMeasure(Arc::clone(&self.thing)))
    }
}

/// Which policy measures.
#[derive(Debug, Clone, Default, GraphQLInputObject)]
pub struct PolicyMeasureFilter {
    /// Of this jurisdiction.
    pub jurisdiction: Option<JurisdictionCode>,
    /// In one of these states.
    pub state: Option<Vec<PolicyState>>,
    /// With this in their title, without regard to capitals.
    pub text: Option<Line>,
}

/// By what policy measures are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, GraphQLEnum)]
pub enum PolicyMeasureOrderField {
    /// By title.
    Title,
    /// By when they were first in force.
    InForceSince,
}

/// The order of policy measures.
#[derive(Debug, Clone, Copy, GraphQLInputObject)]
pub struct PolicyMeasureOrder {
    /// By what.
    pub field: PolicyMeasureOrderField,
    /// In which direction.
    pub direction: OrderDirection,
}

/// A page of all policy measures.
///
/// # Errors
///
/// When the page is not one.
pub fn policy_measures(
    context: &Context,
    view: &View,
    filter: Option<PolicyMeasureFilter>,
    order: Option<PolicyMeasureOrder>,
    paging: &Paging,
) -> Result<PolicyMeasureConnection, GraphqlError> {
    let filter = filter.unwrap_or_default();
    let order = order.unwrap_or(PolicyMeasureOrder { field: PolicyMeasureOrderField::Title, direction: OrderDirection::Asc });
    let text = filter.text.map(|text| text.0.as_str().to_lowercase());
    let items = view.things::<PolicyMeasure>().filter_map(|thing| {
        let state = view.state(&thing);
        let identified = state.identified()?;
        let passes = filter.jurisdiction.as_ref().is_none_or(|jurisdiction| identified.jurisdiction == jurisdiction.0)
            && filter.state.as_ref().is_none_or(|states| states.contains(&state.state.into()))
            && text.as_ref().is_none_or(|text| identified.title.as_str().to_lowercase().contains(text));
        let key = match order.field {
            PolicyMeasureOrderField::Title => Some(SortKey::text(identified.title.as_str())),
            PolicyMeasureOrderField::InForceSince => state.in_force_since.map(SortKey::date),
        };
        passes.then(|| Item { key, id: thing.id().uuid(), value: PolicyMeasureNode::new(view.clone(), Arc::clone(&thing)) })
    });
    let list = format!("policy measures {:?}", order.field);
    page(context, &list, order.direction, items.collect(), paging).map(PolicyMeasureConnection)
}
