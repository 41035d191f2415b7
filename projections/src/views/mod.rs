//! Views across things: pure, total, and made of what a [`Sight`](crate::Sight) shows.

mod day;
pub mod exposure;
pub mod known;
pub mod ladder;
pub mod money;
pub mod outlook;
pub mod pillars;
pub mod rollup;
pub mod standing;

pub use day::Day;
