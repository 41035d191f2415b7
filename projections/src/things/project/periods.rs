//! Periods of which it is asked whether another overlaps with one of them.

use chrono::NaiveDate;

/// Periods, but for those that lie within another: the later one begins, the later it ends.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Periods(Vec<(NaiveDate, NaiveDate)>);

impl Periods {
    /// Whether one of them begins by the end of the period `from` to `to`, and does not end before it begins.
    pub(super) fn overlap(&self, from: NaiveDate, to: NaiveDate) -> bool {
        let begun = self.0.partition_point(|(start, _)| *start <= to);
        begun.checked_sub(1).is_some_and(|last| self.0[last].1 >= from)
    }

    /// Adds the period `from` to `to`.
    pub(super) fn add(&mut self, from: NaiveDate, to: NaiveDate) {
        let before = self.0.partition_point(|(start, _)| *start <= from);
        if before.checked_sub(1).is_some_and(|last| self.0[last].1 >= to) {
            return;
        }
        let first = self.0.partition_point(|(start, _)| *start < from);
        let within = self.0[first..].iter().take_while(|(_, end)| *end <= to).count();
        self.0.splice(first..first + within, [(from, to)]);
    }
}
