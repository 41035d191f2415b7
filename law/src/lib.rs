//! What the law says of permits: regimes and calendars as data, and the statutory clock that is derived from them.
//!
//! A *regime* is a piece of law with its versions, cases and *limits*. A *calendar* says which days are days off. A *clock*
//! is what follows for one limit from what happened to an application, on the day that is asked. Regimes and calendars are
//! TOML; a further one needs no Rust.
//!
//! This crate performs no I/O and reads no clock.

pub mod calendar;
pub mod cases;
pub mod clock;
mod error;
pub mod regime;
mod rulebook;

pub use error::{FileError, LawError};
pub use rulebook::Rulebook;
