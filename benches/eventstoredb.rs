//! What an append to EventStoreDB costs through the store, and the naive way: the stream is read, then appended to, each
//! by a call of its own. Both against the same server in the same minute: the double, or the one that
//! `MILEPOST_EVENTSTOREDB` names. Prints a table. What is measured decides docs/decisions/0007.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a benchmark stops by panicking, and prints ratios"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    env,
    sync::Arc,
    time::{Duration, Instant},
};

use app::App;
use chrono::Utc;
use double::{Double, Options};
use eventstore::{AppendToStreamOptions, Client, EventData, ReadStreamOptions, StreamState};
use futures::future::join_all;
use projections::Picture;
use schema::{NewEvent, ThingId};
use store::{Appended, EventStore, Expected, eventstoredb::EventStoreDb};
use support::{new_event, new_events, new_thing};
use uuid::Uuid;

/// How many appends each of so many callers makes, through the store and in the naive way.
const ROUNDS: [(usize, usize, usize); 2] = [(1, 2000, 25), (64, 300, 15)];

#[tokio::main]
async fn main() {
    let double = Double::start_with(Options { quiet: true, ..Options::default() }).unwrap();
    let address = env::var("MILEPOST_EVENTSTOREDB").unwrap_or_else(|_| double.address());
    let deployment = format!("bench{}", Uuid::new_v4().simple());
    let store = Arc::new(EventStoreDb::new(&address, &deployment));
    let client = Client::new(address.parse().unwrap()).unwrap();
    let (app, projector) = App::new(Arc::clone(&store) as Arc<dyn EventStore>, Picture::default(), Utc::now);
    tokio::spawn(projector.run());
    app.caught_up(Duration::from_secs(30)).await.unwrap();
    let bytes = new_event().metadata.len() + new_event().data.len();
    println!("one event per append, {bytes} bytes each, every caller on a stream of its own\n");
    for (callers, appends, naive_appends) in ROUNDS {
        // Sessions and connections are there before anything is measured.
        through_store(&store, callers, 5).await;
        naively(&client, &deployment, callers, 1).await;
        let naive = naively(&client, &deployment, callers, naive_appends).await;
        let ours = through_store(&store, callers, appends).await;
        let seen = until_seen(&store, &app, callers, appends).await;
        show(&format!("{callers} callers, read_stream then append_to_stream"), naive);
        show(&format!("{callers} callers, through the store"), ours);
        show(&format!("{callers} callers, and seen in the picture"), seen);
        println!("through the store {:.0} times as many as naively, {:.0} times if seen\n", ours / naive, seen / naive);
    }
}

fn show(what: &str, per_second: f64) {
    println!("{what:<52} {per_second:>9.0} /s");
}

/// How many appends there are in a second, if each of `callers` makes `appends`, one after the other.
async fn rate<F: Future<Output = ()> + Send + 'static>(callers: usize, appends: usize, call: impl Fn() -> F) -> f64 {
    let started = Instant::now();
    let callers: Vec<_> = (0..callers).map(|_| tokio::spawn(call())).collect();
    let count = callers.len() * appends;
    join_all(callers).await.into_iter().for_each(|caller| caller.unwrap());
    count as f64 / started.elapsed().as_secs_f64()
}

async fn through_store(store: &Arc<EventStoreDb>, callers: usize, appends: usize) -> f64 {
    rate(callers, appends, || {
        let store = Arc::clone(store);
        async move {
            let thing = new_thing();
            let mut expected = Expected::NoStream;
            for event in new_events(appends) {
                expected = append(&store, thing, expected, event).await;
            }
        }
    })
    .await
}

async fn append(store: &EventStoreDb, thing: ThingId, expected: Expected, event: NewEvent) -> Expected {
    let Appended { revision } = store.append(thing, expected, vec![event]).await.unwrap();
    Expected::Revision(revision)
}

/// As a mutation does, each append is waited for until the picture has it. Each founds a thing, since folding a thing
/// takes longer the more is recorded about it, whatever the store.
async fn until_seen(store: &Arc<EventStoreDb>, app: &Arc<App>, callers: usize, appends: usize) -> f64 {
    rate(callers, appends, || {
        let (store, app) = (Arc::clone(store), Arc::clone(app));
        async move {
            for event in new_events(appends) {
                let thing = new_thing();
                append(&store, thing, Expected::NoStream, event).await;
                app.reached(thing, 0, Duration::from_secs(30)).await.unwrap();
            }
        }
    })
    .await
}

async fn naively(client: &Client, deployment: &str, callers: usize, appends: usize) -> f64 {
    rate(callers, appends, || {
        let (client, stream) = (client.clone(), format!("{deployment}naive_{}", new_thing()));
        async move {
            for event in new_events(appends) {
                let mut last = None;
                // A stream never written is an error of its first answer.
                if let Ok(mut read) = client.read_stream(stream.as_str(), &ReadStreamOptions::default()).await {
                    while let Ok(Some(event)) = read.next().await {
                        last = Some(event.get_original_event().revision);
                    }
                }
                let state = last.map_or(StreamState::NoStream, StreamState::StreamRevision);
                let options = AppendToStreamOptions::default().stream_state(state);
                let data = EventData::binary(event.event_type, event.data.into()).metadata(event.metadata.into());
                client.append_to_stream(stream.as_str(), &options, data.id(event.id.0)).await.unwrap();
            }
        }
    })
    .await
}
