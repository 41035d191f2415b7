//! What can be wrong with a file of law, and with a question.

use chrono::NaiveDate;
use thiserror::Error;

use crate::calendar::OutsideYears;

/// What is wrong with a regime's or a calendar's file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}: {says}")]
pub struct FileError {
    /// The file.
    pub file: String,
    /// What is wrong, and what to write instead.
    pub says: String,
}

/// Why the law gives no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LawError {
    /// No file has a regime of that name.
    #[error("there is no regime '{name}'; nearest are {}", listed(nearest))]
    UnknownRegime {
        /// The name that was asked for.
        name: String,
        /// The names that are most like it, best first.
        nearest: Vec<String>,
    },
    /// The regime has no such case on that day.
    #[error("the regime '{regime}' has no case '{name}' in {version}; nearest are {}", listed(nearest))]
    UnknownCase {
        /// The regime.
        regime: String,
        /// Its version, or that it may be any.
        version: String,
        /// The case that was asked for.
        name: String,
        /// The cases that are most like it, best first.
        nearest: Vec<String>,
    },
    /// The case has no such limit.
    #[error("the case '{case}' of the regime '{regime}' has no limit '{name}'; nearest are {}", listed(nearest))]
    UnknownLimit {
        /// The regime.
        regime: String,
        /// The case.
        case: String,
        /// The limit that was asked for.
        name: String,
        /// The limits that are most like it, best first.
        nearest: Vec<String>,
    },
    /// No version of the regime is in force on that day.
    #[error("no version of the regime '{regime}' is in force on {on}; record the regime that was, or correct the date")]
    NotInForce {
        /// The regime.
        regime: String,
        /// The day.
        on: NaiveDate,
    },
    /// No calendar is known for a place where days off matter.
    #[error("no calendar says which days are days off in '{place}'; add one, or name the place in which the law counts")]
    NoCalendar {
        /// The place; empty where none is named.
        place: String,
    },
    /// A calendar does not reach so far.
    #[error(transparent)]
    OutsideYears(#[from] OutsideYears),
    /// A period leads beyond the years that dates can have.
    #[error("{count} {unit} from {from} lead beyond every calendar; correct the date or the period")]
    TooFar {
        /// How many.
        count: i64,
        /// Of what.
        unit: &'static str,
        /// From which day.
        from: NaiveDate,
    },
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
