//! What this is, for whoever comes by.

use actix_web::HttpResponse;
use serde_json::json;

use crate::web::{failure::Failure, see_other, session::FIRST_PAGE, visit::Visit};

/// The page; those who are signed in are led on.
///
/// # Errors
///
/// When the template can't be filled in.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    if visit.viewer().is_ok() { Ok(see_other(FIRST_PAGE)) } else { visit.show("welcome.html", json!({})) }
}
