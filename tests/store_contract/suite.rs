//! What every store has to do. The log may hold other streams, and others may write to it at the same time.

use std::collections::HashSet;

use futures::future::join_all;
use schema::{APPEND_BYTES_MAX, EventId, NewEvent, Position, StoredEvent, ThingId};
use store::{AppendError, Appended, Delivery, EventStore, Expected};

use crate::support::{
    Subscription, event_with, ids_in, ids_of, new_event, new_events, new_thing, next_delivery, stream_of, until_caught_up,
};

type Store = dyn EventStore;

/// Makes an entry of the suite for one adapter: `$open` gives a store and whatever has to live as long as it, or nothing
/// where there is no such store to be tested.
macro_rules! contract {
    ($adapter:ident, $open:path, [$($test:ident),+ $(,)?]) => {
        mod $adapter {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    if let Some((store, _kept)) = $open() {
                        crate::suite::$test(&store).await;
                    }
                }
            )+
        }
    };
    ($adapter:ident, $open:path) => {
        crate::suite::contract!($adapter, $open, [
            what_was_appended_is_read_back_as_it_was,
            a_stream_never_written_is_empty,
            streams_are_kept_apart,
            an_append_at_another_revision_than_the_last_is_a_conflict_and_records_nothing,
            the_same_appended_again_succeeds_and_records_nothing,
            the_same_appended_again_after_the_stream_moved_on_succeeds_and_records_nothing,
            other_events_or_a_part_of_them_at_a_place_taken_are_a_conflict,
            of_writers_that_expect_the_same_revision_exactly_one_wins,
            writers_that_retry_after_a_conflict_all_get_through,
            an_append_of_nothing_is_refused,
            the_largest_append_is_taken_and_one_byte_more_is_refused,
            positions_rise,
            the_head_is_the_position_of_the_last_event,
            a_probe_leaves_nothing_in_the_record,
            the_event_at_a_position_is_the_one_that_was_delivered_with_it,
            a_subscription_from_the_start_delivers_everything_in_order_and_says_so,
            a_subscription_after_a_position_delivers_what_follows_it,
            a_subscription_at_the_head_is_caught_up_at_once,
            a_subscription_delivers_live_what_is_appended_after_it_caught_up,
            every_subscriber_gets_everything_while_many_write,
        ]);
    };
}

pub(crate) use contract;

async fn append(store: &Store, thing: ThingId, expected: Expected, events: &[NewEvent]) -> Result<Appended, AppendError> {
    store.append(thing, expected, events.to_vec()).await
}

/// A stream of `count` events, appended one after the other.
async fn written(store: &Store, count: usize) -> (ThingId, Vec<NewEvent>) {
    let (thing, events) = (new_thing(), new_events(count));
    let mut expected = Expected::NoStream;
    for event in &events {
        let Appended { revision } = append(store, thing, expected, std::slice::from_ref(event)).await.unwrap();
        expected = Expected::Revision(revision);
    }
    (thing, events)
}

async fn is_conflict(store: &Store, thing: ThingId, expected: Expected, events: &[NewEvent], current: Option<u64>) {
    let before = stream_of(store, thing).await;
    match append(store, thing, expected, events).await {
        Err(AppendError::Conflict { current: found }) => assert_eq!(found, current),
        other => panic!("{expected:?} of a stream at {current:?} is a conflict, not {other:?}"),
    }
    assert_eq!(stream_of(store, thing).await, before);
}

pub async fn what_was_appended_is_read_back_as_it_was(store: &Store) {
    let (thing, events) = (new_thing(), new_events(3));
    assert_eq!(append(store, thing, Expected::NoStream, &events[..2]).await.unwrap(), Appended { revision: 1 });
    assert_eq!(append(store, thing, Expected::Revision(1), &events[2..]).await.unwrap(), Appended { revision: 2 });
    let stored = stream_of(store, thing).await;
    assert_eq!(stored.len(), 3);
    for ((event, stored), revision) in events.iter().zip(&stored).zip(0..) {
        assert_eq!((stored.id, stored.thing, stored.revision), (event.id, thing, revision));
        assert_eq!((stored.event_type.as_str(), stored.version), (event.event_type, event.version));
        assert_eq!((&stored.metadata, &stored.data), (&event.metadata, &event.data));
        stored.decode().unwrap();
    }
}

pub async fn a_probe_leaves_nothing_in_the_record(store: &Store) {
    store.probe().await.unwrap();
    let (thing, events) = written(store, 3).await;
    for _ in 0..3 {
        store.probe().await.unwrap();
    }
    assert_eq!(ids_in(store, thing).await, ids_of(&events));
    let next = new_events(1);
    assert_eq!(append(store, thing, Expected::Revision(2), &next).await.unwrap(), Appended { revision: 3 });
}

pub async fn a_stream_never_written_is_empty(store: &Store) {
    assert_eq!(stream_of(store, new_thing()).await, []);
}

