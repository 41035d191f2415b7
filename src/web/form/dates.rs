//! Dates in forms: first how exactly, then only what that needs.

use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};

use super::typed::Typed;

/// How exactly a date can be given, and what people call it.
const PRECISIONS: [(&str, &str); 4] = [("day", "Day"), ("month", "Month"), ("quarter", "Quarter"), ("year", "Year")];

/// A date that was typed, as the API writes dates. `None` where the box that counts for its precision is empty.
pub fn read(path: &str, typed: &Typed) -> Result<Option<String>, String> {
    let part = |name: &str| typed.text(&format!("{path}.{name}")).to_owned();
    let (year, month) = (part("year"), part("month"));
    match precision(path, typed) {
        "other" => Ok(Some(part("other")).filter(|text| !text.is_empty())),
        "year" if year.is_empty() => Ok(None),
        "year" => Ok(Some(format!("{:04}", year_of(&year)?))),
        "quarter" if part("quarter").is_empty() => Ok(None),
        "quarter" => {
            let quarter = part("quarter");
            let number = quarter.trim_start_matches(['Q', 'q']);
            if !matches!(number, "1" | "2" | "3" | "4") {
                return Err(format!("there is no quarter '{quarter}': give 1, 2, 3 or 4"));
            }
            Ok(Some(format!("{:04}-Q{number}", year_of(&year)?)))
        }
        "month" if month.is_empty() => Ok(None),
        "month" => Ok(Some(format!("{:04}-{:02}", year_of(&year)?, month_of(&month)?))),
        _ if part("day").is_empty() => Ok(None),
        _ => {
            let (day, month, year) = (part("day"), month_of(&month)?, year_of(&year)?);
            let number: Option<u32> = day.parse().ok();
            let date = number.and_then(|day| NaiveDate::from_ymd_opt(year, month, day));
            let date =
                date.ok_or_else(|| format!("there is no day '{day}' in month {month} of {year}; check the day and the month"))?;
            Ok(Some(date.format("%Y-%m-%d").to_string()))
        }
    }
}

fn precision<'a>(path: &str, typed: &'a Typed) -> &'a str {
    let given = typed.text(&format!("{path}.precision"));
    if given.is_empty() { "day" } else { given }
}

fn year_of(text: &str) -> Result<i32, String> {
    let year = text.parse().ok().filter(|year| (1900..2200).contains(year));
    year.ok_or_else(
        || if text.is_empty() { "say the year".to_owned() } else { format!("'{text}' is not a year from 1900 to 2199") },
    )
}

/// A month by its number or the beginning of its name.
fn month_of(text: &str) -> Result<u32, String> {
    const NAMES: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let number = text.parse().ok().filter(|month| (1..=12).contains(month));
    let lower = text.to_lowercase();
    let named = || NAMES.iter().zip(1..).find(|(name, _)| lower.starts_with(**name)).map(|(_, month)| month);
    let unknown =
        || if text.is_empty() { "say the month".to_owned() } else { format!("there is no month '{text}': give 1 to 12") };
    number.or_else(named).ok_or_else(unknown)
}

/// Fills in a date that is on record.
pub fn write(path: &str, date: &str, typed: &mut Typed) {
    let mut set = |name: &str, value: &str| typed.set(format!("{path}.{name}"), value);
    let number = |part: &str| part.trim_start_matches('0').to_owned();
    let parts: Vec<&str> = if date.contains('/') { Vec::new() } else { date.split('-').collect() };
    match parts.as_slice() {
        [year] => {
            set("precision", "year");
            set("year", year);
        }
        [year, quarter] if quarter.starts_with('Q') => {
            set("precision", "quarter");
            set("quarter", &quarter[1..]);
            set("year", year);
        }
        [year, month] if !month.starts_with('H') => {
            set("precision", "month");
            set("month", &number(month));
            set("year", year);
        }
        [year, month, day] => {
            set("precision", "day");
            set("day", &number(day));
            set("month", &number(month));
            set("year", year);
        }
        _ => {
            set("precision", "other");
            set("other", date);
        }
    }
}

/// Fills in the month and the year of `today`, so that of a date of these days only the day is left to say.
pub fn suggest(path: &str, today: NaiveDate, typed: &mut Typed) {
    typed.set(format!("{path}.precision"), "day");
    typed.set(format!("{path}.month"), today.month().to_string());
    typed.set(format!("{path}.quarter"), "");
    typed.set(format!("{path}.year"), today.year().to_string());
}

/// What a template draws a date of.
pub fn drawn(path: &str, typed: &Typed) -> Value {
    let chosen = precision(path, typed);
    let mut precisions: Vec<_> =
        PRECISIONS.iter().map(|(value, label)| json!({ "value": value, "label": label, "chosen": *value == chosen })).collect();
    if chosen == "other" {
        precisions.push(json!({ "value": "other", "label": "Otherwise", "chosen": true }));
    }
    let part = |name: &str| json!(typed.raw(&format!("{path}.{name}")));
    json!({
        "precisions": precisions,
        "day": part("day"),
        "month": part("month"),
        "quarter": part("quarter"),
        "year": part("year"),
        "other": part("other"),
        "otherwise": chosen == "other",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        let pairs = pairs.iter().map(|(name, value)| (format!("f.on.{name}"), (*value).to_owned()));
        Typed::of(pairs.collect()).unwrap()
    }

    #[test]
    fn a_date_is_read_as_exactly_as_it_was_given() {
        for (pairs, read_as) in [
            (&[("day", "20"), ("month", "11"), ("year", "2026")][..], Ok(Some("2026-11-20"))),
            (&[("precision", "day"), ("day", "1"), ("month", "Nov"), ("year", "2026")][..], Ok(Some("2026-11-01"))),
            (&[("precision", "month"), ("day", "99"), ("month", "2"), ("year", "2026")][..], Ok(Some("2026-02"))),
            (&[("precision", "quarter"), ("quarter", "Q3"), ("year", "2026")][..], Ok(Some("2026-Q3"))),
            (&[("precision", "year"), ("year", "2026")][..], Ok(Some("2026"))),
            (&[("precision", "other"), ("other", "2024-H1")][..], Ok(Some("2024-H1"))),
            (&[("precision", "day"), ("month", "11"), ("year", "2026")][..], Ok(None)),
            (
                &[("day", "31"), ("month", "2"), ("year", "2026")],
                Err("there is no day '31' in month 2 of 2026; check the day and the month"),
            ),
            (&[("day", "1"), ("month", "13"), ("year", "2026")][..], Err("there is no month '13': give 1 to 12")),
            (&[("day", "1"), ("month", "1"), ("year", "26")][..], Err("'26' is not a year from 1900 to 2199")),
            (
                &[("precision", "quarter"), ("quarter", "5"), ("year", "2026")][..],
                Err("there is no quarter '5': give 1, 2, 3 or 4"),
            ),
        ] {
            let expected = read_as.map(|date| date.map(str::to_owned)).map_err(str::to_owned);
            assert_eq!(read("f.on", &typed(pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn what_is_on_record_is_read_back_as_it_was() {
        for date in ["2026-11-20", "2026-02", "2026-Q3", "2026", "2026-H1", "2024-03/2024-05", "../2024-12"] {
            let mut typed = Typed::default();
            write("f.on", date, &mut typed);
            assert_eq!(read("f.on", &typed), Ok(Some(date.to_owned())));
        }
    }
}
