"""Fixtures of the log's tests: every test that takes `place` or `log` runs on both databases."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from registry.application import Registry
from registry.eventstore.reads import LogReads
from tests.eventstore.places import Place, PostgresPlace, SQLitePlace
from tests.eventstore.requests import check_log
from tests.postgres import PostgresServer


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[EventDict]]:
    """Keep what is logged; printing a traceback with its locals takes a second."""
    with capture_logs() as entries:
        yield entries


EMPTY = """
DO $$ DECLARE name text; BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    FOR name IN SELECT nspname FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    LOOP EXECUTE format('DROP SCHEMA %I CASCADE', name); END LOOP;
    CREATE SCHEMA public;
END $$
"""


@pytest.fixture(scope="session")
def shared_url(postgres_server: PostgresServer) -> str:
    """URL of the one database of these tests."""
    return postgres_server.create_database()


@pytest.fixture
def postgres_url(shared_url: str) -> Iterator[str]:
    """URL of a database that is empty again after the test; much faster than a new one."""
    yield shared_url
    with psycopg.connect(shared_url, autocommit=True) as connection:
        connection.execute(EMPTY)


@pytest.fixture
def own_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of a database whose settings may be changed."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url.rpartition("/")[2])


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Where a log can be made."""
    place: Place
    if request.param == "sqlite":
        place = SQLitePlace(tmp_path)
    else:
        place = PostgresPlace(request.getfixturevalue("postgres_url"))
    with place.closing:
        yield place


@pytest.fixture
def log(place: Place) -> LogReads:
    """An open, empty log."""
    place.create()
    return place.log()


@pytest.fixture
def postgres_place(postgres_url: str) -> Iterator[PostgresPlace]:
    """An empty log on PostgreSQL."""
    place = PostgresPlace(postgres_url)
    place.create()
    with place.closing:
        yield place


@pytest.fixture
def other_log(log: LogReads, place: Place) -> LogReads:
    """Another process's recorder of the same log; on SQLite the same one."""
    return log if isinstance(place, SQLitePlace) else place.log()


@pytest.fixture
def registry(place: Place) -> Iterator[Registry]:
    """A registry over a new store; in the end all that it recorded is checked."""
    registry = Registry(place.store())
    yield registry
    registry.close()
    check_log(place)
