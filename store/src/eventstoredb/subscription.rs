//! Subscriptions, each with a thread, a runtime and a client of its own.
//!
//! A subscription that the server ends makes the client spin without ever giving way, so it must not share a thread
//! with anything; [`Breaker`] stops it there. Whoever listens watches over it from outside: one that is silent while
//! the log moves on is given up. Whatever happens, it ends with an error, and is begun again after the last position
//! seen.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
    thread,
    time::Duration,
};

use eventstore::{Error, RecordedEvent, StreamPosition, SubscribeToAllOptions, Subscription, SubscriptionEvent};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use schema::Position;
use tokio::{
    runtime::{Builder, Handle},
    sync::mpsc::{self, Receiver, Sender},
    time::{Instant, sleep_until, timeout},
};
use tracing::{
    Event, Level, Metadata,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span,
};

use super::{
    Shared, connection,
    meaning::Meaning,
    read::{moved_on, server_position},
    wire::Taken,
};
use crate::{Delivery, StoreError};

/// How many deliveries may wait for whoever listens.
const QUEUE_DELIVERIES: usize = 4096;
/// How long the server may take to confirm a subscription.
const CONFIRM_WAIT: Duration = Duration::from_secs(5);
/// After how long a silence it is looked at whether the log has moved on.
const SILENCE: Duration = Duration::from_secs(2);

type Item = Result<Delivery, StoreError>;

/// Every event after `after`, then live, until dropped or an error.
pub(super) fn subscribe(shared: Arc<Shared>, after: Option<Position>) -> BoxStream<'static, Item> {
    let listener = Listener { shared, after, looked_at: after, suspected: false, deliveries: None, over: false };
    stream::unfold(listener, |mut listener| async move {
        let item = listener.next().await?;
        Some((item, listener))
    })
    .boxed()
}

/// Whoever listens to a subscription, and watches over it.
struct Listener {
    shared: Arc<Shared>,
    /// The last event delivered.
    after: Option<Position>,
    /// Up to where it has been looked at whether anything of ours is not delivered.
    looked_at: Option<Position>,
    /// Whether the last look found something that is not delivered: it may have been on its way.
    suspected: bool,
    deliveries: Option<Receiver<Item>>,
    over: bool,
}

impl Listener {
    async fn next(&mut self) -> Option<Item> {
        if self.over {
            return None;
        }
        if self.deliveries.is_none() {
            self.shared.pauses.wait().await;
        }
        let item = match self.deliveries() {
            Ok(_) => self.listen().await,
            Err(error) => Err(error),
        };
        self.suspected &= item.is_err();
        match &item {
            Ok(Delivery::Event(event)) => self.after = Some(event.position),
            Ok(Delivery::Aside(event)) => self.after = Some(event.position),
            Ok(Delivery::Told(_) | Delivery::CaughtUp) => {}
            Err(error) => {
                self.over = true;
                self.deliveries = None;
                self.shared.pauses.failed(error);
            }
        }
        Some(item)
    }

    /// Where deliveries come from; begun when first needed.
    fn deliveries(&mut self) -> Result<&mut Receiver<Item>, StoreError> {
        match &mut self.deliveries {
            Some(deliveries) => Ok(deliveries),
            none => Ok(none.insert(begin(&self.shared, self.after)?)),
        }
    }

    async fn listen(&mut self) -> Item {
        let mut look_at = Instant::now() + SILENCE;
        loop {
            let deliveries = self.deliveries()?;
            tokio::select! {
                delivery = deliveries.recv() => {
                    return delivery.unwrap_or_else(|| Err(StoreError("EventStoreDB has ended the subscription".to_owned())));
                }
                () = sleep_until(look_at) => {}
            }
            self.refuse_silence().await?;
            look_at = Instant::now() + SILENCE;
        }
    }

    /// Fails if the log has moved on since the last delivery, or can't be asked.
    async fn refuse_silence(&mut self) -> Result<(), StoreError> {
        let looked_at = self.looked_at.max(self.shared.resume.place(self.after));
        let (end, moved) = moved_on(&self.shared, self.after, looked_at).await?;
        let delivered = self.deliveries.as_ref().is_some_and(|deliveries| !deliveries.is_empty());
        let missing = moved && !delivered;
        if missing && self.suspected {
            return Err(StoreError("the subscription to EventStoreDB is silent while the log moves on".to_owned()));
        }
        self.suspected = missing;
        if !moved {
            self.looked_at = self.looked_at.max(end);
        }
        Ok(())
    }
}

fn begin(shared: &Arc<Shared>, after: Option<Position>) -> Result<Receiver<Item>, StoreError> {
    let (sender, receiver) = mpsc::channel(QUEUE_DELIVERIES);
    let follower = Follower { shared: Arc::clone(shared), start: after, event: after, sender };
    let thread = thread::Builder::new().name("log subscription".to_owned()).spawn(move || follower.run());
    thread.map_err(|error| StoreError(format!("the system gives no thread for the subscription: {error}")))?;
    Ok(receiver)
}

/// The thread's work.
struct Follower {
    shared: Arc<Shared>,
    start: Option<Position>,
    /// Our last event.
    event: Option<Position>,
    sender: Sender<Item>,
}

