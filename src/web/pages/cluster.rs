//! A cluster: what limits it and what would raise it, its four ladders drawn, its projects; the rest folded.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::{LADDER_COLUMNS, draw_ladders, ladder_rows};
use crate::web::{charts::levels as levels_over_time, failure::Failure, file::Format, moment::Moment, paging, visit::Visit};

const DOCUMENT: &str = concat!(include_str!("cluster.graphql"), include_str!("../parts/pillars.graphql"));

/// The page, or its ladders as a file.
///
/// # Errors
///
/// When nobody is signed in, there is no such cluster, or the API refuses.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let (moment, id) = (Moment::of(&visit)?, visit.id("cluster")?);
    let variables = json!({
        "id": id,
        "projectsAfter": paging::cursor(&visit, "projectsAfter")?,
        "partnershipsAfter": paging::cursor(&visit, "partnershipsAfter")?,
        "awardsAfter": paging::cursor(&visit, "awardsAfter")?,
    });
    let mut data = visit.ask(DOCUMENT, &moment.variables(variables)).await?;
    if data["cluster"].is_null() {
        return Err(Failure::not_found());
    }
    if let Some(format) = Format::of(&visit) {
        return format.file(&format!("{id}-ladders"), &LADDER_COLUMNS, &ladder_rows(&data["cluster"]["pillars"]));
    }
    draw_ladders(&mut data["cluster"]["pillars"], "cluster");
    let opens_all = visit.parameter("open") == Some("all");
    let is_paged = |name: &str| opens_all || visit.parameter(name).is_some();
    let content = json!({
        "history": levels_over_time::drawing(&data["cluster"]["pillars"], moment.day()),
        "opened": { "all": opens_all, "partnerships": is_paged("partnershipsAfter"), "awards": is_paged("awardsAfter") },
        "open_all": paging::address(&visit, "open", Some("all")),
        "moment": moment,
        "levels": levels(&data["cluster"]["projectLevels"]),
        "projects_pager": paging::pager(&visit, "projectsAfter", &data["cluster"]["projects"]),
        "partnerships_pager": paging::pager(&visit, "partnershipsAfter", &data["partnerships"]),
        "awards_pager": paging::pager(&visit, "awardsAfter", &data["awards"]),
        "csv": paging::address(&visit, "format", Some("csv")),
        "cluster": data["cluster"],
        "partnerships": data["partnerships"],
        "awards": data["awards"],
    });
    visit.show("cluster.html", content)
}

/// How many projects are at each level of each pillar: a row for a pillar, a column for a level.
fn levels(counts: &Value) -> Value {
    let counts = counts.as_array().map(Vec::as_slice).unwrap_or_default();
    let of = |count: &Value, name: &str| count[name].as_u64().unwrap_or_default();
    let top = counts.iter().map(|count| of(count, "level")).max().unwrap_or_default().max(5);
    let most = counts.iter().map(|count| of(count, "projects")).max().unwrap_or_default().max(1);
    let mut rows: Vec<Value> = Vec::new();
    for pillar in ["PARTNERSHIPS", "POLICY", "FINANCE", "TECHNOLOGY"] {
        let at = |level: u64| {
            let found = counts.iter().find(|count| count["pillar"] == pillar && of(count, "level") == level);
            let projects = found.map_or(0, |count| of(count, "projects"));
            // Five shades, the number stands in each.
            json!({ "projects": projects, "shade": (projects * 4).div_ceil(most) })
        };
        rows.push(json!({ "pillar": pillar, "cells": (0..=top).map(at).collect::<Vec<_>>() }));
    }
    json!({ "top": top, "rows": rows, "any": !counts.is_empty() })
}
