//! The store in EventStoreDB when something goes wrong, and several replicas over one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../app/world.rs"]
#[allow(dead_code, reason = "these tests use a part of it")]
mod world;

mod appends;
mod campaign;
mod codes;
mod connecting;
mod credentials;
mod foreign;
mod helpers;
mod holes;
mod instants;
mod moving;
mod replicas;
mod sessions;
mod subscriptions;
