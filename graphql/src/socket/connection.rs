//! One WebSocket: who is there, what they ask, and how it ends.

use std::{collections::VecDeque, io, rc::Rc, time::Duration};

use access::{
    Actor,
    token::{LEEWAY_S, TokenError},
};
use actix_web::{error::PayloadError, rt, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Closed, ProtocolError, Session};
use metrics::counter;
use serde_json::Value;
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until, timeout},
};

use super::{
    Sockets,
    hall::Seat,
    message::{self, Incoming},
    operation::{Operation, Operations},
};
use crate::{
    Asker, Code, GraphqlError, Inquiry,
    execute::error_json,
    http::{Endpoint, bearer_in},
    request::Request,
    service::Service,
};

/// How long a client is waited for when it is told that the socket closes.
const CLOSING: Duration = Duration::from_secs(1);

/// Why a socket closes. The first of them are those of WebSockets, the others those of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Done = 1000,
    ServiceStops = 1001,
    NoWebSocket = 1002,
    NoText = 1007,
    TooLarge = 1009,
    TooMany = 1013,
    BadMessage = 4400,
    Unauthorised = 4401,
    Forbidden = 4403,
    OtherProtocol = 4406,
    InitTooLate = 4408,
    IdInUse = 4409,
    InitTwice = 4429,
}

/// How a socket ends.
enum End {
    /// The client is told why.
    Closed(Reason, String),
    /// There is nobody to be told.
    Gone,
}

fn closed(reason: Reason, words: impl Into<String>) -> Result<(), End> {
    Err(End::Closed(reason, words.into()))
}

/// Something that is still to be said.
#[derive(Clone)]
enum Reply {
    Text(String),
    Ping,
    Pong(web::Bytes),
}

/// Somebody whose token was found valid.
struct Member {
    actor: Actor,
    token: String,
    /// When the token is looked at again.
    check_at: Instant,
}

/// A WebSocket that is open.
pub struct Connection<S: Service> {
    endpoint: web::Data<Endpoint<S>>,
    session: Session,
    seat: Seat,
    /// The header of the request by which it was opened.
    authorization: Option<String>,
    member: Option<Member>,
    operations: Rc<Operations>,
    /// What is still to be said; as long as there is anything, nothing is listened to.
    replies: VecDeque<Reply>,
    /// When something was last heard.
    heard: Instant,
}

impl<S: Service> Connection<S> {
    pub fn new(endpoint: web::Data<Endpoint<S>>, session: Session, seat: Seat, authorization: Option<String>) -> Self {
        let operations = Rc::new(Operations::new(seat.hall().rules().stall));
        let (member, replies) = (None, VecDeque::new());
        Self { endpoint, session, seat, authorization, member, operations, replies, heard: Instant::now() }
    }

    /// Attends to it until it ends. `agreed` says whether the client speaks the protocol.
    pub async fn run(mut self, mut messages: AggregatedMessageStream, agreed: bool) {
        let end = if agreed {
            self.attend(&mut messages).await
        } else {
            End::Closed(Reason::OtherProtocol, "the subprotocol here is graphql-transport-ws".to_owned())
        };
        self.operations.abort();
        let Self { session, seat, .. } = self;
        let code = match end {
            End::Gone => {
                drop(session);
                "none".to_owned()
            }
            End::Closed(reason, words) => {
                let code = reason as u16;
                let reason = CloseReason { code: CloseCode::from(code), description: Some(words) };
                // Whoever takes nothing any more is not told either.
                let _ = timeout(CLOSING, session.close(Some(reason))).await;
                code.to_string()
            }
        };
        counter!("milepost_sockets_closed_total", "code" => code).increment(1);
        until_gone(messages).await;
        drop(seat);
    }

    fn rules(&self) -> &Sockets {
        self.seat.hall().rules()
    }

