//! The protocol `graphql-transport-ws`, message by message and code by code.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use graphql::socket::Sockets;
use serde_json::{Value, json};
use tungstenite::{
    Bytes, Message,
    http::StatusCode,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::{
    setting::Setting,
    socket::{PROTOCOL, Socket, open},
    world::World,
};

const RECORDED: &str = "subscription { recorded { token entry { eventType } } }";

fn impatient() -> Sockets {
    Sockets { init_wait: Duration::from_millis(200), ..Sockets::default() }
}

fn subscribe(id: &str, query: &str) -> Value {
    json!({ "id": id, "type": "subscribe", "payload": { "query": query } })
}

#[test]
fn the_protocol_is_agreed_on_or_the_socket_closes() {
    let world = World::new();
    let (_, response) = open(&world, Some("graphql-ws, graphql-transport-ws"), &[]).unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], PROTOCOL);
    let (mut socket, _) = open(&world, None, &[]).unwrap();
    assert_eq!(socket.closed(), 4406);
}

#[test]
fn whoever_says_nothing_is_not_waited_for() {
    let world = World::by(Utc::now, impatient());
    assert_eq!(Socket::silent(&world).closed(), 4408);
    let mut pinging = Socket::silent(&world);
    pinging.settle();
    assert_eq!(pinging.closed(), 4408);
    // Whoever has said who they are, stays.
    let mut known = Socket::of(&world, &world.auditor());
    assert_eq!(Socket::silent(&world).closed(), 4408);
    known.settle();
}

#[test]
fn a_token_is_asked_for_and_looked_at() {
    let world = World::new();
    let init = |payload: Value| {
        let mut socket = Socket::silent(&world);
        socket.say(&json!({ "type": "connection_init", "payload": payload }));
        socket.closed()
    };
    assert_eq!(init(Value::Null), 4403);
    assert_eq!(init(json!({})), 4403);
    assert_eq!(init(json!({ "Authorization": "Bearer x" })), 4403);
    let token = world.auditor().token().to_owned();
    assert_eq!(init(json!({ "Authorization": token })), 4403);
    assert_eq!(init(json!({ "Authorization": 1 })), 4400);
    let mut lower_case = Socket::silent(&world);
    lower_case.say(&json!({ "type": "connection_init", "payload": { "authorization": format!("bearer {token}") } }));
    assert_eq!(lower_case.hear()["type"], "connection_ack");

    let bearer = format!("Bearer {token}");
    let (mut by_header, _) = open(&world, Some(PROTOCOL), &[("authorization", &bearer)]).unwrap();
    by_header.say(&json!({ "type": "connection_init" }));
    assert_eq!(by_header.hear()["type"], "connection_ack");
    let (mut both, _) = open(&world, Some(PROTOCOL), &[("authorization", &bearer)]).unwrap();
    both.say(&json!({ "type": "connection_init", "payload": { "Authorization": "Bearer x" } }));
    assert_eq!(both.closed(), 4403, "the payload counts");
}

#[test]
fn each_breach_of_the_protocol_has_its_code() {
    let world = World::new();
    let auditor = world.auditor();
    let code = |known: bool, messages: &[Value]| {
        let mut socket = if known { Socket::of(&world, &auditor) } else { Socket::silent(&world) };
        for message in messages {
            socket.say(message);
        }
        socket.closed()
    };
    let init = json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {}", auditor.token()) } });
    assert_eq!(code(false, &[subscribe("1", RECORDED)]), 4401);
    assert_eq!(code(false, &[init.clone(), init.clone()]), 4429);
    assert_eq!(code(true, &[init]), 4429);
    assert_eq!(code(true, &[subscribe("1", RECORDED), subscribe("1", RECORDED)]), 4409);
    assert_eq!(code(true, &[json!({ "type": "start" })]), 4400);
    assert_eq!(code(true, &[json!([])]), 4400);
    assert_eq!(code(true, &[json!({ "id": "1", "type": "subscribe", "payload": { "query": 1 } })]), 4400);
    assert_eq!(code(true, &[json!({ "type": "next", "id": "1" })]), 4400);
}

#[test]
fn messages_are_text_of_a_limited_size() {
    let world = World::new();
    let mut binary = Socket::of(&world, &world.auditor());
    binary.inner.send(Message::Binary(Bytes::from_static(b"{}"))).unwrap();
    assert_eq!(binary.closed(), 4400);
    let mut long = Socket::of(&world, &world.auditor());
    let filler = "x".repeat(66 * 1024);
    long.inner.send(Message::text(json!({ "type": "ping", "payload": { "x": filler } }).to_string())).unwrap();
    assert_eq!(long.closed(), 1009);
    let mut in_pieces = Socket::of(&world, &world.auditor());
    for at in 0..5 {
        let (code, last) = (if at == 0 { Data::Text } else { Data::Continue }, at == 4);
        in_pieces.inner.send(Message::Frame(Frame::message(vec![b'x'; 20_000], OpCode::Data(code), last))).unwrap();
    }
    assert_eq!(in_pieces.closed(), 1009);
    let mut no_text = Socket::of(&world, &world.auditor());
    no_text.inner.send(Message::Frame(Frame::message(vec![0xff], OpCode::Data(Data::Text), true))).unwrap();
    assert_eq!(no_text.closed(), 1007);
    let mut long_enough = Socket::of(&world, &world.auditor());
    let filler = "x".repeat(63 * 1024);
    long_enough.say(&json!({ "type": "ping", "payload": { "x": filler } }));
    assert_eq!(long_enough.hear()["payload"]["x"].as_str().unwrap().len(), filler.len());
}

