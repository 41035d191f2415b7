//! Every store behind the port does the same: the suite is run for each adapter.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod suite;

use double::Double;
use store::{embedded::EmbeddedStore, eventstoredb::EventStoreDb};
use tempfile::TempDir;

#[expect(clippy::unnecessary_wraps, reason = "as the others")]
fn embedded() -> Option<(EmbeddedStore, TempDir)> {
    let directory = TempDir::new().unwrap();
    Some((EmbeddedStore::open(directory.path()).unwrap(), directory))
}

#[expect(clippy::unnecessary_wraps, reason = "as the others")]
fn double() -> Option<(EventStoreDb, Double)> {
    let double = Double::start().unwrap();
    Some((EventStoreDb::new(&double.address(), "milepost"), double))
}

/// The server that `MILEPOST_EVENTSTOREDB` names, as `esdb://…`; what is written there stays there, under a prefix of
/// its own.
fn server() -> Option<(EventStoreDb, ())> {
    let address = std::env::var("MILEPOST_EVENTSTOREDB").ok()?;
    let deployment = format!("milepost{}", uuid::Uuid::new_v4().simple());
    Some((EventStoreDb::new(&address, &deployment), ()))
}

suite::contract!(embedded_store, crate::embedded);
suite::contract!(eventstoredb_double, crate::double);
suite::contract!(eventstoredb_server, crate::server);
