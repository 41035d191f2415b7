//! No answer is given from a picture that was never whole.

use std::sync::atomic::Ordering;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderValue, RETRY_AFTER},
    middleware::Next,
    web,
};
use graphql::{Code, GraphqlError, problem::problem};

use super::{EDITIONS, Served};
use crate::web as pages;

impl Served {
    fn is_whole(&self) -> bool {
        let progress = self.service.app.progress();
        progress.caught_up && progress.checked
    }

    /// Whether the picture has been whole since the start. A later fault of the store leaves it as it was then, which
    /// is out of date at worst.
    fn has_been_whole(&self) -> bool {
        self.has_been_whole.load(Ordering::Relaxed)
            || self.is_whole() && {
                self.has_been_whole.store(true, Ordering::Relaxed);
                true
            }
    }
}

/// Refuses what goes to the API or the pages while the log is read for the first time.
pub(super) async fn refuse_until_whole(
    served: web::Data<Served>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let is_page = pages::needs_record(request.path());
    if !(is_page || ["/graphql", EDITIONS].contains(&request.path())) || served.has_been_whole() {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    if is_page {
        let page = pages::not_ready(request.request());
        return Ok(request.into_response(page).map_into_right_body());
    }
    let mut refusal = problem(&GraphqlError::new(Code::Busy, "the record is still being read; ask again in a moment"));
    refusal.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    Ok(request.into_response(refusal).map_into_right_body())
}
