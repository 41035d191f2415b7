//! The signatory clusters, and where three of them start from.

use projections::things::Cluster;
use schema::{
    ClusterId, Country, Date, ExternalId, Kind, Line,
    cluster::{Bound, ClusterBaselineStated, ClusterRegistered, StatedCount, StatedEmissions, StatedMoney},
};
use serde::Deserialize;

use super::{
    Clusters, Known, Recorder, Source, cluster_called, founded,
    initiative::{tonnes, usd_of_bn},
    seed::SeedBaseline,
};
use crate::demo::DemoError;

const FILE: &str = "clusters.csv";
const CLUSTERS: &str = include_str!("../../../demo/clusters.csv");

#[derive(Deserialize)]
struct Row {
    id: String,
    name: String,
    country: Country,
    signatory_since: Date,
    confidence: String,
    source: String,
}

/// Registers the clusters, and says under which id each is on record.
pub(super) async fn record(recorder: &Recorder<'_>) -> Result<Clusters, DemoError> {
    let mut ids = Clusters::new();
    for row in csv::Reader::from_reader(CLUSTERS.as_bytes()).deserialize() {
        let row: Row = row.map_err(|error| unfit(&error))?;
        let name = ["cluster", row.id.as_str()];
        let thing = founded(Kind::Cluster, &name);
        let registered = ClusterRegistered {
            name: line(&row.name)?,
            country: row.country,
            place: None,
            sectors: Vec::new(),
            signatory_since: Some(row.signatory_since),
            identifiers: vec![ExternalId { scheme: line("milepost")?, value: line(&row.id)? }],
            location: None,
        };
        // What is not sure has no document behind it.
        let document = if row.confidence == "confirmed" { Some(line(&row.source)?) } else { None };
        let fact = registered.into();
        recorder.record::<Cluster>(Known { name: &name, thing, occurred_on: row.signatory_since, document, fact }).await?;
        ids.insert(row.id, ClusterId::new(thing.uuid()));
    }
    Ok(ids)
}

fn unfit(error: &dyn std::fmt::Display) -> DemoError {
    DemoError::File { file: FILE, says: error.to_string() }
}

fn line(text: &str) -> Result<Line, DemoError> {
    Line::try_new(text).map_err(|error| unfit(&error))
}

/// Records the baselines, each as of the month of its own source.
pub(super) async fn record_baselines(
    recorder: &Recorder<'_>,
    baselines: &[SeedBaseline],
    clusters: &Clusters,
) -> Result<(), DemoError> {
    for baseline in baselines {
        let own = baseline.source.as_deref().map(Source::of).transpose()?;
        let source = own.as_ref().unwrap_or(&recorder.source);
        let known = Known {
            name: &["baseline", baseline.cluster.as_str()],
            thing: cluster_called(clusters, &baseline.cluster)?.thing(),
            occurred_on: source.month,
            document: Some(source.title.clone()),
            fact: stated(baseline)?.into(),
        };
        recorder.record::<Cluster>(known).await?;
    }
    Ok(())
}

fn stated(baseline: &SeedBaseline) -> Result<ClusterBaselineStated, DemoError> {
    let count = |count, bound| StatedCount { count, bound, year: None };
    let gdp = baseline.gdp_usd_bn.map(usd_of_bn).transpose()?;
    Ok(ClusterBaselineStated {
        emissions: baseline.emissions_mt_co2e.map(|mt| StatedEmissions { t_per_year: tonnes(mt), year: baseline.emissions_year }),
        gdp: gdp.map(|amount| StatedMoney { amount, year: baseline.gdp_year }),
        jobs: baseline.jobs.map(|jobs| count(jobs, Bound::Exactly)),
        tenants: baseline.tenants_over.map(|tenants| count(tenants, Bound::AtLeast)),
        companies: baseline.companies.map(|companies| count(companies, Bound::Exactly)),
    })
}
