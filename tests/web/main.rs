//! The pages, over HTTP from a real server, for people with real tokens.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod charts;
mod desks;
mod forms;
mod lists;
mod markup;
mod moments;
mod recording;
mod roles;
mod search;
mod sessions;
mod shown;
mod world;
