//! What grows with the record, and how fast: the same made-up record at two sizes, 1,000 and 100,000 projects.
//!
//! `cargo bench --bench size` measures both, `cargo bench --bench size -- 100 1000` others. Each size is built and then
//! started anew in processes of its own, so that the memory of one is not counted with the other. The large one needs
//! some gigabytes of memory and of disk, in the target directory.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a benchmark stops by panicking, and prints ratios")]

mod support;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use access::{Grant, Role};
use app::{App, checkpoints::Checkpoints};
use graphql::http::Settings;
use milepost::{
    demo::{self, MadeUp},
    startup,
};
use projections::{Entry, Picture, things};
use schema::{Kind, Position, ThingId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;
use store::embedded::{self, FILE_NAME};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use self::support::{Asker, Site, generous, memory_mb, quantile};

const SIZES: [u32; 2] = [1_000, 100_000];
/// Of this many projects on average, at every size: what is asked of one cluster should not depend on how many there are.
const PROJECTS_PER_CLUSTER: u32 = 50;
const SEED: u64 = 1;
/// How often a query is asked, if there is time for it.
const RUNS: usize = 300;
const RUNS_MIN: usize = 5;
const TIME_PER_QUERY: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_mins(30);

/// What it took to make the record up.
#[derive(Serialize, Deserialize)]
struct Built {
    events: u64,
    projects: usize,
    permits: usize,
    clusters: usize,
    /// Until all was durable, in seconds,
    append_s: f64,
    /// and until all was in the picture.
    seen_s: f64,
    memory_mb: f64,
    checkpoint_s: f64,
}

/// What a question took, and what it cost.
#[derive(Serialize, Deserialize)]
struct Asked {
    name: String,
    median_ms: f64,
    p99_ms: f64,
    points: f64,
}

/// What a start took, and what it answers.
#[derive(Serialize, Deserialize)]
struct Started {
    from_checkpoint_s: f64,
    memory_mb: f64,
    queries: Vec<Asked>,
    decode_per_s: f64,
    read_and_fold_per_s: f64,
}

fn main() {
    let arguments: Vec<_> = env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["build", directory, projects] => say(&runtime().block_on(build(Path::new(directory), projects.parse().unwrap()))),
        ["start", directory] => say(&start(Path::new(directory))),
        [] => compare(&SIZES),
        sizes => compare(&sizes.iter().map(|size| size.parse().unwrap()).collect::<Vec<_>>()),
    }
}

fn runtime() -> Runtime {
    startup::runtime().unwrap()
}

fn say(measured: &impl Serialize) {
    println!("{}", serde_json::to_string(measured).unwrap());
}

