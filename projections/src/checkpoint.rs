//! A checkpoint: the acts of a picture as bytes, so that a restart need not read the log from its start.
//!
//! It is a cache and nothing else. What follows from the acts is derived again, so that a checkpoint can't hold a
//! conclusion that this build would not draw. It comes in parts, so that one of a large picture is written without a
//! second copy of it in memory, and read by several threads at once.

use std::{
    num::NonZeroUsize,
    sync::{Arc, LazyLock},
};

use schema::{
    Act, EventId, Kind, Leaf, Position, Recorded, ThingId, award::AwardFact, cluster::ClusterFact, initiative::InitiativeFact,
    organisation::OrganisationFact, partnership::PartnershipFact, permit::PermitFact, policy::PolicyMeasureFact,
    programme::ProgrammeFact, project::ProjectFact, register::RegisterFact, subject::SubjectFact,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{
    Kinded, OfRecord, Picture, Quarantined, Wholeness, for_kind,
    instants::Instants,
    things::{
        Award, Cluster, Initiative, Organisation, Partnership, Permit, PolicyMeasure, Programme, Project, Register, Subject,
        Thing,
    },
};

/// Why a checkpoint is of no use. Reading the log from its start is the remedy.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The bytes are not those that were written.
    #[error("the checkpoint is damaged")]
    Damaged,
    /// It was written by a build with other events.
    #[error("the checkpoint was written by another build")]
    OtherBuild,
    /// The bytes are right and can't be read.
    #[error("the checkpoint can't be read: {0}")]
    Unreadable(#[from] rmp_serde::decode::Error),
}

/// What is kept of one thing.
#[derive(Serialize, Deserialize)]
struct Kept<F> {
    id: ThingId,
    revision: Option<u64>,
    unreadable: u32,
    leaf: Option<Leaf>,
    acts: Vec<Arc<Recorded<Act<Arc<F>>>>>,
}

/// What a part holds, as it is written.
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = ""))]
enum Written {
    Head(Box<Head>),
    Initiatives(Vec<Kept<InitiativeFact>>),
    Organisations(Vec<Kept<OrganisationFact>>),
    Clusters(Vec<Kept<ClusterFact>>),
    Projects(Vec<Kept<ProjectFact>>),
    Permits(Vec<Kept<PermitFact>>),
    Programmes(Vec<Kept<ProgrammeFact>>),
    Awards(Vec<Kept<AwardFact>>),
    Partnerships(Vec<Kept<PartnershipFact>>),
    PolicyMeasures(Vec<Kept<PolicyMeasureFact>>),
    Registers(Vec<Kept<RegisterFact>>),
    Subjects(Vec<Kept<SubjectFact>>),
}

/// The first part: of what log, and how many parts there are beside it.
#[derive(Serialize, Deserialize)]
struct Head {
    build: [u8; 32],
    extent: Extent,
    instants: Instants,
    of_record: Arc<OfRecord>,
    wholeness: Wholeness,
    quarantine: Vec<(Position, Quarantined)>,
    parts: usize,
}

/// How far a checkpoint goes: what it says of the log that it was made of. Every later build can read this of one, also
/// where it can't use the rest, so these names stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Extent {
    /// The position of the last event that is in it.
    pub position: Option<Position>,
    /// The id of that event.
    pub last_event: Option<EventId>,
    /// How many events are in it.
    pub events: u64,
    /// The store's own hash over that event and all before it, where it keeps one.
    #[serde(default)]
    pub proof: Option<[u8; 32]>,
}

impl From<&Picture> for Extent {
    fn from(picture: &Picture) -> Self {
        Self { position: picture.position(), last_event: picture.last_event(), events: picture.events(), proof: picture.proof() }
    }
}

/// What is read of the first part where only the extent is wanted.
#[derive(Deserialize)]
enum ExtentOnly {
    Head(HeadExtent),
}

#[derive(Deserialize)]
struct HeadExtent {
    extent: Extent,
}

/// A part of a checkpoint that was read: its things have their conclusions drawn.
pub struct Part(Read);

enum Read {
    Head(Box<Head>),
    Initiatives(Vec<Thing<Initiative>>),
    Organisations(Vec<Thing<Organisation>>),
    Clusters(Vec<Thing<Cluster>>),
    Projects(Vec<Thing<Project>>),
    Permits(Vec<Thing<Permit>>),
    Programmes(Vec<Thing<Programme>>),
    Awards(Vec<Thing<Award>>),
    Partnerships(Vec<Thing<Partnership>>),
    PolicyMeasures(Vec<Thing<PolicyMeasure>>),
    Registers(Vec<Thing<Register>>),
    Subjects(Vec<Thing<Subject>>),
}

/// A kind of thing with its place among the parts.
trait Parted: Kinded {
    fn written(kept: Vec<Kept<Self::Fact>>) -> Written;
}

macro_rules! parts {
    ($($state:ident as $variant:ident;)+) => {
        $(
            impl Parted for $state {
                fn written(kept: Vec<Kept<Self::Fact>>) -> Written {
                    Written::$variant(kept)
                }
            }
        )+

        impl From<Written> for Part {
            fn from(written: Written) -> Self {
                Self(match written {
                    Written::Head(head) => Read::Head(head),
                    $(Written::$variant(kept) => Read::$variant(kept.into_iter().map(thing::<$state>).collect()),)+
                })
            }
        }

        impl Picture {
            /// Puts back the things of `part`; a head holds none and is handed back.
            fn restore_part(&mut self, part: Part) -> Option<Box<Head>> {
                match part.0 {
                    Read::Head(head) => return Some(head),
                    $(Read::$variant(things) => things.into_iter().for_each(|thing| self.restore::<$state>(thing)),)+
                }
                None
            }
        }
    };
}

