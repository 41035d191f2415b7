//! What stands before a form that records something: it has to come from a page of this service that was made for this session,
//! and may be no longer than any form here is.

use actix_web::{HttpMessage, web};
use graphql::{Code, GraphqlError};
use sha2::{Digest, Sha256};
use tokio::time::{Duration, timeout};

use super::{failure::Failure, form::Typed, session, visit::Visit};

/// The field of the token.
pub const TOKEN_FIELD: &str = "token";

/// The longest form that is read: the longest text there is has 4,000 characters, of nine bytes each at worst.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// The longest that a form may take to arrive.
const BODY_WAIT: Duration = Duration::from_secs(30);

/// The token of the forms that are made for the session of `visit`: whoever has not the session's cookie can't make it, and it
/// tells nothing of the cookie.
pub fn token(visit: &Visit) -> String {
    token_of(&session::token(visit.request()).unwrap_or_default())
}

/// The token of the forms of the session that is kept in a cookie of this value.
pub fn token_of(session: &str) -> String {
    let digest = Sha256::new().chain_update("milepost form\0").chain_update(session).finalize();
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a form was made for the session of `visit`.
pub fn is_of(visit: &Visit, typed: &Typed) -> bool {
    typed.text(TOKEN_FIELD) == token(visit)
}

/// What the form in `payload` has sent, if it was sent from here. For whom it was made is for [`is_of`] to say.
///
/// # Errors
///
/// When it was sent from elsewhere, is no form, or is more than any form here sends.
pub async fn received(visit: &Visit, payload: web::Payload) -> Result<Typed, Failure> {
    session::refuse_other_sites(visit.request())?;
    let refused = |code, message: &str| Failure::from(GraphqlError::new(code, message));
    if visit.request().content_type() != "application/x-www-form-urlencoded" {
        return Err(refused(Code::UnsupportedMediaType, "only a form is taken here; programs send commands to /graphql"));
    }
    let too_long = || refused(Code::PayloadTooLarge, "the form is longer than 256 KB; shorten its texts");
    let unreadable = || refused(Code::BadRequest, "the form can't be read; open its page again and send it from there");
    // Nobody is waited for longer than a request is worked on, as long as it is not known who they are.
    let wait = if visit.viewer().is_ok() { BODY_WAIT } else { BODY_WAIT.min(visit.source().patience()) };
    let body = timeout(wait, payload.to_bytes_limited(BODY_BYTES_MAX)).await.map_err(|_| unreadable())?;
    let body = body.map_err(|_| too_long())?.map_err(|_| unreadable())?;
    let body = std::str::from_utf8(&body).map_err(|_| unreadable())?;
    let pairs = web::Query::<Vec<(String, String)>>::from_query(body).map_err(|_| unreadable())?;
    Typed::of(pairs.into_inner()).ok_or_else(unreadable)
}
