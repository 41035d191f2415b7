//! A checkpoint: the acts of a picture as bytes, so that a restart need not read the log from its start.
//!
//! It is a cache and nothing else. What follows from the acts is derived again, so that a checkpoint can't hold a
//! conclusion that this build would not draw.

use std::sync::{Arc, LazyLock};

use chrono::{DateTime, Utc};
use schema::{
    Act, EventId, Position, Recorded, ThingId, award::AwardFact, cluster::ClusterFact, initiative::InitiativeFact,
    organisation::OrganisationFact, partnership::PartnershipFact, permit::PermitFact, policy::PolicyMeasureFact,
    programme::ProgrammeFact, project::ProjectFact, register::RegisterFact,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{
    Kinded, Picture, Quarantined,
    things::{
        ActRecord, Award, Cluster, Initiative, Organisation, Partnership, Permit, PolicyMeasure, Programme, Project, Register,
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

#[derive(Serialize, Deserialize)]
struct Kept<F> {
    id: ThingId,
    revision: Option<u64>,
    unreadable: u32,
    acts: Vec<Arc<Recorded<Act<Arc<F>>>>>,
}

#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = ""))]
struct Checkpoint {
    build: [u8; 32],
    position: Option<Position>,
    last_event: Option<EventId>,
    recorded_at: Option<DateTime<Utc>>,
    events: u64,
    initiatives: Vec<Kept<InitiativeFact>>,
    organisations: Vec<Kept<OrganisationFact>>,
    clusters: Vec<Kept<ClusterFact>>,
    projects: Vec<Kept<ProjectFact>>,
    permits: Vec<Kept<PermitFact>>,
    programmes: Vec<Kept<ProgrammeFact>>,
    awards: Vec<Kept<AwardFact>>,
    partnerships: Vec<Kept<PartnershipFact>>,
    policy_measures: Vec<Kept<PolicyMeasureFact>>,
    registers: Vec<Kept<RegisterFact>>,
    quarantine: Vec<(Position, Quarantined)>,
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

fn keep<S: Kinded>(picture: &Picture) -> Vec<Kept<S::Fact>> {
    let kept = |thing: &Arc<Thing<S>>| Kept {
        id: thing.id(),
        revision: thing.revision(),
        unreadable: thing.unreadable(),
        acts: thing.acts().to_vec(),
    };
    picture.things::<S>().values().map(kept).collect()
}

fn restore<S: Kinded>(picture: &mut Picture, kept: Vec<Kept<S::Fact>>) {
    for Kept { id, revision, unreadable, acts } in kept {
        let acts: Vec<ActRecord<S::Fact>> = acts;
        picture.restore(Thing::<S>::kept(id, revision, unreadable, acts));
    }
}

const DIGEST_BYTES: usize = 32;

impl Picture {
    /// The picture as bytes, with their SHA-256 at the end.
    ///
    /// # Errors
    /// When a value can't be written; the picture is then kept by the log alone.
    pub fn to_checkpoint(&self) -> Result<Vec<u8>, rmp_serde::encode::Error> {
        let mut bytes = rmp_serde::to_vec_named(&Checkpoint {
            build: build(),
            position: self.position(),
            last_event: self.last_event(),
            recorded_at: self.recorded_at(),
            events: self.events(),
            initiatives: keep::<Initiative>(self),
            organisations: keep::<Organisation>(self),
            clusters: keep::<Cluster>(self),
            projects: keep::<Project>(self),
            permits: keep::<Permit>(self),
            programmes: keep::<Programme>(self),
            awards: keep::<Award>(self),
            partnerships: keep::<Partnership>(self),
            policy_measures: keep::<PolicyMeasure>(self),
            registers: keep::<Register>(self),
            quarantine: self.quarantine_entries().map(|(position, quarantined)| (*position, quarantined.clone())).collect(),
        })?;
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        Ok(bytes)
    }

    /// The picture that `bytes` were made from.
    ///
    /// # Errors
    /// When the bytes are damaged, or another build wrote them.
    pub fn from_checkpoint(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let at = bytes.len().checked_sub(DIGEST_BYTES).ok_or(CheckpointError::Damaged)?;
        let (body, digest) = bytes.split_at(at);
        if Sha256::digest(body).as_slice() != digest {
            return Err(CheckpointError::Damaged);
        }
        let kept: Checkpoint = rmp_serde::from_slice(body)?;
        if kept.build != build() {
            return Err(CheckpointError::OtherBuild);
        }
        let mut picture = Self::restored(kept.position, kept.last_event, kept.recorded_at, kept.events);
        restore::<Initiative>(&mut picture, kept.initiatives);
        restore::<Organisation>(&mut picture, kept.organisations);
        restore::<Cluster>(&mut picture, kept.clusters);
        restore::<Project>(&mut picture, kept.projects);
        restore::<Permit>(&mut picture, kept.permits);
        restore::<Programme>(&mut picture, kept.programmes);
        restore::<Award>(&mut picture, kept.awards);
        restore::<Partnership>(&mut picture, kept.partnerships);
        restore::<PolicyMeasure>(&mut picture, kept.policy_measures);
        restore::<Register>(&mut picture, kept.registers);
        picture.restore_quarantine(kept.quarantine);
        Ok(picture)
    }
}
