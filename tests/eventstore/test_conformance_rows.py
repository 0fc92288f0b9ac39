"""What a log keeps on every database, and what its readers see."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from registry.errors import StoreUnavailable
from registry.eventstore.leaf import leaf_hash
from registry.eventstore.reads import MAX_CATCH_UP, LogReads
from registry.eventstore.rows import Appended, CommandRow, Head, LogRow
from tests.eventstore.batches import TOPIC, batch, clashed, command, event, record
from tests.eventstore.places import Place

EMPTY = Head(0, 0)


# --- what is kept ----------------------------------------------------------------------------


def test_events_are_stored_as_given(log: LogReads, place: Place):
    """Stream, version, topic and state come back byte for byte, in a row of seven columns."""
    state = bytes(range(256))
    record(log, event("clusters/žluťoučký-🐎", 1, state=state))
    (row,) = log.read_after(0, 10)
    assert row[:4] == (1, "clusters/žluťoučký-🐎", 1, "registry.events.v1.Made")
    assert row.state == state
    assert type(row.state) is bytes
    assert type(row.leaf) is bytes
    assert place.rows("SELECT * FROM events") == [tuple(row)]


def test_the_leaf_of_every_row_can_be_computed_from_it(log: LogReads):
    """The stored leaf binds position, stream, version, topic, time and state."""
    record(log, event("a", state=b"one"), event("b", state=b""))
    record(log, event("a", 2, state=b"two" * 1000))
    for row in log.read_after(0, 10):
        assert row.state is not None
        assert row.leaf == leaf_hash(*row[:5], row.state)
        assert len(row.leaf) == 32


def test_every_event_has_its_keys(log: LogReads, place: Place):
    """Keys stand with the positions of their events; one named twice by an event stands once."""
    record(log, event("z"))
    record(log, event("a", 1, "k1", "k2", "k1"), event("b", 1, "k2"), event("c"))
    assert place.rows("SELECT key, position FROM event_keys ORDER BY 1, 2") == [
        ("k1", 2),
        ("k2", 2),
        ("k2", 3),
    ]


def test_commands_are_kept_with_their_events(log: LogReads):
    """First and last position of each command's events, and where it was decided."""
    record(log, event("z"))
    record(
        log,
        *(event("a"), event("b"), event("a", 2)),
        commands=[command("two", 0, 2), command("none", 2, 0), command("one", 2, 1)],
    )
    found = log.find_commands(["one", "two", "none", "never"])
    assert found == {
        "two": CommandRow("two", 1, command("two").fingerprint, 2, 3, 3),
        "none": CommandRow("none", 1, command("none").fingerprint, 0, 0, 3),
        "one": CommandRow("one", 1, command("one").fingerprint, 4, 4, 4),
    }


def test_a_batch_without_events_keeps_its_request_ids(log: LogReads):
    """Commands that found their facts recorded already are kept, and the head stays."""
    record(log, event("a"))
    head = log.head()
    outcome = log.append(batch(commands=[command("x")], head=1, versions={"a": 1}))
    assert outcome == Appended(2, head)
    assert log.head() == head
    assert log.find_commands(["x"])["x"][3:] == (0, 0, 1, "", 0)


def test_a_batch_without_events_is_checked_too(log: LogReads, other_log: LogReads):
    """They are refused, too, where others changed what they rest on."""
    record(log, event("a"))
    record(other_log, event("a", 2))
    outcome = log.append(batch(commands=[command("x")], head=1, versions={"a": 1}))
    assert clashed(outcome) == ({"a"}, set(), set())
    assert log.find_commands(["x"]) == {}


# --- reading ---------------------------------------------------------------------------------


@pytest.fixture
def filled(log: LogReads) -> LogReads:
    """A log of six events in three streams: a b a c b a."""
    record(log, event("a", 1, "k"), event("b", 1, "k", "m"), event("a", 2))
    record(log, event("c", 1, "m"), event("b", 2, "k"), event("a", 3))
    return log


def named(rows: list[LogRow]) -> list[str]:
    return [f"{row.stream}{row.version}" for row in rows]


def test_read_after_is_exclusive_and_bounded(filled: LogReads):
    assert named(filled.read_after(0, 100)) == ["a1", "b1", "a2", "c1", "b2", "a3"]
    assert named(filled.read_after(2, 2)) == ["a2", "c1"]
    assert named(filled.read_after(6, 100)) == []
    assert named(filled.read_after(1, 100, "a")) == ["a2", "a3"]
    assert named(filled.read_after(0, 1, "b")) == ["b1"]


