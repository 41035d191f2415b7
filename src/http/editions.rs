//! An edition of a register, taken while the service runs. An administrator sends its files as one archive, and is told line
//! by line how far it has come: a JSON object each, `step` while it goes on, and `summary` or `refused` at the end.

use std::{convert::Infallible, path::PathBuf, sync::Arc, time::Duration};

use access::{Actor, Role, operator};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::CONTENT_TYPE,
    rt::time::{sleep, timeout},
    web::{self, Bytes, BytesMut},
};
use app::App;
use chrono::NaiveDate;
use futures::{Stream, StreamExt, stream};
use graphql::{Code, GraphqlError, problem::problem};
use schema::Visibility;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::{JoinHandle, block_in_place},
};

use super::Served;
use crate::import::{Edition, FILE_BYTES_MAX, ImportError, MAY_RETRACT_PERCENT, Options, Sources, Step, take_edition};

/// Where editions are sent.
pub const PATH: &str = "/editions";

/// What the archive may have beside the register.
const ARCHIVE_BYTES_MAX: u64 = FILE_BYTES_MAX + (1 << 20);

/// How long nothing may come of an archive that is sent.
const PART_WAIT: Duration = Duration::from_secs(30);

/// How often whoever sent it is told how far it has come.
const TOLD_EVERY: Duration = Duration::from_millis(250);

/// Who takes editions: one at a time, on the runtime of the app.
pub(super) struct Taker {
    runtime: Handle,
    turn: Arc<Semaphore>,
}

impl Taker {
    pub(super) fn on(runtime: Handle) -> Self {
        Self { runtime, turn: Arc::new(Semaphore::new(1)) }
    }
}

/// What is wanted of the edition, in the address.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Wanted {
    published_on: Option<NaiveDate>,
    #[serde(default)]
    dry_run: bool,
    /// How much it may retract of what is on record of its rows, in percent.
    may_retract: Option<u8>,
    /// Where its sender lists the rows that can't be taken, to be said in the summary.
    listed_in: Option<PathBuf>,
}

/// Takes the edition in the body.
pub(super) async fn take(
    http: HttpRequest,
    served: web::Data<Served>,
    taker: web::Data<Taker>,
    body: web::Payload,
) -> HttpResponse {
    let begun = begin(&http, &served, &taker, body).await;
    begun.unwrap_or_else(|error| problem(&error))
}

async fn begin(http: &HttpRequest, served: &Served, taker: &Taker, body: web::Payload) -> Result<HttpResponse, GraphqlError> {
    let actor = served.service.endpoint.actor(http)?;
    if !(actor.has(Role::Administrator) && actor.scopes.write) {
        return Err(GraphqlError::new(Code::Forbidden, "editions are taken by an administrator whose token may write"));
    }
    let unread = |error| GraphqlError::new(Code::BadRequest, format!("the address can't be read: {error}"));
    let wanted = web::Query::<Wanted>::from_query(http.query_string()).map_err(unread)?.into_inner();
    let turn = Arc::clone(&taker.turn).try_acquire_owned();
    let turn = turn.map_err(|_| GraphqlError::new(Code::Busy, "another edition is being taken; send yours after it"))?;
    let archive = read(body).await?;
    let unpacked = web::block(move || Sources::of_archive(&archive)).await;
    let failed = |error| {
        tracing::error!(%error, "an archive could not be unpacked");
        GraphqlError::new(Code::Internal, "the archive could not be unpacked")
    };
    let sources = unpacked.map_err(failed)?.map_err(|error| GraphqlError::new(Code::InvalidInput, error.to_string()))?;
    let (app, (steps, step)) = (Arc::clone(&served.service.app), watch::channel(Step::default()));
    let taking = taker.runtime.spawn(taken(app, turn, sources, wanted, actor, steps));
    let lines = told(Taking { step, taking });
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/x-ndjson")).streaming(lines))
}

async fn read(mut body: web::Payload) -> Result<Bytes, GraphqlError> {
    let mut archive = BytesMut::new();
    loop {
        let slow = |_| GraphqlError::new(Code::Timeout, "nothing more came of the archive; send it again");
        let Some(part) = timeout(PART_WAIT, body.next()).await.map_err(slow)? else { return Ok(archive.freeze()) };
        let part = part.map_err(|error| GraphqlError::new(Code::BadRequest, format!("the archive can't be read: {error}")))?;
        if (archive.len() + part.len()) as u64 > ARCHIVE_BYTES_MAX {
            let message = format!("the archive has more than {} MiB", ARCHIVE_BYTES_MAX >> 20);
            return Err(GraphqlError::new(Code::PayloadTooLarge, message));
        }
        archive.extend_from_slice(&part);
    }
}

/// What came of an edition, for whoever sent it: a summary, or why it was refused.
type Outcome = Result<String, String>;

async fn taken(
    app: Arc<App>,
    _turn: OwnedSemaphorePermit,
    sources: Sources,
    Wanted { published_on, dry_run, may_retract, listed_in }: Wanted,
    actor: Actor,
    steps: watch::Sender<Step>,
) -> Outcome {
    // The acts are the register's: whoever has it taken, they are the same.
    let (subject, visibility) = (operator(), Visibility::Participants);
    let on_behalf_of = (actor.subject != subject).then_some(actor.subject);
    let may_retract_percent = may_retract.unwrap_or(MAY_RETRACT_PERCENT);
    let options = Options { subject, on_behalf_of, visibility, dry_run, may_retract_percent };
    let (mapping, register) = block_in_place(|| {
        let read = || -> Result<_, ImportError> {
            let mapping = sources.mapping()?;
            let register = sources.register(&mapping)?;
            Ok((mapping, register))
        };
        read().map_err(|error| error.to_string())
    })?;
    drop(sources);
    let edition = block_in_place(|| Edition::try_new(&mapping, &register, published_on));
    let edition = edition.map_err(|errors| ImportError::Edition(errors).to_string())?;
    let summary = take_edition(&app, &edition, &options, &|step| _ = steps.send_replace(step)).await;
    let mut summary = summary.map_err(|error| error.to_string())?;
    if !(summary.rejects.is_empty() && summary.odd.is_empty()) {
        summary.listed = listed_in;
    }
    Ok(summary.to_string())
}

/// An edition that is being taken. Whoever goes away gives it up: what is on record by then stays.
struct Taking {
    step: watch::Receiver<Step>,
    taking: JoinHandle<Outcome>,
}

impl Drop for Taking {
    fn drop(&mut self) {
        self.taking.abort();
    }
}

/// How far it has come, and at last what came of it.
fn told(taking: Taking) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let next = async |taking: Option<Taking>| {
        let mut taking = taking?;
        tokio::select! {
            biased;
            outcome = &mut taking.taking => Some((line(&ended(outcome.unwrap_or_else(|_| Err(stopped())))), None)),
            () = sleep(TOLD_EVERY) => {
                let step = *taking.step.borrow();
                Some((line(&json!({ "step": step })), Some(taking)))
            }
        }
    };
    stream::unfold(Some(taking), next)
}

fn ended(outcome: Outcome) -> Value {
    match outcome {
        Ok(summary) => json!({ "summary": summary }),
        Err(refused) => json!({ "refused": refused }),
    }
}

fn stopped() -> String {
    "the service stopped before the edition was taken; what is on record by now stays, and taking it again goes on".to_owned()
}

fn line(value: &Value) -> Result<Bytes, Infallible> {
    Ok(Bytes::from(format!("{value}\n")))
}
