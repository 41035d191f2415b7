//! What is asked across things: the statistics of durations, where permitting is slow, and which permits need action.
//!
//! The caller hands over what a viewer sees, the day that is asked, and what the law says of it. This crate performs no I/O
//! and reads no clock.

pub mod bottlenecks;
pub mod docket;
pub mod statistics;
