//! The API end to end: a store in a directory, the app, its projector and the handler, asked over HTTP as its users
//! would ask.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod access;
mod bad_input;
mod bottlenecks;
mod changes;
mod clocks;
mod confidential;
mod corrections;
mod daily;
mod days;
mod docket;
mod docs;
mod exposure;
mod figures;
mod gates;
mod instants;
mod pages;
mod people;
mod rates;
mod recorded;
mod setting;
mod slow;
mod socket;
mod sockets;
mod steps;
mod times;
mod together;
mod trust;
mod whole;
mod world;
