//! `BatchAppend`: appends in a session, each answered under its own id. A refusal is an answer and ends nothing (EVENTSTOREDB.md,
//! 'Seen on a real server').

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{Stream, StreamExt};
use prost::Message;
use tokio::{sync::mpsc, time::sleep};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming, metadata::MetadataMap};

use crate::{
    append::{Answer, append, proposed, read_uuid, stream_name},
    faults::{Failure, Faults},
    interface::{
        event_store::client::{
            AccessDenied, AllStreamPosition, BadRequest, Empty, InvalidTransaction, MaximumAppendSizeExceeded, StreamDeleted,
            StreamIdentifier, Timeout, Unknown, WrongExpectedVersion,
            streams::{BatchAppendReq, BatchAppendResp, batch_append_req, batch_append_resp},
            wrong_expected_version::{CurrentStreamRevisionOption, ExpectedStreamPositionOption},
        },
        google::rpc,
    },
    log::{Appended, Expected, Log, Proposed, Refused},
};

type WireUuid = crate::interface::event_store::client::Uuid;

/// How many answers wait for the client to take them.
const ANSWERS: usize = 64;

/// An append of which not all parts have come.
struct Begun {
    stream: String,
    expected: Expected,
    events: Vec<Proposed>,
}

/// A session.
struct Session {
    log: Arc<Log>,
    faults: Arc<Faults>,
    headers: MetadataMap,
    begun: HashMap<uuid::Uuid, Begun>,
    answers: mpsc::Sender<Result<BatchAppendResp, Status>>,
    /// How many appends are not answered yet.
    pending: Arc<AtomicUsize>,
}

/// The answers to what is sent in a session.
pub(crate) fn answers(
    log: Arc<Log>,
    faults: Arc<Faults>,
    headers: MetadataMap,
    requests: Streaming<BatchAppendReq>,
) -> impl Stream<Item = Result<BatchAppendResp, Status>> {
    let (answers, receiver) = mpsc::channel(ANSWERS);
    let session = Session { log, faults, headers, begun: HashMap::new(), answers, pending: Arc::default() };
    tokio::spawn(session.run(requests));
    ReceiverStream::new(receiver)
}

/// The call is over.
struct Over;

impl Session {
    async fn run(mut self, mut requests: Streaming<BatchAppendReq>) {
        while let Some(Ok(request)) = requests.next().await {
            if self.take(request).await.is_err() {
                return;
            }
        }
        // The client has ended its half. With nothing pending a real server leaves the call open, until the client resets it
        // or the connection goes; with an answer pending it gives that, and the call ends well.
        if self.pending.load(Ordering::SeqCst) == 0 {
            self.answers.closed().await;
        }
    }

    async fn take(&mut self, request: BatchAppendReq) -> Result<(), Over> {
        // A node that does not lead any more ends the whole call.
        if let Err(status) = self.faults.admit_leader(&self.headers) {
            let _ = self.answers.send(Err(status)).await;
            return Err(Over);
        }
        let id = request.correlation_id.clone();
        match self.part(request) {
            Ok(None) => Ok(()),
            Ok(Some(whole)) => self.commit(id, whole).await,
            Err(malformed) => self.answer(answer_of(id, None, Err(bad_request(malformed.message())))).await,
        }
    }

    /// Takes a part of an append; all of it once it is whole.
    fn part(&mut self, request: BatchAppendReq) -> Result<Option<Begun>, Status> {
        let id = read_uuid(request.correlation_id.as_ref())?;
        if let Some(options) = request.options {
            self.begun.insert(id, begin(options)?);
        }
        let append_to = self.begun.get_mut(&id).ok_or_else(|| Status::invalid_argument("No options"))?;
        for message in request.proposed_messages {
            append_to.events.push(proposed(message)?);
        }
        Ok(if request.is_final { self.begun.remove(&id) } else { None })
    }

    async fn commit(&self, id: Option<WireUuid>, Begun { stream, expected, events }: Begun) -> Result<(), Over> {
        let (answer, wait) = append(&self.log, &self.faults, &stream, expected, events);
        let Some(answer) = answer else {
            self.keep_open();
            return Ok(());
        };
        let result = match answer {
            Answer::Done(done) => done.map_err(|refused| refusal(refused, &stream, expected)),
            Answer::Failed(failure) => Err(failed(failure)),
        };
        let answer = answer_of(id, Some((stream, expected)), result);
        if wait.is_zero() {
            return self.answer(answer).await;
        }
        self.answer_later(answer, wait);
        Ok(())
    }

    async fn answer(&self, answer: BatchAppendResp) -> Result<(), Over> {
        self.answers.send(Ok(answer)).await.map_err(|_| Over)
    }

