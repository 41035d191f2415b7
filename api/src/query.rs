//! The root of queries. Every field answers from one picture, at one position.

use chrono::NaiveDate;
use gate::gated;
use graphql::{Code, GraphqlError};
use juniper::{ID, graphql_object};
use projections::{
    Sight,
    things::{Permit, Project, Register},
};
use schema::{
    AwardId, ClusterId, InitiativeId, OrganisationId, PartnershipId, PermitId, PolicyMeasureId, ProgrammeId, ProjectId,
    SubjectId, ThingId,
};

use crate::{
    Context,
    connection::{KnownAt, Paging},
    scalars::{GroupBy, PermitGroupBy},
    types::{
        award::{AwardConnection, AwardFilter, AwardNode, AwardOrder, AwardStateCount, awards, by_state as awards_in_state},
        bottleneck::{PermitBottleneckConnection, bottlenecks},
        cluster::{ClusterConnection, ClusterFilter, ClusterNode, ClusterOrder, clusters},
        docket::{Before, PermitDocket, docket},
        initiative::InitiativeNode,
        money::{ExchangeRates, KnownRates},
        node::{NodeValue, node},
        organisation::{OrganisationConnection, OrganisationFilter, OrganisationNode, OrganisationOrder, organisations},
        outlook::{FidOutlookConnection, outlooks},
        partnership::{PartnershipConnection, PartnershipFilter, PartnershipNode, PartnershipOrder, partnerships},
        permit::{PermitConnection, PermitFilter, PermitNode, PermitOrder, PermitStateCount, by_state, permits},
        pillars::LadderNode,
        policy::{PolicyMeasureConnection, PolicyMeasureFilter, PolicyMeasureNode, PolicyMeasureOrder, policy_measures},
        programme::{ProgrammeConnection, ProgrammeFilter, ProgrammeNode, ProgrammeOrder, programmes},
        project::{ProjectConnection, ProjectFilter, ProjectNode, ProjectOrder, StageCount, by_stage, projects},
        record::{TimelineConnection, TimelineOrder, any_history, any_thing, timeline},
        recorded::ThingKind,
        regime::{Regime, regimes},
        register::RegisterNode,
        rollup::{RollUp, roll_up},
        search::{self, SearchHitConnection},
        step::{NextStepNode, next_steps},
        subject::{SubjectConnection, SubjectNode, subjects},
        viewer::Viewer,
    },
    view::{View, id},
};

/// What can be asked. `asKnownAt` asks what was known at an instant, `effectiveOn` what had occurred by a day; both can
/// be given together. A day is one in UTC.
pub struct Query;

