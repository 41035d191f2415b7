//! What is measured, in the words of Prometheus.

use std::time::Duration;

use actix_web::{HttpResponse, http::header::CONTENT_TYPE, web};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

use super::Served;

/// The bounds between which durations are counted, in seconds.
const BUCKETS_S: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// How often what was measured is taken in, whether or not anybody asks.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Begins to measure, for the whole process. To be called once, on the runtime.
///
/// # Errors
///
/// When it was called before.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new().set_buckets(&BUCKETS_S)?.install_recorder()?;
    describe_counter!("milepost_http_requests_total", "Requests answered, by method, route and status");
    describe_histogram!("milepost_http_request_seconds", "How long requests took, in seconds, by route");
    describe_counter!("milepost_store_commits_total", "Commits of the store; one may hold many appends");
    describe_counter!("milepost_events_projected_total", "Events in the picture");
    describe_gauge!("milepost_events_quarantined", "Events that this build can't read");
    describe_gauge!("milepost_projector_lag_seconds", "Seconds from the recording of the last event to the picture");
    describe_histogram!("milepost_projector_batch_seconds", "How long a batch of events took to fold, in seconds");
    tokio::spawn(keep_up(handle.clone()));
    Ok(handle)
}

async fn keep_up(handle: PrometheusHandle) {
    let mut due = tokio::time::interval(UPKEEP_EVERY);
    loop {
        due.tick().await;
        handle.run_upkeep();
    }
}

pub(super) async fn metrics(served: web::Data<Served>) -> HttpResponse {
    counter!("milepost_store_commits_total").absolute((served.service.commits)());
    let body = served.service.metrics.render();
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")).body(body)
}
