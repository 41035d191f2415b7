//! A funding programme.

use std::sync::Arc;

use gate::gated;
use graphql::GraphqlError;
use juniper::{GraphQLEnum, GraphQLInputObject, ID, graphql_object};
use projections::{
    Sight,
    things::{Programme, Thing},
    views::money::ProgrammeSums,
};
use schema::{OrganisationId, programme::ProgrammeOpened};

use super::{
    award::{AwardConnection, AwardFilter, AwardOrder, AwardStateCount, awards, by_state},
    cluster::ClusterNode,
    common::{ExternalId, Money, identifiers},
    money::{KnownRates, MoneyTotals},
    node::NodeValue,
    organisation::OrganisationNode,
    record::{AnyThing, Record},
};
use crate::{
    Context,
    connection::{Item, OrderDirection, Paging, SortKey, connection, page},
    scalars::{CountryCode, Date, Line},
    view::{View, id},
};

/// A funding programme, as whoever asks sees it.
#[derive(Clone)]
pub struct ProgrammeNode {
    view: View,
    thing: Arc<Thing<Programme>>,
}

connection!(ProgrammeConnection, ProgrammeEdge, ProgrammeNode, "ProgrammeConnection", "ProgrammeEdge");

impl ProgrammeNode {
    /// The programme `thing`, seen by `view`.
    pub fn new(view: View, thing: Arc<Thing<Programme>>) -> Self {
        Self { view, thing }
    }

    fn opened(&self) -> Option<&ProgrammeOpened> {
        self.thing.state().opened()
    }

    /// The sums over the awards under this programme.
    fn sums(&self) -> ProgrammeSums {
        ProgrammeSums::of(&self.view, self.view.day(), &self.thing)
    }

    fn filter(&self) -> Option<AwardFilter> {
        Some(AwardFilter { programme: Some(self.id()), ..AwardFilter::default() })
    }
}

/// A funding programme, as whoever asks sees it.
#[gated(of = self.thing.id())]
#[graphql_object(name = "Programme", context = Context, impl = NodeValue)]
impl ProgrammeNode {
    /// The id of the programme.
    pub fn id(&self) -> ID {
        ID::from(self.thing.id().to_string())
    }

    /// What it is called.
    fn title(&self) -> Option<Line> {
        self.opened().map(|opened| Line(opened.title.clone()))
    }

    /// Who funds.
    fn funder(&self) -> Option<OrganisationNode> {
        Some(OrganisationNode::new(self.view.clone(), self.view.thing(self.opened()?.funder)?))
    }

    /// On what legal basis.
    fn legal_basis(&self) -> Option<Line> {
        self.opened()?.legal_basis.clone().map(Line)
    }

    /// When it opened.
    fn opened_on(&self) -> Option<Date> {
        let founding = self.thing.founding()?;
        Some(Date(founding.occurred_on()))
    }

    /// When it took no more applications; null while it is open.
    fn closed_on(&self) -> Option<Date> {
        self.view.state(&self.thing).closed_on.map(Date)
    }

    /// The last day on which it can be applied for.
    fn closes_on(&self) -> Option<Date> {
        self.opened()?.closes_on.map(Date)
    }

    /// How much it has to give, as last amended.
    fn budget(&self) -> Option<Money> {
        self.view.state(&self.thing).budget.map(Money::from)
    }

    /// How many awards it means to make.
    fn awards_planned(&self) -> Option<i32> {
        i32::try_from(self.opened()?.awards_planned?).ok()
    }

    /// The clusters it is open to; to those of all its countries, if empty.
    fn clusters(&self) -> Vec<ClusterNode> {
        let ids = self.opened().map(|opened| opened.clusters.clone()).unwrap_or_default();
        let things = ids.into_iter().filter_map(|id| self.view.thing(id));
        things.map(|thing| ClusterNode::new(self.view.clone(), thing)).collect()
    }

    /// The countries it is open to; to all, if empty.
    fn countries(&self) -> Vec<CountryCode> {
        self.opened().map(|opened| opened.countries.iter().copied().map(CountryCode).collect()).unwrap_or_default()
    }

