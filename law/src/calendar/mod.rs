//! Calendars: which days are days off in a place, for the years that a calendar states and for no other.

mod file;
mod rule;

use std::{collections::BTreeMap, fmt};

use chrono::{Datelike, NaiveDate, Weekday};
use thiserror::Error;

pub use rule::easter_sunday;

/// A calendar was asked about a day that lies outside its years.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the calendar '{calendar}' has no year {}; it knows {years}: add the year to its file", day.year())]
pub struct OutsideYears {
    /// The calendar.
    pub calendar: String,
    /// The day that was asked about.
    pub day: NaiveDate,
    /// The years that it knows, in words.
    pub years: String,
}

/// The years that a calendar knows: from a first to a last one, or single ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Years(Vec<i32>);

impl Years {
    fn has(&self, year: i32) -> bool {
        self.0.binary_search(&year).is_ok()
    }

    /// The last year.
    #[must_use]
    pub fn last(&self) -> i32 {
        self.0.last().copied().unwrap_or_default()
    }

    /// The first year.
    #[must_use]
    pub fn first(&self) -> i32 {
        self.0.first().copied().unwrap_or_default()
    }
}

impl fmt::Display for Years {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unbroken = i32::try_from(self.0.len()) == Ok(self.last() - self.first() + 1);
        if unbroken && self.0.len() > 1 {
            return write!(f, "{} to {}", self.first(), self.last());
        }
        let years: Vec<_> = self.0.iter().map(i32::to_string).collect();
        f.write_str(&years.join(", "))
    }
}

/// The days off of one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    id: String,
    title: String,
    places: Vec<String>,
    weekend: Vec<Weekday>,
    years: Years,
    holidays: BTreeMap<NaiveDate, String>,
}

impl Calendar {
    /// Its id, by which regimes name it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it is called.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The places whose calendar it is, unless a regime names another: codes such as `GB-ENG`.
    #[must_use]
    pub fn places(&self) -> &[String] {
        &self.places
    }

    /// The years that it knows.
    #[must_use]
    pub const fn years(&self) -> &Years {
        &self.years
    }

    /// The days of the week that are off.
    #[must_use]
    pub fn weekend(&self) -> &[Weekday] {
        &self.weekend
    }

    /// The holiday that `day` is; weekends are no holidays.
    ///
    /// # Errors
    /// [`OutsideYears`] when the calendar does not know the year.
    pub fn holiday(&self, day: NaiveDate) -> Result<Option<&str>, OutsideYears> {
        if !self.years.has(day.year()) {
            let calendar = self.id.clone();
            return Err(OutsideYears { calendar, day, years: self.years.to_string() });
        }
        Ok(self.holidays.get(&day).map(String::as_str))
    }

    /// Whether `day` is a day off: a holiday, or a day of the weekend as the law of the place has it.
    ///
    /// # Errors
    /// [`OutsideYears`] when the calendar does not know the year, also for a day of the weekend.
    pub fn is_day_off(&self, day: NaiveDate) -> Result<bool, OutsideYears> {
        let holiday = self.holiday(day)?;
        Ok(holiday.is_some() || self.weekend.contains(&day.weekday()))
    }
}

/// The calendars of all places where something happens: a day is off only if it is off in each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaysOff<'a> {
    calendars: &'a [&'a Calendar],
}

impl<'a> DaysOff<'a> {
    /// The days that are off in all of `calendars`; without any, no day is.
    #[must_use]
    pub const fn of(calendars: &'a [&'a Calendar]) -> Self {
        Self { calendars }
    }

    /// Whether `day` is off.
    ///
    /// # Errors
    /// [`OutsideYears`] when one of the calendars does not know the year.
    pub fn has(self, day: NaiveDate) -> Result<bool, OutsideYears> {
        for calendar in self.calendars {
            if !calendar.is_day_off(day)? {
                return Ok(false);
            }
        }
        Ok(!self.calendars.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn calendar(text: &str) -> Calendar {
        Calendar::parse_all("test.toml", text).unwrap().remove(0)
    }

    const ARCADIA: &str = r#"
        calendar = [{ id = "arcadia", title = "Arcadia", places = ["XA"] }]
        first_year = 2024
        last_year = 2025
        weekend = ["sat", "sun"]
        source = "Holidays Act 1"
        [[rule]]
        name = "Founding Day"
        on = "03-02"
        substitute = "next_working_day"
    "#;

    #[test]
    fn a_day_outside_the_years_is_an_error_and_never_a_guess() {
        let arcadia = calendar(ARCADIA);
        assert_eq!(arcadia.is_day_off(day("2025-12-31")), Ok(false));
        let error = arcadia.is_day_off(day("2026-01-01")).unwrap_err();
        assert_eq!(error.to_string(), "the calendar 'arcadia' has no year 2026; it knows 2024 to 2025: add the year to its file");
        assert!(arcadia.is_day_off(day("2026-01-03")).is_err(), "not even for a Saturday");
    }

    #[test]
    fn a_holiday_at_the_weekend_has_its_substitute() {
        let arcadia = calendar(ARCADIA);
        assert!(arcadia.is_day_off(day("2024-03-04")).unwrap(), "2 March 2024 is a Saturday");
        assert!(!arcadia.is_day_off(day("2025-03-04")).unwrap());
        assert!(arcadia.is_day_off(day("2025-03-03")).unwrap(), "2 March 2025 is a Sunday");
    }

    #[test]
    fn a_day_is_off_in_several_places_only_if_it_is_in_all() {
        let arcadia = calendar(ARCADIA);
        let other = calendar(&ARCADIA.replace("03-02", "03-05").replace("arcadia", "boeotia"));
        let both = [&arcadia, &other];
        assert_eq!(DaysOff::of(&both).has(day("2024-03-05")), Ok(false));
        assert_eq!(DaysOff::of(&both).has(day("2024-03-09")), Ok(true));
        assert_eq!(DaysOff::of(&[]).has(day("2024-03-09")), Ok(false));
    }
}
