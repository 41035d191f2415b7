//! Appends: many in flight in one session, each sent again where that finds out what became of it.

use std::{fmt::Display, sync::Arc, time::Duration};

use schema::{EventId, NewEvent};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{sleep, timeout},
};

use super::{
    Shared,
    doubts::Doubts,
    interface::event_store::client::{
        Empty,
        streams::{AppendReq, AppendResp, BatchAppendReq, append_req, append_resp, batch_append_req},
    },
    kept::Lease,
    link::Link,
    meaning::{Call, Details, Meaning, Refusal},
    read::last_revision,
    session::{Answer, Reached},
    wire::{proposed, stream_identifier},
};
use crate::{AppendError, Appended, Expected, StoreError, refuse_unfit};

/// How many appends are under way at once in a session; the others wait.
const IN_FLIGHT_MAX: usize = 512;
/// How many are where each is a call of its own: a server takes 100 calls on one connection.
const CALLS_MAX: usize = 64;
/// How long an answer may take.
const ANSWER_WAIT: Duration = Duration::from_secs(3);
/// How often an append is sent because its outcome is unknown, the leader has changed or the server is not ready.
const ATTEMPTS_MAX: u32 = 3;
/// The pause before it is sent again.
const PAUSE: Duration = Duration::from_millis(25);
/// Revisions are signed on the server: one beyond would be taken for a wish of another kind.
const REVISION_MAX: u64 = i64::MAX as u64;

/// Appends to the streams of things.
pub(super) struct Appender {
    shared: Arc<Shared>,
    in_flight: Semaphore,
    calls: Semaphore,
    doubts: Doubts,
}

/// What is sent, however often.
struct Sending<'a> {
    stream: String,
    expected: Expected,
    events: &'a [NewEvent],
}

/// What an attempt came to that did not succeed.
enum Failed {
    /// The server has said so.
    Refused(Refusal),
    /// Nothing was sent, and nothing can be now.
    Unsent(StoreError),
}

/// An append whose caller may stop waiting while it is under way: then it is in doubt.
struct GivenUp<'a> {
    doubts: &'a Doubts,
    first: EventId,
    is_under_way: bool,
}

impl Drop for GivenUp<'_> {
    fn drop(&mut self) {
        if self.is_under_way {
            self.doubts.add(self.first);
        }
    }
}

impl Sending<'_> {
    fn batch(&self) -> BatchAppendReq {
        use batch_append_req::options::{DeadlineOption, ExpectedStreamPosition};
        let seconds = ANSWER_WAIT.as_secs().cast_signed();
        let options = batch_append_req::Options {
            stream_identifier: Some(stream_identifier(&self.stream)),
            expected_stream_position: Some(match self.expected {
                Expected::NoStream => ExpectedStreamPosition::NoStream(Empty {}),
                Expected::Revision(revision) => ExpectedStreamPosition::StreamPosition(revision),
            }),
            deadline_option: Some(DeadlineOption::Deadline(prost_types::Duration { seconds, nanos: 0 })),
        };
        let proposed_messages = self.events.iter().map(proposed).collect();
        BatchAppendReq { correlation_id: None, options: Some(options), proposed_messages, is_final: true }
    }

    fn single(&self) -> Vec<AppendReq> {
        use append_req::{Content, options::ExpectedStreamRevision};
        let options = append_req::Options {
            stream_identifier: Some(stream_identifier(&self.stream)),
            expected_stream_revision: Some(match self.expected {
                Expected::NoStream => ExpectedStreamRevision::NoStream(Empty {}),
                Expected::Revision(revision) => ExpectedStreamRevision::Revision(revision),
            }),
        };
        let events = self.events.iter().map(|event| Content::ProposedMessage(proposed(event)));
        let contents = std::iter::once(Content::Options(options)).chain(events);
        contents.map(|content| AppendReq { content: Some(content) }).collect()
    }
}

impl Appender {
    pub fn new(shared: Arc<Shared>) -> Self {
        let (in_flight, calls) = (Semaphore::new(IN_FLIGHT_MAX), Semaphore::new(CALLS_MAX));
        Self { shared, in_flight, calls, doubts: Doubts::default() }
    }

    /// Appends all of `events` to the stream called `name` or none; sends them again where that finds out what became of them.
    pub async fn append(&self, name: &impl Display, expected: Expected, events: &[NewEvent]) -> Result<Appended, AppendError> {
        refuse_unfit(events)?;
        let Some(first) = events.first().map(|event| event.id) else { return Err(AppendError::Empty) };
        // What would be acknowledged could not be read.
        if let Some(refused) = self.shared.connection.unreadable() {
            return Err(self.undone(first, refused));
        }
        let stream = self.shared.names.stream(name);
        let Some(first_revision) = expected.next_revision().filter(|first| *first <= REVISION_MAX) else {
            return Err(AppendError::Conflict { current: last_revision(&self.shared, &stream).await? });
        };
        let sending = Sending { stream, expected, events };
        let last_revision_wanted = first_revision + (events.len() as u64 - 1);
        match self.send(&sending, first).await? {
            Ok(told) => Ok(Appended { revision: told.unwrap_or(last_revision_wanted) }),
            Err(Details::Current(current)) => Err(AppendError::Conflict { current }),
            Err(_) => Err(AppendError::Conflict { current: last_revision(&self.shared, &sending.stream).await? }),
        }
    }

