//! Periods as a regime's file writes them: '12 months', '20 business days'.

use std::collections::BTreeMap;

use schema::permit::{Period, PeriodUnit};
use serde::{Deserialize, Deserializer, de::Error};

fn read(text: &str) -> Result<Period, String> {
    let unclear =
        || format!("'{text}' is no period: write a number and a unit; there are days, business days, weeks, months and years");
    let (count, unit) = text.split_once(' ').ok_or_else(unclear)?;
    let count = count.parse().ok().filter(|count| *count > 0).ok_or_else(unclear)?;
    let unit = match unit.strip_suffix('s').unwrap_or(unit) {
        "day" => PeriodUnit::CalendarDay,
        "business day" => PeriodUnit::BusinessDay,
        "week" => PeriodUnit::Week,
        "month" => PeriodUnit::Month,
        "year" => PeriodUnit::Year,
        _ => return Err(unclear()),
    };
    Ok(Period { count, unit })
}

/// A period in words: '12 months', '1 business day'.
#[must_use]
pub fn period_in_words(period: Period) -> String {
    let unit = match period.unit {
        PeriodUnit::CalendarDay => "day",
        PeriodUnit::BusinessDay => "business day",
        PeriodUnit::Week => "week",
        PeriodUnit::Month => "month",
        PeriodUnit::Year => "year",
    };
    format!("{} {unit}{}", period.count, if period.count == 1 { "" } else { "s" })
}

pub(super) fn needed_period<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Period, D::Error> {
    read(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

pub(super) fn period<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Period>, D::Error> {
    needed_period(deserializer).map(Some)
}

pub(super) fn period_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Period>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| read(text).map_err(D::Error::custom)).collect()
}

pub(super) fn periods<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Period>, D::Error> {
    let texts = BTreeMap::<String, String>::deserialize(deserializer)?;
    texts.into_iter().map(|(case, text)| Ok((case, read(&text).map_err(D::Error::custom)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_reads_as_it_is_written() {
        for text in ["1 day", "20 business days", "8 weeks", "1 month", "2 years"] {
            assert_eq!(period_in_words(read(text).unwrap()), text);
        }
        for text in ["", "0 days", "12", "12 moons", "-1 days", "70000 days", "a few days"] {
            assert!(read(text).unwrap_err().contains("is no period"), "{text}");
        }
    }
}
