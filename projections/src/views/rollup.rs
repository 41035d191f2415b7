//! Figures over many things: by cluster, country, continent, lever, stage, or over the whole initiative.
//!
//! Each figure says of how many things it is known and how many there are: an unknown is never a zero. Nothing is added
//! across units or currencies. What belongs to several groups (a project with two levers, an award to projects in two
//! countries) counts whole in each, and once in the figure over all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schema::{
    ClusterId, Country, Money, ThingId,
    award::{AwardIdentified, Side},
    cluster::Bound,
    project::{CapacityUnit, Lever, Stage},
};

use super::{Day, money::sources, standing::is_active};
use crate::{
    Amounts, Sight, country_of,
    things::{Award, AwardState, Cluster, Permit, Project, Slip, Thing},
};

/// By what things are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// All signatory clusters together.
    Initiative,
    /// By continent, as by country.
    Continent,
    /// By country: of a cluster, and of a project its own or, where it says none, its cluster's.
    Country,
    /// By cluster.
    Cluster,
    /// By the technology levers of the projects.
    Lever,
    /// By the stage of the projects.
    Stage,
}

/// What the things of a group have in common. `None` is unknown, or, for a cluster, in none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Being of a signatory cluster.
    Initiative,
    /// The continent, by its two letters.
    Continent(Option<&'static str>),
    /// The country.
    Country(Option<Country>),
    /// The cluster.
    Cluster(Option<ClusterId>),
    /// The lever.
    Lever(Option<Lever>),
    /// The stage.
    Stage(Option<Stage>),
}

/// A sum of quantities, and of how many things it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    sum: Decimal,
    /// Of how many things it is known.
    pub known: u32,
    /// How many things there are.
    pub of: u32,
    /// Whether one of them is known as a least number only.
    pub is_lower_bound: bool,
}

impl Tally {
    fn add(&mut self, quantity: Option<Decimal>) {
        self.of += 1;
        if let Some(quantity) = quantity {
            self.known += 1;
            self.sum = self.sum.saturating_add(quantity);
        }
    }

    /// The sum; `None` when it is known of nothing.
    #[must_use]
    pub fn value(&self) -> Option<Decimal> {
        (self.known > 0).then_some(self.sum)
    }
}

/// Sums of money, and of how many things they are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MoneyTally {
    /// The sum in each currency.
    pub sums: Amounts,
    /// Of how many things it is known.
    pub known: u32,
    /// How many things there are.
    pub of: u32,
}

impl MoneyTally {
    fn add(&mut self, amounts: Option<&Amounts>) {
        self.of += 1;
        if let Some(amounts) = amounts.filter(|amounts| !amounts.is_empty()) {
            self.known += 1;
            self.sums.add_all(amounts);
        }
    }

    fn add_money(&mut self, money: Option<Money>) {
        self.add(money.map(Amounts::of).as_ref());
    }
}

/// Money of one side, by how far it is. What is passed on out of an award that counts is part of that one, and counted once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Funding {
    /// How many awards there are, whatever their state.
    pub awards: u32,
    /// Passed on out of awards that count: a part of what they award, told apart.
    pub passed_on: MoneyTally,
    /// Announced by awards of which nothing is binding yet.
    pub expected: MoneyTally,
    /// Awarded by awards that stand; by those that paid and were ended since, what they paid and did not get back.
    pub awarded: MoneyTally,
    /// Committed by signed agreements, of the awards that count as awarded: an agreement that is not on record may be signed.
    pub obligated: MoneyTally,
    /// Paid out, of the awards that stand and of those that paid and were ended since.
    pub disbursed: MoneyTally,
    /// Paid back, of the awards that paid.
    pub recovered: MoneyTally,
}

impl Funding {
    fn add(&mut self, award: &Award) {
        self.awards += 1;
        if award.state == AwardState::Expected {
            self.expected.add_money(award.expected);
        }
        if award.counts_as_awarded() {
            self.awarded.add(Some(&award.counted_awarded()));
            self.obligated.add(award.agreement_signed_on.map(|_| award.counted_obligated()).as_ref());
        }
        let has_paid = !award.payments.is_empty();
        if has_paid || award.state.is_awarded() {
            self.disbursed.add(has_paid.then_some(&award.disbursed));
        }
        if has_paid {
            self.recovered.add((!award.recovered.is_empty()).then_some(&award.recovered));
        }
    }

