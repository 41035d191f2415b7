//! The signatory clusters.

use std::collections::HashMap;

use projections::things::Cluster;
use schema::{
    ClusterId, CommandId, Country, Date, ExternalId, Kind, ThingId,
    cluster::{ClusterFact, ClusterRegistered},
};
use serde::Deserialize;

use super::{CLUSTERS, DemoError, KnownFact, line, subject};
use crate::app::App;

const FILE: &str = "clusters.csv";

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
pub(super) async fn record(app: &App) -> Result<HashMap<String, ClusterId>, DemoError> {
    let mut ids = HashMap::new();
    for row in csv::Reader::from_reader(CLUSTERS.as_bytes()).deserialize() {
        let row: Row = row.map_err(|error| DemoError::file(FILE, &error))?;
        let command_id = CommandId::derive(&["demonstration", "cluster", &row.id]);
        let thing = ThingId::derive(Kind::Cluster, subject(), command_id);
        let registered = ClusterRegistered {
            name: line(FILE, &row.name)?,
            country: row.country,
            place: None,
            sectors: Vec::new(),
            signatory_since: Some(row.signatory_since),
            identifiers: vec![ExternalId { scheme: line(FILE, "milepost")?, value: line(FILE, &row.id)? }],
        };
        let source = if row.confidence == "confirmed" { Some(line(FILE, &row.source)?) } else { None };
        let fact = ClusterFact::from(registered);
        let known = KnownFact { thing, command_id, occurred_on: row.signatory_since, source, fact };
        app.record::<Cluster>(&known.submission(app)).await?;
        ids.insert(row.id, ClusterId::new(thing.uuid()));
    }
    Ok(ids)
}
