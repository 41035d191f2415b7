//! The store in EventStoreDB when something goes wrong, and several replicas over one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../app/world.rs"]
#[allow(dead_code, reason = "these tests use a part of it")]
mod world;

mod appends;
mod campaign;
mod connecting;
mod foreign;
mod helpers;
mod instants;
mod moving;
mod replicas;
mod subscriptions;
