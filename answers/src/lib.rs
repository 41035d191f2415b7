//! What is asked across things: the statistics of durations, where permitting is slow, which permits need action, and what is
//! called by a name.
//!
//! The caller hands over what a viewer sees, the day that is asked, and what the law says of it. This crate performs no I/O
//! and reads no clock.

pub mod bottlenecks;
pub mod docket;
pub mod search;
pub mod statistics;
