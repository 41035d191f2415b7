//! The form to sign in with.

use actix_web::{HttpResponse, http::StatusCode};
use serde_json::json;

use crate::web::{failure::Failure, session, visit::Visit};

/// The form.
///
/// # Errors
///
/// When the template can't be filled in.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let next = visit.parameter("next").and_then(session::local).unwrap_or(session::FIRST_PAGE);
    visit.show("sign_in.html", json!({ "next": next, "refused": null, "over": null, "kept": null }))
}

/// The form once more, with what was wrong with the token and what is `kept` over signing in; the token itself is not given
/// back.
///
/// # Errors
///
/// When the template can't be filled in.
pub fn again(visit: &Visit, next: &str, kept: &str, refused: &str) -> Result<HttpResponse, Failure> {
    let mut response = visit.show("sign_in.html", json!({ "next": next, "refused": refused, "over": null, "kept": kept }))?;
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    Ok(response)
}
