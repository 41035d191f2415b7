//! The days of made-up histories. They end on one fixed day, so that they are the same whenever they are told.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate, TimeDelta};
use schema::{Date, Precision};

use super::chance::Chance;

/// The last day on which something has happened.
pub(super) const AS_OF: NaiveDate = day(2026, 6, 30);
/// The first day on which something can happen.
pub(super) const FIRST: NaiveDate = day(2018, 1, 1);

pub(super) const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

/// So many days after `day`; before it, where they are negative.
pub(super) fn days_after(day: NaiveDate, days: i64) -> NaiveDate {
    TimeDelta::try_days(days).and_then(|days| day.checked_add_signed(days)).unwrap_or(day)
}

/// Some day of `days` after `day`, if it has come by the end of all histories.
pub(super) fn some_day(chance: &mut Chance, day: NaiveDate, days: RangeInclusive<i64>) -> Option<NaiveDate> {
    Some(days_after(day, chance.between(days))).filter(|day| *day <= AS_OF)
}

/// A plan for `day`, known as exactly as plans are.
pub(super) fn planned(chance: &mut Chance, day: NaiveDate) -> Date {
    let precision = match chance.between(0..=9) {
        0 => Precision::Year,
        1 | 2 => Precision::Quarter,
        3 | 4 => Precision::Month,
        _ => Precision::Day,
    };
    Date::try_new(day, precision).unwrap_or(Date::day(day))
}

/// The day of something past, known as exactly as it is remembered.
pub(super) fn remembered(chance: &mut Chance, day: NaiveDate) -> Date {
    let about = planned(chance, day);
    if about.last() <= AS_OF { about } else { Date::day(day) }
}

/// The year of `day`.
pub(super) fn year_of(day: NaiveDate) -> u16 {
    u16::try_from(day.year()).unwrap_or_default()
}

/// Goes on from day to day, until the end of all histories.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course(pub NaiveDate);

impl Course {
    /// Goes on by some of `days`; `None` when that day has not come.
    pub fn after(&mut self, chance: &mut Chance, days: RangeInclusive<i64>) -> Option<NaiveDate> {
        self.0 = some_day(chance, self.0, days)?;
        Some(self.0)
    }
}
