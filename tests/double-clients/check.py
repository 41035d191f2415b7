"""Checks a server with the Python client of EventStoreDB: python check.py esdb://127.0.0.1:2113?tls=false

What this client and the double disagree on is a fault of the double. It can be pointed at a real server as well.
"""

import sys
from uuid import uuid4

from kurrentdbclient import CaughtUp, Checkpoint, KurrentDBClient, NewEvent, StreamState
from kurrentdbclient.exceptions import KurrentDBClientError, NotFoundError, WrongCurrentVersionError

PREFIX = f"check{uuid4().hex[:8]}_"


def new_event(n=0):
    return NewEvent(type="PermitGranted", data=b'{"n": %d}' % n, metadata=b'{"occurred_on": "2024-02-01"}')


def stream():
    return f"{PREFIX}permit-{uuid4()}"


def refused(kind, call):
    try:
        call()
    except kind:
        return
    raise AssertionError(f"{kind.__name__} was expected")


def both_ways_of_appending(client):
    """One append as a call of its own, and one in a batch."""
    return [client.append_to_stream, client.append_events]


def appended_events_are_read_back(client):
    for append in both_ways_of_appending(client):
        name, events = stream(), [new_event(n) for n in range(3)]
        append(name, events=events[:2], current_version=StreamState.NO_STREAM)
        append(name, events=events[2:], current_version=1)
        read = client.get_stream(name)
        assert [e.id for e in read] == [e.id for e in events]
        assert [e.stream_position for e in read] == [0, 1, 2]
        assert [(e.type, e.data, e.metadata) for e in read] == [(e.type, e.data, e.metadata) for e in events]
        assert all(e.recorded_at is not None for e in read)
        assert [e.id for e in client.get_stream(name, backwards=True, limit=2)] == [events[2].id, events[1].id]
        assert [e.id for e in client.get_stream(name, stream_position=1)] == [events[1].id, events[2].id]


def a_stream_never_written_is_not_found(client):
    refused(NotFoundError, lambda: client.get_stream(stream()))


def an_append_at_another_version_is_a_conflict(client):
    for append in both_ways_of_appending(client):
        name = stream()
        append(name, events=[new_event(), new_event()], current_version=StreamState.NO_STREAM)
        for version in [StreamState.NO_STREAM, 0, 7]:
            refused(WrongCurrentVersionError, lambda: append(name, events=[new_event()], current_version=version))
        refused(WrongCurrentVersionError, lambda: append(stream(), events=[new_event()], current_version=0))
        refused(WrongCurrentVersionError, lambda: append(stream(), events=[new_event()], current_version=StreamState.EXISTS))
        assert len(client.get_stream(name)) == 2


def the_same_appended_again_is_recorded_once(client):
    for append in both_ways_of_appending(client):
        name, events, later = stream(), [new_event(), new_event()], [new_event()]
        append(name, events=events, current_version=StreamState.NO_STREAM)
        append(name, events=events, current_version=StreamState.NO_STREAM)
        append(name, events=later, current_version=1)
        append(name, events=events, current_version=StreamState.NO_STREAM)
        assert [e.id for e in client.get_stream(name)] == [e.id for e in events + later]
        part = [events[1], new_event()]
        refused(WrongCurrentVersionError, lambda: append(name, events=part, current_version=0))


def an_append_of_more_than_a_megabyte_is_refused(client):
    for append in both_ways_of_appending(client):
        large = NewEvent(type="PermitGranted", data=b"1" * (1 << 20), metadata=b"{}")
        refused(KurrentDBClientError, lambda: append(stream(), events=[large], current_version=StreamState.NO_STREAM))


def all_is_read_through_a_filter(client):
    name, events = stream(), [new_event(n) for n in range(5)]
    for version, event in enumerate(events):
        expected = version - 1 if version else StreamState.NO_STREAM
        client.append_to_stream(name, events=[event], current_version=expected)
    ways = [
        {"filter_include": [PREFIX], "filter_by_stream_name": True, "filter_by_prefix": True},
        {"filter_include": [f"{PREFIX}.*"], "filter_by_stream_name": True},
    ]
    for way in ways:
        ours = [e for e in client.read_all(**way) if e.stream_name == name]
        assert [e.id for e in ours] == [e.id for e in events]
        positions = [e.commit_position for e in ours]
        assert positions == sorted(set(positions))
        backwards = list(client.read_all(backwards=True, limit=2, **way))
        assert [e.id for e in backwards] == [events[4].id, events[3].id]
        # A read begins with the event at the position that is given.
        after = [e.id for e in client.read_all(commit_position=positions[2], **way)]
        assert after[0] == events[2].id
    assert all(not e.type.startswith("$") for e in client.read_all())


def a_subscription_delivers_says_that_it_caught_up_and_goes_on(client):
    name, events = stream(), [new_event(n) for n in range(40)]
    for version, event in enumerate(events):
        expected = version - 1 if version else StreamState.NO_STREAM
        client.append_events(name, events=[event], current_version=expected)
    ours = {"filter_include": [name], "filter_by_stream_name": True, "filter_by_prefix": True, "timeout": 30}
    delivered = []
    subscription = client.subscribe_to_all(include_caught_up=True, **ours)
    for delivery in subscription:
        if isinstance(delivery, CaughtUp):
            break
        delivered.append(delivery)
    assert [e.id for e in delivered] == [e.id for e in events]
    live = new_event()
    client.append_to_stream(name, events=[live], current_version=len(events) - 1)
    for delivery in subscription:
        if not isinstance(delivery, CaughtUp):
            assert delivery.id == live.id
            break
    subscription.stop()
    # It begins after the position that is given, not with it.
    with client.subscribe_to_all(commit_position=delivered[9].commit_position, **ours) as subscription:
        assert next(subscription).id == events[10].id


def a_filtered_subscription_says_how_far_it_has_looked(client):
    others = stream()
    for version in range(30):
        expected = version - 1 if version else StreamState.NO_STREAM
        client.append_to_stream(others, events=[new_event()], current_version=expected)
    with client.subscribe_to_all(
        filter_include=[f"{PREFIX}nobody"], filter_by_stream_name=True, filter_by_prefix=True,
        include_checkpoints=True, window_size=2, checkpoint_interval_multiplier=2, timeout=30,
    ) as subscription:
        assert isinstance(next(subscription), Checkpoint)


CHECKS = [
    appended_events_are_read_back,
    a_stream_never_written_is_not_found,
    an_append_at_another_version_is_a_conflict,
    the_same_appended_again_is_recorded_once,
    an_append_of_more_than_a_megabyte_is_refused,
    all_is_read_through_a_filter,
    a_subscription_delivers_says_that_it_caught_up_and_goes_on,
    a_filtered_subscription_says_how_far_it_has_looked,
]


def main():
    client = KurrentDBClient(uri=sys.argv[1])
    failed = 0
    for check in CHECKS:
        try:
            check(client)
            print(f"ok      {check.__name__}")
        except Exception as error:  # Each check is reported.
            failed += 1
            print(f"FAILED  {check.__name__}: {type(error).__name__}: {error}")
    client.close()
    sys.exit(1 if failed else 0)


main()
