//! Acknowledged means durable: under failing disks, full disks, power cuts and kills.
//!
//! The writing is done by child processes: this test binary, started again for [`child::a_process_of_its_own_writes`].

#[path = "../support/mod.rs"]
mod support;

mod child;
mod kills;
mod plan;

#[cfg(target_os = "linux")]
mod faults;
#[cfg(target_os = "linux")]
mod shim;
