//! Figures over many things, each with the number of things that it is known for.

use gate::gated;
use graphql::GraphqlError;
use juniper::graphql_object;
use projections::{
    things::Project,
    views::rollup::{self, Beside, CapacityTally, Funding, Group, InStage, MoneyTally, ProjectSums, Tally},
};
use schema::project::CapacityUnit as Unit;

use super::{
    cluster::ClusterNode,
    money::{KnownRates, MoneyTotals},
    project::StageCount,
};
use crate::{
    Context,
    scalars::{CapacityUnit, CountryCode, Decimal, GroupBy, Lever, Stage},
    types::project::{ProjectFilter, Sieve},
    view::View,
};

/// A sum of quantities, and of how many things it is known. An unknown is never a zero.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Figure {
    /// The sum; null when it is known of nothing.
    pub value: Option<Decimal>,
    /// Whether one of the numbers is known as a least number only.
    pub at_least: bool,
    /// Of how many things it is known.
    pub known: i32,
    /// How many things there are.
    pub of: i32,
}

impl From<Tally> for Figure {
    fn from(tally: Tally) -> Self {
        Self { value: tally.value().map(Decimal), at_least: tally.is_lower_bound, known: count(tally.known), of: count(tally.of) }
    }
}

/// Sums of money, and of how many things they are known.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct MoneyFigure {
    /// The sums, one for each currency.
    pub totals: MoneyTotals,
    /// Of how many things they are known.
    pub known: i32,
    /// How many things there are.
    pub of: i32,
}

impl MoneyFigure {
    /// What `tally` says, to be converted at `rates`.
    fn of(tally: &MoneyTally, rates: &KnownRates) -> Self {
        Self { totals: MoneyTotals::new(tally.sums.clone(), rates.clone()), known: count(tally.known), of: count(tally.of) }
    }
}

/// Money of one side, by how far it is: figures side by side, never added.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct FundingFigures {
    /// How many awards there are, whatever their state.
    pub awards: i32,
    /// Announced by awards of which nothing is binding yet.
    pub expected: MoneyFigure,
    /// Passed on out of awards that count, as further awards: a part of what these award, told apart and counted once.
    pub passed_on: MoneyFigure,
    /// Awarded by awards that stand; by those that paid and were ended since, what they paid and did not get back.
    pub awarded: MoneyFigure,
    /// Committed by signed agreements, known of so many of the awards that count as awarded.
    pub obligated: MoneyFigure,
    /// Paid out, known of so many of the awards that stand or had paid before they were ended.
    pub disbursed: MoneyFigure,
    /// Paid back, known of so many of the awards that paid.
    pub recovered: MoneyFigure,
}

impl FundingFigures {
    /// What `funding` says, to be converted at `rates`.
    fn of(funding: &Funding, rates: &KnownRates) -> Self {
        Self {
            awards: count(funding.awards),
            expected: MoneyFigure::of(&funding.expected, rates),
            passed_on: MoneyFigure::of(&funding.passed_on, rates),
            awarded: MoneyFigure::of(&funding.awarded, rates),
            obligated: MoneyFigure::of(&funding.obligated, rates),
            disbursed: MoneyFigure::of(&funding.disbursed, rates),
            recovered: MoneyFigure::of(&funding.recovered, rates),
        }
    }
}

/// Public and private money, and money of which that is not known, by how far it is.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct MoneyFigures {
    /// The public's money.
    pub public: FundingFigures,
    /// Private owners' and lenders' money.
    pub private: FundingFigures,
    /// Money of which the record does not say whose it is. It is part of neither of the above.
    pub side_unknown: FundingFigures,
}

/// Capacity in one unit. Capacities of two units are never added.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct CapacityFigure {
    /// The unit.
    pub unit: CapacityUnit,
    /// What the projects are to be able to do.
    pub planned: Figure,
    /// What is commissioned.
    pub commissioned: Figure,
}

impl From<(&Unit, &CapacityTally)> for CapacityFigure {
    fn from((unit, tally): (&Unit, &CapacityTally)) -> Self {
        Self { unit: (*unit).into(), planned: tally.planned.into(), commissioned: tally.commissioned.into() }
    }
}

/// The sums over the projects that are counted apart from active ones: suspended, shelved, cancelled, or without a permit
/// that can still stand and with nothing built.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct ApartFigures {
    /// How many there are.
    pub projects: i32,
    /// What they are to abate, in tonnes of CO2 equivalent per year.
    pub abatement_potential_t_per_year: Figure,
    /// What they reported as abated, in tonnes of CO2 equivalent.
    pub abatement_reported_t: Figure,
    /// Jobs that they create.
    pub project_jobs: Figure,
    /// Capacity by unit.
    pub capacity: Vec<CapacityFigure>,
    /// Capital expenditure, by the last estimate or as registered. What you may not see of a project counts as not known.
    pub capex: MoneyFigure,
    /// What final investment decisions say is invested, over those that have taken one.
    pub invested: MoneyFigure,
}

