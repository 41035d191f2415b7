//! `milepost regime`

use std::fs;

use tempfile::tempdir;

use crate::program::run_on;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/law/tests/data/regime-cases.json");

#[test]
fn the_worked_cases_come_out_and_a_case_that_does_not_is_shown_with_both_dates() {
    let data = tempdir().unwrap();
    let passed = run_on(data.path(), &["regime", "check", CASES]);
    assert!(passed.code == 0 && passed.out.contains("cases come out as expected"), "{passed:?}");

    let mut cases: serde_json::Value = serde_json::from_str(&fs::read_to_string(CASES).unwrap()).unwrap();
    let asked = cases["cases"].as_array_mut().unwrap().iter_mut().find(|case| case["asks"][0]["expect"]["deadline"].is_string());
    let asked = asked.unwrap();
    let id = asked["id"].as_str().unwrap().to_owned();
    asked["asks"][0]["expect"]["deadline"] = "1999-12-31".into();
    let wrong = data.path().join("wrong.json");
    fs::write(&wrong, cases.to_string()).unwrap();
    let failed = run_on(data.path(), &["regime", "check", wrong.to_str().unwrap()]);
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(failed.out.contains(&format!("{id}: ")) && failed.out.contains("expected \"1999-12-31\", found"), "{failed:?}");

    fs::write(&wrong, "cases").unwrap();
    assert_eq!(run_on(data.path(), &["regime", "check", wrong.to_str().unwrap()]).code, 2);
    assert_eq!(run_on(data.path(), &["regime", "check", "nowhere.json"]).code, 2);
}

#[test]
fn an_operators_regimes_are_listed_beside_those_that_come_with_the_program() {
    let data = tempdir().unwrap();
    let listed = run_on(data.path(), &["regime", "list"]);
    assert!(listed.code == 0 && listed.out.contains("nl-omgevingsvergunning"), "{listed:?}");
    fs::create_dir(data.path().join("regimes")).unwrap();
    fs::write(data.path().join("regimes/own.toml"), "id = 1").unwrap();
    let refused = run_on(data.path(), &["regime", "list"]);
    assert!(refused.code == 2 && refused.err.contains("own.toml"), "{refused:?}");
}
