//! What is made when it is first needed, and anew when it is of no use any more, with pauses that grow while that does not
//! help.

use std::{
    future::Future,
    sync::{
        Arc, Mutex as Lock, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{sync::Mutex, time::sleep};

use crate::StoreError;

/// The pause after the second failure in a row; doubled with each further one.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between two attempts.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// How long an attempt is waited for before the fault of the last one is told.
const PATIENCE: Duration = Duration::from_millis(500);

/// A way to the server, or none yet.
pub(super) struct Kept<T> {
    held: Lock<Option<Lease<T>>>,
    /// Held while one is made, so that many who need one make one.
    making: Mutex<()>,
    /// How many were made.
    made: AtomicU64,
    pauses: Pauses,
}

/// One that was of use when it was given out.
pub(super) struct Lease<T> {
    pub value: Arc<T>,
    generation: u64,
}

impl<T> Clone for Lease<T> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), generation: self.generation }
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { held: Lock::default(), making: Mutex::default(), made: AtomicU64::new(0), pauses: Pauses::default() }
    }
}

impl<T> Kept<T> {
    /// The one that there is, or else what `make` makes.
    ///
    /// # Errors
    ///
    /// When there can be none now; nothing was sent.
    pub async fn get(&self, make: impl Future<Output = Result<T, StoreError>>) -> Result<Lease<T>, StoreError> {
        let failures = self.pauses.count();
        if let Some(lease) = self.held() {
            return Ok(lease);
        }
        let _making = self.making.lock().await;
        if let Some(lease) = self.held() {
            return Ok(lease);
        }
        // Whoever waited while another one tried need not try the same.
        self.pauses.refuse_since(failures)?;
        self.pauses.refuse_long()?;
        self.pauses.wait().await;
        match make.await {
            Ok(value) => Ok(self.hold(value)),
            Err(error) => {
                self.pauses.failed(&error);
                Err(error)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Lease<T>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> Option<Lease<T>> {
        self.lock().clone()
    }

    fn hold(&self, value: T) -> Lease<T> {
        let generation = self.made.fetch_add(1, Ordering::SeqCst);
        let lease = Lease { value: Arc::new(value), generation };
        *self.lock() = Some(lease.clone());
        lease
    }

    /// What was given out with `lease` is of no use any more, and goes as soon as nobody uses it.
    pub fn retire(&self, lease: &Lease<T>, error: &StoreError) {
        if self.take(lease) {
            self.pauses.failed(error);
        }
    }

    /// Another one is wanted in the place of `lease`, which has not failed; whether it still was the one that is kept.
    pub fn replace(&self, lease: &Lease<T>) -> bool {
        self.take(lease)
    }

    fn take(&self, lease: &Lease<T>) -> bool {
        let mut held = self.lock();
        let is_held = held.as_ref().is_some_and(|held| held.generation == lease.generation);
        // Dropping it may take a lock of its own.
        let retired = if is_held { held.take() } else { None };
        drop(held);
        retired.is_some()
    }

    /// It has done what it was asked.
    pub fn works(&self) {
        self.pauses.reset();
    }
}

/// Pauses between attempts.
#[derive(Default)]
pub(super) struct Pauses(Lock<Failures>);

#[derive(Default)]
struct Failures {
    in_a_row: u32,
    count: u64,
    not_before: Option<Instant>,
    last: Option<StoreError>,
}

impl Pauses {
    fn lock(&self) -> MutexGuard<'_, Failures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn failed(&self, error: &StoreError) {
        let mut failures = self.lock();
        failures.count += 1;
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
            *failures = Failures { count: failures.count, ..Failures::default() };
        }
    }

    fn count(&self) -> u64 {
        self.lock().count
    }

    /// Fails as the last attempt did if that was after the first `count` failures.
    fn refuse_since(&self, count: u64) -> Result<(), StoreError> {
        let failures = self.lock();
        match &failures.last {
            Some(last) if failures.count > count => Err(last.clone()),
            _ => Ok(()),
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
