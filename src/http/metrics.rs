//! What is measured, in the words of Prometheus.

use std::{sync::LazyLock, time::Duration};

use actix_web::{HttpResponse, http::header::CONTENT_TYPE, web};
use app::REASONS;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::Served;

/// The bounds between which durations are counted, in seconds.
const BUCKETS_S: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// How often what was measured is taken in, whether or not anybody asks.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// What was measured in this process since this was first called.
#[must_use]
pub fn measure() -> PrometheusHandle {
    static HANDLE: LazyLock<PrometheusHandle> = LazyLock::new(install);
    HANDLE.clone()
}

fn install() -> PrometheusHandle {
    let builder = PrometheusBuilder::new().set_buckets(&BUCKETS_S).unwrap_or_else(|_| PrometheusBuilder::new());
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::error!("something else measures already; /metrics stays empty");
    }
    describe_counter!("milepost_http_requests_total", "Requests answered, by method, route and status");
    describe_histogram!("milepost_http_request_seconds", "How long requests took, in seconds, by route");
    describe_counter!("milepost_store_commits_total", "Commits of the store; one may hold many appends");
    describe_counter!("milepost_commands_refused_total", "Commands refused through no fault of their senders, by reason");
    for reason in REASONS {
        // So that a rise from none can be seen.
        counter!("milepost_commands_refused_total", "reason" => reason).increment(0);
    }
    describe_counter!("milepost_events_projected_total", "Events in the picture");
    describe_gauge!("milepost_events_quarantined", "Events that this build can't read");
    describe_gauge!("milepost_log_damaged_events", "Acts in the log that are not as they were recorded");
    describe_gauge!("milepost_events_foreign", "Events passed over that lie among our streams and can't be of the record");
    describe_gauge!("milepost_events_unknown", "Acts of kinds that this build does not know, by kind");
    describe_gauge!("milepost_streams_limited", "Streams of which the store will throw acts away");
    describe_gauge!("milepost_seals_skipped", "Seals that could not be compared, since it is not remembered how the log stood");
    describe_gauge!("milepost_projector_lag_seconds", "Seconds from the recording of the last event to the picture");
    describe_histogram!("milepost_projector_batch_seconds", "How long a batch of events took to fold, in seconds");
    describe_counter!(
        "milepost_tokens_verified_total",
        "Signatures of tokens that were verified; one that is known is not again"
    );
    describe_counter!(
        "milepost_connections_refused_total",
        "Connections turned away, by reason: too few files, or too many of one address"
    );
    describe_counter!(
        "milepost_log_lines_left_out_total",
        "Lines not logged: of libraries, and of an address that is refused much"
    );
    describe_gauge!("milepost_sockets_open", "WebSockets that are open");
    describe_counter!("milepost_sockets_closed_total", "WebSockets that were closed, by close code");
    describe_gauge!("milepost_subscriptions_open", "Subscriptions under way");
    describe_counter!("milepost_subscription_events_total", "Acts that were sent to subscribers");
    handle
}

/// Takes in what was measured, so that it doesn't pile up where nobody asks. Runs until dropped.
pub(super) async fn keep_up(handle: PrometheusHandle) {
    let mut due = tokio::time::interval(UPKEEP_EVERY);
    loop {
        due.tick().await;
        handle.run_upkeep();
    }
}

pub(super) async fn serve(served: web::Data<Served>) -> HttpResponse {
    counter!("milepost_store_commits_total").absolute((served.service.commits)());
    let body = served.service.metrics.render();
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")).body(body)
}
