//! Lengths of time in calendar days.

use schema::{Date, Precision};
use serde::Serialize;

/// A number of calendar days between two dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Days {
    /// How many; negative when the second date lies before the first.
    pub count: i64,
    /// Whether both dates are known to the day. If not, the count is between the days that the dates stand for.
    pub exact: bool,
}

impl Days {
    /// The days from `start` to `end`; 0 when they are the same day.
    #[must_use]
    pub fn between(start: Date, end: Date) -> Self {
        let exact = [start, end].iter().all(|date| date.precision() == Precision::Day);
        Self { count: (end.first() - start.first()).num_days(), exact }
    }
}
