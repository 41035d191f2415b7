//! The use cases over the real embedded store, with the real projector beside them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

mod checkpoints;
mod confirming;
mod faults;
mod known;
mod money;
mod people;
mod projecting;
mod recording;
mod relations;
mod scopes;
mod sealing;
mod secrets;
mod turns;
mod world;
