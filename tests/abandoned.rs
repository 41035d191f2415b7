//! A client that has gone is noticed by whoever works for it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod toy;

use std::{
    io::Write,
    net::{TcpListener, TcpStream},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use actix_web::{App, HttpServer, web};
use graphql::http::{Endpoint, Settings};
use tokio::sync::Mutex;
use toy::{LEFT, Toy, WAITING};

const PATIENCE: Duration = Duration::from_secs(30);

async fn reaches_one(count: &AtomicU64) {
    let until = Instant::now() + PATIENCE;
    while count.load(Ordering::SeqCst) == 0 {
        assert!(Instant::now() < until, "it was not noticed");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// One after the other: the counts are the process's.
static ALONE: Mutex<()> = Mutex::const_new(());

#[actix_web::test]
async fn a_client_that_closes_its_connection_leaves_nobody_who_waits() {
    leave_while("{ alone }").await;
}

#[actix_web::test]
async fn a_scan_ends_when_its_client_has_gone() {
    leave_while("{ endless }").await;
}

/// Asks `query`, and hangs up as soon as it is worked on; whoever works on it has to notice.
async fn leave_while(query: &str) {
    let _alone = ALONE.lock().await;
    WAITING.store(0, Ordering::SeqCst);
    LEFT.store(0, Ordering::SeqCst);
    let toy = Toy::new();
    let token = toy.tokens[0].clone();
    // Long enough that what is noticed is not the deadline.
    let settings = Settings { patience: 10 * PATIENCE, ..Settings::default() };
    let endpoint = web::Data::new(Endpoint::new(toy, settings));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = HttpServer::new(move || App::new().configure(Endpoint::mount(endpoint.clone())));
    let server = server.h1_allow_half_closed(false).workers(1).listen(listener).unwrap().run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let mut client = TcpStream::connect(address).unwrap();
    let head = "POST /graphql HTTP/1.1\r\nHost: milepost\r\nContent-Type: application/json";
    let body = serde_json::json!({ "query": query }).to_string();
    write!(client, "{head}\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    reaches_one(&WAITING).await;
    assert_eq!(LEFT.load(Ordering::SeqCst), 0);
    drop(client);
    reaches_one(&LEFT).await;
    handle.stop(false).await;
}
