//! The demonstration: what is publicly known is on record and nothing else of anything real, and what is made up is made
//! up the same way every time.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod known;
mod made_up;
mod world;