#[test]
fn a_name_can_be_used_again_once_its_operation_has_ended() {
    let s = Setting::new();
    let mut socket = Socket::of(&s.world, &s.manager);
    socket.ask("1", RECORDED, &json!({}));
    socket.say(&json!({ "type": "complete", "id": "1" }));
    socket.say(&json!({ "type": "complete", "id": "never" }));
    socket.ask("1", RECORDED, &json!({}));
    socket.settle();
    s.lead.record("permitApplicationSubmit", &s.on_permit("2022-03-01", json!({})));
    assert_eq!(socket.next("1")["recorded"]["entry"]["eventType"], "ApplicationSubmitted");
    for _ in 0..3 {
        socket.ask("2", "{ __typename }", &json!({}));
        assert_eq!(socket.next("2"), json!({ "__typename": "Query" }));
        assert_eq!(socket.hear(), json!({ "id": "2", "type": "complete" }));
    }
    socket.settle();
}

#[test]
fn queries_and_mutations_are_answered_as_by_post() {
    let s = Setting::new();
    let mut socket = Socket::of(&s.world, &s.lead);
    let query = "query Q($id: ID!) { project(id: $id) { title record { timeline(first: 1) { totalCount } } } }";
    socket.ask("q", query, &json!({ "id": s.project }));
    let over_socket = socket.hear();
    let by_post = s.lead.ask_with(query, &json!({ "id": s.project }));
    assert_eq!(over_socket["payload"]["data"], by_post.body["data"]);
    assert_eq!(over_socket["payload"]["extensions"]["cost"]["requested"], by_post.body["extensions"]["cost"]["requested"]);
    assert_eq!(socket.hear(), json!({ "id": "q", "type": "complete" }));

    let mutation = crate::world::document("permitApplicationSubmit");
    socket.ask("m", &mutation, &json!({ "input": s.on_permit("2022-03-01", json!({})) }));
    assert!(socket.next("m")["permitApplicationSubmit"]["position"].is_string());
    assert_eq!(socket.hear(), json!({ "id": "m", "type": "complete" }));

    for (query, code) in
        [("{", "PARSE_FAILED"), ("{ nothing }", "VALIDATION_FAILED"), ("{ projects { totalCount } }", "PAGE_SIZE_INVALID")]
    {
        socket.ask("x", query, &json!({}));
        assert_eq!(socket.refusal("x"), code, "{query}");
    }
    socket.settle();
}

#[test]
fn a_subscription_is_held_to_limits_before_it_begins() {
    let s = Setting::new();
    let mut socket = Socket::of(&s.world, &s.manager);
    let deep = format!("subscription {{ recorded {{ {} }} }}", "entry { ".repeat(12) + "id" + &" }".repeat(12));
    for (query, code) in [
        ("subscription { recorded { token } again: recorded { token } }", "VALIDATION_FAILED"),
        ("subscription { ...F } fragment F on Subscription { recorded { token } }", "VALIDATION_FAILED"),
        ("subscription { ... { recorded(after: \"x\") { token } } }", "VALIDATION_FAILED"),
        ("subscription { __typename }", "VALIDATION_FAILED"),
        ("subscription { __schema { queryType { name } } }", "VALIDATION_FAILED"),
        ("subscription { nothing { token } }", "VALIDATION_FAILED"),
        ("subscription { recorded { nothing } }", "VALIDATION_FAILED"),
        ("subscription { recorded }", "VALIDATION_FAILED"),
        ("subscription { recorded @skip(if: true) { token } }", "VALIDATION_FAILED"),
        ("subscription { recorded(after: 1) { token } }", "VALIDATION_FAILED"),
        ("subscription { recorded(filter: { kinds: [PORT] }) { token } }", "VALIDATION_FAILED"),
        (&deep, "DEPTH_EXCEEDED"),
    ] {
        socket.ask("x", query, &json!({}));
        assert_eq!(socket.refusal("x"), code, "{query}");
    }
    let by_post = s.manager.ask(RECORDED);
    assert_eq!(by_post.code(), "VALIDATION_FAILED");
    assert!(by_post.text.contains("graphql-transport-ws"));
}

