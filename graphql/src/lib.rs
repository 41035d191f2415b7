//! GraphQL over HTTP and WebSockets: our own engine around juniper, which can't do what it should here. It knows nothing of
//! Milepost: what is asked and recorded is its [`Service`]'s.
//!
//! A request is read ([`request`]), measured before anything runs ([`limits`]), charged to its subject
//! ([`throttle`]), executed on a blocking thread with a deadline, and answered ([`http`]).

mod address;
mod asked;
mod deadline;
mod error;
mod execute;
pub mod http;
pub mod limits;
mod media;
pub mod problem;
pub mod queue;
pub mod request;
mod service;
pub mod socket;
pub mod throttle;

pub use address::Address;
pub use asked::Unanswered;
pub use deadline::{Asker, Deadline, Presence};
pub use error::{Code, GraphqlError};
pub use service::{Inquiry, Service};
