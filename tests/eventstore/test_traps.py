"""Traps of eventsourcing 9.5.6: one body each, which the library's part fails and ours passes.

P7 does not exist. D1 (eventsourcing.dcb) is not used and has no test.
"""

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import eventsourcing.utils
import pytest
from eventsourcing.persistence import (
    IntegrityError,
    OperationalError,
    TranscodingNotRegisteredError,
)

from registry.errors import StoreUnavailable
from tests.eventstore import engines, followers, parts, stock, stock_postgres
from tests.eventstore.places import PATIENCE_S, PostgresPlace
from tests.postgres import PostgresServer, wait_until

SQLITE = (stock.StockSQLite, stock.OurSQLite)
POSTGRES = (stock_postgres.StockPostgres, stock_postgres.OurPostgres)
VIEWS = (engines.StockViews, engines.OurViews)
FOLLOWERS = (followers.StockFollower, followers.OurFollower)
TRACKING = (parts.StockTracking, parts.OurTracking)
FUNCTIONS = (stock_postgres.FunctionsStock, stock_postgres.OurPostgres)
CUT = (followers.StockCut, followers.OurCut)
HASTY = (stock_postgres.HastyStock, stock_postgres.OurPostgres)
BUGGY = (stock_postgres.BuggyStock, stock_postgres.BuggyOurs)
FILTERED = (engines.StockFiltered, engines.OurViews)
APPLICATIONS = (parts.StockApplication, parts.OurApplication)
MAPPERS = (parts.StockMapper, parts.OurMapper)

TRAPS = {
    "S1": "the SQLite recorder has no subscribe()",
    "S2": "the writer's lock is lost when the pool is exhausted while a save waits",
    "S3": "readers queue behind writers on one semaphore",
    "S4": "BEGIN is deferred: what was read cannot be written on",
    "S5": "the notification id is the implicit rowid: given again after a delete, lost in a dump",
    "S6": "the tracking table is shared by the projections in one file",
    "P1": "the EXCLUSIVE lock of the table waits for ANALYZE, VACUUM and index builds",
    "P2": "POSTGRES_ENABLE_DB_FUNCTIONS drops the lock: ids are not in the order of commits",
    "P3": "insert_events is retried: what was committed comes back as a conflict",
    "P4": "retries multiply every timeout by ten",
    "P5": "an event between the first pull and LISTEN waits for the next one",
    "P6": "a dead LISTEN connection ends the subscription",
    "P8": "an exception in a hook of insert_events commits, and is raised",
    "J1": "the runner dies in silence: one caller is told why, the next is not",
    "J2": "one event is one transaction of the view",
    "J3": "a filter of topics keeps the checkpoint where it is",
    "J4": "wait() polls, 100 ms apart and more",
    "A1": "after a failed save the pending events are gone",
    "M1": "topics are Python paths",
    "M3": "a stored dict with the keys _type_ and _data_ cannot be read",
}


def trap(code: str, sides: tuple[Any, Any], raises: type[Exception]) -> pytest.MarkDecorator:
    """Run a body over the library's part, where it must fail as described, and over ours."""
    fails = pytest.mark.xfail(strict=True, raises=raises, reason=f"{code}: {TRAPS[code]}")
    both = [pytest.param(sides[0], marks=fails, id="stock"), pytest.param(sides[1], id="ours")]
    return pytest.mark.parametrize("side", both, indirect=True)


