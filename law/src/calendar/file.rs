//! How a calendar's file is read and checked.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::Deserialize;

use super::{
    Calendar, Years,
    rule::{Falls, Substitute},
};
use crate::FileError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    first_year: Option<i32>,
    last_year: Option<i32>,
    years: Option<Vec<i32>>,
    weekend: Vec<String>,
    source: String,
    calendar: Vec<CalendarRow>,
    #[serde(default)]
    rule: Vec<RuleRow>,
    #[serde(default)]
    day: Vec<DayRow>,
    #[serde(default)]
    not: Vec<DayRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarRow {
    id: String,
    title: String,
    #[serde(default)]
    places: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleRow {
    name: String,
    /// The calendars of the file that have it; all, where it names none.
    #[serde(default)]
    of: Vec<String>,
    on: Option<String>,
    easter: Option<i64>,
    nth: Option<String>,
    before: Option<String>,
    from: Option<String>,
    #[serde(default)]
    substitute: Option<String>,
    first_year: Option<i32>,
    last_year: Option<i32>,
    #[serde(default)]
    only: Vec<i32>,
    #[serde(default)]
    except: Vec<i32>,
}

/// A single day, or a day that a rule gives and that was none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DayRow {
    on: NaiveDate,
    name: String,
    source: String,
    #[serde(default)]
    of: Vec<String>,
}

impl Calendar {
    /// Reads the calendars of a file from its text.
    ///
    /// # Errors
    ///
    /// When it is not TOML of this form, states no years, has a rule that names no day or several, a single day without
    /// source, outside its years or twice, takes away a day that no rule gives, or names a calendar that it doesn't have.
    pub fn parse_all(file: &str, text: &str) -> Result<Vec<Self>, FileError> {
        read(text).map_err(|says| FileError { file: file.to_owned(), says })
    }
}

fn read(text: &str) -> Result<Vec<Calendar>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())?;
    if file.source.trim().is_empty() {
        return Err("'source' is empty; name the act that the rules are from".to_owned());
    }
    let years = years(&file)?;
    let weekend = file.weekend.iter().map(|word| weekday(word)).collect::<Result<Vec<_>, _>>()?;
    let rules = file.rule.iter().map(Rule::read).collect::<Result<Vec<_>, _>>()?;
    let named = file.rule.iter().map(|row| &row.of).chain(file.day.iter().chain(&file.not).map(|row| &row.of)).flatten();
    for id in named {
        if !file.calendar.iter().any(|row| row.id == *id) {
            return Err(format!("'of' names the calendar '{id}', which the file doesn't have; add it, or correct the name"));
        }
    }
    for row in file.day.iter().chain(&file.not) {
        check_day(row, &years)?;
    }
    file.calendar.iter().map(|row| one_calendar(row, &file, &years, &weekend, &rules)).collect()
}

fn one_calendar(row: &CalendarRow, file: &File, years: &Years, weekend: &[Weekday], rules: &[Rule]) -> Result<Calendar, String> {
    let has = |of: &[String]| of.is_empty() || of.contains(&row.id);
    let rules: Vec<_> = rules.iter().filter(|rule| has(&rule.of)).collect();
    let not: Vec<_> = file.not.iter().filter(|day| has(&day.of)).collect();
    if let Some(wrong) = not.iter().find(|not| !rules.iter().any(|rule| rule.in_year(not.on.year()) == Some(not.on))) {
        return Err(format!("'{}' is taken away on {}, and no rule gives that day; leave it out", wrong.name, wrong.on));
    }
    let removed = not.iter().map(|day| day.on).collect();
    let mut holidays = BTreeMap::new();
    // What stands in for New Year may lie in the year before.
    for year in years.0.iter().copied().chain([years.last() + 1]) {
        fill(&mut holidays, year, &rules, weekend, &removed);
    }
    holidays.retain(|day, _| years.has(day.year()));
    for day in file.day.iter().filter(|day| has(&day.of)) {
        if let Some(there) = holidays.insert(day.on, day.name.clone()) {
            return Err(format!("{} is there twice, as '{there}' and as '{}'; leave one out", day.on, day.name));
        }
    }
    let CalendarRow { id, title, places } = row;
    let (id, title, places) = (id.clone(), title.clone(), places.clone());
    Ok(Calendar { id, title, places, weekend: weekend.to_vec(), years: years.clone(), holidays })
}

fn years(file: &File) -> Result<Years, String> {
    let wrong = || "state the years: 'first_year' and 'last_year', or 'years' as a rising list".to_owned();
    let years = match (file.first_year, file.last_year, &file.years) {
        (Some(first), Some(last), None) => (first..=last).collect(),
        (None, None, Some(years)) => years.clone(),
        _ => return Err(wrong()),
    };
    if years.is_empty() || !years.is_sorted_by(|a, b| a < b) || years.iter().any(|year| !(1900..2200).contains(year)) {
        return Err(wrong());
    }
    Ok(Years(years))
}

