//! What clients are told when something is refused or fails.

use juniper::{FieldError, IntoFieldError, ScalarValue, Value};
use thiserror::Error;

use crate::access::{seal::SealError, table::Refusal};

/// The stable code of an error, in `extensions.code` of GraphQL answers and `code` of problem documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The request is not what GraphQL over HTTP asks for.
    BadRequest,
    /// No token, or one that is not valid.
    Unauthenticated,
    /// None of the viewer's roles may do this.
    Forbidden,
    /// There is no such thing, or the viewer may not see it.
    NotFound,
    /// A value that can't be taken: a date that doesn't exist, a page of no items, an id of another kind.
    InvalidInput,
    /// The thing has changed since the viewer saw it.
    RevisionConflict,
    /// The record has not caught up with what the query asked to wait for.
    Stale,
    /// The document is not GraphQL.
    ParseFailed,
    /// The document does not fit the schema, or its variables don't.
    ValidationFailed,
    /// Mutations are sent by POST.
    MethodNotAllowed,
    /// The document has more tokens than are read.
    TokensExceeded,
    /// The document nests deeper than is allowed.
    DepthExceeded,
    /// The operation has more fields, fragments expanded, than are allowed.
    FieldsExceeded,
    /// The operation asks the root for more than is allowed.
    RootFieldsExceeded,
    /// The operation renames more fields than is allowed.
    AliasesExceeded,
    /// A part of the document has too many directives, or one twice.
    DirectivesExceeded,
    /// A page has no size, two, or one that is not between 1 and 100.
    PageSizeInvalid,
    /// The operation may touch more than one query is allowed to.
    CostExceeded,
    /// The subject has used up its allowance for the moment.
    Throttled,
    /// It took too long.
    Timeout,
    /// The server has too much to do.
    Busy,
    /// The body is longer than is read.
    PayloadTooLarge,
    /// The body is of a type or encoding that is not read.
    UnsupportedMediaType,
    /// The client accepts none of the types that are written.
    NotAcceptable,
    /// A fault of Milepost.
    Internal,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 25] = [
        Self::BadRequest,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::InvalidInput,
        Self::RevisionConflict,
        Self::Stale,
        Self::ParseFailed,
        Self::ValidationFailed,
        Self::MethodNotAllowed,
        Self::TokensExceeded,
        Self::DepthExceeded,
        Self::FieldsExceeded,
        Self::RootFieldsExceeded,
        Self::AliasesExceeded,
        Self::DirectivesExceeded,
        Self::PageSizeInvalid,
        Self::CostExceeded,
        Self::Throttled,
        Self::Timeout,
        Self::Busy,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::NotAcceptable,
        Self::Internal,
    ];

    /// The code as it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::InvalidInput => "INVALID_INPUT",
            Self::RevisionConflict => "REVISION_CONFLICT",
            Self::Stale => "STALE",
            Self::ParseFailed => "PARSE_FAILED",
            Self::ValidationFailed => "VALIDATION_FAILED",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::TokensExceeded => "TOKENS_EXCEEDED",
            Self::DepthExceeded => "DEPTH_EXCEEDED",
            Self::FieldsExceeded => "FIELDS_EXCEEDED",
            Self::RootFieldsExceeded => "ROOT_FIELDS_EXCEEDED",
            Self::AliasesExceeded => "ALIASES_EXCEEDED",
            Self::DirectivesExceeded => "DIRECTIVES_EXCEEDED",
            Self::PageSizeInvalid => "PAGE_SIZE_INVALID",
            Self::CostExceeded => "COST_EXCEEDED",
            Self::Throttled => "THROTTLED",
            Self::Timeout => "TIMEOUT",
            Self::Busy => "BUSY",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::NotAcceptable => "NOT_ACCEPTABLE",
            Self::Internal => "INTERNAL",
        }
    }

    /// The HTTP status of an answer that is nothing but this error.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::NotAcceptable => 406,
            Self::RevisionConflict => 409,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::Throttled => 429,
            Self::Internal => 500,
            Self::Stale | Self::Timeout | Self::Busy => 503,
            _ => 400,
        }
    }

    /// Whether the request was well-formed GraphQL over HTTP and only its document was refused: then a client that
    /// reads `application/json` gets status 200, as the specification asks.
    #[must_use]
    pub const fn is_about_the_document(self) -> bool {
        self.status() == 400 && !matches!(self, Self::BadRequest)
    }
}

/// An error for a client: never says more than the client may know.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct GraphqlError {
    /// The stable code.
    pub code: Code,
    /// What happened and what to do about it.
    pub message: String,
    /// Where in the document: line and column, from 1.
    pub at: Vec<(usize, usize)>,
}

impl GraphqlError {
    /// An error of the whole request.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), at: Vec::new() }
    }

    /// The same error, about the place at `line` and `column`, from 1.
    #[must_use]
    pub fn at(mut self, line: usize, column: usize) -> Self {
        self.at.push((line, column));
        self
    }

    /// A fault that was logged under `id`.
    #[must_use]
    pub fn internal(id: uuid::Uuid) -> Self {
        Self::new(Code::Internal, format!("something went wrong here; report it as {id}"))
    }
}

impl From<Refusal> for GraphqlError {
    fn from(refusal: Refusal) -> Self {
        Self::new(Code::Forbidden, refusal.to_string())
    }
}

impl From<SealError> for GraphqlError {
    fn from(error: SealError) -> Self {
        Self::new(Code::InvalidInput, error.to_string())
    }
}

impl<S: ScalarValue> IntoFieldError<S> for GraphqlError {
    fn into_field_error(self) -> FieldError<S> {
        let code = Value::scalar(S::from_displayable(self.code.word()));
        FieldError::new(self.message, Value::object([("code", code)].into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_word_of_its_own() {
        for (at, code) in Code::ALL.into_iter().enumerate() {
            assert!(code.word().chars().all(|c| c.is_ascii_uppercase() || c == '_'), "{code:?}");
            assert!(Code::ALL[..at].iter().all(|other| other.word() != code.word()), "{code:?}");
            assert_eq!(Code::ALL[at] as usize, at);
        }
    }
}
