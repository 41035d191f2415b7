//! Events that stand beside the things, in streams of their own: seals of the log, what is said of the record as a whole, and
//! whatever a newer build writes of a kind that this one does not know.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::{
    DecodeError, EncodeError, EventId, IdError, Kind, Leaf, Metadata, NewEvent, Position, StoredEvent, ThingId, ids::derive_uuid,
    wire::StoredMetadata,
};

/// The word of the streams that hold the seals of a log.
const SEAL: &str = "seal";
/// The word of the stream that holds what is said of the record as a whole.
const RECORD: &str = "record";
/// No kind has a longer word than this.
const WORD_CHARS_MAX: usize = 40;

/// The name of a stream that is of the form `kind-uuid` and is not that of a thing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AsideStream {
    word: Box<str>,
    uuid: Uuid,
}

impl AsideStream {
    /// The seals of the log of `deployment`; the `number` rises where an earlier stream of them was lost.
    #[must_use]
    pub fn seals(deployment: &str, number: u32) -> Self {
        let uuid = derive_uuid(&[SEAL.as_bytes(), deployment.as_bytes(), &number.to_be_bytes()]);
        Self { word: SEAL.into(), uuid }
    }

    /// What is said of the record as a whole; there is one in each log.
    #[must_use]
    pub fn record() -> Self {
        Self { word: RECORD.into(), uuid: derive_uuid(&[RECORD.as_bytes()]) }
    }

    /// The word before the hyphen, which names the kind.
    #[must_use]
    pub fn word(&self) -> &str {
        &self.word
    }

    /// Whether it holds seals of a log.
    #[must_use]
    pub fn is_of_seals(&self) -> bool {
        &*self.word == SEAL
    }

    /// Whether it holds what is said of the record as a whole.
    #[must_use]
    pub fn is_of_record(&self) -> bool {
        *self == Self::record()
    }
}

impl fmt::Display for AsideStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.word, self.uuid)
    }
}

impl fmt::Debug for AsideStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for AsideStream {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let malformed = || IdError::Malformed(text.chars().take(60).collect());
        let (word, rest) = text.split_once('-').ok_or_else(malformed)?;
        let is_word = word.starts_with(|sign: char| sign.is_ascii_lowercase())
            && word.len() <= WORD_CHARS_MAX
            && word.chars().all(|sign| sign.is_ascii_lowercase() || sign == '_');
        let uuid = Uuid::try_parse(rest).map_err(|_| malformed())?;
        if !is_word || Kind::ALL.iter().any(|kind| kind.word() == word) || uuid.hyphenated().to_string() != rest {
            return Err(malformed());
        }
        Ok(Self { word: word.into(), uuid })
    }
}

impl Serialize for AsideStream {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AsideStream {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// An event of such a stream, as a store gives it back.
pub type AsideEvent = StoredEvent<AsideStream>;

/// The name of any stream of the record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamId {
    /// That of a thing.
    Thing(ThingId),
    /// One beside the things.
    Aside(AsideStream),
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thing(thing) => fmt::Display::fmt(thing, f),
            Self::Aside(stream) => fmt::Display::fmt(stream, f),
        }
    }
}

impl FromStr for StreamId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.parse().map(Self::Thing).or_else(|_| text.parse().map(Self::Aside))
    }
}

/// An event of any stream, by what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyEvent {
    /// About a thing.
    OfThing(StoredEvent),
    /// Beside the things.
    Aside(AsideEvent),
}

impl AnyEvent {
    /// The event, with the name of whatever stream it is in.
    #[must_use]
    pub fn named(self) -> StoredEvent<StreamId> {
        match self {
            Self::OfThing(event) => {
                let thing = event.thing;
                event.about(StreamId::Thing(thing))
            }
            Self::Aside(event) => {
                let stream = event.thing.clone();
                event.about(StreamId::Aside(stream))
            }
        }
    }
}

impl From<StoredEvent<StreamId>> for AnyEvent {
    fn from(event: StoredEvent<StreamId>) -> Self {
        match event.thing.clone() {
            StreamId::Thing(thing) => Self::OfThing(event.about(thing)),
            StreamId::Aside(stream) => Self::Aside(event.about(stream)),
        }
    }
}

/// What a store itself tells of a stream: no act, and not counted as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The id of the event by which it tells.
    pub id: EventId,
    /// Where in the log it tells it.
    pub position: Position,
    /// The name of the stream, without what the names of a deployment begin with.
    pub stream: String,
    /// What it tells.
    pub told: Told,
}

