//! Appends, one by one and in batches.

use std::{collections::HashMap, sync::Arc};

use futures::{Stream, StreamExt};
use prost::Message;
use tokio::sync::mpsc;
use tonic::{Code, Status, Streaming};
use uuid::Uuid;

use crate::{
    faults::{AppendFault, Faults, tell},
    interface::{
        event_store::client::{
            AllStreamPosition, Empty, MaximumAppendSizeExceeded, StreamIdentifier, WrongExpectedVersion as WrongVersionDetails,
            streams::{
                AppendReq, AppendResp, BatchAppendReq, BatchAppendResp, ProposedMessage,
                append_req::{Content, options::ExpectedStreamRevision},
                append_resp, batch_append_req, batch_append_resp,
            },
            uuid::{Structured, Value},
            wrong_expected_version::{CurrentStreamRevisionOption, ExpectedStreamPositionOption},
        },
        google::rpc,
    },
    log::{Appended, Expected, Log, Proposed, Refused},
};

type WireUuid = crate::interface::event_store::client::Uuid;

/// What comes of an append that is answered at all.
enum Answer {
    Done(Result<Appended, Refused>),
    Failed(Status),
}

/// Appends, unless a fault is to be met; `None` when it is never answered.
fn append(log: &Log, faults: &Faults, stream: &str, expected: Expected, events: Vec<Proposed>) -> Option<Answer> {
    let commit = || log.append(stream, expected, events);
    let aborted = || Answer::Failed(Status::new(Code::Aborted, "Operation timed out: CommitTimeout"));
    match faults.append() {
        None => Some(Answer::Done(commit())),
        Some(AppendFault::AbortedBefore) => Some(aborted()),
        // What is refused is refused at once, timeouts are for what is being written.
        Some(AppendFault::AbortedAfter) => Some(commit().map_or_else(|refused| Answer::Done(Err(refused)), |_| aborted())),
        Some(AppendFault::RequestLost) => None,
        Some(AppendFault::ReplyLost) => {
            let _ = commit();
            None
        }
        Some(AppendFault::Unavailable) => Some(Answer::Failed(Status::unavailable("Server Is Not Ready"))),
    }
}

