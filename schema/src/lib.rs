//! The written record of Milepost: what is said, in the words of the field.
//!
//! A *fact* is a payload such as [`permit::PermitGranted`]. An *act* says something about a fact: it states it,
//! corrects it, retracts it, confirms it, disputes it or attaches evidence. What the log holds is a sequence of acts, each with
//! the [`Metadata`] that says who recorded it, when it occurred and from what source.
//!
//! This crate performs no I/O and reads no clock.

mod aside;
pub mod award;
pub mod cluster;
mod date;
mod document;
mod envelope;
mod fact;
mod ids;
pub mod initiative;
mod leaf;
mod money;
pub mod organisation;
pub mod partnership;
pub mod permit;
mod place;
pub mod policy;
pub mod programme;
pub mod project;
pub mod record;
pub mod register;
pub mod seal;
pub mod subject;
mod text;
mod upcast;
mod wire;

pub use aside::{AnyEvent, AsideEvent, AsideStream, Notice, StreamId, Told};
pub use date::{Date, DateError, Precision};
pub use document::{DocumentLocationError, check_document_location};
pub use envelope::{
    Act, Acting, Assurance, Content, Evidence, Header, Metadata, Origin, Position, Provenance, Recorded, RegisterRow, Side,
    Visibility,
};
pub use fact::{EventType, Fact, Named, OCCURRED_ON, Rank, Settled, event_types, members_changed, with_members};
pub use ids::{
    AwardId, ClusterId, CommandId, CredentialId, EventId, IdError, InitiativeId, Kind, OrganisationId, PartnershipId, PermitId,
    PolicyMeasureId, ProgrammeId, ProjectId, RegisterId, SubjectId, ThingId,
};
pub use leaf::{Leaf, LeafError, RunningHash};
pub use money::{Currency, Exactness, Money, MoneyError};
pub use place::{Country, Jurisdiction, Location, LocationError, PlaceError, countries};
pub use text::{ExternalId, LanguageError, LanguageTag, Line, LineKey, Note, TextError};
pub use upcast::{Step, upcast_with};
pub use wire::{APPEND_BYTES_MAX, DecodeError, EncodeError, NewEvent, StoredEvent, event_type_name, published_schemas};