/// What can be asked. `asKnownAt` asks what was known at an instant, `effectiveOn` what had occurred by a day; both can
/// be given together. A day is one in UTC.
#[gated]
#[graphql_object(context = Context)]
#[expect(clippy::too_many_arguments, reason = "juniper gives the arguments of a field so")]
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
        projects(context, &view, view.things::<Project>(), filter, order_by, &Paging { first, after, last, before })
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
        by_stage(context, &view, view.things::<Project>(), filter)
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
        permits(context, &view, view.things::<Permit>(), filter, order_by, &Paging { first, after, last, before })
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
        by_state(context, &view, view.things::<Permit>(), filter)
    }

    /// Which permits need action, of whom and by when: those that are open, and others of which a condition is due or a window
    /// of challenge closes. Days are of the calendar; what is usual is so among all permits that you may see.
    fn permit_docket(
        context: &Context,
        #[graphql(description = "Which permits; all, if left out.")] filter: Option<PermitFilter>,
        #[graphql(description = "Only those that you are a party of: of your authority, your projects or your clusters.")]
        mine: Option<bool>,
        #[graphql(description = "Only those of this officer of your own authority, by the random id under which they record.")]
        officer: Option<ID>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<PermitDocket, GraphqlError> {
        let before = Before::try_new(officer.as_ref(), mine)?;
        docket(context, &View::open(context, as_known_at, effective_on), filter, &before)
    }

    /// Where permitting is slow, and why: permits in groups by one dimension or by two, the slowest group first. That is the
    /// one whose open permits have lasted the most days, together, beyond the median of all permits of their instrument that
    /// are asked about. Each number says of how many permits it is made. A permit with two clusters or two levers counts
    /// whole in both groups.
    fn permit_bottlenecks(
        context: &Context,
        #[graphql(description = "By what permits are grouped: one dimension, or two different ones.")] group_by: Vec<
            PermitGroupBy,
        >,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "Which permits; all, if left out.")] filter: Option<PermitFilter>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<PermitBottleneckConnection, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        bottlenecks(context, &view, &group_by, filter, &Paging { first, after, last, before })
    }

    /// The initiative that the clusters have signed; null when it is not on record.
    fn initiative(
        context: &Context,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Option<InitiativeNode> {
        let view = View::open(context, as_known_at, effective_on);
        view.thing(InitiativeId::only()).map(|thing| InitiativeNode::new(view, thing))
    }

    /// A funding programme, by its id.
    fn programme(
        context: &Context,
        #[graphql(description = "The id.")] id: ID,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<Option<ProgrammeNode>, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        let thing = view.thing(self::id::<ProgrammeId>(&id)?);
        Ok(thing.map(|thing| ProgrammeNode::new(view, thing)))
    }

    /// Funding programmes.
    fn programmes(
        context: &Context,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "Which ones; all, if left out.")] filter: Option<ProgrammeFilter>,
        #[graphql(description = "In which order.")] order_by: Option<ProgrammeOrder>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<ProgrammeConnection, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        programmes(context, &view, filter, order_by, &Paging { first, after, last, before })
    }

    /// An award, by its id.
    fn award(
        context: &Context,
        #[graphql(description = "The id.")] id: ID,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<Option<AwardNode>, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        let thing = view.thing(self::id::<AwardId>(&id)?);
        Ok(thing.map(|thing| AwardNode::new(view, thing)))
    }

    /// Awards: money that is sought, expected or given.
    fn awards(
        context: &Context,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "Which ones; all, if left out.")] filter: Option<AwardFilter>,
        #[graphql(description = "In which order.")] order_by: Option<AwardOrder>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<AwardConnection, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        awards(context, &view, filter, order_by, &Paging { first, after, last, before })
    }

    /// How many awards are in each state, in the order of life.
    fn awards_by_state(
        context: &Context,
        #[graphql(description = "Which ones; all, if left out.")] filter: Option<AwardFilter>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<Vec<AwardStateCount>, GraphqlError> {
        awards_in_state(context, &View::open(context, as_known_at, effective_on), filter)
    }

    /// A partnership, by its id.
    fn partnership(
        context: &Context,
        #[graphql(description = "The id.")] id: ID,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<Option<PartnershipNode>, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        let thing = view.thing(self::id::<PartnershipId>(&id)?);
        Ok(thing.map(|thing| PartnershipNode::new(view, thing)))
    }

    /// Partnerships.
    fn partnerships(
        context: &Context,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "Which ones; all, if left out.")] filter: Option<PartnershipFilter>,
        #[graphql(description = "In which order.")] order_by: Option<PartnershipOrder>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<PartnershipConnection, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        partnerships(context, &view, filter, order_by, &Paging { first, after, last, before })
    }

    /// A policy measure, by its id.
    fn policy_measure(
        context: &Context,
        #[graphql(description = "The id.")] id: ID,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<Option<PolicyMeasureNode>, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        let thing = view.thing(self::id::<PolicyMeasureId>(&id)?);
        Ok(thing.map(|thing| PolicyMeasureNode::new(view, thing)))
    }

    /// Policy measures.
    fn policy_measures(
        context: &Context,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "Which ones; all, if left out.")] filter: Option<PolicyMeasureFilter>,
        #[graphql(description = "In which order.")] order_by: Option<PolicyMeasureOrder>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<PolicyMeasureConnection, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        policy_measures(context, &view, filter, order_by, &Paging { first, after, last, before })
    }

    /// Figures by group, each with the number of things that it is known for; the unknown last.
    fn roll_up(
        context: &Context,
        #[graphql(description = "By what things are grouped.")] by: GroupBy,
        #[graphql(description = "Which projects count, with what hangs on them; all, if left out. Clusters count all the same.")]
        filter: Option<ProjectFilter>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<Vec<RollUp>, GraphqlError> {
        roll_up(context, &View::open(context, as_known_at, effective_on), by, filter)
    }

    /// Where the pipeline stands: the figures of the projects in each stage, with money and slip; the unknown last.
    fn pipeline(
        context: &Context,
        #[graphql(description = "Which projects; all, if left out.")] filter: Option<ProjectFilter>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<Vec<RollUp>, GraphqlError> {
        roll_up(context, &View::open(context, as_known_at, effective_on), GroupBy::Stage, filter)
    }

    /// The projects that near their final investment decision, the nearest first, each with what blocks it.
    fn fid_outlook(
        context: &Context,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "Only decisions that are expected by this day; all that are planned, if left out.")]
        until: Option<NaiveDate>,
        #[graphql(description = "Which projects; all, if left out.")] filter: Option<ProjectFilter>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<FidOutlookConnection, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        outlooks(context, &view, until, filter, &Paging { first, after, last, before })
    }

    /// Things by their names, the nearest first: without regard to accents, case and the order of words, and forgiving a slip
    /// in a longer word. The reference of a register finds what it names.
    fn search(
        context: &Context,
        #[graphql(description = "A part of a name: up to 12 words with up to 200 characters. All of them have to be there.")]
        text: String,
        #[graphql(description = "Among things of these kinds; of every kind that has names, if left out.")] kinds: Option<
            Vec<ThingKind>,
        >,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
        #[graphql(description = "What had occurred by the end of this day, and durations up to it; today in UTC, if left out.")]
        effective_on: Option<NaiveDate>,
    ) -> Result<SearchHitConnection, GraphqlError> {
        let view = View::open(context, as_known_at, effective_on);
        search::found(context, &view, &text, kinds, &Paging { first, after, last, before })
    }

    /// Every version of every ladder: what has to be on record for each rung of the four pillars.
    fn ladders(context: &Context) -> Vec<LadderNode> {
        context.app.ladders().iter().map(|ladder| LadderNode::from(&**ladder)).collect()
    }

    /// The rates of exchange at which sums of money are converted.
    fn exchange_rates(
        context: &Context,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
    ) -> ExchangeRates {
        ExchangeRates(KnownRates::of(&View::open(context, as_known_at, None)))
    }

    /// The registers that facts are imported from.
    fn registers(
        context: &Context,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
    ) -> Vec<RegisterNode> {
        let view = View::open(context, as_known_at, None);
        view.things::<Register>().map(|thing| RegisterNode::new(view.clone(), thing)).collect()
    }

    /// Somebody who reads and records, by the id of what is on record of them; null if nothing is that you may see.
    fn subject(
        context: &Context,
        #[graphql(description = "The id.")] id: ID,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
    ) -> Result<Option<SubjectNode>, GraphqlError> {
        let view = View::open(context, as_known_at, None);
        let thing = view.thing(self::id::<ThingId>(&id).and_then(|id| SubjectId::try_from(id).map_err(other_kind))?.thing());
        Ok(thing.map(|thing| SubjectNode::new(view, thing)))
    }

    /// Those who read and record, as far as something is on record of them that you may see.
    fn subjects(
        context: &Context,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "What was known at an instant; all that is known now, if left out.")] as_known_at: Option<
            KnownAt,
        >,
    ) -> Result<SubjectConnection, GraphqlError> {
        let view = View::open(context, as_known_at, None);
        subjects(context, &view, &Paging { first, after, last, before })
    }

    /// What you may record next of a thing: the steps that would be taken as it stands now, in the order of life, and the
    /// nearest that would not, with the reason. Empty where you may record nothing, or see nothing.
    fn next_steps(
        context: &Context,
        #[graphql(description = "The id of the thing.")] thing: ID,
        #[graphql(description = "Only the steps by this command, also those that would be refused; all, if left out.")]
        command: Option<String>,
    ) -> Result<Vec<NextStepNode>, GraphqlError> {
        context.asker.check()?;
        Ok(next_steps(context, id(&thing)?, command.as_deref()))
    }

    /// The law that permits can be decided under: every regime that this service knows, by id.
    fn regimes(context: &Context) -> Vec<Regime> {
        regimes(context.app.law())
    }

    /// Everything ever recorded about a thing: what, who, when it occurred, when it was recorded, from what source, and
    /// what corrected it. Null, with an error, when nothing that you may see is called so.
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
    ) -> Result<Option<TimelineConnection>, GraphqlError> {
        let view = View::open(context, as_known_at, None);
        let id: ThingId = self::id(&thing)?;
        let thing = any_history(&view, id);
        let thing = thing.ok_or_else(|| GraphqlError::new(Code::NotFound, format!("nothing on record is called {id}")))?;
        timeline(context, &view, &thing, &Paging { first, after, last, before }, order_by).map(Some)
    }
}

fn other_kind(error: schema::IdError) -> GraphqlError {
    GraphqlError::new(Code::InvalidInput, error.to_string())
}
