//! Acknowledged means durable: under failing disks, full disks, power cuts and kills.
//!
//! The writing is done by child processes: this test binary, started again for [`child::a_process_of_its_own_writes`].

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod child;
mod damage;
mod kills;
mod plan;

#[cfg(target_os = "linux")]
mod faults;
#[cfg(target_os = "linux")]
mod full;
#[cfg(target_os = "linux")]
mod shim;
