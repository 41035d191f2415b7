//! The types of the API, one file each. No rules here: a resolver shows what the picture holds.

pub mod award;
pub mod bottleneck;
pub mod bottleneck_figures;
pub mod clock;
pub mod cluster;
pub mod common;
pub mod declared;
pub mod docket;
pub mod initiative;
pub mod money;
pub mod node;
pub mod organisation;
pub mod outlook;
pub mod partnership;
pub mod permit;
pub mod pillars;
pub mod policy;
pub mod programme;
pub mod project;
pub mod record;
pub mod recorded;
pub mod register;
pub mod rollup;
pub mod statement;
pub mod step;
pub mod viewer;
