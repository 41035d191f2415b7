//! What the main queries cost over both editions of the planning register and one invented cluster: median and 99th
//! percentile over loopback HTTP on one kept-alive connection, and as a ratio to `{ __typename }` on the same server.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a benchmark stops by panicking, and prints ratios")]

mod support;

use std::{sync::Arc, time::Duration};

use access::{Grant, Role};
use app::{App, Submission};
use domain::{Command, Intent};
use milepost::demo;
use projections::{
    Across, Kinded, Picture,
    things::{Cluster, Permit, Project},
};
use schema::{
    ClusterId, CommandId, Fact, Metadata, ProjectId, SubjectId, ThingId,
    cluster::{ClusterFact, ClusterRegistered},
    permit::{PermitFact, PermitIdentified},
    project::{ProjectFact, ProjectRegistered},
};
use serde_json::json;
use store::embedded::EmbeddedStore;
use tempfile::TempDir;
use uuid::Uuid;

use self::support::{Asker, Site, generous, quantile};

const RUNS: usize = 400;
const PROJECTS: usize = 50;
const PERMITS_EACH: usize = 3;

#[tokio::main]
async fn main() {
    let directory = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = Arc::new(EmbeddedStore::open(directory.path()).unwrap());
    let (app, projector) = App::new(store, Picture::default(), chrono::Utc::now);
    tokio::spawn(projector.run());
    demo::record_known_facts(&app).await.unwrap();
    demo::take_editions(&app, &|_| {}, |_| {}).await.unwrap();
    let cluster = invented_cluster(&app).await;
    let site = Site::serve(Arc::clone(&app), directory.path(), generous());
    let asker = site.asker(2, vec![Grant::of(Role::Auditor)]);
    let queries = queries(cluster);
    tokio::task::spawn_blocking(move || measure(&asker, &queries)).await.unwrap();
}

fn queries(cluster: ClusterId) -> Vec<(&'static str, String)> {
    let nested = format!(
        "{{ cluster(id: \"{cluster}\") {{ name projects(first: 20) {{ totalCount nodes {{ title stage permits(first: 5) {{ nodes \
         {{ title state court {{ party since }} elapsed {{ count }} }} }} }} }} }} }}"
    );
    let first_page = "{ projects(first: 20, filter: {stage: [OPERATIONAL], country: \"GB\"}, orderBy: {field: CAPACITY, direction: \
                      DESC}) { totalCount nodes { title stage stageSince capacity { value unit } } } }";
    let permits = "{ permits(first: 20, filter: {open: true}, orderBy: {field: ELAPSED, direction: DESC}) { totalCount nodes { title \
                   state submittedOn elapsed { count } } } }";
    let stages = "{ projectsByStage { stage active off } }";
    let docket = "{ permitDocket { open sections { section count } entries(first: 20) { totalCount nodes { permit { title } deadline \
                  sections dues { what on acts } } } } }";
    vec![
        ("{ __typename }", "{ __typename }".to_owned()),
        ("cluster → 20 projects → permits", nested),
        ("first page of projects, filtered, ordered", first_page.to_owned()),
        ("first page of open permits by age", permits.to_owned()),
        ("projects by stage", stages.to_owned()),
        ("docket of all permits", docket.to_owned()),
    ]
}

fn measure(asker: &Asker, queries: &[(&'static str, String)]) {
    let mut times = vec![Vec::with_capacity(RUNS); queries.len()];
    // Round after round, so that what disturbs the machine disturbs all alike.
    for round in 0..=RUNS {
        for (at, (_, query)) in queries.iter().enumerate() {
            let (_, took) = asker.ask(query, &json!({}));
            if round > 0 {
                times[at].push(took);
            }
        }
    }
    let least = quantile(&mut times[0], 50);
    println!("{:44} {:>10} {:>10} {:>8}", "query", "median ms", "p99 ms", "ratio");
    for ((name, _), times) in queries.iter().zip(&mut times) {
        let (median, p99) = (quantile(times, 50), quantile(times, 99));
        println!("{name:44} {median:10.2} {p99:10.2} {:8.1}", median / least);
    }
}

/// A cluster with projects that have permits, under names that nobody has.
async fn invented_cluster(app: &App) -> ClusterId {
    let registered = ClusterRegistered {
        name: "Invented Haven".parse().unwrap(),
        country: "GB".parse().unwrap(),
        place: None,
        sectors: Vec::new(),
        signatory_since: None,
        identifiers: Vec::new(),
        location: None,
    };
    let cluster: ClusterId = found::<Cluster>(app, ClusterFact::from(registered)).await.try_into().unwrap();
    for number in 0..PROJECTS {
        let project = ProjectRegistered {
            title: format!("Invented project {number}").parse().unwrap(),
            cluster: Some(cluster),
            lead: None,
            country: None,
            place: None,
            levers: Vec::new(),
            technology: None,
            capacity: None,
            abatement_t_per_year: None,
            capex: None,
            jobs: None,
            identifiers: Vec::new(),
            attributes: std::collections::BTreeMap::new(),
            abatement_bound: None,
            part_of: None,
            capacities: Vec::new(),
            location: None,
            abatement_counted_in: None,
        };
        let project: ProjectId = found::<Project>(app, ProjectFact::from(project)).await.try_into().unwrap();
        for number in 0..PERMITS_EACH {
            let permit = PermitIdentified {
                title: format!("Invented permit {number}").parse().unwrap(),
                instrument: "invented instrument".parse().unwrap(),
                authority: None,
                jurisdiction: None,
                regime: None,
                case: None,
                legal_basis: None,
                projects: vec![project],
                clusters: Vec::new(),
                reference: None,
                identifiers: Vec::new(),
                attributes: std::collections::BTreeMap::new(),
            };
            found::<Permit>(app, PermitFact::from(permit)).await;
        }
    }
    cluster
}

async fn found<S: Kinded + Across>(app: &App, fact: S::Fact) -> ThingId {
    let (subject, command_id) = (SubjectId(Uuid::from_u128(3)), CommandId(Uuid::new_v4()));
    let metadata = Metadata::new("2024-01".parse().unwrap(), subject, command_id, Uuid::from_u128(4));
    let command = Command { intent: Intent::State(fact), metadata, may_override: false, now: app.now(), index: 0 };
    let thing = ThingId::derive(S::Fact::KIND, subject, command_id);
    app.record::<S>(&Submission { thing, commands: vec![command], expected_revision: None }).await.unwrap();
    app.reached(thing, 0, Duration::from_secs(10)).await.unwrap();
    thing
}
