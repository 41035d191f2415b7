//! A session: one call that stays open, with many appends in flight. Each is answered under its own id; a refusal is an
//! answer like any other, and the session goes on. Whoever drops it resets the call, since a server leaves one open whose
//! client has merely ended its half.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status, metadata::MetadataMap, transport::Channel};
use uuid::Uuid;

use super::{
    interface::event_store::client::streams::{
        BatchAppendReq, BatchAppendResp, batch_append_resp, streams_client::StreamsClient,
    },
    meaning::{Call, Meaning, Refusal},
    wire::{read_uuid, write_uuid},
};

/// How many appends wait to be written to the connection.
const QUEUE_APPENDS: usize = 64;

/// Whether an append that failed had been handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    Never,
    Perhaps,
}

/// What an append came to: the revision of its last event where the server said one.
pub(super) type Answer = Result<Option<u64>, Refusal>;

/// A session.
pub(super) struct Session {
    requests: mpsc::Sender<BatchAppendReq>,
    under_way: Arc<UnderWay>,
    call: JoinHandle<()>,
}

/// The appends that are not answered yet.
#[derive(Default)]
struct UnderWay {
    state: Mutex<State>,
    /// How many answers came.
    answers: AtomicU64,
}

#[derive(Default)]
struct State {
    waiting: HashMap<Uuid, oneshot::Sender<Answer>>,
    /// Why the session is over.
    over: Option<Refusal>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.give_up();
    }
}

impl Session {
    /// A session in a call of its own over `channel`. Nothing is waited for: a server may say nothing before its first
    /// answer.
    pub fn open(channel: Channel, headers: MetadataMap) -> Self {
        let (requests, receiver) = mpsc::channel(QUEUE_APPENDS);
        let under_way = Arc::<UnderWay>::default();
        let listening = Arc::clone(&under_way);
        let call = tokio::spawn(async move {
            let mut client = StreamsClient::new(channel);
            let request = Request::from_parts(headers, tonic::Extensions::default(), ReceiverStream::new(receiver));
            let ended = listening.listen(client.batch_append(request).await).await;
            listening.end(&ended);
        });
        Self { requests, under_way, call }
    }

    /// Resets the call; what is under way in it may have been recorded.
    pub fn give_up(&self) {
        self.call.abort();
        self.under_way.end(&Refusal::ours(Meaning::Lost, "the session was given up"));
    }

    /// Whether nothing can be sent in it any more.
    pub fn is_over(&self) -> bool {
        self.under_way.lock().over.is_some()
    }

    /// Sends `request`, and waits for its answer.
    pub async fn append(&self, mut request: BatchAppendReq, wait: Duration) -> Result<Answer, Reached> {
        let id = Uuid::new_v4();
        request.correlation_id = Some(write_uuid(id));
        let answers_before = self.under_way.answers.load(Ordering::Relaxed);
        let Some(answer) = self.under_way.begin(id) else { return Err(Reached::Never) };
        let _waiting = Waiting { under_way: &self.under_way, id };
        let mut reached = Reached::Never;
        let sent = async {
            self.requests.send(request).await.ok()?;
            reached = Reached::Perhaps;
            answer.await.ok()
        };
        match timeout(wait, sent).await {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(reached),
            Err(_) => Ok(Err(self.silence(answers_before))),
        }
    }

    /// What it means that an append is not answered: where others are, it concerns this one only.
    fn silence(&self, answers_before: u64) -> Refusal {
        let is_silent = self.under_way.answers.load(Ordering::Relaxed) == answers_before;
        let meaning = if is_silent { Meaning::Lost } else { Meaning::InDoubt };
        Refusal::ours(meaning, "it does not answer in time")
    }
}

/// An append that waits for its answer; not any more once it is dropped.
struct Waiting<'a> {
    under_way: &'a UnderWay,
    id: Uuid,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.under_way.lock().waiting.remove(&self.id);
    }
}

impl UnderWay {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the answer to `id` will come; nothing when the session is over.
    fn begin(&self, id: Uuid) -> Option<oneshot::Receiver<Answer>> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.lock();
        if state.over.is_some() {
            return None;
        }
        state.waiting.insert(id, sender);
        Some(receiver)
    }

    /// Hands out answers until there are no more; why not.
    async fn listen(&self, opened: Result<tonic::Response<tonic::Streaming<BatchAppendResp>>, Status>) -> Refusal {
        let mut answers = match opened {
            Ok(answers) => answers.into_inner(),
            Err(status) => return self.judge(&status),
        };
        loop {
            match answers.message().await {
                Ok(Some(answer)) => self.hand_out(answer),
                Ok(None) => return Refusal::ours(Meaning::Lost, "the server has ended the session"),
                Err(status) => return self.judge(&status),
            }
        }
    }

    /// What the end of the session means for what is under way in it. After an answer nothing is sure of the others.
    fn judge(&self, status: &Status) -> Refusal {
        let mut refusal = Refusal::of_status(Call::Session, status);
        let is_sure = matches!(refusal.meaning, Meaning::NotLeader | Meaning::Lost);
        if !is_sure && self.answers.load(Ordering::Relaxed) > 0 {
            refusal.meaning = Meaning::Lost;
        }
        refusal
    }

    fn hand_out(&self, answer: BatchAppendResp) {
        self.answers.fetch_add(1, Ordering::Relaxed);
        let Some(id) = answer.correlation_id.as_ref().and_then(read_uuid) else { return };
        let Some(waiting) = self.lock().waiting.remove(&id) else { return };
        // Whoever has stopped waiting does not want to know.
        let _ = waiting.send(read_answer(answer.result));
    }

    /// The session is over, and so is whatever waits.
    fn end(&self, why: &Refusal) {
        let mut state = self.lock();
        let why = state.over.get_or_insert_with(|| why.clone()).clone();
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        for sender in waiting.into_values() {
            let _ = sender.send(Err(why.clone()));
        }
    }
}

fn read_answer(result: Option<batch_append_resp::Result>) -> Answer {
    use batch_append_resp::success::CurrentRevisionOption;
    match result {
        Some(batch_append_resp::Result::Success(success)) => Ok(match success.current_revision_option {
            Some(CurrentRevisionOption::CurrentRevision(revision)) => Some(revision),
            _ => None,
        }),
        Some(batch_append_resp::Result::Error(error)) => Err(Refusal::of_answer(&error)),
        None => Err(Refusal::ours(Meaning::InDoubt, "the answer says nothing")),
    }
}