    /// What is awarded under it, by awards that stand; by those that paid and were ended since, what they paid and did not
    /// get back. Money that is passed on counts once: see `passedOn`. This and the figures below are null to those who may
    /// not see commercial figures, and count only the awards that you may see.
    fn awarded(&self) -> Option<MoneyTotals> {
        Some(MoneyTotals::new(self.sums().awarded, KnownRates::of(&self.view)))
    }

    /// What is committed by signed agreements, counted as `awarded` is.
    fn obligated(&self) -> Option<MoneyTotals> {
        Some(MoneyTotals::new(self.sums().obligated, KnownRates::of(&self.view)))
    }

    /// What was paid out.
    fn disbursed(&self) -> Option<MoneyTotals> {
        Some(MoneyTotals::new(self.sums().disbursed, KnownRates::of(&self.view)))
    }

    /// What awards under it passed on as further awards: a part of what they award.
    fn passed_on(&self) -> Option<MoneyTotals> {
        Some(MoneyTotals::new(self.sums().passed_on, KnownRates::of(&self.view)))
    }

    /// What is left of the budget when all that is awarded in its currency is taken away; below zero when more is
    /// awarded. Null where the budget is not known. What is awarded in other currencies is not taken away: see `awarded`.
    fn left(&self) -> Option<MoneyTotals> {
        self.sums().left.map(|left| MoneyTotals::new(left, KnownRates::of(&self.view)))
    }

    /// How many awards are in each state.
    fn awards_by_state(&self, context: &Context) -> Result<Vec<AwardStateCount>, GraphqlError> {
        by_state(context, &self.view, self.filter())
    }

    /// The awards under it.
    fn awards(
        &self,
        context: &Context,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "In which order.")] order_by: Option<AwardOrder>,
    ) -> Result<AwardConnection, GraphqlError> {
        awards(context, &self.view, self.filter(), order_by, &Paging { first, after, last, before })
    }

    /// What other systems call it.
    fn identifiers(&self) -> Vec<ExternalId> {
        self.opened().map(|opened| identifiers(&opened.identifiers)).unwrap_or_default()
    }

    /// What is on record of it.
    fn record(&self) -> Record {
        Record::new(&self.view, AnyThing::Programme(Arc::clone(&self.thing)))
    }
}

/// Which programmes.
#[derive(Debug, Clone, Default, GraphQLInputObject)]
pub struct ProgrammeFilter {
    /// Of this funder.
    pub funder: Option<ID>,
    /// Only those that are open, or only those that are closed.
    pub open: Option<bool>,
    /// With this in their title, without regard to capitals.
    pub text: Option<Line>,
}

/// By what programmes are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, GraphQLEnum)]
pub enum ProgrammeOrderField {
    /// By title.
    Title,
}

/// The order of programmes.
#[derive(Debug, Clone, Copy, GraphQLInputObject)]
pub struct ProgrammeOrder {
    /// By what.
    pub field: ProgrammeOrderField,
    /// In which direction.
    pub direction: OrderDirection,
}

/// A page of all programmes.
///
/// # Errors
///
/// When the page is not one, or an id of the filter is not.
pub fn programmes(
    context: &Context,
    view: &View,
    filter: Option<ProgrammeFilter>,
    order: Option<ProgrammeOrder>,
    paging: &Paging,
) -> Result<ProgrammeConnection, GraphqlError> {
    let filter = filter.unwrap_or_default();
    let funder: Option<OrganisationId> = filter.funder.as_ref().map(id).transpose()?;
    let text = filter.text.map(|text| text.0.as_str().to_lowercase());
    let items = view.things::<Programme>().filter_map(|thing| {
        let state = view.state(&thing);
        let opened = state.opened()?;
        let passes = funder.is_none_or(|funder| opened.funder == funder)
            && filter.open.is_none_or(|open| state.closed_on.is_none() == open)
            && text.as_ref().is_none_or(|text| opened.title.as_str().to_lowercase().contains(text));
        let key = Some(SortKey::text(opened.title.as_str()));
        passes.then(|| Item { key, id: thing.id().uuid(), value: ProgrammeNode::new(view.clone(), Arc::clone(&thing)) })
    });
    let direction = order.map_or(OrderDirection::Asc, |order| order.direction);
    page(context, "programmes", direction, items.collect(), paging).map(ProgrammeConnection)
}
