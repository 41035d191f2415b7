//! A request becomes the bytes of an answer. Runs on a blocking thread.

use access::{Actor, Scopes};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD};
use juniper::{
    DefaultScalarValue, ExecutionError, GraphQLError, OperationType, ScalarValue, Spanning, ValidatedOperation, Value,
    parser::SourcePosition,
};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    Code, Deadline, GraphqlError,
    limits::{Limits, measure},
    request::Request,
    service::{Inquiry, Service},
    throttle::{Charge, Throttle},
};

/// What is sent back, but for the form in which it is sent.
#[derive(Debug, Default)]
pub struct Answer {
    /// The JSON.
    pub body: Vec<u8>,
    /// Why nothing was executed; `None` if something was.
    pub refused: Option<Code>,
    /// Why a mutation that was executed came to nothing, where the fault is ours and not its sender's.
    pub failed: Option<Code>,
    /// What it did to the subject's allowance.
    pub charge: Option<Charge>,
    /// Changes with what the viewer was shown and with nothing else.
    pub etag: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<serde_json::Value>,
}

impl Answer {
    /// The answer to a request of which nothing was executed.
    pub fn refusal(errors: &[GraphqlError]) -> Self {
        let refused = errors.first().map_or(Code::Internal, |error| error.code);
        let body = Body { errors: errors.iter().map(error_json).collect(), data: None, extensions: None };
        Self { body: write(&body), refused: Some(refused), ..Self::default() }
    }
}

fn write(body: &Body<'_>) -> Vec<u8> {
    // Values and strings always have a JSON form; an empty body would say that this is no longer so.
    serde_json::to_vec(body).unwrap_or_default()
}

/// What is the same for all requests.
pub struct Rules {
    /// What one operation may ask for.
    pub limits: Limits,
    /// What a subject may ask for over time.
    pub throttle: Throttle,
}

/// In which way a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By a method that must not record anything.
    Get,
    /// By POST.
    Post,
    /// Over a WebSocket.
    Socket,
}

/// An operation that may go on.
#[derive(Debug, Clone, Copy)]
pub struct Admitted {
    /// Of what kind it is.
    pub operation: OperationType,
    /// What it costs, in points.
    pub cost: u32,
    /// What it did to the subject's allowance.
    pub charge: Charge,
}

/// Measures `request` and charges for it; what may not go on is answered.
pub fn admit<S: Service>(service: &S, rules: &Rules, request: &Request, way: Way, actor: &Actor) -> Result<Admitted, Answer> {
    let measured = measure(request, &service.root().schema, &rules.limits, service);
    // What is refused unexecuted was read all the same.
    let cost = measured.as_ref().map_or(1, |measured| measured.cost);
    let charge = rules.throttle.charge(actor.subject, cost);
    let admitted = match (measured, charge) {
        (_, Charge::Refused { wait }) => {
            let message = format!("you have asked for more than your allowance; wait {} s, then ask again", wait.as_secs() + 1);
            Err(GraphqlError::new(Code::Throttled, message))
        }
        (Err(error), _) => Err(error),
        (Ok(measured), _) => admit_kind(measured.operation, way, actor.scopes).map(|()| measured.operation),
    };
    match admitted {
        Ok(operation) => Ok(Admitted { operation, cost, charge }),
        Err(error) => Err(Answer { charge: Some(charge), ..Answer::refusal(&[error]) }),
    }
}

/// Executes `request`, a query or a mutation that was admitted.
pub fn executed<S: Service>(service: &S, rules: &Rules, request: &Request, admitted: Admitted, inquiry: Inquiry) -> Answer {
    let Admitted { operation, cost, charge } = admitted;
    let subject = inquiry.actor.subject;
    let answer = match execute(service, request, inquiry) {
        Err(errors) => Answer::refusal(&errors),
        Ok((data, errors)) => {
            let failed = (operation == OperationType::Mutation && data.is_null()).then(|| passing_fault(&errors)).flatten();
            let errors: Vec<_> = errors.iter().map(field_error_json).collect();
            let is_kept = errors.is_empty() && operation == OperationType::Query;
            let etag = is_kept.then(|| etag(subject, &data));
            let extensions = Some(cost_json(cost, charge, rules));
            Answer { body: write(&Body { errors, data: Some(&data), extensions }), failed, etag, ..Answer::default() }
        }
    };
    Answer { charge: Some(charge), ..answer }
}