fn check_day(row: &DayRow, years: &Years) -> Result<(), String> {
    if row.source.trim().is_empty() {
        return Err(format!("'{}' on {} has no source; name one", row.name, row.on));
    }
    if !years.has(row.on.year()) {
        return Err(format!(
            "'{}' on {} lies outside the years of the calendar; it ends too early or too late",
            row.name, row.on
        ));
    }
    Ok(())
}

fn weekday(word: &str) -> Result<Weekday, String> {
    word.parse().map_err(|_| format!("'{word}' is no weekday; write mon, tue, wed, thu, fri, sat or sun"))
}

/// Enters the holidays of a year: first the days themselves, then what stands in for those at a weekend.
fn fill(
    holidays: &mut BTreeMap<NaiveDate, String>,
    year: i32,
    rules: &[&Rule],
    weekend: &[Weekday],
    removed: &BTreeSet<NaiveDate>,
) {
    let mut falls: Vec<_> = rules.iter().filter_map(|rule| Some((rule.in_year(year)?, rule))).collect();
    falls.retain(|(day, _)| !removed.contains(day));
    falls.sort_by_key(|(day, _)| *day);
    let mut to_stand_in = Vec::new();
    for (day, rule) in falls {
        let is_weekend = weekend.contains(&day.weekday());
        let is_taken = holidays.contains_key(&day);
        if is_taken || is_weekend {
            to_stand_in.push((day, rule));
        }
        let moves_away = is_weekend && rule.substitute == Substitute::MovesToNextWorkingDay;
        if !is_taken && !moves_away {
            holidays.insert(day, rule.name.clone());
        }
    }
    for (day, rule) in to_stand_in {
        if let Some(other) = stand_in(holidays, day, rule.substitute, weekend) {
            holidays.entry(other).or_insert_with(|| format!("{} (substitute)", rule.name));
        }
    }
}

fn stand_in(
    holidays: &BTreeMap<NaiveDate, String>,
    day: NaiveDate,
    substitute: Substitute,
    weekend: &[Weekday],
) -> Option<NaiveDate> {
    let free = |day: &NaiveDate| !holidays.contains_key(day) && !weekend.contains(&day.weekday());
    let next_free = || day.iter_days().skip(1).take(14).find(free);
    match (substitute, day.weekday()) {
        (Substitute::NextWorkingDay | Substitute::MovesToNextWorkingDay, _) | (Substitute::SundayToMonday, Weekday::Sun) => {
            next_free()
        }
        (Substitute::Nearest, Weekday::Sat) => day.checked_sub_days(Days::new(1)),
        (Substitute::Nearest, Weekday::Sun) => day.checked_add_days(Days::new(1)),
        _ => None,
    }
}

/// A holiday and the years in which it is one.
struct Rule {
    name: String,
    of: Vec<String>,
    falls: Falls,
    substitute: Substitute,
    first_year: i32,
    last_year: i32,
    only: Vec<i32>,
    except: Vec<i32>,
}

impl Rule {
    fn in_year(&self, year: i32) -> Option<NaiveDate> {
        let listed = self.only.is_empty() || self.only.contains(&year);
        let applies = (self.first_year..=self.last_year).contains(&year) && listed && !self.except.contains(&year);
        let day = self.falls.in_year(year).filter(|_| applies)?;
        if self.substitute == Substitute::SundayToSaturday && day.weekday() == Weekday::Sun {
            return day.checked_sub_days(Days::new(1));
        }
        Some(day)
    }

    fn read(row: &RuleRow) -> Result<Self, String> {
        let name = &row.name;
        let one = || format!("'{name}' needs one of 'on', 'easter', 'nth', 'before' and 'from'");
        let unclear = |what: &str| {
            format!(
                "'{name}' says '{what}'; write on = \"12-25\", nth = \"1 mon 05\" or \"last mon 05\", \
                 before = \"wed 11-23\", from = \"tue 11-02\""
            )
        };
        let mut falls = Vec::new();
        if let Some(on) = &row.on {
            let (month, day) = month_day(on).ok_or_else(|| unclear(on))?;
            falls.push(Falls::On { month, day });
        }
        if let Some(offset) = row.easter {
            falls.push(Falls::Easter(offset));
        }
        if let Some(nth) = &row.nth {
            falls.push(nth_weekday(nth).ok_or_else(|| unclear(nth))?);
        }
        if let Some(before) = &row.before {
            let (weekday, month, day) = weekday_and_day(before).ok_or_else(|| unclear(before))?;
            falls.push(Falls::Before { weekday, month, day });
        }
        if let Some(from) = &row.from {
            let (weekday, month, day) = weekday_and_day(from).ok_or_else(|| unclear(from))?;
            falls.push(Falls::From { weekday, month, day });
        }
        let [falls] = falls[..] else { return Err(one()) };
        let substitute = substitute(name, row.substitute.as_deref())?;
        let first_year = row.first_year.unwrap_or(i32::MIN);
        let last_year = row.last_year.unwrap_or(i32::MAX);
        let (name, of) = (name.clone(), row.of.clone());
        let (only, except) = (row.only.clone(), row.except.clone());
        Ok(Self { name, of, falls, substitute, first_year, last_year, only, except })
    }
}

