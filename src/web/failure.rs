//! What is shown in place of a page.

use std::{fmt::Display, time::Duration};

use actix_web::{
    HttpResponse,
    http::header::{HeaderValue, RETRY_AFTER},
};
use graphql::{
    Code, GraphqlError, Unanswered,
    problem::{problem, status},
};
use serde_json::json;
use uuid::Uuid;

use super::{
    templates,
    visit::{Visit, html},
};

/// Why there is no page.
#[derive(Debug)]
pub struct Failure {
    error: GraphqlError,
    wait: Option<Duration>,
}

impl From<GraphqlError> for Failure {
    fn from(error: GraphqlError) -> Self {
        Self { error, wait: None }
    }
}

impl From<Unanswered> for Failure {
    fn from(unanswered: Unanswered) -> Self {
        let Unanswered { error, wait } = unanswered;
        if error.code == Code::NotFound { Self::not_found() } else { Self { error, wait } }
    }
}

impl Failure {
    /// There is nothing, or nothing that whoever asks may see; which of the two is not told.
    pub fn not_found() -> Self {
        let message = "there is nothing at this address, or nothing that you may see";
        GraphqlError::new(Code::NotFound, message).into()
    }

    /// The address asks for what can't be answered.
    pub fn unreadable(message: impl Into<String>) -> Self {
        GraphqlError::new(Code::BadRequest, message).into()
    }

    /// Something is wrong here. It is logged, and the page tells under which number.
    pub fn fault(error: &dyn Display) -> Self {
        let id = Uuid::new_v4();
        tracing::error!(%id, %error, "a page failed");
        GraphqlError::internal(id).into()
    }

    /// What happened, and what to do about it.
    pub fn message(&self) -> &str {
        &self.error.message
    }

    /// The page that says so.
    pub fn answer(&self, visit: &Visit) -> HttpResponse {
        let Self { error, wait } = self;
        let wait_s = wait.map(|wait| wait.as_secs() + 1).or_else(|| error.code.is_passing().then_some(1));
        let content = json!({
            "title": title(error.code),
            "message": error.message,
            "code": error.code.word(),
            "sign_in": error.code == Code::Unauthenticated,
            "wait_s": wait_s,
            "moment_asked": visit.parameter("asKnownAt").or(visit.parameter("effectiveOn")).is_some(),
        });
        let mut response = match templates::fill("failure.html", &visit.head(), content) {
            Ok(page) => html(status(error.code), page),
            Err(fault) => {
                tracing::error!(%fault, "the page of a failure failed");
                problem(error)
            }
        };
        if let Some(wait_s) = wait_s {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait_s));
        }
        response
    }
}

const fn title(code: Code) -> &'static str {
    match code {
        Code::Unauthenticated => "Sign in to see this page",
        Code::Forbidden => "This is not for you to do",
        Code::NotFound => "Nothing to see here",
        Code::MethodNotAllowed => "This page can't be sent to",
        Code::Throttled => "More than your allowance for the moment",
        Code::Stale | Code::Timeout | Code::Busy => "Not ready yet",
        Code::Internal => "Something went wrong",
        _ => "This can't be answered",
    }
}
