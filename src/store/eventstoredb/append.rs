//! Appends, each alone in a session of the client's.
//!
//! A call of its own would wait 44 ms for its second packet. A session is a call that stays open, and each append one
//! packet in it; but the first that fails ends the session, and what else is under way in it gets an error though it
//! may be committed. So a session takes one append at a time, and there are as many sessions as are needed at once.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use eventstore::{AppendToStreamOptions, BatchAppendClient, BatchAppendOptions, Error, EventData, StreamState};
use schema::{NewEvent, ThingId};
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};

use super::{
    Shared,
    connection::Lease,
    fault::{Meaning, meaning},
    read::last_revision,
    wire::event_data,
};
use crate::store::{AppendError, Appended, Expected, StoreError, refuse_unfit};

/// How many appends are under way at once; the others wait. A server takes 100 calls on one connection.
const SESSIONS_MAX: usize = 64;
/// How long an answer may take.
const ANSWER_WAIT: Duration = Duration::from_secs(3);
/// How often an append is sent because its outcome is unknown or the leader has changed.
const ATTEMPTS_MAX: u32 = 3;
/// The pause before it is sent again.
const PAUSE: Duration = Duration::from_millis(25);
/// Revisions are signed on the server: one beyond would be taken for a wish of another kind.
const REVISION_MAX: u64 = i64::MAX as u64;

/// Appends to the streams of things.
pub(super) struct Appender {
    shared: Arc<Shared>,
    idle: Mutex<Vec<Session>>,
    places: Semaphore,
}

/// A session, and the client that it is of.
struct Session {
    client: BatchAppendClient,
    generation: u64,
}

/// What an attempt came to.
enum Outcome {
    Recorded,
    Conflict,
    /// Nothing was recorded.
    Refused(StoreError),
    /// Nothing was recorded by a node that is not the leader.
    NotLeader(StoreError),
    /// Nothing was recorded, since nothing was sent.
    Unsent(StoreError),
    Unknown(StoreError),
}

/// What is known of an append in the end.
enum Sent {
    Recorded,
    Conflict,
}

/// How an append is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Session,
    /// As a call of its own: slow, but every server knows it, and it makes the client look for the leader.
    Alone,
}

/// What is sent, however often.
struct Sending<'a> {
    stream: String,
    state: StreamState,
    events: &'a [NewEvent],
}

/// Whether an append has reached the server when it fails.
#[derive(Clone, Copy)]
enum Reached {
    Never,
    Perhaps,
}

impl Sending<'_> {
    fn events(&self) -> Vec<EventData> {
        self.events.iter().map(event_data).collect()
    }

    async fn within(&self, session: &Session) -> Result<(), Error> {
        session.client.append_to_stream(&self.stream, self.state, self.events()).await.map(drop)
    }

    async fn alone(&self, lease: &Lease) -> Result<(), Error> {
        let options = AppendToStreamOptions::default().stream_state(self.state).requires_leader(true);
        lease.client.append_to_stream(self.stream.as_str(), &options, self.events()).await.map(drop)
    }
}

impl Appender {
    pub fn new(shared: Arc<Shared>) -> Self {
        Self { shared, idle: Mutex::default(), places: Semaphore::new(SESSIONS_MAX) }
    }

    /// Appends all of `events` or none; sends them again where that finds out what became of them.
    pub async fn append(&self, thing: ThingId, expected: Expected, events: &[NewEvent]) -> Result<Appended, AppendError> {
        refuse_unfit(events)?;
        if let Some(sentence) = self.shared.resume.foreign() {
            return Err(StoreError(sentence).into());
        }
        let Some(first) = expected.next_revision().filter(|first| *first <= REVISION_MAX) else {
            return Err(AppendError::Conflict { current: last_revision(&self.shared, thing).await? });
        };
        let state = match expected {
            Expected::NoStream => StreamState::NoStream,
            Expected::Revision(revision) => StreamState::StreamRevision(revision),
        };
        let sending = Sending { stream: self.shared.names.stream(thing), state, events };
        match self.send(&sending).await? {
            Sent::Recorded => Ok(Appended { revision: first + (events.len() as u64 - 1) }),
            Sent::Conflict => Err(AppendError::Conflict { current: last_revision(&self.shared, thing).await? }),
        }
    }