/// The first of `errors` that may be gone in a moment: then whoever sent the mutation is to send it again.
fn passing_fault(errors: &[ExecutionError<DefaultScalarValue>]) -> Option<Code> {
    errors.iter().filter_map(code_of).find(|code| code.is_passing())
}

fn code_of(error: &ExecutionError<DefaultScalarValue>) -> Option<Code> {
    let code = error.error().extensions().as_object_value()?.get_field_value("code")?;
    Code::of_word(code.as_scalar()?.try_as_str()?)
}

/// A weak tag of what `subject` was shown: what they may not see leaves no trace in it, and neither does their allowance.
fn etag(subject: schema::SubjectId, data: &Value) -> String {
    let mut hasher = Sha256::new();
    hasher.update(subject.0.as_bytes());
    // A value always has a JSON form; see `write`.
    hasher.update(serde_json::to_vec(data).unwrap_or_default());
    format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&hasher.finalize()[..18]))
}

/// Refuses an operation of a kind that can't come this way, or that the token's scope doesn't have.
fn admit_kind(operation: OperationType, way: Way, scopes: Scopes) -> Result<(), GraphqlError> {
    let refuse = |code, message| Err(GraphqlError::new(code, message));
    match operation {
        OperationType::Subscription if way != Way::Socket => {
            refuse(Code::ValidationFailed, "subscribe over a WebSocket, by the protocol graphql-transport-ws")
        }
        OperationType::Mutation if way == Way::Get => refuse(Code::MethodNotAllowed, "send mutations by POST"),
        OperationType::Mutation if !scopes.write => {
            refuse(Code::Forbidden, "the token gives no role, or its scope has no milepost:write")
        }
        OperationType::Query | OperationType::Subscription if !scopes.read => {
            refuse(Code::Forbidden, "the token gives no role, or its scope has no milepost:read")
        }
        _ => Ok(()),
    }
}

type Executed = (Value, Vec<ExecutionError<DefaultScalarValue>>);

fn execute<S: Service>(service: &S, request: &Request, inquiry: Inquiry) -> Result<Executed, Vec<GraphqlError>> {
    let operation = ValidatedOperation::new(&request.query, request.operation_name.as_deref(), service.root());
    let operation = operation.map_err(|error| invalid(service, error))?;
    let asker = inquiry.asker.clone();
    asker.check().map_err(|error| vec![error])?;
    let context = service.context(inquiry);
    let executed = operation.execute_sync(&request.variables, &context).map_err(|error| invalid(service, error))?;
    // Work that was given up has seen only part of what there is.
    if asker.was_given_up() { Err(vec![Deadline::passed()]) } else { Ok(executed) }
}

/// What juniper says of a document or of variables that don't fit the schema.
pub fn invalid<S: Service>(service: &S, error: GraphQLError) -> Vec<GraphqlError> {
    let refused = |message: &str| GraphqlError::new(Code::ValidationFailed, shortened(message));
    let located = |mut error: GraphqlError, at: &[SourcePosition]| {
        error.at = at.iter().map(|at| (at.line() + 1, at.column() + 1)).collect();
        error
    };
    match error {
        GraphQLError::ValidationError(errors) => {
            let first = errors.iter().take(ERRORS_MAX);
            first.map(|error| located(refused(&with_reason(service, error.message())), error.locations())).collect()
        }
        GraphQLError::ParseError(Spanning { item, .. }) => vec![GraphqlError::new(Code::ParseFailed, item.to_string())],
        other => vec![refused(&other.to_string())],
    }
}