/// What a store tells of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It was deleted for good.
    Deleted,
    /// Its metadata has the store throw events of it away, or throw them away once it is tidied up.
    Limited,
    /// Its metadata has no such limit any more.
    Unlimited,
    /// It lies among the streams of the deployment, and can't be one of the record.
    Foreign,
}

/// The version of everything that is said beside the things.
pub(crate) const ASIDE_VERSION: u16 = 1;

impl AsideEvent {
    /// The leaf of the event before it in its stream, as this one names it; `None` where it names none that can be read.
    #[must_use]
    pub fn previous(&self) -> Option<Leaf> {
        serde_json::from_slice::<StoredMetadata>(&self.metadata).ok()?.previous
    }

    pub(crate) fn refuse_newer(&self) -> Result<(), DecodeError> {
        if self.version <= ASIDE_VERSION {
            return Ok(());
        }
        Err(DecodeError::NewerVersion { event_type: self.event_type.clone(), version: self.version, known: ASIDE_VERSION })
    }
}

/// Writes what is said beside the things for a store.
pub(crate) fn encode(
    id: EventId,
    event_type: &'static str,
    data: &impl Serialize,
    metadata: &Metadata,
    previous: Option<Leaf>,
) -> Result<NewEvent, EncodeError> {
    let metadata = serde_json::to_vec(&StoredMetadata::new(metadata.clone(), previous))?;
    Ok(NewEvent { id, event_type, version: ASIDE_VERSION, metadata, data: serde_json::to_vec(data)? })
}

/// Declares what the events of a stream beside the things may say.
macro_rules! said_aside {
    ($(#[$doc:meta])* $said:ident read by $decode:ident: $($variant:ident($payload:ident),)+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $said {
            $(
                #[doc = concat!("See [`", stringify!($payload), "`].")]
                $variant($payload),
            )+
        }

        /// The types of event that say it.
        pub(crate) const TYPES: &[$crate::EventType] = &[$($crate::EventType {
            name: stringify!($payload),
            version: $crate::aside::ASIDE_VERSION,
            schema: || schemars::schema_for!($payload),
        },)+];

        impl $said {
            /// Writes it for a store, to follow on the event whose leaf is `previous` in its stream.
            ///
            /// # Errors
            /// When it can't be written as JSON.
            pub fn encode(
                &self,
                id: $crate::EventId,
                metadata: &$crate::Metadata,
                previous: Option<$crate::Leaf>,
            ) -> Result<$crate::NewEvent, $crate::EncodeError> {
                match self {
                    $(Self::$variant(said) => $crate::aside::encode(id, stringify!($payload), said, metadata, previous),)+
                }
            }
        }

        impl $crate::AsideEvent {
            /// Reads the event.
            ///
            /// # Errors
            /// When the type is unknown, the version newer than this build, or the JSON not that of such an event.
            pub fn $decode(&self) -> Result<$said, $crate::DecodeError> {
                self.refuse_newer()?;
                let json = |source| $crate::wire::unreadable(&self.event_type, source);
                match self.event_type.as_str() {
                    $(stringify!($payload) => serde_json::from_slice(&self.data).map($said::$variant).map_err(json),)+
                    _ => Err($crate::DecodeError::UnknownAside {
                        stream: self.thing.word().to_owned(),
                        event_type: self.event_type.clone(),
                    }),
                }
            }
        }
    };
}

pub(crate) use said_aside;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_beside_the_things_is_a_word_and_a_uuid() {
        let uuid = "0b5e8a52-3c5f-5d0e-9d3c-2f6f0a1b2c3d";
        for word in ["seal", "ledger", "policy_measures"] {
            let name = format!("{word}-{uuid}");
            assert_eq!(name.parse::<AsideStream>().map(|stream| stream.to_string()), Ok(name));
        }
        let long = "a".repeat(41);
        for word in ["permit", "project", "", "_x", "Seal", "seal2", &long] {
            assert!(format!("{word}-{uuid}").parse::<AsideStream>().is_err(), "{word}");
        }
        for name in ["orders-17", "seal", "seal-", &format!("seal-{}", uuid.to_uppercase()), &format!("a-seal-{uuid}")] {
            assert!(name.parse::<AsideStream>().is_err(), "{name}");
        }
    }

    #[test]
    fn every_deployment_and_every_number_has_seals_of_its_own() {
        let [one, two, other] = [("a", 1), ("a", 2), ("b", 1)].map(|(name, number)| AsideStream::seals(name, number));
        assert_eq!(one, AsideStream::seals("a", 1));
        assert!(one.is_of_seals() && one != two && one != other);
        assert_eq!(one.to_string().parse(), Ok(one));
    }
}
