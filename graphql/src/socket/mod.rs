//! GraphQL over a WebSocket, by the protocol `graphql-transport-ws`
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).
//!
//! One task attends to a socket (`connection`), and one to each operation on it (`operation`). An operation sends
//! its next message when the socket has taken the one before: somebody slow holds up nobody else, and nothing piles up.

mod connection;
mod hall;
mod message;
mod operation;
mod origin;

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    guard::GuardContext,
    http::header::{AUTHORIZATION, HOST, HeaderValue, ORIGIN, RETRY_AFTER, SEC_WEBSOCKET_PROTOCOL, UPGRADE},
    rt, web,
};

use self::{connection::Connection, hall::Seat};
pub use self::{
    hall::Hall,
    origin::{Origins, OriginsError},
};
use super::{
    Address, Code, GraphqlError,
    http::{Endpoint, text},
    problem::problem,
    request::BODY_BYTES_MAX,
    service::Service,
};

/// The name of the protocol, as client and server agree on it.
const PROTOCOL: &str = "graphql-transport-ws";

/// The most bytes of a message from a client: those of a request by POST, and what stands around it.
const MESSAGE_BYTES_MAX: usize = BODY_BYTES_MAX + 1024;

/// After how long a client is given up that takes nothing.
pub const STALL: Duration = Duration::from_mins(1);

/// What WebSockets may do.
#[derive(Debug, Clone)]
pub struct Sockets {
    /// The origins whose pages may open one, beside the service's own.
    pub origins: Origins,
    /// How many are open at once.
    pub at_once: usize,
    /// How many of them one subject may have.
    pub per_subject: usize,
    /// How many may be open from one address on which no token was sent yet.
    pub waiting_per_address: usize,
    /// How many operations may be under way on one.
    pub operations: usize,
    /// How long a client may take to say who it is.
    pub init_wait: Duration,
    /// How often a client that says nothing is asked whether it is still there. It need not ask.
    pub keep_alive: Duration,
    /// How often a token is verified again, at least.
    pub recheck: Duration,
    /// After how long a client is given up that takes nothing, or of which nothing is heard.
    pub stall: Duration,
}

impl Default for Sockets {
    fn default() -> Self {
        Self {
            origins: Origins::default(),
            at_once: 1_000,
            per_subject: 20,
            waiting_per_address: 20,
            operations: 20,
            init_wait: Duration::from_secs(10),
            keep_alive: Duration::from_secs(20),
            recheck: Duration::from_secs(15),
            stall: STALL,
        }
    }
}

/// Whether a GET asks for a WebSocket.
pub(super) fn is_asked_for(request: &GuardContext<'_>) -> bool {
    let upgrades = request.head().headers().get_all(UPGRADE).filter_map(|value| value.to_str().ok());
    upgrades.flat_map(|value| value.split(',')).any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
}

/// Opens a WebSocket.
pub(super) async fn open<S: Service>(http: HttpRequest, payload: web::Payload, endpoint: web::Data<Endpoint<S>>) -> HttpResponse {
    let seat = match admit(&http, &endpoint.hall) {
        Ok(seat) => seat,
        Err(error) => return refusal(&error),
    };
    let (response, session, messages) = match actix_ws::handle_with_protocols(&http, payload, &[PROTOCOL]) {
        Ok(opened) => opened,
        Err(error) => return refusal(&GraphqlError::new(Code::BadRequest, format!("no WebSocket can be opened: {error}"))),
    };
    let messages = messages.max_frame_size(MESSAGE_BYTES_MAX).aggregate_continuations().max_continuation_size(MESSAGE_BYTES_MAX);
    let agreed = response.headers().contains_key(SEC_WEBSOCKET_PROTOCOL);
    let authorization = text(&http, &AUTHORIZATION).map(str::to_owned);
    rt::spawn(Connection::new(endpoint, session, seat, authorization).run(messages, agreed));
    response
}

/// Lets a client in, unless it is sent by a stranger's page or there is no room.
fn admit(http: &HttpRequest, hall: &Hall) -> Result<Seat, GraphqlError> {
    let given = http.headers().contains_key(ORIGIN);
    let origin = text(http, &ORIGIN);
    let known = origin.is_some_and(|origin| hall.rules().origins.allow(origin, text(http, &HOST)));
    if given && !known {
        let message = "pages of this origin may not open a WebSocket here; the operator can allow it by sockets.origins";
        return Err(GraphqlError::new(Code::Forbidden, message));
    }
    hall.enter(Address::of(http))
}

fn refusal(error: &GraphqlError) -> HttpResponse {
    let mut response = problem(error);
    if error.code == Code::Busy {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
