//! The worked cases: every one is met date for date.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

use law::{Rulebook, cases::check_cases};

const CASES: &str = include_str!("data/regime-cases.json");

const MORE: &str = include_str!("data/more-cases.json");

/// Runs all cases of a text, which has `count` of them, and says of each that fails what was expected and found.
fn all_pass(text: &str, count: usize) {
    let law = Rulebook::shipped().unwrap();
    let outcomes = check_cases(&law, text).unwrap();
    let failed: Vec<_> = outcomes.iter().filter(|outcome| !outcome.passes()).collect();
    let says: Vec<_> = failed
        .iter()
        .flat_map(|outcome| outcome.differences.iter().map(|difference| (&outcome.id, difference)))
        .map(|(id, difference)| {
            format!("{id}: {}: expected {}, found {}", difference.what, difference.expected, difference.found)
        })
        .collect();
    assert!(says.is_empty(), "{} of {} cases fail\n{}", failed.len(), outcomes.len(), says.join("\n"));
    assert_eq!(outcomes.len(), count);
}

#[test]
fn every_worked_case_is_met_date_for_date() {
    all_pass(CASES, 50);
}

#[test]
fn what_the_worked_cases_leave_out_is_met_too() {
    all_pass(MORE, 36);
}

#[test]
fn a_case_that_fails_says_what_was_expected_and_found() {
    let law = Rulebook::shipped().unwrap();
    let wrong = CASES.replace("\"deadline\": \"2025-12-29\"", "\"deadline\": \"2025-12-25\"");
    let outcomes = check_cases(&law, &wrong).unwrap();
    let failed: Vec<_> = outcomes.iter().filter(|outcome| !outcome.passes()).collect();
    let [failed] = failed[..] else { panic!("{failed:?}") };
    assert_eq!(failed.id, "NZIA-1");
    let difference = &failed.differences[0];
    assert_eq!(difference.what, "permit-granting on 2025-10-01: deadline");
    assert_eq!((difference.expected.as_str(), difference.found.as_str()), ("\"2025-12-25\"", "\"2025-12-29\""));
}

#[test]
fn a_case_of_an_unknown_regime_fails_with_the_nearest_names_and_another_version_fails() {
    let law = Rulebook::shipped().unwrap();
    let unknown = CASES.replacen("\"regime\": \"eu-nzia\"", "\"regime\": \"eu-nziaa\"", 1);
    let outcomes = check_cases(&law, &unknown).unwrap();
    let failed = outcomes.iter().find(|outcome| !outcome.passes()).unwrap();
    assert_eq!(failed.differences[0].found, "there is no regime 'eu-nziaa'; nearest are eu-nzia, ca-iaa, us-nepa");
    let other = CASES.replacen("\"version\": \"2024-1735\"", "\"version\": \"2025-9999\"", 1);
    let outcomes = check_cases(&law, &other).unwrap();
    let failed = outcomes.iter().find(|outcome| !outcome.passes()).unwrap();
    assert!(failed.differences.iter().all(|difference| difference.what.ends_with(": version")));
    assert!(check_cases(&law, "[").unwrap_err().starts_with("the cases can't be read"));
}
