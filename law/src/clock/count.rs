//! How days are counted: from a first day to the end of a period, between two days, off days off.

use chrono::{Datelike, Days, Months, NaiveDate};
use schema::permit::{Period, PeriodUnit};

use crate::{LawError, calendar::DaysOff, regime::MonthRule};

/// How a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counting {
    /// Whether the day of what starts it is its first day.
    pub first_day_counts: bool,
    /// How months and years are counted.
    pub month_rule: MonthRule,
    /// Whether its end moves off days off.
    pub shifts: bool,
}

impl Counting {
    /// A period that is added to the end of another: the day of that end does not count.
    pub(crate) const AFTER: Self = Self { first_day_counts: false, month_rule: MonthRule::After, shifts: false };

    /// The last day before the period that starts on `start`.
    fn day_before(self, start: NaiveDate) -> Result<NaiveDate, LawError> {
        if self.first_day_counts { start.pred_opt().ok_or_else(|| too_far(1, "day", start)) } else { Ok(start) }
    }
}

fn too_far(count: i64, unit: &'static str, from: NaiveDate) -> LawError {
    LawError::TooFar { count, unit, from }
}

/// `day`, and `count` days of the calendar more; less, where negative.
pub(crate) fn plus_days(day: NaiveDate, count: i64) -> Result<NaiveDate, LawError> {
    let days = Days::new(count.unsigned_abs());
    let moved = if count < 0 { day.checked_sub_days(days) } else { day.checked_add_days(days) };
    moved.ok_or_else(|| too_far(count, "days", day))
}

/// The last day of the periods `parts`, taken together in one step, of a limit that starts on `start`; moved off nothing.
///
/// Months and years are added first, then weeks and days, then business days.
pub(crate) fn end_of(
    counting: Counting,
    start: NaiveDate,
    parts: &[Period],
    days_off: Option<DaysOff<'_>>,
) -> Result<NaiveDate, LawError> {
    let (mut months, mut days, mut business_days) = (0_u32, 0_i64, 0_i64);
    for part in parts {
        match part.unit {
            PeriodUnit::Year => months += u32::from(part.count) * 12,
            PeriodUnit::Month => months += u32::from(part.count),
            PeriodUnit::Week => days += i64::from(part.count) * 7,
            PeriodUnit::CalendarDay => days += i64::from(part.count),
            PeriodUnit::BusinessDay => business_days += i64::from(part.count),
        }
    }
    let before = counting.day_before(start)?;
    let after_months = if months == 0 { before } else { plus_months(before, months, counting.month_rule)? };
    Run { days_off }.advance(plus_days(after_months, days)?, business_days)
}

/// The last day of so many months whose first day is the one after `before`.
fn plus_months(before: NaiveDate, months: u32, rule: MonthRule) -> Result<NaiveDate, LawError> {
    let add = |day: NaiveDate| day.checked_add_months(Months::new(months)).ok_or_else(|| too_far(months.into(), "months", day));
    match rule {
        MonthRule::After => add(before),
        MonthRule::BeginningWith => {
            let first = plus_days(before, 1)?;
            let corresponding = add(first)?;
            // Where the month has no such day, its last one is the end.
            if corresponding.day() < first.day() { Ok(corresponding) } else { plus_days(corresponding, -1) }
        }
    }
}

/// The days that a limit runs over: all, or those that are not off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run<'a> {
    /// The days off that don't count; all days count, where there are none.
    pub days_off: Option<DaysOff<'a>>,
}

