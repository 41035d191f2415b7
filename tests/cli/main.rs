//! The program as its users meet it: a process with arguments, an exit code, two outputs and a socket.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod accepted;
mod checkpoints;
mod documents;
mod eventstoredb;
mod importing;
mod kills;
#[cfg(target_os = "linux")]
mod limits;
mod logs;
mod lost;
mod program;
mod rates;
mod refusals;
mod regimes;
mod serving;
mod settings;
mod signals;
#[path = "../support/mod.rs"]
mod support;
mod tokens;
