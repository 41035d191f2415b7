//! A cluster.

use std::sync::Arc;

use gate::gated;
use graphql::GraphqlError;
use juniper::{GraphQLEnum, GraphQLInputObject, ID, graphql_object};
use projections::{
    Sight,
    things::{Cluster, Membership, Permit, Project, Thing},
    views::rollup::{Beside, roll_up_cluster},
};
use schema::cluster::{ClusterFact, ClusterRegistered};

use super::{
    common::{ExternalId, Location, identifiers},
    declared::{
        CriterionEvidenceNode, CriterionWaiver, PermitScope, Reliance, criterion_evidence, permit_scope, reliance, waivers,
    },
    node::NodeValue,
    organisation::OrganisationNode,
    permit::{PermitConnection, PermitFilter, PermitOrder, permits},
    pillars::{LevelCount, Pillars, project_levels},
    project::{ProjectConnection, ProjectFilter, ProjectOrder, StageCount, by_stage, projects},
    record::{AnyThing, Record},
    rollup::RollUp,
    statement::{self, ClusterBaseline, ClusterStep, ClusterTarget, Practice, SharedAsset, practice, shared_asset, steps},
};
use crate::{
    Context,
    connection::{Item, OrderDirection, Paging, SortKey, connection, page},
    scalars::{CountryCode, Date, FactId, Line},
    view::View,
};

/// A cluster, as whoever asks sees it.
#[derive(Clone)]
pub struct ClusterNode {
    view: View,
    thing: Arc<Thing<Cluster>>,
}

connection!(ClusterConnection, ClusterEdge, ClusterNode, "ClusterConnection", "ClusterEdge");

impl ClusterNode {
    /// The cluster `thing`, seen by `view`.
    pub fn new(view: View, thing: Arc<Thing<Cluster>>) -> Self {
        Self { view, thing }
    }

    fn registered(&self) -> Option<&ClusterRegistered> {
        self.thing.state().registered()
    }
}

/// A cluster, as whoever asks sees it.
#[gated(of = self.thing.id())]
#[graphql_object(name = "Cluster", context = Context, impl = NodeValue)]
impl ClusterNode {
    /// The id of the cluster.
    pub fn id(&self) -> ID {
        ID::from(self.thing.id().to_string())
    }

    /// Its name.
    fn name(&self) -> Option<Line> {
        self.registered().map(|registered| Line(registered.name.clone()))
    }

    /// The country it lies in.
    fn country(&self) -> Option<CountryCode> {
        self.registered().map(|registered| CountryCode(registered.country))
    }

    /// The town, port or region.
    fn place(&self) -> Option<Line> {
        self.registered()?.place.clone().map(Line)
    }

    /// The sectors in it.
    fn sectors(&self) -> Vec<Line> {
        self.registered().map(|registered| registered.sectors.iter().cloned().map(Line).collect()).unwrap_or_default()
    }

    /// Since when it is a signatory of the initiative.
    fn signatory_since(&self) -> Option<Date> {
        self.registered()?.signatory_since.map(Date)
    }

    /// Where it lies.
    fn location(&self) -> Option<Location> {
        self.registered().and_then(|registered| registered.location.as_ref().map(Location::from))
    }

    /// What other systems call it.
    fn identifiers(&self) -> Vec<ExternalId> {
        self.registered().map(|registered| identifiers(&registered.identifiers)).unwrap_or_default()
    }

    /// Its members, present and former, in the order in which they joined.
    fn memberships(&self) -> Vec<MembershipNode> {
        let membership = |membership: &Membership| MembershipNode { view: self.view.clone(), membership: membership.clone() };
        self.view.state(&self.thing).memberships.iter().map(membership).collect()
    }

    /// The organisation that brings the members together.
    fn convenor(&self) -> Option<OrganisationNode> {
        let thing = self.view.thing(self.view.state(&self.thing).convenor?)?;
        Some(OrganisationNode::new(self.view.clone(), thing))
    }

