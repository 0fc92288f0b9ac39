"""The engine: it follows, waits, parks, resumes and rebuilds, on SQLite and on PostgreSQL."""

import threading
import time

import pytest

from registry.domain.effective import day
from registry.domain.fold import ABOUT_EVENTS
from registry.errors import (
    NotCaughtUp,
    NotFound,
    PositionOutOfRange,
    RuleRefused,
    StoreUnavailable,
    ViewParked,
)
from registry.eventstore.envelope import EVENTS
from registry.projections.deriving import PARTS
from registry.projections.following import POLL_S, advance
from registry.projections.projector import IGNORED, Projector
from registry.projections.tables import VIEW_VERSION
from tests.postgres import wait_until
from tests.projections.databases import content
from tests.projections.histories import ListLog, record_nonsense
from tests.projections.recording import (
    Recording,
    cluster,
    ecosystems,
    joined,
    left,
    renamed,
    retracted,
)

A, B = "clusters/a", "clusters/b"
TODAY = day("2026-01-01")


def total(views):
    return len(views.list_streams("clusters", 1000).streams)


def test_a_read_waits_for_what_was_written(views, recording):
    """Wait answers as soon as the position is there, long before the next poll."""
    started = time.monotonic()
    for number in range(5):
        position = recording.record(cluster(f"clusters/c{number}"))
        assert views.wait(position, timeout_s=20) >= position
        assert total(views) == number + 1
    assert time.monotonic() - started < POLL_S


def test_a_lost_notification_costs_one_poll(database, log, recording):
    """Nobody says that there are new events, and nobody waits: they are found."""
    views = database.views(log, poll_s=0.05)
    position = recording.record(cluster(A))
    wait_until(lambda: views.position >= position, "the poll")


def test_waiting_is_bounded(views, recording):
    """A position beyond the log is refused; one that is not reached in time is said to be late."""
    head = recording.log.head().position
    with pytest.raises(PositionOutOfRange):
        views.wait(head + 1, timeout_s=20)
    with views._turn:  # as if a batch took for ever
        position = recording.record(cluster(A))
        with pytest.raises(NotCaughtUp):
            views.wait(position, timeout_s=0.05)


def test_an_unknown_event_parks_the_view(database, views, recording):
    """It says where and why; who waits is told at once; what was there is still answered."""
    before = recording.record(cluster(A))
    views.wait(before, timeout_s=20)
    bad = record_nonsense(recording.log)
    with pytest.raises(ViewParked, match=f"position {bad}"):
        views.wait(bad, timeout_s=20)
    status = views.status()[0]
    assert (status.parked, status.parked_position, status.position) == (True, bad, before)
    assert "Unheard" in status.parked_reason
    started = time.monotonic()
    with pytest.raises(ViewParked):
        views.wait(bad, timeout_s=20)
    assert time.monotonic() - started < 1
    assert total(views) == 1
    with pytest.raises(ViewParked, match="Unheard"):
        views.rebuild("registry")
    assert total(views) == 1
    assert len(database.generations()) == 1


@pytest.mark.parametrize("missing", [2, 3])
def test_a_gap_in_the_log_parks_the_view(database, missing):
    """A missing position is corruption: the view stops before it and says so."""
    log = ListLog()
    Recording(log).each(cluster("clusters/x"), cluster(A), cluster(B), renamed(A), renamed(B))
    damaged = ListLog([row for row in log.rows if row.position != missing])
    damaged.read_after = lambda position, limit: [
        row for row in damaged.rows if row.position > position
    ][:limit]
    views = database.views(damaged)
    status = views.status()[0]
    assert status.parked
    assert status.parked_position == missing
    assert "gap" in status.parked_reason


def test_a_log_cut_within_a_command_parks_the_view(database):
    """A batch ends where a command ends; a log that does not is damaged."""
    log = ListLog()
    Recording(log).record(cluster(A), ecosystems(A, "digital"))
    log.rows.pop()
    assert "within a command" in database.views(log).status()[0].parked_reason


