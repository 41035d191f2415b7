//! A project in short: where it stands, its ladders, and the permits that it needs.

use actix_web::HttpResponse;
use serde_json::json;

use super::{LADDER_COLUMNS, draw_ladders, ladder_rows};
use crate::web::{csv, failure::Failure, moment::Moment, paging, visit::Visit};

const DOCUMENT: &str = concat!(include_str!("project.graphql"), include_str!("../parts/pillars.graphql"));

/// The page, or its ladders as a file.
///
/// # Errors
///
/// When nobody is signed in, there is no such project, or the API refuses.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let (moment, id) = (Moment::of(&visit)?, visit.id("project")?);
    let variables = json!({ "id": id, "after": paging::cursor(&visit, "after")? });
    let mut data = visit.ask(DOCUMENT, &moment.variables(variables)).await?;
    if data["project"].is_null() {
        return Err(Failure::not_found());
    }
    if visit.wants_csv() {
        return csv::file(&format!("{id}-ladders"), &LADDER_COLUMNS, &ladder_rows(&data["project"]["pillars"]));
    }
    draw_ladders(&mut data["project"]["pillars"], "project");
    let content = json!({
        "moment": moment,
        "pager": paging::pager(&visit, "after", &data["project"]["permits"]),
        "csv": paging::address(&visit, "format", Some("csv")),
        "project": data["project"],
    });
    visit.show("project.html", content)
}
