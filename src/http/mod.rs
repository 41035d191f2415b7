//! What is served beside the API and the pages: whether the service lives and is ready, its metrics, its public keys,
//! and what this is.

mod bodies;
mod crowd;
mod editions;
mod fence;
mod gate;
mod health;
mod metrics;
mod observe;
mod tls;

use std::{
    any::Any,
    io,
    net::{SocketAddr, TcpListener},
    num::NonZeroUsize,
    sync::{Arc, atomic::AtomicBool},
    thread,
    time::Duration,
};

use actix_web::{
    App as Site, HttpRequest, HttpResponse, HttpServer,
    dev::{Extensions, Server},
    http::header::{ALLOW, CONTENT_TYPE, HeaderValue},
    middleware::{Compress, DefaultHeaders, from_fn},
    web,
};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::Value;
use thiserror::Error;
use tokio::runtime::Handle;
use tracing_actix_web::TracingLogger;

use self::{crowd::Crowd, editions::Taker};
pub use self::{
    editions::PATH as EDITIONS,
    fence::Outside,
    metrics::measure,
    tls::{Tls, TlsError},
};
use api::Api;
use app::App;
use graphql::{Code, GraphqlError, http::Endpoint, problem::problem, socket::STALL};

use crate::web as pages;

/// Says how many commits the store made.
pub type Commits = Arc<dyn Fn() -> u64 + Send + Sync>;

/// How long an idle connection is kept open for the next request.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// How long a client may take to send the head of a request.
const HEAD_WAIT: Duration = Duration::from_secs(10);

/// The most connections that are served at once, however many files the system allows.
pub const CONNECTIONS_MAX: usize = 50_000;

/// How many connections beyond those that are served each worker may hold for the moment in which it turns them away.
const SPARE_PER_WORKER: usize = 8;

/// How long a client may take to agree on TLS.
const TLS_WAIT: Duration = Duration::from_secs(5);

/// The most probes that are answered at once.
const PROBES_MAX: usize = 16;

/// How many files each worker has for itself.
const FILES_PER_WORKER: usize = 6;

/// Says which public keys are published.
pub type KeySet = Arc<dyn Fn() -> Value + Send + Sync>;

/// What is served.
pub struct Service {
    /// The inside.
    pub app: Arc<App>,
    /// The API.
    pub endpoint: web::Data<Endpoint<Api>>,
    /// The public keys, as they are published now.
    pub key_set: KeySet,
    /// What was measured.
    pub metrics: PrometheusHandle,
    /// The store's commits.
    pub commits: Commits,
}

/// A service, and whether its picture has ever been whole.
struct Served {
    service: Service,
    has_been_whole: AtomicBool,
}

/// An address can't be served. Reads as one sentence.
#[derive(Debug, Error)]
pub enum BindError {
    /// Another program serves it.
    #[error("{0} is in use by another program; stop that one, or choose another address by --listen")]
    InUse(SocketAddr),
    /// The system refuses.
    #[error("{address} can't be served: {source}; choose another address by --listen")]
    Refused {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// Takes `address`; connections wait until [`start`].
///
/// # Errors
///
/// When it is in use, is not this machine's, or may not be taken.
pub fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse(address),
        _ => BindError::Refused { address, source },
    })
}

/// How many files serving takes beside the connections that are served.
#[must_use]
pub fn files_kept() -> u64 {
    (workers() * (SPARE_PER_WORKER + FILES_PER_WORKER) + PROBES_MAX + FILES_PER_WORKER) as u64
}

fn workers() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Where it is served.
pub struct Doors {
    /// The address of everything.
    pub listener: TcpListener,
    /// An address for those who look after the service, at which a thread of its own says whether it lives, whether it is
    /// ready and why not, and what was measured.
    pub probes: Option<TcpListener>,
    /// How many connections are served at once.
    pub connections: usize,
    /// How many of them may come from one address.
    pub connections_per_address: usize,
    /// The certificate, where connections are by TLS.
    pub tls: Option<Tls>,
    /// By which names, and through whom, it is reached.
    pub outside: Outside,
}

impl Doors {
    /// One address for everything, with as many connections as there may be.
    #[must_use]
    pub fn one(listener: TcpListener) -> Self {
        Self {
            listener,
            probes: None,
            connections: CONNECTIONS_MAX,
            connections_per_address: CONNECTIONS_MAX,
            tls: None,
            outside: Outside::default(),
        }
    }
}

