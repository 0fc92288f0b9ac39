"""Fixtures of the views' tests: every test that takes `database` or `views` runs on both."""

import contextlib

import pytest

from registry.eventstore.store import create_sqlite, open_sqlite
from tests.projections.children import Place
from tests.projections.databases import PostgresDatabase, SQLiteDatabase
from tests.projections.recording import Recording


@pytest.fixture
def log(tmp_path):
    """A log with its first event."""
    create_sqlite(tmp_path / "store")
    store = open_sqlite(tmp_path / "store")
    yield store.log
    store.close()


@pytest.fixture
def recording(log):
    """Records facts into the log."""
    return Recording(log)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path, log):
    """Where views can be made; closed before the log they follow."""
    del log
    if request.param == "sqlite":
        (tmp_path / "views").mkdir()
        database = SQLiteDatabase(tmp_path / "views")
    else:
        database = PostgresDatabase(request.getfixturevalue("postgres_url"))
    with database.closing:
        yield database


@pytest.fixture
def views(database, log):
    """Views that follow the log."""
    return database.views(log)


@pytest.fixture
def given(views, recording):
    """Records facts, each by a command of its own, and waits until the views show them."""

    def record(*facts):
        position = recording.each(*facts)
        assert views.wait(position, timeout_s=20) == position
        return views

    return record


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    """A new store."""
    with contextlib.ExitStack() as closing:
        if request.param == "sqlite":
            yield Place(closing, directory=tmp_path / "store")
        else:
            yield Place(closing, url=request.getfixturevalue("postgres_url"))


@pytest.fixture
def embedded(tmp_path):
    """A new store on SQLite."""
    with contextlib.ExitStack() as closing:
        yield Place(closing, directory=tmp_path / "store")
