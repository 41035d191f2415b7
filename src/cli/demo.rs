//! `milepost demo`

use std::{net::TcpListener, time::Duration};

use clap::Args;
use schema::SubjectId;
use uuid::Uuid;

use super::{Failure, import::log_read, log, output, progress::Progress, until_stopped};
use crate::{
    access::{
        Grant, Role,
        token::{self, Request},
    },
    app::App,
    demo::{self, DemoError},
    http,
    import::Summary,
    settings::{Log, LogLevel, Settings},
    startup::{self, Opened},
};

/// Serve public facts, to try things on.
///
/// Records the signatory clusters with what is publicly known of them and both editions of the planning register,
/// then serves, and prints the address, a token per role and a first query to paste. A later start is quick.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost demo
  milepost demo --data ./demo-data --listen 127.0.0.1:9000")]
pub(super) struct Demo {
    /// The address to serve [default: 127.0.0.1:8080]; port 0 takes one that is free
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
}

/// The first query to paste: the permits that were submitted last and are still open.
const FIRST_QUERY: &str = r#"{"query":"{ permits(first: 3, filter: {open: true}, orderBy: {field: SUBMITTED_ON, direction: DESC}) { totalCount nodes { title submittedOn state court { party since } elapsed { count } } } }"}"#;

impl Demo {
    #[expect(clippy::unused_self, reason = "its flag is among the settings by now")]
    pub(super) fn run(&self, settings: &Settings) -> Result<(), Failure> {
        // What is printed here is for a person to read; the service's own log is not in its way.
        let level = if settings.log.level == LogLevel::Info { LogLevel::Warn } else { settings.log.level };
        log::begin(Log { level, ..settings.log });
        let runtime = startup::runtime()?;
        let outcome = runtime.block_on(async {
            let listener = http::bind(settings.listen)?;
            let opened = startup::open(settings).await?;
            record(&opened.app).await?;
            welcome(&opened, &listener)?;
            until_stopped(opened, listener, settings).await
        });
        runtime.shutdown_background();
        outcome
    }
}

/// Records what a first start has to; a later one finds everything there.
async fn record(app: &App) -> Result<(), Failure> {
    let refused = |error: DemoError| Failure::refused(&error);
    log_read(app).await?;
    if demo::is_complete(app) {
        return Ok(());
    }
    demo::record_known_facts(app).await.map_err(refused)?;
    let progress = Progress::new();
    let taken = |summary: &Summary| {
        progress.clear();
        output::note(&format!("took {} of {}: {} events", summary.file, summary.published_on, summary.events));
    };
    demo::take_editions(app, &|step| progress.show(step), taken).await.map_err(refused)
}

/// Prints the address, a token per role and a first query.
fn welcome(opened: &Opened, listener: &TcpListener) -> Result<(), Failure> {
    let address = listener.local_addr().map_err(|error| Failure::refused(&error))?;
    let tokens = Role::ALL.into_iter().map(|role| Ok(format!("{}={}", role.word().to_uppercase(), token_of(role, opened)?)));
    let tokens = tokens.collect::<Result<Vec<_>, Failure>>()?.join("\n");
    output::say(&format!(
        "Milepost is at http://{address}/graphql

A token for each role, good for a day:

{tokens}

Paste the line of a role, then a first query:

curl -s http://{address}/graphql -H \"Authorization: Bearer $AUDITOR\" -H 'Content-Type: application/json' -d '{FIRST_QUERY}'

Ctrl-C stops it."
    ))
}

fn token_of(role: Role, opened: &Opened) -> Result<String, Failure> {
    let scope = demo::scope(&opened.app);
    let in_cluster = matches!(role, Role::ClusterManager | Role::ProjectLead);
    let grant = Grant {
        role,
        organisation: scope.authority.filter(|_| role == Role::Regulator),
        clusters: scope.cluster.into_iter().filter(|_| in_cluster).collect(),
        projects: Vec::new(),
    };
    let request = Request { subject: SubjectId(Uuid::new_v4()), grants: vec![grant], lifetime: Duration::from_hours(24) };
    Ok(token::issue(&opened.keys.signing, request, opened.app.now().timestamp().try_into().unwrap_or_default())?)
}
