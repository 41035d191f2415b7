//! Views across things: pure, total, and made of what a [`Sight`](crate::Sight) shows.

mod day;
pub mod known;
pub mod ladder;
pub mod outlook;
pub mod pillars;
pub mod rollup;

pub use day::Day;