/// Serves `service` at `doors`. When it is stopped, requests that have begun may go on for `drain`. To be called on the
/// runtime.
///
/// # Errors
///
/// When the system gives no threads, or takes the listener back.
pub fn start(service: Service, doors: Doors, drain: Duration) -> io::Result<Server> {
    let Doors { listener, probes, connections, connections_per_address, tls, outside } = doors;
    let endpoint = service.endpoint.clone();
    tokio::spawn(metrics::keep_up(service.metrics.clone()));
    let served = web::Data::new(Served { service, has_been_whole: AtomicBool::new(false) });
    if let Some(probes) = probes {
        serve_probes(served.clone(), probes)?;
    }
    let crowd = Crowd::of(connections, connections_per_address, outside.clone());
    let fence = web::Data::new(outside);
    let taker = web::Data::new(Taker::on(Handle::current()));
    let site = move || {
        Site::new()
            .app_data(served.clone())
            .app_data(fence.clone())
            .app_data(taker.clone())
            .configure(routes)
            .configure(Endpoint::mount(endpoint.clone()))
            .configure(pages::mount(endpoint.clone()))
            .default_service(web::to(pages::not_found))
            .wrap(Compress::default())
            .wrap(from_fn(gate::refuse_until_whole))
            .wrap(security_headers())
            .wrap(from_fn(observe::observe))
            .wrap(from_fn(fence::refuse_other_hosts))
            .wrap(from_fn(crowd::refuse_beyond))
            .wrap(from_fn(bodies::close_on_unread))
            .wrap(TracingLogger::<observe::RequestSpan>::new())
    };
    let enter = move |connection: &dyn Any, data: &mut Extensions| {
        limit_stalls(connection);
        crowd.enter(connection, data);
    };
    // Who closes their end has gone: what they asked for is given up.
    let http = HttpServer::new(site)
        .h1_allow_half_closed(false)
        .workers(workers())
        .max_connections(connections.div_ceil(workers()) + SPARE_PER_WORKER)
        .on_connect(enter)
        .disable_signals()
        .shutdown_timeout(drain.as_secs())
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEAD_WAIT)
        .tls_handshake_timeout(TLS_WAIT);
    let listening = match tls {
        None => http.listen(listener)?,
        Some(tls) => {
            let config = tls.config();
            tokio::spawn(tls.keep_up());
            http.listen_rustls_0_23(listener, config)?
        }
    };
    Ok(listening.run())
}

/// Serves what is asked by those who look after the service, on a thread that nothing else keeps busy, until the process ends.
fn serve_probes(served: web::Data<Served>, listener: TcpListener) -> io::Result<()> {
    let serve = async move || {
        let site = move || Site::new().app_data(served.clone()).configure(probes).wrap(security_headers());
        let server = HttpServer::new(site).workers(1).max_connections(PROBES_MAX).disable_signals();
        server.client_request_timeout(HEAD_WAIT).listen(listener)?.run().await
    };
    let serving = move || {
        if let Err(error) = actix_web::rt::System::new().block_on(serve()) {
            tracing::error!(%error, "the address for probes is no longer served");
        }
    };
    thread::Builder::new().name("probes".to_owned()).spawn(serving).map(drop)
}

/// Has the system end a connection that takes nothing for too long: nothing else can while there is something to write.
fn limit_stalls(connection: &dyn Any) {
    #[cfg(target_os = "linux")]
    if let Some(stream) = crowd::stream(connection)
        && let Err(error) = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(STALL))
    {
        tracing::debug!(%error, "a connection that takes nothing will not be ended");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = connection;
}

fn security_headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add(("Cache-Control", "no-store"))
        .add(("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"))
        .add(("Referrer-Policy", "no-referrer"))
        .add(("X-Content-Type-Options", "nosniff"))
}

/// What anybody may ask. A balancer learns here whether to send requests, and nobody anything of the record or the store.
fn routes(config: &mut web::ServiceConfig) {
    config
        .service(readable("/", web::get().to(front), web::head().to(front)))
        .service(readable("/livez", web::get().to(health::livez), web::head().to(health::livez)))
        .service(readable("/readyz", web::get().to(health::readyz_for_all), web::head().to(health::readyz_for_all)))
        .service(readable("/.well-known/jwks.json", web::get().to(key_set), web::head().to(key_set)))
        .service(web::resource(EDITIONS).route(web::post().to(editions::take)).default_service(web::to(post_only)));
}

/// What is for those who look after the service.
fn probes(config: &mut web::ServiceConfig) {
    config
        .service(readable("/livez", web::get().to(health::livez), web::head().to(health::livez)))
        .service(readable("/readyz", web::get().to(health::readyz), web::head().to(health::readyz)))
        .service(readable("/metrics", web::get().to(metrics::serve), web::head().to(metrics::serve)));
}

/// An address that can be read and nothing else.
fn readable(path: &str, get: actix_web::Route, head: actix_web::Route) -> actix_web::Resource {
    web::resource(path).route(get).route(head).default_service(web::to(read_only))
}

async fn post_only() -> HttpResponse {
    let mut response = problem(&GraphqlError::new(Code::MethodNotAllowed, "use POST"));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

async fn read_only() -> HttpResponse {
    let mut response = problem(&GraphqlError::new(Code::MethodNotAllowed, "use GET"));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

/// What this is, for whoever comes by without a browser.
const FRONT: &str = "\
Milepost: the record that industrial clusters share on the way to net zero.

This is its service. The API is GraphQL, at /graphql, by POST and with a token:

    curl -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\
      -d '{\"query\": \"{ __typename }\"}' ADDRESS/graphql

'milepost token --role auditor' prints a token, 'milepost schema' the schema.

    /livez                   the process answers
    /readyz                  it has read the whole log and takes requests
    /.well-known/jwks.json   the keys that tokens are verified with
";

async fn front(request: HttpRequest) -> HttpResponse {
    if pages::wants_page(&request) {
        return pages::front(&request).await;
    }
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; charset=utf-8")).body(FRONT)
}

async fn key_set(served: web::Data<Served>) -> HttpResponse {
    HttpResponse::Ok().insert_header(("Cache-Control", "public, max-age=300")).json((served.service.key_set)())
}