@pytest.fixture
def side(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """The library's part, or ours, in an empty place."""
    with contextlib.ExitStack() as closing:
        if issubclass(request.param, stock_postgres.PostgresSide):
            # One body shuts everybody out of its database.
            own = "p4" in request.node.name
            place = PostgresPlace(request.getfixturevalue("own_" * own + "postgres_url"))
            closing.enter_context(place.closing)
            yield request.param(place, closing)
        else:
            yield request.param(tmp_path, closing)


# --- SQLite ----------------------------------------------------------------------------------


@trap("S1", SQLITE, NotImplementedError)
def test_s1_events_can_be_followed(side):
    """A subscription gives what is recorded, before and after it began."""
    side.record("a")
    with side.recorder.subscribe(gt=0) as subscription:
        assert next(subscription).id == 1
        side.record("b")
        assert next(subscription).id == 2


@trap("S2", SQLITE, OperationalError)
def test_s2_writing_goes_on_after_a_crowd_of_readers(side):
    """A save that failed because everybody was reading does not stop those after it."""
    with side.reading(), side.reading():
        side.pool.pool_timeout = 0.05
        with contextlib.suppress(OperationalError):
            side.record("a")
    assert side.record("b")


@trap("S3", SQLITE, OperationalError)
def test_s3_readers_do_not_queue_behind_writers(side):
    """A reader finishes while a writer holds its transaction and another waits for it."""
    with ThreadPoolExecutor(2) as pool:
        with side.writing():
            second = pool.submit(side.record, "b")
            side.await_second_writer(second)
            assert pool.submit(side.ids).result(PATIENCE_S) == []
            assert not second.done()
        assert second.result(PATIENCE_S)


@trap("S4", SQLITE, OperationalError)
def test_s4_a_transaction_can_read_and_then_write(side):
    """Another process writing in between makes neither of them fail."""
    side.read_then_write("a", lambda: side.other_writes("b"))
    wait_until(lambda: len(side.ids()) == 2, "both events")


@trap("S5", SQLITE, AssertionError)
def test_s5_a_position_is_given_once(side):
    """Even where somebody deleted the last event, the next one has a new position."""
    side.record("a")
    side.record("b")
    side.sql(side.delete + "2")
    assert list(side.record("c")) == [3]


@trap("S5", SQLITE, AssertionError)
def test_s5_positions_survive_a_dump(side):
    """Loaded from a dump, every event has the position it had."""
    for name in "abc":
        side.record(name)
    side.sql(side.delete + "1")
    assert side.reload() == [2, 3]


@trap("S6", TRACKING, AssertionError)
def test_s6_each_view_knows_how_far_it_is(side):
    """A view that has seen nothing does not begin where another one is."""
    side.move(0, 5)
    assert (side.position(0), side.position(1)) == (5, 0)


# --- PostgreSQL ------------------------------------------------------------------------------


@trap("P1", POSTGRES, AssertionError)
def test_p1_maintenance_does_not_stop_writing(side):
    """An event is recorded while the table is being analysed."""
    with side.analyzing():
        recording = side.pool.submit(side.record, "a")
        assert side.done_or_blocked(recording)
    assert recording.result(PATIENCE_S)


@trap("P2", FUNCTIONS, AssertionError)
def test_p2_a_tailing_reader_misses_nothing(side):
    """Who has read up to a position never finds out later that there was more before it."""
    with side.appending("a"):
        second = side.pool.submit(side.record, "b")
        side.done_or_blocked(second)
        seen = side.read_after(0)
    second.result(PATIENCE_S)
    seen += side.read_after(max(seen, default=0))
    assert seen == side.ids() == [1, 2]


@trap("P3", CUT, IntegrityError)
def test_p3_a_lost_answer_is_no_conflict(side, postgres_server: PostgresServer):
    """Where the connection dies after COMMIT, the event is there once, and the caller told so."""
    with followers.Cutting(postgres_server.port) as proxy:
        assert side.record_through(proxy) == 1


@trap("P4", HASTY, AssertionError)
def test_p4_a_timeout_is_not_multiplied(side, monkeypatch: pytest.MonkeyPatch):
    """A server that is away is asked once: how long it takes is the caller's decision."""
    monkeypatch.setattr(eventsourcing.utils, "sleep", lambda _: None)
    attempts = side.count_attempts(monkeypatch)
    side.shut_out()
    with pytest.raises((OperationalError, StoreUnavailable)):
        side.record("a")
    assert len(attempts) == 1


def sees(side: Any, position: int) -> bool:
    """Whether a follower gets an event without another one being recorded."""
    deadline = time.monotonic() + side.patience_s
    while position not in side.seen and time.monotonic() < deadline:
        time.sleep(0.01)
    return position in side.seen


@trap("P5", FOLLOWERS, AssertionError)
def test_p5_no_event_waits_for_the_next_one(side):
    """Recorded while a follower is starting, an event is seen although nothing follows it."""
    side.follow()
    position = side.record_elsewhere("a")
    side.listen()
    assert sees(side, position)


@trap("P6", FOLLOWERS, AssertionError)
def test_p6_a_follower_survives_its_connection(side):
    """After the server cut every connection, events are seen as before."""
    side.follow()
    side.listen()
    first = side.record_elsewhere("a")
    assert sees(side, first)
    side.cut_connections()
    assert sees(side, side.record_elsewhere("b"))


@trap("P8", BUGGY, AssertionError)
def test_p8_an_exception_while_recording_records_nothing(side):
    """Who is told of an error can rely on nothing being recorded."""
    with pytest.raises(ZeroDivisionError):
        side.record("a")
    assert side.other.select_notifications(1, 10) == []


# --- projections -----------------------------------------------------------------------------


@trap("J1", VIEWS, AssertionError)
def test_j1_everybody_is_told_why_a_view_stopped(side):
    """Whoever waits for a stopped view is told the reason, not only the first."""
    side.wait(side.record())
    position = side.record_poison()
    for _ in range(2):
        with pytest.raises(Exception, match=side.reason):
            side.wait(position)


@trap("J2", VIEWS, AssertionError)
def test_j2_many_events_are_few_transactions(side, monkeypatch: pytest.MonkeyPatch):
    """A view catches up in batches."""
    side.count(monkeypatch)
    side.wait(side.record(100))
    assert 1 <= side.commits <= 5


@trap("J3", FILTERED, TimeoutError)
def test_j3_events_that_a_view_does_not_show_move_it(side):
    """Waiting for the position of any event comes to an end."""
    side.wait(side.record_unseen())


@trap("J4", VIEWS, AssertionError)
def test_j4_waiting_is_woken_and_does_not_poll(side, monkeypatch: pytest.MonkeyPatch):
    """Who waits looks once, and is woken when the view is there."""
    side.count(monkeypatch)
    with ThreadPoolExecutor(1) as pool:
        with side.held():
            position = side.record()
            looks = side.looks_while_waiting(lambda: pool.submit(side.wait, position))
        side.wait(position)
    assert looks <= 1


# --- application, mapper ---------------------------------------------------------------------


@trap("A1", APPLICATIONS, AssertionError)
def test_a1_what_failed_can_be_sent_again(side):
    """After a failure the same request records what it did not."""
    with pytest.raises((OperationalError, StoreUnavailable)):
        side.save()
    assert side.save() == 1
    assert side.recorded == 1


@trap("M1", MAPPERS, AssertionError)
def test_m1_topics_survive_the_move_of_a_class(side):
    """What is stored names an event, not where its class happens to be in the code."""
    assert side.kind.__module__ not in side.topic
    assert ":" not in side.topic


@trap("M3", MAPPERS, TranscodingNotRegisteredError)
def test_m3_any_value_that_is_stored_can_be_read(side):
    """No value has a meaning of its own to the store."""
    value = {"_type_": "x", "_data_": "y"}
    assert side.round_trip(value) == value
