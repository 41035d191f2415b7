//! The root of queries. Every field answers from one picture, at one position.

use chrono::NaiveDate;
use juniper::{ID, graphql_object};
use projections::things::{Permit, Project, Register};
use schema::{ClusterId, OrganisationId, PermitId, ProjectId, ThingId};

use super::{
    Code, GraphqlError,
    api::Context,
    connection::{KnownAt, Paging},
    types::{
        cluster::{ClusterConnection, ClusterFilter, ClusterNode, ClusterOrder, clusters},
        node::{NodeValue, node},
        organisation::{OrganisationConnection, OrganisationFilter, OrganisationNode, OrganisationOrder, organisations},
        permit::{PermitConnection, PermitFilter, PermitNode, PermitOrder, PermitStateCount, by_state, permits},
        project::{ProjectConnection, ProjectFilter, ProjectNode, ProjectOrder, StageCount, by_stage, projects},
        record::{TimelineConnection, TimelineOrder, any_history, any_thing, timeline},
        register::RegisterNode,
        viewer::Viewer,
    },
    view::{View, id},
};

/// What can be asked. `asKnownAt` asks what was known at an instant, `effectiveOn` what had occurred by a day; both can
/// be given together. A day is one in UTC.
pub struct Query;

/// What can be asked. `asKnownAt` asks what was known at an instant, `effectiveOn` what had occurred by a day; both can
/// be given together. A day is one in UTC.
#[graphql_object(context = Context)]
#[expect(clippy::too_many_arguments, clippy::needless_pass_by_value, reason = "juniper gives the arguments of a field so")]
impl Query {
    /// Whoever asks: the roles of the token.
    fn viewer(context: &Context) -> Viewer {
        Viewer::from(&*context.actor)
    }

    /// Anything, by its id; null if nothing that you may see is called so.
    fn node(
        context: &Context,
        #[graphql(description = "The id.")] id: ID,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<Option<NodeValue>, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        Ok(any_thing(&view, self::id(&id)?).map(|thing| node(&view, thing)))
    }

    /// An organisation, by its id.
    fn organisation(
        context: &Context,
        #[graphql(description = "The id.")] id: ID,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<Option<OrganisationNode>, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        let thing = view.thing(self::id::<OrganisationId>(&id)?);
        Ok(thing.map(|thing| OrganisationNode::new(view, thing)))
    }

    /// Organisations.
    fn organisations(
        context: &Context,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "Which ones; all, if left out.")] filter: Option<OrganisationFilter>,
        #[graphql(description = "In which order.")] order_by: Option<OrganisationOrder>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<OrganisationConnection, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        organisations(context, &view, filter, order_by, &Paging { first, after, last, before })
    }

    /// A cluster, by its id.
    fn cluster(
        context: &Context,
        #[graphql(description = "The id.")] id: ID,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<Option<ClusterNode>, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        let thing = view.thing(self::id::<ClusterId>(&id)?);
        Ok(thing.map(|thing| ClusterNode::new(view, thing)))
    }

    /// Clusters.
    fn clusters(
        context: &Context,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "Which ones; all, if left out.")] filter: Option<ClusterFilter>,
        #[graphql(description = "In which order.")] order_by: Option<ClusterOrder>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<ClusterConnection, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        clusters(context, &view, filter, order_by, &Paging { first, after, last, before })
    }

    /// A project, by its id.
    fn project(
        context: &Context,
        #[graphql(description = "The id.")] id: ID,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<Option<ProjectNode>, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        let thing = view.thing(self::id::<ProjectId>(&id)?);
        Ok(thing.map(|thing| ProjectNode::new(&view, thing)))
    }

    /// Projects.
    fn projects(
        context: &Context,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "Which ones; all, if left out.")] filter: Option<ProjectFilter>,
        #[graphql(description = "In which order.")] order_by: Option<ProjectOrder>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<ProjectConnection, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        projects(context, &view, view.viewpoint().things::<Project>(), filter, order_by, &Paging { first, after, last, before })
    }

    /// How many projects are in each stage, the unknown last.
    fn projects_by_stage(
        context: &Context,
        #[graphql(description = "Which ones; all, if left out.")] filter: Option<ProjectFilter>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<Vec<StageCount>, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        by_stage(context, &view, view.viewpoint().things::<Project>(), filter)
    }

    /// A permit, by its id.
    fn permit(
        context: &Context,
        #[graphql(description = "The id.")] id: ID,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<Option<PermitNode>, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        let thing = view.thing(self::id::<PermitId>(&id)?);
        Ok(thing.map(|thing| PermitNode::new(&view, thing)))
    }

    /// Permits.
    fn permits(
        context: &Context,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "Which ones; all, if left out.")] filter: Option<PermitFilter>,
        #[graphql(description = "In which order.")] order_by: Option<PermitOrder>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<PermitConnection, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        permits(context, &view, view.viewpoint().things::<Permit>(), filter, order_by, &Paging { first, after, last, before })
    }

    /// How many permits are in each state, in the order of life.
    fn permits_by_state(
        context: &Context,
        #[graphql(description = "Which ones; all, if left out.")] filter: Option<PermitFilter>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<Vec<PermitStateCount>, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        by_state(context, &view, view.viewpoint().things::<Permit>(), filter)
    }

    /// The registers that facts are imported from.
    fn registers(
        context: &Context,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
    ) -> Vec<RegisterNode> {
        let view = View::open(context, as_known_at, None);
        view.viewpoint().things::<Register>().map(|thing| RegisterNode::new(view.clone(), thing)).collect()
    }

    /// Everything ever recorded about a thing: what, who, when it occurred, when it was recorded, from what source, and
    /// what corrected it.
    fn timeline(
        context: &Context,
        #[graphql(description = "The id of the thing.")] thing: ID,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "In which order.")] order_by: Option<TimelineOrder>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
    ) -> Result<TimelineConnection, GraphqlError> {
        let view = View::open(context, as_known_at, None);
        let id: ThingId = self::id(&thing)?;
        let thing = any_history(&view, id);
        let thing = thing.ok_or_else(|| GraphqlError::new(Code::NotFound, format!("nothing on record is called {id}")))?;
        timeline(context, &thing, &Paging { first, after, last, before }, order_by)
    }
}
