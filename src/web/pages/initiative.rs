//! The initiative: what it states beside what is counted, its clusters, and where their projects stand.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::web::{chart, charts::world, failure::Failure, file::Format, moment::Moment, paging, visit::Visit, words};

const DOCUMENT: &str = concat!(include_str!("initiative.graphql"), include_str!("../parts/money.graphql"));

/// The page, or its clusters as a file.
///
/// # Errors
///
/// When nobody is signed in, or the API refuses.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let moment = Moment::of(&visit)?;
    let after = paging::cursor(&visit, "after")?;
    let mut data = visit.ask(DOCUMENT, &moment.variables(json!({ "after": after }))).await?;
    if let Some(format) = Format::of(&visit) {
        return clusters_file(format, &data["clusters"]["nodes"]);
    }
    chart::add_bars(&mut data["pipeline"], "projects");
    let latest = data["initiative"]["stated"].as_array().and_then(|stated| stated.last()).cloned();
    let content = json!({
        "moment": moment,
        "initiative": data["initiative"],
        "latest": latest,
        "counted": data["counted"][0],
        "pipeline": data["pipeline"],
        "continents": by_continent(&data["clusters"]["nodes"]),
        "map": world::map(&data["clusters"]["nodes"]),
        "cluster_count": data["clusters"]["totalCount"],
        "pager": paging::pager(&visit, "after", &data["clusters"]),
        "csv": paging::address(&visit, "format", Some("csv")),
    });
    visit.show("initiative.html", content)
}

/// The clusters of each continent, by country and name; those of an unknown country last.
fn by_continent(clusters: &Value) -> Value {
    let mut continents: BTreeMap<(bool, String), Vec<Value>> = BTreeMap::new();
    for cluster in clusters.as_array().into_iter().flatten() {
        let continent = cluster["country"].as_str().and_then(words::continent).map(words::continent_name);
        continents.entry((continent.is_none(), continent.unwrap_or_default())).or_default().push(cluster.clone());
    }
    let rows = continents.into_iter().map(|((unknown, name), mut clusters)| {
        clusters.sort_by_cached_key(|cluster| {
            let text = |name: &str| cluster[name].as_str().unwrap_or_default().to_owned();
            (words::country(&text("country")), text("name"))
        });
        json!({ "name": if unknown { Value::Null } else { json!(name) }, "clusters": clusters })
    });
    rows.collect()
}

fn clusters_file(format: Format, clusters: &Value) -> Result<HttpResponse, Failure> {
    let text = |value: &Value| {
        value.as_str().map_or_else(|| if value.is_null() { "unknown".into() } else { value.to_string() }, str::to_owned)
    };
    let row = |cluster: &Value| {
        let pillars = cluster["pillars"]["pillars"].as_array().into_iter().flatten();
        let named = ["id", "name", "country", "place", "signatorySince"].map(|name| text(&cluster[name]));
        named
            .into_iter()
            .chain(pillars.map(|pillar| text(&pillar["level"])))
            .chain([text(&cluster["rollUp"]["projects"])])
            .collect()
    };
    let rows: Vec<Vec<String>> = clusters.as_array().into_iter().flatten().map(row).collect();
    let columns =
        ["id", "name", "country", "place", "signatory since", "partnerships", "policy", "finance", "technology", "projects"];
    format.file("clusters", &columns, &rows)
}
