//! An app on an embedded store whose clock stands still, so that two records can be compared to the last bit.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use app::App;
use chrono::{DateTime, Utc};
use projections::{Kinded, Picture, for_kind, things::Flag};
use schema::{Act, Fact, Kind, Metadata, ThingId};
use serde_json::Value;
use store::embedded::EmbeddedStore;
use tempfile::TempDir;

/// When everything is recorded.
fn clock() -> DateTime<Utc> {
    "2026-09-01T12:00:00Z".parse().unwrap()
}

pub struct World {
    pub app: Arc<App>,
    _directory: TempDir,
}

impl World {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open_with_clock(directory.path(), clock).unwrap();
        let (app, projector) = App::new(Arc::new(store), Picture::default(), clock);
        tokio::spawn(projector.run());
        Self { app, _directory: directory }
    }

    /// Everything that is in the log.
    pub async fn picture(&self) -> Arc<Picture> {
        self.app.in_step(Duration::from_mins(2)).await.unwrap();
        self.app.picture()
    }
}

/// One act, as it is stored.
pub struct Told {
    pub thing: ThingId,
    pub event_type: &'static str,
    pub metadata: Metadata,
    pub payload: Value,
}

/// Every act on every thing that is on record.
pub fn acts(picture: &Picture) -> Vec<Told> {
    Kind::ALL.into_iter().flat_map(|kind| for_kind!(kind, S => acts_of::<S>(picture))).collect()
}

fn acts_of<S: Kinded>(picture: &Picture) -> Vec<Told> {
    let told = |act: &projections::things::ActRecord<S::Fact>| {
        let (event_type, payload) = match &act.content {
            Act::Stated(fact) | Act::Corrected { fact, .. } => {
                (fact.event_type().name, serde_json::from_slice(&fact.encode().unwrap()).unwrap())
            }
            Act::Retracted { .. } => ("FactRetracted", Value::Null),
            Act::Confirmed { .. } => ("FactConfirmed", Value::Null),
            Act::Disputed { .. } => ("FactDisputed", Value::Null),
            Act::EvidenceAttached { .. } => ("EvidenceAttached", Value::Null),
        };
        Told { thing: act.header.thing, event_type, metadata: act.metadata.clone(), payload }
    };
    picture.things::<S>().values().flat_map(|thing| thing.acts().iter().map(told)).collect()
}

/// All that is on record, but for the instants, which follow from who came first of several who record at once.
pub async fn said(world: &World) -> Vec<String> {
    let picture = &world.picture().await;
    let told = |Told { thing, event_type, metadata, payload }| format!("{thing} {event_type} {metadata:?} {payload}");
    let flags = flags(picture).into_iter().map(|(thing, flags)| format!("{thing} {flags:?}"));
    acts(picture).into_iter().map(told).chain(flags).collect()
}

/// The flags of every thing that has any.
pub fn flags(picture: &Picture) -> BTreeMap<ThingId, Vec<Flag>> {
    Kind::ALL.into_iter().flat_map(|kind| for_kind!(kind, S => flags_of::<S>(picture))).collect()
}

fn flags_of<S: Kinded>(picture: &Picture) -> Vec<(ThingId, Vec<Flag>)> {
    let flagged = picture.things::<S>().values().filter(|thing| !thing.flags().is_empty());
    flagged.map(|thing| (thing.id(), thing.flags().to_vec())).collect()
}
