//! The worked cases: every one is met date for date.

use law::{Rulebook, cases::check_cases};

const CASES: &str = include_str!("data/regime-cases.json");

#[test]
fn every_worked_case_is_met_date_for_date() {
    let law = Rulebook::shipped().unwrap();
    let outcomes = check_cases(&law, CASES).unwrap();
    let failed: Vec<_> = outcomes.iter().filter(|outcome| !outcome.passes()).collect();
    let says: Vec<_> = failed
        .iter()
        .flat_map(|outcome| outcome.differences.iter().map(|difference| (&outcome.id, difference)))
        .map(|(id, difference)| {
            format!("{id}: {}: expected {}, found {}", difference.what, difference.expected, difference.found)
        })
        .collect();
    assert!(says.is_empty(), "{} of {} cases fail\n{}", failed.len(), outcomes.len(), says.join("\n"));
    assert_eq!(outcomes.len(), 50);
}
