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
use schema::{EventId, Position, StoredEvent, ThingId};
use tokio::time::timeout;

use super::{
    Shared,
    connection::Lease,
    fault::{Meaning, meaning},
    wire::Taken,
};
use crate::store::StoreError;

/// How long the next answer of a read may take.
const READ_WAIT: Duration = Duration::from_secs(10);
/// How long is looked for events that were not delivered.
const LOOK_WAIT: Duration = Duration::from_secs(3);
/// How many events at the end of the log are looked at for the last of ours: the server's own can lie among them.
const TAIL_EVENTS: usize = 64;
/// How many events the server looks at between two checkpoints of a filtered read.
const WINDOW_EVENTS: u32 = 1000;

/// How many nodes are asked in turn for one that leads.
const LEADERS_MAX: u32 = 3;

/// The whole of a position: for events that were not written in a transaction, both halves are the same.
pub(super) const fn server_position(position: Position) -> ServerPosition {
    ServerPosition { commit: position.0, prepare: position.0 }
}

impl Shared {
    /// What lies under our prefix.
    pub(super) fn filter(&self) -> SubscriptionFilter {
        SubscriptionFilter::on_stream_name().add_prefix(self.names.prefix()).max(WINDOW_EVENTS)
    }

    /// What `call` to the client of `lease` comes to, if that is soon enough. What fails on the way retires the client.
    async fn ask<T>(&self, lease: &Lease, call: impl Future<Output = Result<T, Error>>) -> Result<Option<T>, Failed> {
        let error = match timeout(READ_WAIT, call).await {
            Ok(Ok(answer)) => {
                self.connection.works();
                return Ok(Some(answer));
            }
            Ok(Err(Error::ResourceNotFound)) => return Ok(None),
            Ok(Err(error)) => error,
            Err(_) => Error::DeadlineExceeded,
        };
        let explained = self.connection.explain(&error);
        let meaning = meaning(&error);
        if meaning == Meaning::Lost {
            self.connection.retire(lease.generation, &explained);
        }
        Err(Failed { error: explained, not_leader: meaning == Meaning::NotLeader })
    }
}

/// Why a read came to nothing.
struct Failed {
    error: StoreError,
    /// By then the client has turned to the leader.
    not_leader: bool,
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self { error, not_leader: false }
    }
}

/// What `read` comes to, which begins again where it met a node that does not lead any more.
async fn of_leader<T, F: Future<Output = Result<T, Failed>>>(mut read: impl FnMut() -> F) -> Result<T, StoreError> {
    let mut last = StoreError("EventStoreDB has no leader; see that a majority of its nodes runs".to_owned());
    for _ in 0..LEADERS_MAX {
        match read().await {
            Ok(found) => return Ok(found),
            Err(Failed { error, not_leader: true }) => last = error,
            Err(Failed { error, .. }) => return Err(error),
        }
    }
    Err(last)
}

/// The stream of `thing`, oldest first.
pub(super) fn stream(shared: &Shared, thing: ThingId) -> BoxStream<'_, Result<StoredEvent, StoreError>> {
    let begin = of_leader(move || async move {
        let lease = shared.connection.lease().await?;
        let options = ReadStreamOptions::default().position(StreamPosition::Start).requires_leader(true);
        let name = shared.names.stream(thing);
        let read = shared.ask(&lease, lease.client.read_stream(name, &options)).await?;
        Ok((lease, read))
    });
    let following = move |(lease, read): (Lease, Option<ReadStream>)| {
        let next = move |(lease, read): (Lease, Option<ReadStream>)| async move {
            let Some(mut read) = read else { return Ok::<_, StoreError>(None) };
            let event = shared.ask(&lease, read.next()).await.map_err(|failed| failed.error)?.flatten();
            Ok(event.map(|event| (event, (lease, Some(read)))))
        };
        stream::try_unfold((lease, read), next)
    };
    let mut latest = None;
    let taken = move |event: ResolvedEvent| {
        let taken = shared.names.take(event.get_original_event());
        let event = match taken {
            Taken::Event(mut event) => {
                latest = latest.max(Some(event.recorded_at));
                event.recorded_at = latest.unwrap_or(event.recorded_at);
                Some(*event)
            }
            Taken::Passed | Taken::Foreign(_) => None,
        };
        std::future::ready(Ok(event))
    };
    stream::once(begin).map_ok(following).try_flatten().try_filter_map(taken).boxed()
}

