//! A policy measure.

use std::sync::Arc;

use chrono::NaiveDate;
use gate::gated;
use graphql::GraphqlError;
use juniper::{GraphQLEnum, GraphQLInputObject, ID, graphql_object};
use projections::{
    Sight,
    things::{Cluster, PolicyMeasure, Project, SetEffect, Thing},
    views::exposure::{self, Exposure},
};
use schema::policy::PolicyMeasureIdentified;

use super::{
    cluster::ClusterNode,
    common::{ExternalId, identifiers},
    node::NodeValue,
    project::ProjectNode,
    record::{AnyThing, Record},
};
use crate::{
    Context,
    connection::{Item, OrderDirection, Paging, SortKey, connection, page},
    scalars::{Date, FactId, JurisdictionCode, Line, Note, PolicyEffect, PolicyExposure, PolicyState},
    view::View,
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

    /// The days that were set for its effect to begin, change or end, the first first; they may lie ahead. With
    /// `effectiveOn`, those that had been enacted by then.
    fn effects(&self) -> Vec<SetPolicyEffect> {
        self.view.state(&self.thing).effects_in_order().map(SetPolicyEffect::from).collect()
    }

    /// How each project that declared that it relies on the measure stands to it on a day, which may lie ahead: by what is
    /// enacted and on record, also those who are spared. In the order of their titles.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    fn exposure(
        &self,
        context: &Context,
        #[graphql(description = "The day; that of the question, if left out.")] on: Option<NaiveDate>,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "Only those who stand so; all, if left out.")] stands: Option<Vec<PolicyExposure>>,
    ) -> Result<ProjectExposureConnection, GraphqlError> {
        let on = on.unwrap_or_else(|| self.view.as_of());
        let measure = self.view.state(&self.thing);
        // What had happened by a day in the past; of a day to come, what has by now.
        let then = if on < self.view.as_of() { self.thing.on(on) } else { measure.clone().into_owned() };
        let items = self.view.naming::<Project>(self.thing.id()).filter_map(|project| {
            let state = self.view.state(&project);
            let scope = state.declarations.measures.as_ref()?;
            let relies = scope.things.iter().any(|measure| measure.thing() == self.thing.id());
            let found = exposure::exposure((&measure, &then), &state, on, self.view.as_of());
            let stands = stands.as_ref().is_none_or(|wanted| wanted.contains(&found.kind.into()));
            let key = state.registered().map(|registered| SortKey::text(registered.title.as_str()));
            let value = ProjectExposure { view: self.view.clone(), project: Arc::clone(&project), on, found };
            (relies && stands).then(|| Item { key, id: project.id().uuid(), value })
        });
        let list = format!("exposure to {} on {on}", self.thing.id());
        let paging = Paging { first, after, last, before };
        page(context, &list, OrderDirection::Asc, items.collect(), &paging).map(ProjectExposureConnection)
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

/// A day that was set for the effect of a measure to begin, change or end.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct SetPolicyEffect {
    /// The fact that says so.
    pub fact: FactId,
    /// What happens.
    pub effect: PolicyEffect,
    /// On which day.
    pub on: Date,
    /// When that was enacted.
    pub enacted_on: Date,
    /// Only for those who began to build before this day.
    pub construction_begun_before: Option<Date>,
    /// Only for what is in service before this day.
    pub in_service_before: Option<Date>,
    /// But for those who began to build before this day.
    pub spares_construction_begun_before: Option<Date>,
    /// But for what is in service before this day.
    pub spares_in_service_before: Option<Date>,
    /// How, in words.
    pub what: Option<Note>,
}

impl From<&SetEffect> for SetPolicyEffect {
    fn from(effect: &SetEffect) -> Self {
        let set = &effect.set;
        Self {
            fact: FactId(effect.fact_id),
            effect: set.effect.into(),
            on: Date(effect.on),
            enacted_on: Date(effect.enacted_on),
            construction_begun_before: set.construction_begun_before.map(Date),
            in_service_before: set.in_service_before.map(Date),
            spares_construction_begun_before: set.spares_construction_begun_before.map(Date),
            spares_in_service_before: set.spares_in_service_before.map(Date),
            what: set.what.clone().map(Note),
        }
    }
}

/// How a project stands to a measure on a day.
#[derive(Clone)]
pub struct ProjectExposure {
    view: View,
    project: Arc<Thing<Project>>,
    on: NaiveDate,
    found: Exposure,
}

connection!(ProjectExposureConnection, ProjectExposureEdge, ProjectExposure, "ProjectExposureConnection", "ProjectExposureEdge");

/// How a project stands to a measure on a day.
#[gated]
#[graphql_object(context = Context)]
impl ProjectExposure {
    /// The project.
    fn project(&self) -> ProjectNode {
        ProjectNode::new(&self.view, Arc::clone(&self.project))
    }

    /// The day.
    fn on(&self) -> NaiveDate {
        self.on
    }

    /// How it stands.
    fn stands(&self) -> PolicyExposure {
        self.found.kind.into()
    }

    /// The fact of the measure that says so; null where nothing is on record of its being in force.
    fn fact(&self) -> Option<FactId> {
        self.found.fact.map(FactId)
    }

    /// The day before which it has to begin to build, or to serve, where it is not known whether it does.
    fn depends_on(&self) -> Option<Date> {
        self.found.depends_on.map(Date)
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
