//! Every store behind the port does the same: the suite is run for each adapter.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod suite;

use milepost::store::embedded::EmbeddedStore;
use tempfile::TempDir;

fn embedded() -> (EmbeddedStore, TempDir) {
    let directory = TempDir::new().unwrap();
    (EmbeddedStore::open(directory.path()).unwrap(), directory)
}

suite::contract!(embedded_store, crate::embedded);
