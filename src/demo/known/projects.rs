//! What is known of the clusters' projects.

use std::collections::BTreeMap;

use projections::things::Project;
use schema::{
    ClusterId, Kind, ThingId,
    project::{Capacity, CapacityCommissioned, ProjectRegistered, ProjectStandingReported, Stage},
};

use super::{Clusters, Recorder, cluster_called, founded, line, seed::SeedProject};
use crate::demo::DemoError;

/// Registers the projects, reports the stages that the source states, and what is in place of those that operate.
pub(super) async fn record(recorder: &Recorder<'_>, projects: &[SeedProject], clusters: &Clusters) -> Result<(), DemoError> {
    for project in projects {
        let thing = thing_of(project);
        let registered = registered(project, cluster_called(clusters, &project.cluster)?)?;
        recorder.by_source::<Project>(thing, &["project", &project.cluster, &project.title], registered).await?;
        if let Some(stage) = project.stage {
            let reported = ProjectStandingReported { stage: Some(stage), standing: None };
            recorder.by_source::<Project>(thing, &["stage", &project.cluster, &project.title], reported).await?;
        }
        if let Some(capacity) = project.capacity.as_ref().filter(|_| project.stage == Some(Stage::Operational)) {
            // It works; the source says by when, and not since when.
            let commissioned = CapacityCommissioned { capacity: capacity.into(), part: None };
            recorder.by_source::<Project>(thing, &["capacity", &project.cluster, &project.title], commissioned).await?;
        }
    }
    Ok(())
}

/// The thing that `project` is.
pub(super) fn thing_of(project: &SeedProject) -> ThingId {
    founded(Kind::Project, &["project", &project.cluster, &project.title])
}

fn registered(project: &SeedProject, cluster: ClusterId) -> Result<ProjectRegistered, DemoError> {
    Ok(ProjectRegistered {
        title: line(&project.title)?,
        cluster: Some(cluster),
        lead: None,
        country: None,
        place: None,
        levers: vec![project.lever],
        technology: None,
        capacity: project.capacity.as_ref().map(Capacity::from),
        abatement_t_per_year: project.abatement_t_per_year,
        capex: None,
        jobs: None,
        identifiers: Vec::new(),
        attributes: BTreeMap::from([(line("publicly known")?, line(&project.fact)?)]),
        abatement_bound: None,
        part_of: None,
        capacities: Vec::new(),
        location: None,
        abatement_counted_in: None,
    })
}
