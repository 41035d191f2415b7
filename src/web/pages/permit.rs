//! A permit: its clocks drawn, its life, what was determined, and its history.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::{may_record, spell_out};
use crate::web::{
    charts::{self, clock, life},
    csv,
    failure::Failure,
    file::Format,
    moment::Moment,
    paging,
    visit::Visit,
};

const DOCUMENT: &str =
    concat!(include_str!("permit.graphql"), include_str!("../parts/clock.graphql"), include_str!("../parts/timeline.graphql"));

/// The page, or the segments of its clocks as a file.
///
/// # Errors
///
/// When nobody is signed in, there is no such permit, or the API refuses.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let (moment, id) = (Moment::of(&visit)?, visit.id("permit")?);
    let variables = json!({ "id": id, "after": paging::cursor(&visit, "after")? });
    let mut data = visit.ask(DOCUMENT, &moment.variables(variables)).await?;
    if data["permit"].is_null() {
        return Err(Failure::not_found());
    }
    if let Some(format) = Format::of(&visit) {
        return format.file(&format!("{id}-clocks"), &COLUMNS, &rows(&data["permit"]));
    }
    let timeline = &mut data["permit"]["record"]["timeline"];
    spell_out(timeline);
    let pager = paging::pager(&visit, "after", timeline);
    visit.show(
        "permit.html",
        content(
            &data["permit"],
            &moment,
            json!({
                "may_record": may_record(&data, &moment),
                "pager": pager,
                "csv": paging::address(&visit, "format", Some("csv")),
            }),
        ),
    )
}

/// What the template is filled in with, beside what is in `others`.
fn content(permit: &Value, moment: &Moment, mut others: Value) -> Value {
    let clocks = charts::items(&permit["clocks"]);
    let leading = clock::leading(clocks).unwrap_or(&Value::Null);
    others["moment"] = json!(moment);
    others["leading"] = leading.clone();
    others["brief"] = json!(clock::brief(leading));
    others["drawing"] = json!(clock::drawing(clocks, moment.day()));
    others["steps"] = json!(life::steps(permit));
    others["permit"] = permit.clone();
    others
}

/// The columns of the file of segments.
const COLUMNS: [&str; 12] = [
    "limit",
    "words",
    "state",
    "deadline",
    "strict deadline",
    "counts",
    "first",
    "last",
    "days",
    "ground",
    "who has to act",
    "article",
];

/// The rows of the file: one for each segment of each clock, and one for a clock that has none.
fn rows(permit: &Value) -> Vec<Vec<String>> {
    let none = [Value::Null];
    let clocks = charts::items(&permit["clocks"]).iter();
    let pairs = clocks.flat_map(|clock| {
        let segments = charts::items(&clock["segments"]);
        let segments = if segments.is_empty() { &none } else { segments };
        segments.iter().map(move |segment| (clock, segment)).collect::<Vec<_>>()
    });
    let row = |(clock, segment): (&Value, &Value)| {
        let counts = segment["stopped"].as_bool().map_or("", |stopped| if stopped { "no" } else { "yes" });
        let of_clock = ["limit", "words", "state", "deadline", "strictDeadline"].map(|name| csv::cell(&clock[name]));
        let of_segment = ["first", "last", "days", "ground", "responsible", "article"].map(|name| csv::cell(&segment[name]));
        of_clock.into_iter().chain([counts.to_owned()]).chain(of_segment).collect()
    };
    pairs.map(row).collect()
}