/// Nobody listens any more.
struct Gone;

impl Follower {
    fn run(mut self) {
        let sender = self.sender.clone();
        let worked = AssertUnwindSafe(|| {
            let runtime = match Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => return Err(StoreError(format!("the system gives no runtime for the subscription: {error}"))),
            };
            tracing::subscriber::with_default(Breaker, || {
                runtime.block_on(async {
                    let gone = self.sender.clone();
                    tokio::select! {
                        failed = self.follow() => failed,
                        () = gone.closed() => Ok(Gone),
                    }
                })
            })
        });
        let failed = match catch_unwind(worked) {
            Ok(Ok(Gone)) => return,
            Ok(Err(error)) => error,
            Err(payload) if payload.is::<Ended>() => StoreError("EventStoreDB has ended the subscription".to_owned()),
            Err(_) => StoreError("the client of EventStoreDB has failed; the log above says how".to_owned()),
        };
        // Whoever listens takes the rest of what is delivered first; if they don't any more, nobody has to know.
        let _ = sender.blocking_send(Err(failed));
    }

    async fn follow(&mut self) -> Result<Gone, StoreError> {
        let address = self.shared.connection.address()?;
        let client = connection::connect(&address, Handle::current()).await?;
        let place = self.shared.resume.place(self.start);
        let position = place.map_or(StreamPosition::Start, |place| StreamPosition::Position(server_position(place)));
        let options = SubscribeToAllOptions::default().position(position).filter(self.shared.filter());
        let options = match address.credentials() {
            Some(credentials) => options.authenticated(credentials),
            None => options,
        };
        let mut subscription = client.subscribe_to_all(&options).await;
        let mut confirmed = timeout(CONFIRM_WAIT, subscription.next_subscription_event()).await;
        if let Ok(Err(Error::NotLeaderException(_))) = &confirmed {
            // By now the client has turned to the leader.
            subscription = client.subscribe_to_all(&options).await;
            confirmed = timeout(CONFIRM_WAIT, subscription.next_subscription_event()).await;
        }
        match confirmed {
            Ok(Ok(_)) => self.shared.connection.note_reading(None),
            Ok(Err(error)) => return Err(self.failed(&error)),
            Err(_) => return Err(StoreError("EventStoreDB does not confirm the subscription in time".to_owned())),
        }
        loop {
            if let Err(over) = self.take_next(&mut subscription).await {
                return over;
            }
        }
    }

    /// Why the subscription has failed. Where its credentials are refused, the store takes nothing new either.
    fn failed(&self, error: &Error) -> StoreError {
        let (meaning, error) = self.shared.connection.explain_read(error);
        if meaning == Meaning::Denied {
            self.shared.connection.note_reading(Some(error.clone()));
        }
        error
    }

    /// Takes what comes next; the error is what all comes to.
    async fn take_next(&mut self, subscription: &mut Subscription) -> Result<(), Result<Gone, StoreError>> {
        let event = subscription.next_subscription_event().await;
        let event = event.map_err(|error| Err(self.failed(&error)))?;
        match event {
            SubscriptionEvent::EventAppeared(event) => self.take(event.get_original_event()).await,
            SubscriptionEvent::Checkpoint(position) => {
                self.shared.resume.note(self.event, Position(position.commit));
                Ok(())
            }
            SubscriptionEvent::CaughtUp(_) => {
                self.shared.pauses.reset();
                self.send(Delivery::CaughtUp).await
            }
            _ => Ok(()),
        }
    }

    async fn take(&mut self, event: &RecordedEvent) -> Result<(), Result<Gone, StoreError>> {
        match self.shared.names.take(event) {
            Taken::Passed => Ok(()),
            Taken::Told(notice) => self.send(Delivery::Told(notice)).await,
            Taken::Ours(event) => {
                let delivery = Delivery::from(*event);
                self.event = match &delivery {
                    Delivery::Event(event) => Some(event.position),
                    Delivery::Aside(event) => Some(event.position),
                    Delivery::Told(_) | Delivery::CaughtUp => self.event,
                };
                self.send(delivery).await
            }
        }
    }

    async fn send(&self, delivery: Delivery) -> Result<(), Result<Gone, StoreError>> {
        self.sender.send(Ok(delivery)).await.map_err(|_| Ok(Gone))
    }
}

/// What the client says each time round when it spins.
const SPINS: &str = "Received an unknown subscription message";

/// Unwinds a thread whose subscription has ended.
struct Ended;

/// Listens to what the client logs on a subscription's thread, and unwinds the thread when it begins to spin: that is
/// the one place where the client can still be stopped. All else that it says there, the error says too.
struct Breaker;

impl tracing::Subscriber for Breaker {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN && metadata.target().starts_with("kurrentdb") && metadata.is_event()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::WARN)
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut spins = Spins(false);
        event.record(&mut spins);
        if spins.0 {
            // Without the words and the trace of a panic: it is none.
            resume_unwind(Box::new(Ended));
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Spins(bool);

impl Visit for Spins {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0 |= field.name() == "message" && format!("{value:?}") == SPINS;
    }
}
