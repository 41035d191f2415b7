//! GraphQL over HTTP: methods, media types, authentication, limits, and the form of every answer.
//!
//! What is wrong with HTTP itself (a media type, a length, a method) is said in a problem document; what is wrong with
//! the GraphQL request is said in a GraphQL answer.

use std::{num::NonZeroUsize, sync::Arc, thread, time::Duration};

use access::Actor;
use actix_web::{
    HttpRequest, HttpResponse,
    guard::fn_guard,
    http::{
        StatusCode,
        header::{
            ACCEPT, ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH,
            RETRY_AFTER, WWW_AUTHENTICATE,
        },
    },
    middleware::DefaultHeaders,
    web,
};
use juniper::OperationType;
use tokio::{
    task::{JoinError, spawn_blocking},
    time::timeout,
};
use uuid::Uuid;

use super::{
    Asker, Code, Deadline, GraphqlError,
    execute::{Admitted, Answer, Rules, Way, admit, executed},
    limits::Limits,
    media::{Media, is_json},
    problem::{problem, status},
    queue::{Bounds, Crowded, Place, Queue},
    request::{BODY_BYTES_MAX, Request},
    service::{Inquiry, Service},
    socket::{self, Hall, Sockets},
    throttle::{Allowance, Charge, Throttle},
};

/// The header with which a query says which mutation's effect it must know of.
pub const AFTER_HEADER: &str = "milepost-after";

/// More characters than a sealed position has.
const AFTER_CHARS_MAX: usize = 2_000;

/// How much longer than its deadline an execution is waited for, so that it can say itself that it has passed.
const GRACE: Duration = Duration::from_millis(250);

/// What the operator can set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What one operation may ask for.
    pub limits: Limits,
    /// What a subject may ask for over time.
    pub allowance: Allowance,
    /// How long a request is worked on.
    pub patience: Duration,
    /// How many queries are worked on at once: they take a processor's whole time.
    pub queries: Bounds,
    /// How many commands: they mostly wait for the disk.
    pub commands: Bounds,
    /// What WebSockets may do.
    pub sockets: Sockets,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            allowance: Allowance::default(),
            patience: Duration::from_secs(10),
            queries: Bounds::of(queries_at_once()),
            commands: Bounds::of(COMMANDS_AT_ONCE),
            sockets: Sockets::default(),
        }
    }
}

/// How many commands are worked on at once, if the operator doesn't say.
pub const COMMANDS_AT_ONCE: usize = 256;

/// How many queries are worked on at once, if the operator doesn't say: two for each processor.
#[must_use]
pub fn queries_at_once() -> usize {
    2 * thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// A service at its address.
pub struct Endpoint<S> {
    pub(super) service: Arc<S>,
    pub(super) rules: Arc<Rules>,
    pub(super) hall: Hall,
    queries: Arc<Queue>,
    commands: Arc<Queue>,
    pub(super) patience: Duration,
}

impl<S: Service> Endpoint<S> {
    /// Puts `service` behind `settings`.
    pub fn new(service: S, settings: Settings) -> Self {
        let rules = Rules { limits: settings.limits, throttle: Throttle::new(settings.allowance) };
        Self {
            service: Arc::new(service),
            rules: Arc::new(rules),
            hall: Hall::new(settings.sockets),
            queries: Queue::new(settings.queries),
            commands: Queue::new(settings.commands),
            patience: settings.patience,
        }
    }

    /// How long a request is worked on, and its body waited for.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        self.patience
    }

    /// Closes every WebSocket, and opens no more.
    pub fn close_sockets(&self) {
        self.hall.close();
    }

    /// Answers at `/graphql`. The same `endpoint` is given to every worker.
    pub fn mount(endpoint: web::Data<Self>) -> impl FnOnce(&mut web::ServiceConfig) {
        move |config| {
            let resource = web::resource("/graphql").app_data(endpoint).wrap(security_headers());
            let resource = resource.route(web::get().guard(fn_guard(socket::is_asked_for)).to(socket::open::<S>));
            let resource = resource.route(web::get().to(handle::<S>)).route(web::post().to(handle::<S>));
            config.service(resource.default_service(web::to(other_method)));
        }
    }
}

/// The headers of every answer: nothing here is to be cached, framed, sniffed or run.
fn security_headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add(("Cache-Control", "no-store"))
        .add(("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"))
        .add(("Cross-Origin-Resource-Policy", "same-origin"))
        .add(("Referrer-Policy", "no-referrer"))
        .add(("Vary", "Authorization, Accept"))
        .add(("X-Content-Type-Options", "nosniff"))
}

