//! Milepost: the record that industrial clusters share on the way to net zero.

pub mod access;
pub mod app;
pub mod demo;
pub mod domain;
pub mod graphql;
pub mod import;
pub mod store;
