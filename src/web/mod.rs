//! Pages for people: the initiative, a cluster with its ladders, a permit with its history.
//!
//! A page is a GraphQL document, a template and a small file beside them (`pages/`). The document is executed in
//! process, for whoever is signed in, so that a page can show nothing that the API would refuse; nothing here looks at
//! the record itself. Pages need no script: none is served, and none would run.

mod chart;
mod charts;
mod command;
mod csv;
mod effect;
mod failure;
mod file;
mod form;
mod guard;
mod kept;
mod ladder;
mod legal;
mod moment;
mod pages;
mod paging;
mod session;
mod strange;
mod templates;
mod visit;
mod words;

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Responder, Route,
    http::{
        Method, StatusCode,
        header::{ACCEPT, ALLOW, CONTENT_TYPE, HeaderValue},
    },
    web,
};
use api::Api;
use graphql::{
    Code, Deadline, GraphqlError,
    http::Endpoint,
    problem::{not_found as no_such_address, problem},
};
use tokio::time::timeout;

use self::{failure::Failure, visit::Visit};

/// What pages are served from.
type Source = web::Data<Endpoint<Api>>;

/// The addresses of pages, as they are counted and logged; what stands in braces is an id.
pub const ROUTES: [&str; 29] = [
    "/desk",
    "/log",
    "/log/done",
    "/initiative",
    "/docket",
    "/clusters/{id}",
    "/projects/{id}",
    "/permits/{id}",
    "/awards/{id}",
    "/programmes/{id}",
    "/partnerships/{id}",
    "/organisations/{id}",
    "/policy-measures/{id}",
    "/lists",
    "/search",
    "/clusters",
    "/projects",
    "/permits",
    "/awards",
    "/programmes",
    "/partnerships",
    "/organisations",
    "/policy-measures",
    "/bottlenecks",
    "/records/{id}",
    "/sign-in",
    "/sign-out",
    templates::STYLE_PATH,
    templates::MARK_PATH,
];

/// Serves the pages. The same `source` is given to every worker.
pub fn mount(source: Source) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        config
            .app_data(source)
            .service(page("/desk", pages::desk::show))
            .service(page_taking("GET, HEAD, POST", "/log", pages::log::show).route(web::post().to(log)))
            .service(page("/log/done", pages::log::done))
            .service(page("/initiative", pages::initiative::show))
            .service(page("/clusters/{id}", pages::cluster::show))
            .service(page("/projects/{id}", pages::project::show))
            .service(page("/docket", pages::docket::show))
            .service(page("/permits/{id}", pages::permit::show))
            .service(page("/bottlenecks", pages::bottlenecks::show))
            .service(page("/lists", pages::lists::overview))
            .service(page("/search", pages::search::show))
            .service(page("/records/{id}", pages::record::show))
            .service(
                page_taking("GET, HEAD, POST", "/sign-in", pages::sign_in::show)
                    .app_data(web::FormConfig::default().limit(kept::KEPT_BYTES_MAX))
                    .route(web::post().to(sign_in)),
            )
            .service(web::resource("/sign-out").route(web::post().to(sign_out)).default_service(web::to(posted_only)))
            .configure(|config| {
                for path in pages::lists::paths() {
                    config.service(page(path, pages::lists::show));
                }
                for path in pages::thing::paths() {
                    config.service(page(&path, pages::thing::show));
                }
            })
            .service(asset(templates::STYLE_PATH, "text/css; charset=utf-8", templates::STYLE))
            .service(asset(templates::MARK_PATH, "image/svg+xml", templates::MARK));
    }
}

/// The first page: what this is, or the initiative for those who are signed in.
pub async fn front(request: &HttpRequest) -> HttpResponse {
    match Visit::of(request) {
        Ok(visit) => answered(&visit, pages::welcome::show(visit.clone()).await),
        Err(error) => error.error_response(),
    }
}

/// Whether `request` comes from somebody with a browser.
#[must_use]
pub fn wants_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// What is said where there is nothing, to people and to programs.
pub async fn not_found(request: HttpRequest) -> HttpResponse {
    match Visit::of(&request) {
        Ok(visit) if wants_page(&request) => Failure::not_found().answer(&visit),
        _ => no_such_address(),
    }
}