async fn other_method() -> HttpResponse {
    let mut response = problem(&GraphqlError::new(Code::MethodNotAllowed, "use GET or POST"));
    response.headers_mut().insert(ALLOW, actix_web::http::header::HeaderValue::from_static("GET, POST"));
    response
}

async fn handle<S: Service>(http: HttpRequest, payload: web::Payload, endpoint: web::Data<Endpoint<S>>) -> HttpResponse {
    let Some(media) = Media::accepted(text(&http, &ACCEPT)) else {
        let message = "answers are application/graphql-response+json or application/json";
        return problem(&GraphqlError::new(Code::NotAcceptable, message));
    };
    match endpoint.answer(&http, payload).await {
        Ok(answer) => endpoint.respond(&http, media, answer),
        Err(error) if matches!(error.code, Code::PayloadTooLarge | Code::UnsupportedMediaType) => problem(&error),
        Err(error) => endpoint.respond(&http, media, Answer::refusal(&[error])),
    }
}

/// A header, if it is there once and is text.
pub(super) fn text<'a>(http: &'a HttpRequest, name: &HeaderName) -> Option<&'a str> {
    let mut values = http.headers().get_all(name);
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}

impl<S: Service> Endpoint<S> {
    async fn answer(&self, http: &HttpRequest, payload: web::Payload) -> Result<Answer, GraphqlError> {
        let deadline = self.deadline();
        let (_presence, asker) = Asker::until(deadline);
        let inquiry = Inquiry { actor: self.actor(http)?, asker };
        let after = after(http)?;
        let way = if http.method() == actix_web::http::Method::GET { Way::Get } else { Way::Post };
        let request = if way == Way::Get { from_url(http)? } else { from_body(http, payload, deadline).await? };
        let admitted = match admit(&*self.service, &self.rules, &request, way, &inquiry.actor) {
            Ok(admitted) => admitted,
            Err(answer) => return Ok(answer),
        };
        if let Some(after) = after {
            self.service.reached(&inquiry, &after).await?;
        }
        self.execute(request.into(), admitted, inquiry).await
    }

    /// Executes `request`, a query or a mutation that was admitted, once it is its turn.
    pub(super) async fn execute(
        &self,
        request: Arc<Request>,
        admitted: Admitted,
        inquiry: Inquiry,
    ) -> Result<Answer, GraphqlError> {
        let deadline = inquiry.asker.deadline();
        let place = self.place(admitted.operation, &inquiry).await?;
        let (service, rules) = (Arc::clone(&self.service), Arc::clone(&self.rules));
        let working = spawn_blocking(move || {
            let answer = executed(&*service, &rules, &request, admitted, inquiry);
            // Kept until the work is over, whoever still waits for it.
            drop(place);
            answer
        });
        match timeout(deadline.left() + GRACE, working).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(failure)) => Err(fault(&failure)),
            Err(_) => Err(Deadline::passed()),
        }
    }

    /// A place among those whose operations of this kind are worked on, once it is the subject's turn.
    async fn place(&self, operation: OperationType, inquiry: &Inquiry) -> Result<Place, GraphqlError> {
        let queue = if operation == OperationType::Mutation { &self.commands } else { &self.queries };
        let place = queue.enter(inquiry.actor.subject, inquiry.asker.deadline()).await;
        place.map_err(|Crowded| GraphqlError::new(Code::Busy, "the server has too much to do; try again"))
    }

    /// Who sends `http`, by the token that it bears.
    ///
    /// # Errors
    ///
    /// When it bears none, or one that is not valid.
    pub fn actor(&self, http: &HttpRequest) -> Result<Actor, GraphqlError> {
        let refused = |message: String| GraphqlError::new(Code::Unauthenticated, message);
        let token = bearer(http).ok_or_else(|| {
            refused("send a token in one header 'Authorization: Bearer ...'; 'milepost token' makes one".into())
        })?;
        self.service.authenticate(token).map_err(|error| refused(error.to_string()))
    }

    /// Until when what is asked now is worked on.
    pub(super) fn deadline(&self) -> Deadline {
        Deadline::after(self.patience)
    }

    fn respond(&self, http: &HttpRequest, media: Media, answer: Answer) -> HttpResponse {
        let code = answer.refused.or(answer.failed);
        let mut response = HttpResponse::build(status_of(media, code));
        response.insert_header((CONTENT_TYPE, media.content_type()));
        match code {
            Some(Code::Unauthenticated) => {
                let error = if bearer(http).is_some() { ", error=\"invalid_token\"" } else { "" };
                response.insert_header((WWW_AUTHENTICATE, format!("Bearer realm=\"milepost\"{error}")));
            }
            Some(Code::MethodNotAllowed) => {
                response.insert_header((ALLOW, "POST"));
            }
            Some(code) if code.is_passing() => {
                response.insert_header((RETRY_AFTER, "1"));
            }
            _ => {}
        }
        if let Some(charge) = answer.charge {
            self.insert_rate_limit(&mut response, charge);
        }
        if let Some(etag) = answer.etag.filter(|_| http.method() == actix_web::http::Method::GET) {
            let is_known = text(http, &IF_NONE_MATCH).is_some_and(|known| known.split(',').any(|known| known.trim() == etag));
            // Kept by whoever asked, and asked for again before it is used.
            response.insert_header((CACHE_CONTROL, "private, no-cache")).insert_header((ETAG, etag));
            if is_known {
                return response.status(StatusCode::NOT_MODIFIED).finish();
            }
        }
        response.body(answer.body)
    }

    /// Says what is left of the subject's allowance (draft-ietf-httpapi-ratelimit-headers).
    fn insert_rate_limit(&self, response: &mut actix_web::HttpResponseBuilder, charge: Charge) {
        let Allowance { burst, restored_per_second } = self.rules.throttle.allowance();
        let window_s = burst.get().div_ceil(restored_per_second.get());
        let (remaining, wait_s) = match charge {
            Charge::Taken { remaining } => (remaining, 0),
            Charge::Refused { wait } => (0, wait.as_secs() + 1),
        };
        response.insert_header(("RateLimit-Policy", format!("\"cost\";q={burst};w={window_s}")));
        response.insert_header(("RateLimit", format!("\"cost\";r={remaining};t={wait_s}")));
        if wait_s > 0 {
            response.insert_header((RETRY_AFTER, wait_s.to_string()));
        }
    }
}