    fn answer_later(&self, answer: BatchAppendResp, wait: Duration) {
        let (answers, pending) = (self.answers.clone(), Arc::clone(&self.pending));
        pending.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            sleep(wait).await;
            let _ = answers.send(Ok(answer)).await;
            pending.fetch_sub(1, Ordering::SeqCst);
        });
    }

    /// What is never answered stays pending.
    fn keep_open(&self) {
        let answers = self.answers.clone();
        self.pending.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move { answers.closed().await });
    }
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

fn answer_of(id: Option<WireUuid>, sent: Option<(String, Expected)>, result: Result<Appended, rpc::Status>) -> BatchAppendResp {
    let result = match result {
        Ok(appended) => batch_append_resp::Result::Success(success(appended)),
        Err(status) => batch_append_resp::Result::Error(status),
    };
    let expected = sent.as_ref().map(|(_, expected)| echo(*expected));
    let stream = sent.map(|(stream, _)| StreamIdentifier { stream_name: stream.into_bytes() });
    BatchAppendResp { correlation_id: id, result: Some(result), stream_identifier: stream, expected_stream_position: expected }
}

fn success(Appended { revision, position }: Appended) -> batch_append_resp::Success {
    use batch_append_resp::success::{CurrentRevisionOption, PositionOption};
    let position = AllStreamPosition { commit_position: position, prepare_position: position };
    batch_append_resp::Success {
        current_revision_option: Some(CurrentRevisionOption::CurrentRevision(revision)),
        position_option: Some(PositionOption::Position(position)),
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

fn refusal(refused: Refused, stream: &str, expected: Expected) -> rpc::Status {
    match refused {
        Refused::TooLarge(most) => {
            let details = MaximumAppendSizeExceeded { max_append_size: u32::try_from(most).unwrap_or(u32::MAX) };
            error(Code::InvalidArgument, "Maximum Append Size Exceeded", "MaximumAppendSizeExceeded", &details)
        }
        Refused::WrongVersion { current } => {
            let details = wrong_version(current, expected);
            error(Code::AlreadyExists, "WrongExpectedVersion", "WrongExpectedVersion", &details)
        }
        Refused::Deleted => {
            let identifier = StreamIdentifier { stream_name: stream.as_bytes().to_vec() };
            error(Code::NotFound, "StreamDeleted", "StreamDeleted", &StreamDeleted { stream_identifier: Some(identifier) })
        }
    }
}

/// The codes in a session, which differ from those of calls of their own (EVENTSTOREDB.md, 'Seen on a real server').
fn failed(failure: Failure) -> rpc::Status {
    match failure {
        Failure::Timeout => error(Code::DeadlineExceeded, "Timeout", "Timeout", &Timeout {}),
        Failure::Denied => error(Code::PermissionDenied, "Access Denied", "AccessDenied", &AccessDenied {}),
        Failure::InvalidTransaction => {
            error(Code::FailedPrecondition, "Invalid Transaction", "InvalidTransaction", &InvalidTransaction {})
        }
        Failure::Unknown => error(Code::Unknown, "Unknown", "Unknown", &Unknown {}),
        Failure::Internal => rpc::Status { code: Code::Internal as i32, message: "Internal".to_owned(), details: None },
        // With code 0: nothing was recorded.
        Failure::NotReady => rpc::Status { code: 0, message: "Server Is Not Ready".to_owned(), details: None },
        Failure::Busy => rpc::Status { code: 0, message: "Server Is Busy".to_owned(), details: None },
    }
}

fn bad_request(message: &str) -> rpc::Status {
    error(Code::InvalidArgument, "Bad Request", "BadRequest", &BadRequest { message: message.to_owned() })
}

fn wrong_version(current: Option<u64>, expected: Expected) -> WrongExpectedVersion {
    let none = CurrentStreamRevisionOption::CurrentNoStream(Empty {});
    WrongExpectedVersion {
        current_stream_revision_option: Some(current.map_or(none, CurrentStreamRevisionOption::CurrentStreamRevision)),
        expected_stream_position_option: Some(match expected {
            Expected::Revision(revision) => ExpectedStreamPositionOption::ExpectedStreamPosition(revision),
            Expected::Any => ExpectedStreamPositionOption::ExpectedAny(Empty {}),
            Expected::Exists => ExpectedStreamPositionOption::ExpectedStreamExists(Empty {}),
            Expected::NoStream => ExpectedStreamPositionOption::ExpectedNoStream(Empty {}),
        }),
    }
}

/// An error whose details are one `Any`.
fn error(code: Code, message: &str, name: &str, details: &impl Message) -> rpc::Status {
    let type_url = format!("type.googleapis.com/event_store.client.{name}");
    let details = prost_types::Any { type_url, value: details.encode_to_vec() };
    rpc::Status { code: code as i32, message: message.to_owned(), details: Some(details) }
}
