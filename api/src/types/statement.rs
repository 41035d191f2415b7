//! What clusters state about themselves.

use gate::gated;
use projections::things::{Cluster, Stated};
use schema::cluster::{ClusterBaselineStated, ClusterFact, ClusterTargetSet, PracticeShared, SharedAssetDeclared};

use super::{
    common::{Capacity, Money},
    organisation::OrganisationNode,
};
use crate::{
    Context,
    scalars::{AssetKind, Bound, Date, Decimal, FactId, Line, Note},
    view::View,
};

/// A number of things in a year.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct StatedCount {
    /// How many.
    pub count: i32,
    /// How exactly that is known.
    pub bound: Bound,
    /// Of which year.
    pub year: Option<i32>,
}

impl From<schema::cluster::StatedCount> for StatedCount {
    fn from(stated: schema::cluster::StatedCount) -> Self {
        let count = i32::try_from(stated.count).unwrap_or(i32::MAX);
        Self { count, bound: stated.bound.into(), year: stated.year.map(i32::from) }
    }
}

/// Where a cluster starts from. What was not stated is null.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct ClusterBaseline {
    /// Emissions in tonnes of CO2 equivalent per year.
    pub emissions_t_per_year: Option<Decimal>,
    /// Of which year.
    pub emissions_year: Option<i32>,
    /// Contribution to gross domestic product.
    pub gdp: Option<Money>,
    /// Of which year.
    pub gdp_year: Option<i32>,
    /// Jobs.
    pub jobs: Option<StatedCount>,
    /// Tenants of the estate.
    pub tenants: Option<StatedCount>,
    /// Companies that take part.
    pub companies: Option<StatedCount>,
    /// When it was stated.
    pub stated_on: Date,
    /// The fact that says so.
    pub fact: FactId,
}

/// A reduction that a cluster means to reach.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct ClusterTarget {
    /// Tonnes of CO2 equivalent less per year.
    pub reduction_t_per_year: Option<Decimal>,
    /// Percent less than in the base year.
    pub reduction_percent: Option<Decimal>,
    /// The year it is measured from.
    pub base_year: Option<i32>,
    /// The year by which it is to be reached.
    pub target_year: i32,
    /// When it was set.
    pub set_on: Date,
    /// The fact that says so.
    pub fact: FactId,
}

/// Infrastructure that the members share, or will.
#[gated]
#[derive(Clone)]
#[graphql(context = Context)]
pub struct SharedAsset {
    /// What it is called.
    pub name: Line,
    /// What it is.
    pub kind: AssetKind,
    /// What it can do, or will.
    pub capacity: Option<Capacity>,
    /// Who runs it, or will.
    pub operator: Option<OrganisationNode>,
    /// When it was declared.
    pub declared_on: Date,
    /// The fact that says so.
    pub fact: FactId,
}

/// Something that a cluster did: a charter, a governing body, a talent programme, a standard.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct ClusterStep {
    /// What it is called.
    pub title: Line,
    /// More about it.
    pub about: Option<Note>,
    /// When.
    pub on: Date,
    /// The fact that says so.
    pub fact: FactId,
}

/// A practice that a cluster shared, for others to learn from.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Practice {
    /// What it is about.
    pub title: Line,
    /// What was done.
    pub done: Note,
    /// What came of it.
    pub result: Note,
    /// When it was shared.
    pub shared_on: Date,
    /// The fact that says so.
    pub fact: FactId,
}

type Of<'a, T> = (&'a T, &'a Stated<ClusterFact>);

/// The baseline as the API shows it.
pub fn baseline((baseline, stated): Of<'_, ClusterBaselineStated>) -> ClusterBaseline {
    ClusterBaseline {
        emissions_t_per_year: baseline.emissions.map(|emissions| Decimal(emissions.t_per_year)),
        emissions_year: baseline.emissions.and_then(|emissions| emissions.year).map(i32::from),
        gdp: baseline.gdp.map(|gdp| gdp.amount.into()),
        gdp_year: baseline.gdp.and_then(|gdp| gdp.year).map(i32::from),
        jobs: baseline.jobs.map(StatedCount::from),
        tenants: baseline.tenants.map(StatedCount::from),
        companies: baseline.companies.map(StatedCount::from),
        stated_on: Date(stated.on),
        fact: FactId(stated.fact_id),
    }
}

/// The target as the API shows it.
pub fn target((target, stated): Of<'_, ClusterTargetSet>) -> ClusterTarget {
    ClusterTarget {
        reduction_t_per_year: target.reduction_t_per_year.map(Decimal),
        reduction_percent: target.reduction_percent.map(Decimal),
        base_year: target.base_year.map(i32::from),
        target_year: target.target_year.into(),
        set_on: Date(stated.on),
        fact: FactId(stated.fact_id),
    }
}

/// The asset as the API shows it.
pub fn shared_asset(view: &View, (declared, stated): Of<'_, SharedAssetDeclared>) -> SharedAsset {
    let operator = declared.operator.and_then(|id| view.thing(id));
    SharedAsset {
        name: Line(declared.asset.clone()),
        kind: declared.kind.into(),
        capacity: declared.capacity.map(Capacity::from),
        operator: operator.map(|thing| OrganisationNode::new(view.clone(), thing)),
        declared_on: Date(stated.on),
        fact: FactId(stated.fact_id),
    }
}

/// The practice as the API shows it.
pub fn practice((shared, stated): Of<'_, PracticeShared>) -> Practice {
    Practice {
        title: Line(shared.title.clone()),
        done: Note(shared.done.clone()),
        result: Note(shared.result.clone()),
        shared_on: Date(stated.on),
        fact: FactId(stated.fact_id),
    }
}

/// The steps of one kind that the cluster took; `title` says which, and what they are called.
pub fn steps(
    cluster: &Cluster,
    title: impl Fn(&ClusterFact) -> Option<(&schema::Line, Option<&schema::Note>)>,
) -> Vec<ClusterStep> {
    let step = |stated: &Stated<ClusterFact>| {
        let (title, about) = title(stated.fact())?;
        Some(ClusterStep {
            title: Line(title.clone()),
            about: about.cloned().map(Note),
            on: Date(stated.on),
            fact: FactId(stated.fact_id),
        })
    };
    cluster.stated.iter().filter_map(step).collect()
}