pub async fn streams_are_kept_apart(store: &Store) {
    let [(one, of_one), (other, of_other)] = [written(store, 3).await, written(store, 2).await];
    assert_eq!(ids_in(store, one).await, ids_of(&of_one));
    assert_eq!(ids_in(store, other).await, ids_of(&of_other));
}

pub async fn an_append_at_another_revision_than_the_last_is_a_conflict_and_records_nothing(store: &Store) {
    let (thing, _) = written(store, 2).await;
    for expected in [Expected::NoStream, Expected::Revision(0), Expected::Revision(2), Expected::Revision(u64::MAX)] {
        is_conflict(store, thing, expected, &new_events(2), Some(1)).await;
    }
    is_conflict(store, new_thing(), Expected::Revision(0), &new_events(1), None).await;
    is_conflict(store, new_thing(), Expected::Revision(u64::MAX), &new_events(1), None).await;
}

pub async fn the_same_appended_again_succeeds_and_records_nothing(store: &Store) {
    let (thing, events) = (new_thing(), new_events(2));
    let first = append(store, thing, Expected::NoStream, &events).await.unwrap();
    assert_eq!(append(store, thing, Expected::NoStream, &events).await.unwrap(), first);
    assert_eq!(ids_in(store, thing).await, ids_of(&events));
}

pub async fn the_same_appended_again_after_the_stream_moved_on_succeeds_and_records_nothing(store: &Store) {
    let (thing, before) = written(store, 1).await;
    let [events, later] = [new_events(2), new_events(2)];
    let first = append(store, thing, Expected::Revision(0), &events).await.unwrap();
    append(store, thing, Expected::Revision(2), &later).await.unwrap();
    assert_eq!(append(store, thing, Expected::Revision(0), &events).await.unwrap(), first);
    assert_eq!(ids_in(store, thing).await, ids_of(&[before, events, later].concat()));
}

pub async fn other_events_or_a_part_of_them_at_a_place_taken_are_a_conflict(store: &Store) {
    let (thing, events) = written(store, 3).await;
    let with_another = [events[1].clone(), new_event()];
    let in_another_order = [events[2].clone(), events[1].clone()];
    let longer_than_the_stream = [&events[1..], &[new_event()]].concat();
    for events in [&with_another[..], &in_another_order, &longer_than_the_stream] {
        is_conflict(store, thing, Expected::Revision(0), events, Some(2)).await;
    }
}

pub async fn of_writers_that_expect_the_same_revision_exactly_one_wins(store: &Store) {
    let (thing, mut written) = written(store, 1).await;
    let offers: Vec<_> = (0..20).map(|_| new_events(2)).collect();
    let outcomes = join_all(offers.iter().map(|events| append(store, thing, Expected::Revision(0), events))).await;
    let winners: Vec<_> = offers.into_iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_ok()).collect();
    let [(winner, _)] = &winners[..] else { panic!("{} writers won", winners.len()) };
    let conflicts = outcomes.iter().filter(|outcome| matches!(outcome, Err(AppendError::Conflict { current: Some(2) })));
    assert_eq!(conflicts.count(), 19);
    written.extend(winner.iter().cloned());
    assert_eq!(ids_in(store, thing).await, ids_of(&written));
}

pub async fn writers_that_retry_after_a_conflict_all_get_through(store: &Store) {
    let (thing, events) = (new_thing(), new_events(20));
    join_all(events.iter().map(|event| append_after_conflicts(store, thing, event))).await;
    let found: HashSet<EventId> = ids_in(store, thing).await.into_iter().collect();
    assert_eq!(found, ids_of(&events).into_iter().collect());
    assert_eq!(stream_of(store, thing).await.len(), events.len());
}

async fn append_after_conflicts(store: &Store, thing: ThingId, event: &NewEvent) {
    let mut expected = Expected::NoStream;
    while let Err(error) = append(store, thing, expected, std::slice::from_ref(event)).await {
        let AppendError::Conflict { current } = error else { panic!("{error}") };
        expected = Expected::after(current);
    }
}

pub async fn an_append_of_nothing_is_refused(store: &Store) {
    let (thing, events) = written(store, 1).await;
    let refused = append(store, thing, Expected::Revision(0), &[]).await;
    assert!(matches!(refused, Err(AppendError::Empty)), "{refused:?}");
    assert_eq!(ids_in(store, thing).await, ids_of(&events));
}

pub async fn the_largest_append_is_taken_and_one_byte_more_is_refused(store: &Store) {
    let mut events = new_events(2);
    let others: usize = events.iter().map(|event| event.metadata.len() + 2 * event.event_type.len()).sum();
    events[0].data = vec![b' '; APPEND_BYTES_MAX - others - events[1].data.len() + 1];
    let thing = new_thing();
    match append(store, thing, Expected::NoStream, &events).await {
        Err(AppendError::TooLarge { bytes }) => assert_eq!(bytes, APPEND_BYTES_MAX + 1),
        other => panic!("{other:?}"),
    }
    assert_eq!(stream_of(store, thing).await, []);
    events[0].data.pop();
    append(store, thing, Expected::NoStream, &events).await.unwrap();
    assert_eq!(stream_of(store, thing).await[0].data, events[0].data);
}

