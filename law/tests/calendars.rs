//! The calendars against `holidays` 0.109 for Python, every day of 2010 to 2028: each difference is known, with its reason.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use law::Rulebook;

const REFERENCE: &str = include_str!("data/holidays-reference.csv");
const KNOWN: &str = include_str!("data/holidays-differences.csv");

/// The holidays of the reference, by calendar.
fn reference() -> BTreeMap<&'static str, BTreeSet<NaiveDate>> {
    let mut holidays: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for line in REFERENCE.lines().skip(1) {
        let parts: Vec<_> = line.split(',').collect();
        let [calendar, year, days] = parts[..] else { panic!("{line}") };
        let days = days.split(' ').map(|day| format!("{year}-{day}").parse::<NaiveDate>().unwrap());
        holidays.entry(calendar).or_default().extend(days);
    }
    holidays
}

/// Days on which a calendar and the reference differ, as `calendar,day,here`: whether the day is off here.
fn differences(law: &Rulebook) -> (BTreeSet<String>, usize) {
    let mut differences = BTreeSet::new();
    let mut compared = 0;
    for (id, holidays) in reference() {
        let calendar = law.calendar(id).unwrap_or_else(|| panic!("no calendar {id}"));
        let first = NaiveDate::from_ymd_opt(calendar.years().first().max(2010), 1, 1).unwrap();
        for day in first.iter_days().take_while(|day| day.year() <= 2028) {
            compared += 1;
            let here = calendar.is_day_off(day).unwrap();
            // Which days of the week are off is the law's to say, so the calendar's own are taken for both.
            if here != (calendar.weekend().contains(&day.weekday()) || holidays.contains(&day)) {
                differences.insert(format!("{id},{day},{}", if here { "off" } else { "on" }));
            }
        }
    }
    (differences, compared)
}

#[test]
fn every_day_of_2010_to_2028_is_off_where_the_reference_has_it_or_differs_for_a_known_reason() {
    let law = Rulebook::shipped().unwrap();
    let known: BTreeMap<_, _> = KNOWN.lines().skip(1).map(|line| line.rsplit_once(',').unwrap()).collect();
    let (differences, compared) = differences(&law);
    let unknown: Vec<_> = differences.iter().filter(|difference| !known.contains_key(difference.as_str())).cloned().collect();
    assert!(unknown.is_empty(), "{} differences have no reason:\n{}", unknown.len(), unknown.join("\n"));
    let gone: Vec<_> = known.keys().filter(|known| !differences.contains(**known)).collect();
    assert!(gone.is_empty(), "these are no differences any more: {gone:?}");
    assert!(known.values().all(|reason| reason.len() > 10), "each has a reason");
    assert!(compared > 200_000, "{compared} days were compared");
}