    /// Where it starts from: every baseline stated, the latest first.
    fn baselines(&self) -> Vec<ClusterBaseline> {
        self.view.state(&self.thing).baselines().map(statement::baseline).collect()
    }

    /// What it means to reach: every target set, the latest first.
    fn targets(&self) -> Vec<ClusterTarget> {
        self.view.state(&self.thing).targets().map(statement::target).collect()
    }

    /// What its members share, or will.
    fn shared_assets(&self) -> Vec<SharedAsset> {
        self.view.state(&self.thing).shared_assets().map(|declared| shared_asset(&self.view, declared)).collect()
    }

    /// The charters that its members signed.
    fn charters(&self) -> Vec<ClusterStep> {
        steps(&self.view.state(&self.thing), |fact| match fact {
            ClusterFact::ClusterCharterSigned(signed) => Some((&signed.title, None)),
            _ => None,
        })
    }

    /// The bodies that govern it.
    fn governance(&self) -> Vec<ClusterStep> {
        steps(&self.view.state(&self.thing), |fact| match fact {
            ClusterFact::ClusterGovernanceEstablished(established) => Some((&established.body, None)),
            _ => None,
        })
    }

    /// The talent programmes that it launched.
    fn talent_programmes(&self) -> Vec<ClusterStep> {
        steps(&self.view.state(&self.thing), |fact| match fact {
            ClusterFact::TalentProgrammeLaunched(launched) => Some((&launched.programme, launched.about.as_ref())),
            _ => None,
        })
    }

    /// The standards that it adopted.
    fn standards(&self) -> Vec<ClusterStep> {
        steps(&self.view.state(&self.thing), |fact| match fact {
            ClusterFact::StandardAdopted(adopted) => Some((&adopted.standard, adopted.about.as_ref())),
            _ => None,
        })
    }

    /// The practices that it shared.
    fn practices(&self) -> Vec<Practice> {
        self.view.state(&self.thing).practices().map(practice).collect()
    }

    /// The permits that it needs itself, for what its members share.
    fn permit_scope(&self) -> Option<PermitScope> {
        permit_scope(&self.view, &self.view.state(&self.thing).declarations)
    }

    /// The policy measures that it relies on.
    fn reliance(&self) -> Option<Reliance> {
        reliance(&self.view, &self.view.state(&self.thing).declarations)
    }

    /// Documents filed for criteria of its ladders.
    fn criterion_evidence(&self) -> Vec<CriterionEvidenceNode> {
        criterion_evidence(&self.view, &self.view.state(&self.thing).declarations)
    }

    /// Criteria that need not be met until a date.
    fn waivers(&self) -> Vec<CriterionWaiver> {
        waivers(&self.view.state(&self.thing).declarations)
    }

    /// How far it is along the four pillars, by its own criteria; where those of its projects are, `projectLevels` says.
    fn pillars(
        &self,
        context: &Context,
        #[graphql(
            description = "The ladder and its version, such as `cluster.v1`; the one that counts on the day, if left out."
        )]
        ladder: Option<String>,
    ) -> Result<Pillars, GraphqlError> {
        Pillars::of_cluster(context, &self.view, Arc::clone(&self.thing), ladder.as_deref())
    }

    /// How many of its projects are at each level of each pillar.
    fn project_levels(
        &self,
        context: &Context,
        #[graphql(
            description = "The projects' ladder and its version, such as `project.v1`; the one that counts on the day, if left out."
        )]
        ladder: Option<String>,
    ) -> Result<Vec<LevelCount>, GraphqlError> {
        project_levels(context, &self.view, &self.thing, ladder.as_deref())
    }

    /// The figures of the cluster and its projects.
    fn roll_up(&self, context: &Context) -> Result<Option<RollUp>, GraphqlError> {
        context.asker.check()?;
        let view = &self.view;
        let beside = Beside { reads: &|project| view.reads_money(project), overdue: &|permit| view.is_overdue(permit) };
        let rollup = roll_up_cluster(view, view.day(), &self.thing, beside);
        Ok(rollup.map(|rollup| RollUp::new(&self.view, rollup)))
    }

    /// Its projects.
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

    /// The permits that it needs for what it shares; those of its projects are theirs.
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

    /// How many of its projects are in each stage.
    fn projects_by_stage(
        &self,
        context: &Context,
        #[graphql(description = "Which ones; all, if left out.")] filter: Option<ProjectFilter>,
    ) -> Result<Vec<StageCount>, GraphqlError> {
        by_stage(context, &self.view, self.view.naming::<Project>(self.thing.id()), filter)
    }

    /// What is on record of it.
    fn record(&self) -> Record {
        Record::new(&self.view, AnyThing::Cluster(Arc::clone(&self.thing)))
    }
}