def test_what_is_selected_is_bounded_at_both_ends(filled: LogReads):
    assert named(filled.read_selected(1, 5, 100)) == ["b1", "a2", "c1", "b2"]
    assert named(filled.read_selected(1, 5, 2)) == ["b1", "a2"]
    assert named(filled.read_selected(0, 6, 100, "a")) == ["a1", "a2", "a3"]
    assert named(filled.read_selected(0, 6, 100, "a", [TOPIC])) == ["a1", "a2", "a3"]
    assert filled.read_selected(0, 6, 100, topics=["registry.events.v1.Other"]) == []
    assert named(filled.read_selected(0, 6, 1, topics=["x", TOPIC])) == ["a1"]


def test_a_time_is_found_as_a_position(filled: LogReads):
    """Of every event, a moment before it and after it, and beyond both ends of the log."""
    times = [row.recorded_at for row in filled.read_after(0, 100)]
    assert [filled.position_before(time) for time in times] == [0, 1, 2, 3, 4, 5]
    assert [filled.position_before(time + 1) for time in times] == [1, 2, 3, 4, 5, 6]
    assert (filled.position_before(0), filled.position_before(2**62)) == (0, 6)


def test_one_stream_is_read_from_a_version(filled: LogReads):
    assert named(filled.read_stream("a")) == ["a1", "a2", "a3"]
    assert named(filled.read_stream("a", 2)) == ["a3"]
    assert filled.read_stream("nobody") == []


def test_several_streams_are_read_up_to_a_position(filled: LogReads):
    assert named(filled.read_streams(["b", "a", "x"])) == ["a1", "a2", "a3", "b1", "b2"]
    assert named(filled.read_streams(["b", "a"], upto=5)) == ["a1", "a2", "b1", "b2"]
    assert filled.read_streams([]) == []


def test_streams_of_a_key(filled: LogReads):
    """The last position of a key, and its streams in the order they first had it."""
    assert filled.streams_of_key("k") == (5, ("a", "b"))
    assert filled.streams_of_key("m") == (4, ("b", "c"))
    assert filled.streams_of_key("none") == (0, ())


def test_streams_are_sorted_by_their_bytes(log: LogReads):
    """Both databases give one order, whatever the locale of the server."""
    names = ["a-b", "a", "B", "ab", "á", "a/b", "_"]
    record(log, *(event(name) for name in names))
    assert named(log.read_streams(names)) == [
        f"{name}1" for name in sorted(names, key=lambda name: name.encode())
    ]


def test_a_snapshot_says_what_changed(filled: LogReads):
    """The head, the events since a position, and which of the request ids are known."""
    record(filled, event("d"), commands=[command("one", 0, 1)])
    snapshot = filled.snapshot(4, ["one", "two"])
    assert snapshot.head == filled.head()
    assert snapshot.changed is not None
    assert sorted(snapshot.changed) == [("a", 3), ("b", 2), ("d", 1)]
    assert list(snapshot.commands) == ["one"]
    assert filled.snapshot(7, []).changed == []


def test_a_snapshot_does_not_list_too_much(log: LogReads):
    """Beyond a bound it says only that too much has changed."""
    record(log, *(event("a", version) for version in range(1, MAX_CATCH_UP + 2)))
    assert log.snapshot(0, []).changed is None
    changed = log.snapshot(1, []).changed
    assert changed is not None
    assert len(changed) == MAX_CATCH_UP


# --- those who follow the log ----------------------------------------------------------------


def test_a_subscription_gets_every_event_once(log: LogReads, other_log: LogReads):
    """Events recorded before, during and after, here or by another process, in order."""
    record(log, event("a"))
    with log.subscribe(gt=0) as subscription:
        got = [next(subscription).id]
        record(log, event("a", 2), event("a", 3))
        got += [next(subscription).id, next(subscription).id]
        record(other_log, event("b"))
        got.append(next(subscription).id)
    assert got == [1, 2, 3, 4]


def test_a_closed_log_refuses(log: LogReads, place: Place):
    """From a closed log nothing is answered, into it nothing is recorded; closing twice is fine."""
    record(log, event("a"))
    log.close()
    log.close()
    with pytest.raises(StoreUnavailable):
        log.head()
    with pytest.raises(StoreUnavailable):
        log.append(batch(event("b"), head=1))
    with ThreadPoolExecutor(1) as pool, pytest.raises(StoreUnavailable):
        pool.submit(log.head).result()
    assert place.log().head().position == 1
