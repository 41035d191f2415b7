//! The rules by which holidays fall: fixed days, days by Easter, weekdays of a month.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// The Sunday of Easter in the Gregorian calendar, by the anonymous algorithm (Meeus, Jones, Butcher).
///
/// None for a year that has no Gregorian Easter that chrono can hold.
#[must_use]
pub fn easter_sunday(year: i32) -> Option<NaiveDate> {
    let golden = year.rem_euclid(19);
    let century = year.div_euclid(100);
    let of_century = year.rem_euclid(100);
    let moon_shift = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - moon_shift + 15).rem_euclid(30);
    let to_sunday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4).rem_euclid(7);
    let late = (golden + 11 * epact + 22 * to_sunday) / 451;
    let from_march = epact + to_sunday - 7 * late + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(from_march / 31).ok()?, u32::try_from(from_march % 31 + 1).ok()?)
}

/// What happens where a holiday falls on a day of the weekend, or on another holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Substitute {
    /// Nothing.
    #[default]
    None,
    /// The next day that is neither weekend nor holiday is off instead, and the day itself stays a holiday.
    NextWorkingDay,
    /// The same, and the day itself is no holiday.
    MovesToNextWorkingDay,
    /// Saturday gives Friday, Sunday gives Monday.
    Nearest,
    /// Sunday gives the next day that is no holiday; Saturday gives nothing.
    SundayToMonday,
    /// Where it would fall on a Sunday, it falls on the Saturday before.
    SundayToSaturday,
}

/// On which day a holiday falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Falls {
    /// On a day of a month.
    On {
        /// From 1.
        month: u32,
        /// From 1.
        day: u32,
    },
    /// So many days after the Sunday of Easter; before it, where negative.
    Easter(i64),
    /// On the `nth` such weekday of a month, from 1; on the last, if 0.
    Nth {
        /// From 1; 0 is the last.
        nth: u8,
        /// Which weekday.
        weekday: Weekday,
        /// From 1.
        month: u32,
    },
    /// On the last such weekday before a day of a month, not on that day itself.
    Before {
        /// Which weekday.
        weekday: Weekday,
        /// From 1.
        month: u32,
        /// From 1.
        day: u32,
    },
    /// On the first such weekday on or after a day of a month.
    From {
        /// Which weekday.
        weekday: Weekday,
        /// From 1.
        month: u32,
        /// From 1.
        day: u32,
    },
}

impl Falls {
    /// The day in `year`; none in a year that has no such day.
    pub(super) fn in_year(self, year: i32) -> Option<NaiveDate> {
        match self {
            Self::On { month, day } => NaiveDate::from_ymd_opt(year, month, day),
            Self::Easter(offset) => easter_sunday(year)?.checked_add_signed(chrono::TimeDelta::days(offset)),
            Self::Nth { nth: 0, weekday, month } => last_weekday(year, month, weekday),
            Self::Nth { nth, weekday, month } => NaiveDate::from_weekday_of_month_opt(year, month, weekday, nth),
            Self::Before { weekday, month, day } => {
                let limit = NaiveDate::from_ymd_opt(year, month, day)?;
                (1..=7).filter_map(|back| limit.checked_sub_days(Days::new(back))).find(|day| day.weekday() == weekday)
            }
            Self::From { weekday, month, day } => {
                let first = NaiveDate::from_ymd_opt(year, month, day)?;
                first.iter_days().take(7).find(|day| day.weekday() == weekday)
            }
        }
    }
}

fn last_weekday(year: i32, month: u32, weekday: Weekday) -> Option<NaiveDate> {
    let all = (1..=5).filter_map(|nth| NaiveDate::from_weekday_of_month_opt(year, month, weekday, nth));
    all.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_falls_where_the_tables_have_it() {
        let tables = [
            "1900-04-15",
            "1954-04-18",
            "1981-04-19",
            "2000-04-23",
            "2008-03-23",
            "2011-04-24",
            "2025-04-20",
            "2038-04-25",
            "2199-04-14",
        ];
        for text in tables {
            let day: NaiveDate = text.parse().unwrap();
            assert_eq!(easter_sunday(day.year()), Some(day));
        }
    }

    #[test]
    fn a_weekday_before_a_day_is_never_that_day() {
        let before = Falls::Before { weekday: Weekday::Wed, month: 11, day: 23 };
        assert_eq!(before.in_year(2022), NaiveDate::from_ymd_opt(2022, 11, 16), "23 November 2022 is a Wednesday");
        assert_eq!(before.in_year(2024), NaiveDate::from_ymd_opt(2024, 11, 20));
    }

    #[test]
    fn the_last_monday_of_may_is_its_fifth_or_its_fourth() {
        let last = Falls::Nth { nth: 0, weekday: Weekday::Mon, month: 5 };
        assert_eq!(last.in_year(2021), NaiveDate::from_ymd_opt(2021, 5, 31));
        assert_eq!(last.in_year(2024), NaiveDate::from_ymd_opt(2024, 5, 27));
    }
}
