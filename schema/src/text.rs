//! Texts with limits, so that nothing of a megabyte and no control character ever enters the record.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;

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

/// By what two lines are the same name: without regard to case, to the number and kind of spaces, and to the forms in which
/// Unicode writes one character (NFC).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineKey(Box<str>);

impl LineKey {
    pub(crate) fn of(text: &str) -> Self {
        // Folding makes keys for every milestone of a thing again and again, and of most names there is only one form.
        let lower: String =
            if text.is_ascii() { text.to_ascii_lowercase() } else { text.nfc().flat_map(char::to_lowercase).nfc().collect() };
        let mut key = String::with_capacity(lower.len());
        for word in lower.split_whitespace() {
            if !key.is_empty() {
                key.push(' ');
            }
            key.push_str(word);
        }
        Self(key.into())
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Line {
    /// By what this line is the same name as another.
    #[must_use]
    pub fn key(&self) -> LineKey {
        LineKey::of(self.as_str())
    }
}

/// Why a text is no language tag.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' is not the tag of a language (BCP 47); write en, nl, pt-BR or zh-Hant, for example")]
pub struct LanguageError(String);

/// The tag of a language after BCP 47, such as `en` or `pt-BR`. Whether the language is a registered one is not asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LanguageTag(Box<str>);

impl LanguageTag {
    /// The most characters that a tag needs (RFC 5646, section 4.4.1).
    pub const CHARACTERS_MAX: usize = 35;

    /// The tag, written as is usual: `pt-BR`, `zh-Hant`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for LanguageTag {
    type Err = LanguageError;

    fn from_str(text: &str) -> Result<Self, LanguageError> {
        let refused = || LanguageError(text.chars().take(40).collect());
        let mut parts = text.split('-');
        let language = parts.next().filter(|part| matches!(part.len(), 2 | 3)).ok_or_else(refused)?;
        let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_tag = language.bytes().all(|byte| byte.is_ascii_alphabetic()) && parts.clone().all(is_part);
        if !is_tag || text.len() > Self::CHARACTERS_MAX {
            return Err(refused());
        }
        let mut tag = language.to_ascii_lowercase();
        for part in parts {
            let mut part = part.to_ascii_lowercase();
            match part.len() {
                2 => part.make_ascii_uppercase(),
                4 => part[..1].make_ascii_uppercase(),
                _ => {}
            }
            tag.push('-');
            tag.push_str(&part);
        }
        Ok(Self(tag.into()))
    }
}

impl Serialize for LanguageTag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for LanguageTag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for LanguageTag {
    fn schema_name() -> Cow<'static, str> {
        "LanguageTag".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$",
            "maxLength": Self::CHARACTERS_MAX,
            "description": "The tag of a language after BCP 47, such as en or pt-BR.",
        })
    }
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
    fn a_language_is_named_by_its_tag() {
        let tag = |text: &str| text.parse::<LanguageTag>().map(|tag| tag.to_string());
        for (text, written) in [("en", "en"), ("PT-br", "pt-BR"), ("zh-hant-TW", "zh-Hant-TW"), ("de-CH-1996", "de-CH-1996")] {
            assert_eq!(tag(text).as_deref(), Ok(written));
        }
        for text in ["", "e", "english", "12", "en-", "en_GB", "en GB", "nl-toolongpart", "é", "en-é"] {
            assert_eq!(tag(text), Err(LanguageError(text.into())));
        }
        assert!(tag(&format!("en{}", "-abcdefgh".repeat(4))).is_err());
    }

    #[test]
    fn a_name_is_matched_without_regard_to_case_spaces_and_forms_of_unicode() {
        let key = |text: &str| Line::try_new(text).unwrap().key();
        for text in ["FEED done", "feed  done", "Feed\u{a0}Done", " feed done "] {
            assert_eq!(key(text).as_str(), "feed done", "{text}");
        }
        assert_eq!(key("Açu"), key("ac\u{327}u"));
        assert_ne!(key("Acu"), key("Açu"));
        assert_ne!(key("feed-done"), key("feed done"));
    }

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