/// The revision of the last event of `thing`, as the leader has it.
pub(super) async fn last_revision(shared: &Shared, thing: ThingId) -> Result<Option<u64>, StoreError> {
    let options = ReadStreamOptions::default().position(StreamPosition::End).max_count(1).requires_leader(true);
    of_leader(async || {
        let lease = shared.connection.lease().await?;
        let mut read = shared.ask(&lease, lease.client.read_stream(shared.names.stream(thing), &options)).await?;
        let event = next_of(shared, &lease, &mut read).await?;
        Ok(event.map(|event| event.get_original_event().revision))
    })
    .await
}

/// The position of the last event of ours.
pub(super) async fn head(shared: &Shared) -> Result<Option<Position>, StoreError> {
    let options = ReadAllOptions::default().position(StreamPosition::End).max_count(TAIL_EVENTS);
    let options = options.filter(shared.filter()).requires_leader(true);
    of_leader(async || {
        let lease = shared.connection.lease().await?;
        let mut read = shared.ask(&lease, lease.client.read_all(&options)).await?;
        while let Some(event) = next_of(shared, &lease, &mut read).await? {
            match shared.names.take(event.get_original_event()) {
                Taken::Event(event) => return Ok(Some(event.position)),
                Taken::Passed => {}
                Taken::Foreign(foreign) => return Err(StoreError(foreign.sentence(shared.names.prefix())).into()),
            }
        }
        Ok(None)
    })
    .await
}

async fn next_of(shared: &Shared, lease: &Lease, read: &mut Option<ReadStream>) -> Result<Option<ResolvedEvent>, Failed> {
    match read {
        Some(read) => Ok(shared.ask(lease, read.next()).await?.flatten()),
        None => Ok(None),
    }
}

/// The id of the event at `position`.
pub(super) async fn event_at(shared: &Shared, position: Position) -> Result<Option<EventId>, StoreError> {
    let options = ReadAllOptions::default().position(StreamPosition::Position(server_position(position))).max_count(1);
    let options = options.requires_leader(true);
    of_leader(async || {
        let lease = shared.connection.lease().await?;
        let mut read = shared.ask(&lease, lease.client.read_all(&options)).await?;
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
    let end = ReadAllOptions::default().position(StreamPosition::End).max_count(1).requires_leader(true);
    let start = from.map_or(StreamPosition::Start, |from| StreamPosition::Position(server_position(from)));
    let since = ReadAllOptions::default().position(start).max_count(TAIL_EVENTS).filter(shared.filter()).requires_leader(true);
    of_leader(async || {
        let lease = shared.connection.lease().await?;
        let mut read = shared.ask(&lease, lease.client.read_all(&end)).await?;
        let last = next_of(shared, &lease, &mut read).await?;
        let end = last.map(|event| Position(event.get_original_event().position.commit));
        if end <= from {
            return Ok((end, false));
        }
        // Where others have written much, looking through it takes longer than is worth waiting for.
        match timeout(LOOK_WAIT, any_after(shared, &lease, after, &since)).await {
            Ok(any) => Ok((end, any?)),
            Err(_) => Ok((from, false)),
        }
    })
    .await
}

async fn any_after(shared: &Shared, lease: &Lease, after: Option<Position>, options: &ReadAllOptions) -> Result<bool, Failed> {
    let mut read = shared.ask(lease, lease.client.read_all(options)).await?;
    while let Some(event) = next_of(shared, lease, &mut read).await? {
        let event = event.get_original_event();
        if Some(Position(event.position.commit)) > after && shared.names.take(event) != Taken::Passed {
            return Ok(true);
        }
    }
    Ok(false)
}
