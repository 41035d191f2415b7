//! `milepost serve`

use std::{io, net::TcpListener, time::Duration};

use actix_web::web;
use clap::Args;

use super::{Failure, STORE_HELP, log};
use crate::{
    access::keys,
    http::{self, Service},
    settings::Settings,
    startup::{self, Opened},
};

/// Serve the API.
///
/// Opens the data directory, made on the first run with a log and keys in it, and serves until it is told to stop by
/// SIGTERM or Ctrl-C. The log of what it does goes to standard error.
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
    /// Where the log is
    #[arg(long, value_name = "STORE", help = STORE_HELP)]
    pub store: Option<String>,
}

impl Serve {
    #[expect(clippy::unused_self, reason = "its flags are among the settings by now")]
    pub(super) fn run(&self, settings: &Settings) -> Result<(), Failure> {
        log::begin(settings.log);
        let runtime = startup::runtime()?;
        let outcome = runtime.block_on(async {
            // First, since it costs nothing to find out.
            let listener = http::bind(settings.listen)?;
            let opened = startup::open(settings).await?;
            until_stopped(opened, listener, settings).await
        });
        // What still runs is not worth waiting for: whatever was acknowledged is on the disk.
        runtime.shutdown_background();
        outcome
    }
}

/// Serves what is `opened` at `listener` until the process is told to stop, and closes it.
///
/// # Errors
///
/// When the system gives no threads or signals, or the projector stops.
pub async fn until_stopped(opened: Opened, listener: TcpListener, settings: &Settings) -> Result<(), Failure> {
    let cant_serve = |error: io::Error| Failure::refused(&format!("the address can't be served: {error}"));
    let Opened { app, keys, commits, metrics, mut upkeep } = opened;
    let key_set = keys::key_set(std::slice::from_ref(keys.signing.public()));
    let endpoint = web::Data::new(keys.endpoint(app.clone(), settings));
    let address = listener.local_addr().map_err(cant_serve)?;
    let mut stop = StopSignals::new().map_err(cant_serve)?;
    let service = Service { app, endpoint: endpoint.clone(), key_set, metrics, commits };
    let server = http::start(service, listener, Duration::from_secs(settings.shutdown_s)).map_err(cant_serve)?;
    upkeep.keep_checkpoints(settings.checkpoint_events);
    let handle = server.handle();
    let serving = tokio::spawn(server);
    tracing::info!(address = %format_args!("http://{address}"), data = %settings.data.display(), "serving");
    let failed = tokio::select! {
        () = stop.wait() => false,
        () = upkeep.failed() => true,
    };
    tracing::info!("stopping");
    // They would never end of their own accord.
    endpoint.close_sockets();
    handle.stop(true).await;
    serving.abort();
    upkeep.close().await;
    tracing::info!("stopped");
    if failed { Err(Failure::Fault("the projector has stopped; the log above says why".to_owned())) } else { Ok(()) }
}

/// The signals by which the process is told to stop.
struct StopSignals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl StopSignals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
#[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as on Unix")]
impl StopSignals {
    fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    async fn wait(&mut self) {
        // Without the signal there is nothing to wait for, and the process is ended from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
