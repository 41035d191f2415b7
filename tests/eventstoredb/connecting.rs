//! What can't be reached, and what is wrong with it: said in a sentence that says what to do.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use double::{Double, Options};
use store::{AppendError, EventStore, Expected, eventstoredb::EventStoreDb};

use crate::{
    helpers::{eventually, fault_of, store_of},
    support::{ids_in, ids_of, new_events, new_thing},
};

/// Reading and appending both fail with a sentence that has these words in it, and nothing is acknowledged.
async fn assert_unusable(store: &EventStoreDb, words: &[&str]) {
    let refused = match store.append(new_thing(), Expected::NoStream, new_events(1)).await {
        Err(AppendError::Store(error)) => error.0,
        other => panic!("{other:?}"),
    };
    let faults = [refused, fault_of(store).await, store.head().await.unwrap_err().0];
    for (fault, word) in faults.iter().flat_map(|fault| words.iter().map(move |word| (fault, word))) {
        assert!(fault.contains(word), "'{word}' is not in: {fault}");
    }
}

async fn assert_usable(store: &EventStoreDb) {
    let (thing, events) = (new_thing(), new_events(2));
    eventually(|| async { store.head().await.ok() }).await;
    store.append(thing, Expected::NoStream, events.clone()).await.unwrap();
    assert_eq!(ids_in(store, thing).await, ids_of(&events));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_later_is_found() {
    let double = Double::prepare(Options::default()).unwrap();
    let store = store_of(&double);
    let place = format!("127.0.0.1:{}", double.port());
    assert_unusable(&store, &[&place, "can't be reached", "Connection refused", "start it"]).await;
    assert_unusable(&store, &[&place, "can't be reached"]).await;
    double.run().unwrap();
    assert_usable(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_another_kind_is_refused() {
    for (address, word) in [
        ("http://127.0.0.1:2113", "esdb://"),
        ("postgres://user:secret@127.0.0.1", "esdb://"),
        ("esdb://user:secret@host:port", "can't be read"),
        ("esdb://user:secret@host:2113?nodePreference=nearest", "can't be read"),
    ] {
        let store = EventStoreDb::new(address, "milepost");
        assert_unusable(&store, &[word]).await;
        assert!(!fault_of(&store).await.contains("secret"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_told_until_they_are_right() {
    let double = Double::start().unwrap();
    double.faults().require_credentials("admin", "changeit");
    let with = |credentials: &str| EventStoreDb::new(&double.address().replace("://", &format!("://{credentials}@")), "milepost");
    let store = with("admin:wrong");
    assert_unusable(&store, &["refuses the credentials", "user and password"]).await;
    assert_usable(&with("admin:changeit")).await;
    double.faults().require_nothing();
    assert_usable(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_trusted_is_told_and_can_be_trusted() {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let identity = Some((made.cert.pem(), made.signing_key.serialize_pem()));
    let double = Double::start_with(Options { identity, ..Options::default() }).unwrap();
    assert_unusable(&store_of(&double), &["certificate", "is not trusted", "tlsCAFile="]).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    fs::write(&file, made.cert.pem()).unwrap();
    let trusting = format!("{}&tlsCAFile={}", double.address(), file.display());
    assert_usable(&EventStoreDb::new(&trusting, "milepost")).await;
    assert_usable(&EventStoreDb::new(&format!("{}&tlsVerifyCert=false", double.address()), "milepost")).await;
    let missing = format!("{}&tlsCAFile={}", double.address(), directory.path().join("none.pem").display());
    assert_unusable(&EventStoreDb::new(&missing, "milepost"), &["no client", "files"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_speaks_something_else_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut stream = stream;
                let _ = stream.read(&mut [0; 16]);
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            });
        }
    });
    let plain = EventStoreDb::new(&format!("esdb://{place}?tls=false"), "milepost");
    assert_unusable(&plain, &[&place, "does not speak as EventStoreDB does", "tls="]).await;
    let secure = EventStoreDb::new(&format!("esdb://{place}"), "milepost");
    assert_unusable(&secure, &[&place, "does not speak TLS", "tls=false"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_nobody_has_is_told() {
    let store = EventStoreDb::new("esdb://no-such-host.invalid:2113?tls=false", "milepost");
    assert_unusable(&store, &["no-such-host.invalid:2113", "can't be reached", "correct the store's address"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_found_through_others() {
    let leader = Double::start().unwrap();
    let follower = leader.another_node().unwrap();
    follower.faults().follow(Some(("127.0.0.1", leader.port())));
    let nobody = Double::prepare(Options::default()).unwrap();
    let address = format!("esdb://127.0.0.1:{},127.0.0.1:{}?tls=false", nobody.port(), follower.port());
    assert_usable(&EventStoreDb::new(&address, "milepost")).await;
}
