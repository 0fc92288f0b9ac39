"""Adapters for the tests of traps: the library's recorders on PostgreSQL and ours."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ClassVar

import psycopg
import pytest
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from typing_extensions import override

from registry.eventstore.postgres import PostgresLog
from tests.eventstore.places import PostgresPlace
from tests.eventstore.stock import Side, locked
from tests.postgres import wait_until


class PostgresSide(Side):
    """A database."""

    table: str

    def __init__(self, place: PostgresPlace, closing: contextlib.ExitStack) -> None:
        self.place = place
        self.closing = closing
        self.pool = ThreadPoolExecutor(4)
        closing.callback(self.pool.shutdown)

    def done_or_blocked(self, work: Future[Any]) -> bool:
        """Whether work came to its end, and does not wait for somebody's lock."""
        wait_until(
            lambda: work.done() or self.place.somebody_waits(), "an end, or a wait for a lock"
        )
        return work.done()

    @contextlib.contextmanager
    def analyzing(self) -> Iterator[None]:
        """Be in the middle of an ANALYZE of the events."""
        with psycopg.connect(self.place.url) as connection:
            connection.execute(f"ANALYZE {self.table}")
            yield

    def cut_connections(self) -> None:
        """Let the server end every connection."""
        self.place.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    def shut_out(self) -> None:
        """Let the server refuse every connection to the database from now on."""
        server, _, name = self.place.url.rpartition("/")
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
            )


def datastore(url: str, **settings: Any) -> PostgresDatastore:
    """The library's datastore on a database."""
    to = psycopg.conninfo.conninfo_to_dict(url)
    return PostgresDatastore(
        str(to["dbname"]),
        str(to["host"]),
        str(to["port"]),
        str(to["user"]),
        str(to["password"]),
        originator_id_type="text",
        **{"pool_size": 3, "max_overflow": 3, **settings},
    )


def counted(patch: pytest.MonkeyPatch, owner: object, method: str) -> list[str]:
    """Note every call of a method."""
    calls: list[str] = []
    original = getattr(owner, method)

    def noted(*args: Any) -> Any:
        calls.append(method)
        return original(*args)

    patch.setattr(owner, method, noted)
    return calls


class StockPostgres(PostgresSide):
    """The library's recorder on PostgreSQL."""

    table = "stored_events"
    recorder_class: type[PostgresApplicationRecorder] = PostgresApplicationRecorder
    settings: ClassVar[dict[str, Any]] = {}

    def __init__(self, place: PostgresPlace, closing: contextlib.ExitStack) -> None:
        super().__init__(place, closing)
        store = datastore(place.url, **self.settings)
        closing.callback(store.close)
        self.recorder = self.recorder_class(store)
        self.recorder.create_table()
        self.other = self.recorder

    def count_attempts(self, patch: pytest.MonkeyPatch) -> list[str]:
        """Note every attempt to use a connection from now on."""
        assert isinstance(self.recorder, PostgresApplicationRecorder)
        return counted(patch, self.recorder.datastore, "get_connection")

    @contextlib.contextmanager
    def appending(self, name: str) -> Iterator[None]:
        """Be in the middle of an append, which is recorded at the end."""
        recorder = self.recorder
        assert isinstance(recorder, PostgresApplicationRecorder)
        new = recorder.construct_pg_stored_event(name, 1, "topic", b"state")
        with recorder.datastore.get_connection() as connection, connection.transaction():
            connection.execute(recorder.sql_invoke_pg_function_insert_events, ([new],))
            yield


class OurPostgres(PostgresSide):
    """Ours on PostgreSQL."""

    table = "events"

    def __init__(self, place: PostgresPlace, closing: contextlib.ExitStack) -> None:
        super().__init__(place, closing)
        place.create()
        self.log, self.other_log = PostgresLog(place.url), PostgresLog(place.url)
        self.recorder, self.other = self.log, self.other_log
        closing.callback(self.log.close)
        closing.callback(self.other_log.close)

    def count_attempts(self, patch: pytest.MonkeyPatch) -> list[str]:
        """Note every attempt to use a connection from now on."""
        return counted(patch, self.log, "_connected")

    @contextlib.contextmanager
    def appending(self, name: str) -> Iterator[None]:
        """Be in the middle of an append, which is recorded at the end."""
        with locked(self.other_log, self.pool, name):
            yield


class Buggy(PostgresApplicationRecorder):
    """The library's recorder with an error in a hook of a subclass."""

    @override
    def _fetch_ids_after_insert_events(self, *args: Any, **options: Any) -> Any:
        super()._fetch_ids_after_insert_events(*args, **options)
        raise ZeroDivisionError


class BuggyStock(StockPostgres):
    """The library's, with that."""

    recorder_class = Buggy


class BuggyOurs(OurPostgres):
    """Ours, with an error where rows are stamped."""

    def __init__(self, place: PostgresPlace, closing: contextlib.ExitStack) -> None:
        super().__init__(place, closing)
        self.recorder = PostgresLog(place.url, clock=lambda: 1 // 0)
        closing.callback(self.recorder.close)


class FunctionsStock(StockPostgres):
    """The library's with POSTGRES_ENABLE_DB_FUNCTIONS."""

    settings: ClassVar = {"enable_db_functions": True}


class HastyStock(StockPostgres):
    """The library's with a short timeout, once it is connected."""

    def __init__(self, place: PostgresPlace, closing: contextlib.ExitStack) -> None:
        super().__init__(place, closing)
        assert isinstance(self.recorder, PostgresApplicationRecorder)
        self.recorder.datastore.pool.timeout = 0.05
