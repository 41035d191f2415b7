//! How much later than planned a milestone is.

use chrono::NaiveDate;
use schema::Date;

use super::Milestone;

/// By how many days a milestone was reached, or is expected, after its first plan; below zero when before.
///
/// Dates may be known to a month or a year only, so that there is a least and a most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slip {
    /// The days that are certain, for orders and medians: from the last day that was planned to the first on which it can
    /// have been reached, if that is later; from the first to the last, if that is earlier; else 0.
    pub certain: i64,
    /// From the last day that was planned to the first on which it can have been reached.
    pub least: i64,
    /// From the first day that was planned to the last on which it can have been reached; `None` while it is overdue, since
    /// nobody knows when it will be.
    pub most: Option<i64>,
}

impl Slip {
    /// Between the plan and when it was reached, or is now expected.
    #[must_use]
    pub fn between(planned: Date, reached: Date) -> Self {
        let least = (reached.first() - planned.last()).num_days();
        let most = (reached.last() - planned.first()).num_days();
        // No date that is well formed ends before it begins, so at most one of the two is on its side of zero.
        let certain = if least > 0 { least } else { most.min(0) };
        Self { certain, least, most: Some(most) }
    }

    /// Of what is not reached on `day`, behind the date on which it was expected.
    #[must_use]
    pub fn overdue(planned: Date, day: NaiveDate) -> Self {
        let least = (day - planned.last()).num_days();
        Self { certain: least.max(0), least, most: None }
    }

    /// Whether it is known to the day.
    #[must_use]
    pub fn is_exact(self) -> bool {
        self.most == Some(self.least)
    }
}

impl Milestone {
    /// By how much it is later than its first plan, as far as is known on `day`; `None` without a plan or a date.
    #[must_use]
    pub fn slip(&self, day: NaiveDate) -> Option<Slip> {
        let planned = self.baseline?;
        if self.is_overdue(day) {
            return Some(Slip::overdue(planned, day));
        }
        Some(Slip::between(planned, self.actual.or(self.forecast)?))
    }

    /// Whether it was expected by a day before `day`, and is neither reached nor dropped.
    #[must_use]
    pub fn is_overdue(&self, day: NaiveDate) -> bool {
        !self.is_over() && self.forecast.is_some_and(|forecast| forecast.last() < day)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_days_that_are_certain_are_those_that_no_choice_of_days_takes_away() {
        for (planned, reached, certain, least, most) in [
            ("2025", "2025-12-31", 0, 0, 364),
            ("2025-Q1", "2025-03-31", 0, 0, 89),
            ("2024", "2025-03-01", 60, 60, 425),
            ("2025-03-01", "2024", -60, -425, -60),
            ("2023-07-01", "2023-10-11", 102, 102, 102),
            ("2024-06", "2024", 0, -181, 213),
        ] {
            let slip = Slip::between(date(planned), date(reached));
            assert_eq!((slip.certain, slip.least, slip.most), (certain, least, Some(most)), "{planned}, {reached}");
            assert_eq!(slip.is_exact(), least == most, "{planned}, {reached}");
        }
    }

    #[test]
    fn what_was_expected_and_is_not_there_is_late_by_the_days_since() {
        let slip = |planned: &str, day: &str| Slip::overdue(date(planned), day.parse().unwrap());
        let late = slip("2023-09", "2026-11-26");
        assert_eq!((late.certain, late.least, late.most, late.is_exact()), (1153, 1153, None, false));
        // Brought forward and then not reached: it can still be early against its first plan.
        assert_eq!(slip("2027", "2026-11-26").certain, 0);
    }

    proptest! {
        #[test]
        fn certain_lies_between_least_and_most_and_is_no_further_from_zero(
            (planned, reached) in ("20[0-4][0-9]-(0[1-9]|1[0-2])", "20[0-4][0-9](-Q[1-4])?"),
        ) {
            let slip = Slip::between(date(&planned), date(&reached));
            let most = slip.most.unwrap();
            prop_assert!(slip.least <= most);
            prop_assert!((slip.least..=most).contains(&slip.certain));
            prop_assert!(slip.certain.abs() <= slip.least.abs().min(most.abs()));
        }
    }
}
