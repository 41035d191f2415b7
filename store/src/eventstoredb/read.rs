//! Reads, each with a deadline, since the client sets none.

use std::{future::Future, time::Duration};

use eventstore::{
    Error, Position as ServerPosition, ReadAllOptions, ReadStream, ReadStreamOptions, ResolvedEvent, StreamPosition,
    SubscriptionFilter,
};
use futures::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use schema::{AnyEvent, EventId, Position, StoredEvent, ThingId};
use tokio::time::timeout;

use super::{Shared, address::Address, connection::Reader, kept::Lease, meaning::Meaning, wire::Taken};
use crate::StoreError;

/// How long the next answer of a read may take.
const READ_WAIT: Duration = Duration::from_secs(10);
/// How long is looked for events that were not delivered.
const LOOK_WAIT: Duration = Duration::from_secs(3);
/// How many events are looked at in one read for one of ours: others' can lie among them.
const PAGE_EVENTS: usize = 64;
/// How many events the server looks at between two checkpoints of a filtered read.
const WINDOW_EVENTS: u32 = 1000;

/// How often a read is begun.
const ATTEMPTS_MAX: u32 = 3;

/// The whole of a position: for events that were not written in a transaction, both halves are the same.
pub(super) const fn server_position(position: Position) -> ServerPosition {
    ServerPosition { commit: position.0, prepare: position.0 }
}

impl Shared {
    /// What lies under our prefix, and the metadata of our streams.
    pub(super) fn filter(&self) -> SubscriptionFilter {
        let filter = SubscriptionFilter::on_stream_name().add_prefix(self.names.prefix());
        filter.add_prefix(self.names.metadata_prefix()).max(WINDOW_EVENTS)
    }

    /// What `call` to the client of `lease` comes to, if that is soon enough. What fails on the way retires the client.
    async fn ask<T>(&self, lease: &Lease<Reader>, call: impl Future<Output = Result<T, Error>>) -> Result<Option<T>, Failed> {
        let error = match timeout(READ_WAIT, call).await {
            Ok(Ok(answer)) => {
                self.connection.readers.works();
                return Ok(Some(answer));
            }
            Ok(Err(Error::ResourceNotFound)) => return Ok(None),
            Ok(Err(error)) => error,
            Err(_) => Error::DeadlineExceeded,
        };
        let (meaning, error) = self.connection.explain_read(&error);
        let again = match meaning {
            Meaning::Lost => {
                self.connection.readers.retire(lease, &error);
                false
            }
            // By then the client has turned to the leader.
            Meaning::NotLeader | Meaning::Expired => true,
            Meaning::Denied if self.connection.has_changed(&lease.value.address) => {
                self.connection.readers.replace(lease);
                true
            }
            _ => false,
        };
        Err(Failed { error, again, is_denied: meaning == Meaning::Denied })
    }

    /// As [`Self::ask`], of the whole log; takes note of whether it can be read.
    async fn ask_all<T>(&self, lease: &Lease<Reader>, call: impl Future<Output = Result<T, Error>>) -> Result<Option<T>, Failed> {
        let asked = self.ask(lease, call).await;
        match &asked {
            Ok(_) => self.connection.note_reading(None),
            Err(failed) if failed.is_denied => self.connection.note_reading(Some(failed.error.clone())),
            Err(_) => {}
        }
        asked
    }
}

/// A read of the whole log, from the leader, by whoever `address` names.
fn of_all(address: &Address) -> ReadAllOptions {
    let options = ReadAllOptions::default().requires_leader(true);
    match address.credentials() {
        Some(credentials) => options.authenticated(credentials),
        None => options,
    }
}

/// A read of a stream, from the leader, by whoever `address` names.
fn of_stream(address: &Address) -> ReadStreamOptions {
    let options = ReadStreamOptions::default().requires_leader(true);
    match address.credentials() {
        Some(credentials) => options.authenticated(credentials),
        None => options,
    }
}

/// Why a read came to nothing.
struct Failed {
    error: StoreError,
    /// It is worth asking once more at once.
    again: bool,
    is_denied: bool,
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self { error, again: false, is_denied: false }
    }
}

/// What `read` comes to, which begins again where that may help: it met a node that does not lead any more, or took too long.
async fn of_leader<T, F: Future<Output = Result<T, Failed>>>(mut read: impl FnMut() -> F) -> Result<T, StoreError> {
    let mut last = StoreError("EventStoreDB has no leader; see that a majority of its nodes runs".to_owned());
    for _ in 0..ATTEMPTS_MAX {
        match read().await {
            Ok(found) => return Ok(found),
            Err(Failed { error, again: true, .. }) => last = error,
            Err(Failed { error, .. }) => return Err(error),
        }
    }
    Err(last)
}

/// The stream of `thing`, oldest first.
pub(super) fn stream(shared: &Shared, thing: ThingId) -> BoxStream<'_, Result<StoredEvent, StoreError>> {
    let begin = of_leader(move || async move {
        let lease = shared.connection.reader().await?;
        let options = of_stream(&lease.value.address).position(StreamPosition::Start);
        let name = shared.names.stream(&thing);
        let read = shared.ask(&lease, lease.value.client.read_stream(name, &options)).await?;
        Ok((lease, read))
    });
    let following = move |(lease, read): (Lease<Reader>, Option<ReadStream>)| {
        let next = move |(lease, read): (Lease<Reader>, Option<ReadStream>)| async move {
            let Some(mut read) = read else { return Ok::<_, StoreError>(None) };
            let event = shared.ask(&lease, read.next()).await.map_err(|failed| failed.error)?.flatten();
            Ok(event.map(|event| (event, (lease, Some(read)))))
        };
        stream::try_unfold((lease, read), next)
    };
    let taken = move |event: ResolvedEvent| {
        let taken = shared.names.take(event.get_original_event());
        let event = match taken {
            Taken::Ours(event) => match *event {
                AnyEvent::OfThing(event) => Some(event),
                AnyEvent::Aside(_) => None,
            },
            Taken::Told(_) | Taken::Passed => None,
        };
        std::future::ready(Ok(event))
    };
    stream::once(begin).map_ok(following).try_flatten().try_filter_map(taken).boxed()
}

