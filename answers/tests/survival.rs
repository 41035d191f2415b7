//! Survival, its band and competing incidences beside the arithmetic of others, to 1e-9.
//!
//! The values were made by `reference/reference.py` with lifelines 0.30.3 (Python) and survival 3.5.3 (R 4.2.2). Quantiles
//! are by DOMAIN's own rule and are checked in `properties.rs`: R takes the midpoint where S meets the level exactly.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

use std::collections::BTreeMap;

use answers::statistics::{Incidence, Observation, Point, Survival, Table};
use serde::Deserialize;

type Cases = BTreeMap<String, Vec<(u32, u32, Option<u8>)>>;

/// What others say of survival at an age.
#[derive(Debug, Deserialize)]
struct Reference {
    age: f64,
    at_risk: f64,
    survival: f64,
    variance: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
}

/// What R says of the incidences of endings 1 to 3 at an age.
#[derive(Debug, Deserialize)]
struct Incidences {
    age: f64,
    #[serde(flatten)]
    of: BTreeMap<String, f64>,
}

#[derive(Debug, Deserialize)]
struct ByR {
    survival: Vec<Reference>,
    incidence: Vec<Incidences>,
}

fn cases() -> Cases {
    serde_json::from_str(include_str!("reference/cases.json")).unwrap()
}

/// The table of a case from its first age on, however few are at risk there.
fn table(case: &[(u32, u32, Option<u8>)]) -> Table<u8> {
    let observations: Vec<_> = case.iter().map(|(entry, exit, ending)| Observation::try_new(*entry, *exit, *ending)).collect();
    Table::from_at_risk(&observations.into_iter().collect::<Option<Vec<_>>>().unwrap(), 1)
}

fn is_near(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= 1e-9
}

/// Compares all that they say of an age.
fn compare(case: &str, point: &Point, theirs: &Reference) {
    let at = format!("{case}, day {}: {point:?}, {theirs:?}", theirs.age);
    assert!(is_near(f64::from(point.age), theirs.age), "{at}");
    assert!(is_near(f64::from(point.at_risk), theirs.at_risk), "{at}");
    assert!(is_near(point.survival, theirs.survival), "{at}");
    if let Some(variance) = theirs.variance {
        assert!(is_near(point.variance.expect(&at), variance), "{at}");
    }
    // Where none or all have ended they say 1, 0 or nothing; we say nothing.
    assert_eq!(point.band.is_some(), point.survival > 0.0 && point.survival < 1.0, "{at}");
    if let (Some(band), Some(lower), Some(upper)) = (point.band, theirs.lower, theirs.upper) {
        assert!(is_near(band.lower, lower) && is_near(band.upper, upper), "{at}");
    }
}

#[test]
fn survival_is_that_of_lifelines() {
    let lifelines: BTreeMap<String, Vec<Reference>> = serde_json::from_str(include_str!("reference/lifelines.json")).unwrap();
    for (name, case) in cases() {
        let survival = Survival::of(&table(&case));
        let theirs = &lifelines[&name];
        assert_eq!(survival.points().len(), theirs.len(), "{name}");
        survival.points().iter().zip(theirs).for_each(|(point, theirs)| compare(&name, point, theirs));
    }
}

#[test]
fn survival_variance_and_incidences_are_those_of_r() {
    let r: BTreeMap<String, ByR> = serde_json::from_str(include_str!("reference/r-survival.json")).unwrap();
    let mut compared = 0;
    for (name, case) in cases() {
        let (table, theirs) = (table(&case), &r[&name]);
        let survival = Survival::of(&table);
        assert_eq!(survival.points().len(), theirs.survival.len(), "{name}");
        survival.points().iter().zip(&theirs.survival).for_each(|(point, theirs)| compare(&name, point, theirs));
        let incidence = Incidence::of(&table);
        for (row, theirs) in table.rows.iter().zip(&theirs.incidence) {
            assert!(is_near(f64::from(row.age), theirs.age), "{name}");
            for (ending, share) in &theirs.of {
                let ours = incidence.at(ending.parse().unwrap(), row.age).unwrap();
                assert!(is_near(ours, *share), "{name}, day {}, ending {ending}: {ours}, {share}", row.age);
                compared += 1;
            }
        }
    }
    assert!(compared > 1_000, "{compared}");
}

#[test]
fn a_curve_starts_at_the_first_age_with_five_at_risk_and_says_what_lies_before() {
    // One watched from its first day, and gone on day 2; five that enter on day 4.
    let mut observations = vec![Observation::try_new(0, 2, Some(1)).unwrap()];
    observations.extend((0..5).map(|at| Observation::try_new(4, 6 + at, Some(1)).unwrap()));
    let table = Table::of(&observations);
    assert_eq!((table.starts_at, table.n, table.before_start), (Some(4), 5, 1));
    let survival = Survival::of(&table);
    assert_eq!((survival.at(3), survival.at(4), survival.at(6)), (None, Some(1.0), Some(0.8)));
    let few = Table::of(&observations[..5]);
    assert_eq!((few.starts_at, few.n, few.rows.len()), (None, 0, 0));
}
