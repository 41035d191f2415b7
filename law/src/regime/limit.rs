//! Limits: the periods within which somebody has to act.

use std::collections::BTreeMap;

use schema::permit::{Party, Period};
use serde::Deserialize;

use super::{Amendment, Confidence, Earliest, Extension, Replacement, Stop, Trigger, covers, text};

/// How several starting facts make one start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartRule {
    /// The soonest of those that there are.
    #[default]
    SoonerOf,
    /// The latest, as soon as all are there.
    LaterOf,
}

/// How months and years are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonthRule {
    /// 'After' a day: to the same day of a later month, or its last.
    #[default]
    After,
    /// 'Beginning with' the first day that counts: to the day before the same day of a later month, or its last.
    BeginningWith,
}

/// Whether a deadline moves off a day off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shift {
    /// It stays where it is.
    #[default]
    None,
    /// It moves to the next day that is no day off.
    NextWorkingDay,
}

/// To what the length of an extension is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtensionBase {
    /// To the length of the limit, in one step from its start.
    #[default]
    OneStep,
    /// To the day on which the limit ended before, moved off days off.
    FromPreviousEnd,
}

/// What the law makes of a deadline that passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnExpiry {
    /// Nothing.
    #[default]
    None,
    /// The permit counts as granted.
    DeemedGranted,
    /// The permit counts as refused.
    DeemedRefused,
    /// The permit counts as not needed.
    DeemedWaived,
    /// The matter goes to somebody else.
    Escalate,
    /// The delay is to be notified or explained.
    Notice,
    /// Whoever could have acted no longer can: nobody had to, so that nothing is overdue.
    PowerEnds,
}

/// A period within which somebody has to act.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing that a law says")]
pub struct Limit {
    /// Its id.
    pub id: String,
    /// For what it is, in words.
    pub words: String,
    /// The article.
    pub article: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// Which readings there are and which is taken, where the law leaves room.
    pub reading: Option<String>,
    /// The versions that have it; all, where it names none.
    #[serde(default)]
    pub versions: Vec<String>,
    /// The cases that have it; all, where it names none.
    #[serde(default)]
    pub cases: Vec<String>,
    /// What starts it.
    pub starts: Vec<Trigger>,
    /// How these make one start.
    #[serde(default)]
    pub start_rule: StartRule,
    /// What ends it, beside a determination, a withdrawal and a lapse.
    pub ends: Vec<Trigger>,
    /// What undoes a start, such as a return of the application.
    #[serde(default)]
    pub voided_by: Vec<Trigger>,
    /// How long it is; the law sets none, if left out here and in `lengths`.
    #[serde(default, deserialize_with = "text::period")]
    pub length: Option<Period>,
    /// How long it is when it starts anew, where that is not as long as at first.
    #[serde(default, deserialize_with = "text::period")]
    pub length_again: Option<Period>,
    /// How long it is in single cases.
    #[serde(default, deserialize_with = "text::periods")]
    pub lengths: BTreeMap<String, Period>,
    /// Whether its date is published and the law sets no length.
    #[serde(default)]
    pub published: bool,
    /// Whether the day of what starts it is its first day.
    #[serde(default)]
    pub first_day_counts: bool,
    /// How its months are counted.
    #[serde(default)]
    pub month_rule: MonthRule,
    /// Whether its end moves off a day off.
    #[serde(default)]
    pub shift: Shift,
    /// The longest periods that move; judged by the limit's own length. All move, where there are none.
    #[serde(default, deserialize_with = "text::period_list")]
    pub shift_up_to: Vec<Period>,
    /// Who has to act while it runs.
    #[serde(default = "authority")]
    pub acts: Party,
    /// What the law makes of its expiry.
    #[serde(default)]
    pub on_expiry: OnExpiry,
    /// The cases in which it makes that of it; all, where it names none.
    #[serde(default)]
    pub on_expiry_cases: Vec<String>,
    /// To what extensions are added.
    #[serde(default)]
    pub extension_base: ExtensionBase,
    /// How long all extensions together may be.
    #[serde(default, deserialize_with = "text::period")]
    pub extension_total: Option<Period>,
    /// Whether all extensions together may be at most half of the original length.
    #[serde(default)]
    pub extension_total_half: bool,
    /// Whether it starts anew after it ended without a determination.
    #[serde(default = "yes")]
    pub restarts: bool,
    /// What starts a second run after a determination was quashed; the law gives none, where there is nothing.
    #[serde(default)]
    pub second_run: Vec<Trigger>,
    /// What stops it.
    #[serde(default, rename = "stop")]
    pub stops: Vec<Stop>,
    /// What extends it.
    #[serde(default, rename = "extension")]
    pub extensions: Vec<Extension>,
    /// What replaces it.
    pub replacement: Option<Replacement>,
    /// What it becomes when the application is amended.
    pub amendment: Option<Amendment>,
    /// Before when a determination is too early.
    #[serde(default, rename = "earliest")]
    pub earliest: Vec<Earliest>,
}

const fn authority() -> Party {
    Party::Authority
}

const fn yes() -> bool {
    true
}

impl Limit {
    /// Its length in a case; none where the law sets none, or where a date is published.
    #[must_use]
    pub fn length_in(&self, case: &str) -> Option<Period> {
        self.lengths.get(case).copied().or(self.length)
    }

    /// What the law makes of its expiry in a case.
    #[must_use]
    pub fn on_expiry_in(&self, case: &str) -> OnExpiry {
        if covers(&self.on_expiry_cases, case) { self.on_expiry } else { OnExpiry::None }
    }

    /// The extension that is known by `ground` in a version and case.
    pub(crate) fn extension(&self, version: &str, case: &str, ground: &str) -> Option<&Extension> {
        let knows = |extension: &&Extension| covers(&extension.versions, version) && covers(&extension.cases, case);
        self.extensions.iter().filter(knows).find(|extension| extension.ground == ground)
    }

    /// Whether a period of this length moves off days off.
    pub(crate) fn shifts(&self, length: Option<Period>) -> bool {
        let short = |length: Period| self.shift_up_to.iter().any(|most| most.unit == length.unit && length.count <= most.count);
        self.shift == Shift::NextWorkingDay && (self.shift_up_to.is_empty() || length.is_some_and(short))
    }
}
