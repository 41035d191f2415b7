//! What is publicly known of the clusters' projects.

use std::collections::{BTreeMap, HashMap};

use projections::things::Project;
use rust_decimal::Decimal;
use schema::{
    ClusterId, CommandId, Date, Kind, Line, Precision, ThingId,
    project::{Capacity, CapacityUnit, Lever, ProjectFact, ProjectRegistered, ProjectStandingReported, Stage},
};
use serde::Deserialize;
use tokio::time::Duration;

use super::{DemoError, KnownFact, SEED_FACTS, day, line, subject};
use crate::app::App;

const FILE: &str = "seed-facts.json";
const PICTURE_WAIT: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
struct Seed {
    source: String,
    projects: Vec<SeedProject>,
}

#[derive(Deserialize)]
struct SeedProject {
    cluster: String,
    title: String,
    lever: Lever,
    stage: Option<Stage>,
    fact: String,
    abatement_t_per_year: Option<Decimal>,
    capacity: Option<SeedCapacity>,
}

#[derive(Deserialize)]
struct SeedCapacity {
    value: Decimal,
    unit: String,
}

/// Registers the projects, and reports the stages that the source states.
pub(super) async fn record(app: &App, clusters: &HashMap<String, ClusterId>) -> Result<(), DemoError> {
    let seed: Seed = serde_json::from_str(SEED_FACTS).map_err(|error| DemoError::file(FILE, &error))?;
    let source = line(FILE, &seed.source)?;
    // The source is of January 2024 and says how things stood then, not since when.
    let as_of = Date::try_new(day(2024, 1, 1), Precision::Month).map_err(|error| DemoError::file(FILE, &error))?;
    for cluster in clusters.values() {
        app.reached(cluster.thing(), 0, PICTURE_WAIT).await?;
    }
    for project in &seed.projects {
        let cluster = clusters.get(&project.cluster).copied();
        let cluster = cluster.ok_or_else(|| DemoError::file(FILE, &format!("there is no cluster {}", project.cluster)))?;
        record_project(app, project, cluster, as_of, &source).await?;
    }
    Ok(())
}

async fn record_project(
    app: &App,
    project: &SeedProject,
    cluster: ClusterId,
    as_of: Date,
    source: &Line,
) -> Result<(), DemoError> {
    let command_id = CommandId::derive(&["demonstration", "project", &project.cluster, &project.title]);
    let thing = ThingId::derive(Kind::Project, subject(), command_id);
    let known = |command_id, fact| KnownFact { thing, command_id, occurred_on: as_of, source: Some(source.clone()), fact };
    let registered = registered(project, cluster)?;
    app.record::<Project>(&known(command_id, registered.into()).submission(app)).await?;
    if let Some(stage) = project.stage {
        app.reached(thing, 0, PICTURE_WAIT).await?;
        let fact = ProjectFact::from(ProjectStandingReported { stage: Some(stage), standing: None });
        let command_id = CommandId::derive(&["demonstration", "stage", &project.cluster, &project.title]);
        app.record::<Project>(&known(command_id, fact).submission(app)).await?;
    }
    Ok(())
}

fn registered(project: &SeedProject, cluster: ClusterId) -> Result<ProjectRegistered, DemoError> {
    let capacity = project.capacity.as_ref().map(|capacity| match capacity.unit.as_str() {
        "MW" => Ok(Capacity { value: capacity.value, unit: CapacityUnit::Mw }),
        other => Err(DemoError::file(FILE, &format!("{other} is no unit of capacity"))),
    });
    Ok(ProjectRegistered {
        title: line(FILE, &project.title)?,
        cluster: Some(cluster),
        lead: None,
        country: None,
        place: None,
        levers: vec![project.lever],
        technology: None,
        capacity: capacity.transpose()?,
        abatement_t_per_year: project.abatement_t_per_year,
        capex: None,
        jobs: None,
        identifiers: Vec::new(),
        attributes: BTreeMap::from([(line(FILE, "publicly known")?, line(FILE, &project.fact)?)]),
    })
}