#[test]
fn an_alias_names_what_is_delivered() {
    let s = Setting::new();
    let mut socket = Socket::of(&s.world, &s.manager);
    socket.ask("1", "subscription { news: recorded(fromStart: true) { what: thing { id } } }", &json!({}));
    assert_eq!(socket.next("1")["news"]["what"], json!({ "id": s.company }));
}

#[test]
fn so_many_operations_may_be_under_way_and_no_more() {
    let world = World::by(Utc::now, Sockets { operations: 2, ..Sockets::default() });
    let mut socket = Socket::of(&world, &world.auditor());
    for id in ["1", "2", "3"] {
        socket.ask(id, RECORDED, &json!({}));
    }
    assert_eq!(socket.refusal("3"), "THROTTLED");
    socket.say(&json!({ "type": "complete", "id": "1" }));
    socket.ask("3", RECORDED, &json!({}));
    socket.settle();
}

#[test]
fn so_many_sockets_may_be_open_and_no_more() {
    let world = World::by(Utc::now, Sockets { per_subject: 2, at_once: 4, ..Sockets::default() });
    let (one, other) = (world.auditor(), world.auditor());
    let mut open_ones = vec![Socket::of(&world, &one), Socket::of(&world, &one)];
    let mut third = Socket::silent(&world);
    let init = json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {}", one.token()) } });
    third.say(&init);
    assert_eq!(third.closed(), 1013);
    drop(third);
    open_ones.push(Socket::of(&world, &other));
    open_ones.push(Socket::of(&world, &other));
    assert_eq!(open(&world, Some(PROTOCOL), &[]).err(), Some(StatusCode::SERVICE_UNAVAILABLE));
    // Whoever leaves makes room.
    let mut leaving = open_ones.remove(0);
    leaving.inner.close(None).unwrap();
    assert_eq!(leaving.closed(), 1000);
    drop(leaving);
    let (mut again, _) = std::iter::repeat_with(|| open(&world, Some(PROTOCOL), &[])).find_map(Result::ok).unwrap();
    again.init(one.token());
}

#[test]
fn strangers_pages_may_not_open_a_socket() {
    let origins = "https://desk.example".parse().unwrap();
    let world = World::by(Utc::now, Sockets { origins, ..Sockets::default() });
    let own = format!("http://{}", world.address());
    for (origin, expected) in [
        (own.as_str(), None),
        ("https://desk.example", None),
        ("https://evil.example", Some(StatusCode::FORBIDDEN)),
        ("null", Some(StatusCode::FORBIDDEN)),
    ] {
        assert_eq!(open(&world, Some(PROTOCOL), &[("origin", origin)]).err(), expected, "{origin}");
    }
}

static LATER_S: AtomicI64 = AtomicI64::new(0);

/// The machine's clock, and more.
fn later() -> DateTime<Utc> {
    Utc::now() + TimeDelta::seconds(LATER_S.load(Ordering::SeqCst))
}

#[test]
fn an_open_socket_closes_when_its_token_ends() {
    let sockets = Sockets { recheck: Duration::from_millis(50), ..Sockets::default() };
    let world = World::by(later, sockets);
    let mut socket = Socket::of(&world, &world.auditor());
    socket.ask("1", RECORDED, &json!({}));
    socket.settle();
    LATER_S.store(3700, Ordering::SeqCst);
    assert_eq!(socket.closed(), 4403);
}

#[test]
fn a_client_that_sends_no_pings_is_kept_and_one_that_answers_none_is_not() {
    let sockets = Sockets { keep_alive: Duration::from_millis(50), stall: Duration::from_millis(500), ..Sockets::default() };
    let world = World::by(Utc::now, sockets);
    let mut answering = Socket::of(&world, &world.auditor());
    // Reading answers the pings, as it does in browsers.
    for _ in 0..25 {
        assert!(matches!(answering.inner.read().unwrap(), Message::Ping(_)));
    }
    answering.settle();
    let silent = Socket::of(&world, &world.auditor());
    let mut stream = silent.inner.get_ref().try_clone().unwrap();
    let mut heard = Vec::new();
    // The raw stream is read, and nothing answered, until it is closed.
    let ended = std::io::Read::read_to_end(&mut stream, &mut heard);
    assert!(ended.is_ok() || ended.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset));
    drop(silent);
}

#[test]
fn a_service_that_stops_says_so() {
    let world = World::new();
    let mut sockets: Vec<_> = (0..3).map(|_| Socket::of(&world, &world.auditor())).collect();
    sockets[0].ask("1", RECORDED, &json!({}));
    sockets[0].settle();
    world.close_sockets();
    for socket in &mut sockets {
        assert_eq!(socket.closed(), 1001);
    }
    assert_eq!(open(&world, Some(PROTOCOL), &[]).err(), Some(StatusCode::SERVICE_UNAVAILABLE));
}
