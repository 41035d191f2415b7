//! The rulebook: all regimes and calendars that are loaded, checked against each other.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use sha2::{Digest, Sha256};

use crate::{
    FileError, LawError,
    calendar::Calendar,
    clock::count::{Counting, end_of},
    regime::{Case, Limit, Regime, Shift},
};
use schema::permit::{Period, PeriodUnit};

macro_rules! shipped {
    ($folder:literal: $($name:literal),+ $(,)?) => {
        &[$((concat!($name, ".toml"), include_str!(concat!("../", $folder, "/", $name, ".toml"))),)+]
    };
}

/// The calendars that come with the program.
const CALENDARS: &[(&str, &str)] =
    shipped!("calendars": "au", "be", "ca-federal", "de", "eu-institutions", "fr", "gb", "nl", "nl-terms", "us-federal");

/// The regimes that come with the program.
const REGIMES: &[(&str, &str)] = shipped!(
    "regimes": "au-epbc", "ca-iaa", "de-bimschg", "eu-nzia", "eu-red-iii", "eu-ten-e", "gb-electricity-36", "gb-eng-planning",
    "gb-nir-planning", "gb-nsip", "gb-sct-planning", "gb-wls-planning", "nl-omgevingsvergunning", "us-cwa-401", "us-fast-41",
    "us-nepa", "us-nepa-fast-track",
);

/// All law that is loaded; by default there is none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rulebook {
    regimes: BTreeMap<String, Read>,
    calendars: BTreeMap<String, Calendar>,
}

/// A regime with the digest of the text that it was read from.
#[derive(Debug, Clone, PartialEq)]
struct Read {
    regime: Regime,
    sha256: String,
}

impl Rulebook {
    /// A rulebook of files, each with its name and text.
    ///
    /// # Errors
    ///
    /// [`FileError`] for the first file that is refused: by itself, since another has its id, since it names a calendar that
    /// there is not, or since a calendar ends before a limit that starts on the day on which the law was read.
    pub fn load<'a>(
        calendars: impl IntoIterator<Item = (&'a str, &'a str)>,
        regimes: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, FileError> {
        let mut rulebook = Self { regimes: BTreeMap::new(), calendars: BTreeMap::new() };
        for (file, text) in calendars {
            for calendar in Calendar::parse_all(file, text)? {
                if let Some(other) = rulebook.calendars.insert(calendar.id().to_owned(), calendar) {
                    return Err(twice(file, "calendar", other.id()));
                }
            }
        }
        for (file, text) in regimes {
            rulebook.add(file, text)?;
        }
        Ok(rulebook)
    }

    /// The rulebook that comes with the program.
    ///
    /// # Errors
    /// [`FileError`] when a file that was shipped is refused, which a test rules out.
    pub fn shipped() -> Result<Self, FileError> {
        Self::load(CALENDARS.iter().copied(), REGIMES.iter().copied())
    }