/// Whether what is at `path` can't be shown before the record was read.
#[must_use]
pub fn needs_record(path: &str) -> bool {
    let at = |under: &str| path.strip_prefix(under).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    // The first part of the address of each page but those for signing in and out and for what is part of the program.
    let of_record = ROUTES.iter().filter(|route| !["/sign-in", "/sign-out"].contains(route) && !route.starts_with("/assets"));
    of_record.map(|route| route.split_once("/{").map_or(*route, |(first, _)| first)).any(at)
}

/// The page that asks to wait until the record was read.
#[must_use]
pub fn not_ready(request: &HttpRequest) -> HttpResponse {
    let error = GraphqlError::new(Code::Busy, "the record is still being read; open the page again in a moment");
    match Visit::of(request) {
        Ok(visit) => Failure::from(error).answer(&visit),
        Err(_) => problem(&error),
    }
}

/// The page at `path`, which can be read and nothing else.
fn page<F, A>(path: &str, show: F) -> actix_web::Resource
where
    F: Fn(Visit) -> A + Copy + 'static,
    A: Future<Output = Result<HttpResponse, Failure>> + 'static,
{
    page_taking("GET, HEAD", path, show)
}

/// The page at `path`, which takes `methods`; those that do more than read are for the caller to add.
fn page_taking<F, A>(methods: &'static str, path: &str, show: F) -> actix_web::Resource
where
    F: Fn(Visit) -> A + Copy + 'static,
    A: Future<Output = Result<HttpResponse, Failure>> + 'static,
{
    let route = |route: Route| route.to(move |visit: Visit| async move { answered(&visit, show(visit.clone()).await) });
    let resource = web::resource(path).route(route(web::get())).route(route(web::head()));
    resource.default_service(web::to(move |visit: Visit| async move {
        let error = GraphqlError::new(Code::MethodNotAllowed, format!("this page takes {methods}"));
        let mut response = Failure::from(error).answer(&visit);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
        response
    }))
}

fn answered(visit: &Visit, outcome: Result<HttpResponse, Failure>) -> HttpResponse {
    outcome.unwrap_or_else(|failure| failure.answer(visit))
}

/// A file that is part of the program. Its address changes with its content, so that it can be kept for ever.
fn asset(path: &str, content_type: &'static str, content: &'static str) -> actix_web::Resource {
    let serve = move || async move {
        let kept = ("Cache-Control", "public, max-age=31536000, immutable");
        HttpResponse::Ok().insert_header((CONTENT_TYPE, content_type)).insert_header(kept).body(content)
    };
    web::resource(path).route(web::get().to(serve)).route(web::head().to(serve))
}

async fn sign_in(visit: Visit, payload: web::Payload) -> HttpResponse {
    let mut payload = payload.into_inner();
    let form = web::Form::<session::SignIn>::from_request(visit.request(), &mut payload);
    // Nobody is waited for longer than a request is worked on: who they are is not known yet.
    let outcome = match timeout(visit.source().patience(), form).await {
        Ok(Ok(form)) => session::begin(&visit, &form),
        Ok(Err(_)) => Err(Failure::from(GraphqlError::new(Code::BadRequest, "the form can't be read; send it again"))),
        Err(_) => Err(Failure::from(Deadline::passed())),
    };
    answered(&visit, outcome)
}

async fn log(visit: Visit, payload: web::Payload) -> HttpResponse {
    answered(&visit, pages::log::send(visit.clone(), payload).await)
}

async fn sign_out(visit: Visit) -> HttpResponse {
    answered(&visit, session::end(&visit).await)
}

async fn posted_only(visit: Visit, method: Method) -> impl Responder {
    let message = format!("signing out is done by the button at the top of a page, not by {method}");
    let mut response = Failure::from(GraphqlError::new(Code::MethodNotAllowed, message)).answer(&visit);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

/// A redirect after a form, or from the front page.
fn see_other(to: &str) -> HttpResponse {
    HttpResponse::build(StatusCode::SEE_OTHER).insert_header(("Location", to)).finish()
}
