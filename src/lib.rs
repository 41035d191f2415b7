//! Milepost: the record that industrial clusters share on the way to net zero.

pub mod import;
pub mod store;