fn substitute(name: &str, word: Option<&str>) -> Result<Substitute, String> {
    Ok(match word {
        None => Substitute::None,
        Some("next_working_day") => Substitute::NextWorkingDay,
        Some("moves_to_next_working_day") => Substitute::MovesToNextWorkingDay,
        Some("nearest") => Substitute::Nearest,
        Some("sunday_to_monday") => Substitute::SundayToMonday,
        Some("sunday_to_saturday") => Substitute::SundayToSaturday,
        Some(other) => {
            return Err(format!(
                "'{name}' says 'substitute = \"{other}\"'; there are next_working_day, moves_to_next_working_day, nearest, \
                 sunday_to_monday, sunday_to_saturday"
            ));
        }
    })
}

fn month_day(text: &str) -> Option<(u32, u32)> {
    let (month, day) = text.split_once('-')?;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    // A leap year has every day that any year has.
    NaiveDate::from_ymd_opt(2000, month, day).map(|_| (month, day))
}

fn nth_weekday(text: &str) -> Option<Falls> {
    let words: Vec<_> = text.split(' ').collect();
    let [nth, weekday, month] = words[..] else { return None };
    let nth = if nth == "last" { 0 } else { nth.parse().ok().filter(|nth| (1..=5).contains(nth))? };
    let month = month.parse().ok().filter(|month| (1..=12).contains(month))?;
    Some(Falls::Nth { nth, weekday: weekday.parse().ok()?, month })
}

fn weekday_and_day(text: &str) -> Option<(Weekday, u32, u32)> {
    let (weekday, day) = text.split_once(' ')?;
    let (month, day) = month_day(day)?;
    Some((weekday.parse().ok()?, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"
        first_year = 2024
        last_year = 2025
        weekend = ["sat", "sun"]
        source = "Act"
        calendar = [{ id = "x", title = "X" }]
    "#;

    fn refused(rest: &str) -> String {
        Calendar::parse_all("x.toml", &format!("{HEAD}\n{rest}")).unwrap_err().to_string()
    }

    #[test]
    fn a_calendar_that_ends_too_early_is_refused_by_name() {
        let says = refused("[[day]]\non = \"2026-01-02\"\nname = \"Bridge\"\nsource = \"Gazette\"");
        assert!(says.starts_with("x.toml: 'Bridge' on 2026-01-02 lies outside the years"), "{says}");
    }

    #[test]
    fn a_rule_names_one_day_and_a_single_day_a_source() {
        assert!(refused("[[rule]]\nname = \"Both\"\non = \"01-01\"\neaster = 1").contains("'Both' needs one of"));
        assert!(refused("[[rule]]\nname = \"None\"").contains("'None' needs one of"));
        assert!(refused("[[rule]]\nname = \"Odd\"\non = \"13-01\"").contains("'Odd' says '13-01'"));
        assert!(refused("[[rule]]\nname = \"Odd\"\nnth = \"6 mon 05\"").contains("'Odd' says '6 mon 05'"));
        assert!(refused("[[day]]\non = \"2025-01-02\"\nname = \"Bridge\"\nsource = \"\"").contains("has no source"));
        assert!(refused("[[rule]]\nname = \"S\"\non = \"01-01\"\nsubstitute = \"maybe\"").contains("sunday_to_monday"));
    }

    #[test]
    fn a_day_stands_once_and_only_a_day_that_is_there_is_taken_away() {
        let twice = "[[rule]]\nname = \"A\"\non = \"01-02\"\n[[day]]\non = \"2025-01-02\"\nname = \"B\"\nsource = \"Gazette\"";
        assert!(refused(twice).contains("2025-01-02 is there twice, as 'A' and as 'B'"));
        let gone = "[[not]]\non = \"2025-01-02\"\nname = \"B\"\nsource = \"Gazette\"";
        assert!(refused(gone).contains("no rule gives that day"));
    }
}
