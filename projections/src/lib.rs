//! What is known: pure folds from events to the [`Picture`]. No I/O, no clock, no async, no failure.

mod checkpoint;
mod links;
mod picture;
pub mod things;

pub use checkpoint::CheckpointError;
pub use links::Links;
pub use picture::{Entry, Founding, Kinded, Picture, Quarantined, Things};
