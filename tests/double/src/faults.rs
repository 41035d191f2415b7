//! What goes wrong, when a test wants it to.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::sync::watch;
use tonic::{Code, Status, metadata::MetadataMap};

/// What is answered to who asks what the server can do, which is the first that a client asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Features {
    /// All it can.
    #[default]
    Offered,
    /// That it can't append in batches.
    WithoutBatches,
    /// That there is no such question, as a server before 21.10 does.
    Unimplemented,
    /// Nothing yet.
    Unavailable,
}

/// What becomes of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendFault {
    /// It is given up before it is committed; the client is told that its outcome is unknown.
    AbortedBefore,
    /// It is committed; the client is told that its outcome is unknown.
    AbortedAfter,
    /// It is not committed, and never answered.
    RequestLost,
    /// It is committed, and never answered.
    ReplyLost,
    /// It is committed, and answered after so long.
    Late(Duration),
    /// It fails like this, and nothing is committed.
    Fails(Failure),
}

/// How a server fails that says so. In a session each is an answer with a code, elsewhere the end of the call with another
/// code (EVENTSTOREDB.md, 'Seen on a real server').
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It was given up while it was being committed: the outcome is unknown.
    Timeout,
    /// The user may not do this.
    Denied,
    /// The transaction is not valid.
    InvalidTransaction,
    /// For a reason that the server does not know.
    Unknown,
    /// The server has failed.
    Internal,
    /// The server is not ready: nothing was recorded.
    NotReady,
    /// The server has too much to do: nothing was recorded.
    Busy,
}

/// What becomes of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadFault {
    /// It took too long, as the first on a cold server can.
    Expired,
    /// The server is not ready.
    NotReady,
    /// The user may not read this.
    Denied,
}

/// What becomes of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionFault {
    /// It is reset after so many deliveries.
    ResetAfter(usize),
    /// It ends after so many deliveries, as if that was all.
    EndsAfter(usize),
    /// It is confirmed, and then nothing is heard of it.
    Silent,
    /// It delivers checkpoints and nothing else.
    CheckpointsOnly,
    /// It says several times that all has been delivered.
    CaughtUpOften,
    /// It says that all has been delivered together with the event that comes after, in one packet.
    CaughtUpWithEvent,
    /// It took too long to read, and is ended before it is confirmed.
    Expired,
}

/// The switches. Those with a queue meet one call each, in order, then the standing one.
#[derive(Default)]
pub struct Faults {
    switches: Mutex<Switches>,
    /// How often it has changed who is let in.
    admission: watch::Sender<u64>,
}

#[derive(Default)]
struct Switches {
    features: Features,
    appends: VecDeque<AppendFault>,
    every_append: Option<AppendFault>,
    commit_wait: Duration,
    reads: VecDeque<ReadFault>,
    subscriptions: VecDeque<SubscriptionFault>,
    every_subscription: Option<SubscriptionFault>,
    leader: Option<(String, u16)>,
    authorization: Option<String>,
}

impl Faults {
    fn lock(&self) -> MutexGuard<'_, Switches> {
        self.switches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it says of what it can do.
    pub fn set_features(&self, features: Features) {
        self.lock().features = features;
    }

    /// Which faults the next appends meet.
    pub fn meet_appends(&self, faults: impl IntoIterator<Item = AppendFault>) {
        self.lock().appends.extend(faults);
    }

    /// Which fault every append meets that no other is queued for.
    pub fn meet_every_append(&self, fault: Option<AppendFault>) {
        self.lock().every_append = fault;
    }

    /// How long every commit takes.
    pub fn set_commit_wait(&self, wait: Duration) {
        self.lock().commit_wait = wait;
    }

    /// Which faults the next reads meet that are no subscriptions.
    pub fn meet_reads(&self, faults: impl IntoIterator<Item = ReadFault>) {
        self.lock().reads.extend(faults);
    }

    /// Which faults the next subscriptions meet.
    pub fn meet_subscriptions(&self, faults: impl IntoIterator<Item = SubscriptionFault>) {
        self.lock().subscriptions.extend(faults);
    }

    /// Which fault every subscription meets that no other is queued for.
    pub fn meet_every_subscription(&self, fault: Option<SubscriptionFault>) {
        self.lock().every_subscription = fault;
    }

    /// Whether all that was queued has been met.
    #[must_use]
    pub fn all_met(&self) -> bool {
        let switches = self.lock();
        switches.appends.is_empty() && switches.reads.is_empty() && switches.subscriptions.is_empty()
    }

    /// Makes it a follower of the leader at this address, or the leader.
    pub fn follow(&self, leader: Option<(&str, u16)>) {
        self.lock().leader = leader.map(|(host, port)| (host.to_owned(), port));
    }

    /// Lets in nobody but `user`. Subscriptions of others end; sessions go on, as on a real server.
    pub fn require_credentials(&self, user: &str, password: &str) {
        self.lock().authorization = Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))));
        self.admission.send_modify(|changes| *changes += 1);
    }

    /// Lets in everybody.
    pub fn require_nothing(&self) {
        self.lock().authorization = None;
        self.admission.send_modify(|changes| *changes += 1);
    }

    /// Changes of who is let in.
    pub(crate) fn watch_admission(&self) -> watch::Receiver<u64> {
        self.admission.subscribe()
    }

    pub(crate) fn features(&self) -> Features {
        self.lock().features
    }

    pub(crate) fn is_leader(&self) -> bool {
        self.lock().leader.is_none()
    }

    pub(crate) fn append(&self) -> Option<AppendFault> {
        let mut switches = self.lock();
        switches.appends.pop_front().or(switches.every_append)
    }

    pub(crate) fn commit_wait(&self) -> Duration {
        self.lock().commit_wait
    }

    pub(crate) fn read(&self) -> Option<ReadFault> {
        self.lock().reads.pop_front()
    }

    pub(crate) fn subscription(&self) -> Option<SubscriptionFault> {
        let mut switches = self.lock();
        switches.subscriptions.pop_front().or(switches.every_subscription)
    }

    /// Refuses who has the wrong credentials, or needs the leader.
    pub(crate) fn admit(&self, request: &MetadataMap) -> Result<(), Status> {
        if !self.knows(request) {
            let mut status = Status::new(Code::Unauthenticated, "Access Denied");
            tell(&mut status, "exception", "access-denied");
            return Err(status);
        }
        self.admit_leader(request)
    }

    /// Whether the credentials are right.
    pub(crate) fn knows(&self, request: &MetadataMap) -> bool {
        let switches = self.lock();
        switches.authorization.as_deref().is_none_or(|needed| given(request, "authorization") == Some(needed))
    }

    /// Refuses who needs the leader, unless it leads.
    pub(crate) fn admit_leader(&self, request: &MetadataMap) -> Result<(), Status> {
        match &self.lock().leader {
            Some((host, port)) if given(request, "requires-leader") == Some("true") => Err(not_leader(host, *port)),
            _ => Ok(()),
        }
    }
}

fn given<'a>(request: &'a MetadataMap, key: &str) -> Option<&'a str> {
    request.get(key).and_then(|value| value.to_str().ok())
}

fn not_leader(host: &str, port: u16) -> Status {
    let mut status = Status::new(Code::NotFound, "Leader info available");
    tell(&mut status, "exception", "not-leader");
    tell(&mut status, "leader-endpoint-host", host);
    tell(&mut status, "leader-endpoint-port", &port.to_string());
    status
}

pub(crate) fn tell(status: &mut Status, key: &'static str, value: &str) {
    if let Ok(value) = value.parse() {
        status.metadata_mut().insert(key, value);
    }
}
