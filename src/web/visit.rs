//! Somebody who looks at a page: what they ask for, who they are, and the page that they get.

use std::{
    collections::HashMap,
    future::{Ready, ready},
};

use access::{Actor, table::records_anything};
use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::Payload,
    http::{StatusCode, header::CONTENT_TYPE},
    web,
};
use graphql::{Code, GraphqlError};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Source, failure::Failure, session, templates, words};

/// What the pages of this service may load and do: their own style and pictures, and forms that go back to them.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                                       base-uri 'none'; frame-ancestors 'none'";

/// A request for a page.
#[derive(Clone)]
pub struct Visit {
    request: HttpRequest,
    source: Source,
    parameters: HashMap<String, String>,
}

impl FromRequest for Visit {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl Visit {
    /// The visit that `request` makes.
    ///
    /// # Errors
    ///
    /// When no pages are mounted.
    pub fn of(request: &HttpRequest) -> Result<Self, actix_web::Error> {
        let source = request.app_data::<Source>().cloned();
        let source = source.ok_or_else(|| actix_web::error::ErrorInternalServerError("no pages are mounted here"))?;
        let parameters = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
        let mut first = HashMap::new();
        for (name, value) in parameters.map(web::Query::into_inner).unwrap_or_default() {
            first.entry(name).or_insert(value);
        }
        Ok(Self { request: request.clone(), source, parameters: first })
    }

    /// The request.
    pub const fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// What the pages are served from.
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// A parameter of the address; an empty one is none.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Every parameter of the address, in the order of their names.
    pub fn parameters(&self) -> Vec<(&str, &str)> {
        let mut parameters: Vec<_> = self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        parameters.sort_unstable();
        parameters
    }

    /// The id in the address, of a thing of `kind`.
    ///
    /// # Errors
    ///
    /// When it can't be one: that is answered as for an id that nobody has.
    pub fn id(&self, kind: &str) -> Result<String, Failure> {
        let id = self.request.match_info().get("id").unwrap_or_default();
        let named = id.strip_prefix(kind).and_then(|rest| rest.strip_prefix('-'));
        if named.is_some_and(words::is_uuid) { Ok(id.to_owned()) } else { Err(Failure::not_found()) }
    }

    /// The id in the address, of a thing of any kind.
    ///
    /// # Errors
    ///
    /// As [`Visit::id`].
    pub fn any_id(&self) -> Result<String, Failure> {
        let id = self.request.match_info().get("id").unwrap_or_default();
        if words::is_id(id) { Ok(id.to_owned()) } else { Err(Failure::not_found()) }
    }

    /// Who is signed in.
    ///
    /// # Errors
    ///
    /// When nobody is, or no longer.
    pub fn viewer(&self) -> Result<Actor, Failure> {
        let refused = |message: &str| Failure::from(GraphqlError::new(Code::Unauthenticated, message));
        let token = session::token(&self.request).ok_or_else(|| refused("this page is for those who are signed in"))?;
        self.source.bearer(&token).map_err(|error| refused(&format!("you are no longer signed in: {error}")))
    }

    /// What the API answers whoever is signed in to `document`.
    ///
    /// # Errors
    ///
    /// When nobody is signed in, or the API refuses.
    pub async fn ask(&self, document: &str, variables: &Value) -> Result<Value, Failure> {
        let viewer = self.viewer()?;
        Ok(self.source.ask(viewer, document, variables).await?)
    }

    /// The page that `template` makes of `content`.
    ///
    /// # Errors
    ///
    /// When the template can't be filled in.
    pub fn show(&self, template: &str, content: impl Serialize) -> Result<HttpResponse, Failure> {
        let page = templates::fill(template, &self.head(), content).map_err(|error| Failure::fault(&error))?;
        Ok(html(StatusCode::OK, page))
    }

    /// What every page says of itself and of whoever looks at it.
    pub fn head(&self) -> Value {
        let viewer = self.viewer().ok();
        let roles = |viewer: &Actor| {
            let mut roles: Vec<_> = viewer.grants.iter().map(|grant| words::words(grant.role.word())).collect();
            roles.dedup();
            roles.join(", ")
        };
        json!({
            "signed_in": viewer.as_ref().map(roles),
            "until": viewer.as_ref().map(|viewer| words::second(viewer.expires_at)),
            "may_record": viewer.as_ref().is_some_and(records_anything),
            "path": session::local(self.request.path()).unwrap_or("/"),
            "address": self.request.uri().path_and_query().and_then(|address| session::local(address.as_str())),
        })
    }
}

/// A page of HTML with the headers that all pages have.
pub fn html(status: StatusCode, page: String) -> HttpResponse {
    with_headers(status, "text/html; charset=utf-8", page)
}

/// Something else than a page, with the same headers.
pub fn with_headers(status: StatusCode, content_type: &str, body: impl MessageBody + 'static) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, content_type))
        .insert_header(("Content-Security-Policy", CONTENT_SECURITY_POLICY))
        .insert_header(("Cross-Origin-Opener-Policy", "same-origin"))
        .insert_header(("Cross-Origin-Resource-Policy", "same-origin"))
        // Not `no-referrer`: browsers would then hide the origin of our own forms.
        .insert_header(("Referrer-Policy", "same-origin"))
        .insert_header(("Vary", "Cookie"))
        .body(body)
}
