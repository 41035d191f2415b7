//! Dates as registers and people know them: to the day, the month, the quarter, the half-year or the year, or between two
//! of these.

use std::{borrow::Cow, cmp::Ordering, fmt, str::FromStr};

use chrono::{Datelike, Days, Months, NaiveDate};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// How exactly a date is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// The day is known.
    Day,
    /// Only the month is known.
    Month,
    /// Only the quarter of the calendar year is known.
    Quarter,
    /// Only the half of the calendar year is known.
    HalfYear,
    /// Only the year is known.
    Year,
    /// Only two periods are known between which it lies, or the one by the end of which.
    Interval,
}

/// Why a text is not a date.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DateError {
    /// The text has none of the forms of a date.
    #[error(
        "'{0}' is not a date; write 2024-03-05, or 2024-03, 2024-Q1, 2024-H1, 2024, 2024-03/2024-05 or ../2024-12 where no more is known"
    )]
    Malformed(String),
    /// The form is right and the calendar has no such date.
    #[error("there is no {0} in the calendar")]
    NotInCalendar(String),
    /// The year is outside 1900 to 2199.
    #[error("the year of {0} is outside 1900 to 2199")]
    OutOfRange(String),
    /// An interval ends before it begins.
    #[error("{0} ends before it begins; write the earlier date first")]
    Reversed(String),
}

/// A period of the calendar: a day, a month, a quarter, a half-year or a year.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Period {
    first: NaiveDate,
    /// Never an interval.
    precision: Precision,
}

impl Period {
    fn last(self) -> NaiveDate {
        let months = match self.precision {
            Precision::Day | Precision::Interval => return self.first,
            Precision::Month => 1,
            Precision::Quarter => 3,
            Precision::HalfYear => 6,
            Precision::Year => 12,
        };
        // A year below 2200 has a successor in every calendar that chrono knows.
        self.first
            .checked_add_months(Months::new(months))
            .and_then(|next| next.checked_sub_days(Days::new(1)))
            .unwrap_or(self.first)
    }
}

/// A legal or business date without a time zone, together with how exactly it is known.
///
/// **The convention** of Milepost wherever a single day is needed of a date that is known less exactly, stated here
/// and used everywhere: a date stands where its period *begins* ([`Date::first`]) for order and for durations; one of
/// which only the end is known (`../2026-12`, by the end of 2026) stands where it ends. Whether one date lies certainly
/// before another is asked with [`Date::certainly_before`], which uses both ends.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Date {
    /// The period with which it begins; none where only its end is known.
    from: Option<Period>,
    /// The period with which it ends: the same, unless it is an interval.
    to: Period,
}

impl Date {
    /// A date known to the day.
    #[must_use]
    pub const fn day(day: NaiveDate) -> Self {
        Self::of(Period { first: day, precision: Precision::Day })
    }

    const fn of(period: Period) -> Self {
        Self { from: Some(period), to: period }
    }

    /// The period of `precision` that `day` lies in.
    ///
    /// # Errors
    /// [`DateError::OutOfRange`] when the year is outside 1900 to 2199, and [`DateError::Malformed`] for an interval, which
    /// no single day is enough for.
    pub fn try_new(day: NaiveDate, precision: Precision) -> Result<Self, DateError> {
        if !(1900..2200).contains(&day.year()) {
            return Err(DateError::OutOfRange(day.to_string()));
        }
        let month = match precision {
            Precision::Day => return Ok(Self::day(day)),
            Precision::Month => day.month(),
            Precision::Quarter => (day.month0() / 3) * 3 + 1,
            Precision::HalfYear => (day.month0() / 6) * 6 + 1,
            Precision::Year => 1,
            Precision::Interval => return Err(DateError::Malformed(day.to_string())),
        };
        let first = NaiveDate::from_ymd_opt(day.year(), month, 1).ok_or_else(|| DateError::NotInCalendar(day.to_string()))?;
        Ok(Self::of(Period { first, precision }))
    }

    /// The day a date stands for, by the convention above: the first of its period, or the last where only the end is known.
    #[must_use]
    pub fn first(self) -> NaiveDate {
        self.from.map_or_else(|| self.to.last(), |from| from.first)
    }

