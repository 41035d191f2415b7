//! The types of the API, one file each. No rules here: a resolver shows what the picture holds.

pub mod cluster;
pub mod common;
pub mod node;
pub mod organisation;
pub mod permit;
pub mod project;
pub mod record;
pub mod recorded;
pub mod register;
pub mod viewer;