def test_a_restart_resumes_from_the_checkpoint(database, log, recording):
    """What was projected is not projected again, and what came meanwhile is."""
    recording.each(cluster(A), ecosystems(A, "digital"))
    first = database.views(log)
    first.wait(log.head().position, timeout_s=20)
    first.close()
    position = recording.each(ecosystems(A, "health"), cluster(B))
    read = []

    class Watched:
        head, read_streams, read_selected = log.head, log.read_streams, log.read_selected

        def read_after(self, position, limit):
            read.append(position)
            return log.read_after(position, limit)

    second = database.views(Watched())
    second.wait(position, timeout_s=20)
    assert min(read) == position - 3  # the leaf at the checkpoint is checked
    assert second.status()[0].generation == 1
    assert second.ecosystem_summary("health", TODAY)[0].clusters.total == 1
    assert total(second) == 2


def test_a_batch_that_fails_leaves_nothing(database, log, recording):
    """Between two batches and within one: rows and checkpoint come and go together."""
    views = database.views(log)
    views.close()
    recording.each(cluster(A), cluster(B))
    store = database.store()

    def fail_after_a_batch():
        with store.writing() as writing:
            advance(Projector(log), writing)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_a_batch()
    with store.reading() as reading:
        assert reading.checkpoint.position == 1
    assert content(store) == []
    again = database.views(log)
    again.wait(log.head().position, timeout_s=20)
    assert total(again) == 2


def test_a_database_that_is_away_for_a_moment_is_tried_again(views, recording, monkeypatch):
    """Not every error parks the view."""
    failures = iter([StoreUnavailable("away"), StoreUnavailable("away")])
    real = type(views._store).writing

    def writing(self, generation=0):
        for error in failures:
            raise error
        return real(self, generation)

    monkeypatch.setattr(type(views._store), "writing", writing)
    position = recording.record(cluster(A))
    assert views.wait(position, timeout_s=20) == position
    assert not views.status()[0].parked


def test_a_rebuild_makes_the_same_rows(database, log, recording):
    """All of them, those that are no longer known included."""
    recording.each(
        *(cluster(A, on="2010"), ecosystems(A, "digital"), ecosystems(A, "health", on="2015")),
        *(retracted(A, 2), ("partnerships/p", joined("x", A)[1], "2012")),
        left("partnerships/p", A, 1, "2013"),
    )
    views = database.views(log)
    views.wait(log.head().position, timeout_s=20)
    before = content(views._store)
    assert before
    status = views.rebuild("registry")
    assert status.generation == 2
    assert status.position == log.head().position
    assert not status.rebuilding
    assert content(views._store) == before
    assert database.generations() == {2}


def test_a_rebuild_unparks_the_view(database, views, recording):
    """A table that was tampered with stops the view; a new generation goes on."""
    views.wait(recording.record(cluster(A, on="2010")), timeout_s=20)
    database.execute("DELETE FROM resources", generation=1)
    position = recording.record(retracted(A, 1))
    with pytest.raises(ViewParked, match="rebuild"):
        views.wait(position, timeout_s=20)
    views.rebuild("registry")
    assert views.wait(position, timeout_s=20) == position
    assert not views.status()[0].parked
    views.wait(recording.record(cluster(B)), timeout_s=20)
    assert views.list_streams("clusters", 10).streams == (B,)


def test_reads_go_on_during_a_rebuild_and_never_go_back(database, log, recording):
    """Readers and a writer at work while generations come and go: no error, no step back."""
    views = database.views(log)
    failures, stop = [], threading.Event()

    def read():
        last = 0
        while not stop.is_set():
            try:
                page = views.list_streams("clusters", 1000)
                assert page.read_position >= last
                last = page.read_position
            except Exception as error:  # noqa: BLE001 - told at the end
                failures.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(60):
        recording.record(cluster(f"clusters/c{number}"))
        views.notify()
        if number % 20 == 10:
            views.rebuild("registry")
    views.wait(log.head().position, timeout_s=20)
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert total(views) == 60
    assert views.status()[0].generation == 4
    wait_until(lambda: database.generations() == {4}, "the old generations to go")