/// An organisation's time as a member of a cluster.
pub struct MembershipNode {
    view: View,
    membership: Membership,
}

/// An organisation's time as a member of a cluster.
#[gated]
#[graphql_object(name = "Membership", context = Context)]
impl MembershipNode {
    /// The member.
    fn organisation(&self) -> Option<OrganisationNode> {
        let thing = self.view.thing(self.membership.organisation)?;
        Some(OrganisationNode::new(self.view.clone(), thing))
    }

    /// What it does in the cluster.
    fn role(&self) -> Option<Line> {
        self.membership.role.clone().map(Line)
    }

    /// Since when.
    fn joined_on(&self) -> Date {
        Date(self.membership.joined_on)
    }

    /// Until when; null while it is a member.
    fn left_on(&self) -> Option<Date> {
        self.membership.left_on.map(Date)
    }

    /// The fact that says that it joined.
    fn fact(&self) -> FactId {
        FactId(self.membership.fact_id)
    }
}

/// Which clusters.
#[derive(Debug, Clone, Default, GraphQLInputObject)]
pub struct ClusterFilter {
    /// In this country.
    pub country: Option<CountryCode>,
    /// Only signatories of the initiative, or only others.
    pub signatory: Option<bool>,
    /// With this in their name, without regard to capitals.
    pub text: Option<Line>,
}

/// By what clusters are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, GraphQLEnum)]
pub enum ClusterOrderField {
    /// By name.
    Name,
    /// By since when they are signatories.
    SignatorySince,
}

/// The order of clusters.
#[derive(Debug, Clone, Copy, GraphQLInputObject)]
pub struct ClusterOrder {
    /// By what.
    pub field: ClusterOrderField,
    /// In which direction.
    pub direction: OrderDirection,
}

/// A page of all clusters.
///
/// # Errors
///
/// When the page is not one.
pub fn clusters(
    context: &Context,
    view: &View,
    filter: Option<ClusterFilter>,
    order: Option<ClusterOrder>,
    paging: &Paging,
) -> Result<ClusterConnection, GraphqlError> {
    let filter = filter.unwrap_or_default();
    let order = order.unwrap_or(ClusterOrder { field: ClusterOrderField::Name, direction: OrderDirection::Asc });
    let text = filter.text.map(|text| text.0.as_str().to_lowercase());
    let passes = |registered: &ClusterRegistered| {
        filter.country.as_ref().is_none_or(|country| registered.country == country.0)
            && filter.signatory.is_none_or(|signatory| registered.signatory_since.is_some() == signatory)
            && text.as_ref().is_none_or(|text| registered.name.as_str().to_lowercase().contains(text))
    };
    let key = |registered: &ClusterRegistered| match order.field {
        ClusterOrderField::Name => Some(SortKey::text(registered.name.as_str())),
        ClusterOrderField::SignatorySince => registered.signatory_since.map(SortKey::date),
    };
    let items = view.things::<Cluster>().filter_map(|thing| {
        let registered = thing.state().registered().filter(|registered| passes(registered))?;
        Some(Item { key: key(registered), id: thing.id().uuid(), value: ClusterNode::new(view.clone(), Arc::clone(&thing)) })
    });
    page(context, &format!("clusters {:?}", order.field), order.direction, items.collect(), paging).map(ClusterConnection)
}
