//! The two ways to the server: the client's crate for reads, and a link of our own for commands. A client whose first
//! connection fails is dead for good, and one whose node is gone keeps to it, so each is made anew when it is of no use.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use eventstore::{Client, Endpoint};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::spawn_blocking,
    time::timeout,
};

use super::{
    address::{Address, Addresses, Origin},
    diagnosis,
    kept::{Kept, Lease},
    link::Link,
    meaning::{Meaning, Refusal},
};
use crate::StoreError;

/// How long a connection may take.
pub(super) const CONNECT_WAIT: Duration = Duration::from_secs(5);

/// The ways to EventStoreDB.
pub(super) struct Connection {
    addresses: Addresses,
    /// For reads.
    pub readers: Kept<Reader>,
    /// For commands.
    pub links: Kept<Link>,
    /// The node that was said to lead when another one was asked.
    leader: Mutex<Option<Endpoint>>,
    /// Why the log can't be read, if that was refused.
    unreadable: Mutex<Option<StoreError>>,
}

/// A client that has reached a node, on a runtime of its own: with that, all ends that it left under way.
pub(super) struct Reader {
    pub client: Client,
    pub address: Address,
    _runtime: OwnRuntime,
}

/// A runtime that can end anywhere.
struct OwnRuntime(Option<Runtime>);

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Connection {
    pub fn new(origin: Origin) -> Self {
        Self {
            addresses: Addresses::at(origin),
            readers: Kept::default(),
            links: Kept::default(),
            leader: Mutex::default(),
            unreadable: Mutex::default(),
        }
    }

    /// Where EventStoreDB is, as it is said now.
    ///
    /// # Errors
    ///
    /// When the address can't be read.
    pub fn address(&self) -> Result<Address, StoreError> {
        self.addresses.read_again()
    }

    /// A connected client.
    ///
    /// # Errors
    ///
    /// When there can be none now.
    pub async fn reader(&self) -> Result<Lease<Reader>, StoreError> {
        self.readers.get(async { open_reader(self.address()?).await }).await
    }

    /// A way for commands.
    ///
    /// # Errors
    ///
    /// When there can be none now; nothing was sent.
    pub async fn link(&self) -> Result<Lease<Link>, StoreError> {
        let open = async {
            let leader = lock(&self.leader).take();
            Link::open(self.address()?, leader).await
        };
        self.links.get(open).await
    }

    /// `link` is with a node that leads no more; `leader` does.
    pub fn follow(&self, link: &Lease<Link>, leader: Option<Endpoint>) {
        let mut known = lock(&self.leader);
        // Of many who are told the same, the first has it put right.
        if self.links.replace(link) {
            *known = leader;
        }
    }

    /// Whether the address has changed since it was `used`: then what was refused may be taken.
    pub fn has_changed(&self, used: &Address) -> bool {
        self.address().is_ok_and(|address| address != *used)
    }

    /// Takes note of whether the whole log could be read.
    pub fn note_reading(&self, refused: Option<StoreError>) {
        *lock(&self.unreadable) = refused;
    }

    /// Why the log can't be read, if that was refused. While it can't, nothing new is to be sent.
    pub fn unreadable(&self) -> Option<StoreError> {
        lock(&self.unreadable).clone()
    }

    /// What is wrong, in a sentence.
    pub fn explain(&self, refusal: &Refusal) -> StoreError {
        match self.addresses.last() {
            Ok(address) => refusal.sentence(&address),
            Err(unreadable) => unreadable,
        }
    }

    /// What an error of the client's crate means and what to do about it.
    pub fn explain_read(&self, error: &eventstore::Error) -> (Meaning, StoreError) {
        let refusal = Refusal::of_read(error);
        (refusal.meaning, self.explain(&refusal))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn open_reader(address: Address) -> Result<Reader, StoreError> {
    let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("log reads").enable_all().build();
    let runtime = runtime.map_err(|error| StoreError(format!("the system gives no threads for reads: {error}")))?;
    let handle = runtime.handle().clone();
    let runtime = OwnRuntime(Some(runtime));
    let client = connect(&address, handle).await?;
    Ok(Reader { client, address, _runtime: runtime })
}

/// A client that has reached a node; its tasks run on `runtime`.
pub(super) async fn connect(address: &Address, runtime: Handle) -> Result<Client, StoreError> {
    let settings = address.settings().clone();
    // Making one reads the system's certificates.
    let made = spawn_blocking(move || Client::with_runtime_handle(runtime, settings)).await;
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

pub(super) fn unusable(error: &impl ToString) -> StoreError {
    let error = error.to_string();
    StoreError(format!("no client of EventStoreDB can be made ({error}); see that the files in the store's address can be read"))
}