    fn pass_on(&mut self, award: &Award) {
        self.awards += 1;
        if award.counts_as_awarded() {
            self.passed_on.add(Some(&award.counted_awarded()));
        }
    }
}

/// How many projects are in a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InStage {
    /// How many that are active.
    pub active: u32,
    /// How many that are counted apart: suspended, shelved, cancelled, or without a permit that can still stand.
    pub off: u32,
}

/// Capacity in one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CapacityTally {
    /// What the projects are to be able to do.
    pub planned: Tally,
    /// What is commissioned.
    pub commissioned: Tally,
}

/// The sums over projects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProjectSums {
    /// How many projects there are.
    pub projects: u32,
    /// What projects are to abate, in tonnes of CO2 equivalent per year.
    pub abatement_potential: Tally,
    /// What projects reported as abated, in tonnes of CO2 equivalent.
    pub abatement_reported: Tally,
    /// Jobs that projects create.
    pub jobs: Tally,
    /// Capacity by unit.
    pub capacity: BTreeMap<CapacityUnit, CapacityTally>,
    /// Capital expenditure, by the last estimate or as registered.
    pub capex: MoneyTally,
    /// What final investment decisions say is invested, over projects that have taken one.
    pub invested: MoneyTally,
}

impl ProjectSums {
    fn add(&mut self, state: &Project, reads_money: bool) {
        self.projects += 1;
        let registered = state.registered();
        self.abatement_potential.add(registered.and_then(|registered| registered.abatement_t_per_year));
        let reported = state.abatement.iter().map(|report| report.t_co2e).reduce(Decimal::saturating_add);
        self.abatement_reported.add(reported);
        self.jobs.add(registered.and_then(|registered| registered.jobs).map(Decimal::from));
        if let Some(capacity) = registered.and_then(|registered| registered.capacity) {
            self.capacity.entry(capacity.unit).or_default().planned.add(Some(capacity.value));
        }
        let mut commissioned: BTreeMap<CapacityUnit, Decimal> = BTreeMap::new();
        for commissioning in &state.commissioned {
            let sum = commissioned.entry(commissioning.capacity.unit).or_default();
            *sum = sum.saturating_add(commissioning.capacity.value);
        }
        for (unit, value) in commissioned {
            self.capacity.entry(unit).or_default().commissioned.add(Some(value));
        }
        let estimated = state.cost.as_ref().map(|cost| cost.capex);
        let capex = estimated.or_else(|| registered.and_then(|registered| registered.capex));
        self.capex.add_money(capex.filter(|_| reads_money));
        if let Some(decision) = &state.fid {
            self.invested.add_money(decision.amount.filter(|_| reads_money));
        }
    }

    /// How many projects there are counts for every unit: of a project with a capacity in another unit this one is not
    /// known.
    fn close(&mut self) {
        for tally in self.capacity.values_mut() {
            tally.planned.of = self.projects;
            tally.commissioned.of = self.projects;
        }
    }
}

/// The figures of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollUp {
    /// The group.
    pub group: Group,
    clusters: BTreeSet<ClusterId>,
    countries: BTreeSet<Country>,
    /// How many projects there are.
    pub projects: u32,
    /// How many of them are in each stage; the unknown last.
    pub stages: BTreeMap<(bool, Option<Stage>), InStage>,
    /// Emissions that clusters stated as their baseline, in tonnes of CO2 equivalent per year, over clusters.
    pub emissions: Tally,
    /// Contribution to gross domestic product that clusters stated, over clusters.
    pub gdp: MoneyTally,
    /// Jobs that clusters stated, over clusters.
    pub jobs: Tally,
    /// Reductions that clusters set as targets, in tonnes of CO2 equivalent per year, over clusters.
    pub target: Tally,
    /// The sums over the projects that are active.
    pub active: ProjectSums,
    /// The sums over the others, counted apart: suspended, shelved, cancelled, or without a permit that can still stand and
    /// nothing built.
    pub apart: ProjectSums,
    /// Public money.
    pub public: Funding,
    /// Private money.
    pub private: Funding,
    /// Money of which the record does not say whose it is. It is part of neither of the above.
    pub side_unknown: Funding,
    /// How many permits there are.
    pub permits: u32,
    /// How many of them are still to be decided, or challenged.
    pub permits_open: u32,
    /// How many of the open ones are past a statutory deadline; known of those that have a clock.
    pub permits_overdue: Tally,
    fid_slips: Vec<Slip>,
    fid_overdue: u32,
    /// How many projects have a first plan of their final investment decision.
    pub fid_planned: u32,
}

