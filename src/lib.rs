//! Milepost: the record that industrial clusters share on the way to net zero.

pub mod access;
pub mod api;
pub mod app;
pub mod cli;
pub mod demo;
pub mod domain;
pub mod graphql;
pub mod http;
pub mod import;
pub mod settings;
pub mod startup;
pub mod store;
pub mod web;
