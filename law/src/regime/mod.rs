//! Regimes: what a piece of law says of its versions, cases and limits, as data.

mod check;
mod known;
mod limit;
mod rules;
mod text;
mod trigger;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schema::permit::Party;
use serde::Deserialize;

use crate::{FileError, LawError, rulebook::nearest};

pub use known::Known;
pub use limit::{ExtensionBase, Limit, MonthRule, OnExpiry, Shift, StartRule};
pub use rules::{Amendment, Earliest, Extension, ExtensionForm, Further, RecordedBy, Replacement, Stop, StopBegins, StopEnds};
pub use text::period_in_words;
pub use trigger::{FACTS, Trigger};

/// How sure it is that the law says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Read in the text of the law, or on an official page that quotes it.
    Text,
    /// Read in a reliable secondary source, or the text leaves room.
    Secondary,
    /// Weak: one of several readings.
    Weak,
    /// Not found in a text; general knowledge.
    GeneralKnowledge,
}

/// Which day chooses the version of a regime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionBy {
    /// The day on which the limit that is asked about starts.
    Start,
    /// The day on which the application was received; the start of the limit, where none is known.
    Receipt,
}

/// A piece of law under which permits are decided.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regime {
    /// Its id, which never changes its meaning.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// The day on which the law was read.
    pub read_on: NaiveDate,
    /// The time zone of 'today', by its name in the tz database: that of the seat of the authority, where there are several.
    pub zone: String,
    /// What chooses the version.
    pub version_by: VersionBy,
    /// The calendars that this law counts by, by place, where they are not those of the places.
    #[serde(default)]
    pub calendars: BTreeMap<String, String>,
    /// The steps that it names, beside the facts that every regime knows.
    #[serde(default, rename = "step")]
    pub steps: Vec<Step>,
    /// Its versions, oldest first, without gap or overlap.
    #[serde(rename = "version")]
    pub versions: Vec<Version>,
    /// Its limits: at most one of an id in each case of each version.
    #[serde(rename = "limit")]
    pub limits: Vec<Limit>,
}

/// A step of its own that a regime names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its id.
    pub id: String,
    /// What happened, in words.
    pub words: String,
    /// Who takes it.
    pub who: Party,
}

/// A version of a regime.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// Its id.
    pub id: String,
    /// The first day on which it holds; open, if left out.
    pub from: Option<NaiveDate>,
    /// The last day on which it holds; open, if left out.
    pub to: Option<NaiveDate>,
    /// The act.
    pub act: String,
    /// Where it was read.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// What is still to be read or confirmed, such as a day of commencement.
    pub open: Option<String>,
    /// Its cases.
    #[serde(rename = "case")]
    pub cases: Vec<Case>,
}

impl Version {
    /// Whether it holds on `day`.
    #[must_use]
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// A case within a version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its id.
    pub id: String,
    /// What it is, in words.
    pub words: String,
    /// The first day on which it exists, where that is not the version's.
    pub from: Option<NaiveDate>,
}

/// Whether a list that is empty for 'all' has `id`.
pub(crate) fn covers(list: &[String], id: &str) -> bool {
    list.is_empty() || list.iter().any(|listed| listed == id)
}

impl Regime {
    /// Reads a regime from the text of `file`.
    ///
    /// # Errors
    ///
    /// When it is not TOML of this form, has an unknown unit, versions with a gap or an overlap, a stop without ground, an id
    /// twice, or names a step, case, version or limit that it doesn't have.
    pub fn parse(file: &str, text: &str) -> Result<Self, FileError> {
        check::read(text).map_err(|says| FileError { file: file.to_owned(), says })
    }

    /// The version that holds on `day`.
    ///
    /// # Errors
    /// [`LawError::NotInForce`] when none does.
    pub fn version_on(&self, day: NaiveDate) -> Result<&Version, LawError> {
        let found = self.versions.iter().find(|version| version.holds_on(day));
        found.ok_or_else(|| LawError::NotInForce { regime: self.id.clone(), on: day })
    }

    /// The limit of that id in a case of a version.
    ///
    /// # Errors
    /// [`LawError::UnknownCase`] and [`LawError::UnknownLimit`], each with the nearest names.
    pub fn limit<'a>(&'a self, version: &'a Version, case: &'a str, limit: &str) -> Result<&'a Limit, LawError> {
        if !version.cases.iter().any(|known| known.id == case) {
            let names = version.cases.iter().map(|known| known.id.as_str());
            return Err(LawError::UnknownCase {
                regime: self.id.clone(),
                version: version.id.clone(),
                name: case.to_owned(),
                nearest: nearest(case, names),
            });
        }
        let found = self.limits_in(version, case).find(|known| known.id == limit);
        found.ok_or_else(|| LawError::UnknownLimit {
            regime: self.id.clone(),
            case: case.to_owned(),
            name: limit.to_owned(),
            nearest: nearest(limit, self.limits_in(version, case).map(|known| known.id.as_str())),
        })
    }

    /// The limits of a case of a version, in the order of the file.
    pub fn limits_in<'a>(&'a self, version: &'a Version, case: &'a str) -> impl Iterator<Item = &'a Limit> {
        let has = move |limit: &&Limit| covers(&limit.versions, &version.id) && covers(&limit.cases, case);
        self.limits.iter().filter(has)
    }
}
