//! `milepost token`

use std::{fs, thread::sleep, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use tempfile::tempdir;

use crate::program::{Server, run_on};

const SUBJECT: &str = "7b0fd1a4-93a4-4c0e-8a0e-6a3b6d1f2c11";
const CLUSTER: &str = "cluster-0b5e8a52-3c5f-5d0e-9d3c-2f6f0a1b2c3d";
const PROJECTS: [&str; 2] = ["project-0b5e8a52-3c5f-5d0e-9d3c-2f6f0a1b2c3d", "project-1b5e8a52-3c5f-5d0e-9d3c-2f6f0a1b2c3d"];

fn claims(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.trim().split('.').nth(1).unwrap()).unwrap()).unwrap()
}

#[test]
fn a_token_and_nothing_else_is_printed() {
    let data = tempdir().unwrap();
    let first = run_on(data.path(), &["token", "--new", "--role", "auditor"]);
    assert_eq!((first.code, first.out.lines().count()), (0, 1));
    assert!(first.err.contains("made a signing key"), "{first:?}");
    let second = run_on(data.path(), &["token", "--role", "auditor"]);
    assert_eq!((second.code, second.err.as_str()), (0, ""), "the key is there by now");
}

#[test]
fn no_keys_are_made_where_no_service_is() {
    let data = tempdir().unwrap();
    let elsewhere = data.path().join("typo");
    run_on(&elsewhere, &["token", "--role", "auditor"]).assert_refused(&["holds no log and no keys", "--new"]);
    assert!(!elsewhere.exists(), "nothing is made");
    run_on(&elsewhere, &["keys", "rotate"]).assert_refused(&["can't use"]);
    // A log that has lost its keys is one that they are made for, as the service would.
    drop(Server::start(data.path()));
    for name in ["signing-key.pem", "signing-key.id"] {
        fs::remove_file(data.path().join(name)).unwrap();
    }
    assert_eq!(run_on(data.path(), &["token", "--role", "auditor"]).code, 0);
}

/// What is answered to `token` once that is `expected`.
fn in_time(server: &Server, token: &str, expected: u16) {
    for _ in 0..200 {
        if server.ask(token, "{ viewer { __typename } }").status == expected {
            return;
        }
        sleep(Duration::from_millis(50));
    }
    panic!("it is not {expected} in time: {:?}", server.ask(token, "{ viewer { __typename } }"));
}

#[test]
fn the_key_is_replaced_under_a_running_server_and_tokens_of_before_stay_good() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    let token = || run_on(data.path(), &["token", "--role", "auditor"]).out.trim().to_owned();
    let rotate = || {
        let done = run_on(data.path(), &["keys", "rotate"]);
        assert_eq!(done.code, 0, "{done:?}");
        done.out
    };
    let before = token();
    in_time(&server, &before, 200);
    assert!(rotate().contains("signing-key.next.pem"));
    // It signs nothing yet.
    let kid = |token: &str| URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    assert_eq!(kid(&token()), kid(&before));
    assert!(rotate().contains("signing-key.previous.pem"));
    let after = token();
    assert_ne!(kid(&after), kid(&before));
    in_time(&server, &after, 200);
    in_time(&server, &before, 200);
    let published = |server: &Server| server.get("/.well-known/jwks.json").json()["keys"].as_array().unwrap().len();
    assert_eq!(published(&server), 2);
    // A key that has leaked is taken away: what it signed is good no more, also what was verified before.
    fs::remove_file(data.path().join("signing-key.previous.pem")).unwrap();
    in_time(&server, &before, 401);
    in_time(&server, &after, 200);
    drop(server);
    let again = Server::start(data.path());
    in_time(&again, &after, 200);
}

#[test]
fn a_token_says_what_its_bearer_holds_and_for_how_long() {
    let data = tempdir().unwrap();
    let [first, second] = PROJECTS;
    let arguments = ["token", "--new", "--role", "project_lead", "--cluster", CLUSTER, "--project", first, "--project", second];
    let done = run_on(data.path(), &[&arguments[..], &["--expires", "15m", "--subject", SUBJECT]].concat());
    let claims = claims(&done.out);
    assert_eq!(claims["sub"], SUBJECT);
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 15 * 60);
    let grant = &claims["urn:milepost:roles"][0];
    assert_eq!(grant["role"], "project_lead");
    assert_eq!(grant["clusters"], serde_json::json!([CLUSTER]));
    assert_eq!(grant["projects"], serde_json::json!(PROJECTS));
}

#[test]
fn a_role_an_id_or_a_lifetime_that_is_none_is_refused() {
    let data = tempdir().unwrap();
    let token = |more: &[&str]| run_on(data.path(), &[&["token"], more].concat());
    token(&["--role", "boss"]).assert_refused(&["'boss' is not a role", "auditor"]);
    token(&["--role", "auditor", "--cluster", "7"]).assert_refused(&["'7' is not an id"]);
    token(&["--role", "auditor", "--cluster", PROJECTS[0]]).assert_refused(&[PROJECTS[0], "cluster"]);
    token(&["--role", "auditor", "--organisation", CLUSTER]).assert_refused(&[CLUSTER, "organisation"]);
    token(&["--role", "auditor", "--expires", "1y"]).assert_refused(&["'1y' is not a lifetime"]);
    token(&["--role", "auditor", "--expires", "31d"]).assert_refused(&["at most 30d"]);
    token(&["--role", "auditor", "--subject", "ann"]).assert_refused(&["ann"]);
    assert!(!data.path().join("signing-key.pem").exists(), "nothing is made");
}

#[test]
fn a_token_made_while_a_server_runs_is_one_that_it_takes() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    let token = run_on(data.path(), &["token", "--new", "--role", "auditor"]).out;
    let reply = server.ask(token.trim(), "{ viewer { __typename } }");
    assert!(![401, 403].contains(&reply.status), "{reply:?}");
    assert_eq!(server.ask(&token.trim()[1..], "{ __typename }").status, 401);
}
