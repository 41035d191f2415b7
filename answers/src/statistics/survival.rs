//! The share that has not ended by each age.
//!
//! Kaplan & Meier, *Nonparametric estimation from incomplete observations*, 1958: S(t) = Π (1 − dᵢ/nᵢ). The variance is
//! Greenwood's (*The natural duration of cancer*, 1926): S² Σ dᵢ / (nᵢ (nᵢ − dᵢ)). The band is that of log(−log S), which
//! stays between 0 and 1. Where the table starts at a later age than 0, all is conditional on having come to that age.

use super::{Percent, Table};

/// The normal quantile of 0.975: bands hold 95 %.
const Z_95: f64 = 1.959_963_984_540_054;
/// How far a product of shares may lie beside the number that it would be in whole numbers.
const ROUNDING: f64 = 1e-12;

/// Between which shares survival lies with 95 % confidence, pointwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// The lower end, 0 to 1.
    pub lower: f64,
    /// The upper end, 0 to 1.
    pub upper: f64,
}

/// Survival at one age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The age, in days.
    pub age: u32,
    /// How many were at risk just before.
    pub at_risk: u32,
    /// How many ended at this age.
    pub ended: u32,
    /// How many were lost from sight at this age.
    pub censored: u32,
    /// The share that has not ended by the end of this age, 0 to 1.
    pub survival: f64,
    /// Greenwood's variance of it; none where all have ended.
    pub variance: Option<f64>,
    /// Its band; none where none or all have ended.
    pub band: Option<Band>,
}

/// The share that has not ended by each age.
#[derive(Debug, Clone, PartialEq)]
pub struct Survival {
    starts_at: Option<u32>,
    points: Vec<Point>,
}

impl Survival {
    /// The survival that `table` shows.
    #[must_use]
    pub fn of<C: Copy + Ord>(table: &Table<C>) -> Self {
        let mut survival = 1.0;
        let mut greenwood = Some(0.0);
        let points = table.rows.iter().map(|row| {
            let ended = row.ended();
            let (at_risk, left) = (f64::from(row.at_risk), f64::from(row.at_risk - ended));
            survival *= left / at_risk;
            let term = (left > 0.0).then(|| f64::from(ended) / (at_risk * left));
            greenwood = greenwood.zip(term).map(|(sum, term)| sum + term);
            let band = greenwood.filter(|_| survival < 1.0).map(|sum| Band::log_log(survival, sum));
            Point {
                age: row.age,
                at_risk: row.at_risk,
                ended,
                censored: row.censored,
                survival,
                variance: greenwood.map(|sum| survival * survival * sum),
                band,
            }
        });
        Self { starts_at: table.starts_at, points: points.collect() }
    }

    /// The age at which it starts, in days; none, where there were never enough at risk.
    #[must_use]
    pub const fn starts_at(&self) -> Option<u32> {
        self.starts_at
    }

    /// Survival at each age at which something ended or was lost from sight.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The share that has not ended by the end of `age`; none before it starts.
    #[must_use]
    pub fn at(&self, age: u32) -> Option<f64> {
        let start = self.starts_at?;
        let until = self.points.partition_point(|point| point.age <= age);
        let last = until.checked_sub(1).and_then(|last| self.points.get(last));
        (age >= start).then(|| last.map_or(1.0, |point| point.survival))
    }

    /// The first age at which `share` have ended: the first t with S(t) ≤ 1 − share. None where S never falls so far.
    #[must_use]
    pub fn quantile(&self, share: Percent) -> Option<u32> {
        self.first_at_or_below(share.left())
    }

    /// The smallest number of days after `age` by which `share` of those that have come to `age` have ended: the smallest r
    /// with S(age + r) / S(age) ≤ 1 − share (DOMAIN §6.6). None before it starts, after all have ended, and where S never
    /// falls so far.
    #[must_use]
    pub fn remaining(&self, age: u32, share: Percent) -> Option<u32> {
        let now = self.at(age).filter(|now| *now > 0.0)?;
        self.first_at_or_below(now * share.left())?.checked_sub(age)
    }

    fn first_at_or_below(&self, level: f64) -> Option<u32> {
        let first = self.points.partition_point(|point| point.survival > level + ROUNDING);
        self.points.get(first).map(|point| point.age)
    }
}

impl Band {
    /// The band around `survival`, between 0 and 1, of which Greenwood's sum is `greenwood`.
    fn log_log(survival: f64, greenwood: f64) -> Self {
        let log = survival.ln();
        let width = Z_95 * greenwood.sqrt() / log;
        // log S is negative, and so is the width: to widen by it lowers S.
        Self { lower: survival.powf((-width).exp()), upper: survival.powf(width.exp()) }
    }
}
