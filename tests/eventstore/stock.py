"""Adapters for the tests of traps: the library's recorders on SQLite and ours."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from eventsourcing.persistence import ApplicationRecorder, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from registry.eventstore.reads import LogReads
from registry.eventstore.rows import Batch
from registry.eventstore.sqlite import SQLiteLog
from tests.eventstore.batches import batch, event
from tests.eventstore.places import PATIENCE_S
from tests.postgres import wait_until


def stored(name: str, version: int = 1) -> StoredEvent:
    """An event of the library's form."""
    return StoredEvent(name, version, "topic", b"state")


class Side:
    """What both have: the library's recorder interface, and a second process's recorder."""

    recorder: ApplicationRecorder
    other: ApplicationRecorder

    def record(self, name: str) -> Sequence[int] | None:
        """Record one event in a new stream."""
        return self.recorder.insert_events([stored(name)])

    def ids(self) -> list[int]:
        """Notification ids of all events."""
        return [found.id for found in self.recorder.select_notifications(1, 1000)]

    def read_after(self, last: int) -> list[int]:
        """Notification ids of the events a reader gets who has seen all up to `last`."""
        found = self.recorder.select_notifications(last, 1000, inclusive_of_start=False)
        return [notification.id for notification in found]


# --- SQLite ----------------------------------------------------------------------------------


class SQLiteSide(Side):
    """A file."""

    def __init__(self, directory: Path, closing: contextlib.ExitStack) -> None:
        self.path = directory / "events.db"
        self.closing = closing

    def sql(self, text: str) -> None:
        """Run a statement behind the recorder's back."""
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute(text)

    def reload(self) -> list[int]:
        """Dump the database as SQL, load that into a new file, and give the ids there."""
        copy = self.path.with_name("copy.db")
        with (
            contextlib.closing(sqlite3.connect(self.path)) as old,
            contextlib.closing(sqlite3.connect(copy)) as new,
        ):
            new.executescript("\n".join(old.iterdump()))
            return [row[0] for row in new.execute(self.select_ids)]

    select_ids: str
    delete: str


class StockSQLite(SQLiteSide):
    """The library's recorder on SQLite, with a pool of two connections."""

    select_ids = "SELECT rowid FROM stored_events ORDER BY rowid"
    delete = "DELETE FROM stored_events WHERE rowid = "

    def __init__(self, directory: Path, closing: contextlib.ExitStack) -> None:
        super().__init__(directory, closing)
        self.stock = self.recorder = self._recorder()
        self.other = self._recorder()
        self.pool = self.stock.datastore.pool

    def _recorder(self) -> SQLiteApplicationRecorder:
        datastore = SQLiteDatastore(
            str(self.path),
            pool_size=2,
            max_overflow=0,
            pool_timeout=PATIENCE_S,
            originator_id_type="text",
            lock_timeout=1,
        )
        self.closing.callback(datastore.close)
        recorder = SQLiteApplicationRecorder(datastore)
        recorder.create_table()
        return recorder

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Be in the middle of a read."""
        with self.stock.datastore.transaction(commit=False) as cursor:
            cursor.execute("SELECT * FROM stored_events")
            yield

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Be in the middle of a write."""
        with self.stock.datastore.transaction(commit=True):
            yield

    def await_second_writer(self, _: Future[Any]) -> None:
        """Wait until another writer waits for the one at work: it then holds the semaphore."""

        def held() -> bool:
            free = self.pool._get_semaphore.acquire(blocking=False)
            if free:
                self.pool._get_semaphore.release()
            return not free

        wait_until(held, "the second writer to wait")
        self.pool.pool_timeout = 0.1

    def read_then_write(self, name: str, meanwhile: Callable[[], object]) -> None:
        """In one transaction read, let another process write, and write."""
        with self.stock.datastore.transaction(commit=True) as cursor:
            self.stock._max_notification_id(cursor)
            meanwhile()
            self.stock._insert_events(cursor, [stored(name)])

    def other_writes(self, name: str) -> object:
        """Let another process write."""
        return self.other.insert_events([stored(name)])


class OurSQLite(SQLiteSide):
    """Ours on SQLite."""

    select_ids = "SELECT position FROM events ORDER BY position"
    delete = "DELETE FROM events WHERE position = "

    def __init__(self, directory: Path, closing: contextlib.ExitStack) -> None:
        super().__init__(directory, closing)
        SQLiteLog.create(self.path)
        self.log, self.other_log = SQLiteLog(self.path), SQLiteLog(self.path)
        self.recorder, self.other = self.log, self.other_log
        self.pool = ThreadPoolExecutor(4)
        closing.callback(self.log.close)
        closing.callback(self.other_log.close)
        closing.callback(self.pool.shutdown)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Be in the middle of a read."""
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            connection.execute("SELECT * FROM events").fetchall()
            yield

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Be in the middle of a write."""
        with locked(self.log, self.pool):
            yield

    def await_second_writer(self, second: Future[Any]) -> None:
        """Nothing tells that it waits; that it runs and is not done is enough."""
        wait_until(second.running, "the second writer to run")

    def read_then_write(self, name: str, meanwhile: Callable[[], object]) -> None:
        """In one transaction read, let another process try to write, and write."""

        def build() -> Batch:
            self.log.head()
            meanwhile()
            return batch(event(name))

        self.log.append_locked(build)

    def other_writes(self, name: str) -> object:
        """Let another process begin to write; it has to wait."""
        begun = threading.Event()
        self.other_log._writer.set_trace_callback(
            lambda sql: begun.set() if "BEGIN" in sql else None
        )
        waiting = self.pool.submit(self.other_log.insert_events, [stored(name)])
        self.closing.callback(waiting.result, PATIENCE_S)
        return begun.wait(PATIENCE_S)


@contextlib.contextmanager
def locked(log: LogReads, pool: ThreadPoolExecutor, name: str = "held") -> Iterator[None]:
    """Have a batch under way that holds the head, and is recorded at the end."""
    reached, free = threading.Event(), threading.Event()

    def build() -> Batch:
        reached.set()
        assert free.wait(PATIENCE_S)
        return batch(event(name))

    under_way = pool.submit(log.append_locked, build)
    assert reached.wait(PATIENCE_S)
    try:
        yield
    finally:
        free.set()
        under_way.result(PATIENCE_S)
