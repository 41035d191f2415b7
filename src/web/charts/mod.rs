//! Geometry of drawings: where things stand, from what the API answered. One file for each kind of chart, all pure.
//!
//! A drawing is as wide as its place: what lies along it is in per cent, what lies across it in pixels, and text keeps
//! its size. Templates write the marks; colours are classes of the style. Nothing here works out anything of the record.

pub mod clock;
pub mod levels;
pub mod life;
pub mod money;
pub mod schedule;
pub mod slippage;
pub mod slow;
pub mod survival;
pub mod world;

use chrono::{Datelike, Months, NaiveDate};
use serde::Serialize;
use serde_json::Value;

/// A length or a place along a drawing, in per cent with two decimals.
pub fn percent(share: f64) -> String {
    let share = if share.is_finite() { share.clamp(-1.0, 2.0) } else { 0.0 };
    format!("{:.2}%", share * 100.0)
}

/// A number of a drawing without a unit, with one decimal.
pub fn tenth(number: f64) -> String {
    format!("{:.1}", if number.is_finite() { number } else { 0.0 })
}

/// The first and the last day that a date of the API can be.
pub fn days_of(value: &Value) -> Option<(NaiveDate, NaiveDate)> {
    let date: schema::Date = value.as_str()?.parse().ok()?;
    Some((date.first(), date.last()))
}

/// The first day that a date of the API can be.
pub fn day_of(value: &Value) -> Option<NaiveDate> {
    days_of(value).map(|(first, _)| first)
}

/// From one day to another, in days; the other may be the earlier one.
pub fn between(from: NaiveDate, to: NaiveDate) -> f64 {
    f64::from(i32::try_from((to - from).num_days()).unwrap_or(i32::MAX))
}

/// How many items a list of the API has.
pub fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A number of the API, as one to draw with.
pub fn number(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| number.is_finite())
}

/// Calendar time along a drawing.
#[derive(Debug, Clone, Copy)]
pub struct TimeAxis {
    from: NaiveDate,
    to: NaiveDate,
}

/// A line across the axis, with what is written at it.
#[derive(Debug, Serialize)]
pub struct Tick {
    x: String,
    text: String,
    /// Whether a year begins.
    strong: bool,
    /// Whether it gives way where the drawing is narrow.
    wide: bool,
}

/// The most ticks on an axis.
const TICKS_MAX: usize = 20;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl TimeAxis {
    /// An axis from a day to another, at least a week long.
    pub fn new(from: NaiveDate, to: NaiveDate) -> Self {
        let least = from.checked_add_days(chrono::Days::new(7)).unwrap_or(from);
        Self { from, to: to.max(least) }
    }

    /// Its first day.
    pub const fn from(self) -> NaiveDate {
        self.from
    }

    /// Its last day.
    pub const fn to(self) -> NaiveDate {
        self.to
    }

    /// Where a day lies, as a share of the axis; before 0 and after 1 it lies outside.
    pub fn at(self, day: NaiveDate) -> f64 {
        between(self.from, day) / between(self.from, self.to).max(1.0)
    }

    /// Where a day lies, in per cent.
    pub fn x(self, day: NaiveDate) -> String {
        percent(self.at(day))
    }

    /// The firsts of months, quarters, half-years or years, as many as there is room for.
    pub fn ticks(self) -> Vec<Tick> {
        let months = between(self.from, self.to) / 30.4;
        let step =
            [1_u32, 3, 6, 12, 24, 60, 120, 600].into_iter().find(|step| months / f64::from(*step) <= 14.0).unwrap_or(1_200);
        let mut ticks = Vec::new();
        let mut next = NaiveDate::from_ymd_opt(self.from.year(), 1, 1);
        let mut passed = 0_usize;
        while let Some(day) = next.filter(|day| *day <= self.to && ticks.len() < TICKS_MAX) {
            if day >= self.from {
                ticks.push(tick(self, day, passed.is_multiple_of(2)));
            }
            passed += 1;
            next = day.checked_add_months(Months::new(step));
        }
        ticks
    }
}

fn tick(axis: TimeAxis, day: NaiveDate, is_even: bool) -> Tick {
    let strong = day.month() == 1;
    let month = usize::try_from(day.month0()).ok().and_then(|month| MONTHS.get(month)).copied().unwrap_or_default();
    let text = if strong { day.year().to_string() } else { month.to_owned() };
    Tick { x: axis.x(day), text, strong, wide: !strong && !is_even }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn months_are_marked_where_there_is_room_and_years_where_there_is_not() {
        let texts = |from: &str, to: &str| {
            TimeAxis::new(day(from), day(to)).ticks().into_iter().map(|tick| tick.text).collect::<Vec<_>>()
        };
        assert_eq!(texts("2026-11-10", "2027-03-02"), ["Dec", "2027", "Feb", "Mar"]);
        assert_eq!(texts("2025-02-01", "2027-02-01"), ["Apr", "Jul", "Oct", "2026", "Apr", "Jul", "Oct", "2027"]);
        assert_eq!(texts("2020-01-01", "2031-06-01").len(), 12);
        assert!(texts("1900-01-01", "2990-01-01").len() <= TICKS_MAX);
    }

    #[test]
    fn an_axis_of_no_length_is_a_week_long() {
        let axis = TimeAxis::new(day("2026-01-05"), day("2026-01-05"));
        assert_eq!((axis.x(day("2026-01-05")), axis.x(day("2026-01-12"))), ("0.00%".to_owned(), "100.00%".to_owned()));
    }

    #[test]
    fn what_is_no_date_and_no_number_is_none() {
        assert_eq!(days_of(&json!("2026-Q1")), Some((day("2026-01-01"), day("2026-03-31"))));
        for wrong in [json!(null), json!("soon"), json!(7)] {
            assert_eq!(days_of(&wrong), None);
        }
        assert_eq!(percent(f64::NAN), "0.00%");
    }
}
