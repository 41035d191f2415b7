//! Milepost: the record that industrial clusters share on the way to net zero.

pub mod cli;
pub mod demo;
pub mod http;
pub mod import;
pub mod settings;
pub mod startup;
pub mod web;
