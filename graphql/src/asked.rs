//! The API, asked from inside the process: under the same limits, from the same allowance, with the same answer.

use std::time::Duration;

use access::{Actor, token::TokenError};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Asker, Code, GraphqlError,
    execute::{Answer, Way, admit},
    http::Endpoint,
    request::Request,
    service::{Inquiry, Service},
    throttle::Charge,
};

/// Why a document was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    /// What to say.
    pub error: GraphqlError,
    /// How long to wait before it is asked again, where that is known.
    pub wait: Option<Duration>,
}

impl From<GraphqlError> for Unanswered {
    fn from(error: GraphqlError) -> Self {
        Self { error, wait: None }
    }
}

/// What a client would read of an answer.
#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    errors: Vec<Told>,
    #[serde(default)]
    data: Value,
}

#[derive(Deserialize)]
struct Told {
    message: String,
    extensions: Extensions,
}

#[derive(Deserialize)]
struct Extensions {
    code: String,
}

impl<S: Service> Endpoint<S> {
    /// Whose token this is.
    ///
    /// # Errors
    ///
    /// When it is not valid now.
    pub fn bearer(&self, token: &str) -> Result<Actor, TokenError> {
        self.service.authenticate(token)
    }

    /// Makes the token that `actor` bears good no more.
    ///
    /// # Errors
    ///
    /// When that can't be kept.
    pub async fn revoke(&self, actor: &Actor) -> Result<(), GraphqlError> {
        self.service.revoke(actor).await
    }

    /// The data with which `document` is answered to `actor`, as if it had come by HTTP. Nothing can be recorded so.
    ///
    /// # Errors
    ///
    /// When it is refused, or a field of it fails: with the first of the errors.
    pub async fn ask(&self, actor: Actor, document: &str, variables: &Value) -> Result<Value, Unanswered> {
        self.answered(actor, document, variables, Way::Get).await
    }

    /// The same for a `document` that may record something, sent because `actor` has said so.
    ///
    /// # Errors
    ///
    /// As for [`Endpoint::ask`].
    pub async fn send(&self, actor: Actor, document: &str, variables: &Value) -> Result<Value, Unanswered> {
        self.answered(actor, document, variables, Way::Post).await
    }

    async fn answered(&self, actor: Actor, document: &str, variables: &Value, way: Way) -> Result<Value, Unanswered> {
        let request = Request::from_body(json!({ "query": document, "variables": variables }).to_string().as_bytes())?;
        let (_presence, asker) = Asker::until(self.deadline());
        let inquiry = Inquiry { actor, asker };
        let answer = match admit(&*self.service, &self.rules, &request, way, &inquiry.actor) {
            Ok(admitted) => self.execute(request.into(), admitted, inquiry).await?,
            Err(answer) => answer,
        };
        read(&answer)
    }
}

fn read(answer: &Answer) -> Result<Value, Unanswered> {
    let fault = |error: serde_json::Error| GraphqlError::new(Code::Internal, format!("the answer can't be read: {error}"));
    let body: Body = serde_json::from_slice(&answer.body).map_err(fault)?;
    let Some(told) = body.errors.into_iter().next() else { return Ok(body.data) };
    let code = Code::of_word(&told.extensions.code).unwrap_or(Code::Internal);
    let wait = match answer.charge {
        Some(Charge::Refused { wait }) => Some(wait),
        _ => None,
    };
    Err(Unanswered { error: GraphqlError::new(code, told.message), wait })
}
