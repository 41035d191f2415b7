//! Everything on record of one thing, of whatever kind.

use actix_web::HttpResponse;
use serde_json::json;

use super::spell_out;
use crate::web::{failure::Failure, moment::Moment, paging, visit::Visit};

const DOCUMENT: &str = concat!(include_str!("record.graphql"), include_str!("../parts/timeline.graphql"));

/// The page.
///
/// # Errors
///
/// When nobody is signed in, there is no such thing, or the API refuses.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let (moment, id) = (Moment::of(&visit)?, visit.any_id()?);
    let variables = json!({ "id": id, "after": paging::cursor(&visit, "after")? });
    let mut data = visit.ask(DOCUMENT, &moment.variables(variables)).await?;
    if data["node"].is_null() {
        return Err(Failure::not_found());
    }
    spell_out(&mut data["timeline"]);
    let name = [&data["node"]["title"], &data["node"]["name"]].into_iter().find(|name| name.is_string()).cloned();
    let pager = paging::pager(&visit, "after", &data["timeline"]);
    visit.show("record.html", json!({ "moment": moment, "pager": pager, "id": id, "name": name, "timeline": data["timeline"] }))
}
