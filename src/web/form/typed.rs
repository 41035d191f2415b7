//! What was typed into a form, as it was typed.

use std::collections::BTreeMap;

/// The most fields that a form may send; the longest has some 150.
pub const FIELDS_MAX: usize = 600;

/// The values of a form by the names of its fields. What is not a value any more, such as the 31st of February, is kept too, so
/// that it can be shown again.
#[derive(Debug, Clone, Default)]
pub struct Typed(BTreeMap<String, Vec<String>>);

impl Typed {
    /// What a form has sent; `None` when it is more than any form here sends.
    pub fn of(pairs: Vec<(String, String)>) -> Option<Self> {
        if pairs.len() > FIELDS_MAX {
            return None;
        }
        let mut typed = Self::default();
        for (name, value) in pairs {
            typed.0.entry(name).or_default().push(value.replace("\r\n", "\n"));
        }
        Some(typed)
    }

    /// The value of a field without white space around it; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The value of a field as it was typed.
    pub fn raw(&self, name: &str) -> &str {
        self.0.get(name).and_then(|values| values.first()).map_or("", String::as_str)
    }

    /// Every value of a field that has several, without the empty ones.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let values = self.0.get(name).into_iter().flatten();
        values.map(|value| value.trim()).filter(|value| !value.is_empty()).collect()
    }

    /// Fills in a field.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), vec![value.into()]);
    }

    /// Fills in the values of a field that can have several.
    pub fn set_all(&mut self, name: impl Into<String>, values: Vec<String>) {
        self.0.insert(name.into(), values);
    }

    /// Every field with each of its values.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(name, values)| values.iter().map(move |value| (name.as_str(), value.as_str())))
    }

    /// Fills in one more value of a field that has several.
    pub fn add(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.entry(name.into()).or_default().push(value.into());
    }
}
