"""The life of the child process: why it cannot begin, what does not end it, and what does."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from registry.errors import ViewParked
from registry.eventstore import store as stores
from registry.projections import open_process_views, open_views
from registry.projections.child import Reporting
from registry.projections.sqlite import SQLiteViews
from tests.postgres import alive, wait_until
from tests.projections.children import PROJECT, TOLD, kill, total
from tests.projections.recording import cluster

pytestmark = pytest.mark.faults

A = "clusters/a"


def test_a_child_that_always_dies_parks_the_views(embedded, tmp_path):
    """Not for ever: it says why, and a rebuild tries it again."""
    broken = tmp_path / "broken"
    broken.touch()
    code = f"""
        import os, sys
        if os.path.exists({str(broken)!r}):
            sys.exit(7)
        os.execv(sys.executable, [sys.executable, "-m", "registry", "project", *sys.argv[1:]])
    """
    views = embedded.views((sys.executable, "-c", textwrap.dedent(code)))
    (status,) = views.status()
    assert status.parked
    assert "exit code 7" in status.parked_reason
    with pytest.raises(ViewParked, match="exit code 7"):
        views.rebuild("registry")
    broken.unlink()
    views.rebuild("registry")
    embedded.record(views, cluster(A))
    assert not views.status()[0].parked


def test_a_child_says_why_it_cannot_begin(embedded):
    """A log that is damaged is named, not only an exit code."""
    views = embedded.views()
    views.close()
    path = embedded.log.path
    moved = path.rename(path.with_name("elsewhere"))
    parked = embedded.views().status()[0]
    moved.rename(path)
    assert parked.parked
    assert "is missing or empty" in parked.parked_reason


def test_views_are_ready_when_they_may_be_rebuilt(embedded):
    """Whoever hears that the views are there is not told that a rebuild is running."""
    free = []

    def tell(**what):
        if "at" in what:
            with views.rebuilding() as mine:
                free.append(mine)

    views = SQLiteViews(embedded.directory)
    engine = Reporting(embedded.log, views, tell)
    engine.start()
    engine.close()
    assert free
    assert all(free)


def test_signals_for_the_service_do_not_end_the_child(embedded):
    """Who stops a whole group of processes lets the service drain with its views."""
    views = embedded.views()
    child = views.child
    os.kill(child, signal.SIGTERM)
    os.kill(child, signal.SIGINT)
    embedded.record(views, cluster(A))
    assert views.child == child
    views.close()
    assert not alive(child)


def test_notify_is_cheap_and_never_waits(embedded):
    """The writer calls it after each commit, also while the child does not read."""
    views = embedded.views()
    os.kill(views.child, signal.SIGSTOP)
    started = time.monotonic()
    for _ in range(100_000):
        views.notify()
    assert time.monotonic() - started < 1
    os.kill(views.child, signal.SIGCONT)


SERVICE = """
import json, sys, time
from pathlib import Path
from registry.eventstore.store import open_sqlite
from registry.projections import open_process_views
directory = Path(sys.argv[1])
command, told = json.loads(sys.argv[2])
store = open_sqlite(directory)
views = open_process_views(store.log, command, told, directory=directory, url=None)
views.start()
print(views.child, flush=True)
time.sleep(60)
"""


def test_the_child_ends_with_its_service(tmp_path):
    """Also where that was killed; the next service has the store at once, and its own child."""
    directory = tmp_path / "store"
    stores.create_sqlite(directory)
    arguments = [sys.executable, "-c", SERVICE, str(directory), json.dumps([PROJECT, TOLD])]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as service:
        child = int(service.stdout.readline())
        assert alive(child)
        service.kill()
    store = stores.open_sqlite(directory)
    views = open_process_views(store.log, PROJECT, TOLD, directory=directory, url=None)
    views.start()
    wait_until(lambda: not alive(child), "the child to end")
    views.close()
    store.close()


def test_a_thread_goes_on_where_a_child_stopped(embedded):
    """The views are the same, whoever makes them."""
    views = embedded.views()
    position = embedded.record(views, cluster(A))
    views.close()
    again = open_views(embedded.log, directory=embedded.directory)
    again.start()
    assert (again.position, again.status()[0].generation, total(again)) == (position, 1, 1)
    again.close()


def test_what_a_killed_child_left_is_removed(embedded):
    """A generation that was begun and never finished goes before the next child starts."""
    views = embedded.views()
    SQLiteViews(embedded.directory, child=True).create()
    assert (embedded.directory / "views-2.db").exists()
    kill(views)
    embedded.record(views, cluster(A))
    assert not (embedded.directory / "views-2.db").exists()
    assert total(views) == 1
