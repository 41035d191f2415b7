//! Errors on plain HTTP, as problem documents (RFC 9457).

use actix_web::{
    HttpResponse,
    http::{StatusCode, header::CONTENT_TYPE},
};
use serde_json::json;

use super::{Code, GraphqlError};

/// The media type of a problem document.
pub const PROBLEM_TYPE: &str = "application/problem+json";

/// The answer that says what was wrong, to whoever does not read GraphQL.
#[must_use]
pub fn problem(error: &GraphqlError) -> HttpResponse {
    let status = status(error.code);
    let body = json!({
        "type": format!("urn:milepost:problem:{}", error.code.word()),
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": error.message,
        "code": error.code.word(),
    });
    HttpResponse::build(status).insert_header((CONTENT_TYPE, PROBLEM_TYPE)).body(body.to_string())
}

/// The answer to a request for what isn't here, for the application's default service.
#[must_use]
pub fn not_found() -> HttpResponse {
    problem(&GraphqlError::new(Code::NotFound, "there is nothing at this address; the API is at /graphql"))
}

/// The status of an answer that is nothing but an error of `code`.
#[must_use]
pub fn status(code: Code) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
