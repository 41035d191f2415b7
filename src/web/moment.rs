//! As of when a page speaks: what was known at an instant, and what had occurred by a day.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::{failure::Failure, visit::Visit, words};

/// As of when.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Moment {
    /// As the form has it: a day, or an instant.
    pub as_known_at: Option<String>,
    /// Whether what was published by then counts, in place of what was recorded here.
    pub by_publication: bool,
    /// A day.
    pub effective_on: Option<String>,
    /// What links take along; empty, or beginning with `?`.
    pub query: String,
    /// In words; `None` for what is known now.
    pub says: Option<String>,
    #[serde(skip)]
    known_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    day: Option<NaiveDate>,
}

impl Moment {
    /// What the address asks for.
    ///
    /// # Errors
    ///
    /// When a date of it is none.
    pub fn of(visit: &Visit) -> Result<Self, Failure> {
        let as_known_at = visit.parameter("asKnownAt").map(str::to_owned);
        let effective_on = visit.parameter("effectiveOn").map(str::to_owned);
        let by_publication = match visit.parameter("by") {
            None | Some("recording") => false,
            Some("publication") => true,
            Some(_) => return Err(Failure::unreadable("'by' is either recording or publication")),
        };
        let known_at = as_known_at.as_deref().map(instant).transpose()?;
        let day = effective_on.as_deref().map(day).transpose()?;
        let query = query(as_known_at.as_deref(), by_publication, effective_on.as_deref());
        let says = says(known_at, by_publication, day);
        Ok(Self { as_known_at, by_publication, effective_on, query, says, known_at, day })
    }

    /// The day up to which durations run: that asked for, else today in UTC, as the API takes it.
    pub fn day(&self) -> NaiveDate {
        self.day.unwrap_or_else(|| Utc::now().date_naive())
    }

    /// The values of `$asKnownAt` and `$effectiveOn`, beside those in `others`.
    pub fn variables(&self, mut others: Value) -> Value {
        let at = self.known_at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true));
        let by = if self.by_publication { "PUBLICATION" } else { "RECORDING" };
        others["asKnownAt"] = at.map_or(Value::Null, |at| json!({ "at": at, "by": by }));
        others["effectiveOn"] = json!(self.effective_on);
        others
    }
}

/// A day in UTC stands for its end; an instant for itself.
fn instant(text: &str) -> Result<DateTime<Utc>, Failure> {
    if let Ok(day) = day(text) {
        return day.and_hms_milli_opt(23, 59, 59, 999).map(|end| end.and_utc()).ok_or_else(|| no_date(text));
    }
    DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).map_err(|_| no_date(text))
}

/// The day that `text` is, in the one form that is taken.
///
/// # Errors
///
/// When it is none.
pub fn day(text: &str) -> Result<NaiveDate, Failure> {
    let well_formed = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let day = well_formed.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten();
    day.ok_or_else(|| no_date(text))
}

fn no_date(text: &str) -> Failure {
    let text: String = text.chars().take(40).collect();
    Failure::unreadable(format!("'{text}' is not a date; write it as 2026-03-31"))
}

fn query(as_known_at: Option<&str>, by_publication: bool, effective_on: Option<&str>) -> String {
    let mut pairs = Vec::new();
    if let Some(at) = as_known_at {
        pairs.push(format!("asKnownAt={}", words::encoded(at)));
        if by_publication {
            pairs.push("by=publication".to_owned());
        }
    }
    pairs.extend(effective_on.map(|on| format!("effectiveOn={}", words::encoded(on))));
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

fn says(known_at: Option<DateTime<Utc>>, by_publication: bool, day: Option<NaiveDate>) -> Option<String> {
    let known = known_at.map(|at| {
        let by = if by_publication { "had been published" } else { "had been recorded here" };
        format!("what {by} by {}", words::instant(&at))
    });
    let occurred = day.map(|day| format!("what had occurred by the end of {}", words::day(day)));
    match (known, occurred) {
        (None, None) => None,
        (Some(known), Some(occurred)) => Some(format!("{occurred}, going by {known}")),
        (known, occurred) => known.or(occurred),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_stands_for_its_end_and_what_is_no_date_is_refused() {
        assert_eq!(instant("2026-03-31").unwrap().to_rfc3339(), "2026-03-31T23:59:59.999+00:00");
        assert_eq!(instant("2026-03-31T10:00:00+02:00").unwrap().to_rfc3339(), "2026-03-31T08:00:00+00:00");
        for wrong in ["2026-02-30", "2026-3-1", "March", "2026-03", "2026-03-31T25:00:00Z", "+2026-03-3"] {
            assert!(instant(wrong).is_err(), "{wrong}");
        }
    }
}
