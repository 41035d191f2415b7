//! The share that has ended in one way by each age, while other ways compete.
//!
//! Aalen & Johansen, *An empirical transition matrix for non-homogeneous Markov chains based on censored observations*, 1978:
//! F(t) = Σ S(tᵢ−) dᵢ/nᵢ over the endings of that one way. The incidences of all ways and the survival add up to 1. To treat
//! the other ways as censorings would overstate each (DOMAIN §6.1).

use std::collections::BTreeMap;

use super::Table;

/// The share that has ended in each way by each age.
#[derive(Debug, Clone, PartialEq)]
pub struct Incidence<C> {
    starts_at: Option<u32>,
    of: BTreeMap<C, Vec<(u32, f64)>>,
}

impl<C: Copy + Ord> Incidence<C> {
    /// The incidences that `table` shows.
    #[must_use]
    pub fn of(table: &Table<C>) -> Self {
        let mut survival = 1.0;
        let mut of: BTreeMap<C, Vec<(u32, f64)>> = BTreeMap::new();
        for row in &table.rows {
            let at_risk = f64::from(row.at_risk);
            for (ending, count) in &row.endings {
                let points = of.entry(*ending).or_default();
                let before = points.last().map_or(0.0, |(_, share)| *share);
                points.push((row.age, before + survival * f64::from(*count) / at_risk));
            }
            survival *= f64::from(row.at_risk - row.ended()) / at_risk;
        }
        Self { starts_at: table.starts_at, of }
    }

    /// The ways in which anything ended, each with the ages, in days, and the share that has ended so by the end of each.
    pub fn endings(&self) -> impl Iterator<Item = (C, &[(u32, f64)])> {
        self.of.iter().map(|(ending, points)| (*ending, points.as_slice()))
    }

    /// The share that has ended in this way by the end of `age`; none before it starts.
    #[must_use]
    pub fn at(&self, ending: C, age: u32) -> Option<f64> {
        let start = self.starts_at?;
        let points = self.of.get(&ending).map(Vec::as_slice).unwrap_or_default();
        let until = points.partition_point(|(point, _)| *point <= age);
        let last = until.checked_sub(1).and_then(|last| points.get(last));
        (age >= start).then(|| last.map_or(0.0, |(_, share)| *share))
    }

    /// The share that ends in this way, as far as was seen.
    #[must_use]
    pub fn total(&self, ending: C) -> f64 {
        self.of.get(&ending).and_then(|points| points.last()).map_or(0.0, |(_, share)| *share)
    }

    /// Of those that end later than `age`, the share that ends in one of the ways that `counts`, from 0 to 1; none where none
    /// is seen to end later, or before it starts.
    #[must_use]
    pub fn share_after(&self, age: u32, counts: impl Fn(C) -> bool) -> Option<f64> {
        self.starts_at.filter(|start| *start <= age)?;
        let after = |ending: &C| self.total(*ending) - self.at(*ending, age).unwrap_or_default();
        let all: f64 = self.of.keys().map(after).sum();
        let counted: f64 = self.of.keys().filter(|ending| counts(**ending)).map(after).sum();
        (all > 0.0).then(|| (counted / all).clamp(0.0, 1.0))
    }
}
