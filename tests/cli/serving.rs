//! `milepost serve`

use std::{
    io::Write,
    net::{TcpListener, TcpStream},
};

use schema::NewEvent;
use serde_json::json;
use tempfile::tempdir;

use crate::{
    program::{Done, Server, first_line, milepost, record, record_events, run_on},
    support::new_event,
};

#[test]
fn a_query_with_a_token_is_answered() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    let token = run_on(data.path(), &["token", "--new", "--role", "auditor"]).out;
    let reply = server.ask(token.trim(), "{ __typename }");
    assert_eq!((reply.status, reply.json()["data"].clone()), (200, json!({ "__typename": "Query" })));
}

#[test]
fn probes_are_answered_at_an_address_of_their_own() {
    let data = tempdir().unwrap();
    record(data.path(), 3);
    let server = Server::start(data.path());
    server.ready();
    for (path, status) in [("/livez", 200), ("/readyz", 200), ("/metrics", 200), ("/graphql", 404), ("/", 404)] {
        assert_eq!(server.probe(path).status, status, "{path}");
    }
    assert!(server.probes.starts_with("http://127.0.0.1:"), "{}", server.probes);
    let unfit = milepost().args(["serve", "--data"]).arg(data.path()).env("MILEPOST_PROBES", "here").output().unwrap();
    let said = String::from_utf8_lossy(&unfit.stderr);
    assert!(unfit.status.code() == Some(2) && said.contains("'here' is not an address"), "{said}");
}

#[test]
fn strangers_learn_whether_it_is_ready_and_nothing_of_the_record_or_the_store() {
    let data = tempdir().unwrap();
    record(data.path(), 3);
    let server = Server::start(data.path());
    server.ready();
    let ready = server.get("/readyz");
    assert_eq!((ready.status, ready.body.as_str()), (200, r#"{"ready":true}"#));
    // However the path is spelt.
    for path in ["/metrics", "/%6detrics", "/metrics/", "//metrics", "/./metrics", "/readyz/../metrics", "/METRICS"] {
        let reply = server.get(path);
        assert_eq!((reply.status, &reply.json()["code"]), (404, &json!("NOT_FOUND")), "{path}");
    }
    // Where probes are answered nowhere, they are asked nowhere else.
    drop(server);
    let mut command = milepost();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data.path());
    let server = Server::start_as(command.env("MILEPOST_PROBES", "none"));
    assert_eq!((server.probes.as_str(), server.get("/metrics").status), ("", 404));
}

#[test]
fn probes_do_without_an_address_that_nobody_chose_and_another_has() {
    let data = tempdir().unwrap();
    // Two ports in a row of which the second is taken.
    let (listen, _taken) = (0..100)
        .find_map(|_| {
            let first = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let beside = TcpListener::bind(("127.0.0.1", first.port().checked_add(1)?)).ok()?;
            Some((first.to_string(), beside))
        })
        .unwrap();
    let mut command = milepost();
    command.args(["serve", "--listen", &listen, "--data"]).arg(data.path());
    let server = Server::start_as(&mut command);
    assert!(
        server.opening.iter().any(|said| said.starts_with("probes and metrics are answered nowhere")),
        "{:?}",
        server.opening
    );
    while server.get("/readyz").status != 200 {}
    // Its health is asked at the served address then.
    let health = Done::of(milepost().args(["health", "--listen", &listen]));
    assert_eq!((health.code, health.out.as_str()), (0, "{\"ready\":true}\n"), "{health:?}");
}

#[test]
fn its_health_is_told_in_full_to_those_who_look_after_it() {
    let data = tempdir().unwrap();
    record(data.path(), 3);
    let server = Server::start(data.path());
    server.ready();
    let probes = server.probes.trim_start_matches("http://");
    let health = Done::of(milepost().args(["health", "--listen", "127.0.0.1:1"]).env("MILEPOST_PROBES", probes));
    assert!(health.code == 0 && health.out.contains("\"events\":3"), "{health:?}");
    let nowhere = Done::of(milepost().args(["health", "--listen", "127.0.0.1:1"]));
    assert!(nowhere.code == 1 && nowhere.err.contains("nothing answers at 127.0.0.1:1"), "{nowhere:?}");
}

#[test]
fn an_address_of_probes_that_was_chosen_has_to_be_had() {
    let data = tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let _taken = TcpListener::bind(taken).unwrap();
    let refused = milepost()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data.path())
        .env("MILEPOST_PROBES", taken.to_string())
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
}
#[test]
fn it_says_that_it_lives_and_that_it_is_ready() {
    let data = tempdir().unwrap();
    record(data.path(), 3);
    let server = Server::start(data.path());
    assert_eq!(server.get("/livez").status, 200);
    let ready = loop {
        let reply = server.probe("/readyz");
        match reply.status {
            200 => break reply.json(),
            503 => assert_eq!(reply.content_type, "application/problem+json"),
            status => panic!("{status}"),
        }
    };
    assert_eq!((&ready["ready"], &ready["events"], &ready["quarantined"]), (&json!(true), &json!(3), &json!(0)));
}