impl RollUp {
    fn new(group: Group) -> Self {
        Self {
            group,
            clusters: BTreeSet::new(),
            countries: BTreeSet::new(),
            projects: 0,
            stages: BTreeMap::new(),
            emissions: Tally::default(),
            gdp: MoneyTally::default(),
            jobs: Tally::default(),
            target: Tally::default(),
            active: ProjectSums::default(),
            apart: ProjectSums::default(),
            public: Funding::default(),
            private: Funding::default(),
            side_unknown: Funding::default(),
            permits: 0,
            permits_open: 0,
            permits_overdue: Tally::default(),
            fid_slips: Vec::new(),
            fid_overdue: 0,
            fid_planned: 0,
        }
    }

    /// How many clusters there are, or are behind the projects of the group.
    #[must_use]
    pub fn clusters(&self) -> usize {
        self.clusters.len()
    }

    /// In how many countries they lie.
    #[must_use]
    pub fn countries(&self) -> usize {
        self.countries.len()
    }

    /// On how many continents they lie.
    #[must_use]
    pub fn continents(&self) -> usize {
        self.countries.iter().map(|country| country.continent()).collect::<BTreeSet<_>>().len()
    }

    /// The slip of the final investment decisions of the group.
    #[must_use]
    pub fn fid_slip(&self) -> MedianSlip {
        let mut certain: Vec<_> = self.fid_slips.iter().map(|slip| slip.certain).collect();
        certain.sort_unstable();
        MedianSlip {
            days: certain.get(certain.len().saturating_sub(1) / 2).copied(),
            known: certain.len(),
            exact: self.fid_slips.iter().filter(|slip| slip.is_exact()).count(),
            overdue: self.fid_overdue,
        }
    }

    fn add_cluster(&mut self, state: &Cluster) {
        let baselines: Vec<_> = state.baselines().map(|(baseline, _)| baseline).collect();
        let emissions = baselines.iter().find_map(|baseline| baseline.emissions);
        self.emissions.add(emissions.map(|emissions| emissions.t_per_year));
        self.gdp.add_money(baselines.iter().find_map(|baseline| baseline.gdp).map(|gdp| gdp.amount));
        let jobs = baselines.iter().find_map(|baseline| baseline.jobs);
        self.jobs.add(jobs.map(|jobs| jobs.count.into()));
        self.jobs.is_lower_bound |= jobs.is_some_and(|jobs| jobs.bound == Bound::AtLeast);
        self.target.add(state.targets().find_map(|(target, _)| target.reduction_t_per_year));
    }

    fn add_project(&mut self, state: &Project, (is_active, reads_money): (bool, bool), day: NaiveDate) {
        self.projects += 1;
        let in_stage = self.stages.entry((state.stage.is_none(), state.stage)).or_default();
        *if is_active { &mut in_stage.active } else { &mut in_stage.off } += 1;
        let sums = if is_active { &mut self.active } else { &mut self.apart };
        sums.add(state, reads_money);
        if let Some(fid) = state.fid_milestone().filter(|fid| fid.baseline.is_some()) {
            self.fid_planned += 1;
            self.fid_slips.extend(fid.slip(day));
            self.fid_overdue += u32::from(fid.is_overdue(day));
        }
    }

    fn add_permit(&mut self, state: &Permit, is_overdue: Option<bool>) {
        self.permits += 1;
        if state.is_open() {
            self.permits_open += 1;
            self.permits_overdue.add(is_overdue.map(|is_overdue| Decimal::from(u8::from(is_overdue))));
        }
    }

    fn funding(&mut self, side: Option<Side>) -> &mut Funding {
        match side {
            Some(Side::Public) => &mut self.public,
            Some(Side::Private) => &mut self.private,
            None => &mut self.side_unknown,
        }
    }

    fn close(&mut self) {
        self.active.close();
        self.apart.close();
    }
}

/// How much later than first planned the decisions of a group are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MedianSlip {
    /// The median of the days that are certain, of two middle ones the lower; `None` when it is known of none.
    pub days: Option<i64>,
    /// Of how many projects it is known.
    pub known: usize,
    /// Of how many of those it is known to the day.
    pub exact: usize,
    /// How many were expected by a day that has passed, and are not taken.
    pub overdue: u32,
}

