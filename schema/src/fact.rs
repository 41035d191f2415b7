//! What all facts have in common, and the macro that lists the facts of one kind of thing.

use std::collections::BTreeSet;

use schemars::Schema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, error::Error as JsonError};

use crate::{Act, Content, EventId, Kind, Line, ThingId};

/// The name, the version and the published schema of one type of event.
#[derive(Debug, Clone, Copy)]
pub struct EventType {
    /// A noun and a past participle, such as `PermitGranted`.
    pub name: &'static str,
    /// The version that this build writes.
    pub version: u16,
    /// JSON Schema of the payload.
    pub schema: fn() -> Schema,
}

/// The payload of an event. It may name the version that this build writes, where that is not the first.
pub(crate) trait Payload {
    /// Raised when the shape changes; added optional fields keep it.
    const VERSION: u16 = 1;
}

/// An earlier fact of the same thing that a fact names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// The fact, by the id of the act that stated it.
    pub fact: EventId,
    /// The types of which it may be.
    pub types: &'static [&'static str],
}

impl Named {
    /// What `fact` names, if it names something; it has to be of one of `types`.
    pub(crate) fn of(fact: Option<EventId>, types: &'static [&'static str]) -> Option<Self> {
        fact.map(|fact| Self { fact, types })
    }
}

/// Where a fact stands in the life of its thing: of facts of one day, the one of lower rank comes first.
///
/// It is of the payload and not of the type: one type has a rank for each stage, and two types that say the same (a
/// milestone is planned, the investment decision is planned) share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rank {
    /// The place of a type among those of the kind.
    place: u8,
    /// The step within it.
    step: u8,
}

impl Rank {
    pub(crate) const fn new(place: u8, step: u8) -> Self {
        Self { place, step }
    }
}

/// What a fact settles, and how. Two facts of one day and one rank that settle one matter in two ways can't both hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Settled {
    /// The matter: what an estimate says the project costs, when a milestone is due.
    pub matter: String,
    /// How it is settled, as JSON.
    pub how: String,
}

impl Settled {
    /// That `matter` is settled by `how`.
    pub(crate) fn new(matter: impl Into<String>, how: &impl Serialize) -> Self {
        Self { matter: matter.into(), how: serde_json::to_string(how).unwrap_or_default() }
    }

    /// The same for what may be left out, and then settles nothing.
    pub(crate) fn given<T: Serialize>(matter: impl Into<String>, how: Option<&T>) -> Option<Self> {
        how.map(|how| Self::new(matter, how))
    }
}

/// A fact of one kind of thing.
pub trait Fact: Clone + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The kind of thing that has such facts.
    const KIND: Kind;
    /// Every type of event, in the order of life.
    const TYPES: &'static [EventType];

    /// The index of this fact's type in [`Fact::TYPES`]: the order of life, of types.
    fn order_of_life(&self) -> usize;

    /// Where this fact stands in life: that puts facts of one day in order.
    fn rank(&self) -> Rank;

    /// What this fact settles so that another of the same day and rank can only say the same.
    fn settles(&self) -> Vec<Settled>;

    /// The payload as JSON.
    ///
    /// # Errors
    /// When the payload can't be written as JSON.
    fn encode(&self) -> Result<Vec<u8>, JsonError>;

    /// Reads the payload of the type at `index` of [`Fact::TYPES`].
    ///
    /// # Errors
    /// When the JSON is not such a payload.
    fn decode(index: usize, data: &[u8]) -> Result<Self, JsonError>;

    /// The other things that this fact names.
    fn references(&self) -> Vec<ThingId>;

    /// The earlier facts of the same thing that this fact names, and of which type each has to be.
    fn named(&self) -> Vec<Named>;

    /// Whether two that are equal and of one day can both be so, as two payments of one amount can.
    fn recurs(&self) -> bool;

    /// Puts an act on such a fact among acts of all kinds.
    fn content(act: Act<Self>) -> Content;

    /// The type of this fact.
    fn event_type(&self) -> &'static EventType {
        &Self::TYPES[self.order_of_life()]
    }
}

/// What the members of a correction call the date of its fact, which is beside the payload.
pub const OCCURRED_ON: &str = "occurred_on";

/// `fact` with its members `names` as `said` has them, of the same type; one that `said` leaves out is emptied.
///
/// # Errors
/// When the members don't go together, or a payload can't be written as JSON.
pub fn with_members<F: Fact>(fact: &F, said: &F, names: &[Line]) -> Result<F, JsonError> {
    let (mut members, said) = (members_of(fact)?, members_of(said)?);
    for name in names.iter().map(Line::as_str).filter(|name| *name != OCCURRED_ON) {
        match said.get(name) {
            Some(value) => members.insert(name.to_owned(), value.clone()),
            None => members.remove(name),
        };
    }
    F::decode(fact.order_of_life(), &serde_json::to_vec(&members)?)
}

fn members_of<F: Fact>(fact: &F) -> Result<Map<String, Value>, JsonError> {
    serde_json::from_slice(&fact.encode()?)
}

/// The members in which two facts of one type differ, by their names in the payload; one that is left out differs from
/// one that is there. None where a payload can't be written as JSON.
#[must_use]
pub fn members_changed<F: Fact>(was: &F, is: &F) -> Vec<Line> {
    let (Ok(was), Ok(is)) = (members_of(was), members_of(is)) else { return Vec::new() };
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let changed = names.into_iter().filter(|name| was.get(*name) != is.get(*name));
    changed.filter_map(|name| name.parse().ok()).collect()
}

