//! Milepost's own API: what can be asked and recorded over GraphQL, and who is asked for it.
//!
//! [`Api`] is the service that the engine in [`graphql`] runs; what a client may read passes the gate in
//! `reading` first.

mod changes;
mod clocked;
mod connection;
mod context;
pub mod coverage;
mod daily;
mod member;
mod mutation;
mod query;
mod reading;
mod scalars;
mod scans;
mod subscription;
mod types;
mod view;

pub use context::{Api, Context, Root, Signer, root};
pub use daily::Daily;
