//! The tokens that were found to be right, so that the signature of each is verified once in its life.
//!
//! Nobody but who holds a signing key gets a token in here, and the number of them is bounded.

use std::{
    collections::HashMap,
    fmt, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sha2::{Digest, Sha256};

/// How many tokens one generation holds; two of them are kept.
const GENERATION_TOKENS_MAX: usize = 2_048;

/// Stands for a token: its SHA-256.
pub(super) type Print = [u8; 32];

/// What stands for `token`.
pub(super) fn print(token: &str) -> Print {
    Sha256::digest(token).into()
}

/// What was found out of tokens that are right, of each a `T`.
///
/// When the younger generation is full, it becomes the older one, and the older one is forgotten: a token that is used
/// stays.
pub(super) struct Verified<T> {
    generations: Mutex<Generations<T>>,
}

struct Generations<T> {
    younger: HashMap<Print, Arc<T>>,
    older: HashMap<Print, Arc<T>>,
}

impl<T> Default for Verified<T> {
    fn default() -> Self {
        let generations = Generations { younger: HashMap::new(), older: HashMap::new() };
        Self { generations: Mutex::new(generations) }
    }
}

/// What is known of tokens is not for a log.
impl<T> fmt::Debug for Verified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").finish_non_exhaustive()
    }
}

impl<T> Verified<T> {
    /// What was found out of the token that `print` stands for.
    pub fn find(&self, print: &Print) -> Option<Arc<T>> {
        let mut generations = self.lock();
        if let Some(known) = generations.younger.get(print) {
            return Some(Arc::clone(known));
        }
        let known = generations.older.remove(print)?;
        generations.insert(*print, Arc::clone(&known));
        Some(known)
    }

    /// Keeps what was found out of the token that `print` stands for.
    pub fn keep(&self, print: Print, found: Arc<T>) {
        self.lock().insert(print, found);
    }

    /// Whoever panicked while holding them: each is whole.
    fn lock(&self) -> MutexGuard<'_, Generations<T>> {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Generations<T> {
    fn insert(&mut self, print: Print, found: Arc<T>) {
        if self.younger.len() >= GENERATION_TOKENS_MAX {
            self.older = mem::take(&mut self.younger);
        }
        self.younger.insert(print, found);
    }
}