    /// The first day on which it can have been; none where only its end is known.
    #[must_use]
    pub fn earliest(self) -> Option<NaiveDate> {
        self.from.map(|from| from.first)
    }

    /// The last day of the period.
    #[must_use]
    pub fn last(self) -> NaiveDate {
        self.to.last()
    }

    /// How exactly the date is known.
    #[must_use]
    pub fn precision(self) -> Precision {
        if self.from == Some(self.to) { self.to.precision } else { Precision::Interval }
    }

    /// Whether every day of this period lies before every day of `other`.
    #[must_use]
    pub fn certainly_before(self, other: Self) -> bool {
        other.from.is_some_and(|from| self.last() < from.first)
    }
}

/// By the day it stands for, then by how much later it may be.
impl Ord for Date {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |date: &Self| (date.first(), date.last(), date.from, date.to);
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Date {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = (self.first.year(), self.first.month());
        match self.precision {
            Precision::Day | Precision::Interval => write!(f, "{year:04}-{month:02}-{:02}", self.first.day()),
            Precision::Month => write!(f, "{year:04}-{month:02}"),
            Precision::Quarter => write!(f, "{year:04}-Q{}", self.first.month0() / 3 + 1),
            Precision::HalfYear => write!(f, "{year:04}-H{}", self.first.month0() / 6 + 1),
            Precision::Year => write!(f, "{year:04}"),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from {
            Some(from) if from == self.to => fmt::Display::fmt(&from, f),
            Some(from) => write!(f, "{from}/{}", self.to),
            None => write!(f, "../{}", self.to),
        }
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Period {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let malformed = || DateError::Malformed(text.chars().take(40).collect());
        let not_in_calendar = || DateError::NotInCalendar(text.to_owned());
        let digits = |part: &str, length: usize| {
            (part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse::<u32>().ok()).flatten()
        };
        let mut parts = text.split('-');
        let year = parts.next().and_then(|part| digits(part, 4)).ok_or_else(malformed)?;
        let (month, day, precision) = match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => (1, 1, Precision::Year),
            (Some(part), None, _) => match part.split_at_checked(1) {
                Some(("Q", quarter)) => match digits(quarter, 1).ok_or_else(malformed)? {
                    quarter @ 1..=4 => (quarter * 3 - 2, 1, Precision::Quarter),
                    _ => return Err(not_in_calendar()),
                },
                Some(("H", half)) => match digits(half, 1).ok_or_else(malformed)? {
                    half @ 1..=2 => (half * 6 - 5, 1, Precision::HalfYear),
                    _ => return Err(not_in_calendar()),
                },
                _ => (digits(part, 2).ok_or_else(malformed)?, 1, Precision::Month),
            },
            (Some(month), Some(day), None) => {
                (digits(month, 2).ok_or_else(malformed)?, digits(day, 2).ok_or_else(malformed)?, Precision::Day)
            }
            _ => return Err(malformed()),
        };
        let year = i32::try_from(year).map_err(|_| malformed())?;
        let first = NaiveDate::from_ymd_opt(year, month, day).ok_or_else(not_in_calendar)?;
        Date::try_new(first, precision).map(|date| date.to)
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let Some((from, to)) = text.split_once('/') else { return text.parse().map(Self::of) };
        let to: Period = to.parse()?;
        let from: Option<Period> = if from == ".." { None } else { Some(from.parse()?) };
        if from.is_some_and(|from| to.last() < from.first) {
            return Err(DateError::Reversed(text.to_owned()));
        }
        Ok(Self { from, to })
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Date {
    fn schema_name() -> Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^((\\.\\.|[0-9]{4}(-(Q[1-4]|H[12]|[0-9]{2}(-[0-9]{2})?))?)/)?[0-9]{4}(-(Q[1-4]|H[12]|[0-9]{2}(-[0-9]{2})?))?$",
            "description": "A date with its precision: 2024-03-05 (day), 2024-03 (month), 2024-Q1 (quarter), 2024-H1 (half-year), \
                            2024 (year), 2024-03/2024-05 (an interval) or ../2024-12 (by its end).",
        })
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
    fn a_date_is_written_as_exactly_as_it_is_known() {
        for text in [
            "2024-02-29",
            "2024-02",
            "2024-Q4",
            "2024-H1",
            "2024-H2",
            "2024",
            "1900",
            "2199-12-31",
            "2026-03/2026-05",
            "../2026-12",
        ] {
            assert_eq!(date(text).to_string(), text);
        }
        assert_eq!(date("2024-02").last().to_string(), "2024-02-29");
        assert_eq!(date("2023-Q1").last().to_string(), "2023-03-31");
        assert_eq!(
            (date("2024-H2").first().to_string(), date("2024-H1").last().to_string()),
            ("2024-07-01".into(), "2024-06-30".into())
        );
        assert_eq!(date("2199").last().to_string(), "2199-12-31");
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in ["2023-02-29", "2024-13", "2024-00", "2024-Q5", "2024-Q0", "2024-H0", "2024-H3", "2024-04-31", "../2024-13"] {
            assert!(matches!(text.parse::<Date>(), Err(DateError::NotInCalendar(_))), "{text}");
        }
        for text in [
            "",
            "24-01-01",
            "2024-1-1",
            "2024-01-01-01",
            "2024-01-01T00:00:00Z",
            "+024-01-01",
            "२०२४",
            " 2024",
            "2024-H",
            "2024-h1",
            "2024/",
            "/2024",
            "2024/..",
            "..",
            "../../2024",
            "2024/2025/2026",
        ] {
            assert!(matches!(text.parse::<Date>(), Err(DateError::Malformed(_))), "{text}");
        }
        assert!(matches!("1899".parse::<Date>(), Err(DateError::OutOfRange(_))));
    }

    #[test]
    fn overlapping_dates_are_not_certainly_in_order() {
        assert!(date("2023").certainly_before(date("2024-01")));
        assert!(!date("2024").certainly_before(date("2024-06-01")));
        assert!(!date("2024-06-01").certainly_before(date("2024-06-01")));
    }

    #[test]
    fn an_interval_lies_between_its_ends_and_stands_where_it_begins_or_where_only_its_end_is_known() {
        let between = date("2026-03/2026-05");
        assert_eq!((between.first(), between.last()), (date("2026-03-01").first(), date("2026-05-31").first()));
        assert_eq!(between.precision(), Precision::Interval);
        let by_the_end = date("../2026");
        assert_eq!((by_the_end.first(), by_the_end.last()), (date("2026-12-31").first(), date("2026-12-31").first()));
        assert_eq!(by_the_end.precision(), Precision::Interval);
        assert_eq!(date("2026-03/2026-03"), date("2026-03"), "an interval of one period is that period");
        assert_eq!("2026-05/2026-03".parse::<Date>(), Err(DateError::Reversed("2026-05/2026-03".into())));
        assert!(date("2026-05/2026-Q2").certainly_before(date("2026-07")), "one that overlaps is in order");
    }

    #[test]
    fn nothing_is_certainly_before_what_only_has_an_end() {
        assert!(date("../2026").certainly_before(date("2027")));
        assert!(!date("2020").certainly_before(date("../2026")));
        assert!(date("2025").certainly_before(date("2026-03/2026-05")));
        assert!(!date("2026-03-02").certainly_before(date("2026-03/2026-05")));
    }

    #[test]
    fn dates_that_stand_on_one_day_are_in_order_by_how_much_later_they_may_be() {
        let mut dates = ["../2026-01-01", "2026", "2026-01/2026-02", "2026-H1", "2026-Q1", "2026-01", "2026-01-01"].map(date);
        dates.sort();
        let written = dates.map(|date| date.to_string());
        assert_eq!(written, ["../2026-01-01", "2026-01-01", "2026-01", "2026-01/2026-02", "2026-Q1", "2026-H1", "2026"]);
    }

    proptest! {
        #[test]
        fn every_date_reads_back_as_written(days in 0_u64..109_000, precision in 0..5_usize) {
            let all = [Precision::Day, Precision::Month, Precision::Quarter, Precision::HalfYear, Precision::Year];
            let precision = all[precision];
            let day = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + Days::new(days);
            let written = Date::try_new(day, precision).unwrap();
            prop_assert_eq!(date(&written.to_string()), written);
            prop_assert!(written.first() <= day && day <= written.last());
        }
    }
}