/// juniper says that a literal is no value of a scalar, and not why; the service's own word is added.
fn with_reason<S: Service>(service: &S, message: &str) -> String {
    let said = || {
        let (value, of) = message.strip_prefix("Invalid value \"")?.rsplit_once("\" for type \"")?;
        let (type_name, _) = of.split_once('"')?;
        service.reason(type_name.trim_end_matches('!'), value.trim_matches('"'))
    };
    said().map_or_else(|| message.to_owned(), |reason| format!("{}: {reason}", message.trim_end_matches('.')))
}

/// A message without the middle of a long value that it quotes; what is wrong with the value stands at the end.
fn shortened(message: &str) -> String {
    let chars = message.chars().count();
    if chars <= 2 * QUOTED_CHARS_MAX {
        return message.to_owned();
    }
    let start: String = message.chars().take(QUOTED_CHARS_MAX).collect();
    let end: String = message.chars().skip(chars - QUOTED_CHARS_MAX).collect();
    format!("{start} … {end}")
}

/// The most characters of either end of a message that quotes what was sent.
const QUOTED_CHARS_MAX: usize = 250;

/// As many errors as anybody reads.
const ERRORS_MAX: usize = 20;

pub fn error_json(error: &GraphqlError) -> serde_json::Value {
    let mut json = json!({ "message": error.message, "extensions": { "code": error.code.word() } });
    if !error.at.is_empty() {
        let at = error.at.iter().map(|(line, column)| json!({ "line": line, "column": column }));
        json["locations"] = at.collect();
    }
    json
}

/// A field's error. One without a code was not meant for clients: it is logged, and its number is told.
pub fn field_error_json(error: &ExecutionError<DefaultScalarValue>) -> serde_json::Value {
    let mut extensions = json!(error.error().extensions());
    let mut message = error.error().message().to_owned();
    if !extensions["code"].is_string() {
        let id = Uuid::new_v4();
        tracing::error!(%id, path = ?error.path(), message, "a field failed");
        message = GraphqlError::internal(id).message;
        extensions = json!({ "code": Code::Internal.word() });
    }
    json!({ "message": message, "locations": [error.location()], "path": error.path(), "extensions": extensions })
}

fn cost_json(cost: u32, charge: Charge, rules: &Rules) -> serde_json::Value {
    let remaining = match charge {
        Charge::Taken { remaining } => remaining,
        Charge::Refused { .. } => 0,
    };
    json!({ "cost": {
        "requested": cost,
        "remaining": remaining,
        "restoreRate": rules.throttle.allowance().restored_per_second,
    } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_operation_comes_its_own_way_and_with_its_own_scope() {
        use OperationType::{Mutation, Query, Subscription};
        let (reading, writing) = (Scopes::parse("milepost:read"), Scopes::parse("milepost:write"));
        let code = |operation, way, scopes| admit_kind(operation, way, scopes).map_err(|error| error.code);
        for (operation, way, scopes) in [
            (Query, Way::Get, reading),
            (Query, Way::Post, reading),
            (Query, Way::Socket, reading),
            (Mutation, Way::Post, writing),
            (Mutation, Way::Socket, writing),
            (Subscription, Way::Socket, reading),
        ] {
            assert_eq!(code(operation, way, scopes), Ok(()), "{operation:?} {way:?}");
        }
        assert_eq!(code(Mutation, Way::Get, Scopes::ALL), Err(Code::MethodNotAllowed));
        assert_eq!(code(Subscription, Way::Get, Scopes::ALL), Err(Code::ValidationFailed));
        assert_eq!(code(Subscription, Way::Post, Scopes::ALL), Err(Code::ValidationFailed));
        for (operation, scopes) in [(Query, writing), (Subscription, writing), (Mutation, reading)] {
            assert_eq!(code(operation, Way::Socket, scopes), Err(Code::Forbidden), "{operation:?}");
        }
    }
}