    async fn attend(&mut self, messages: &mut AggregatedMessageStream) -> End {
        let init_by = Instant::now() + self.rules().init_wait;
        let every = self.rules().keep_alive;
        let mut keep_alive = interval_at(Instant::now() + every, every);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut closing = self.seat.hall().closing();
        let operations = Rc::clone(&self.operations);
        let mut unsettled = self.endpoint.service.unsettled();
        loop {
            let check_at = self.member.as_ref().map_or(init_by, |member| member.check_at);
            let going_on = tokio::select! {
                biased;
                _ = closing.wait_for(|closing| *closing) => closed(Reason::ServiceStops, "the service stops; connect again"),
                () = operations.given_up() => Err(End::Gone),
                () = sleep_until(check_at) => self.check(),
                Some(()) = changed(&mut unsettled), if self.member.is_some() => self.check(),
                sent = say(self.session.clone(), self.replies.front().cloned()), if !self.replies.is_empty() => self.said(sent),
                heard = messages.recv(), if self.replies.is_empty() => self.hear(heard),
                _ = keep_alive.tick() => self.keep_alive(),
            };
            if let Err(end) = going_on {
                return end;
            }
        }
    }

    /// Looks at the token again, or gives up waiting for one.
    fn check(&mut self) -> Result<(), End> {
        let recheck = self.rules().recheck;
        let Some(member) = &mut self.member else {
            return closed(Reason::InitTooLate, "Connection initialisation timeout");
        };
        match self.endpoint.service.authenticate(&member.token) {
            Ok(actor) => {
                member.check_at = next_check(&actor, recheck);
                member.actor = actor;
                Ok(())
            }
            Err(error) => forbidden(error),
        }
    }

    fn said(&mut self, sent: Result<(), Closed>) -> Result<(), End> {
        self.replies.pop_front();
        sent.map_err(|Closed| End::Gone)
    }

    /// Asks whether the client is there, unless nothing was heard of it for too long while it took nothing either.
    fn keep_alive(&mut self) -> Result<(), End> {
        if self.heard.max(self.operations.last_took()).elapsed() > self.rules().stall {
            return Err(End::Gone);
        }
        if self.replies.is_empty() {
            self.replies.push_back(Reply::Ping);
        }
        Ok(())
    }

    fn hear(&mut self, heard: Option<Result<AggregatedMessage, ProtocolError>>) -> Result<(), End> {
        self.heard = Instant::now();
        match heard {
            Some(Ok(AggregatedMessage::Text(text))) => match Incoming::read(&text) {
                Ok(message) => self.take(message),
                Err(problem) => closed(Reason::BadMessage, problem),
            },
            Some(Ok(AggregatedMessage::Binary(_))) => closed(Reason::BadMessage, "messages are text"),
            Some(Ok(AggregatedMessage::Ping(bytes))) => {
                self.replies.push_back(Reply::Pong(bytes));
                Ok(())
            }
            Some(Ok(AggregatedMessage::Pong(_))) => Ok(()),
            Some(Ok(AggregatedMessage::Close(_))) => closed(Reason::Done, ""),
            Some(Err(error)) => broken(&error),
            None => Err(End::Gone),
        }
    }

    fn take(&mut self, message: Incoming) -> Result<(), End> {
        match message {
            Incoming::Init { authorization } => return self.init(authorization),
            Incoming::Ping(payload) => self.reply(message::pong(payload)),
            Incoming::Pong => {}
            Incoming::Subscribe { id, request } => return self.subscribe(id, request),
            Incoming::Complete { id } => self.operations.stop(&id),
        }
        Ok(())
    }

    fn reply(&mut self, text: String) {
        self.replies.push_back(Reply::Text(text));
    }

    /// The token in the payload counts, else that in the header.
    fn init(&mut self, authorization: Option<String>) -> Result<(), End> {
        if self.member.is_some() {
            return closed(Reason::InitTwice, "Too many initialisation requests");
        }
        let authorization = authorization.or_else(|| self.authorization.take());
        let Some(token) = authorization.as_deref().and_then(bearer_in) else {
            let words = r#"send a token in the payload of connection_init: {"Authorization": "Bearer ..."}"#;
            return closed(Reason::Forbidden, words);
        };
        let actor = match self.endpoint.service.authenticate(token) {
            Ok(actor) => actor,
            Err(error) => return forbidden(error),
        };
        if let Err(reason) = self.seat.give_to(actor.subject) {
            return closed(Reason::TooMany, reason);
        }
        let check_at = next_check(&actor, self.rules().recheck);
        self.member = Some(Member { actor, token: token.to_owned(), check_at });
        self.reply(message::connection_ack());
        Ok(())
    }

