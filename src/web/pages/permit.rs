//! A permit with its history.

use actix_web::HttpResponse;
use serde_json::json;

use super::spell_out;
use crate::web::{failure::Failure, moment::Moment, paging, visit::Visit};

const DOCUMENT: &str = concat!(include_str!("permit.graphql"), include_str!("../parts/timeline.graphql"));

/// The page.
///
/// # Errors
///
/// When nobody is signed in, there is no such permit, or the API refuses.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let moment = Moment::of(&visit)?;
    let variables = json!({ "id": visit.id("permit")?, "after": paging::cursor(&visit, "after")? });
    let mut data = visit.ask(DOCUMENT, &moment.variables(variables)).await?;
    if data["permit"].is_null() {
        return Err(Failure::not_found());
    }
    let timeline = &mut data["permit"]["record"]["timeline"];
    spell_out(timeline);
    let pager = paging::pager(&visit, "after", timeline);
    visit.show("permit.html", json!({ "moment": moment, "pager": pager, "permit": data["permit"] }))
}
