//! An act as those who follow the record are told of it, and which acts they want to be told of.

use std::collections::HashSet;

use gate::gated;
use graphql::{Code, GraphqlError};
use juniper::{GraphQLEnum, GraphQLInputObject, ID};
use projections::things::Project;
use schema::{ClusterId, Kind, ProjectId, ThingId};

use super::record::{AnyThing, TimelineEntry};
use crate::{
    Context,
    view::{View, id},
};

/// An act that was recorded, the thing it is about, and where to go on from.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct RecordedAct {
    /// The act, as the timeline of its thing shows it at the moment of delivery.
    pub entry: TimelineEntry,
    /// The thing that it is about.
    pub thing: RecordedThing,
    /// Give it as `after` to go on from here. It is of use to you only.
    pub token: String,
}

/// The thing that an act is about. Ask `node` for what is known of it.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct RecordedThing {
    /// The id of the thing.
    pub id: ID,
    /// What kind of thing it is.
    pub kind: ThingKind,
}

impl From<ThingId> for RecordedThing {
    fn from(thing: ThingId) -> Self {
        Self { id: ID::from(thing.to_string()), kind: thing.kind().into() }
    }
}

macro_rules! thing_kinds {
    ($($(#[$doc:meta])* $kind:ident,)+) => {
        /// A kind of thing.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, GraphQLEnum)]
        pub enum ThingKind {
            $($(#[$doc])* $kind,)+
        }

        impl From<Kind> for ThingKind {
            fn from(kind: Kind) -> Self {
                match kind {
                    $(Kind::$kind => Self::$kind,)+
                }
            }
        }

        impl From<ThingKind> for Kind {
            fn from(kind: ThingKind) -> Self {
                match kind {
                    $(ThingKind::$kind => Self::$kind,)+
                }
            }
        }
    };
}

thing_kinds! {
    /// What the clusters have signed.
    Initiative,
    /// A company, authority, funder, port, academic body or community body.
    Organisation,
    /// A geographic concentration of companies that share infrastructure, risk and demand.
    Cluster,
    /// An undertaking with stages and milestones.
    Project,
    /// One instrument of one authority under one regime.
    Permit,
    /// A programme that funds projects.
    Programme,
    /// Money that is sought, expected or given.
    Award,
    /// What two or more parties do together.
    Partnership,
    /// An act, a scheme or a plan that clusters rely on.
    PolicyMeasure,
    /// A register that facts are imported from.
    Register,
    /// Somebody who reads and records.
    Subject,
}

/// Which acts to be told of: those that fit every list that is given; an empty list is one that nothing fits.
#[derive(Debug, Clone, Default, GraphQLInputObject)]
pub struct RecordedFilter {
    /// About things of these kinds.
    pub kinds: Option<Vec<ThingKind>>,
    /// About these things.
    pub things: Option<Vec<ID>>,
    /// About these clusters, or what stands in one of them now: its projects, their permits, and the awards and
    /// partnerships for either.
    pub clusters: Option<Vec<ID>>,
    /// About these projects, or what is for one of them now: its permits, awards and partnerships.
    pub projects: Option<Vec<ID>>,
    /// Of these types of event, such as `PermitGranted`, `FactRetracted`, `FactConfirmed`, `FactDisputed` or
    /// `EvidenceAttached`.
    pub event_types: Option<Vec<String>>,
}

/// A filter that was read.
#[derive(Debug, Default)]
pub struct Wanted {
    kinds: Option<Vec<Kind>>,
    things: Option<HashSet<ThingId>>,
    clusters: Option<HashSet<ThingId>>,
    projects: Option<HashSet<ThingId>>,
    event_types: Option<HashSet<String>>,
}

impl Wanted {
    /// Reads `filter`.
    ///
    /// # Errors
    ///
    /// When an id is not one, or one of another kind of thing, or there is no such type of event.
    pub fn read(filter: RecordedFilter) -> Result<Self, GraphqlError> {
        let RecordedFilter { kinds, things, clusters, projects, event_types } = filter;
        Ok(Self {
            kinds: kinds.map(|kinds| kinds.into_iter().map(Kind::from).collect()),
            things: ids::<ThingId>(things)?,
            clusters: ids::<ClusterId>(clusters)?,
            projects: ids::<ProjectId>(projects)?,
            event_types: event_types.map(known_types).transpose()?,
        })
    }

    /// Whether acts about `thing` can be wanted at all.
    pub fn may_be_about(&self, thing: ThingId) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&thing.kind()))
            && self.things.as_ref().is_none_or(|things| things.contains(&thing))
    }

    /// Whether acts of this type are wanted.
    pub fn wants_type(&self, event_type: &str) -> bool {
        self.event_types.as_ref().is_none_or(|types| types.contains(event_type))
    }

    /// Whether `thing` stands where acts are wanted from, by what `view` shows of it.
    pub fn wants_place(&self, view: &View, thing: &AnyThing) -> bool {
        if self.clusters.is_none() && self.projects.is_none() {
            return true;
        }
        let named = thing.founding_references();
        let projects = named.iter().copied().filter(|named| named.kind() == Kind::Project);
        let through_projects = projects.filter_map(|project| view.history::<Project>(project)).map(AnyThing::Project);
        let named_by_projects: Vec<ThingId> = through_projects.flat_map(|project| project.founding_references()).collect();
        let around: HashSet<ThingId> = [thing.id()].into_iter().chain(named).chain(named_by_projects).collect();
        let wanted = |places: &Option<HashSet<ThingId>>| places.as_ref().is_none_or(|places| !places.is_disjoint(&around));
        wanted(&self.clusters) && wanted(&self.projects)
    }
}

fn ids<T>(given: Option<Vec<ID>>) -> Result<Option<HashSet<ThingId>>, GraphqlError>
where
    T: std::str::FromStr<Err = schema::IdError> + Into<ThingId>,
{
    let read = |ids: Vec<ID>| ids.iter().map(|given| id::<T>(given).map(Into::into)).collect();
    given.map(read).transpose()
}

/// Types of event that are not about one kind of thing.
const OF_ACTS: [&str; 4] = ["FactRetracted", "FactConfirmed", "FactDisputed", "EvidenceAttached"];

fn known_types(types: Vec<String>) -> Result<HashSet<String>, GraphqlError> {
    let known: HashSet<&str> = schema::event_types().map(|(_, of)| of.name).chain(OF_ACTS).collect();
    match types.iter().find(|name| !known.contains(name.as_str())) {
        None => Ok(types.into_iter().collect()),
        Some(unknown) => {
            let unknown: String = unknown.chars().take(60).collect();
            let message = format!("there is no type of event '{unknown}'; 'milepost schema' and the published schemas name them");
            Err(GraphqlError::new(Code::InvalidInput, message))
        }
    }
}