/// What figures need beside what can be seen.
#[derive(Clone, Copy)]
pub struct Beside<'a> {
    /// Whether the figures of money of a project may be read; if not, they are as if they were not known.
    pub reads: &'a dyn Fn(ThingId) -> bool,
    /// Whether an open permit is past a statutory deadline, which the law says; none, where it has no clock.
    pub overdue: &'a dyn Fn(&Thing<Permit>) -> Option<bool>,
}

/// Gathers the figures of groups.
struct Builder<'a, V> {
    sight: &'a V,
    day: Day,
    by: By,
    beside: Beside<'a>,
    rollups: Vec<RollUp>,
    places: HashMap<Group, usize>,
    /// In which groups each cluster and each project is.
    members: HashMap<ThingId, Vec<usize>>,
}

impl<'a, V: Sight> Builder<'a, V> {
    fn new(sight: &'a V, day: Day, by: By, beside: Beside<'a>) -> Self {
        Self { sight, day, by, beside, rollups: Vec::new(), places: HashMap::new(), members: HashMap::new() }
    }

    fn place(&mut self, group: Group) -> usize {
        *self.places.entry(group).or_insert_with(|| {
            self.rollups.push(RollUp::new(group));
            self.rollups.len() - 1
        })
    }

    fn add_cluster(&mut self, thing: &Thing<Cluster>) {
        if !self.day.knows(thing) {
            return;
        }
        let state = self.day.state(thing);
        let (Some(registered), Ok(id)) = (state.registered(), ClusterId::try_from(thing.id())) else { return };
        let group = match self.by {
            By::Initiative => registered.signatory_since.filter(|since| self.day.has_come(*since)).map(|_| Group::Initiative),
            By::Continent => Some(Group::Continent(Some(registered.country.continent()))),
            By::Country => Some(Group::Country(Some(registered.country))),
            By::Cluster => Some(Group::Cluster(Some(id))),
            By::Lever | By::Stage => None,
        };
        let Some(group) = group else { return };
        let place = self.place(group);
        let rollup = &mut self.rollups[place];
        rollup.clusters.insert(id);
        rollup.countries.insert(registered.country);
        rollup.add_cluster(&state);
        self.members.insert(thing.id(), vec![place]);
    }

    fn country_of(&self, state: &Project) -> Option<Country> {
        country_of(self.sight, state.registered()?)
    }

    fn groups_of(&self, state: &Project) -> Vec<Group> {
        let registered = state.registered();
        let cluster = registered.and_then(|registered| registered.cluster);
        let country = || self.country_of(state);
        match self.by {
            By::Initiative => {
                let counts = cluster.is_some_and(|cluster| self.members.contains_key(&cluster.thing()));
                counts.then_some(Group::Initiative).into_iter().collect()
            }
            By::Continent => vec![Group::Continent(country().map(Country::continent))],
            By::Country => vec![Group::Country(country())],
            By::Cluster => vec![Group::Cluster(cluster)],
            By::Stage => vec![Group::Stage(state.stage)],
            By::Lever => {
                let levers = registered.map(|registered| registered.levers.as_slice()).unwrap_or_default();
                let levers: BTreeSet<_> = levers.iter().map(|lever| Group::Lever(Some(*lever))).collect();
                if levers.is_empty() { vec![Group::Lever(None)] } else { levers.into_iter().collect() }
            }
        }
    }

    fn add_project(&mut self, thing: &Thing<Project>, state: &Project) {
        let groups = self.groups_of(state);
        let registered = state.registered();
        let places: Vec<_> = groups.into_iter().map(|group| self.place(group)).collect();
        let country = self.country_of(state);
        let reads_money = (self.beside.reads)(thing.id());
        let is_active = !places.is_empty() && is_active(self.sight, self.day, thing, state);
        for place in &places {
            let rollup = &mut self.rollups[*place];
            rollup.add_project(state, (is_active, reads_money), self.day.as_of);
            if matches!(self.by, By::Lever | By::Stage) {
                rollup.clusters.extend(registered.and_then(|registered| registered.cluster));
            }
            rollup.countries.extend(country);
        }
        self.members.insert(thing.id(), places);
    }

