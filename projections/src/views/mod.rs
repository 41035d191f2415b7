//! Views across things: pure, total, and made of what a [`Sight`](crate::Sight) shows.

mod day;
pub mod ladder;
pub mod pillars;

pub use day::Day;
