//! Whether the service lives, and whether it is ready.

use actix_web::{HttpResponse, http::header::CONTENT_TYPE, web};
use app::{App, Progress, Refused};
use chrono::SecondsFormat;
use graphql::problem::PROBLEM_TYPE;
use serde_json::json;

use super::Served;

/// The process answers.
pub(super) async fn livez() -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; charset=utf-8")).body("alive\n")
}

/// Whether requests are taken, for whoever asks: why not, and how much there is, is none of a stranger's business.
pub(super) async fn readyz_for_all(served: web::Data<Served>) -> HttpResponse {
    if unready_now(&served.service.app).1.is_none() {
        return HttpResponse::Ok().json(json!({ "ready": true }));
    }
    let problem = json!({
        "type": "urn:milepost:problem:NOT_READY",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "the service takes no requests at the moment; its operator is told why at the address for probes",
        "code": "NOT_READY",
        "ready": false,
    });
    HttpResponse::ServiceUnavailable().insert_header((CONTENT_TYPE, PROBLEM_TYPE)).body(problem.to_string())
}

/// The picture is up with the log; if not, why. For those who look after the service.
///
/// Events that can't be read are counted and don't make it unready: what they are about says so itself, and everything
/// else is as it should be.
pub(super) async fn readyz(served: web::Data<Served>) -> HttpResponse {
    let (progress, reason) = unready_now(&served.service.app);
    match reason {
        None => HttpResponse::Ok().json(json!({
            "ready": true,
            "events": progress.events,
            "quarantined": progress.quarantined,
            "foreign": progress.foreign,
            "limited": progress.limited,
            "lag_s": progress.lag_s,
        })),
        Some(reason) => HttpResponse::ServiceUnavailable().insert_header((CONTENT_TYPE, PROBLEM_TYPE)).body(
            json!({
                "type": "urn:milepost:problem:NOT_READY",
                "title": "Service Unavailable",
                "status": 503,
                "detail": reason,
                "code": "NOT_READY",
                "ready": false,
                "events": progress.events,
                "quarantined": progress.quarantined,
                "lag_s": progress.lag_s,
            })
            .to_string(),
        ),
    }
}

/// How far the picture has come, and why nothing is taken, if nothing is.
fn unready_now(app: &App) -> (Progress, Option<String>) {
    let progress = app.progress();
    let reason = unready(&progress, app.refused()).or_else(|| app.law_fault()).or_else(|| app.clock_fault());
    (progress, reason)
}

fn unready(progress: &Progress, refused: Option<Refused>) -> Option<String> {
    match (&progress.fault, refused) {
        (Some(fault), _) => Some(format!("the log can't be read: {fault}")),
        (None, _) if progress.damage.is_some() => progress.damage.clone(),
        (None, _) if progress.loss.is_some() => progress.loss.clone(),
        (None, _) if progress.caught_up && !progress.checked => {
            Some(format!("the log is being checked; {} events so far", progress.events))
        }
        (None, _) if !progress.caught_up => Some(format!("the log is being read; {} events so far", progress.events)),
        (None, Some(Refused { since, reason })) => {
            let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
            Some(format!("the log can't be written to since {since}: {reason}"))
        }
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn it_is_ready_once_all_is_read_and_until_the_store_fails() {
        let reading = Progress { events: 7, checked: true, ..Progress::default() };
        assert_eq!(unready(&reading, None).unwrap(), "the log is being read; 7 events so far");
        let read = Progress { caught_up: true, quarantined: 2, ..reading };
        assert_eq!(unready(&read, None), None);
        let refused = Refused { since: DateTime::UNIX_EPOCH, reason: "no right to write".to_owned() };
        let refused = unready(&read, Some(refused));
        assert_eq!(refused.unwrap(), "the log can't be written to since 1970-01-01T00:00:00Z: no right to write");
        let failed = Progress { fault: Some("the disk is away".to_owned()), caught_up: false, ..read };
        assert_eq!(unready(&failed, None).unwrap(), "the log can't be read: the disk is away");
    }
}
