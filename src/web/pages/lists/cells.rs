//! What a row of a list shows of a thing.

use serde::Serialize;
use serde_json::Value;

use crate::web::words;

/// What stands in a cell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The lines of it; none where it is not known.
    lines: Vec<String>,
    /// The thing that it leads to, by its id.
    id: Option<String>,
    /// What is said beside it, in small.
    note: Option<String>,
    /// What is said where there is no line; 'unknown', if left out.
    none: Option<&'static str>,
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { lines: vec![text.into()], ..Self::default() }
    }

    /// With something said beside it, if that is known.
    pub fn noting(self, note: &Value) -> Self {
        Self { note: note.as_str().map(str::to_owned), ..self }
    }

    /// The same with a word of the API.
    pub fn noting_words(self, word: &Value) -> Self {
        Self { note: word.as_str().map(words::words), ..self }
    }

    /// With since when.
    pub fn since(self, on: &Value) -> Self {
        Self { note: on.as_str().map(|on| format!("since {}", words::date(on))), ..self }
    }
}

/// A thing, by its name; unknown where there is none.
pub fn link(thing: &Value) -> Cell {
    let name = thing["title"].as_str().or_else(|| thing["name"].as_str());
    let id = thing["id"].as_str().map(str::to_owned);
    let lines = name.map(str::to_owned).or_else(|| id.as_deref().map(|id| format!("A {}", words::kind(id))));
    Cell { lines: lines.into_iter().collect(), id, ..Cell::default() }
}

/// A text, written otherwise.
pub fn line(text: &Value, written: impl Fn(&str) -> String) -> Cell {
    Cell { lines: text.as_str().map(written).into_iter().collect(), ..Cell::default() }
}

/// A word of the API, or several.
pub fn words_of(word: &Value) -> Cell {
    let one = word.as_str().into_iter();
    let several = word.as_array().into_iter().flatten().filter_map(Value::as_str);
    let said: Vec<String> = one.chain(several).map(words::words).collect();
    if said.is_empty() { Cell::default() } else { Cell::text(said.join(", ")) }
}

/// A date; one that is known to the day stays on one line.
pub fn date(on: &Value) -> Cell {
    line(on, |on| if on.len() == "2026-03-31".len() { words::date(on).replace(' ', "\u{a0}") } else { words::date(on) })
}

/// A state and since when.
pub fn since(state: &Value, on: &Value) -> Cell {
    words_of(state).since(on)
}

/// A number.
pub fn number(count: &Value) -> Cell {
    if count.is_null() { Cell::default() } else { Cell::text(words::number(&count.to_string())) }
}

/// A number of days.
pub fn days(days: &Value) -> Cell {
    if days["count"].is_null() {
        return Cell::default();
    }
    let count = days["count"].to_string();
    let about = if days["exact"] == true { "" } else { "about " };
    Cell::text(format!("{about}{}\u{a0}{}", words::number(&count), if count == "1" { "day" } else { "days" }))
}

/// An amount.
pub fn money(sum: &Value) -> Cell {
    let said = sum["currency"].as_str().zip(sum["amount"].as_str());
    let lines = said.map(|(currency, amount)| format!("{currency}\u{a0}{}", words::number(amount))).into_iter().collect();
    Cell { lines, none: Some("not shown or unknown"), ..Cell::default() }
}

/// Sums by currency: null where they are not for whoever looks.
pub fn totals(totals: &Value) -> Cell {
    let sums = totals["byCurrency"].as_array().into_iter().flatten();
    let lines = sums.flat_map(|sum| money(sum).lines).collect();
    Cell { lines, none: Some(if totals.is_null() { "not shown" } else { "none on record" }), ..Cell::default() }
}

/// The present parties of a partnership.
pub fn people(partners: &Value) -> Cell {
    let present = partners.as_array().into_iter().flatten().filter(|partner| partner["leftOn"].is_null());
    let names = present.map(|partner| partner["organisation"]["name"].as_str().unwrap_or("one that you may not see").to_owned());
    Cell { lines: names.collect(), none: Some("not on record"), ..Cell::default() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_known_not_shown_and_none_are_three_things() {
        assert_eq!(totals(&Value::Null).none, Some("not shown"));
        assert_eq!(totals(&json!({ "byCurrency": [] })).none, Some("none on record"));
        let sums = json!({ "byCurrency": [{ "amount": "1000", "currency": "EUR" }, { "amount": "2", "currency": "GBP" }] });
        assert_eq!(totals(&sums).lines, ["EUR\u{a0}1,000", "GBP\u{a0}2"]);
        assert_eq!(link(&Value::Null), Cell::default());
        assert_eq!(since(&json!("IN_FORCE"), &json!("2024-03")).note.as_deref(), Some("since March 2024"));
    }
}