parts! {
    Initiative as Initiatives;
    Organisation as Organisations;
    Cluster as Clusters;
    Project as Projects;
    Permit as Permits;
    Programme as Programmes;
    Award as Awards;
    Partnership as Partnerships;
    PolicyMeasure as PolicyMeasures;
    Register as Registers;
    Subject as Subjects;
}

/// Changes with the version of the build and with the shape of every event: what an older build did not know of an event
/// is not in its checkpoints, while the log has it.
fn build() -> [u8; 32] {
    static BUILD: LazyLock<[u8; 32]> = LazyLock::new(|| {
        let mut hasher = Sha256::new();
        hasher.update(env!("CARGO_PKG_VERSION"));
        for (name, schema) in schema::published_schemas() {
            hasher.update(format!("{name} {}\n", schema.as_value()));
        }
        hasher.finalize().into()
    });
    *BUILD
}

fn kept<S: Kinded>(thing: &Thing<S>) -> Kept<S::Fact> {
    Kept {
        id: thing.id(),
        revision: thing.revision(),
        unreadable: thing.unreadable(),
        leaf: thing.leaf(),
        acts: thing.acts().iter().cloned().collect(),
    }
}

fn thing<S: Kinded>(kept: Kept<S::Fact>) -> Thing<S> {
    let mut thing = Thing::kept(kept.id, kept.revision, kept.unreadable, kept.acts.into());
    if let Some(leaf) = kept.leaf {
        thing.follow(leaf);
    }
    thing.derive();
    thing
}

const DIGEST_BYTES: usize = 32;

/// What is written of a part: its bytes, with their SHA-256 at the end.
type Encoded = Result<Vec<u8>, rmp_serde::encode::Error>;

fn encode(written: &Written) -> Encoded {
    let mut bytes = rmp_serde::to_vec_named(written)?;
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    Ok(bytes)
}

/// The parts of all things of a kind, each with up to `size` of them, written one after the other as they are asked for.
fn encode_things<S: Parted>(picture: &Picture, size: usize) -> Box<dyn Iterator<Item = Encoded> + '_> {
    let mut things = picture.things::<S>().values();
    Box::new(std::iter::from_fn(move || {
        let part: Vec<_> = things.by_ref().take(size).map(|thing| kept(thing)).collect();
        (!part.is_empty()).then(|| encode(&S::written(part)))
    }))
}

impl Part {
    /// The part that `bytes` were written from.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, CheckpointError> {
        Ok(rmp_serde::from_slice::<Written>(body(bytes)?)?.into())
    }
}

/// What a part says, without its digest.
fn body(bytes: &[u8]) -> Result<&[u8], CheckpointError> {
    let at = bytes.len().checked_sub(DIGEST_BYTES).ok_or(CheckpointError::Damaged)?;
    let (body, digest) = bytes.split_at(at);
    if Sha256::digest(body).as_slice() == digest { Ok(body) } else { Err(CheckpointError::Damaged) }
}

impl Extent {
    /// The extent that the first part of a checkpoint gives, whichever build wrote it.
    ///
    /// # Errors
    /// When the bytes are damaged, or are no first part.
    pub fn decode(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let ExtentOnly::Head(HeadExtent { extent }) = rmp_serde::from_slice(body(bytes)?)?;
        Ok(extent)
    }
}

impl Picture {
    /// The picture as the parts of a checkpoint, each with up to `size` things, in the order in which they belong. They
    /// are made as they are asked for.
    ///
    /// # Errors
    /// A part that can't be written; the picture is then kept by the log alone.
    pub fn checkpoint(&self, size: NonZeroUsize) -> impl Iterator<Item = Encoded> {
        let parts = |kind: Kind| for_kind!(kind, S => self.things::<S>().len().div_ceil(size.get()));
        let head = Written::Head(Box::new(Head {
            build: build(),
            extent: Extent::from(self),
            instants: self.instants(),
            of_record: Arc::clone(self.of_record()),
            wholeness: self.wholeness().clone(),
            quarantine: self.quarantine_entries().map(|(position, quarantined)| (*position, quarantined.clone())).collect(),
            parts: Kind::ALL.into_iter().map(parts).sum(),
        }));
        let things = move |kind: Kind| for_kind!(kind, S => encode_things::<S>(self, size.get()));
        std::iter::once_with(move || encode(&head)).chain(Kind::ALL.into_iter().flat_map(things))
    }

    /// The picture of which `parts` are the checkpoint.
    ///
    /// # Errors
    /// When a part is missing or there twice, or another build wrote them.
    pub fn from_checkpoint(parts: impl IntoIterator<Item = Part>) -> Result<Self, CheckpointError> {
        let mut parts = parts.into_iter();
        let Some(Part(Read::Head(head))) = parts.next() else { return Err(CheckpointError::Damaged) };
        if head.build != build() {
            return Err(CheckpointError::OtherBuild);
        }
        let mut picture = Self::restored(&head.extent, head.instants, head.of_record, head.wholeness);
        let mut count = 0;
        for part in parts {
            count += 1;
            if picture.restore_part(part).is_some() {
                return Err(CheckpointError::Damaged);
            }
        }
        picture.restore_quarantine(head.quarantine);
        if count == head.parts { Ok(picture) } else { Err(CheckpointError::Damaged) }
    }
}
