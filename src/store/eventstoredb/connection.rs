//! A client that is made anew when it is dead, with pauses that grow while that does not help.

use std::{
    sync::{
        Mutex as Lock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use eventstore::Client;
use tokio::{
    sync::Mutex,
    task::spawn_blocking,
    time::{sleep, timeout},
};

use super::{address::Address, diagnosis, fault::explain};
use crate::store::StoreError;

/// How long a connection may take.
pub(super) const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// The pause after the second failure in a row; doubled with each further one.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between two attempts.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// How long an attempt is waited for before the fault of the last one is told.
const PATIENCE: Duration = Duration::from_millis(500);

/// The way to EventStoreDB.
pub(super) struct Connection {
    address: Result<Address, StoreError>,
    /// Held while a client is made, so that many who need one make one.
    client: Mutex<Option<Lease>>,
    pauses: Pauses,
    /// The generation of the client that was last found to be of no use.
    retired: AtomicU64,
}

/// A client that was connected when it was given out.
#[derive(Clone)]
pub(super) struct Lease {
    pub client: Client,
    pub generation: u64,
}

impl Connection {
    pub fn new(address: Result<Address, StoreError>) -> Self {
        Self { address, client: Mutex::default(), pauses: Pauses::default(), retired: AtomicU64::new(0) }
    }

    /// Where EventStoreDB is.
    ///
    /// # Errors
    ///
    /// When the address can't be read.
    pub fn address(&self) -> Result<&Address, StoreError> {
        self.address.as_ref().map_err(Clone::clone)
    }

    /// A connected client.
    ///
    /// # Errors
    ///
    /// When there can be none now; nothing was sent.
    pub async fn lease(&self) -> Result<Lease, StoreError> {
        let address = self.address()?;
        let mut client = self.client.lock().await;
        let retired = self.retired.load(Ordering::SeqCst);
        if let Some(lease) = client.as_ref().filter(|lease| lease.generation > retired) {
            return Ok(lease.clone());
        }
        *client = None;
        self.pauses.refuse_long()?;
        self.pauses.wait().await;
        match connect(address).await {
            Ok(connected) => {
                let lease = Lease { client: connected, generation: retired + 1 };
                *client = Some(lease.clone());
                Ok(lease)
            }
            Err(error) => {
                self.pauses.failed(&error);
                Err(error)
            }
        }
    }

    /// The client of this generation is of no use any more.
    pub fn retire(&self, generation: u64, error: &StoreError) {
        if self.retired.fetch_max(generation, Ordering::SeqCst) < generation {
            self.pauses.failed(error);
        }
    }

    /// The client has done what it was asked.
    pub fn works(&self) {
        self.pauses.reset();
    }
}

/// A client that has reached a node.
pub(super) async fn connect(address: &Address) -> Result<Client, StoreError> {
    let (settings, handle) = (address.settings().clone(), tokio::runtime::Handle::current());
    // Making one reads the system's certificates.
    let made = spawn_blocking(move || Client::with_runtime_handle(handle, settings)).await;
    let client = match made {
        Ok(Ok(client)) => client,
        Ok(Err(error)) => return Err(unusable(&error)),
        Err(error) => return Err(unusable(&error)),
    };
    match timeout(CONNECT_WAIT, client.server_info()).await {
        Ok(Ok(_)) => Ok(client),
        Ok(Err(error)) => Err(diagnosis::why_unreached(address, &error.to_string()).await),
        Err(_) => Err(diagnosis::why_unreached(address, "it does not answer in time").await),
    }
}

fn unusable(error: &impl ToString) -> StoreError {
    let error = error.to_string();
    StoreError(format!("no client of EventStoreDB can be made ({error}); see that the files in the store's address can be read"))
}

/// Pauses between attempts.
#[derive(Default)]
pub(super) struct Pauses(Lock<Failures>);

#[derive(Default)]
struct Failures {
    in_a_row: u32,
    not_before: Option<Instant>,
    last: Option<StoreError>,
}

impl Pauses {
    fn lock(&self) -> std::sync::MutexGuard<'_, Failures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn failed(&self, error: &StoreError) {
        let mut failures = self.lock();
        failures.in_a_row = failures.in_a_row.saturating_add(1);
        // The first failure may be of what has been mended meanwhile.
        let pause = match failures.in_a_row.saturating_sub(2) {
            _ if failures.in_a_row < 2 => Duration::ZERO,
            doublings => PAUSE.saturating_mul(1 << doublings.min(10)).min(PAUSE_MAX),
        };
        failures.not_before = Some(Instant::now() + pause);
        failures.last = Some(error.clone());
    }

    pub fn reset(&self) {
        let mut failures = self.lock();
        if failures.in_a_row > 0 {
            *failures = Failures::default();
        }
    }

    /// Fails as the last attempt did if the next one is not to be made soon.
    fn refuse_long(&self) -> Result<(), StoreError> {
        let failures = self.lock();
        match (&failures.last, failures.not_before) {
            (Some(last), Some(not_before)) if Instant::now() + PATIENCE < not_before => Err(last.clone()),
            _ => Ok(()),
        }
    }

    /// Waits until the next attempt may be made.
    pub async fn wait(&self) {
        let not_before = self.lock().not_before;
        if let Some(pause) = not_before.and_then(|not_before| not_before.checked_duration_since(Instant::now())) {
            sleep(pause).await;
        }
    }
}

impl Connection {
    /// What is wrong, if `error` is not of the append but of the way.
    pub fn explain(&self, error: &eventstore::Error) -> StoreError {
        match &self.address {
            Ok(address) => explain(error, address),
            Err(unreadable) => unreadable.clone(),
        }
    }
}
