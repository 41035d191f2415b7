//! The statistics of durations, in whole days: quantiles, survival and competing endings.
//!
//! An *observation* is one thing that was watched from one age to another. It counts as at risk at every age from its entry to
//! its exit, both included: an ending on the very day on which a source begins to observe is seen by it, and one at age 0 is
//! kept. At one age the endings come before the censorings (DOMAIN §6).

mod incidence;
mod quantile;
mod survival;
mod table;

pub use incidence::Incidence;
pub use quantile::{Percent, quantile};
pub use survival::{Band, Point, Survival};
pub use table::{Observation, Row, Table};

/// Below so many there is no percentile and no curve: the text is 'few' (DOMAIN §6.1).
pub const FEW: u32 = 5;