/// Does the same with the facts of whichever kind of thing.
macro_rules! for_facts {
    ($kind:expr, $facts:ident => $body:expr) => {
        match $kind {
            $crate::Kind::Initiative => {
                type $facts = $crate::initiative::InitiativeFact;
                $body
            }
            $crate::Kind::Organisation => {
                type $facts = $crate::organisation::OrganisationFact;
                $body
            }
            $crate::Kind::Cluster => {
                type $facts = $crate::cluster::ClusterFact;
                $body
            }
            $crate::Kind::Project => {
                type $facts = $crate::project::ProjectFact;
                $body
            }
            $crate::Kind::Permit => {
                type $facts = $crate::permit::PermitFact;
                $body
            }
            $crate::Kind::Programme => {
                type $facts = $crate::programme::ProgrammeFact;
                $body
            }
            $crate::Kind::Award => {
                type $facts = $crate::award::AwardFact;
                $body
            }
            $crate::Kind::Partnership => {
                type $facts = $crate::partnership::PartnershipFact;
                $body
            }
            $crate::Kind::PolicyMeasure => {
                type $facts = $crate::policy::PolicyMeasureFact;
                $body
            }
            $crate::Kind::Register => {
                type $facts = $crate::register::RegisterFact;
                $body
            }
            $crate::Kind::Subject => {
                type $facts = $crate::subject::SubjectFact;
                $body
            }
        }
    };
}

pub(crate) use for_facts;

/// Every type of event that states a fact, kind by kind.
pub fn event_types() -> impl Iterator<Item = (Kind, &'static EventType)> {
    Kind::ALL.into_iter().flat_map(|kind| {
        let types: &'static [EventType] = for_facts!(kind, F => <F as Fact>::TYPES);
        types.iter().map(move |event_type| (kind, event_type))
    })
}

/// Declares the facts of one kind of thing. Each variant is named like its payload and its event type; the order of
/// the variants is the order of life. `named` says which earlier facts a fact names. `ranked` says which facts have another
/// rank than that of their type: that of which type, and which step of it. `settling` says what a fact settles, where a
/// later one takes its place. `recurring` are those of which two that are equal can both be so.
macro_rules! facts {
    (
        $(#[$doc:meta])* $facts:ident of $kind:ident { $($(#[$variant_doc:meta])* $fact:ident,)+ }
        references $references:expr;
        $(named $named:expr;)?
        $(ranked $ranked:expr;)?
        $(settling $settling:expr;)?
        $(recurring $($recurring:ident)|+;)?
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub enum $facts {
            $($(#[$variant_doc])* $fact($fact),)+
        }

        $(
            impl From<$fact> for $facts {
                fn from(fact: $fact) -> Self {
                    Self::$fact(fact)
                }
            }
        )+

        #[derive(Clone, Copy)]
        #[allow(dead_code, clippy::enum_variant_names, reason = "only the order of these is used")]
        enum Order { $($fact,)+ }

        impl $crate::Fact for $facts {
            const KIND: $crate::Kind = $crate::Kind::$kind;
            const TYPES: &'static [$crate::EventType] = &[$($crate::EventType {
                name: stringify!($fact),
                version: <$fact as $crate::fact::Payload>::VERSION,
                schema: || schemars::schema_for!($fact),
            },)+];

            fn order_of_life(&self) -> usize {
                match self {
                    $(Self::$fact(_) => Order::$fact as usize,)+
                }
            }

            fn rank(&self) -> $crate::Rank {
                let ranked: &[fn(&Self) -> Option<(Order, u8)>] = &[$($ranked)?];
                let (order, step) = ranked.iter().find_map(|ranked| ranked(self)).unwrap_or(match self {
                    $(Self::$fact(_) => (Order::$fact, 0),)+
                });
                $crate::Rank::new(order as u8, step)
            }

            fn settles(&self) -> Vec<$crate::Settled> {
                let settling: &[fn(&Self) -> Vec<$crate::Settled>] = &[$($settling)?];
                settling.iter().flat_map(|settling| settling(self)).collect()
            }

            fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
                match self {
                    $(Self::$fact(fact) => serde_json::to_vec(fact),)+
                }
            }

            fn decode(index: usize, data: &[u8]) -> Result<Self, serde_json::Error> {
                type Decode = fn(&[u8]) -> Result<$facts, serde_json::Error>;
                const DECODERS: &[Decode] = &[$(|data| serde_json::from_slice(data).map($facts::$fact),)+];
                DECODERS.get(index).map_or_else(
                    || Err(serde::de::Error::custom("no such type of event")),
                    |decode| decode(data),
                )
            }

            fn references(&self) -> Vec<$crate::ThingId> {
                let references: fn(&Self) -> Vec<$crate::ThingId> = $references;
                references(self)
            }

            fn named(&self) -> Vec<$crate::Named> {
                let naming: &[fn(&Self) -> Vec<$crate::Named>] = &[$($named)?];
                naming.iter().flat_map(|named| named(self)).collect()
            }

            fn recurs(&self) -> bool {
                false $(|| matches!(self, $(Self::$recurring(_))|+))?
            }

            fn content(act: $crate::Act<Self>) -> $crate::Content {
                $crate::Content::$kind(act)
            }
        }
    };
}

pub(crate) use facts;

/// Declares payloads: plain structs that are stored as JSON. What is optional is left out when it is not known. A shape
/// that is no longer the first says which version it is.
macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident $(version $version:literal)? { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl $crate::fact::Payload for $name {
            $(const VERSION: u16 = $version;)?
        }
    )+};
}

pub(crate) use payloads;
