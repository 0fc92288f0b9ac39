"""What a log promises on every database: order, clashes, and the lock of its head."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise

import pytest

from registry.errors import StoreUnavailable
from registry.eventstore.reads import LogReads
from registry.eventstore.rows import Appended, Batch, Clash, Head
from registry.eventstore.stamping import MAX_AHEAD_US
from tests.eventstore.batches import batch, clashed, command, event, record
from tests.eventstore.places import PATIENCE_S, Place

EMPTY = Head(0, 0)


def everything(place: Place) -> list[list[tuple[object, ...]]]:
    """All that is stored, read behind the recorder's back."""
    return [
        place.rows("SELECT * FROM events ORDER BY position"),
        place.rows("SELECT * FROM head"),
        place.rows("SELECT * FROM event_keys ORDER BY key, position"),
        place.rows("SELECT * FROM commands ORDER BY id"),
    ]


# --- order -----------------------------------------------------------------------------------


def test_a_new_log_is_empty(log: LogReads):
    assert log.head() == EMPTY
    assert log.read_after(0, 10) == []
    assert log.max_notification_id() is None


def test_positions_are_dense_from_one(log: LogReads):
    """Positions have no gaps, whatever the sizes of the batches and whatever was refused."""
    assert record(log, event("a"), event("b")).first == 1
    assert isinstance(log.append(batch(event("a", 2), versions={"a": 0})), Clash)
    assert record(log, event("a", 2)).first == 3
    record(log, *(event("c", version) for version in range(1, 501)))
    assert [row.position for row in log.read_after(0, 1000)] == list(range(1, 504))
    assert log.head().position == 503


@pytest.mark.parametrize("step", [0, -1_000_000], ids=["still", "back"])
def test_recorded_time_always_increases(place: Place, step: int):
    """Each event has a later recorded time than all before it, whatever the clock does."""
    times = iter(range(10_000_000, 10_000_000 + 5 * step - 1, step) if step else [10_000_000] * 5)
    place.create()
    log = place.log(clock=lambda: next(times))
    for number in range(5):
        record(log, event(f"a{number}"), event(f"b{number}"))
    recorded = [row.recorded_at for row in log.read_after(0, 100)]
    assert recorded == list(range(10_000_000, 10_000_010))
    assert log.head() == Head(10, recorded[-1])


def test_nothing_is_recorded_while_the_clock_is_far_behind(place: Place):
    """A clock that was set back stops the writing: it would record times that never were."""
    times = iter([10_000_000, 4_999_999, 5_000_000])
    place.create()
    log = place.log(clock=lambda: next(times))
    record(log, event("a"))
    with pytest.raises(StoreUnavailable, match="set the clock"):
        record(log, event("b"))
    record(log, event("b"))
    assert [row.recorded_at for row in log.read_after(0, 10)] == [10_000_000, 10_000_001]


def test_recorded_time_follows_the_clock(place: Place):
    """The first event of a batch has the time of the clock, in microseconds since 1970."""
    place.create()
    record(place.log(clock=lambda: 1_700_000_000_123_456), event("a"), event("b"))
    rows = place.log().read_after(0, 2)
    assert [row.recorded_at for row in rows] == [1_700_000_000_123_456, 1_700_000_000_123_457]


def test_a_clock_far_behind_the_log_stops_writing(place: Place):
    """Writing is refused while the log is more than 5 s ahead of the clock, and only then."""
    place.create()
    record(place.log(clock=lambda: 60_000_000), event("a"))
    before = everything(place)
    late = place.log(clock=lambda: 60_000_000 - MAX_AHEAD_US - 1)
    with pytest.raises(StoreUnavailable, match="clock"):
        late.append(batch(event("b"), head=1))
    assert everything(place) == before
    record(place.log(clock=lambda: 60_000_000 - MAX_AHEAD_US), event("b"))


def test_two_recorders_share_one_order(log: LogReads, other_log: LogReads):
    """Concurrent writers leave no gap, and recorded times increase with the position."""

    def write(mine: LogReads, name: str) -> list[int]:
        return [record_new(mine, f"{name}{number}") for number in range(40)]

    with ThreadPoolExecutor(4) as pool:
        work = [
            pool.submit(write, mine, name)
            for name, mine in zip("abcd", [log, other_log] * 2, strict=True)
        ]
        firsts = [first for done in work for first in done.result()]
    rows = log.read_after(0, 1000)
    assert [row.position for row in rows] == list(range(1, 321))
    assert sorted(firsts) == list(range(1, 321, 2))
    times = [row.recorded_at for row in rows]
    assert all(earlier < later for earlier, later in pairwise(times))


def record_new(log: LogReads, stream: str) -> int:
    """Append two events to a new stream."""
    appended = log.append(batch(event(stream), event(stream, 2), versions={stream: 0}))
    assert isinstance(appended, Appended)
    return appended.first


# --- clashes ---------------------------------------------------------------------------------


def test_a_changed_stream_refuses_the_batch(log: LogReads, other_log: LogReads):
    """A stream that others wrote since it was read is named, the others are not."""
    record(log, event("a"), event("b"))
    record(other_log, event("a", 2))
    outcome = log.append(batch(event("c"), head=2, versions={"a": 1, "b": 1, "c": 0}))
    assert clashed(outcome) == ({"a"}, set(), set())


def test_a_stream_that_was_empty_refuses_the_batch(log: LogReads, other_log: LogReads):
    """Of two registrations of one id the second is refused."""
    record(other_log, event("a"))
    assert clashed(log.append(batch(event("a"), versions={"a": 0}))) == ({"a"}, set(), set())


