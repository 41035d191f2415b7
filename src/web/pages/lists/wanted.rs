//! What the address of a list asks for, and what of it can't be answered.

use serde_json::{Map, Value, json};

use super::kinds::{Ask, Filter, Kind};
use crate::web::{failure::Failure, moment, strange, visit::Visit, words};

/// The longest text that is taken from an address.
const TEXT_CHARS_MAX: usize = 100;

/// What is wanted of a list.
pub struct Wanted {
    /// What is chosen of each filter, as the address has it, in the order of the filters.
    chosen: Vec<Option<String>>,
    /// Which of the orders.
    pub order: usize,
    /// What the address asks for that the list does not know.
    pub notes: Vec<String>,
}

impl Wanted {
    /// What the address of `kind` asks for.
    ///
    /// # Errors
    ///
    /// When a value of it can't be one.
    pub fn of(visit: &Visit, kind: &Kind) -> Result<Self, Failure> {
        let chosen = kind.filters.iter().map(|filter| chosen(visit, filter)).collect::<Result<Vec<_>, _>>()?;
        let order = match visit.parameter("order") {
            None => 0,
            Some(wanted) => kind.orders.iter().position(|(name, ..)| name.eq_ignore_ascii_case(wanted)).ok_or_else(|| {
                let known: Vec<&str> = kind.orders.iter().map(|(name, ..)| *name).collect();
                Failure::unreadable(format!("'order' is {}", known.join(" or ")))
            })?,
        };
        let known: Vec<&str> = kind.filters.iter().map(|filter| filter.name).chain(["order"]).collect();
        let notes = strange::parameters(visit, &known);
        Ok(Self { chosen, order, notes })
    }

    /// The filters with what is chosen of each.
    pub fn filters<'a>(&'a self, kind: &'a Kind) -> impl Iterator<Item = (&'a Filter, Option<&'a str>)> {
        kind.filters.iter().zip(self.chosen.iter().map(Option::as_deref))
    }

    /// As the API takes it, without the filter called `but`.
    pub fn filter(&self, kind: &Kind, but: Option<&str>) -> Value {
        let mut filter = Map::new();
        for (of, chosen) in self.filters(kind) {
            let Some(chosen) = chosen.filter(|_| Some(of.name) != but) else { continue };
            let value = match of.ask {
                Ask::Words(_) => json!([chosen]),
                Ask::YesNo(..) => json!(chosen == "yes"),
                _ => json!(chosen),
            };
            filter.insert(of.member.to_owned(), value);
        }
        Value::Object(filter)
    }

    /// Whether anything is chosen.
    pub fn is_narrowed(&self) -> bool {
        self.chosen.iter().any(Option::is_some)
    }
}

/// What is chosen of one filter.
fn chosen(visit: &Visit, filter: &Filter) -> Result<Option<String>, Failure> {
    let name = filter.name;
    let Some(wanted) = visit.parameter(name) else { return Ok(None) };
    let refused = |says: &str| Err(Failure::unreadable(format!("'{name}' {says}")));
    match &filter.ask {
        Ask::Words(known) | Ask::Word(known) => match known.iter().find(|known| known.eq_ignore_ascii_case(wanted)) {
            Some(known) => Ok(Some((*known).to_owned())),
            None => refused(&format!("is none of the {name}s in the list")),
        },
        Ask::YesNo(..) => match wanted {
            "yes" | "no" => Ok(Some(wanted.to_owned())),
            _ => refused("is yes or no"),
        },
        Ask::Country => match wanted.to_uppercase() {
            code if code.parse::<schema::Country>().is_ok() => Ok(Some(code)),
            _ => refused("is the two letters of a country, such as NL"),
        },
        Ask::Jurisdiction => match wanted.to_uppercase() {
            code if code.parse::<schema::Jurisdiction>().is_ok() => Ok(Some(code)),
            _ => refused("is EU, a country or a part of one, such as NL or GB-ENG"),
        },
        Ask::Day => moment::day(wanted).map(|_| Some(wanted.to_owned())),
        Ask::Thing(kind) => {
            let is_one = words::is_id(wanted) && wanted.starts_with(&format!("{kind}-"));
            if is_one {
                Ok(Some(wanted.to_owned()))
            } else {
                refused(&format!("is the id of {}", words::one(&words::words(kind))))
            }
        }
        Ask::Text | Ask::Regime => {
            let is_strange = wanted.chars().count() > TEXT_CHARS_MAX || wanted.chars().any(char::is_control);
            if is_strange {
                return refused(&format!("has more than {TEXT_CHARS_MAX} characters, or strange ones"));
            }
            Ok(Some(wanted.to_owned()))
        }
    }
}
