//! One subject asks for more than can be done: 256 connections that ask for the whole outlook and hang up within a second,
//! again and again, with an allowance that never ends. What another subject's smallest question takes meanwhile, how fast
//! eight writers are beside it, and what memory it takes. `cargo bench --bench crowd -- 100000` says how many projects there
//! are.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a benchmark stops by panicking, and prints ratios")]

mod support;

use std::{
    env,
    io::Write,
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use access::{Grant, Role};
use milepost::{
    demo::{self, MadeUp},
    settings, startup,
};
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

use self::support::{Asker, Site, generous, memory_mb, quantile};

const PROJECTS: u32 = 10_000;
const PROJECTS_PER_CLUSTER: u32 = 50;
const ATTACKERS: usize = 256;
const WRITERS: usize = 8;
const SPELL: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_mins(30);
const OUTLOOK: &str = "{ fidOutlook(first: 1) { totalCount } }";

#[tokio::main]
async fn main() {
    let projects = env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(PROJECTS);
    let directory = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let settings = settings::Settings { data: directory.path().to_owned(), ..settings::Settings::default() };
    let opened = startup::open(&settings).await.unwrap();
    let clusters = (projects / PROJECTS_PER_CLUSTER).max(1);
    let made_up = MadeUp { clusters, projects_per_cluster: PROJECTS_PER_CLUSTER, seed: 1 };
    demo::record_made_up(&opened.app, made_up, &|_| {}).await.unwrap();
    opened.app.in_step(PATIENCE).await.unwrap();
    let site = Site::serve(Arc::clone(&opened.app), directory.path(), generous());
    let attacker = site.asker(2, vec![Grant::of(Role::Auditor)]);
    let other = site.asker(3, vec![Grant::of(Role::Auditor)]);
    let writer = site.asker(4, vec![Grant::of(Role::Administrator)]);
    tokio::task::spawn_blocking(move || {
        let (_, took) = attacker.ask(OUTLOOK, &json!({}));
        println!("{projects} projects; one outlook takes {:.0} ms", took.as_secs_f64() * 1e3);
        println!("{:<24} {:>12} {:>10} {:>12} {:>12}", "", "median ms", "p99 ms", "writes/s", "memory MB");
        spell("nobody else", &other, &writer);
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            for number in 0..ATTACKERS {
                scope.spawn({
                    let (attacker, over) = (&attacker, &over);
                    move || attack(attacker, number, over)
                });
            }
            spell("256 who hang up", &other, &writer);
            over.store(true, Ordering::Relaxed);
        });
        let (_, took) = attacker.ask("{ __typename }", &json!({}));
        println!("their own next answer comes after {:.0} ms", took.as_secs_f64() * 1e3);
        spell("after them", &other, &writer);
    })
    .await
    .unwrap();
}

/// Asks for the outlook, hangs up before the answer is there, and begins anew.
fn attack(attacker: &Asker, number: usize, over: &AtomicBool) {
    let address = attacker.url.trim_start_matches("http://").trim_end_matches("/graphql");
    let body = json!({ "query": OUTLOOK }).to_string();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nHost: bench\r\nAuthorization: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        attacker.authorization(),
        body.len()
    );
    while !over.load(Ordering::Relaxed) {
        let mut connection = TcpStream::connect(address).unwrap();
        // A connection that is turned away is no reason to stop.
        let _ = connection.write_all(request.as_bytes());
        thread::sleep(Duration::from_millis(100 + 3 * number as u64));
    }
}

/// What the smallest question takes, and how many commands eight writers get recorded in a second.
fn spell(name: &str, other: &Asker, writer: &Asker) {
    let (over, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (mut times, mut memory) = (Vec::new(), 0_f64);
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                let writer = writer.another();
                while !over.load(Ordering::Relaxed) {
                    register(&writer);
                    written.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let began = Instant::now();
        while began.elapsed() < SPELL {
            let (_, took) = other.ask("{ __typename }", &json!({}));
            times.push(took);
            memory = memory.max(memory_mb());
            thread::sleep(Duration::from_millis(5));
        }
        over.store(true, Ordering::Relaxed);
    });
    let rate = written.load(Ordering::Relaxed) as f64 / SPELL.as_secs_f64();
    let (median, p99) = (quantile(&mut times, 50), quantile(&mut times, 99));
    println!("{name:<24} {median:>12.2} {p99:>10.2} {rate:>12.0} {memory:>12.0}");
}

/// Registers an organisation that nobody has.
fn register(writer: &Asker) {
    let name = format!("Organisation {}", Uuid::new_v4());
    let mutation = format!(
        "mutation {{ organisationRegister(input: {{name: \"{name}\", kind: COMPANY, country: \"GB\", occurredOn: \"2024-05\"}}) {{ \
         position userErrors {{ message }} }} }}"
    );
    let (answer, _) = writer.ask(&mutation, &json!({}));
    assert!(answer["data"]["organisationRegister"]["position"].is_string(), "{answer}");
}
