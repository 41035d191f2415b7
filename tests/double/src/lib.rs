//! A stand-in for EventStoreDB: its gRPC interface as far as Milepost uses it, over a log in memory, with faults to order.
//!
//! It keeps to the server's rules for conflicts, repeated appends, sizes, reads, subscriptions and leadership, and is
//! checked with clients that others wrote (`tests/double-clients`). Where it disagrees with a real server it is wrong.

#![expect(clippy::result_large_err, reason = "the status of a call is as large as it is")]

mod append;
mod faults;
mod interface;
mod log;
mod open;
mod read;
mod service;
mod session;
mod stream;

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;

use self::open::Open;

pub use self::{
    faults::{AppendFault, Failure, Faults, Features, ReadFault, SubscriptionFault},
    log::{Appended, Expected, Log, Proposed, Record, Refused},
};

/// How long a port is waited for that a server before has not quite given back.
const PORT_WAIT: Duration = Duration::from_secs(5);

/// How a double is made.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Without events of others between.
    pub quiet: bool,
    /// The certificate and the key to serve over TLS, in PEM.
    pub identity: Option<(String, String)>,
    /// The port, one that is free if 0.
    pub port: u16,
}

/// A server on a runtime of its own.
pub struct Double {
    port: u16,
    log: Arc<Log>,
    faults: Arc<Faults>,
    nodes: Nodes,
    calls: Open,
    connections: Open,
    identity: Option<(String, String)>,
    running: Mutex<Option<Runtime>>,
}

/// The nodes over one log: the port of each, and its faults.
pub(crate) type Nodes = Arc<Mutex<Vec<(u16, Arc<Faults>)>>>;

impl Double {
    /// A server at a free port of this machine, with an empty log.
    ///
    /// # Errors
    ///
    /// When the system gives no port or no threads.
    pub fn start() -> io::Result<Self> {
        Self::start_with(Options::default())
    }

    /// A server made as `options` say, with an empty log.
    ///
    /// # Errors
    ///
    /// When the system gives no port or no threads.
    pub fn start_with(options: Options) -> io::Result<Self> {
        let double = Self::prepare(options)?;
        double.run()?;
        Ok(double)
    }

    /// A server that does not run yet, and whose address is known.
    ///
    /// # Errors
    ///
    /// When the system gives no port.
    pub fn prepare(options: Options) -> io::Result<Self> {
        let log = Arc::new(Log::new(!options.quiet));
        Self::over(log, Nodes::default(), options)
    }

    fn over(log: Arc<Log>, nodes: Nodes, options: Options) -> io::Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?.local_addr()?.port();
        let faults = Arc::<Faults>::default();
        nodes.lock().unwrap_or_else(PoisonError::into_inner).push((port, Arc::clone(&faults)));
        let (calls, connections) = Default::default();
        Ok(Self { port, log, faults, nodes, calls, connections, identity: options.identity, running: Mutex::default() })
    }

    /// Another node over the same log.
    ///
    /// # Errors
    ///
    /// When the system gives no port or no threads.
    pub fn another_node(&self) -> io::Result<Self> {
        let node = Self::over(Arc::clone(&self.log), Arc::clone(&self.nodes), Options::default())?;
        node.run()?;
        Ok(node)
    }

    /// Runs it, at the port it has.
    ///
    /// # Errors
    ///
    /// When somebody else has taken the port, or the system gives no threads.
    pub fn run(&self) -> io::Result<()> {
        let listener = self.listen()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let node = service::Node {
            log: Arc::clone(&self.log),
            faults: Arc::clone(&self.faults),
            nodes: Arc::clone(&self.nodes),
            calls: self.calls.clone(),
            connections: self.connections.clone(),
        };
        let serve = service::serve(listener, node, self.identity.clone());
        runtime.spawn(serve);
        *self.lock() = Some(runtime);
        Ok(())
    }

    fn listen(&self) -> io::Result<TcpListener> {
        let until = Instant::now() + PORT_WAIT;
        loop {
            match TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                other => {
                    let listener = other?;
                    listener.set_nonblocking(true)?;
                    return Ok(listener);
                }
            }
        }
    }

    /// Stops it: every connection is reset, the log stays.
    pub fn stop(&self) {
        if let Some(runtime) = self.lock().take() {
            runtime.shutdown_background();
        }
    }

    /// Stops it and runs it again.
    ///
    /// # Errors
    ///
    /// As [`Self::run`].
    pub fn restart(&self) -> io::Result<()> {
        self.stop();
        self.run()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Runtime>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The address for clients.
    #[must_use]
    pub fn address(&self) -> String {
        let tls = self.identity.is_some();
        format!("esdb://127.0.0.1:{}?tls={tls}", self.port)
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// How many calls are open.
    #[must_use]
    pub fn calls_open(&self) -> usize {
        self.calls.count()
    }

    /// How many connections are open.
    #[must_use]
    pub fn connections_open(&self) -> usize {
        self.connections.count()
    }

    /// What is in its log.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Its faults.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.stop();
    }
}
