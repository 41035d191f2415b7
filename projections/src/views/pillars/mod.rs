//! How far a cluster or a project is along the four pillars: levels, the facts behind them, and what would raise them.
//!
//! The level on a pillar is the highest rung up to which every mandatory criterion is met or waived. There are no
//! weights and no percentages.

mod case;
mod criteria;
mod history;

use std::sync::Arc;

use chrono::NaiveDate;
use schema::{EventId, ThingId};

use super::{
    Day,
    ladder::{By, Criterion, Ladder, Pillar},
};
use crate::{
    Sight,
    things::{Cluster, Project, Thing, Waiver},
};
use case::Case;

pub use history::{LevelChange, history_of_cluster, history_of_project};

/// `FID-ready`: the level that each pillar has to have before a final investment decision is in sight.
pub const FID_READY: [(Pillar, u8); 4] =
    [(Pillar::Partnerships, 4), (Pillar::Policy, 4), (Pillar::Finance, 3), (Pillar::Technology, 4)];

/// A fact behind a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Basis {
    /// The thing that it is about.
    pub thing: ThingId,
    /// The fact.
    pub fact: EventId,
    /// Whether the counterparty confirmed it.
    pub is_confirmed: bool,
}

/// What is missing for a criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// What is missing, in words.
    pub says: String,
    /// The thing about which something is missing, where it is another than the one that climbs.
    pub thing: Option<ThingId>,
}

/// What was found about a criterion: the facts for it, and what is missing. It is met by facts and no gap, so that
/// nothing is met by emptiness.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Finding {
    facts: Vec<Basis>,
    gaps: Vec<Gap>,
    /// Whether nothing of its own is on record for some of it, and something else stands for that.
    is_inferred: bool,
}

impl Finding {
    fn is_met(&self) -> bool {
        !self.facts.is_empty() && self.gaps.is_empty()
    }

    fn missing(says: impl Into<String>) -> Self {
        Self { gaps: vec![Gap { says: says.into(), thing: None }], ..Self::default() }
    }

    /// What `facts` are enough for.
    const fn of(facts: Vec<Basis>) -> Self {
        Self { facts, gaps: Vec::new(), is_inferred: false }
    }
}

/// Whether a criterion is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is met.
    Met,
    /// It need not be met, until a date.
    Waived,
    /// It is not met.
    Missing,
}

/// A criterion as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessed {
    /// Its place among the criteria of the ladder.
    index: usize,
    /// Whether it is met.
    pub outcome: Outcome,
    /// Whether it is met by what the ladder infers it from, and nothing of its own is on record.
    pub is_inferred: bool,
    /// The facts behind it; a missing criterion can have some too.
    pub facts: Vec<Basis>,
    /// What is missing, where it is not met.
    pub gaps: Vec<Gap>,
    /// The waiver, where it is waived.
    pub waiver: Option<Waiver>,
}

/// How far it is to the next rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// The rung.
    pub rung: u8,
    /// How many of its mandatory criteria are met or waived.
    pub met: usize,
    /// How many there are.
    pub of: usize,
}

/// How far somebody is on a ladder.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The ladder.
    pub ladder: Arc<Ladder>,
    assessed: Vec<Assessed>,
}

impl Assessment {
    /// The criteria of a pillar, with how they stand.
    pub fn criteria(&self, pillar: Pillar) -> impl Iterator<Item = (&Criterion, &Assessed)> {
        let all = self.assessed.iter().filter_map(|assessed| Some((self.ladder.criteria.get(assessed.index)?, assessed)));
        all.filter(move |(criterion, _)| criterion.pillar == pillar)
    }

    /// The highest rung up to which every mandatory criterion is met or waived; 0 when the first is not.
    #[must_use]
    pub fn level(&self, pillar: Pillar) -> u8 {
        let missing = self.criteria(pillar).filter(|(criterion, assessed)| is_open(criterion, assessed));
        missing.map(|(criterion, _)| criterion.rung - 1).min().unwrap_or_else(|| self.ladder.rungs(pillar))
    }

    /// How far it is to the next rung; `None` at the top.
    #[must_use]
    pub fn next(&self, pillar: Pillar) -> Option<Next> {
        let rung = self.level(pillar) + 1;
        let asked = || self.criteria(pillar).filter(|(criterion, _)| criterion.rung == rung && criterion.is_mandatory);
        let met = asked().filter(|(criterion, assessed)| !is_open(criterion, assessed)).count();
        (rung <= self.ladder.rungs(pillar)).then(|| Next { rung, met, of: asked().count() })
    }

