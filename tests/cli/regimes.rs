//! `milepost regime`

use std::fs;

use tempfile::tempdir;

use crate::program::{Server, run_on};

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

/// A regime of a country that there is not.
fn own_regime(read_on: &str, title: &str) -> String {
    let shipped = include_str!("../../law/regimes/us-cwa-401.toml");
    let id = shipped.lines().find(|line| line.starts_with("id = ")).unwrap();
    let read = shipped.lines().find(|line| line.starts_with("read_on = ")).unwrap();
    let called = shipped.lines().find(|line| line.starts_with("title = ")).unwrap();
    let own = shipped.replacen(id, "id = \"zz-own\"", 1).replacen(read, &format!("read_on = \"{read_on}\""), 1);
    own.replacen(called, &format!("title = \"{title}\""), 1)
}

#[test]
fn a_reading_that_the_record_was_counted_by_is_not_replaced_in_silence() {
    let data = tempdir().unwrap();
    let file = data.path().join("regimes/own.toml");
    fs::create_dir(data.path().join("regimes")).unwrap();
    fs::write(&file, own_regime("2026-11-26", "Own law")).unwrap();
    let server = Server::start(data.path());
    server.ready();
    let token = |arguments: &[&str]| run_on(data.path(), &[&["token", "--role"], arguments].concat()).out.trim().to_owned();
    let cluster = "mutation { clusterRegister(input: { name: \"Own Port\", country: \"NL\", occurredOn: \"2026\" })
        { cluster { id } } }";
    let cluster = server.ask(&token(&["administrator"]), cluster).json();
    let cluster = cluster["data"]["clusterRegister"]["cluster"]["id"].as_str().unwrap();
    let manager = token(&["cluster_manager", "--cluster", cluster]);
    let project = format!(
        "mutation {{ projectRegister(input: {{ title: \"Pier\", cluster: \"{cluster}\", occurredOn: \"2026\" }})
            {{ project {{ id }} }} }}"
    );
    let project = server.ask(&manager, &project).json();
    let project = project["data"]["projectRegister"]["project"]["id"].as_str().unwrap();
    let identify = |title: &str| {
        format!(
            "mutation {{ permitIdentify(input: {{ title: \"{title}\", instrument: \"certification\", regime: \"zz-own\",
                projects: [\"{project}\"], occurredOn: \"2026-11-01\" }}) {{ facts userErrors {{ message }} }} }}"
        )
    };
    let record = |server: &Server, title: &str| {
        let recorded = server.ask(&manager, &identify(title)).json();
        assert!(recorded["data"]["permitIdentify"]["facts"][0].is_string(), "{recorded}");
    };
    record(&server, "Pier");
    record(&server, "Quay");
    server.stop();
    let types = || {
        let log = rusqlite::Connection::open(data.path().join("milepost.db")).unwrap();
        let mut rows = log.prepare("SELECT type FROM event WHERE stream LIKE 'record-%' OR type LIKE 'Permit%'").unwrap();
        rows.query_map([], |row| row.get::<_, String>(0)).unwrap().collect::<Result<Vec<_>, _>>().unwrap()
    };
    assert_eq!(types(), ["RegimeAdopted", "PermitIdentified", "PermitIdentified"]);

    fs::write(&file, own_regime("2026-11-26", "Other law")).unwrap();
    let refused = run_on(data.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    for said in ["the regime 'zz-own', read on 2026-11-26, is loaded with other words", "put the file back", "read_on"] {
        assert!(refused.err.contains(said), "{said}: {refused:?}");
    }

    fs::write(&file, own_regime("2026-11-27", "Other law")).unwrap();
    let server = Server::start(data.path());
    server.ready();
    record(&server, "Lock");
    server.stop();
    assert_eq!(types().iter().filter(|name| *name == "RegimeAdopted").count(), 2);
    assert_eq!(run_on(data.path(), &["verify"]).code, 0);
}