fn proposed(message: ProposedMessage) -> Result<Proposed, Status> {
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
fn read_uuid(wire: Option<&WireUuid>) -> Result<Uuid, Status> {
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
    match append(log, faults, &stream, expected, events) {
        None => std::future::pending().await,
        Some(Answer::Failed(status)) => Err(status),
        Some(Answer::Done(Err(Refused::TooLarge(most)))) => Err(too_large(most)),
        Some(Answer::Done(Ok(appended))) => Ok(AppendResp { result: Some(append_resp::Result::Success(success(appended))) }),
        Some(Answer::Done(Err(Refused::WrongVersion { current }))) => {
            Ok(AppendResp { result: Some(append_resp::Result::WrongExpectedVersion(wrong_version(current, expected))) })
        }
    }
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

/// An append of a batch of which not all parts have come.
struct Begun {
    stream: String,
    expected: Expected,
    events: Vec<Proposed>,
}

/// Appends in batches: each is answered under its own id.
pub(crate) fn batches(
    log: Arc<Log>,
    faults: Arc<Faults>,
    mut requests: Streaming<BatchAppendReq>,
) -> impl Stream<Item = Result<BatchAppendResp, Status>> {
    let (answers, receiver) = mpsc::channel(64);
    tokio::spawn(async move {
        let mut begun = HashMap::new();
        while let Some(request) = requests.next().await {
            let answer = match request {
                Ok(request) => part(&log, &faults, &mut begun, request),
                Err(status) => Err(status),
            };
            let failed = answer.is_err();
            if let Some(answer) = answer.transpose()
                && (answers.send(answer).await.is_err() || failed)
            {
                return;
            }
        }
    });
    tokio_stream::wrappers::ReceiverStream::new(receiver)
}

/// Takes a part of an append; its answer once it is whole.
fn part(
    log: &Log,
    faults: &Faults,
    begun: &mut HashMap<Uuid, Begun>,
    request: BatchAppendReq,
) -> Result<Option<BatchAppendResp>, Status> {
    let id = read_uuid(request.correlation_id.as_ref())?;
    if let Some(options) = request.options {
        begun.insert(id, begin(options)?);
    }
    let append_to = begun.get_mut(&id).ok_or_else(|| Status::invalid_argument("No options"))?;
    for message in request.proposed_messages {
        append_to.events.push(proposed(message)?);
    }
    if !request.is_final {
        return Ok(None);
    }
    let Some(Begun { stream, expected, events }) = begun.remove(&id) else { return Ok(None) };
    let result = match append(log, faults, &stream, expected, events) {
        None => return Ok(None),
        Some(Answer::Done(Ok(appended))) => batch_append_resp::Result::Success(batch_success(appended)),
        Some(Answer::Done(Err(refused))) => batch_append_resp::Result::Error(refusal(refused, expected)),
        // A timeout concerns one append; a server that is not ready ends the call.
        Some(Answer::Failed(status)) if status.code() == Code::Aborted => batch_append_resp::Result::Error(rpc::Status {
            code: Code::DeadlineExceeded as i32,
            message: "Timeout".to_owned(),
            details: None,
        }),
        Some(Answer::Failed(status)) => return Err(status),
    };
    Ok(Some(BatchAppendResp {
        correlation_id: request.correlation_id,
        result: Some(result),
        stream_identifier: Some(StreamIdentifier { stream_name: stream.into_bytes() }),
        expected_stream_position: Some(echo(expected)),
    }))
}

fn begin(options: batch_append_req::Options) -> Result<Begun, Status> {
    use batch_append_req::options::ExpectedStreamPosition;
    let expected = match options.expected_stream_position {
        Some(ExpectedStreamPosition::StreamPosition(revision)) => Expected::Revision(revision),
        Some(ExpectedStreamPosition::NoStream(_)) => Expected::NoStream,
        Some(ExpectedStreamPosition::StreamExists(_)) => Expected::Exists,
        Some(ExpectedStreamPosition::Any(_)) => Expected::Any,
        None => return Err(Status::invalid_argument("No expected position")),
    };
    Ok(Begun { stream: stream_name(options.stream_identifier)?, expected, events: Vec::new() })
}

fn batch_success(Appended { revision, position }: Appended) -> batch_append_resp::Success {
    use batch_append_resp::success::{CurrentRevisionOption, PositionOption};
    batch_append_resp::Success {
        current_revision_option: Some(CurrentRevisionOption::CurrentRevision(revision)),
        position_option: Some(PositionOption::Position(all_position(position))),
    }
}

fn echo(expected: Expected) -> batch_append_resp::ExpectedStreamPosition {
    use batch_append_resp::ExpectedStreamPosition;
    match expected {
        Expected::Revision(revision) => ExpectedStreamPosition::StreamPosition(revision),
        Expected::NoStream => ExpectedStreamPosition::NoStream(Empty {}),
        Expected::Exists => ExpectedStreamPosition::StreamExists(Empty {}),
        Expected::Any => ExpectedStreamPosition::Any(Empty {}),
    }
}

fn refusal(refused: Refused, expected: Expected) -> rpc::Status {
    match refused {
        Refused::TooLarge(most) => rpc::Status {
            code: Code::InvalidArgument as i32,
            message: "Maximum Append Size Exceeded".to_owned(),
            details: Some(any(
                "MaximumAppendSizeExceeded",
                &MaximumAppendSizeExceeded { max_append_size: u32::try_from(most).unwrap_or(u32::MAX) },
            )),
        },
        Refused::WrongVersion { current } => rpc::Status {
            code: Code::AlreadyExists as i32,
            message: "WrongExpectedVersion".to_owned(),
            details: Some(any("WrongExpectedVersion", &wrong_version_details(current, expected))),
        },
    }
}

fn wrong_version_details(current: Option<u64>, expected: Expected) -> WrongVersionDetails {
    WrongVersionDetails {
        current_stream_revision_option: Some(
            current.map_or(
                CurrentStreamRevisionOption::CurrentNoStream(Empty {}),
                CurrentStreamRevisionOption::CurrentStreamRevision,
            ),
        ),
        expected_stream_position_option: Some(match expected {
            Expected::Revision(revision) => ExpectedStreamPositionOption::ExpectedStreamPosition(revision),
            Expected::Any => ExpectedStreamPositionOption::ExpectedAny(Empty {}),
            Expected::Exists => ExpectedStreamPositionOption::ExpectedStreamExists(Empty {}),
            Expected::NoStream => ExpectedStreamPositionOption::ExpectedNoStream(Empty {}),
        }),
    }
}

fn any(name: &str, message: &impl Message) -> prost_types::Any {
    prost_types::Any { type_url: format!("type.googleapis.com/event_store.client.{name}"), value: message.encode_to_vec() }
}
