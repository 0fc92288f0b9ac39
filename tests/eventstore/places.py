"""Places a log can be: one adapter for each database, so that every test runs on both."""

import contextlib
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from typing_extensions import override

from registry.eventstore.postgres import PostgresLog
from registry.eventstore.reads import LogReads
from registry.eventstore.sqlite import SQLiteLog
from registry.eventstore.stamping import now_us
from registry.eventstore.store import Store, create_postgres, create_sqlite
from registry.eventstore.store import open_postgres as open_postgres_store
from registry.eventstore.store import open_sqlite as open_sqlite_store
from tests.postgres import wait_until

PATIENCE_S = 20.0
"""How long a test waits for an event before it fails; it never has to wait that long."""


class Place(ABC):
    """Where a log is; closes what it opened."""

    name: str

    def __init__(self) -> None:
        self.closing = contextlib.ExitStack()

    @abstractmethod
    def create(self) -> None:
        """Make an empty log here."""

    @abstractmethod
    def _log(self, clock: Callable[[], int]) -> LogReads: ...

    @abstractmethod
    def store(self) -> Store:
        """Make a store with its first event where there is none, and open it."""

    @abstractmethod
    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL on a connection of its own."""

    @abstractmethod
    def head_locked(self) -> contextlib.AbstractContextManager[Callable[[str], object]]:
        """Lock the head as another process would; commits at the end. Gives `execute`."""

    @abstractmethod
    def await_blocked(self, log: LogReads, start: Callable[[], object]) -> None:
        """Start something that has to wait for the head, and return when it does."""

    def log(self, clock: Callable[[], int] = now_us) -> LogReads:
        """Open a recorder."""
        log = self._log(clock)
        self.closing.callback(log.close)
        return log

    def pair(self) -> tuple[LogReads, LogReads]:
        """Two recorders as two processes have them; one twice where one process owns the log."""
        log = self.log()
        return log, log


class SQLitePlace(Place):
    """A file."""

    name = "sqlite"

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self.directory = directory
        self.path = directory / "events.db"

    @override
    def create(self) -> None:
        SQLiteLog.create(self.path)

    @override
    def _log(self, clock: Callable[[], int]) -> LogReads:
        return SQLiteLog(self.path, clock=clock)

    @override
    def store(self) -> Store:
        if not self.path.exists():
            create_sqlite(self.directory)
        store = open_sqlite_store(self.directory)
        self.closing.callback(store.close)
        return store

    @override
    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            return connection.execute(sql).fetchall()

    @override
    @contextlib.contextmanager
    def head_locked(self) -> Iterator[Callable[[str], object]]:
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection.execute
            connection.execute("COMMIT")

    @override
    def await_blocked(self, log: LogReads, start: Callable[[], object]) -> None:
        assert isinstance(log, SQLiteLog)
        waiting = threading.Event()
        log._writer.set_trace_callback(lambda sql: waiting.set() if "BEGIN" in sql else None)
        start()
        assert waiting.wait(PATIENCE_S)


class PostgresPlace(Place):
    """A database."""

    name = "postgres"

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    @override
    def create(self) -> None:
        PostgresLog.create(self.url)

    @override
    def _log(self, clock: Callable[[], int]) -> LogReads:
        return PostgresLog(self.url, clock=clock)

    @override
    def store(self) -> Store:
        if self.rows("SELECT to_regclass('log_format')") == [(None,)]:
            create_postgres(self.url)
        store = open_postgres_store(self.url)
        self.closing.callback(store.close)
        return store

    @override
    def pair(self) -> tuple[LogReads, LogReads]:
        return self.log(), self.log()

    @override
    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    @override
    @contextlib.contextmanager
    def head_locked(self) -> Iterator[Callable[[str], object]]:
        with psycopg.connect(self.url) as connection:
            connection.execute("SELECT * FROM head FOR UPDATE")
            yield connection.execute

    @override
    def await_blocked(self, log: LogReads, start: Callable[[], object]) -> None:
        del log  # the server knows who waits
        start()
        wait_until(self.somebody_waits, "somebody to wait for the head")

    def somebody_waits(self) -> bool:
        """Whether a connection waits for a lock of another one."""
        waiting = (
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND datname = current_database()"
        )
        return bool(self.rows(waiting))
