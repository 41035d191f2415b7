//! Who may say what about a thing, as far as the thing itself is concerned: pure decisions on its live facts.
//!
//! A command names a fact to state, correct, retract, confirm or support. It is decided by looking at the thing as it
//! would be: whatever newly fails to fit is looked up in the one table of [`rules`].

mod command;
mod decide;
pub mod law;
pub mod rejection;
pub mod rules;

pub use command::{Command, Intent};
pub use decide::{ACTS_MAX, Decision, Together, decide, decide_together, foreseen, hindrance};
pub use rejection::Rejection;

#[cfg(test)]
mod tests;
