//! `milepost demo`

use std::{net::TcpListener, time::Duration};

use access::{
    Grant, Role,
    token::{self, Request},
};
use app::App;
use clap::Args;
use schema::SubjectId;
use uuid::Uuid;

use super::{Acceptance, Failure, Stop, doors, import::log_read, log, output, progress::Progress, until_stopped};
use crate::{
    demo::{self, Cast, DemoError, MadeUp, MadeUpStep},
    import::Summary,
    settings::{Log, LogLevel, Settings},
    startup::{self, Opened},
};

/// Serve public facts, to try things on.
///
/// Records the signatory clusters with what is publicly known of them and both editions of the planning register,
/// then serves, and prints the address, a token per role and a first query to paste. A later start is quick.
///
/// With --made-up it adds clusters that do not exist, each with years of projects, permits, awards and partnerships, for
/// trying things at size. Their names say that they are made up. The same seed gives the same clusters; what an earlier
/// start made up stays.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost demo
  milepost demo --data ./demo-data --listen 127.0.0.1:9000
  milepost demo --data ./large --made-up 20                              about a thousand projects more
  milepost demo --data ./huge --made-up 2000 --projects-per-cluster 50   about three million events")]
pub(super) struct Demo {
    /// The address to serve [default: 127.0.0.1:8080]; port 0 takes one that is free
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    #[command(flatten)]
    pub acceptance: Acceptance,
    /// Add this many made-up clusters with full histories
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    made_up: Option<u32>,
    /// How many projects a made-up cluster has, on average
    #[arg(long, value_name = "M", requires = "made_up", default_value_t = 50,
        value_parser = clap::value_parser!(u32).range(0..=10_000))]
    projects_per_cluster: u32,
    /// From what they are made up: another seed gives other clusters beside them
    #[arg(long, value_name = "S", requires = "made_up", default_value_t = 1)]
    seed: u64,
}

/// How long a start may take to read the log.
const START_WAIT: Duration = Duration::from_mins(10);

/// The first query to paste: the permits that were submitted last and are still open.
const FIRST_QUERY: &str = r#"{"query":"{ permits(first: 3, filter: {open: true}, orderBy: {field: SUBMITTED_ON, direction: DESC}) { totalCount nodes { title submittedOn state court { party since } elapsed { count } } } }"}"#;

impl Demo {
    pub(super) fn run(&self, settings: &Settings) -> Result<(), Failure> {
        // What is printed here is for a person to read; the service's own log is not in its way.
        let level = if settings.log.level == LogLevel::Info { LogLevel::Warn } else { settings.log.level };
        log::begin(Log { level, ..settings.log });
        let made_up = self.made_up();
        if settings.store_address().is_some() {
            let refusal = "the demonstration is for a data directory of its own, not for a database; unset MILEPOST_STORE, or store \
                           in the configuration file";
            return Err(Failure::Refused(refusal.to_owned()));
        }
        let doors = doors(settings)?;
        let runtime = startup::runtime()?;
        let outcome = runtime.block_on(async {
            let mut stop = Stop::listen()?;
            let (of_record, told) = (settings.clone(), stop.clone());
            let prepared = stop.unless_told(move || prepare(of_record, made_up, told)).await.transpose()?.flatten();
            let Some(opened) = prepared else { return Ok(()) };
            welcome(&opened, &doors.listener, &demo::cast(&opened.app, made_up))?;
            until_stopped(opened, doors, stop, settings).await
        });
        runtime.shutdown_background();
        outcome
    }

    fn made_up(&self) -> Option<MadeUp> {
        let &Self { made_up, projects_per_cluster, seed, .. } = self;
        made_up.map(|clusters| MadeUp { clusters, projects_per_cluster, seed })
    }
}

/// Opens the data directory and records what is missing there; `None` if the process is told to stop meanwhile.
async fn prepare(settings: Settings, made_up: Option<MadeUp>, mut stop: Stop) -> Result<Option<Opened>, Failure> {
    let opened = startup::open(&settings).await?;
    let recorded = tokio::select! {
        recorded = record_all(&opened.app, made_up) => recorded,
        () = stop.told() => {
            opened.close().await;
            return Ok(None);
        }
    };
    recorded.map(|()| Some(opened))
}

async fn record_all(app: &App, made_up: Option<MadeUp>) -> Result<(), Failure> {
    record(app).await?;
    match made_up {
        Some(made_up) => record_made_up(app, made_up).await,
        None => Ok(()),
    }
}

/// Records what a first start has to; a later one finds everything there.
async fn record(app: &App) -> Result<(), Failure> {
    let refused = |error: DemoError| Failure::refused(&error);
    log_read(app).await?;
    demo::record_known_facts(app).await.map_err(refused)?;
    if demo::has_editions(app) {
        return Ok(());
    }
    let progress = Progress::of_rows();
    let taken = |summary: &Summary| {
        progress.clear();
        output::note(&format!("took {} of {}: {} events", summary.file, summary.published_on, summary.events));
    };
    demo::take_editions(app, &|step| progress.show(step), taken).await.map_err(refused)
}

/// Makes up what is not there yet.
async fn record_made_up(app: &App, made_up: MadeUp) -> Result<(), Failure> {
    let progress = Progress::of_clusters();
    let watch = |step: MadeUpStep| progress.show_clusters(step);
    let made = demo::record_made_up(app, made_up, &watch).await.map_err(|error| Failure::refused(&error))?;
    progress.clear();
    output::note(&format!("{} made-up clusters are on record: {} events more", made.clusters, made.events));
    app.in_step(START_WAIT).await.map_err(|error| Failure::refused(&error))
}

/// Prints the address, a token per role and a first query.
fn welcome(opened: &Opened, listener: &TcpListener, cast: &Cast) -> Result<(), Failure> {
    let address = listener.local_addr().map_err(|error| Failure::refused(&error))?;
    let tokens =
        Role::ALL.into_iter().map(|role| Ok(format!("{}={}", role.word().to_uppercase(), token_of(role, opened, cast)?)));
    let tokens = tokens.collect::<Result<Vec<_>, Failure>>()?.join("\n");
    output::say(&format!(
        "Milepost is at http://{address}/graphql, its pages at http://{address}/sign-in

A token for each role, good for a day:

{tokens}

Paste the line of a role, then a first query:

curl -s http://{address}/graphql -H \"Authorization: Bearer $AUDITOR\" -H 'Content-Type: application/json' -d '{FIRST_QUERY}'

Ctrl-C stops it."
    ))
}

fn token_of(role: Role, opened: &Opened, cast: &Cast) -> Result<String, Failure> {
    let request = Request { subject: SubjectId(Uuid::new_v4()), grants: grants(role, cast), lifetime: Duration::from_hours(24) };
    Ok(token::issue(&opened.keys.signing, request, opened.app.now().timestamp().try_into().unwrap_or_default())?)
}

/// For what the role is held: for some clusters, or for several organisations.
fn grants(role: Role, cast: &Cast) -> Vec<Grant> {
    let organisations = match role {
        Role::Regulator => cast.authorities.as_slice(),
        Role::Funder => &cast.funders,
        Role::ClusterManager | Role::ProjectLead => return vec![Grant { clusters: cast.clusters.clone(), ..Grant::of(role) }],
        Role::Administrator | Role::Verifier | Role::Auditor => &[],
    };
    if organisations.is_empty() {
        return vec![Grant::of(role)];
    }
    organisations.iter().map(|organisation| Grant { organisation: Some(*organisation), ..Grant::of(role) }).collect()
}
