//! A connection on which a body is still to come that nobody will read is closed after the answer. It would be kept for as
//! long as its client goes on to send, one byte at a time.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        ConnectionType,
        header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING},
    },
    middleware::Next,
};

use super::EDITIONS;

/// The addresses that read their bodies to the end, where they answer with success.
const READ_WHOLE: [&str; 3] = ["/graphql", "/sign-in", EDITIONS];

/// Closes the connection after an answer to a request whose body may not have been read to its end.
pub(super) async fn close_on_unread(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let has_body = has_body(request.headers());
    let is_read = READ_WHOLE.contains(&request.path());
    let mut response = next.call(request).await?;
    if has_body && !(is_read && response.status().as_u16() < 400) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

fn has_body(headers: &HeaderMap) -> bool {
    let is_empty = headers.get(CONTENT_LENGTH).is_none_or(|length| length.as_bytes() == b"0");
    !is_empty || headers.contains_key(TRANSFER_ENCODING)
}