impl ApartFigures {
    /// What `sums` say, to be converted at `rates`.
    fn of(sums: &ProjectSums, rates: &KnownRates) -> Self {
        Self {
            projects: count(sums.projects),
            abatement_potential_t_per_year: sums.abatement_potential.into(),
            abatement_reported_t: sums.abatement_reported.into(),
            project_jobs: sums.jobs.into(),
            capacity: sums.capacity.iter().map(CapacityFigure::from).collect(),
            capex: MoneyFigure::of(&sums.capex, rates),
            invested: MoneyFigure::of(&sums.invested, rates),
        }
    }
}

/// The median slip of final investment decisions.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct SlipFigure {
    /// The days that are certain by which the forecast (once taken, the actual date; once the forecast has passed, today)
    /// lies after the first plan; the median, of two middle ones the lower. Null when it is known of nothing.
    pub median_days: Option<i32>,
    /// Of how many of those that are known the slip is known to the day.
    pub exact: i32,
    /// How many decisions were expected by a day that has passed, and are not taken.
    pub expected_date_passed: i32,
    /// Of how many projects it is known.
    pub known: i32,
    /// How many projects have a first plan of their decision.
    pub of: i32,
}

/// A number as the API has it: the greatest that it has, where it is greater.
pub(super) fn count(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

/// The figures of a group of things.
#[derive(Clone)]
pub struct RollUp {
    view: View,
    rollup: rollup::RollUp,
}

impl RollUp {
    /// `rollup`, seen by `view`.
    pub fn new(view: &View, rollup: rollup::RollUp) -> Self {
        Self { view: view.clone(), rollup }
    }

    fn rates(&self) -> KnownRates {
        KnownRates::of(&self.view)
    }
}

/// The figures of a group of things. Each says of how many things it is known and how many there are. What belongs to
/// several groups counts whole in each.
#[gated]
#[graphql_object(name = "RollUp", context = Context)]
impl RollUp {
    /// The continent that the group is of, by its two letters (AF, AN, AS, EU, NA, OC, SA).
    fn continent(&self) -> Option<&str> {
        match self.rollup.group {
            Group::Continent(continent) => continent,
            _ => None,
        }
    }

    /// The country that the group is of.
    fn country(&self) -> Option<CountryCode> {
        match self.rollup.group {
            Group::Country(country) => country.map(CountryCode),
            _ => None,
        }
    }

    /// The cluster that the group is of.
    fn cluster(&self) -> Option<ClusterNode> {
        match self.rollup.group {
            Group::Cluster(cluster) => {
                cluster.and_then(|id| self.view.thing(id)).map(|thing| ClusterNode::new(self.view.clone(), thing))
            }
            _ => None,
        }
    }

    /// The lever that the group is of.
    fn lever(&self) -> Option<Lever> {
        match self.rollup.group {
            Group::Lever(lever) => lever.map(Lever::from),
            _ => None,
        }
    }

    /// The stage that the group is of.
    fn stage(&self) -> Option<Stage> {
        match self.rollup.group {
            Group::Stage(stage) => stage.map(Stage::from),
            _ => None,
        }
    }

    /// Whether the group is of those of which it is not known, or, for clusters, of those in none.
    fn unknown(&self) -> bool {
        self.rollup.group.is_unknown()
    }

    /// How many clusters there are, or are behind the projects of the group.
    fn clusters(&self) -> i32 {
        i32::try_from(self.rollup.clusters()).unwrap_or(i32::MAX)
    }

    /// In how many countries they lie.
    fn countries(&self) -> i32 {
        i32::try_from(self.rollup.countries()).unwrap_or(i32::MAX)
    }

    /// On how many continents they lie.
    fn continents(&self) -> i32 {
        i32::try_from(self.rollup.continents()).unwrap_or(i32::MAX)
    }

    /// How many projects there are, active ones and those counted apart.
    fn projects(&self) -> i32 {
        count(self.rollup.projects)
    }

    /// How many of them are active: the sums over projects below are over these.
    fn projects_active(&self) -> i32 {
        count(self.rollup.active.projects)
    }

    /// The sums over the others.
    fn apart(&self) -> ApartFigures {
        ApartFigures::of(&self.rollup.apart, &self.rates())
    }

    /// How many projects are in each stage, the unknown last.
    fn projects_by_stage(&self) -> Vec<StageCount> {
        let stage = |((_, stage), in_stage): (&(bool, Option<schema::project::Stage>), &InStage)| StageCount {
            stage: stage.map(Stage::from),
            active: count(in_stage.active),
            off: count(in_stage.off),
        };
        self.rollup.stages.iter().map(stage).collect()
    }

    /// Emissions that clusters stated as their baseline, in tonnes of CO2 equivalent per year, over clusters.
    fn emissions_t_per_year(&self) -> Figure {
        self.rollup.emissions.into()
    }

    /// Contribution to gross domestic product that clusters stated, over clusters.
    fn gdp(&self) -> MoneyFigure {
        MoneyFigure::of(&self.rollup.gdp, &self.rates())
    }

    /// Jobs that clusters stated, over clusters.
    fn jobs(&self) -> Figure {
        self.rollup.jobs.into()
    }

    /// Reductions that clusters set as targets, in tonnes of CO2 equivalent per year, over clusters.
    fn target_t_per_year(&self) -> Figure {
        self.rollup.target.into()
    }

    /// What projects are to abate, in tonnes of CO2 equivalent per year, over active projects.
    fn abatement_potential_t_per_year(&self) -> Figure {
        self.rollup.active.abatement_potential.into()
    }

    /// What projects reported as abated, in tonnes of CO2 equivalent, over active projects.
    fn abatement_reported_t(&self) -> Figure {
        self.rollup.active.abatement_reported.into()
    }

    /// Jobs that projects create, over active projects.
    fn project_jobs(&self) -> Figure {
        self.rollup.active.jobs.into()
    }

    /// Capacity by unit, over active projects.
    fn capacity(&self) -> Vec<CapacityFigure> {
        self.rollup.active.capacity.iter().map(CapacityFigure::from).collect()
    }

    /// Capital expenditure, by the last estimate or as registered, over active projects. What you may not see of a project
    /// counts as not known.
    fn capex(&self) -> MoneyFigure {
        MoneyFigure::of(&self.rollup.active.capex, &self.rates())
    }

    /// What final investment decisions say is invested, over active projects that have taken one. What you may not see of a
    /// project counts as not known.
    fn invested(&self) -> MoneyFigure {
        MoneyFigure::of(&self.rollup.active.invested, &self.rates())
    }

    /// Public and private money as expected, awarded, obligated and disbursed, over awards. Null to those who may not see
    /// commercial figures.
    fn money(&self) -> Option<MoneyFigures> {
        Some(MoneyFigures {
            public: FundingFigures::of(&self.rollup.public, &self.rates()),
            private: FundingFigures::of(&self.rollup.private, &self.rates()),
            side_unknown: FundingFigures::of(&self.rollup.side_unknown, &self.rates()),
        })
    }

    /// How many permits there are.
    fn permits(&self) -> i32 {
        count(self.rollup.permits)
    }

    /// How many of them are still to be decided, or challenged.
    fn permits_open(&self) -> i32 {
        count(self.rollup.permits_open)
    }

    /// How many of the open ones are past a statutory deadline: known of those that have a clock.
    fn permits_overdue(&self) -> Figure {
        self.rollup.permits_overdue.into()
    }

    /// The median slip of final investment decisions.
    fn fid_slip(&self) -> SlipFigure {
        let slip = self.rollup.fid_slip();
        SlipFigure {
            median_days: slip.days.map(|days| i32::try_from(days).unwrap_or(i32::MAX)),
            exact: i32::try_from(slip.exact).unwrap_or(i32::MAX),
            expected_date_passed: count(slip.overdue),
            known: i32::try_from(slip.known).unwrap_or(i32::MAX),
            of: count(self.rollup.fid_planned),
        }
    }
}

/// The figures of every group, the unknown last.
///
/// # Errors
///
/// When an id of the filter is not one.
pub fn roll_up(context: &Context, view: &View, by: GroupBy, filter: Option<ProjectFilter>) -> Result<Vec<RollUp>, GraphqlError> {
    context.asker.check()?;
    let sieve = Sieve::try_new(filter)?;
    let keeps = |thing: &projections::things::Thing<Project>, state: &Project| sieve.passes(view, thing, state);
    let beside = Beside { reads: &|project| view.reads_money(project), overdue: &|permit| view.is_overdue(permit) };
    let rollups = rollup::roll_up(view, view.day(), by.into(), keeps, beside);
    Ok(rollups.into_iter().map(|rollup| RollUp::new(view, rollup)).collect())
}