def test_a_changed_key_refuses_the_batch(log: LogReads, other_log: LogReads):
    """A key that got another event since it was asked is named, also one that had none."""
    record(log, event("a", 1, "number:8", "member:x"))
    record(other_log, event("b", 1, "number:8", "number:9"))
    asked = {"number:8": 1, "number:9": 0, "member:x": 1, "number:10": 0}
    outcome = log.append(batch(event("c"), head=1, keys=asked))
    assert clashed(outcome) == (set(), {"number:8", "number:9"}, set())


def test_a_known_request_id_refuses_the_batch(log: LogReads, other_log: LogReads):
    """A request id that others recorded meanwhile is named."""
    record(other_log, event("a"), commands=[command("one", 0, 1)])
    again = [command("one", 0, 1), command("two", 1, 1)]
    outcome = log.append(batch(event("b"), event("c"), commands=again, head=1))
    assert clashed(outcome) == (set(), set(), {"one"})


def test_of_a_refused_batch_nothing_is_stored(log: LogReads, place: Place):
    """Events, keys, request ids and head are as before; the same log goes on."""
    record(log, event("a", 1, "k"), commands=[command("one", 0, 1)])
    before = everything(place)
    new, id_ = event("b", 1, "k2"), command("two", 0, 1)
    assert isinstance(log.append(batch(new, commands=[id_], versions={"a": 0})), Clash)
    assert isinstance(log.append(batch(new, commands=[id_], keys={"k": 0})), Clash)
    assert isinstance(log.append(batch(new, commands=[id_, command("one")])), Clash)
    assert everything(place) == before
    assert record(log, event("b", 1, "k2"), commands=[command("two", 0, 1)]).first == 2


def test_what_was_read_and_is_unchanged_is_accepted(log: LogReads, other_log: LogReads):
    """Events of others elsewhere in the log do not stand in the way."""
    record(log, event("a", 1, "k"))
    record(other_log, event("b", 1, "k2"))
    outcome = log.append(
        batch(event("a", 2, "k"), head=1, versions={"a": 1, "c": 0}, keys={"k": 1, "k3": 0})
    )
    assert outcome == Appended(3, log.head())


@pytest.mark.parametrize(
    ("events", "commands"),
    [
        ([event("b"), event("b")], []),
        ([event("a"), event("b")], []),
        ([event("b")], [command("two", 0, 1), command("two", 0, 1)]),
    ],
    ids=["event twice", "version there", "request id twice"],
)
def test_duplicates_never_get_in(log: LogReads, place: Place, events, commands):
    """Even a batch that wrongly says it rests on nothing cannot break the log's uniqueness."""
    record(log, event("a"))
    before = everything(place)
    with pytest.raises(StoreUnavailable, match="nothing was recorded"):
        log.append(batch(*events, commands=commands, head=1))
    assert everything(place) == before
    record(log, event("b"))


# --- the lock of the head --------------------------------------------------------------------


def test_append_locked_decides_on_what_is_there(log: LogReads, other_log: LogReads):
    """While a batch is built under the lock nobody else can record anything."""
    record(log, event("a"))

    def build() -> Batch:
        late.append(pool.submit(record_again, other_log, "b"))
        head = log.head()
        assert head.position == 1
        assert not late[0].done()
        return batch(event("a", 2), commands=[command("x", 0, 1)])

    late: list[Future[int]] = []
    with ThreadPoolExecutor(1) as pool:
        assert log.append_locked(build).first == 2
        assert late[0].result(PATIENCE_S) == 3


def record_again(log: LogReads, stream: str) -> int:
    """Append one event, whatever the head is."""
    return log.append_locked(lambda: batch(event(stream))).first


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_exception_while_building_records_nothing(log: LogReads, place: Place, error):
    """The exception comes out as it is, the lock is free and nothing was recorded."""
    record(log, event("a"))
    before = everything(place)

    def build() -> Batch:
        raise error

    with pytest.raises(error):
        log.append_locked(build)
    assert everything(place) == before
    record(log, event("a", 2))


def test_readers_finish_while_a_writer_holds_its_transaction(log: LogReads):
    """Readers never queue behind a writer."""
    record(log, event("a", 1, "k"), commands=[command("x", 0, 1)])

    def read() -> list[int]:
        position = log.head().position
        streams = log.streams_of_key("k")[1]
        return [position, len(log.read_after(0, 10)), len(streams), len(log.find_commands("x"))]

    def build() -> Batch:
        with ThreadPoolExecutor(4) as pool:
            readers = [pool.submit(read) for _ in range(8)]
            answers.extend(reader.result(PATIENCE_S) for reader in readers)
        return batch(event("a", 2))

    answers: list[list[int]] = []
    log.append_locked(build)
    assert answers == [[1, 1, 1, 1]] * 8


def test_settle_waits_for_a_transaction_that_is_still_open(log: LogReads, place: Place):
    """After `settle` everything that an earlier transaction recorded can be seen."""
    seen: list[int] = []

    def settle() -> None:
        log.settle()
        seen.append(log.head().position)

    thread = threading.Thread(target=settle)
    with place.head_locked() as execute:
        execute("UPDATE head SET position = 7")
        place.await_blocked(log, thread.start)
        assert seen == []
    thread.join(PATIENCE_S)
    assert seen == [7]


def test_settle_leaves_the_head_free(log: LogReads, other_log: LogReads):
    log.settle()
    record(other_log, event("a"))
    record(log, event("b"))