/// Another process of this program, and what it measured.
fn of_process<M: DeserializeOwned>(arguments: &[&str]) -> M {
    let mut command = Command::new(env::current_exe().unwrap());
    let output = command.args(arguments).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn compare(sizes: &[u32]) {
    let measured: Vec<_> = sizes.iter().map(|size| measure(*size)).collect();
    let row = |name: &str, unit: &str, of: &dyn Fn(&(Built, Started, f64)) -> f64| {
        let values: Vec<_> = measured.iter().map(of).collect();
        print(name, unit, &values);
    };
    print_head(&measured);
    row("projects", "", &|(built, ..)| built.projects as f64);
    row("permits", "", &|(built, ..)| built.permits as f64);
    row("events", "", &|(built, ..)| built.events as f64);
    row("generated and durable", "s", &|(built, ..)| built.append_s);
    row("generated and durable", "events/s", &|(built, ..)| built.events as f64 / built.append_s);
    row("and in the picture", "s", &|(built, ..)| built.seen_s);
    row("log on disk", "MB", &|(_, _, log)| *log);
    row("memory after generating", "MB", &|(built, ..)| built.memory_mb);
    row("checkpoint written", "s", &|(built, ..)| built.checkpoint_s);
    row("started from the checkpoint", "s", &|(_, started, _)| started.from_checkpoint_s);
    row("memory after that start", "MB", &|(_, started, _)| started.memory_mb);
    row("memory per event", "bytes", &|(built, started, _)| started.memory_mb * 1e6 / built.events as f64);
    row("decoding the log", "events/s", &|(_, started, _)| started.decode_per_s);
    row("reading and folding the log", "events/s", &|(_, started, _)| started.read_and_fold_per_s);
    for at in 0..measured[0].1.queries.len() {
        let name = &measured[0].1.queries[at].name;
        let least = |started: &Started| started.queries[0].median_ms;
        row(name, "p50 ms", &|(_, started, _)| started.queries[at].median_ms);
        row("", "p99 ms", &|(_, started, _)| started.queries[at].p99_ms);
        row("", "points", &|(_, started, _)| started.queries[at].points);
        // Beyond what every answer takes.
        row("", "µs/point", &|(_, started, _)| {
            (started.queries[at].median_ms - least(started)) * 1e3 / (started.queries[at].points - 1.0).max(1.0)
        });
    }
}

fn print_head(measured: &[(Built, Started, f64)]) {
    let sizes = measured.iter().map(|(built, ..)| format!("{:>14}", format!("{} clusters", built.clusters)));
    println!("{:44} {:>9} {} {:>8}", "", "", sizes.collect::<String>(), "ratio");
}

fn print(name: &str, unit: &str, values: &[f64]) {
    let written = values.iter().map(|value| if *value < 100.0 { format!("{value:14.2}") } else { format!("{value:14.0}") });
    let ratio = values.last().unwrap() / values[0];
    println!("{name:44} {unit:>9} {} {ratio:8.1}", written.collect::<String>());
}

fn measure(projects: u32) -> (Built, Started, f64) {
    let directory = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = directory.path().to_str().unwrap();
    let built = of_process(&["build", path, &projects.to_string()]);
    let log_mb = fs::metadata(directory.path().join(FILE_NAME)).unwrap().len() as f64 / 1e6;
    (built, of_process(&["start", path]), log_mb)
}

/// The settings of a service whose data is in `directory`.
fn settings_of(directory: &Path) -> milepost::settings::Settings {
    milepost::settings::Settings { data: directory.to_owned(), ..milepost::settings::Settings::default() }
}

/// Makes the record up in `directory`, and leaves a checkpoint.
async fn build(directory: &Path, projects: u32) -> Built {
    let opened = startup::open(&settings_of(directory)).await.unwrap();
    let app = Arc::clone(&opened.app);
    let clusters = (projects / PROJECTS_PER_CLUSTER).max(1);
    let made_up = MadeUp { clusters, projects_per_cluster: PROJECTS_PER_CLUSTER, seed: SEED };
    let began = Instant::now();
    let step = demo::record_made_up(&app, made_up, &|_| {}).await.unwrap();
    let append_s = began.elapsed().as_secs_f64();
    app.in_step(PATIENCE).await.unwrap();
    let seen_s = began.elapsed().as_secs_f64();
    let picture = app.picture();
    let memory_mb = memory_mb();
    let began = Instant::now();
    Checkpoints::of(directory).write(&picture).unwrap();
    Built {
        events: step.events,
        projects: picture.things::<things::Project>().len(),
        permits: picture.things::<things::Permit>().len(),
        clusters: picture.things::<things::Cluster>().len(),
        append_s,
        seen_s,
        memory_mb,
        checkpoint_s: began.elapsed().as_secs_f64(),
    }
}

/// Starts from the checkpoint in `directory`, and measures what the record then answers.
fn start(directory: &Path) -> Started {
    let runtime = runtime();
    let began = Instant::now();
    let opened = runtime.block_on(async {
        let opened = startup::open(&settings_of(directory)).await.unwrap();
        opened.app.caught_up(PATIENCE).await.unwrap();
        opened
    });
    let from_checkpoint_s = began.elapsed().as_secs_f64();
    let memory_mb = memory_mb();
    let (app, path) = (Arc::clone(&opened.app), directory.to_owned());
    let queries = runtime.block_on(async move { ask_all(app, path).await });
    drop(opened);
    runtime.shutdown_timeout(Duration::from_secs(5));
    let (decode_per_s, read_and_fold_per_s) = replay(directory);
    Started { from_checkpoint_s, memory_mb, queries, decode_per_s, read_and_fold_per_s }
}

/// Events per second: decoding alone, and reading, decoding and folding together, on one thread.
fn replay(directory: &Path) -> (f64, f64) {
    let last = Position(u64::MAX >> 1);
    let (mut events, mut decoding) = (0_usize, Duration::ZERO);
    let mut picture = Picture::default();
    let began = Instant::now();
    embedded::replay(directory, last, |page| {
        let decoded = Instant::now();
        let entries: Vec<Entry> = page.into_iter().map(Entry::from).collect();
        decoding += decoded.elapsed();
        events += entries.len();
        picture = picture.with(entries);
    })
    .unwrap();
    let all = began.elapsed();
    (events as f64 / decoding.as_secs_f64(), events as f64 / all.as_secs_f64())
}

async fn ask_all(app: Arc<App>, data: PathBuf) -> Vec<Asked> {
    let queries = queries(&app.picture());
    let site = Site::serve(app, &data, Settings { patience: PATIENCE, ..generous() });
    let asker = site.asker(2, vec![Grant::of(Role::Auditor)]);
    let asked = move || queries.iter().map(|(name, query)| ask(&asker, name, query)).collect();
    tokio::task::spawn_blocking(asked).await.unwrap()
}

/// Asks `query` again and again, as often as there is time.
fn ask(asker: &Asker, name: &str, query: &str) -> Asked {
    let (mut times, began) = (Vec::with_capacity(RUNS), Instant::now());
    let mut points = 0.0;
    // The first finds nothing warm, and does not count.
    while times.len() <= RUNS && (times.len() <= RUNS_MIN || began.elapsed() < TIME_PER_QUERY) {
        let (answer, took) = asker.ask(query, &json!({}));
        points = answer["extensions"]["cost"]["requested"].as_f64().unwrap();
        times.push(took);
    }
    times.remove(0);
    Asked { name: name.to_owned(), median_ms: quantile(&mut times, 50), p99_ms: quantile(&mut times, 99), points }
}

/// The thing of a kind that most others name, or that most is recorded about.
fn busiest(picture: &Picture, kind: Kind, naming: Kind) -> ThingId {
    let ids: Vec<_> = match kind {
        Kind::Cluster => picture.things::<things::Cluster>().keys().copied().collect(),
        _ => picture.things::<things::Project>().keys().copied().collect(),
    };
    ids.into_iter().max_by_key(|id| picture.links().to(*id, naming).count()).unwrap()
}

fn queries(picture: &Picture) -> Vec<(&'static str, String)> {
    let cluster = busiest(picture, Kind::Cluster, Kind::Project);
    let project = busiest(picture, Kind::Project, Kind::Permit);
    let levels = "pillars { pillars { pillar level summary next { rung met of } } limiting }";
    let money = "money { public { awarded { totals { byCurrency { amount currency } } known of } obligated { known of } } }";
    let figures = format!(
        "clusters projects abatementPotentialTPerYear {{ value known of }} capacity {{ unit planned {{ value }} }} {money}"
    );
    vec![
        ("{ __typename }", "{ __typename }".to_owned()),
        (
            "cluster → 20 projects → permits",
            format!(
                "{{ cluster(id: \"{cluster}\") {{ name projects(first: 20) {{ totalCount nodes {{ title stage permits(first: 5) {{ \
                 nodes {{ title state court {{ party since }} elapsed {{ count }} }} }} }} }} }} }}"
            ),
        ),
        (
            "first page of projects, filtered, ordered",
            "{ projects(first: 20, filter: {stage: [OPERATIONAL], country: \"GB\"}, orderBy: {field: CAPACITY, direction: DESC}) \
             { totalCount nodes { title stage stageSince capacity { value unit } } } }"
                .to_owned(),
        ),
        ("rollUp by country", format!("{{ rollUp(by: COUNTRY) {{ country {figures} }} }}")),
        ("pipeline", format!("{{ pipeline {{ stage {figures} fidSlip {{ medianDays known of }} }} }}")),
        ("a cluster's levels", format!("{{ cluster(id: \"{cluster}\") {{ {levels} }} }}")),
        (
            "a cluster's levels with their history",
            format!("{{ cluster(id: \"{cluster}\") {{ pillars {{ history {{ on pillar from to fell because }} }} }} }}"),
        ),
        (
            "a project's levels with their history",
            format!("{{ project(id: \"{project}\") {{ pillars {{ history {{ on pillar from to fell because }} }} }} }}"),
        ),
        ("awardsByState", "{ awardsByState { state count } }".to_owned()),
        (
            "fidOutlook, first 20",
            "{ fidOutlook(first: 20) { totalCount nodes { project { title } forecast blockers { message } } } }".to_owned(),
        ),
        ("permitsByState", "{ permitsByState { state count } }".to_owned()),
        (
            "timeline of a cluster, first 50",
            format!(
                "{{ timeline(thing: \"{cluster}\", first: 50) {{ totalCount nodes {{ kind eventType occurredOn payload }} }} }}"
            ),
        ),
    ]
}
