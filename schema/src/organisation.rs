//! Facts about organisations.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

use crate::{
    Country, ExternalId, Line,
    fact::{facts, payloads},
};

/// What an organisation is to its clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationKind {
    /// A company that owns or runs plants, or develops projects.
    Company,
    /// An authority that decides on permits.
    Authority,
    /// An organisation that funds projects.
    Funder,
    /// A port.
    Port,
    /// A university or a research institute.
    Academia,
    /// A community or its representatives.
    Community,
}

/// A Legal Entity Identifier (ISO 17442): 20 characters of which the last two check the others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lei(Box<str>);

/// Why a text is not a Legal Entity Identifier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' is not a Legal Entity Identifier: 20 capital letters and digits whose check digits are right (ISO 17442)")]
pub struct LeiError(String);

impl Lei {
    /// The 20 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Lei {
    type Err = LeiError;

    /// Checks the length, the characters and the check digits (ISO/IEC 7064, MOD 97-10).
    fn from_str(text: &str) -> Result<Self, LeiError> {
        let remainder = text.chars().try_fold(0_u32, |remainder, character| {
            let value = character.to_digit(36).filter(|_| !character.is_ascii_lowercase())?;
            Some((remainder * if value < 10 { 10 } else { 100 } + value) % 97)
        });
        if text.len() == 20 && remainder == Some(1) {
            Ok(Self(text.into()))
        } else {
            Err(LeiError(text.chars().take(30).collect()))
        }
    }
}

impl fmt::Display for Lei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Lei {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Lei {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Lei {
    fn schema_name() -> Cow<'static, str> {
        "Lei".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Z0-9]{18}[0-9]{2}$" })
    }
}

payloads! {
    /// An organisation came on record.
    OrganisationRegistered {
        /// Its name.
        name: Line,
        /// What it is.
        kind: OrganisationKind,
        /// Where it is established.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        country: Option<Country>,
        /// Its Legal Entity Identifier.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lei: Option<Lei>,
        /// What other systems call it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        identifiers: Vec<ExternalId>,
    }
}

facts! {
    /// The facts of an organisation.
    OrganisationFact of Organisation {
        /// See [`OrganisationRegistered`].
        OrganisationRegistered,
    }
    references |_| Vec::new();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_legal_entity_identifier_checks_itself() {
        // The identifier of the Global Legal Entity Identifier Foundation, from its public register.
        assert!("506700GE1G29325QX363".parse::<Lei>().is_ok());
        for text in ["506700GE1G29325QX364", "506700ge1g29325qx363", "506700GE1G29325QX36", "", "506700GE1G29325QX36é"] {
            assert!(text.parse::<Lei>().is_err(), "{text}");
        }
    }
}
