//! The gRPC interface, generated.

#![allow(missing_docs, dead_code, clippy::all, clippy::pedantic, reason = "generated code")]

include!(concat!(env!("OUT_DIR"), "/interface.rs"));
