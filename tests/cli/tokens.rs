//! `milepost token`

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
    let first = run_on(data.path(), &["token", "--role", "auditor"]);
    assert_eq!((first.code, first.out.lines().count()), (0, 1));
    assert!(first.err.contains("made a signing key"), "{first:?}");
    let second = run_on(data.path(), &["token", "--role", "auditor"]);
    assert_eq!((second.code, second.err.as_str()), (0, ""), "the key is there by now");
}

#[test]
fn a_token_says_what_its_bearer_holds_and_for_how_long() {
    let data = tempdir().unwrap();
    let [first, second] = PROJECTS;
    let arguments = ["token", "--role", "project_lead", "--cluster", CLUSTER, "--project", first, "--project", second];
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
    let token = run_on(data.path(), &["token", "--role", "auditor"]).out;
    let reply = server.ask(token.trim(), "{ viewer { __typename } }");
    assert!(![401, 403].contains(&reply.status), "{reply:?}");
    assert_eq!(server.ask(&token.trim()[1..], "{ __typename }").status, 401);
}
