//! What one client's mutation takes, recorded, acknowledged and seen in its answer over loopback HTTP, beside what it can't
//! do without: the same mutation answered from its command id, and a bare SQLite transaction of the same bytes with the same
//! index. Then the same of 256 clients, and whether a checkpoint that is written beside shows. Over both editions of the
//! planning register; prints medians, 99th percentiles and ratios, each of runs that took turns.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a benchmark stops by panicking, and prints ratios"
)]

mod support;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use access::{Grant, Role, keys::key_set};
use actix_web::web;
use app::{App, checkpoints::Checkpoints};
use futures::TryStreamExt;
use graphql::throttle;
use milepost::{
    demo, http,
    settings::{Allowance, Daily, Settings},
    startup::{self, Opened},
};
use rusqlite::{Connection, params};
use schema::{Kind, StoredEvent, SubjectId, ThingId};
use tempfile::TempDir;
use tokio::runtime::Handle;
use uuid::Uuid;

use self::support::{plenty, token_of};

/// How often one client sends a command, and sends it again.
const PAIRS: usize = 3_000;
/// The first find nothing warm, and do not count.
const WARM_UP: usize = 200;
const CLIENTS: usize = 256;
/// How long all of them send commands of one sort before it is the other's turn, and how often.
const TURN: Duration = Duration::from_secs(2);
const TURNS: usize = 5;
const PATIENCE: Duration = Duration::from_mins(2);

#[tokio::main]
async fn main() {
    let directory = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let throttle::Allowance { burst, restored_per_second } = plenty();
    let allowance = Allowance { burst, restored_per_second };
    let daily = Daily { acts: u64::MAX, bytes: u64::MAX };
    let settings = Settings { data: directory.path().to_owned(), allowance, daily, ..Settings::default() };
    let opened = startup::open(&settings).await.unwrap();
    opened.app.caught_up(PATIENCE).await.unwrap();
    demo::take_editions(&opened.app, &|_| {}, |_| {}).await.unwrap();
    let (bench, upkeep) = Bench::start(opened, &settings);
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        one_client(&bench, directory.path(), &runtime);
        many_clients(&bench);
        beside_checkpoints(&bench, directory.path(), &runtime);
    })
    .await
    .unwrap();
    upkeep.close().await;
}

/// A service that is asked.
struct Bench {
    app: Arc<App>,
    address: SocketAddr,
    token: String,
}

impl Bench {
    fn start(opened: Opened, settings: &Settings) -> (Self, startup::Upkeep) {
        let Opened { app, keys, commits, metrics, upkeep } = opened;
        let grants = vec![Grant::of(Role::Administrator)];
        let token = token_of(&keys.signing, 2, grants);
        let published = key_set(std::slice::from_ref(keys.signing.public()));
        let key_set: http::KeySet = Arc::new(move || published.clone());
        let endpoint = web::Data::new(keys.endpoint(Arc::clone(&app), settings));
        let service = http::Service { app: Arc::clone(&app), endpoint, key_set, metrics, commits };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(http::start(service, http::Doors::one(listener), Duration::from_secs(1)).unwrap());
        (Self { app, address, token }, upkeep)
    }

    fn client(&self) -> Client {
        let connection = TcpStream::connect(self.address).unwrap();
        connection.set_nodelay(true).unwrap();
        Client { connection, token: self.token.clone(), received: Vec::new() }
    }
}

/// A connection that is kept, and as little as can be on top of it: what is measured is the service.
struct Client {
    connection: TcpStream,
    token: String,
    received: Vec<u8>,
}

impl Client {
    /// Registers an organisation by a command with this id. How long it took until the answer said so.
    fn register(&mut self, command: Uuid) -> Duration {
        let mutation = format!(
            "mutation {{ organisationRegister(input: {{name: \"Organisation {command}\", kind: COMPANY, country: \"GB\", \
             occurredOn: \"2024-05\", commandId: \"{command}\"}}) {{ organisation {{ id name country }} position userErrors \
             {{ message }} }} }}"
        );
        let body = serde_json::json!({ "query": mutation }).to_string();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        let began = Instant::now();
        self.connection.write_all(request.as_bytes()).unwrap();
        self.receive();
        let took = began.elapsed();
        let answer = String::from_utf8_lossy(&self.received);
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(&format!("\"Organisation {command}\"")), "{answer}");
        took
    }

    /// Receives one whole answer.
    fn receive(&mut self) {
        self.received.clear();
        let mut chunk = [0; 8_192];
        while !is_whole(&self.received) {
            let bytes = self.connection.read(&mut chunk).unwrap();
            assert!(bytes > 0, "the service hangs up");
            self.received.extend_from_slice(&chunk[..bytes]);
        }
    }
}

