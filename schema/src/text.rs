//! Texts with limits, so that nothing of a megabyte and no control character ever enters the record.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// Why a text can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("the text is empty")]
    Empty,
    /// Longer than allowed.
    #[error("the text has {length} characters, {most} are allowed")]
    TooLong {
        /// The characters given.
        length: usize,
        /// The characters allowed.
        most: usize,
    },
    /// A control character (or, in a line, a line break).
    #[error("the text has the control character U+{0:04X}; remove it")]
    ControlCharacter(u32),
}

/// Characters that are not seen and change how a text is read: refused like control characters.
fn is_unseen(character: char) -> bool {
    matches!(character, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

fn checked(text: &str, most: usize, multiline: bool) -> Result<String, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    let length = text.chars().count();
    if length > most {
        return Err(TextError::TooLong { length, most });
    }
    let allowed = |character: char| multiline && matches!(character, '\n' | '\r' | '\t');
    match text.chars().find(|&character| (character.is_control() || is_unseen(character)) && !allowed(character)) {
        Some(found) => Err(TextError::ControlCharacter(found.into())),
        None => Ok(text.to_owned()),
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $most:literal, multiline $multiline:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The characters allowed.
            pub const CHARACTERS_MAX: usize = $most;

            /// The text, trimmed.
            ///
            /// # Errors
            /// When it is empty, too long, or has characters that can't be seen.
            pub fn try_new(text: &str) -> Result<Self, TextError> {
                checked(text, $most, $multiline).map(|text| Self(text.into()))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                Self::try_new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::try_new(&<Cow<'de, str>>::deserialize(deserializer)?).map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "minLength": 1, "maxLength": $most })
            }
        }
    )+};
}

texts! {
    /// One line: a name, a title, a reference.
    Line: 300, multiline false;
    /// Some lines: a reason, the text of a condition.
    Note: 4000, multiline true;
}

/// What another system calls a thing: `repd` 1234, for example.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct ExternalId {
    /// Who gives the id: a register's short name.
    pub scheme: Line,
    /// The id there.
    pub value: Line,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_cannot_be_shown_are_refused() {
        assert_eq!(Line::try_new("  "), Err(TextError::Empty));
        assert_eq!(Line::try_new("a\nb"), Err(TextError::ControlCharacter(10)));
        assert_eq!(Line::try_new("a\u{202E}b"), Err(TextError::ControlCharacter(0x202E)));
        assert_eq!(Note::try_new("a\u{0}b"), Err(TextError::ControlCharacter(0)));
        assert_eq!(Line::try_new(&"x".repeat(1 << 20)), Err(TextError::TooLong { length: 1 << 20, most: 300 }));
        assert_eq!(Note::try_new(" a\nb ").unwrap().as_str(), "a\nb");
        assert_eq!(Line::try_new("Açu").unwrap().as_str(), "Açu");
    }
}