    /// The groups of the things that something names, each once.
    fn places(&self, things: impl Iterator<Item = ThingId>) -> BTreeSet<usize> {
        things.filter_map(|thing| self.members.get(&thing)).flatten().copied().collect()
    }

    fn add_permit(&mut self, thing: &Thing<Permit>) {
        if !self.day.knows(thing) {
            return;
        }
        let state = self.day.state(thing);
        let Some(identified) = state.identified() else { return };
        let projects = identified.projects.iter().map(|project| project.thing());
        let clusters = identified.clusters.iter().map(|cluster| cluster.thing());
        let places = self.places(projects.chain(clusters));
        // The clock is asked once, and only of a permit that counts.
        let is_overdue = if places.is_empty() || !state.is_open() { None } else { (self.beside.overdue)(thing) };
        for place in places {
            self.rollups[place].add_permit(&state, is_overdue);
        }
    }

    fn add_award(&mut self, thing: &Thing<Award>) {
        if !self.day.knows(thing) {
            return;
        }
        let state = self.day.state(thing);
        let Some(identified) = state.identified() else { return };
        let places = self.places_of(identified);
        let sources = sources(self.sight, self.day, identified);
        let sources: Vec<_> = sources.iter().filter_map(|award| award.identified()).map(|named| self.places_of(named)).collect();
        for place in places {
            let is_passed_on = sources.iter().any(|places| places.contains(&place));
            let funding = self.rollups[place].funding(identified.side);
            if is_passed_on { funding.pass_on(&state) } else { funding.add(&state) }
        }
    }

    fn places_of(&self, award: &AwardIdentified) -> BTreeSet<usize> {
        let projects = award.projects.iter().map(|project| project.thing());
        let clusters = award.clusters.iter().map(|cluster| cluster.thing());
        self.places(projects.chain(clusters))
    }

    fn finish(mut self) -> Vec<RollUp> {
        self.rollups.iter_mut().for_each(RollUp::close);
        self.rollups.sort_by_key(|rollup| (rollup.group.is_unknown(), rollup.group));
        self.rollups
    }
}

impl Group {
    /// Whether it holds what belongs to no group that is known.
    #[must_use]
    pub const fn is_unknown(self) -> bool {
        matches!(self, Self::Continent(None) | Self::Country(None) | Self::Cluster(None) | Self::Lever(None) | Self::Stage(None))
    }
}

/// The figures of every group, the unknown last; those of the initiative also while nothing belongs to it. Only projects
/// that pass `keeps` count, with what hangs on them.
pub fn roll_up<V: Sight>(
    sight: &V,
    day: Day,
    by: By,
    keeps: impl Fn(&Thing<Project>, &Project) -> bool,
    beside: Beside<'_>,
) -> Vec<RollUp> {
    let mut builder = Builder::new(sight, day, by, beside);
    if by == By::Initiative {
        builder.place(Group::Initiative);
    }
    sight.things::<Cluster>().for_each(|cluster| builder.add_cluster(&cluster));
    for project in sight.things::<Project>() {
        let state = day.state(&project);
        if day.knows(&project) && keeps(&project, &state) {
            builder.add_project(&project, &state);
        }
    }
    sight.things::<Permit>().for_each(|permit| builder.add_permit(&permit));
    sight.things::<Award>().for_each(|award| builder.add_award(&award));
    builder.finish()
}

/// The figures of one cluster; see [`roll_up`].
pub fn roll_up_cluster<V: Sight>(sight: &V, day: Day, cluster: &Thing<Cluster>, beside: Beside<'_>) -> Option<RollUp> {
    let mut builder = Builder::new(sight, day, By::Cluster, beside);
    builder.add_cluster(cluster);
    let mut permits: BTreeMap<_, _> = sight.naming::<Permit>(cluster.id()).map(|permit| (permit.id(), permit)).collect();
    let mut awards: BTreeMap<_, _> = sight.naming::<Award>(cluster.id()).map(|award| (award.id(), award)).collect();
    for project in super::pillars::projects_of(sight, day, cluster) {
        builder.add_project(&project, &day.state(&project));
        permits.extend(sight.naming::<Permit>(project.id()).map(|permit| (permit.id(), permit)));
        awards.extend(sight.naming::<Award>(project.id()).map(|award| (award.id(), award)));
    }
    for permit in permits.values() {
        builder.add_permit(permit);
    }
    for award in awards.values() {
        builder.add_award(award);
    }
    builder.finish().into_iter().next()
}
