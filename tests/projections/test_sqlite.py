"""Views on SQLite: files that may be damaged, lost or cut off, since the log has everything."""

import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from registry.projections.sqlite import SQLiteViews
from tests.postgres import wait_until
from tests.projections.databases import SQLiteDatabase, content
from tests.projections.recording import cluster, ecosystems, retracted

A = "clusters/a"


@pytest.fixture
def database(tmp_path, log):
    """A directory for views, closed before the log they follow."""
    del log
    (tmp_path / "views").mkdir()
    database = SQLiteDatabase(tmp_path / "views")
    with database.closing:
        yield database


@pytest.fixture
def closed(database, log, recording):
    """Views with a cluster in them, closed; gives their directory."""
    views = database.views(log)
    views.wait(recording.record(cluster(A)), timeout_s=20)
    views.close()
    return database.directory


@pytest.mark.parametrize(
    "damage",
    [
        lambda directory: (directory / "views-1.db").unlink(),
        lambda directory: (directory / "views-1.db").write_bytes(b"no database" * 1000),
        lambda directory: (directory / "views-1.db").write_bytes(b""),
        lambda directory: (directory / "views.json").unlink(),
        lambda directory: (directory / "views.json").write_text("{"),
        lambda directory: (directory / "views.json").write_text("[]"),
    ],
)
def test_damaged_views_are_made_anew(database, log, closed, damage):
    """They are disposable: a start without them is slower, not wrong."""
    damage(closed)
    assert database.views(log).list_streams("clusters", 10).streams == (A,)


def test_a_rebuild_that_was_cut_off_is_removed(database, log, closed):
    """Its file is no longer there after the next start; the live generation is."""
    SQLiteViews(closed).create()
    assert database.generations() == {1, 2}
    assert database.views(log).list_streams("clusters", 10).streams == (A,)
    assert database.generations() == {1}


def test_a_reader_keeps_the_generation_it_reads(database, log, recording):
    """A rebuild waits for nobody, and takes the file away when its last reader has left."""
    views = database.views(log)
    views.wait(recording.record(cluster(A)), timeout_s=20)
    with views._store.reading() as reading:
        views.rebuild("registry")
        assert database.generations() == {1, 2}
        assert reading.rows("SELECT stream FROM resources") == [(A,)]
    assert database.generations() == {2}


PROJECT = """
import sys
from pathlib import Path
from registry.eventstore.sqlite import SQLiteLog
from registry.projections.projector import Projector
from registry.projections.sqlite import SQLiteViews
from registry.projections.tables import indexes

log, store = SQLiteLog(Path(sys.argv[1])), SQLiteViews(Path(sys.argv[2]))
if not store.live():
    with store.switching(store.create()) as writing:
        writing.define(indexes())
projector = Projector(log, batch_limit=3)
print("begun", flush=True)
while True:
    with store.writing() as writing:
        changes = projector.changes_after(writing.checkpoint.position)
        if changes is None:
            break
        writing.apply(changes)
"""


def test_a_kill_between_or_within_batches_loses_nothing(database, log, recording):
    """Whenever it is killed, the next one goes on to the rows that one run makes."""
    for number in range(300):
        stream = f"clusters/c{number % 50}"
        recording.each(
            cluster(stream) if number < 50 else ecosystems(stream, "digital", on="2010"),
            *([retracted(stream, 1 + number // 50)] if number % 4 == 0 else []),
        )
    command = [sys.executable, "-c", PROJECT, str(log.path), str(database.directory)]
    positions = []
    for patience_s in (0.0, 0.01, 0.03):
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(os.environ)) as process:
            assert process.stdout is not None
            assert process.stdout.readline()
            time.sleep(patience_s)
            process.send_signal(signal.SIGKILL)
        with database.store().reading() as reading:
            positions.append(reading.checkpoint.position)
    assert positions[0] < log.head().position
    views = database.views(log)
    views.wait(log.head().position, timeout_s=20)
    resumed = content(views._store)
    views.rebuild("registry")
    assert content(views._store) == resumed


def test_views_that_cannot_be_read_either_stop_and_say_why(database, log, recording, monkeypatch):
    """Whoever follows the log goes on; when they are made anew, they are there again."""

    def damaged():
        raise sqlite3.DatabaseError("file is not a database")

    views = database.views(log)
    views.wait(recording.record(cluster(A)), timeout_s=20)
    with monkeypatch.context() as patched:
        patched.setattr(views._store, "reading", damaged)
        patched.setattr(views._projector, "changes_after", lambda _: 1 // 0)
        views.notify()
        wait_until(lambda: views.status()[0].parked, "the views to stop")
        assert "ZeroDivisionError" in views.status()[0].parked_reason
    assert views.rebuild("registry").position == 2
    position = recording.record(cluster("clusters/b"))
    assert views.wait(position, timeout_s=20) == position