    /// The facts behind the level of a pillar, each once: those of the met criteria up to the level.
    #[must_use]
    pub fn basis(&self, pillar: Pillar) -> Vec<Basis> {
        let level = self.level(pillar);
        let met =
            self.criteria(pillar).filter(|(criterion, assessed)| criterion.rung <= level && assessed.outcome == Outcome::Met);
        let mut facts: Vec<_> = met.flat_map(|(_, assessed)| assessed.facts.iter().copied()).collect();
        facts.sort_unstable();
        facts.dedup();
        facts
    }

    /// The pillars with the lowest level; none when every pillar is at its top.
    #[must_use]
    pub fn limiting(&self) -> Vec<Pillar> {
        let open = Pillar::ALL.into_iter().filter(|pillar| self.level(*pillar) < self.ladder.rungs(*pillar));
        let least = open.clone().map(|pillar| self.level(pillar)).min();
        open.filter(|pillar| Some(self.level(*pillar)) == least).collect()
    }

    /// What keeps it from being `FID-ready`: the pillars below the level they need, with that level. None when it is.
    #[must_use]
    pub fn short_of_fid(&self) -> Vec<(Pillar, u8)> {
        FID_READY.into_iter().filter(|(pillar, needed)| self.level(*pillar) < *needed).collect()
    }

    /// For each criterion of the ladder, whether it is met or waived.
    fn stands(&self) -> Vec<bool> {
        self.assessed.iter().map(|assessed| assessed.outcome != Outcome::Missing).collect()
    }
}

fn is_open(criterion: &Criterion, assessed: &Assessed) -> bool {
    criterion.is_mandatory && assessed.outcome == Outcome::Missing
}

/// How far `project` is on `ladder`, on `day`.
pub fn assess_project(sight: &impl Sight, day: Day, ladder: &Arc<Ladder>, project: &Arc<Thing<Project>>) -> Assessment {
    let case = Case::of_project(sight, day, project);
    assess(ladder, &case, |_, _| Finding::default())
}

/// How far `cluster` is on `ladder`, on `day`.
pub fn assess_cluster(sight: &impl Sight, day: Day, ladder: &Arc<Ladder>, cluster: &Arc<Thing<Cluster>>) -> Assessment {
    let case = Case::of_cluster(sight, day, cluster);
    let projects: Vec<_> = projects_of(sight, day, cluster).map(|project| Case::of_project(sight, day, &project)).collect();
    assess(ladder, &case, |computed, infers| criteria::of_projects(&projects, computed, infers))
}

/// The projects of `cluster`.
pub fn projects_of<'a, V: Sight>(
    sight: &'a V,
    day: Day,
    cluster: &Thing<Cluster>,
) -> impl Iterator<Item = Arc<Thing<Project>>> + use<'a, V> {
    let id = cluster.id();
    sight.naming::<Project>(id).filter(move |project| day.knows(project)).filter(move |project| {
        let state = day.state(project);
        state.registered().and_then(|registered| registered.cluster).is_some_and(|named| named.thing() == id)
    })
}

fn assess<V: Sight>(
    ladder: &Arc<Ladder>,
    case: &Case<'_, V>,
    of_projects: impl Fn(super::ladder::Computed, bool) -> Finding,
) -> Assessment {
    let one = |(index, criterion): (usize, &Criterion)| {
        let infers = criterion.inferred_from.is_some();
        let finding = match criterion.by {
            By::Computed(computed) => criteria::find(case, computed, infers),
            By::Projects(computed) => of_projects(computed, infers),
            By::Evidence => criteria::evidenced(case, &criterion.id),
        };
        assessed(case, index, criterion, finding)
    };
    Assessment { ladder: Arc::clone(ladder), assessed: ladder.criteria.iter().enumerate().map(one).collect() }
}

fn assessed<V: Sight>(case: &Case<'_, V>, index: usize, criterion: &Criterion, finding: Finding) -> Assessed {
    let met = finding.is_met();
    let mut waivers = case.declarations().waivers.iter();
    let valid = |waiver: &&Waiver| {
        waiver.criterion.as_str() == criterion.id && case.day.has_come(waiver.from) && !case.day.is_past(waiver.until)
    };
    let waiver = if met { None } else { waivers.find(valid).cloned() };
    let outcome = match (met, &waiver) {
        (true, _) => Outcome::Met,
        (false, Some(_)) => Outcome::Waived,
        (false, None) => Outcome::Missing,
    };
    Assessed { index, outcome, is_inferred: met && finding.is_inferred, facts: finding.facts, gaps: finding.gaps, waiver }
}

/// The day after `day`, on which what was valid until then is not any more.
fn day_after(day: NaiveDate) -> Option<NaiveDate> {
    day.succ_opt()
}