/// The revision of the last event of the server's `stream`, as the leader has it.
pub(super) async fn last_revision(shared: &Shared, stream: &str) -> Result<Option<u64>, StoreError> {
    of_leader(async || {
        let lease = shared.connection.reader().await?;
        let options = of_stream(&lease.value.address).position(StreamPosition::End).max_count(1);
        let mut read = shared.ask(&lease, lease.value.client.read_stream(stream, &options)).await?;
        let event = next_of(shared, &lease, &mut read).await?;
        Ok(event.map(|event| event.get_original_event().revision))
    })
    .await
}

/// The position of the last event of ours, however much of others' lies after it.
pub(super) async fn head(shared: &Shared) -> Result<Option<Position>, StoreError> {
    let mut before = None;
    loop {
        match of_leader(|| last_before(shared, before)).await? {
            Page::Found(position) => return Ok(Some(position)),
            Page::End => return Ok(None),
            Page::To(place) => before = Some(place),
        }
    }
}

/// What a page of events holds of ours.
enum Page {
    /// One of ours, at this position.
    Found(Position),
    /// None of ours; this is the position of the last event of it.
    To(Position),
    /// None of ours, and nothing lies beyond it.
    End,
}

/// Looks for one of ours in the events before `before`, the newest first.
async fn last_before(shared: &Shared, before: Option<Position>) -> Result<Page, Failed> {
    let start = before.map_or(StreamPosition::End, |before| StreamPosition::Position(server_position(before)));
    let lease = shared.connection.reader().await?;
    let options = of_all(&lease.value.address).position(start).backwards().max_count(PAGE_EVENTS).filter(shared.filter());
    let mut read = shared.ask_all(&lease, lease.value.client.read_all(&options)).await?;
    let mut page = Page::End;
    while let Some(event) = next_of(shared, &lease, &mut read).await? {
        let event = event.get_original_event();
        let position = Position(event.position.commit);
        if before.is_some_and(|before| position >= before) {
            continue;
        }
        if shared.names.take(event).is_ours() {
            return Ok(Page::Found(position));
        }
        page = Page::To(position);
    }
    Ok(page)
}

async fn next_of(shared: &Shared, lease: &Lease<Reader>, read: &mut Option<ReadStream>) -> Result<Option<ResolvedEvent>, Failed> {
    match read {
        Some(read) => Ok(shared.ask(lease, read.next()).await?.flatten()),
        None => Ok(None),
    }
}

/// The id of the event at `position`.
pub(super) async fn event_at(shared: &Shared, position: Position) -> Result<Option<EventId>, StoreError> {
    let place = StreamPosition::Position(server_position(position));
    of_leader(async || {
        let lease = shared.connection.reader().await?;
        let options = of_all(&lease.value.address).position(place).max_count(1);
        let mut read = shared.ask_all(&lease, lease.value.client.read_all(&options)).await?;
        let event = next_of(shared, &lease, &mut read).await?;
        let there = event.as_ref().map(ResolvedEvent::get_original_event).filter(|event| event.position.commit == position.0);
        Ok(there.map(|event| EventId(event.id)))
    })
    .await
}

/// How far the log goes, whoever wrote what is in it; and whether any event after `after`, looked for from `from` on, is
/// ours.
pub(super) async fn moved_on(
    shared: &Shared,
    after: Option<Position>,
    from: Option<Position>,
) -> Result<(Option<Position>, bool), StoreError> {
    of_leader(async || {
        let lease = shared.connection.reader().await?;
        let end = of_all(&lease.value.address).position(StreamPosition::End).max_count(1);
        let mut read = shared.ask_all(&lease, lease.value.client.read_all(&end)).await?;
        let last = next_of(shared, &lease, &mut read).await?;
        let end = last.map(|event| Position(event.get_original_event().position.commit));
        if end <= from {
            return Ok((end, false));
        }
        // Where others have written much, looking through it takes longer than is worth waiting for.
        match timeout(LOOK_WAIT, any_after(shared, &lease, after, from)).await {
            Ok(any) => Ok((end, any?)),
            Err(_) => Ok((from, false)),
        }
    })
    .await
}

/// Whether any event after `after`, looked for from `from` on, is ours.
async fn any_after(
    shared: &Shared,
    lease: &Lease<Reader>,
    after: Option<Position>,
    from: Option<Position>,
) -> Result<bool, Failed> {
    let mut from = from;
    loop {
        let start = from.map_or(StreamPosition::Start, |from| StreamPosition::Position(server_position(from)));
        let options = of_all(&lease.value.address).position(start).max_count(PAGE_EVENTS).filter(shared.filter());
        let mut read = shared.ask_all(lease, lease.value.client.read_all(&options)).await?;
        let mut last = None;
        while let Some(event) = next_of(shared, lease, &mut read).await? {
            let event = event.get_original_event();
            last = Some(Position(event.position.commit));
            if last > after && shared.names.take(event).is_ours() {
                return Ok(true);
            }
        }
        // A read begins with the event at its place.
        if last <= from {
            return Ok(false);
        }
        from = last;
    }
}
