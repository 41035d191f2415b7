//! GraphQL over HTTP, through the real handler: what the 61 audits of npm `graphql-http` 1.23.1 ask for, and more.
//! `tests/graphql-http/run.sh` runs the audits themselves against a server.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod toy;

use std::{num::NonZeroU32, sync::atomic::Ordering, time::Duration};

use actix_web::{
    App,
    http::StatusCode,
    test::{TestRequest, call_service, init_service, read_body},
    web,
};
use graphql::{
    http::{Endpoint, Settings},
    problem::not_found,
    queue::Bounds,
    throttle::Allowance,
};
use serde_json::{Value, json};
use toy::{RECORDED, Toy};

const JSON: &str = "application/json";
const RESPONSE: &str = "application/graphql-response+json";
const TYPED: &str = "query Type($name: String!) { __type(name: $name) { name } }";

/// What a client sees.
struct Reply {
    status: u16,
    headers: actix_web::http::header::HeaderMap,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

struct Server {
    endpoint: web::Data<Endpoint<Toy>>,
    tokens: Vec<String>,
}

impl Server {
    fn new() -> Self {
        Self::with(Settings::default())
    }

    fn with(settings: Settings) -> Self {
        let toy = Toy::new();
        Self { tokens: toy.tokens.clone(), endpoint: web::Data::new(Endpoint::new(toy, settings)) }
    }

    /// The request as it stands.
    async fn send(&self, request: TestRequest) -> Reply {
        let app = App::new().configure(Endpoint::mount(self.endpoint.clone())).default_service(web::to(async || not_found()));
        let app = init_service(app).await;
        let response = call_service(&app, request.to_request()).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = String::from_utf8(read_body(response).await.to_vec()).unwrap();
        Reply { status, headers, body }
    }

    /// The request with a token.
    async fn ask(&self, request: TestRequest) -> Reply {
        self.send(request.insert_header(("authorization", format!("Bearer {}", self.tokens[0])))).await
    }

    async fn post_text(&self, accept: &str, body: impl Into<web::Bytes>) -> Reply {
        let request = TestRequest::post().uri("/graphql").insert_header(("content-type", JSON));
        self.ask(request.insert_header(("accept", accept)).set_payload(body)).await
    }

    async fn post(&self, accept: &str, body: Value) -> Reply {
        self.post_text(accept, body.to_string()).await
    }

    async fn query(&self, query: &str) -> Reply {
        self.post(RESPONSE, json!({ "query": query })).await
    }

