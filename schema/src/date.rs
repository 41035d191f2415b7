//! Dates as registers and people know them: to the day, the month, the quarter or the year.

use std::{borrow::Cow, fmt, str::FromStr};

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
    /// Only the year is known.
    Year,
}

/// Why a text is not a date.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DateError {
    /// The text has none of the forms of a date.
    #[error("'{0}' is not a date; write 2024-03-05, or 2024-03, 2024-Q1 or 2024 where no more is known")]
    Malformed(String),
    /// The form is right and the calendar has no such date.
    #[error("there is no {0} in the calendar")]
    NotInCalendar(String),
    /// The year is outside 1900 to 2199.
    #[error("the year of {0} is outside 1900 to 2199")]
    OutOfRange(String),
}

/// A legal or business date without a time zone, together with how exactly it is known.
///
/// **The convention** of Milepost wherever a single day is needed of a date that is known less exactly, stated here
/// and used everywhere: a date stands where its period *begins* ([`Date::first`]) for order and for durations. Whether
/// one date lies certainly before another is asked with [`Date::certainly_before`], which uses both ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    first: NaiveDate,
    precision: Precision,
}

impl Date {
    /// A date known to the day.
    #[must_use]
    pub const fn day(day: NaiveDate) -> Self {
        Self { first: day, precision: Precision::Day }
    }

    /// The period of `precision` that `day` lies in.
    ///
    /// # Errors
    /// [`DateError::OutOfRange`] when the year is outside 1900 to 2199.
    pub fn try_new(day: NaiveDate, precision: Precision) -> Result<Self, DateError> {
        if !(1900..2200).contains(&day.year()) {
            return Err(DateError::OutOfRange(day.to_string()));
        }
        let month = match precision {
            Precision::Day => return Ok(Self::day(day)),
            Precision::Month => day.month(),
            Precision::Quarter => (day.month0() / 3) * 3 + 1,
            Precision::Year => 1,
        };
        let first = NaiveDate::from_ymd_opt(day.year(), month, 1).ok_or_else(|| DateError::NotInCalendar(day.to_string()))?;
        Ok(Self { first, precision })
    }

    /// The first day of the period: the day a date stands for, by the convention above.
    #[must_use]
    pub const fn first(self) -> NaiveDate {
        self.first
    }

    /// The last day of the period.
    #[must_use]
    pub fn last(self) -> NaiveDate {
        let months = match self.precision {
            Precision::Day => return self.first,
            Precision::Month => 1,
            Precision::Quarter => 3,
            Precision::Year => 12,
        };
        // A year below 2200 has a successor in every calendar that chrono knows.
        self.first
            .checked_add_months(Months::new(months))
            .and_then(|next| next.checked_sub_days(Days::new(1)))
            .unwrap_or(self.first)
    }

    /// How exactly the date is known.
    #[must_use]
    pub const fn precision(self) -> Precision {
        self.precision
    }

    /// Whether every day of this period lies before every day of `other`.
    #[must_use]
    pub fn certainly_before(self, other: Self) -> bool {
        self.last() < other.first
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = (self.first.year(), self.first.month());
        match self.precision {
            Precision::Day => write!(f, "{year:04}-{month:02}-{:02}", self.first.day()),
            Precision::Month => write!(f, "{year:04}-{month:02}"),
            Precision::Quarter => write!(f, "{year:04}-Q{}", self.first.month0() / 3 + 1),
            Precision::Year => write!(f, "{year:04}"),
        }
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let malformed = || DateError::Malformed(text.chars().take(40).collect());
        let digits = |part: &str, length: usize| {
            (part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse::<u32>().ok()).flatten()
        };
        let mut parts = text.split('-');
        let year = parts.next().and_then(|part| digits(part, 4)).ok_or_else(malformed)?;
        let (month, day, precision) = match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => (1, 1, Precision::Year),
            (Some(part), None, _) => match part.strip_prefix('Q') {
                Some(quarter) => match digits(quarter, 1).ok_or_else(malformed)? {
                    quarter @ 1..=4 => (quarter * 3 - 2, 1, Precision::Quarter),
                    _ => return Err(DateError::NotInCalendar(text.to_owned())),
                },
                None => (digits(part, 2).ok_or_else(malformed)?, 1, Precision::Month),
            },
            (Some(month), Some(day), None) => {
                (digits(month, 2).ok_or_else(malformed)?, digits(day, 2).ok_or_else(malformed)?, Precision::Day)
            }
            _ => return Err(malformed()),
        };
        let year = i32::try_from(year).map_err(|_| malformed())?;
        let first = NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| DateError::NotInCalendar(text.to_owned()))?;
        Self::try_new(first, precision)
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
            "pattern": "^[0-9]{4}(-(Q[1-4]|[0-9]{2}(-[0-9]{2})?))?$",
            "description": "A date with its precision: 2024-03-05 (day), 2024-03 (month), 2024-Q1 (quarter) or 2024 (year).",
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
        for text in ["2024-02-29", "2024-02", "2024-Q4", "2024", "1900", "2199-12-31"] {
            assert_eq!(date(text).to_string(), text);
        }
        assert_eq!(date("2024-02").last().to_string(), "2024-02-29");
        assert_eq!(date("2023-Q1").last().to_string(), "2023-03-31");
        assert_eq!(date("2199").last().to_string(), "2199-12-31");
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in ["2023-02-29", "2024-13", "2024-00", "2024-Q5", "2024-Q0", "2024-04-31"] {
            assert!(matches!(text.parse::<Date>(), Err(DateError::NotInCalendar(_))), "{text}");
        }
        for text in ["", "24-01-01", "2024-1-1", "2024-01-01-01", "2024-01-01T00:00:00Z", "+024-01-01", "२०२४", " 2024"] {
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

    proptest! {
        #[test]
        fn every_date_reads_back_as_written(days in 0_u64..109_000, precision in 0..4_usize) {
            let precision = [Precision::Day, Precision::Month, Precision::Quarter, Precision::Year][precision];
            let day = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + Days::new(days);
            let written = Date::try_new(day, precision).unwrap();
            prop_assert_eq!(date(&written.to_string()), written);
            prop_assert!(written.first() <= day && day <= written.last());
        }
    }
}
