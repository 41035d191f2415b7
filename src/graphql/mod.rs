//! The GraphQL API over HTTP: our own handler around juniper, which can't do what it should here.
//!
//! A request is read ([`request`]), measured before anything runs ([`limits`]), charged to its subject
//! ([`throttle`]), executed on a blocking thread with a deadline, and answered ([`http`]).

pub mod api;
mod asked;
mod connection;
pub mod coverage;
mod deadline;
mod error;
mod execute;
pub mod http;
pub mod limits;
mod media;
pub mod mutation;
pub mod problem;
pub mod query;
pub mod queue;
mod reading;
pub mod request;
pub mod scalars;
mod scans;
mod service;
pub mod socket;
mod subscription;
pub mod throttle;
mod types;
mod view;

pub use asked::Unanswered;
pub use deadline::{Asker, Deadline, Presence};
pub use error::{Code, GraphqlError};
pub use service::{Inquiry, Service};