impl Run<'_> {
    fn counts(self, day: NaiveDate) -> Result<bool, LawError> {
        match self.days_off {
            Some(days_off) => Ok(!days_off.has(day)?),
            None => Ok(true),
        }
    }

    /// The day that is `count` days that count after `day`.
    pub(crate) fn advance(self, day: NaiveDate, count: i64) -> Result<NaiveDate, LawError> {
        if self.days_off.is_none() {
            return plus_days(day, count);
        }
        let (mut day, mut to_go) = (day, count);
        while to_go > 0 {
            day = plus_days(day, 1)?;
            if self.counts(day)? {
                to_go -= 1;
            }
        }
        Ok(day)
    }

    /// How many days count from `first` to `last`, both included; 0 where `last` lies before `first`.
    pub(crate) fn between(self, first: NaiveDate, last: NaiveDate) -> Result<i64, LawError> {
        let all = ((last - first).num_days() + 1).max(0);
        if self.days_off.is_none() {
            return Ok(all);
        }
        let mut counted = 0;
        for offset in 0..all {
            counted += i64::from(self.counts(plus_days(first, offset)?)?);
        }
        Ok(counted)
    }

    /// How many days count after `day` up to and including `deadline`; negative, where `day` lies after it.
    pub(crate) fn left(self, day: NaiveDate, deadline: NaiveDate) -> Result<i64, LawError> {
        if day <= deadline {
            self.between(plus_days(day, 1)?, deadline)
        } else {
            Ok(-self.between(plus_days(deadline, 1)?, day)?)
        }
    }

    /// The first day from `day` on that counts.
    pub(crate) fn first_from(self, day: NaiveDate) -> Result<NaiveDate, LawError> {
        if self.counts(day)? { Ok(day) } else { self.advance(day, 1) }
    }
}

/// `day`, or the next that is not off.
pub(crate) fn off_days_off(day: NaiveDate, days_off: DaysOff<'_>) -> Result<NaiveDate, LawError> {
    let mut day = day;
    while days_off.has(day)? {
        day = plus_days(day, 1)?;
    }
    Ok(day)
}

/// The first day of a limit that starts on `start`.
pub(crate) fn first_counted(counting: Counting, start: NaiveDate, run: Run<'_>) -> Result<NaiveDate, LawError> {
    run.first_from(plus_days(counting.day_before(start)?, 1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn end(rule: MonthRule, first_day_counts: bool, start: &str, count: u16, unit: PeriodUnit) -> String {
        let counting = Counting { first_day_counts, month_rule: rule, shifts: false };
        end_of(counting, day(start), &[Period { count, unit }], None).unwrap().to_string()
    }

    #[test]
    fn months_after_a_day_end_on_the_same_day_or_the_last() {
        assert_eq!(end(MonthRule::After, false, "2024-08-30", 18, PeriodUnit::Month), "2026-02-28");
        assert_eq!(end(MonthRule::After, false, "2024-10-31", 4, PeriodUnit::Month), "2025-02-28");
        assert_eq!(end(MonthRule::After, false, "2024-02-29", 2, PeriodUnit::Year), "2026-02-28");
    }

    #[test]
    fn months_beginning_with_the_day_after_differ_at_the_end_of_a_month() {
        // Interpretation of Planning Act 2008 s. 98(1): from 1 March, six months end on 31 August.
        assert_eq!(end(MonthRule::BeginningWith, false, "2025-02-28", 6, PeriodUnit::Month), "2025-08-31");
        assert_eq!(end(MonthRule::After, false, "2025-02-28", 6, PeriodUnit::Month), "2025-08-28");
        assert_eq!(end(MonthRule::BeginningWith, false, "2025-08-30", 6, PeriodUnit::Month), "2026-02-28");
    }

    #[test]
    fn weeks_end_a_day_sooner_where_the_first_day_counts() {
        assert_eq!(end(MonthRule::After, true, "2025-03-03", 8, PeriodUnit::Week), "2025-04-27");
        assert_eq!(end(MonthRule::After, false, "2025-03-03", 8, PeriodUnit::Week), "2025-04-28");
    }

    #[test]
    fn a_period_beyond_the_calendar_is_an_error() {
        let last = NaiveDate::MAX;
        assert!(matches!(plus_days(last, 1), Err(LawError::TooFar { .. })));
        assert!(plus_months(last, 1, MonthRule::After).is_err());
    }
}
