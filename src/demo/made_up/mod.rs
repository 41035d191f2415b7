//! Clusters that are made up, with full histories, for trying things at size: invented clusters, places and
//! organisations, each of which says in its name that it is made up.
//!
//! The same seed gives the same record: cluster by cluster, so that more clusters can be added later to those that are
//! there. Whatever is recorded has passed the same decision as a command that somebody sends.

mod award;
mod chance;
mod cluster;
mod days;
mod history;
mod lands;
mod life;
mod names;
mod partnership;
mod permit;
mod project;
mod scene;
mod schedule;
mod story;
mod words;

pub(super) use self::words::MADE_UP;

use std::{sync::Arc, time::Duration};

use app::{App, Draft, RecordError};
use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use projections::{Picture, things::FlagCode};
use schema::ClusterId;
use tokio::task::spawn_blocking;

use self::{lands::Lands, scene::Outline};
use super::{DemoError, cast::Cast};

/// How many clusters are told or appended at once.
const CLUSTERS_AT_ONCE: usize = 4;
/// How long to wait for the picture to hold what was recorded before.
const PICTURE_WAIT: Duration = Duration::from_mins(10);

/// The last day on which anything made up has happened.
pub const AS_OF: chrono::NaiveDate = days::AS_OF;

/// The flags that made-up histories raise, and mean to: a milestone that was reached and never planned, where somebody
/// who may overrides the rule.
pub const FLAGS_MEANT: [FlagCode; 1] = [FlagCode::MilestoneNotPlanned];

/// What is to be made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MadeUp {
    /// How many clusters.
    pub clusters: u32,
    /// How many projects each has, on average.
    pub projects_per_cluster: u32,
    /// From what they are drawn.
    pub seed: u64,
}

/// How far the making up has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MadeUpStep {
    /// Clusters that are done, those of earlier starts included.
    pub clusters: u32,
    /// Clusters that are asked for.
    pub clusters_total: u32,
    /// Events that were recorded now.
    pub events: u64,
}

/// Records what is to be made up and is not on record yet; `watch` is told how far it has come.
///
/// # Errors
///
/// When the store fails. What was recorded until then stays, and the same again goes on from there.
pub async fn record_made_up(app: &App, made_up: MadeUp, watch: &(dyn Fn(MadeUpStep) + Sync)) -> Result<MadeUpStep, DemoError> {
    app.in_step(PICTURE_WAIT).await?;
    let (picture, now) = (app.picture(), app.now());
    let (draft, lands) = draft_common(&picture, made_up, now)?;
    let mut step = MadeUpStep { clusters_total: made_up.clusters, ..MadeUpStep::default() };
    let known = draft.picture().clone();
    step.events += draft.events() as u64;
    app.append_draft(draft).await?;
    let missing: Vec<_> = (0..made_up.clusters).filter(|number| !is_told(&picture, made_up.seed, *number, now)).collect();
    drop(picture);
    step.clusters = made_up.clusters - u32::try_from(missing.len()).unwrap_or(u32::MAX);
    let telling = missing.into_iter().map(|number| tell(app, made_up, number, known.clone(), Arc::clone(&lands), now));
    let mut told = stream::iter(telling).buffer_unordered(CLUSTERS_AT_ONCE);
    while let Some(events) = told.try_next().await? {
        step.clusters += 1;
        step.events += events;
        watch(step);
    }
    Ok(step)
}

/// Some of the clusters that `made_up` stands for, and who decides and pays in the country of the first.
pub(super) fn cast(app: &App, made_up: MadeUp, clusters_max: usize) -> Cast {
    let now = app.now();
    let clusters = (0..u64::from(made_up.clusters)).take(clusters_max).filter_map(|number| {
        let thing = cluster::thing_of(&scene::teller(made_up.seed, number, now), number);
        ClusterId::try_from(thing).ok()
    });
    let lands = lands::draft(&mut Draft::on((*app.picture()).clone()), made_up.seed, now).unwrap_or_default();
    let land = lands.get(Outline::of(made_up.seed, 0).land);
    let organisations = |voices: &[history::Voice]| voices.iter().filter_map(|voice| voice.organisation).collect();
    Cast {
        clusters: clusters.collect(),
        authorities: land.map(|land| organisations(&land.authorities)).unwrap_or_default(),
        funders: land.map(|land| organisations(&[land.public_funder, land.private_funder])).unwrap_or_default(),
    }
}

/// Drafts what all clusters have in common, and that each is registered.
fn draft_common(picture: &Picture, made_up: MadeUp, now: DateTime<Utc>) -> Result<(Draft, Lands), RecordError> {
    let mut draft = Draft::on(picture.clone());
    let lands = lands::draft(&mut draft, made_up.seed, now)?;
    for number in 0..u64::from(made_up.clusters) {
        let teller = scene::teller(made_up.seed, number, now);
        let outline = Outline::of(made_up.seed, number);
        let country = lands[outline.land].country;
        cluster::register(&mut draft, &teller, (made_up.seed, number), &outline, country)?;
    }
    Ok((draft, lands))
}

/// Whether all was told of the cluster: its own history, beyond its registration, comes last.
fn is_told(picture: &Picture, seed: u64, number: u32, now: DateTime<Utc>) -> bool {
    let number = u64::from(number);
    let thing = cluster::thing_of(&scene::teller(seed, number, now), number);
    picture.revision(thing).is_some_and(|revision| revision > 0)
}

/// Tells a cluster away from the threads that answer, and appends it; gives the number of its events.
async fn tell(
    app: &App,
    made_up: MadeUp,
    number: u32,
    known: Picture,
    lands: Lands,
    now: DateTime<Utc>,
) -> Result<u64, DemoError> {
    let drafting = spawn_blocking(move || story::draft(known, &lands, made_up, u64::from(number), now)).await;
    let draft = drafting.map_err(|error| RecordError::Unavailable(error.to_string()))??;
    let events = draft.events() as u64;
    app.append_draft(draft).await?;
    Ok(events)
}