fn status_of(media: Media, code: Option<Code>) -> StatusCode {
    match code {
        None => StatusCode::OK,
        Some(code) if media == Media::Json && code.is_about_the_document() => StatusCode::OK,
        Some(code) => status(code),
    }
}

fn bearer(http: &HttpRequest) -> Option<&str> {
    bearer_in(text(http, &AUTHORIZATION)?)
}

/// The token in the value of an `Authorization`.
pub(super) fn bearer_in(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_matches(' ')).filter(|token| !token.is_empty())
}

fn after(http: &HttpRequest) -> Result<Option<String>, GraphqlError> {
    let name = HeaderName::from_static(AFTER_HEADER);
    if !http.headers().contains_key(&name) {
        return Ok(None);
    }
    let after = text(http, &name).filter(|after| after.len() <= AFTER_CHARS_MAX);
    let refused = || GraphqlError::new(Code::BadRequest, "the header Milepost-After must be what a mutation returned");
    after.map(|after| Some(after.to_owned())).ok_or_else(refused)
}

fn from_url(http: &HttpRequest) -> Result<Request, GraphqlError> {
    let parameters = web::Query::<Vec<(String, String)>>::from_query(http.query_string());
    let refused = |error| GraphqlError::new(Code::BadRequest, format!("the URL's parameters can't be read: {error}"));
    Request::from_parameters(parameters.map_err(refused)?.into_inner())
}

async fn from_body(http: &HttpRequest, payload: web::Payload, deadline: Deadline) -> Result<Request, GraphqlError> {
    if !is_json(text(http, &CONTENT_TYPE)) || http.headers().contains_key(CONTENT_ENCODING) {
        let message = "send the request as application/json in UTF-8, without Content-Encoding";
        return Err(GraphqlError::new(Code::UnsupportedMediaType, message));
    }
    let body = timeout(deadline.left(), payload.to_bytes_limited(BODY_BYTES_MAX)).await;
    match body {
        Err(_) => Err(Deadline::passed()),
        Ok(Err(_)) => Err(GraphqlError::new(Code::PayloadTooLarge, "the body is longer than 64 KB")),
        Ok(Ok(Err(error))) => Err(GraphqlError::new(Code::BadRequest, format!("the body can't be read: {error}"))),
        Ok(Ok(Ok(body))) => Request::from_body(&body),
    }
}

/// Work that panicked. Its message stays here; the client gets the number under which it is logged.
fn fault(failure: &JoinError) -> GraphqlError {
    let id = Uuid::new_v4();
    tracing::error!(%id, %failure, "a request panicked");
    GraphqlError::internal(id)
}