    /// Adds the regime that `text` has.
    ///
    /// # Errors
    /// [`FileError`] as for [`Rulebook::load`].
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), FileError> {
        let regime = Regime::parse(file, text)?;
        self.check_calendars(&regime).map_err(|says| FileError { file: file.to_owned(), says })?;
        if self.regimes.contains_key(&regime.id) {
            return Err(twice(file, "regime", &regime.id));
        }
        let sha256 = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        self.regimes.insert(regime.id.clone(), Read { regime, sha256 });
        Ok(())
    }

    /// The regime of that id.
    ///
    /// # Errors
    /// [`LawError::UnknownRegime`] with the nearest names.
    pub fn regime(&self, name: &str) -> Result<&Regime, LawError> {
        let found = self.regimes.get(name).map(|read| &read.regime);
        found.ok_or_else(|| LawError::UnknownRegime {
            name: name.to_owned(),
            nearest: nearest(name, self.regimes.keys().map(String::as_str)),
        })
    }

    /// The regime and the case of these ids, in whatever version.
    ///
    /// # Errors
    /// [`LawError::UnknownRegime`] and [`LawError::UnknownCase`], each with the nearest names.
    pub fn case(&self, regime: &str, case: &str) -> Result<(&Regime, &Case), LawError> {
        let regime = self.regime(regime)?;
        let cases = || regime.versions.iter().rev().flat_map(|version| &version.cases);
        let found = cases().find(|known| known.id == case).map(|known| (regime, known));
        found.ok_or_else(|| LawError::UnknownCase {
            regime: regime.id.clone(),
            version: "any version".to_owned(),
            name: case.to_owned(),
            nearest: nearest(case, cases().map(|known| known.id.as_str())),
        })
    }

    /// The SHA-256 of the text that a regime was read from, in small hexadecimal digits: which reading of the law was used.
    ///
    /// # Errors
    /// [`LawError::UnknownRegime`] with the nearest names.
    pub fn reading(&self, name: &str) -> Result<&str, LawError> {
        self.regime(name)?;
        Ok(self.regimes.get(name).map_or("", |read| &read.sha256))
    }

    /// Every regime, by id.
    pub fn regimes(&self) -> impl Iterator<Item = &Regime> {
        self.regimes.values().map(|read| &read.regime)
    }

    /// Every calendar, by id.
    pub fn calendars(&self) -> impl Iterator<Item = &Calendar> {
        self.calendars.values()
    }

    /// The calendar of that id.
    #[must_use]
    pub fn calendar(&self, id: &str) -> Option<&Calendar> {
        self.calendars.get(id)
    }

    /// The calendars by which `regime` counts in `places`.
    ///
    /// The Union alone (`EU`) has none: its law refers to the Member State that acts, and no national law is known.
    ///
    /// # Errors
    /// [`LawError::NoCalendar`] when a place has none, or when there is no place.
    pub(crate) fn calendars_for<'a>(&'a self, regime: &Regime, places: &[String]) -> Result<Vec<&'a Calendar>, LawError> {
        let missing = |place: &str| LawError::NoCalendar { place: place.to_owned() };
        let places: Vec<_> = places.iter().map(String::as_str).collect();
        if places.is_empty() {
            return Err(missing(""));
        }
        let named = places.iter().filter(|place| **place != "EU");
        named.map(|place| self.calendar_at(regime, place).ok_or_else(|| missing(place))).collect()
    }

    fn calendar_at(&self, regime: &Regime, place: &str) -> Option<&Calendar> {
        match regime.calendars.get(place) {
            Some(id) => self.calendars.get(id),
            None => self.calendars.values().find(|calendar| calendar.places().iter().any(|known| known == place)),
        }
    }

    fn check_calendars(&self, regime: &Regime) -> Result<(), String> {
        for (place, id) in &regime.calendars {
            let known = || self.calendars.keys().map(String::as_str);
            let calendar = self.calendars.get(id).ok_or_else(|| {
                format!("there is no calendar '{id}' for {place}; nearest are {}", nearest(id, known()).join(", "))
            })?;
            if let Some((limit, needed)) = needed_until(regime).filter(|(_, needed)| needed.year() > calendar.years().last()) {
                return Err(format!(
                    "the calendar '{id}' ends with {}, and the limit '{limit}' can run until {needed}; add years to the calendar",
                    calendar.years().last()
                ));
            }
        }
        Ok(())
    }
}

/// The limit that ends last of those for which days off matter, where it starts on the day on which the law was read.
fn needed_until(regime: &Regime) -> Option<(&str, NaiveDate)> {
    let ends = regime.limits.iter().flat_map(|limit| {
        let lengths = limit.lengths.values().copied().chain(limit.length);
        let matter = lengths.filter(|length| limit.shifts(Some(*length)) || length.unit == PeriodUnit::BusinessDay);
        matter.filter_map(|length| Some((limit.id.as_str(), ends_at_most(regime.read_on, limit, length)?)))
    });
    ends.max_by_key(|(_, end)| *end)
}

/// When a limit ends that starts on `day`, and two weeks, within which every run of days off ends.
fn ends_at_most(day: NaiveDate, limit: &Limit, length: Period) -> Option<NaiveDate> {
    // Of eight days at least two are working days.
    let count = if length.unit == PeriodUnit::BusinessDay { length.count.checked_mul(4)? } else { length.count };
    let unit = if length.unit == PeriodUnit::BusinessDay { PeriodUnit::CalendarDay } else { length.unit };
    let counting = Counting { first_day_counts: limit.first_day_counts, month_rule: limit.month_rule, shifts: false };
    let room = if limit.shift == Shift::None { 0 } else { 14 };
    let end = end_of(counting, day, &[Period { count, unit }], None).ok()?;
    end.checked_add_days(chrono::Days::new(room))
}

fn twice(file: &str, what: &str, id: &str) -> FileError {
    FileError { file: file.to_owned(), says: format!("the {what} '{id}' is there twice; give each an id of its own") }
}

/// The at most three of `known` that are most like `name`, best first.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let likeness = |known: &str| strsim::jaro_winkler(&name.to_lowercase(), known);
    let mut known: Vec<_> = known.collect();
    known.sort_unstable();
    known.dedup();
    known.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)));
    known.into_iter().take(3).map(str::to_owned).collect()
}