fn is_whole(received: &[u8]) -> bool {
    let Some(head) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return false };
    let text = String::from_utf8_lossy(&received[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    received.len() >= head + 4 + length.parse::<usize>().unwrap()
}

/// Times of one sort, in order.
struct Times(Vec<Duration>);

impl Times {
    fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    fn ms(&self, percent: usize) -> f64 {
        self.0[(self.0.len() - 1) * percent / 100].as_secs_f64() * 1e3
    }

    fn show(&self, what: &str) {
        println!("{what:<60} {:8.3} {:8.3} ms", self.ms(50), self.ms(99));
    }
}

/// The event that a command recorded.
fn recorded(bench: &Bench, command: Uuid, runtime: &Handle) -> StoredEvent {
    let thing = ThingId::derive(Kind::Organisation, SubjectId(Uuid::from_u128(2)), schema::CommandId(command));
    let stream: Vec<_> = runtime.block_on(bench.app.store().read(thing).try_collect()).unwrap();
    stream.into_iter().next().expect("what was acknowledged is there")
}

fn one_client(bench: &Bench, directory: &Path, runtime: &Handle) {
    let bare = bare_sqlite(directory);
    let mut client = bench.client();
    let (mut recording, mut known, mut by_hand) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..WARM_UP + PAIRS {
        let command = Uuid::new_v4();
        recording.push(client.register(command));
        known.push(client.register(command));
        let event = recorded(bench, command, runtime);
        by_hand.push(insert(&bare, &event));
    }
    let [recording, known, by_hand] = [recording, known, by_hand].map(|times| Times::new(times[WARM_UP..].to_vec()));
    println!("{:<60} {:>8} {:>8}", "one client", "median", "p99");
    recording.show("a command, recorded and seen in its answer");
    known.show("the same command again, answered from its id");
    by_hand.show("bare SQLite, a transaction of the same bytes, with the index");
    println!("the first takes {:.2} times as long as the other two\n", recording.ms(50) / (known.ms(50) + by_hand.ms(50)));
}

fn bare_sqlite(directory: &Path) -> Connection {
    let connection = Connection::open(directory.join("bare.db")).unwrap();
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    connection
        .execute_batch(
            "CREATE TABLE event (position INTEGER PRIMARY KEY, id, stream, revision, recorded_at, type, version, metadata, data);
             CREATE UNIQUE INDEX event_in_stream ON event (stream, revision)",
        )
        .unwrap();
    connection
}

fn insert(connection: &Connection, event: &StoredEvent) -> Duration {
    let stream = event.thing.to_string();
    let began = Instant::now();
    let transaction = connection.unchecked_transaction().unwrap();
    let mut insert = transaction.prepare_cached("INSERT INTO event VALUES (NULL, ?1, ?2, 0, ?3, ?4, ?5, ?6, ?7)").unwrap();
    let (id, now) = (event.id.0.as_bytes(), event.recorded_at.timestamp_micros());
    insert.execute(params![id, stream, now, event.event_type, event.version, event.metadata, event.data]).unwrap();
    drop(insert);
    transaction.commit().unwrap();
    began.elapsed()
}

/// What every client sends until it is told to stop.
#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Recording,
    Known,
}

fn many_clients(bench: &Bench) {
    let mut clients: Vec<_> = (0..CLIENTS).map(|_| (bench.client(), Uuid::new_v4())).collect();
    for (client, command) in &mut clients {
        client.register(*command);
    }
    let (mut recording, mut known) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        known.push(rate(&mut clients, Sort::Known));
        recording.push(rate(&mut clients, Sort::Recording));
    }
    let [recording, known] = [recording, known].map(median);
    println!("{CLIENTS} clients, each on things of its own");
    println!("{:<60} {recording:8.0} /s", "commands, recorded and seen in their answers");
    println!("{:<60} {known:8.0} /s", "commands that are known, answered from their ids");
    println!("the first is {:.2} of the second\n", recording / known);
}

/// The rate at which all clients together are answered.
fn rate(clients: &mut [(Client, Uuid)], sort: Sort) -> f64 {
    let (stop, answers) = (AtomicBool::new(false), AtomicUsize::new(0));
    let began = Instant::now();
    thread::scope(|scope| {
        for (client, known) in clients {
            let (stop, answers) = (&stop, &answers);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    client.register(if sort == Sort::Known { *known } else { Uuid::new_v4() });
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        thread::sleep(TURN);
        stop.store(true, Ordering::Relaxed);
    });
    answers.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_unstable_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// One client, in turns without and with checkpoints that are written one after the other.
fn beside_checkpoints(bench: &Bench, directory: &Path, runtime: &Handle) {
    let checkpoints = Arc::new(Checkpoints::of(directory));
    let mut client = bench.client();
    let (mut without, mut with, mut written) = (Vec::new(), Vec::new(), 0);
    for _ in 0..TURNS {
        without.extend(register_for(&mut client, 2 * TURN));
        let stop = Arc::new(AtomicBool::new(false));
        let writing = runtime.spawn(write_until(Arc::clone(&stop), Arc::clone(&checkpoints), Arc::clone(&bench.app)));
        with.extend(register_for(&mut client, 2 * TURN));
        stop.store(true, Ordering::Relaxed);
        written += runtime.block_on(writing).unwrap();
    }
    let [without, with] = [without, with].map(Times::new);
    println!("one client over {} events, {written} checkpoints", bench.app.picture().events());
    without.show("a command, recorded and seen");
    with.show("the same while checkpoints are written");
    println!("the 99th percentile with them is {:.2} times that without", with.ms(99) / without.ms(99));
}

/// Writes one checkpoint after the other. How many.
async fn write_until(stop: Arc<AtomicBool>, checkpoints: Arc<Checkpoints>, app: Arc<App>) -> usize {
    let mut written = 0;
    while !stop.load(Ordering::Relaxed) {
        checkpoints.write_aside(&app).await;
        written += 1;
    }
    written
}

fn register_for(client: &mut Client, time: Duration) -> Vec<Duration> {
    let began = Instant::now();
    let mut times = Vec::new();
    while began.elapsed() < time {
        times.push(client.register(Uuid::new_v4()));
    }
    times
}
