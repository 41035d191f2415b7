//! Writers over loopback HTTP: one on a project with few acts and with many, many at once on one project, with and without
//! others who write elsewhere. Prints a table; a rate is of mutations that were answered.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a benchmark stops by panicking, and prints ratios")]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use access::{Grant, Role};
use app::{App, Submission};
use chrono::{Days, NaiveDate};
use domain::{Command, Intent};
use projections::{Picture, things::Project};
use schema::{CommandId, Fact, Metadata, ProjectId, SubjectId, project::ProjectFact};
use serde_json::json;
use store::embedded::EmbeddedStore;
use tempfile::TempDir;
use uuid::Uuid;

use self::support::{Asker, Site, generous, quantile};

const LENGTHS: [usize; 5] = [10, 100, 1_000, 3_000, 10_000];
const ACTS_OF_THE_ONE: usize = 1_200;
const OTHERS: usize = 8;
const SPELLS_WITH_OTHERS: usize = 3;
const ROUNDS: usize = 300;
const SPELL: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() {
    let directory = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = Arc::new(EmbeddedStore::open(directory.path()).unwrap());
    let (app, projector) = App::new(store, Picture::default(), chrono::Utc::now);
    tokio::spawn(projector.run());
    let mut long = Vec::new();
    for length in LENGTHS {
        long.push((length, project(&app, length).await));
    }
    let mut ones = Vec::new();
    for _ in 0..5 {
        ones.push(project(&app, ACTS_OF_THE_ONE).await);
    }
    // Each spell has others of its own: those of the spell before have grown.
    let mut others = Vec::new();
    for _ in 0..SPELLS_WITH_OTHERS {
        let mut elsewhere = Vec::new();
        for _ in 0..OTHERS {
            elsewhere.push(project(&app, 10).await);
        }
        others.push(elsewhere);
    }
    let projects = long.iter().map(|(_, project)| project).chain(&ones).chain(others.iter().flatten());
    let all = projects.copied().collect();
    let site = Site::serve(Arc::clone(&app), directory.path(), generous());
    let client = site.asker(2, vec![Grant { projects: all, ..Grant::of(Role::ProjectLead) }]);
    tokio::task::spawn_blocking(move || {
        one_after_the_other(&client, &long);
        many_at_once(&client, &ones, &others);
    })
    .await
    .unwrap();
}

/// One writer's act at the end of life on projects of several lengths, in turns.
fn one_after_the_other(client: &Asker, projects: &[(usize, ProjectId)]) {
    let mut times = vec![Vec::new(); projects.len()];
    for round in 0..ROUNDS {
        for ((_, project), times) in projects.iter().zip(&mut times) {
            let started = Instant::now();
            plan(client, *project, &day(11_000 + round));
            times.push(started.elapsed());
        }
    }
    let least = quantile(&mut times[0], 50);
    println!("{:<44} {:>10} {:>10} {:>8}", "one writer, an act at the end of life", "median ms", "p99 ms", "ratio");
    for ((length, _), times) in projects.iter().zip(&mut times) {
        let (median, p99) = (quantile(times, 50), quantile(times, 99));
        println!("{:<44} {median:10.2} {p99:10.2} {:8.2}", format!("of {length} acts"), median / least);
    }
}

/// Writers who record facts of one and the same day.
fn many_at_once(client: &Asker, ones: &[ProjectId], others: &[Vec<ProjectId>]) {
    let [first, with_others, many, more, more_with_others] = ones else { return };
    let [by_themselves, beside_one, beside_many] = others else { return };
    let (alone, _) = spell(client, *first, 1, &[]);
    let (_, others_alone) = spell(client, *first, 0, by_themselves);
    println!("\n{:<44} {:>10} {:>10} {:>10} {:>10}", "writers on one project", "acts/s", "to one's", "others/s", "to alone");
    let show = |what: &str, (rate, others): (f64, f64)| {
        println!("{what:<44} {rate:>10.0} {:>10.2} {others:>10.0} {:>10.2}", rate / alone, others / others_alone);
    };
    show("1", (alone, 0.0));
    show("none, 8 elsewhere", (0.0, others_alone));
    show("1, 8 elsewhere", spell(client, *with_others, 1, beside_one));
    show("32", spell(client, *many, 32, &[]));
    show("64", spell(client, *more, 64, &[]));
    show("64, 8 elsewhere", spell(client, *more_with_others, 64, beside_many));
}

/// The rates of `count` writers on `one` together, and of one writer on each of the `others` together.
fn spell(client: &Asker, one: ProjectId, count: usize, others: &[ProjectId]) -> (f64, f64) {
    let (done, over) = ([AtomicUsize::new(0), AtomicUsize::new(0)], AtomicBool::new(false));
    let [of_one, of_others] = &done;
    let write = |project: ProjectId, done: &AtomicUsize| {
        let client = client.another();
        while !over.load(Ordering::Relaxed) {
            plan(&client, project, "2025-06-01");
            done.fetch_add(1, Ordering::Relaxed);
        }
    };
    let started = Instant::now();
    let took = thread::scope(|scope| {
        for _ in 0..count {
            scope.spawn(|| write(one, of_one));
        }
        for other in others {
            scope.spawn(|| write(*other, of_others));
        }
        thread::sleep(SPELL);
        let counts = [of_one, of_others].map(|count| count.load(Ordering::Relaxed) as f64);
        over.store(true, Ordering::Relaxed);
        (counts, started.elapsed().as_secs_f64())
    });
    let ([of_one, of_others], seconds) = took;
    (of_one / seconds, of_others / seconds)
}

/// Plans a milestone of `project`.
fn plan(client: &Asker, project: ProjectId, on: &str) {
    let query = "mutation($input: MilestonePlanInput!) { milestonePlan(input: $input) { position userErrors { code } } }";
    let input = json!({ "project": project.to_string(), "milestone": Uuid::new_v4().to_string(), "dueOn": "2030-01-01",
                        "occurredOn": on });
    let (answer, _) = client.ask(query, &json!({ "input": input }));
    assert!(answer["data"]["milestonePlan"]["position"].is_string(), "{answer}");
}

/// A project of which `length` acts are recorded.
async fn project(app: &App, length: usize) -> ProjectId {
    let project = ProjectId::new(Uuid::new_v4());
    let thing = project.thing();
    let command = |at: usize| {
        let (name, data) = match at {
            0 => ("ProjectRegistered", json!({ "title": "Pipeline", "country": "GB" })),
            at => ("MilestonePlanned", json!({ "milestone": format!("milestone {at}"), "due_on": "2030-01-01" })),
        };
        let index = ProjectFact::TYPES.iter().position(|event_type| event_type.name == name).unwrap();
        let fact = ProjectFact::decode(index, data.to_string().as_bytes()).unwrap();
        Command { intent: Intent::State(fact), metadata: metadata(&day(at)), may_override: false, now: app.now(), index: 0 }
    };
    for start in (0..length).step_by(1_000) {
        let commands = (start..length.min(start + 1_000)).map(command).collect();
        let submission = Submission { thing, commands, expected_revision: None };
        let receipt = app.record::<Project>(&submission).await.unwrap();
        app.reached(thing, receipt.revision.unwrap(), Duration::from_secs(10)).await.unwrap();
    }
    project
}

fn day(at: usize) -> String {
    (NaiveDate::from_ymd_opt(1990, 1, 1).unwrap() + Days::new(at as u64)).to_string()
}

fn metadata(on: &str) -> Metadata {
    Metadata::new(on.parse().unwrap(), SubjectId(Uuid::from_u128(3)), CommandId(Uuid::new_v4()), Uuid::from_u128(4))
}
