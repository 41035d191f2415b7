//! A project: its schedule drawn, what moved and why, its ladders, permits, money, partners, and what is new.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::{LADDER_COLUMNS, draw_ladders, ladder_rows, may_record};
use crate::web::{
    charts::{clock, items, schedule, slippage},
    csv,
    failure::Failure,
    file::Format,
    moment::Moment,
    paging,
    visit::Visit,
};

const DOCUMENT: &str =
    concat!(include_str!("project.graphql"), include_str!("../parts/pillars.graphql"), include_str!("../parts/clock.graphql"));

/// The page, or its ladders or its schedule as a file.
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
    if visit.parameter("format") == Some("schedule.csv") {
        return csv::file(&format!("{id}-schedule"), &SCHEDULE_COLUMNS, &schedule_rows(&data["project"]));
    }
    if let Some(format) = Format::of(&visit) {
        return format.file(&format!("{id}-ladders"), &LADDER_COLUMNS, &ladder_rows(&data["project"]["pillars"]));
    }
    draw_ladders(&mut data["project"]["pillars"], "project");
    for permit in data["project"]["permits"]["nodes"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default() {
        permit["bar"] = json!(clock::leading(items(&permit["clocks"])).map(clock::row));
    }
    for milestone in data["project"]["milestones"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default() {
        milestone["called"] = json!(schedule::milestone_name(milestone));
    }
    let project = &data["project"];
    let content = json!({
        "may_record": may_record(&data, &moment),
        "schedule": schedule::drawing(project, moment.day()),
        "slippage": slippage::drawing(&project["fid"], moment.day()),
        "schedule_csv": paging::address(&visit, "format", Some("schedule.csv")),
        "awards": data["awards"],
        "partnerships": data["partnerships"],
        "moment": moment,
        "pager": paging::pager(&visit, "after", &data["project"]["permits"]),
        "csv": paging::address(&visit, "format", Some("csv")),
        "project": project,
    });
    visit.show("project.html", content)
}

/// The columns of the file of the schedule.
const SCHEDULE_COLUMNS: [&str; 9] =
    ["milestone", "title", "first plan", "approved anew", "forecast", "actual", "dropped", "slip in days", "moves"];

/// The rows of that file: one for each milestone.
fn schedule_rows(project: &Value) -> Vec<Vec<String>> {
    let row = |milestone: &Value| {
        let names = ["name", "title", "baseline", "rebaseline", "forecast", "actual", "droppedOn"];
        let cells = names.iter().map(|name| csv::cell(&milestone[*name]));
        let moves = items(&milestone["moves"]).len().to_string();
        cells.chain([csv::cell(&milestone["slip"]["count"]), moves]).collect()
    };
    items(&project["milestones"]).iter().map(row).collect()
}
