//! What stops, extends, replaces or bars a limit.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schema::permit::{Party, Period};
use serde::Deserialize;

use super::{Confidence, Trigger, text};

/// What recording stops a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordedBy {
    /// A request for information, and its supply.
    Request,
    /// A stop, and its resumption.
    Stop,
}

/// The first day that a stop takes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopBegins {
    /// The day of the act.
    SameDay,
    /// The day after it.
    DayAfter,
    /// The day on which the supply was due, and only if it comes later.
    DueDayWhenLate,
}

/// The last day that a stop takes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopEnds {
    /// The day before the resumption or the supply.
    DayBefore,
    /// The day of it.
    SameDay,
}

/// A ground on which a limit stops, with what it takes out of the count.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// Its id.
    pub ground: String,
    /// What it is, in words.
    pub words: String,
    /// The article.
    pub article: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// What records it.
    pub recorded_by: RecordedBy,
    /// The first day that is taken out.
    pub begins: StopBegins,
    /// The last day that is taken out.
    pub ends: StopEnds,
    /// Whether it ends at the latest with the day on which the supply was due.
    #[serde(default)]
    pub until_due: bool,
    /// The least time from the request to the day on which the supply is due.
    #[serde(default, deserialize_with = "text::period")]
    pub due_least: Option<Period>,
    /// Who has to act, where the fact doesn't say so.
    pub responsible: Option<Party>,
}

/// How an extension is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtensionForm {
    /// By a length.
    Duration,
    /// To a named date.
    Named,
}

/// What a further extension is, after as many as are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Further {
    /// It is not allowed.
    #[default]
    Never,
    /// It needs the consent of the applicant.
    NeedsConsent,
}

/// A ground on which a limit is extended.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// Its id.
    pub ground: String,
    /// What it is, in words.
    pub words: String,
    /// The article.
    pub article: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// The versions that know it; all, where it names none.
    #[serde(default)]
    pub versions: Vec<String>,
    /// The cases that know it; all, where it names none.
    #[serde(default)]
    pub cases: Vec<String>,
    /// The first day on which it can be given, where that is not the version's.
    pub from: Option<NaiveDate>,
    /// How it is given.
    pub form: ExtensionForm,
    /// How long one may be.
    #[serde(default, deserialize_with = "text::period")]
    pub most: Option<Period>,
    /// How long one may be in single cases.
    #[serde(default, deserialize_with = "text::periods")]
    pub most_in: BTreeMap<String, Period>,
    /// How often it can be given; as often as one likes, if left out.
    pub times: Option<u16>,
    /// The other grounds that count towards `times`.
    #[serde(default)]
    pub counts_with: Vec<String>,
    /// What a further one is.
    #[serde(default)]
    pub further: Further,
    /// Whether it has to come before the deadline has passed.
    #[serde(default)]
    pub before_expiry: bool,
    /// How long after the start it can still be given.
    #[serde(default, deserialize_with = "text::period")]
    pub within: Option<Period>,
    /// How long before the deadline it can no longer be given: on that day no more.
    #[serde(default, deserialize_with = "text::period")]
    pub not_within: Option<Period>,
    /// What bars it.
    #[serde(default)]
    pub blocked_by: Vec<Trigger>,
    /// Whether it names an earlier date, and only that.
    #[serde(default)]
    pub shortens: bool,
    /// Whether reasons have to be given.
    #[serde(default)]
    pub reasoned: bool,
    /// Who gives it.
    pub approver: Option<String>,
}

/// How another length or date comes in the place of the law's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// By what, in words.
    pub words: String,
    /// The article.
    pub article: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// What has to have happened.
    #[serde(default)]
    pub needs: Vec<Trigger>,
    /// How far the new date usually lies from the last of these at most.
    #[serde(default, deserialize_with = "text::period")]
    pub usual: Option<Period>,
}

/// What a limit becomes when the application is amended: the later of two periods.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amendment {
    /// The article.
    pub article: String,
    /// The cases that know it; all, where it names none.
    #[serde(default)]
    pub cases: Vec<String>,
    /// From the day of the amendment.
    #[serde(deserialize_with = "text::needed_period")]
    pub from_amendment: Period,
    /// From the start.
    #[serde(deserialize_with = "text::needed_period")]
    pub from_start: Period,
}

/// A determination is too early before so much time has passed since something.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earliest {
    /// Since what.
    pub after: Trigger,
    /// How much: the period begins with that day, and a determination is in time from the day after its end.
    #[serde(deserialize_with = "text::needed_period")]
    pub length: Period,
    /// The article.
    pub article: String,
    /// The cases in which it is so; all, where it names none.
    #[serde(default)]
    pub cases: Vec<String>,
}

impl Extension {
    /// How long one may be in a case.
    #[must_use]
    pub fn most_in_case(&self, case: &str) -> Option<Period> {
        self.most_in.get(case).copied().or(self.most)
    }
}
