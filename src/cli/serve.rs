//! `milepost serve`

use std::{io, net::TcpListener, sync::Arc, time::Duration};

use access::keys;
use actix_web::web;
use app::App;
use clap::Args;

use super::{Acceptance, Failure, STORE_HELP, Stop, files, log};
use crate::{
    http::{self, BindError, Doors, KeySet, Outside, Service, Tls},
    settings::Settings,
    startup::{self, Opened},
};

/// Serve the API.
///
/// Opens the data directory, made on the first run with a log and keys in it, and serves until it is told to stop by
/// SIGTERM or Ctrl-C, or its terminal is closed. The log of what it does goes to standard error.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost serve --data /var/lib/milepost
  milepost serve --data ./data --listen 0.0.0.0:80 --log-format json
  MILEPOST_LIMITS_COST=20000 milepost serve --config /etc/milepost.toml
  MILEPOST_STORE='esdb://user:password@one:2113,two:2113,three:2113' milepost serve")]
pub(super) struct Serve {
    /// The address to serve [default: 127.0.0.1:8080]; port 0 takes one that is free
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    #[command(flatten)]
    pub acceptance: Acceptance,
    /// Where the log is
    #[arg(long, value_name = "STORE", help = STORE_HELP)]
    pub store: Option<String>,
}

impl Serve {
    #[expect(clippy::unused_self, reason = "its flags are among the settings by now")]
    pub(super) fn run(&self, settings: &Settings) -> Result<(), Failure> {
        log::begin(settings.log);
        // Before the log and the threads, since it costs nothing to find out.
        let doors = doors(settings)?;
        let runtime = startup::runtime()?;
        let outcome = runtime.block_on(async {
            let mut stop = Stop::listen()?;
            let opened = tokio::select! {
                opened = startup::open(settings) => opened?,
                () = stop.told() => return Ok(()),
            };
            until_stopped(opened, doors, stop, settings).await
        });
        // What still runs is not worth waiting for: whatever was acknowledged is on the disk.
        runtime.shutdown_background();
        outcome
    }
}

/// Takes the addresses that `settings` name.
///
/// # Errors
///
/// When one can't be had, or there are too few files.
pub fn doors(settings: &Settings) -> Result<Doors, Failure> {
    let connections = files::connections(settings)?;
    let listener = http::bind(settings.listen)?;
    let tls = settings.tls_files().map(|(certificate, key)| Tls::open(certificate, key)).transpose()?;
    let outside = Outside { hosts: settings.hosts()?, proxies: settings.proxies()? };
    let connections_per_address = settings.addresses.connections;
    Ok(Doors { listener, probes: probes(settings)?, connections, connections_per_address, tls, outside })
}

/// Takes the address of probes. One that nobody chose is done without if another program has it.
fn probes(settings: &Settings) -> Result<Option<TcpListener>, Failure> {
    let Some(address) = settings.probe_address() else { return Ok(None) };
    match http::bind(address) {
        Err(BindError::InUse(address)) if settings.probes_are_beside() => {
            tracing::warn!(%address, "probes and metrics are answered nowhere, since another program has the address; set probes");
            Ok(None)
        }
        bound => Ok(Some(bound?)),
    }
}

/// Serves what is `opened` at `doors` until the process is told to stop, and closes it.
///
/// # Errors
///
/// When the system gives no threads, or the projector stops.
pub async fn until_stopped(opened: Opened, doors: Doors, mut stop: Stop, settings: &Settings) -> Result<(), Failure> {
    let cant_serve = |error: io::Error| Failure::refused(&format!("the address can't be served: {error}"));
    let Opened { app, keys, commits, metrics, mut upkeep } = opened;
    let verifier = keys.verifier.clone();
    let key_set: KeySet = Arc::new(move || keys::key_set(&verifier.keys()));
    let endpoint = web::Data::new(keys.endpoint(app.clone(), settings));
    let address = doors.listener.local_addr().map_err(cant_serve)?;
    let scheme = if doors.tls.is_some() { "https" } else { "http" };
    if let Some(probes) = &doors.probes {
        let address = probes.local_addr().map_err(cant_serve)?;
        tracing::info!(address = %format_args!("http://{address}"), "answering probes");
    }
    let law_of = Arc::clone(&app);
    let service = Service { app, endpoint: endpoint.clone(), key_set, metrics, commits };
    let drain = Duration::from_secs(settings.shutdown_s);
    let server = http::start(service, doors, drain).map_err(cant_serve)?;
    upkeep.keep_checkpoints(settings.checkpoint_events);
    let handle = server.handle();
    let serving = tokio::spawn(server);
    tracing::info!(address = %format_args!("{scheme}://{address}"), data = %settings.data.display(), "serving");
    let failed = tokio::select! {
        () = stop.told() => None,
        () = upkeep.failed() => Some(Failure::Fault("the projector has stopped; the log above says why".to_owned())),
        fault = other_law(&law_of) => Some(Failure::Refused(fault)),
    };
    tracing::info!("stopping");
    // They would never end of their own accord.
    endpoint.close_sockets();
    handle.stop(true).await;
    serving.abort();
    upkeep.close().await;
    tracing::info!("stopped");
    failed.map_or(Ok(()), Err)
}

/// Waits until the log was read, and comes back only if the record's clocks were counted by other law than is loaded: says
/// how. Readings of the law that are used without a word of that in the record are recorded.
async fn other_law(app: &App) -> String {
    // A log that can't be read yet is waited for as long as it takes.
    while app.caught_up(Duration::from_hours(1)).await.is_err() {}
    if let Some(fault) = app.law_fault() {
        return fault;
    }
    if let Err(error) = app.adopt_what_is_used().await {
        tracing::warn!(%error, "by which readings of the law clocks are counted is not recorded; that is done with the next permit");
    }
    std::future::pending().await
}
