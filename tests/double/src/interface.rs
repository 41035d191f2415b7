//! The gRPC interface, generated, and the small steps between it and the log.

#![allow(missing_docs, clippy::all, clippy::pedantic, reason = "generated code")]

include!(concat!(env!("OUT_DIR"), "/interface.rs"));