    /// Sends until the outcome is known, a few times at most.
    ///
    /// A conflict is known for sure whatever came before it: the server tells a repetition of what is there from
    /// everything else, and an earlier attempt that is still under way expects what is no longer so.
    async fn send(&self, sending: &Sending<'_>) -> Result<Sent, AppendError> {
        let mut doubt = None;
        let mut way = Way::Session;
        let mut last = StoreError("EventStoreDB has no leader; see that a majority of its nodes runs".to_owned());
        for attempt in 0..ATTEMPTS_MAX {
            if attempt > 0 {
                sleep(PAUSE * attempt).await;
            }
            match self.attempt(sending, way).await {
                Outcome::Recorded => return Ok(Sent::Recorded),
                Outcome::Conflict => return Ok(Sent::Conflict),
                Outcome::Refused(error) => {
                    last = error;
                    break;
                }
                Outcome::NotLeader(error) => {
                    last = error;
                    way = if way == Way::Session { Way::Alone } else { Way::Session };
                }
                Outcome::Unsent(error) => last = error,
                Outcome::Unknown(error) => doubt = Some(error),
            }
        }
        Err(doubt.map_or_else(|| last.into(), |error| AppendError::Unknown(error.0)))
    }

    async fn attempt(&self, sending: &Sending<'_>, way: Way) -> Outcome {
        let Ok(_place) = self.places.acquire().await else {
            return Outcome::Refused(StoreError("the store is closed".to_owned()));
        };
        let lease = match self.shared.connection.lease().await {
            Ok(lease) => lease,
            Err(error) => return Outcome::Refused(error),
        };
        let session = if way == Way::Alone {
            None
        } else {
            match timeout(ANSWER_WAIT, self.session(&lease)).await {
                Ok(Ok(session)) => Some(session),
                Ok(Err(Error::UnsupportedFeature)) => None,
                Ok(Err(error)) => return self.judge(&lease, &error, Reached::Never),
                Err(_) => return self.judge(&lease, &Error::DeadlineExceeded, Reached::Never),
            }
        };
        let sent = if let Some(session) = &session {
            timeout(ANSWER_WAIT, sending.within(session)).await
        } else {
            timeout(ANSWER_WAIT, sending.alone(&lease)).await
        };
        match sent.unwrap_or(Err(Error::DeadlineExceeded)) {
            Ok(()) => {
                self.shared.connection.works();
                self.lock().extend(session);
                Outcome::Recorded
            }
            Err(error) => self.judge(&lease, &error, Reached::Perhaps),
        }
    }

    fn judge(&self, lease: &Lease, error: &Error, reached: Reached) -> Outcome {
        let explained = self.shared.connection.explain(error);
        match meaning(error) {
            Meaning::Conflict => Outcome::Conflict,
            Meaning::Refused => Outcome::Refused(explained),
            Meaning::NotLeader => {
                // The sessions that wait are with the node that leads no more.
                self.lock().clear();
                Outcome::NotLeader(explained)
            }
            Meaning::InDoubt => Outcome::Unknown(explained),
            Meaning::Lost => {
                self.shared.connection.retire(lease.generation, &explained);
                match reached {
                    Reached::Never => Outcome::Unsent(explained),
                    Reached::Perhaps => Outcome::Unknown(explained),
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An idle session of this client, or a new one.
    async fn session(&self, lease: &Lease) -> Result<Session, Error> {
        let idle = {
            let mut idle = self.lock();
            // Those of a client that was given up are dead.
            idle.retain(|session| session.generation == lease.generation);
            idle.pop()
        };
        if let Some(session) = idle {
            return Ok(session);
        }
        let client = lease.client.batch_append(&BatchAppendOptions::default().requires_leader(true)).await?;
        Ok(Session { client, generation: lease.generation })
    }
}
