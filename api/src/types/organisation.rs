//! An organisation.

use std::sync::Arc;

use gate::gated;
use graphql::GraphqlError;
use juniper::{GraphQLEnum, GraphQLInputObject, ID, graphql_object};
use projections::{
    Sight,
    things::{Organisation, Permit, Project, Thing},
};
use schema::organisation::OrganisationRegistered;

use super::{
    common::{ExternalId, identifiers},
    node::NodeValue,
    permit::{PermitConnection, PermitFilter, PermitOrder, permits},
    project::{ProjectConnection, ProjectFilter, ProjectOrder, projects},
    record::{AnyThing, Record},
};
use crate::{
    Context,
    connection::{Item, OrderDirection, Paging, SortKey, connection, page},
    scalars::{CountryCode, LegalEntityIdentifier, Line, OrganisationKind},
    view::View,
};

/// An organisation, as whoever asks sees it.
#[derive(Clone)]
pub struct OrganisationNode {
    view: View,
    thing: Arc<Thing<Organisation>>,
}

connection!(OrganisationConnection, OrganisationEdge, OrganisationNode, "OrganisationConnection", "OrganisationEdge");

impl OrganisationNode {
    /// The organisation `thing`, seen by `view`.
    pub fn new(view: View, thing: Arc<Thing<Organisation>>) -> Self {
        Self { view, thing }
    }

    fn registered(&self) -> Option<&OrganisationRegistered> {
        self.thing.state().registered()
    }
}

/// An organisation, as whoever asks sees it.
#[gated(of = self.thing.id())]
#[graphql_object(name = "Organisation", context = Context, impl = NodeValue)]
impl OrganisationNode {
    /// The id of the organisation.
    pub fn id(&self) -> ID {
        ID::from(self.thing.id().to_string())
    }

    /// Its name.
    fn name(&self) -> Option<Line> {
        self.registered().map(|registered| Line(registered.name.clone()))
    }

    /// What it is.
    fn kind(&self) -> Option<OrganisationKind> {
        self.registered().map(|registered| registered.kind.into())
    }

    /// Where it is established.
    fn country(&self) -> Option<CountryCode> {
        self.registered()?.country.map(CountryCode)
    }

    /// Its Legal Entity Identifier.
    fn lei(&self) -> Option<LegalEntityIdentifier> {
        self.registered()?.lei.clone().map(LegalEntityIdentifier)
    }

    /// What other systems call it.
    fn identifiers(&self) -> Vec<ExternalId> {
        self.registered().map(|registered| identifiers(&registered.identifiers)).unwrap_or_default()
    }

    /// The projects that it leads.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    fn projects(
        &self,
        context: &Context,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "Which ones; all, if left out.")] filter: Option<ProjectFilter>,
        #[graphql(description = "In which order.")] order_by: Option<ProjectOrder>,
    ) -> Result<ProjectConnection, GraphqlError> {
        let found = self.view.naming::<Project>(self.thing.id());
        projects(context, &self.view, found, filter, order_by, &Paging { first, after, last, before })
    }

    /// The permits that it decides on.
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
        Record::new(&self.view, AnyThing::Organisation(Arc::clone(&self.thing)))
    }
}

/// Which organisations.
#[derive(Debug, Clone, Default, GraphQLInputObject)]
pub struct OrganisationFilter {
    /// Of one of these kinds.
    pub kind: Option<Vec<OrganisationKind>>,
    /// Established in this country.
    pub country: Option<CountryCode>,
    /// With this in their name, without regard to capitals.
    pub text: Option<Line>,
}

/// By what organisations are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, GraphQLEnum)]
pub enum OrganisationOrderField {
    /// By name.
    Name,
}

/// The order of organisations.
#[derive(Debug, Clone, Copy, GraphQLInputObject)]
pub struct OrganisationOrder {
    /// By what.
    pub field: OrganisationOrderField,
    /// In which direction.
    pub direction: OrderDirection,
}

/// A page of all organisations.
///
/// # Errors
///
/// When the page is not one.
pub fn organisations(
    context: &Context,
    view: &View,
    filter: Option<OrganisationFilter>,
    order: Option<OrganisationOrder>,
    paging: &Paging,
) -> Result<OrganisationConnection, GraphqlError> {
    let filter = filter.unwrap_or_default();
    let text = filter.text.map(|text| text.0.as_str().to_lowercase());
    let passes = |registered: &OrganisationRegistered| {
        filter.kind.as_ref().is_none_or(|kinds| kinds.contains(&registered.kind.into()))
            && filter.country.as_ref().is_none_or(|country| registered.country == Some(country.0))
            && text.as_ref().is_none_or(|text| registered.name.as_str().to_lowercase().contains(text))
    };
    let items = view.things::<Organisation>().filter_map(|thing| {
        let registered = thing.state().registered().filter(|registered| passes(registered))?;
        let key = Some(SortKey::text(registered.name.as_str()));
        Some(Item { key, id: thing.id().uuid(), value: OrganisationNode::new(view.clone(), Arc::clone(&thing)) })
    });
    let direction = order.map_or(OrderDirection::Asc, |order| order.direction);
    page(context, "organisations", direction, items.collect(), paging).map(OrganisationConnection)
}