class Busy(ListLog):
    """A log in which something is recorded as soon as somebody thinks to have read all of it."""

    def __init__(self, times):
        super().__init__()
        self.times = times
        self.recording = Recording(self)

    def read_after(self, position, limit, stream=""):
        """Rows after a position; once there are none, one more is recorded."""
        found = super().read_after(position, limit, stream)
        if not found and self.times:
            self.times -= 1
            self.recording.record(cluster(f"clusters/c{self.times}"))
        return found


def test_a_new_generation_has_seen_all_when_it_answers(database):
    """What was recorded while its indexes were made, and after it was thought to be whole."""
    log = Busy(times=2)
    views = database.views(log, poll_s=600)
    assert total(views) == 2
    log.times = 2
    assert views.rebuild("registry").position == log.head().position == 4


def test_only_one_rebuild_runs(views):
    """A second one is refused, and so is a view that is none."""
    with views._store.rebuilding() as mine:
        assert mine
        with pytest.raises(RuleRefused):
            views.rebuild("registry")
    with pytest.raises(NotFound):
        views.rebuild("other")


def test_other_code_makes_the_views_anew(database, log, recording):
    """A generation of another VIEW_VERSION is replaced before anything is answered."""
    recording.record(cluster(A))
    old = database.views(log)
    old.wait(log.head().position, timeout_s=20)
    old.close()
    views = database.views(log, view_version=VIEW_VERSION + 1)
    assert views.status()[0].generation == 2
    assert total(views) == 1


def test_views_of_another_log_are_made_anew(database, log, recording):
    """After the log was restored from a backup, or replaced, its views are not believed."""
    recording.each(cluster(A), cluster(B))
    first = database.views(log)
    first.wait(log.head().position, timeout_s=20)
    first.close()
    other = ListLog()
    Recording(other).each(cluster("clusters/x"), cluster("clusters/y"), cluster("clusters/z"))
    views = database.views(other)
    assert views.list_streams("clusters", 10).streams == (
        *("clusters/x", "clusters/y", "clusters/z"),
    )


def test_a_long_command_is_one_batch():
    """A batch ends where a command ends; where that takes more events, it is larger."""
    log = ListLog()
    recording = Recording(log)
    recording.each(cluster(A), cluster(B))
    recording.record(*(cluster(f"clusters/c{number}") for number in range(23)))
    recording.each(renamed(A), renamed(B))
    projector = Projector(log, batch_limit=5)
    ends, position = [], 0
    while changes := projector.changes_after(position):
        position = changes.position
        ends.append(position)
    assert ends == [2, 27]


def test_a_row_that_lived_within_a_batch_is_kept(database, log, recording):
    """What was known for one position only can still be asked for."""
    first = recording.record(cluster(A, country="PL"))
    recording.record(ecosystems(A, "digital"))
    recording.record(retracted(A, 2))
    views = database.views(log)
    with views._store.reading() as reading:
        rows = reading.rows("SELECT known_from, known_to FROM tags")
    assert rows == [(first + 1, first + 2)]


def test_notify_is_cheap(views):
    """The writer calls it after each commit."""
    started = time.monotonic()
    for _ in range(10_000):
        views.notify()
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("event", set(EVENTS.values()) - {*IGNORED, *ABOUT_EVENTS})
def test_every_event_is_shown_or_ignored_by_name(event):
    """An event is of a kind of stream that a view shows, or is named as ignored."""
    shown = [kind.__name__ for kind in PARTS]
    assert any(event.DESCRIPTOR.name.startswith(name) for name in shown)
