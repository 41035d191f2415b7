//! What clients are told when something is refused or fails.

use access::{seal::SealError, table::Refusal};
use juniper::{FieldError, IntoFieldError, ScalarValue, Value};
use thiserror::Error;

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $code:ident = $word:literal, $status:literal;)+) => {
        /// The stable code of an error, in `extensions.code` of GraphQL answers and `code` of problem documents.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[doc = $meaning])+ $code,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$code,)+];

            /// The code as it is written.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$code => $word,)+
                }
            }

            /// The code that is written so.
            #[must_use]
            pub fn of_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.word() == word)
            }

            /// What it means, in a sentence.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$code => concat!($($meaning),+).trim(),)+
                }
            }

            /// The HTTP status of an answer that is nothing but this error.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$code => $status,)+
                }
            }
        }
    };
}

codes! {
    /// The request is not what GraphQL over HTTP asks for.
    BadRequest = "BAD_REQUEST", 400;
    /// No token, or one that is not valid.
    Unauthenticated = "UNAUTHENTICATED", 401;
    /// None of the viewer's roles may do this.
    Forbidden = "FORBIDDEN", 403;
    /// There is no such thing, or the viewer may not see it.
    NotFound = "NOT_FOUND", 404;
    /// A value that can't be taken: a date that doesn't exist, a page of no items, an id of another kind.
    InvalidInput = "INVALID_INPUT", 400;
    /// The thing has changed since the viewer saw it.
    RevisionConflict = "REVISION_CONFLICT", 409;
    /// The record has not caught up with what the query asked to wait for.
    Stale = "STALE", 503;
    /// The document is not GraphQL.
    ParseFailed = "PARSE_FAILED", 400;
    /// The document does not fit the schema, or its variables don't.
    ValidationFailed = "VALIDATION_FAILED", 400;
    /// Mutations are sent by POST.
    MethodNotAllowed = "METHOD_NOT_ALLOWED", 405;
    /// The document has more tokens than are read.
    TokensExceeded = "TOKENS_EXCEEDED", 400;
    /// The document nests deeper than is allowed.
    DepthExceeded = "DEPTH_EXCEEDED", 400;
    /// The operation has more fields, fragments expanded, than are allowed.
    FieldsExceeded = "FIELDS_EXCEEDED", 400;
    /// The operation asks the root for more than is allowed.
    RootFieldsExceeded = "ROOT_FIELDS_EXCEEDED", 400;
    /// The operation renames more fields than is allowed.
    AliasesExceeded = "ALIASES_EXCEEDED", 400;
    /// A part of the document has too many directives, or one twice.
    DirectivesExceeded = "DIRECTIVES_EXCEEDED", 400;
    /// A page has no size, two, or one that is not between 1 and 100.
    PageSizeInvalid = "PAGE_SIZE_INVALID", 400;
    /// The operation may touch more than one query is allowed to.
    CostExceeded = "COST_EXCEEDED", 400;
    /// The subject has used up its allowance for the moment.
    Throttled = "THROTTLED", 429;
    /// It took too long.
    Timeout = "TIMEOUT", 503;
    /// The server has too much to do.
    Busy = "BUSY", 503;
    /// The request names a host that this service is not called by.
    Misdirected = "MISDIRECTED", 421;
    /// The body is longer than is read.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE", 413;
    /// The body is of a type or encoding that is not read.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", 415;
    /// The client accepts none of the types that are written.
    NotAcceptable = "NOT_ACCEPTABLE", 406;
    /// A fault of Milepost.
    Internal = "INTERNAL", 500;
}

impl Code {
    /// Whether the same may be answered in a moment: then its sender is told when to ask again.
    #[must_use]
    pub const fn is_passing(self) -> bool {
        matches!(self, Self::Busy | Self::Stale | Self::Timeout)
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
        for (at, code) in Code::ALL.iter().copied().enumerate() {
            assert!(code.word().chars().all(|c| c.is_ascii_uppercase() || c == '_'), "{code:?}");
            assert!(Code::ALL[..at].iter().all(|other| other.word() != code.word()), "{code:?}");
            assert_eq!((Code::ALL[at] as usize, Code::of_word(code.word())), (at, Some(code)));
        }
    }
}
