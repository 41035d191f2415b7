//! What is known: pure folds from events to the [`Picture`]. No I/O, no clock, no async, no failure.

mod across;
mod amounts;
mod checkpoint;
pub mod exchange;
mod instants;
mod links;
mod picture;
mod place;
mod series;
mod sight;
pub mod things;
pub mod views;
mod walk;
mod wholeness;

pub use across::Across;
pub use amounts::Amounts;
pub use checkpoint::{CheckpointError, Extent, Part};
pub use instants::OfRecord;
pub use links::Links;
#[doc(hidden)]
pub use schema::Kind;

pub use picture::{Entry, Kinded, Picture, Quarantined, Things};
pub use place::country_of;
pub use series::Series;
pub use sight::Sight;
pub use walk::Walk;
pub use wholeness::{Known, Loss, Standing, Wholeness};
