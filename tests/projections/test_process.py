"""The child process: it follows, rebuilds and parks; killed, it comes back."""

import os
import signal
import threading
import time

import pytest

from registry.domain.effective import day
from registry.errors import NotFound, RuleRefused, StoreUnavailable, ViewParked
from registry.eventstore.rows import Batch, NewEvent
from registry.projections import remote
from tests.postgres import wait_until
from tests.projections.children import kill, total
from tests.projections.databases import content
from tests.projections.recording import cluster, ecosystems, renamed

pytestmark = pytest.mark.faults

A = "clusters/a"
TODAY = day("2026-01-01")


def test_views_follow_through_the_child(place):
    """What was recorded is shown as soon as somebody waits for it, and soon when nobody does."""
    views = place.views()
    assert views.child not in {0, os.getpid()}
    started = time.monotonic()
    for number in range(10):
        place.record(views, cluster(f"clusters/c{number}"))
        assert total(views) == number + 1
    assert time.monotonic() - started < 8, "as if it polled every second"
    position = place.recording.record(cluster(A))
    views.notify()
    wait_until(lambda: views.position == position, "the views to follow")
    (status,) = views.status()
    assert (status.position, status.head_position) == (position, position)
    assert not status.parked
    assert status.parked_reason == ""


def test_the_child_says_how_far_a_new_generation_is(place):
    """A person who waits for a rebuild sees it advance; after it nothing is being filled."""
    views = place.views()
    head = place.recording.record(cluster(A), cluster("clusters/b"))
    views.rebuild("registry")
    assert views._filled == head
    (status,) = views.status()
    assert (status.rebuilding, status.rebuild_position) == (False, 0)


def test_a_rebuild_goes_on_beside_reads_that_never_go_back(place):
    """Generations come and go in the child; who reads here sees no error and no step back."""
    views = place.views()
    failures, stop = [], threading.Event()

    def read():
        last = 0
        while not stop.is_set():
            try:
                page = views.list_streams("clusters", 1000)
                assert page.read_position >= last
                assert len(page.streams) == page.read_position - 1
                last = page.read_position
            except Exception as error:  # noqa: BLE001 - told at the end
                failures.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(60):
        place.recording.record(cluster(f"clusters/c{number}"))
        views.notify()
        if number % 20 == 10:
            assert views.rebuild("registry").generation == 2 + number // 20
    views.wait(place.log.head().position, timeout_s=20)
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert total(views) == 60
    with pytest.raises(NotFound):
        views.rebuild("other")
    if place.directory:
        wait_until(
            lambda: [p.name for p in place.directory.glob("views-*.db")] == ["views-4.db"],
            "the old generations to go",
        )


def test_only_one_rebuild_runs(embedded):
    """A second one is refused."""
    views = embedded.views()
    outcomes = []

    def rebuild():
        try:
            outcomes.append(views.rebuild("registry").generation)
        except RuleRefused:
            outcomes.append("refused")

    os.kill(views.child, signal.SIGSTOP)
    first = threading.Thread(target=rebuild)
    first.start()
    wait_until(lambda: views.status()[0].rebuilding, "the rebuild to begin")
    rebuild()
    os.kill(views.child, signal.SIGCONT)
    first.join()
    assert outcomes == ["refused", 2]


def test_why_the_views_stopped_arrives(place):
    """Who waits is told at once, status says it, and a rebuild that cannot help says it too."""
    views = place.views()
    before = place.record(views, cluster(A))
    event = NewEvent("clusters/x", 1, "registry.events.v1.Unheard", b"")
    bad = place.log.append_locked(lambda: Batch([event], [], 0, {}, {})).first
    with pytest.raises(ViewParked, match=f"position {bad}.*Unheard"):
        views.wait(bad, timeout_s=20)
    (status,) = views.status()
    assert (status.parked, status.parked_position, status.position) == (True, bad, before)
    with pytest.raises(ViewParked, match="Unheard"):
        views.rebuild("registry")
    assert total(views) == 1


def test_a_killed_child_comes_back_and_nothing_is_lost(place):
    """Killed again and again at any moment: every fact is shown once, as without a child."""
    views = place.views()
    for number in range(40):
        stream = f"clusters/c{number}"
        place.recording.each(cluster(stream), ecosystems(stream, "digital"), renamed(stream))
        views.notify()
        if number == 20:  # those before died as they began, these at work
            views.wait(place.log.head().position, timeout_s=20)
        if number % 8 == 5:
            kill(views)
    views.wait(place.log.head().position, timeout_s=20)
    assert total(views) == 40
    assert views.ecosystem_summary("digital", TODAY)[0].clusters.total == 40
    before = content(views._store)
    assert views.rebuild("registry").position == place.log.head().position
    assert content(views._store) == before


def test_while_the_child_is_away_reads_wait_and_status_says_so(embedded, monkeypatch):
    """It is no reason to park: what is there is answered, and who waits gets it in the end."""
    monkeypatch.setattr(remote, "BACKOFF_S", 3.0)
    views = embedded.views()
    embedded.record(views, cluster(A))
    os.kill(views.child, signal.SIGKILL)
    wait_until(lambda: views.child == 0, "the child to be gone")
    wait_until(lambda: views.status()[0].parked_reason, "the reason")
    (status,) = views.status()
    assert not status.parked
    assert "killed by signal 9" in status.parked_reason
    assert total(views) == 1
    with pytest.raises(StoreUnavailable):
        views.rebuild("registry")
    embedded.record(views, cluster("clusters/b"))
    assert views.status()[0].parked_reason == ""