    async fn get(&self, accept: &str, parameters: &[(&str, &str)]) -> Reply {
        let query = serde_urlencoded(parameters);
        self.ask(TestRequest::get().uri(&format!("/graphql?{query}")).insert_header(("accept", accept))).await
    }
}

fn serde_urlencoded(parameters: &[(&str, &str)]) -> String {
    let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    parameters.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect::<Vec<_>>().join("&")
}

#[actix_web::test]
async fn the_answer_is_of_the_type_that_is_accepted() {
    let server = Server::new();
    for (accept, expected) in [(RESPONSE, RESPONSE), (JSON, JSON), ("*/*", JSON), ("", JSON)] {
        let reply = server.post(accept, json!({ "query": "{ __typename }" })).await;
        assert_eq!(reply.status, 200);
        assert!(reply.header("content-type").starts_with(expected), "{accept}");
        assert!(reply.header("content-type").contains("charset=utf-8"));
        assert_eq!(reply.json()["data"], json!({ "__typename": "Query" }));
        assert_eq!(reply.json().get("errors"), None);
    }
    let request = || TestRequest::post().uri("/graphql").set_payload(json!({ "query": "{ __typename }" }).to_string());
    let missing = server.ask(request().insert_header(("content-type", JSON))).await;
    assert!(missing.status == 200 && missing.header("content-type").starts_with(JSON));
    let neither = server.post("text/html", json!({ "query": "{ __typename }" })).await;
    assert_eq!((neither.status, neither.header("content-type")), (406, "application/problem+json"));
    assert_eq!(neither.json()["code"], "NOT_ACCEPTABLE");
}

#[actix_web::test]
async fn a_body_is_json_in_utf_8_and_nothing_else() {
    let server = Server::new();
    let swimmer = json!({ "query": "{ __type(name: \"Run🏃Swim🏊\") { name } }" }).to_string();
    let typed = |content_type: &str| {
        let request = TestRequest::post().uri("/graphql").set_payload(swimmer.clone());
        request.insert_header(("content-type", content_type.to_owned()))
    };
    for good in ["application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8"] {
        assert_eq!(server.ask(typed(good)).await.status, 200, "{good}");
    }
    for wrong in [
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; charset=utf-16",
    ] {
        let reply = server.ask(typed(wrong)).await;
        assert_eq!((reply.status, reply.header("content-type")), (415, "application/problem+json"), "{wrong}");
    }
    let untyped = server.ask(TestRequest::post().uri("/graphql").set_payload(swimmer.clone())).await;
    assert_eq!(untyped.status, 415);
    let packed = server.ask(typed(JSON).insert_header(("content-encoding", "gzip"))).await;
    assert_eq!(packed.status, 415);
}

#[actix_web::test]
async fn a_request_that_is_no_request_is_refused_with_400_to_everybody() {
    let server = Server::new();
    let wrong = [json!({ "obj": "ect" }), json!(0), json!(false), json!(["array"])];
    for accept in [JSON, RESPONSE] {
        let mut bodies =
            vec![String::new(), "{ \"not a JSON".into(), "[]".into(), json!([{ "query": "{ __typename }" }]).to_string()];
        bodies.push(json!({ "notquery": "{ __typename }" }).to_string());
        for value in &wrong {
            bodies.push(json!({ "query": value }).to_string());
            bodies.push(json!({ "query": "{ __typename }", "operationName": value }).to_string());
        }
        for value in [json!("string"), json!(0), json!(false), json!(["array"])] {
            bodies.push(json!({ "query": "{ __typename }", "variables": value }).to_string());
            bodies.push(json!({ "query": "{ __typename }", "extensions": value }).to_string());
        }
        for body in bodies {
            let reply = server.post_text(accept, body.clone()).await;
            assert_eq!((reply.status, reply.code().as_str()), (400, "BAD_REQUEST"), "{accept}: {body}");
            assert_eq!(reply.json().get("data"), None);
        }
        assert_eq!(server.post_text(accept, vec![b'{', 0xff]).await.status, 400);
    }
    let empty = TestRequest::post().uri("/graphql").insert_header(("content-type", JSON));
    assert_eq!(server.ask(empty).await.status, 400);
}

#[actix_web::test]
async fn parameters_may_be_null_or_what_they_should_be() {
    let server = Server::new();
    for accept in [JSON, RESPONSE] {
        let mut bodies = vec![
            json!({ "query": "query Query { __typename }", "operationName": "Query" }),
            json!({ "query": TYPED, "variables": { "name": "sometype" } }),
            json!({ "query": "{ __typename }", "extensions": { "some": "value" } }),
            json!({ "query": "{ __typename }", "unknown": [1], "id": "x" }),
        ];
        for parameter in ["variables", "operationName", "extensions"] {
            bodies.push(json!({ "query": "{ __typename }", parameter: null }));
        }
        for body in bodies {
            let reply = server.post(accept, body.clone()).await;
            assert_eq!((reply.status, reply.json().get("errors")), (200, None), "{accept}: {body}");
        }
    }
}

#[actix_web::test]
async fn a_query_can_be_a_url_and_a_mutation_can_not() {
    let server = Server::new();
    for accept in [JSON, RESPONSE] {
        let plain = server.get(accept, &[("query", "{ __typename }")]).await;
        assert_eq!(plain.status, 200);
        let typed = server.get(accept, &[("query", TYPED), ("variables", r#"{"name":"sometype"}"#)]).await;
        assert_eq!((typed.status, typed.json().get("errors")), (200, None));
        for (query, operation) in
            [("mutation { record(text: \"x\") }", ""), ("query A { __typename } mutation B { record(text: \"x\") }", "B")]
        {
            let before = RECORDED.load(Ordering::SeqCst);
            let reply = server.get(accept, &[("query", query), ("operationName", operation)]).await;
            assert_eq!((reply.status, reply.header("allow")), (405, "POST"), "{accept}");
            assert_eq!(reply.code(), "METHOD_NOT_ALLOWED");
            assert_eq!(RECORDED.load(Ordering::SeqCst), before);
        }
        for wrong in [&[][..], &[("query", "{ a }"), ("variables", "{")], &[("query", "{ a }"), ("query", "{ a }")]] {
            assert_eq!(server.get(accept, wrong).await.status, 400, "{wrong:?}");
        }
    }
}

#[actix_web::test]
async fn an_address_with_nothing_at_it_is_a_problem() {
    let reply = Server::new().ask(TestRequest::get().uri("/graphq")).await;
    assert_eq!((reply.status, reply.header("content-type")), (404, "application/problem+json"));
    assert_eq!(reply.json()["code"], "NOT_FOUND");
}

#[actix_web::test]
async fn other_methods_are_told_which_to_use() {
    let server = Server::new();
    for method in ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"] {
        let request = TestRequest::default().uri("/graphql").method(method.parse().unwrap());
        let reply = server.ask(request).await;
        assert_eq!((reply.status, reply.header("allow")), (405, "GET, POST"), "{method}");
    }
}

#[actix_web::test]
async fn a_document_that_is_refused_has_status_200_in_json_and_400_in_its_own_type() {
    let server = Server::new();
    for (body, code) in [
        (json!({ "query": "{" }), "PARSE_FAILED"),
        (json!({ "query": "" }), "PARSE_FAILED"),
        (json!({ "query": "{ 8f31403dfe404bccbb0e835f2629c6a7 }" }), "PARSE_FAILED"),
        (json!({ "query": "{ noSuchField }" }), "VALIDATION_FAILED"),
        (json!({ "query": "{ thing(id: \"x\") { id } }" }), "VALIDATION_FAILED"),
        (json!({ "query": "query A { __typename }", "operationName": "B" }), "VALIDATION_FAILED"),
        (json!({ "query": "query A { __typename } query B { __typename }" }), "VALIDATION_FAILED"),
        (json!({ "query": "query A { __typename } query A { __typename }" }), "VALIDATION_FAILED"),
        (json!({ "query": "query CoerceFailure($id: ID!){ __typename }", "variables": { "id": null } }), "VALIDATION_FAILED"),
        (
            json!({ "query": "query Q($id: Int!) { thing(id: $id) { id } }", "variables": { "id": 3_000_000_000_u32 } }),
            "VALIDATION_FAILED",
        ),
        (json!({ "query": "{ day(on: \"2026-02-30\") }" }), "VALIDATION_FAILED"),
        (json!({ "query": "query Q($on: Day!) { day(on: $on) }", "variables": { "on": "2026-02-30" } }), "VALIDATION_FAILED"),
        (json!({ "query": "subscription { __typename }" }), "VALIDATION_FAILED"),
    ] {
        let plain = server.post(JSON, body.clone()).await;
        let typed = server.post(RESPONSE, body.clone()).await;
        assert_eq!((plain.status, typed.status), (200, 400), "{body}");
        for reply in [plain, typed] {
            assert_eq!((reply.code().as_str(), reply.json().get("data")), (code, None), "{body}: {}", reply.body);
        }
    }
}

#[actix_web::test]
async fn whoever_has_no_valid_token_is_told_so_and_nothing_else() {
    let server = Server::new();
    let request = || {
        let body = json!({ "query": "mutation { record(text: \"x\") }" }).to_string();
        TestRequest::post().uri("/graphql").insert_header(("content-type", JSON)).set_payload(body)
    };
    let before = RECORDED.load(Ordering::SeqCst);
    let token = &server.tokens[0];
    for (header, challenge) in [
        (None, "Bearer realm=\"milepost\""),
        (Some(String::new()), "Bearer realm=\"milepost\""),
        (Some(format!("Basic {token}")), "Bearer realm=\"milepost\""),
        (Some(token.clone()), "Bearer realm=\"milepost\""),
        (Some(format!("Bearer {token}x")), "Bearer realm=\"milepost\", error=\"invalid_token\""),
        (Some("Bearer x.y.z".into()), "Bearer realm=\"milepost\", error=\"invalid_token\""),
        (Some(format!("Bearer {token} {token}")), "Bearer realm=\"milepost\", error=\"invalid_token\""),
    ] {
        let sent = match &header {
            Some(value) => request().insert_header(("authorization", value.as_str())),
            None => request(),
        };
        let reply = server.send(sent).await;
        assert_eq!((reply.status, reply.header("www-authenticate")), (401, challenge), "{header:?}");
        assert_eq!(reply.code(), "UNAUTHENTICATED");
    }
    let twice = request().append_header(("authorization", format!("Bearer {token}")));
    let twice = server.send(twice.append_header(("authorization", format!("Bearer {token}")))).await;
    assert_eq!(twice.status, 401);
    assert_eq!(RECORDED.load(Ordering::SeqCst), before);
    let lower = server.send(request().insert_header(("authorization", format!("bearer {token}")))).await;
    assert_eq!((lower.status, lower.json()["data"]["record"].as_str()), (200, Some("x")));
}

#[actix_web::test]
async fn a_token_narrowed_to_reading_or_recording_does_only_that() {
    let server = Server::new();
    let ask = async |token: usize, query: &str| {
        let request = TestRequest::post().uri("/graphql").insert_header(("content-type", JSON));
        let request = request.insert_header(("authorization", format!("Bearer {}", server.tokens[token])));
        server.send(request.set_payload(json!({ "query": query }).to_string())).await
    };
    let (query, mutation) = ("{ viewer }", "mutation { record(text: \"x\") }");
    for (token, allowed, refused) in [(1, query, mutation), (2, mutation, query)] {
        assert_eq!(ask(token, allowed).await.json().get("errors"), None);
        let reply = ask(token, refused).await;
        assert_eq!((reply.status, reply.code().as_str()), (403, "FORBIDDEN"), "{refused}");
    }
}

#[actix_web::test]
async fn every_answer_forbids_caching_framing_and_sniffing() {
    let server = Server::new();
    let unsigned = server.send(TestRequest::get().uri("/graphql")).await;
    let put = server.ask(TestRequest::put().uri("/graphql")).await;
    for reply in [server.query("{ __typename }").await, server.query("{").await, unsigned, put] {
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert!(reply.header("vary").contains("Authorization"));
        assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"));
    }
}

#[actix_web::test]
async fn a_body_of_more_than_64_kilobytes_is_not_read() {
    let server = Server::new();
    let document = |length: usize| json!({ "query": format!("{{ __typename }}#{}", "x".repeat(length)) }).to_string();
    let fits = document(64 * 1024 - json!({ "query": "{ __typename }#" }).to_string().len());
    assert_eq!(fits.len(), 64 * 1024);
    assert_eq!(server.post_text(JSON, fits).await.status, 200);
    for length in [64 * 1024, 1 << 20] {
        let reply = server.post_text(JSON, document(length)).await;
        assert_eq!((reply.status, reply.header("content-type")), (413, "application/problem+json"));
        assert_eq!(reply.json()["code"], "PAYLOAD_TOO_LARGE");
    }
}

#[actix_web::test]
async fn an_error_says_its_code_and_where_it_is() {
    let server = Server::new();
    let reply = server.query("{ viewer\n forbidden }").await.json();
    let expected = json!({
        "message": "not for you", "path": ["forbidden"], "locations": [{ "line": 2, "column": 2 }],
        "extensions": { "code": "FORBIDDEN" },
    });
    assert_eq!((&reply["errors"][0], &reply["data"]), (&expected, &Value::Null));
    let reply = server.query("{ viewer\n noSuchField }").await.json();
    assert_eq!(reply["errors"][0]["locations"], json!([{ "line": 2, "column": 2 }]));
}

#[actix_web::test]
async fn what_was_not_meant_for_clients_does_not_reach_them() {
    let server = Server::new();
    for query in ["{ leak }", "{ crash }", "{ viewer crash }"] {
        let reply = server.query(query).await;
        assert_eq!(reply.code(), "INTERNAL", "{query}");
        assert!(!reply.body.contains("password"), "{}", reply.body);
        assert!(reply.body.contains("report it as"), "{}", reply.body);
    }
    assert_eq!(server.query("{ crash }").await.status, 500);
    let partly = server.query("{ viewer leak }").await;
    assert_eq!((partly.status, partly.json()["data"]["viewer"].is_string()), (200, true));
}

#[actix_web::test]
async fn a_server_that_panicked_goes_on() {
    let server = Server::with(Settings { queries: Bounds::of(1), ..Settings::default() });
    for _ in 0..3 {
        assert_eq!(server.query("{ crash }").await.status, 500);
        assert_eq!(server.query("{ __typename }").await.status, 200);
    }
}

#[actix_web::test]
async fn nobody_is_kept_waiting_past_the_deadline() {
    let server = Server::with(Settings { patience: Duration::from_millis(50), queries: Bounds::of(1), ..Settings::default() });
    let slow = server.query("{ slow }").await;
    assert_eq!((slow.status, slow.code().as_str()), (200, "TIMEOUT"));
    let stuck = server.query("{ stuck }").await;
    assert_eq!((stuck.status, stuck.code().as_str(), stuck.header("retry-after")), (503, "TIMEOUT", "1"));
    // The only slot is still taken by what nobody waits for any more.
    let next = server.query("{ __typename }").await;
    assert_eq!((next.status, next.code().as_str(), next.header("retry-after")), (503, "BUSY", "1"));
}

#[actix_web::test]
async fn commands_are_worked_on_while_queries_take_all_that_there_is_for_them() {
    let server = Server::with(Settings { patience: Duration::from_millis(500), queries: Bounds::of(1), ..Settings::default() });
    let stuck = server.query("{ stuck }");
    let record = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        server.query("mutation { record(text: \"meanwhile\") }").await
    };
    let (stuck, recorded) = futures::join!(stuck, record);
    assert_eq!((stuck.code().as_str(), recorded.status), ("TIMEOUT", 200));
}

#[actix_web::test]
async fn what_was_given_up_half_way_is_no_answer() {
    let server = Server::with(Settings { patience: Duration::from_millis(50), ..Settings::default() });
    let reply = server.query("{ endless }").await;
    assert_eq!((reply.status, reply.code().as_str(), reply.json().get("data")), (503, "TIMEOUT", None));
}

#[actix_web::test]
async fn an_answer_can_be_asked_to_know_of_a_mutation() {
    let server = Server::new();
    let request = |after: &str| {
        let body = json!({ "query": "{ after }" }).to_string();
        let request = TestRequest::post().uri("/graphql").insert_header(("content-type", JSON)).set_payload(body);
        request.insert_header(("milepost-after", after.to_owned()))
    };
    assert_eq!(server.ask(request("abc")).await.json()["data"]["after"], "abc");
    assert_eq!(server.query("{ after }").await.json()["data"]["after"], Value::Null);
    let stale = server.ask(request("the future")).await;
    assert_eq!((stale.status, stale.code().as_str(), stale.header("retry-after")), (503, "STALE", "1"));
    assert_eq!(server.ask(request(&"x".repeat(2_001))).await.status, 400);
}

#[actix_web::test]
async fn every_answer_says_what_it_cost_and_what_is_left() {
    let (burst, restored_per_second) = (NonZeroU32::new(30).unwrap(), NonZeroU32::MIN);
    let server = Server::with(Settings { allowance: Allowance { burst, restored_per_second }, ..Settings::default() });
    // Ten things, one object each, and the connection: eleven points, and a value of each for one more.
    let reply = server.query("{ things(first: 10) { nodes { id } } }").await;
    assert_eq!(reply.json()["extensions"]["cost"], json!({ "requested": 12, "remaining": 18, "restoreRate": 1 }));
    assert_eq!(reply.header("ratelimit"), "\"cost\";r=18;t=0");
    assert_eq!(reply.header("ratelimit-policy"), "\"cost\";q=30;w=30");

    // A request that is refused was read, and costs a point.
    let refused = server.query("{ noSuchField }").await;
    assert!(refused.header("ratelimit").starts_with("\"cost\";r=1"), "{}", refused.header("ratelimit"));

    let reply = server.query("{ things(first: 20) { nodes { id } } }").await;
    assert_eq!((reply.status, reply.code().as_str()), (429, "THROTTLED"));
    let wait: u64 = reply.header("retry-after").parse().unwrap();
    assert!((1..=10).contains(&wait), "{wait}");

    let other = TestRequest::post().uri("/graphql").insert_header(("content-type", JSON));
    let other = other.insert_header(("authorization", format!("Bearer {}", server.tokens[1])));
    let other = server.send(other.set_payload(json!({ "query": "{ things(first: 20) { nodes { id } } }" }).to_string())).await;
    assert_eq!(other.status, StatusCode::OK.as_u16());
}

#[actix_web::test]
async fn many_at_once_get_their_own_answers() {
    let server = Server::with(Settings { queries: Bounds::of(4), ..Settings::default() });
    let asked = (0..100).map(|id| {
        let server = &server;
        async move { server.query(&format!("{{ thing(id: {id}) {{ id }} }}")).await.json()["data"]["thing"]["id"] == id }
    });
    assert!(futures::future::join_all(asked).await.into_iter().all(|right| right));
}
