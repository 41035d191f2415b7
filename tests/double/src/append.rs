//! Appends, and those that are calls of their own.

use std::time::Duration;

use tokio::time::sleep;
use tonic::{Code, Status, Streaming};
use uuid::Uuid;

use crate::{
    faults::{AppendFault, Failure, Faults, tell},
    interface::event_store::client::{
        AllStreamPosition, Empty, StreamIdentifier,
        streams::{
            AppendReq, AppendResp, ProposedMessage,
            append_req::{Content, options::ExpectedStreamRevision},
            append_resp,
        },
        uuid::{Structured, Value},
    },
    log::{Appended, Expected, Log, Proposed, Refused},
};

type WireUuid = crate::interface::event_store::client::Uuid;

/// What comes of an append that is answered at all.
pub(crate) enum Answer {
    Done(Result<Appended, Refused>),
    Failed(Failure),
}

/// Appends, unless a fault is to be met; nothing when it is never answered. And how long the answer takes.
pub(crate) fn append(
    log: &Log,
    faults: &Faults,
    stream: &str,
    expected: Expected,
    events: Vec<Proposed>,
) -> (Option<Answer>, Duration) {
    let commit = || log.append(stream, expected, events);
    let wait = faults.commit_wait();
    let Some(fault) = faults.append() else { return (Some(Answer::Done(commit())), wait) };
    let answer = match fault {
        AppendFault::AbortedBefore => Some(Answer::Failed(Failure::Timeout)),
        // What is refused is refused at once, timeouts are for what is being written.
        AppendFault::AbortedAfter => Some(match commit() {
            Ok(_) => Answer::Failed(Failure::Timeout),
            Err(refused) => Answer::Done(Err(refused)),
        }),
        AppendFault::RequestLost => None,
        AppendFault::ReplyLost => {
            let _ = commit();
            None
        }
        AppendFault::Late(wait) => return (Some(Answer::Done(commit())), wait),
        AppendFault::Fails(failure) => Some(Answer::Failed(failure)),
    };
    (answer, wait)
}

pub(crate) fn proposed(message: ProposedMessage) -> Result<Proposed, Status> {
    let meta = |key: &str| message.metadata.get(key).cloned();
    let missing = |key: &str| Status::invalid_argument(format!("Required metadata '{key}' is missing"));
    Ok(Proposed {
        id: read_uuid(message.id.as_ref())?,
        event_type: meta("type").ok_or_else(|| missing("type"))?,
        content_type: meta("content-type").ok_or_else(|| missing("content-type"))?,
        metadata: message.custom_metadata,
        data: message.data,
    })
}

/// A UUID in either of its forms.
pub(crate) fn read_uuid(wire: Option<&WireUuid>) -> Result<Uuid, Status> {
    let malformed = || Status::invalid_argument("Bad UUID");
    match wire.and_then(|uuid| uuid.value.as_ref()).ok_or_else(malformed)? {
        Value::Structured(Structured { most_significant_bits, least_significant_bits }) => {
            Ok(Uuid::from_u64_pair(most_significant_bits.cast_unsigned(), least_significant_bits.cast_unsigned()))
        }
        Value::String(text) => text.parse().map_err(|_| malformed()),
    }
}

pub(crate) fn stream_name(identifier: Option<StreamIdentifier>) -> Result<String, Status> {
    let name = identifier.map(|identifier| identifier.stream_name).unwrap_or_default();
    String::from_utf8(name).ok().filter(|name| !name.is_empty()).ok_or_else(|| Status::invalid_argument("Bad stream name"))
}