pub async fn positions_rise(store: &Store) {
    let before = store.head().await.unwrap();
    join_all((0..8).map(|_| written(store, 5))).await;
    let events = until_caught_up(&mut store.subscribe(before)).await;
    assert!(events.len() >= 40);
    for pair in events.windows(2) {
        assert!(pair[0].position < pair[1].position);
    }
}

pub async fn the_head_is_the_position_of_the_last_event(store: &Store) {
    let before = store.head().await.unwrap();
    let (thing, _) = written(store, 2).await;
    let head = store.head().await.unwrap();
    assert!(head > before);
    assert!(head >= stream_of(store, thing).await.last().map(|event| event.position));
}

pub async fn the_event_at_a_position_is_the_one_that_was_delivered_with_it(store: &Store) {
    let (thing, _) = written(store, 3).await;
    for event in stream_of(store, thing).await {
        assert_eq!(store.event_at(event.position).await.unwrap(), Some(event.id));
    }
    let head = store.head().await.unwrap().unwrap();
    assert_eq!(store.event_at(Position(head.0 + 1_000_000)).await.unwrap(), None);
}

/// The events of `things` among those delivered until all has been.
async fn caught_up_with(subscription: &mut Subscription, things: &[ThingId]) -> Vec<StoredEvent> {
    let mut events = until_caught_up(subscription).await;
    events.retain(|event| things.contains(&event.thing));
    events
}

pub async fn a_subscription_from_the_start_delivers_everything_in_order_and_says_so(store: &Store) {
    let mut things = Vec::new();
    let mut ids = Vec::new();
    for _ in 0..10 {
        let (thing, events) = (new_thing(), new_events(500));
        append(store, thing, Expected::NoStream, &events).await.unwrap();
        things.push(thing);
        ids.extend(ids_of(&events));
    }
    let delivered = caught_up_with(&mut store.subscribe(None), &things).await;
    assert!(delivered.iter().map(|event| event.id).eq(ids), "{} events were delivered", delivered.len());
    assert_eq!(delivered[..500], stream_of(store, things[0]).await);
}

pub async fn a_subscription_after_a_position_delivers_what_follows_it(store: &Store) {
    let (thing, _) = written(store, 5).await;
    let stored = stream_of(store, thing).await;
    let delivered = caught_up_with(&mut store.subscribe(Some(stored[2].position)), &[thing]).await;
    assert_eq!(delivered, stored[3..]);
}

pub async fn a_subscription_at_the_head_is_caught_up_at_once(store: &Store) {
    let (thing, _) = written(store, 1).await;
    let mut subscription = store.subscribe(store.head().await.unwrap());
    assert_eq!(caught_up_with(&mut subscription, &[thing]).await, []);
}

pub async fn a_subscription_delivers_live_what_is_appended_after_it_caught_up(store: &Store) {
    let (thing, _) = written(store, 1).await;
    let mut subscription = store.subscribe(None);
    caught_up_with(&mut subscription, &[thing]).await;
    for revision in 1..10 {
        let event = new_event();
        append(store, thing, Expected::Revision(revision - 1), std::slice::from_ref(&event)).await.unwrap();
        let delivered = next_of(&mut subscription, thing).await;
        assert_eq!((delivered.id, delivered.revision), (event.id, revision));
    }
}

async fn next_of(subscription: &mut Subscription, thing: ThingId) -> StoredEvent {
    loop {
        match next_delivery(subscription).await.expect("the subscription goes on") {
            Delivery::Event(event) if event.thing == thing => return event,
            _ => {}
        }
    }
}

pub async fn every_subscriber_gets_everything_while_many_write(store: &Store) {
    let things: Vec<_> = (0..8).map(|_| new_thing()).collect();
    let writing = join_all(things.iter().map(|thing| write_slowly(store, *thing, 25)));
    let reading = join_all((0..4).map(|_| events_of(store, &things, 8 * 25)));
    let (written, read) = futures::join!(writing, reading);
    let expected: HashSet<EventId> = written.into_iter().flatten().collect();
    for events in &read {
        assert_eq!(events, &read[0]);
        assert!(events.is_sorted_by(|a, b| a.position < b.position));
        assert_eq!(events.iter().map(|event| event.id).collect::<HashSet<_>>(), expected);
    }
}

async fn write_slowly(store: &Store, thing: ThingId, count: u64) -> Vec<EventId> {
    let mut ids = Vec::new();
    for revision in 0..count {
        let event = event_with(uuid::Uuid::new_v4());
        ids.push(event.id);
        append(store, thing, Expected::after(revision.checked_sub(1)), &[event]).await.unwrap();
    }
    ids
}

async fn events_of(store: &Store, things: &[ThingId], count: usize) -> Vec<StoredEvent> {
    let mut subscription = store.subscribe(None);
    let mut events = Vec::new();
    while events.len() < count {
        match next_delivery(&mut subscription).await.expect("the subscription goes on") {
            Delivery::Event(event) if things.contains(&event.thing) => events.push(event),
            _ => {}
        }
    }
    events
}
