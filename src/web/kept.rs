//! What was typed by somebody whose session is over: it is kept in the page itself, over signing in again, and by nothing here.

use actix_web::{HttpResponse, http::StatusCode, web};
use serde_json::{Value, json};

use super::{
    failure::Failure,
    form::Typed,
    guard::{TOKEN_FIELD, token_of},
    session,
    visit::Visit,
};

/// The longest that what is kept may be: a form that was read, written once more as a value of another.
pub const KEPT_BYTES_MAX: usize = 1024 * 1024;

/// The form to sign in with, which brings what was `typed` along.
///
/// # Errors
///
/// When it can't be written.
pub fn sign_in_first(visit: &Visit, typed: &Typed, over: &Failure) -> Result<HttpResponse, Failure> {
    let pairs: Vec<(&str, &str)> = typed.pairs().filter(|(name, _)| ![TOKEN_FIELD, "do"].contains(name)).collect();
    let kept: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", super::words::encoded(name), super::words::encoded(value))).collect();
    let content = json!({ "next": session::FIRST_PAGE, "refused": null, "over": over.message(), "kept": kept.join("&") });
    let mut response = visit.show("sign_in.html", content)?;
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    Ok(response)
}

/// The page that leads whoever has signed in, with `session`, back to what they had typed; `None` where that can't be read.
///
/// # Errors
///
/// When it can't be written.
pub fn go_on(visit: &Visit, session: &str, kept: &str) -> Result<Option<HttpResponse>, Failure> {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(kept).ok().map(web::Query::into_inner);
    let Some(typed) = pairs.and_then(Typed::of) else { return Ok(None) };
    let fields: Vec<Value> = typed
        .pairs()
        .filter(|(name, _)| ![TOKEN_FIELD, "do"].contains(name))
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    visit.show("kept.html", json!({ "token": token_of(session), "fields": fields })).map(Some)
}