/// One append: its options, then its events.
pub(crate) async fn one(log: &Log, faults: &Faults, mut requests: Streaming<AppendReq>) -> Result<AppendResp, Status> {
    let Some(Content::Options(options)) = requests.message().await?.and_then(|request| request.content) else {
        return Err(Status::invalid_argument("The first message has to be the options"));
    };
    let stream = stream_name(options.stream_identifier)?;
    let expected = match options.expected_stream_revision {
        Some(ExpectedStreamRevision::Revision(revision)) => Expected::Revision(revision),
        Some(ExpectedStreamRevision::NoStream(_)) => Expected::NoStream,
        Some(ExpectedStreamRevision::StreamExists(_)) => Expected::Exists,
        Some(ExpectedStreamRevision::Any(_)) => Expected::Any,
        None => return Err(Status::invalid_argument("No expected revision")),
    };
    let mut events = Vec::new();
    while let Some(request) = requests.message().await? {
        let Some(Content::ProposedMessage(message)) = request.content else {
            return Err(Status::invalid_argument("Options twice"));
        };
        events.push(proposed(message)?);
    }
    let (answer, wait) = append(log, faults, &stream, expected, events);
    if !wait.is_zero() {
        sleep(wait).await;
    }
    let result = match answer {
        None => std::future::pending().await,
        Some(Answer::Failed(failure)) => return Err(failed(failure)),
        Some(Answer::Done(Err(Refused::TooLarge(most)))) => return Err(too_large(most)),
        Some(Answer::Done(Err(Refused::Deleted))) => return Err(stream_deleted(&stream)),
        Some(Answer::Done(Ok(appended))) => append_resp::Result::Success(success(appended)),
        Some(Answer::Done(Err(Refused::WrongVersion { current }))) => {
            append_resp::Result::WrongExpectedVersion(wrong_version(current, expected))
        }
    };
    Ok(AppendResp { result: Some(result) })
}

/// The codes in a call of its own, which differ from those in a session (EVENTSTOREDB.md, 'Seen on a real server').
fn failed(failure: Failure) -> Status {
    match failure {
        Failure::Timeout => Status::aborted("Operation timed out: CommitTimeout"),
        Failure::Denied => access_denied(),
        Failure::InvalidTransaction => Status::failed_precondition("Invalid Transaction"),
        Failure::Unknown => Status::unknown("Unknown"),
        Failure::Internal => Status::internal("Internal"),
        Failure::NotReady => Status::unavailable("Server Is Not Ready"),
        Failure::Busy => Status::unavailable("Server Is Busy"),
    }
}

/// Somebody may not do this.
pub(crate) fn access_denied() -> Status {
    let mut status = Status::new(Code::PermissionDenied, "Access Denied");
    tell(&mut status, "exception", "access-denied");
    status
}

/// The stream has a tombstone.
pub(crate) fn stream_deleted(stream: &str) -> Status {
    let mut status = Status::failed_precondition(format!("Event stream '{stream}' is deleted."));
    tell(&mut status, "exception", "stream-deleted");
    tell(&mut status, "stream-name", stream);
    status
}

fn too_large(most: usize) -> Status {
    let mut status = Status::invalid_argument(format!("Maximum Append Size of {most} Exceeded."));
    tell(&mut status, "exception", "maximum-append-size-exceeded");
    tell(&mut status, "maximum-append-size", &most.to_string());
    status
}

fn success(Appended { revision, position }: Appended) -> append_resp::Success {
    use append_resp::success::{CurrentRevisionOption, PositionOption};
    append_resp::Success {
        current_revision_option: Some(CurrentRevisionOption::CurrentRevision(revision)),
        position_option: Some(PositionOption::Position(all_position(position))),
    }
}

const fn all_position(position: u64) -> AllStreamPosition {
    AllStreamPosition { commit_position: position, prepare_position: position }
}

fn wrong_version(current: Option<u64>, expected: Expected) -> append_resp::WrongExpectedVersion {
    use append_resp::wrong_expected_version::{CurrentRevisionOption, ExpectedRevisionOption};
    append_resp::WrongExpectedVersion {
        current_revision_option: Some(
            current.map_or(CurrentRevisionOption::CurrentNoStream(Empty {}), CurrentRevisionOption::CurrentRevision),
        ),
        expected_revision_option: Some(match expected {
            Expected::Revision(revision) => ExpectedRevisionOption::ExpectedRevision(revision),
            Expected::Any => ExpectedRevisionOption::ExpectedAny(Empty {}),
            Expected::Exists => ExpectedRevisionOption::ExpectedStreamExists(Empty {}),
            Expected::NoStream => ExpectedRevisionOption::ExpectedNoStream(Empty {}),
        }),
    }
}
