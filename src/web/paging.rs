//! Going on to the next page of a list, by a link that keeps whatever else the address asks for.

use serde::Serialize;
use serde_json::Value;

use super::{failure::Failure, visit::Visit, words};

/// The longest cursor that is taken from an address.
const CURSOR_CHARS_MAX: usize = 2_000;

/// Where a list goes on.
#[derive(Debug, Serialize)]
pub struct Pager {
    /// The address of the next page.
    pub next: Option<String>,
    /// The address of the first page, on any other.
    pub first: Option<String>,
}

/// The cursor in the parameter `name` of the address.
///
/// # Errors
///
/// When it is longer than any.
pub fn cursor(visit: &Visit, name: &str) -> Result<Option<String>, Failure> {
    let cursor = visit.parameter(name);
    let too_long = cursor.is_some_and(|cursor| cursor.len() > CURSOR_CHARS_MAX);
    if too_long { Err(Failure::unreadable(format!("'{name}' is longer than a cursor"))) } else { Ok(cursor.map(str::to_owned)) }
}

/// The links beside `connection`, a page of which the cursor is in the parameter `name`.
pub fn pager(visit: &Visit, name: &str, connection: &Value) -> Pager {
    let info = &connection["pageInfo"];
    let has_next = info["hasNextPage"].as_bool().unwrap_or_default();
    let end = info["endCursor"].as_str().filter(|_| has_next);
    Pager {
        next: end.map(|end| address(visit, name, Some(end))),
        first: visit.parameter(name).is_some().then(|| address(visit, name, None)),
    }
}

/// The address of this page with another value of one parameter.
pub fn address(visit: &Visit, name: &str, value: Option<&str>) -> String {
    let mut others = visit.parameters();
    others.retain(|(other, value)| *other != name && !value.is_empty());
    let pairs = others.into_iter().chain(value.map(|value| (name, value)));
    let query: Vec<_> = pairs.map(|(name, value)| format!("{}={}", words::encoded(name), words::encoded(value))).collect();
    let path = visit.request().path();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}