    /// Nothing was recorded now; of what is in doubt since earlier, that says nothing.
    fn undone(&self, first: EventId, error: StoreError) -> AppendError {
        if self.doubts.has(first) { AppendError::Unknown(error.0) } else { AppendError::Store(error) }
    }

    /// Sends until the outcome is known, a few times at most: the revision of the last event, or what the server adds to a
    /// conflict.
    ///
    /// A conflict is known for sure whatever came before it: the server tells a repetition of what is there from
    /// everything else, and an earlier attempt that is still under way expects what is no longer so.
    async fn send(&self, sending: &Sending<'_>, first: EventId) -> Result<Result<Option<u64>, Details>, AppendError> {
        let mut last = StoreError("EventStoreDB has no leader; see that a majority of its nodes runs".to_owned());
        for attempt in 0..ATTEMPTS_MAX {
            if attempt > 0 {
                sleep(PAUSE * attempt).await;
            }
            let mut given_up = GivenUp { doubts: &self.doubts, first, is_under_way: true };
            let outcome = self.attempt(sending).await;
            given_up.is_under_way = false;
            let refusal = match outcome {
                Ok(revision) => {
                    self.doubts.settle(first);
                    return Ok(Ok(revision));
                }
                Err(Failed::Unsent(error)) => return Err(self.undone(first, error)),
                Err(Failed::Refused(refusal)) => refusal,
            };
            last = self.shared.connection.explain(&refusal);
            match refusal.meaning {
                Meaning::Conflict => {
                    self.doubts.settle(first);
                    return Ok(Err(refusal.details));
                }
                Meaning::Deleted | Meaning::TooLarge | Meaning::Refused if !self.doubts.has(first) => {
                    return Err(AppendError::Refused(last.0));
                }
                Meaning::InDoubt | Meaning::Lost | Meaning::NotLeader => self.doubts.add(first),
                // The link is another one by now, or the server may be ready soon.
                _ => {}
            }
        }
        Err(self.undone(first, last))
    }

    /// Sends once; nothing is in doubt when it was not sent.
    async fn attempt(&self, sending: &Sending<'_>) -> Result<Option<u64>, Failed> {
        let link = self.shared.connection.link().await.map_err(Failed::Unsent)?;
        let sent = if let Some(session) = link.value.session() {
            let _place = self.place(&self.in_flight).await?;
            session.append(sending.batch(), ANSWER_WAIT).await
        } else {
            let _place = self.place(&self.calls).await?;
            Ok(alone(&link.value, sending).await)
        };
        let refusal = match sent {
            Ok(Ok(revision)) => {
                self.shared.connection.links.works();
                return Ok(revision);
            }
            Ok(Err(refusal)) => refusal,
            Err(Reached::Never) => Refusal::ours(Meaning::NotTaken, "the session is over"),
            Err(Reached::Perhaps) => Refusal::ours(Meaning::Lost, "the session is over"),
        };
        self.care_for(&link, &refusal);
        Err(Failed::Refused(refusal))
    }

    async fn place<'a>(&self, places: &'a Semaphore) -> Result<SemaphorePermit<'a>, Failed> {
        places.acquire().await.map_err(|_| Failed::Unsent(StoreError("the store is closed".to_owned())))
    }

    /// Whether the link is still good after a refusal.
    fn care_for(&self, link: &Lease<Link>, refusal: &Refusal) {
        let connection = &self.shared.connection;
        match (refusal.meaning, &refusal.details) {
            (Meaning::NotLeader, Details::Leader(leader)) => connection.follow(link, Some(leader.clone())),
            (Meaning::NotLeader, _) => connection.follow(link, None),
            (Meaning::Lost, _) => {
                link.value.give_up();
                connection.links.retire(link, &connection.explain(refusal));
            }
            (Meaning::Denied, _) if connection.has_changed(&link.value.address) => {
                connection.links.replace(link);
            }
            _ if link.value.is_over() => {
                connection.links.replace(link);
            }
            _ => {}
        }
    }
}

/// Sends in a call of its own.
async fn alone(link: &Link, sending: &Sending<'_>) -> Answer {
    let request = link.request(futures::stream::iter(sending.single()));
    match timeout(ANSWER_WAIT, link.streams().append(request)).await {
        Ok(Ok(answer)) => read_answer(answer.into_inner()),
        Ok(Err(status)) => Err(Refusal::of_status(Call::Append, &status)),
        Err(_) => Err(Refusal::ours(Meaning::Lost, "it does not answer in time")),
    }
}

fn read_answer(answer: AppendResp) -> Answer {
    use append_resp::{success, wrong_expected_version};
    match answer.result {
        Some(append_resp::Result::Success(told)) => Ok(match told.current_revision_option {
            Some(success::CurrentRevisionOption::CurrentRevision(revision)) => Some(revision),
            _ => None,
        }),
        Some(append_resp::Result::WrongExpectedVersion(told)) => Err(Refusal::conflict(match told.current_revision_option {
            Some(wrong_expected_version::CurrentRevisionOption::CurrentRevision(revision)) => Some(revision),
            _ => None,
        })),
        None => Err(Refusal::ours(Meaning::InDoubt, "the answer says nothing")),
    }
}