#[test]
fn events_that_it_cant_read_are_counted_and_dont_stop_it() {
    let data = tempdir().unwrap();
    record_events(data.path(), [NewEvent { version: 99, ..new_event() }, new_event()]);
    let server = Server::start(data.path());
    let reply = loop {
        let reply = server.probe("/readyz");
        if reply.status == 200 {
            break reply.json();
        }
    };
    assert_eq!(reply["quarantined"], 1);
    assert!(server.probe("/metrics").body.contains("\nmilepost_events_quarantined 1\n"));
    let said_before = server.opening.clone();
    let mut said = server.stop().into_iter().map(|entry| entry["message"].as_str().unwrap().to_owned()).chain(said_before);
    assert!(said.any(|message| message == "an event can't be read"));
}

#[test]
fn its_metrics_and_keys_are_there_to_be_read() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    while server.probe("/readyz").status != 200 {}
    server.get("/nowhere");
    let metrics = server.probe("/metrics");
    assert!(metrics.content_type.starts_with("text/plain; version=0.0.4"), "{metrics:?}");
    let nowhere = r#"milepost_http_requests_total{method="GET",route="other",status="404"} 1"#;
    for expected in [nowhere, "milepost_store_commits_total 0", "milepost_projector_lag_seconds 0"] {
        assert!(metrics.body.contains(expected), "{expected} is not in {}", metrics.body);
    }
    let keys = server.get("/.well-known/jwks.json").json();
    assert_eq!((&keys["keys"][0]["crv"], &keys["keys"][0]["d"]), (&json!("Ed25519"), &json!(null)));
}

#[test]
fn whoever_comes_by_is_told_what_this_is_and_where() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    let front = server.get("/");
    assert_eq!((front.status, front.content_type.as_str()), (200, "text/plain; charset=utf-8"));
    assert!(front.body.contains("/graphql"));
    assert_eq!(server.get("/nowhere").json()["code"], "NOT_FOUND");
    let other = server.post("/livez");
    assert_eq!((other.status, other.content_type.as_str()), (405, "application/problem+json"));
}

#[test]
fn each_request_has_a_line_with_its_id_and_without_its_token_or_body() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    let token = run_on(data.path(), &["token", "--new", "--role", "auditor"]).out;
    let reply = server.ask(token.trim(), "query ASecretName { __typename }");
    server.get("/graphql?query=%7B__typename%7D&access_token=ASecretName");
    server.get("/ASecretName");
    let log = server.stop();
    let line = log.iter().find(|entry| entry["span"]["id"] == reply.request_id.as_str()).expect("a line with the id");
    assert_eq!((&line["status"], &line["span"]["route"]), (&json!(200), &json!("/graphql")));
    assert_eq!(log.iter().filter(|entry| entry["message"] == "answered").count(), 3);
    for line in &log {
        let line = line.to_string();
        assert!(!line.contains("ASecretName") && !line.contains(token.trim()), "{line}");
    }
}

#[test]
fn the_log_is_text_for_those_who_want_it() {
    let data = tempdir().unwrap();
    let prose = run_on(data.path(), &["serve", "--listen", "127.0.0.1:0", "--log-format", "prose"]);
    prose.assert_refused(&["--log-format", "prose", "json"]);
    let mut command = milepost();
    command.args(["serve", "--listen", "127.0.0.1:0", "--log-format", "text", "--data"]).arg(data.path());
    let line = first_line(&mut command);
    assert!(line.contains(" INFO ") && line.contains("answering probes address=http://127.0.0.1:"), "{line}");
}

#[test]
fn it_stops_soon_when_it_is_told_to_also_with_connections_open() {
    for signal in ["TERM", "INT", "HUP"] {
        let data = tempdir().unwrap();
        let server = Server::start(data.path());
        let address = server.address.strip_prefix("http://").unwrap().to_owned();
        let mut slow = TcpStream::connect(&address).unwrap();
        slow.write_all(b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{").unwrap();
        let _idle = TcpStream::connect(&address).unwrap();
        let (code, took, log) = server.stop_by(signal);
        assert_eq!(code, Some(0), "{log:#?}");
        assert!(took.as_secs_f64() < 5.0, "{took:?}");
        assert!(TcpStream::connect(&address).is_err());
    }
}
