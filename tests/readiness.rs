//! What the service answers while the log is still being read, over a real socket.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::{sync::Arc, time::Duration};

use access::{Grant, Role, token};
use actix_web::web;
use app::App;
use chrono::Utc;
use milepost::{
    http::{self, Service},
    settings::Settings,
    startup::Keys,
};
use projections::Picture;
use schema::SubjectId;
use serde_json::{Value, json};
use store::{EventStore, Expected, embedded::EmbeddedStore};
use support::{new_event, new_thing};
use tokio::task::spawn_blocking;
use uuid::Uuid;

struct Reply {
    status: u16,
    content_type: String,
    retry_after: bool,
    body: Value,
}

/// What `url` answers, with a token to a query and without to a GET.
async fn ask(url: String, query: Option<(String, &'static str)>) -> Reply {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let asked = spawn_blocking(move || {
        let mut response = match query {
            None => agent.get(url).call().unwrap(),
            Some((token, query)) => {
                let request = agent.post(url).header("authorization", format!("Bearer {token}"));
                request.send_json(json!({ "query": query })).unwrap()
            }
        };
        Reply {
            status: response.status().as_u16(),
            content_type: response.headers()["content-type"].to_str().unwrap().to_owned(),
            retry_after: response.headers().contains_key("retry-after"),
            body: response.body_mut().read_json().unwrap(),
        }
    });
    asked.await.unwrap()
}

#[tokio::test]
async fn nothing_is_answered_from_a_picture_that_was_never_whole() {
    let data = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(data.path()).unwrap();
    store.append(new_thing(), Expected::NoStream, vec![new_event()]).await.unwrap();
    let keys = Keys::open(data.path()).unwrap();
    let request = token::Request {
        subject: SubjectId(Uuid::new_v4()),
        grants: vec![Grant::of(Role::Auditor)],
        lifetime: Duration::from_hours(1),
    };
    let token = token::issue(&keys.signing, request, Utc::now().timestamp().try_into().unwrap()).unwrap();

    let (app, projector) = App::new(Arc::new(store), Picture::default(), Utc::now);
    let endpoint = web::Data::new(keys.endpoint(Arc::clone(&app), &Settings::default()));
    let metrics = http::measure();
    let service =
        Service { app: Arc::clone(&app), endpoint, key_set: Arc::new(|| Value::Null), metrics, commits: Arc::new(|| 0) };
    let listener = http::bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let probes = http::bind(([127, 0, 0, 1], 0).into()).unwrap();
    let probed = format!("http://{}", probes.local_addr().unwrap());
    let doors = http::Doors { probes: Some(probes), ..http::Doors::one(listener) };
    let server = http::start(service, doors, Duration::from_secs(1)).unwrap();
    let handle = server.handle();
    tokio::spawn(server);

    let unready = ask(format!("{probed}/readyz"), None).await;
    assert_eq!((unready.status, unready.content_type.as_str()), (503, "application/problem+json"));
    assert_eq!((&unready.body["code"], &unready.body["ready"]), (&json!("NOT_READY"), &json!(false)));
    assert_eq!(unready.body["detail"], "the log is being read; 0 events so far");
    let told_to_all = ask(format!("{address}/readyz"), None).await;
    assert_eq!((told_to_all.status, &told_to_all.body["code"]), (503, &json!("NOT_READY")));
    assert!(told_to_all.body["events"].is_null() && !told_to_all.body["detail"].as_str().unwrap().contains("events"));
    let refused = ask(format!("{address}/graphql"), Some((token.clone(), "{ __typename }"))).await;
    assert_eq!((refused.status, refused.retry_after, &refused.body["code"]), (503, true, &json!("BUSY")));

    tokio::spawn(projector.run());
    app.caught_up(Duration::from_secs(30)).await.expect("the log is read");
    let ready = ask(format!("{probed}/readyz"), None).await;
    assert_eq!((ready.status, &ready.body["events"]), (200, &json!(1)));
    let answered = ask(format!("{address}/graphql"), Some((token, "{ __typename }"))).await;
    assert_eq!((answered.status, &answered.body["data"]["__typename"]), (200, &json!("Query")));
    handle.stop(true).await;
}