    fn subscribe(&mut self, id: String, request: Request) -> Result<(), End> {
        // By what they may do now, whatever that was when the token was sent.
        if self.member.is_some() {
            self.check()?;
        }
        let Some(member) = &self.member else { return closed(Reason::Unauthorised, "Unauthorized") };
        if self.operations.has(&id) {
            return closed(Reason::IdInUse, format!("Subscriber for {id} already exists"));
        }
        let most = self.rules().operations;
        if self.operations.count() >= most {
            let message = format!("{most} operations are under way on this WebSocket; complete one");
            self.refuse(&id, &GraphqlError::new(Code::Throttled, message));
            return Ok(());
        }
        let (presence, asker) = Asker::until(self.endpoint.deadline());
        let inquiry = Inquiry { actor: member.actor.clone(), asker };
        // Made now: what is recorded from here on is what a subscription is told of.
        let context = self.endpoint.service.context(inquiry.clone());
        let operation = Operation {
            id: id.clone(),
            request: request.into(),
            inquiry,
            context,
            endpoint: self.endpoint.clone(),
            session: self.session.clone(),
            operations: Rc::clone(&self.operations),
        };
        let running = async move {
            let _presence = presence;
            operation.run().await;
        };
        self.operations.begin(id, rt::spawn(running));
        Ok(())
    }

    fn refuse(&mut self, id: &str, error: &GraphqlError) {
        let errors: [Value; 1] = [error_json(error)];
        self.reply(message::error(id, &errors));
    }
}

/// Waits for a change; nothing comes of it where there will be none.
async fn changed(unsettled: &mut Option<watch::Receiver<u64>>) -> Option<()> {
    unsettled.as_mut()?.changed().await.ok()
}

/// Says `reply`. Until it is ready nothing of it is on its way, so it can be given up and said again.
async fn say(mut session: Session, reply: Option<Reply>) -> Result<(), Closed> {
    match reply {
        Some(Reply::Text(text)) => session.text(text).await,
        Some(Reply::Ping) => session.ping(&[]).await,
        Some(Reply::Pong(bytes)) => session.pong(&bytes).await,
        None => Ok(()),
    }
}

/// Hears what still comes until the connection is gone, and with it what it holds. One that is closed with something
/// left unread is reset, and what was said last is lost; one of which nobody hears the end is never closed.
async fn until_gone(mut messages: AggregatedMessageStream) {
    while let Some(heard) = messages.recv().await {
        if heard.is_err() {
            // From here on nothing can be understood, not even the end.
            return sleep(2 * CLOSING).await;
        }
    }
}

fn forbidden(error: TokenError) -> Result<(), End> {
    closed(Reason::Forbidden, format!("Forbidden: {error}"))
}

fn broken(error: &ProtocolError) -> Result<(), End> {
    let is_gone = |error: &io::Error| error.get_ref().and_then(|inner| inner.downcast_ref::<PayloadError>()).is_some();
    // In our words: those of the libraries name their parts.
    let (reason, words) = match error {
        ProtocolError::Io(error) if is_gone(error) => return Err(End::Gone),
        ProtocolError::Io(error) if error.kind() == io::ErrorKind::InvalidData => (Reason::NoText, "a message is not UTF-8"),
        // In one piece, or in several together.
        ProtocolError::Overflow | ProtocolError::Io(_) => (Reason::TooLarge, "a message is longer than is read"),
        ProtocolError::UnmaskedFrame => (Reason::NoWebSocket, "a frame is not masked"),
        _ => (Reason::NoWebSocket, "a frame is not as WebSockets have them (RFC 6455)"),
    };
    closed(reason, words)
}

/// When to look at the token of `actor` again: when it ends, and from time to time before.
fn next_check(actor: &Actor, recheck: Duration) -> Instant {
    let now = u64::try_from(chrono::Utc::now().timestamp()).unwrap_or_default();
    let left = Duration::from_secs(actor.expires_at.saturating_add(LEEWAY_S).saturating_sub(now));
    Instant::now() + left.max(Duration::from_secs(1)).min(recheck)
}
