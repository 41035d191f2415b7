//! One line of log and one measurement for each request. Neither a token, nor a body, nor a query is in either.

use std::{num::NonZeroU32, sync::LazyLock, time::Instant};

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{HeaderName, HeaderValue},
    },
    middleware::Next,
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use graphql::Address;
use metrics::{counter, histogram};
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder};

use crate::web as pages;

/// The header by which a client can name its request to the operator.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How many refused requests of one address have a line in the log, in a minute.
const REFUSALS_LOGGED: NonZeroU32 = NonZeroU32::MIN.saturating_add(119);

/// How many addresses are remembered before those that rested are forgotten.
const ADDRESSES_REMEMBERED: usize = 10_000;

/// What each address has left of [`REFUSALS_LOGGED`].
static REFUSALS: LazyLock<DefaultKeyedRateLimiter<Address>> =
    LazyLock::new(|| RateLimiter::keyed(Quota::per_minute(REFUSALS_LOGGED)));

/// Whether a request that was answered with `status` has a line: all that were served, and so many of the refused ones, of
/// which a stranger can send any number.
fn has_line(status: u16, address: Option<Address>) -> bool {
    let Some(address) = address.filter(|_| (400..500).contains(&status)) else { return true };
    if REFUSALS.len() > ADDRESSES_REMEMBERED {
        REFUSALS.retain_recent();
    }
    REFUSALS.check_key(&address).is_ok()
}

/// The span of a request: its id, its method and its route.
pub(super) struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
        // An error's span, so that the id is in every line however little is logged.
        tracing::error_span!("request", id, method = method(request), route = route(request))
    }

    fn on_request_end<B: MessageBody>(_: Span, _: &Result<ServiceResponse<B>, Error>) {}
}

/// Counts, measures and logs a request once it is answered.
pub(super) async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let (started, method, route) = (Instant::now(), method(&request), route(&request));
    let id = request.extensions().get::<RequestId>().and_then(|id| HeaderValue::from_str(&id.to_string()).ok());
    let address = Address::of(request.request());
    let mut outcome = next.call(request).await;
    let status = outcome.as_ref().map_or_else(|error| error.as_response_error().status_code(), ServiceResponse::status);
    let seconds = started.elapsed().as_secs_f64();
    counter!("milepost_http_requests_total", "method" => method, "route" => route, "status" => status.as_str().to_owned())
        .increment(1);
    histogram!("milepost_http_request_seconds", "route" => route).record(seconds);
    if has_line(status.as_u16(), address) {
        tracing::info!(status = status.as_u16(), seconds, "answered");
    } else {
        counter!("milepost_log_lines_left_out_total").increment(1);
    }
    if let (Ok(response), Some(id)) = (&mut outcome, id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    outcome
}

/// The method, of those that are worth a count of their own.
fn method(request: &ServiceRequest) -> &'static str {
    match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The route, never the address itself: that can hold anything.
fn route(request: &ServiceRequest) -> &'static str {
    const ROUTES: [&str; 6] = ["/", "/graphql", "/livez", "/readyz", "/metrics", "/.well-known/jwks.json"];
    let path = request.path();
    let is_at = |route: &&str| match route.strip_suffix("{id}") {
        None => *route == path,
        Some(folder) => path.strip_prefix(folder).is_some_and(|id| !id.is_empty() && !id.contains('/')),
    };
    ROUTES.into_iter().chain(pages::ROUTES).find(is_at).unwrap_or("other")
}
