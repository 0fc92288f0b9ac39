"""Stores: making a new log with its first event, and opening one that is there."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from registry.domain.ids import uuid7
from registry.errors import StoreFault
from registry.events.v1 import envelope_pb2, store_pb2
from registry.eventstore.envelope import open_row, seal
from registry.eventstore.ownership import Ownership
from registry.eventstore.rows import Batch, NewEvent
from registry.eventstore.sqlite import SQLiteLog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from registry.eventstore.postgres import PostgresLog
    from registry.eventstore.reads import LogReads

EVENTS_FILE = "events.db"
STORE_STREAM = "store"
LOG_FORMAT = 1
LOCAL_PRINCIPAL = "principals/local"


class Store:
    """An open log, its identity, and what has to be given back with it."""

    def __init__(self, log: LogReads, ownership: Ownership | None = None) -> None:
        """Read the identity of an open log; it is closed where it is refused.

        Raises:
            StoreFault: for a log that does not begin with StoreCreated, or of another format.
        """
        self.log = log
        self._ownership = ownership
        try:
            self.store_id = _store_id(log)
        except BaseException:
            log.close()
            raise

    def close(self) -> None:
        """Close the log and give the store back."""
        self.log.close()
        if self._ownership is not None:
            self._ownership.release()

    @property
    def handed_over(self) -> Sequence[int]:
        """Descriptors that a process needs which works for the owner of this store."""
        return () if self._ownership is None else (self._ownership.fd,)


def sqlite_exists(directory: Path) -> bool:
    """Whether there is a store in a directory."""
    return (directory / EVENTS_FILE).exists()


def create_sqlite(directory: Path) -> None:
    """Make a new store in a directory, which may be missing.

    Raises:
        StoreFault: where there is one already.
    """
    directory.mkdir(parents=True, exist_ok=True)
    SQLiteLog.create(directory / EVENTS_FILE)
    log = SQLiteLog(directory / EVENTS_FILE)
    try:
        _genesis(log)
    finally:
        log.close()


def restore_sqlite(directory: Path, fill: Callable[[LogReads], None]) -> None:
    """Make a store in a directory, filled from elsewhere; nothing is left where that fails.

    Raises:
        StoreFault: where there is one already.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / EVENTS_FILE
    SQLiteLog.create(path)
    try:
        with contextlib.closing(SQLiteLog(path)) as log:
            fill(log)
    except BaseException:
        path.unlink()
        raise


def restore_postgres(url: str, fill: Callable[[LogReads], None]) -> None:
    """Make a store in a database, filled from elsewhere; nothing is left where that fails.

    Raises:
        StoreFault: where there is one already.
    """
    kind = _postgres_log()
    kind.create(url)
    try:
        with contextlib.closing(kind(url)) as log:
            fill(log)
    except BaseException:
        kind.remove_empty(url)
        raise


def open_sqlite(directory: Path) -> Store:
    """Open and own the store in a directory.

    Raises:
        StoreFault: where there is none, it is damaged, or (StoreOwned) another process has it.
    """
    if not sqlite_exists(directory):
        msg = f"there is no store in {directory}; make one with --create"
        raise StoreFault(msg)
    ownership = Ownership(directory)
    try:
        log = SQLiteLog(directory / EVENTS_FILE, exclusive=True)
        return Store(log, ownership)
    except BaseException:
        ownership.release()
        raise


def sqlite_store_id(directory: Path) -> str:
    """Read which store is in a directory, whoever owns it.

    Raises:
        StoreFault: where there is none, or it is damaged.
    """
    return _read_id(SQLiteLog(directory / EVENTS_FILE))


def open_for_owner(directory: Path) -> Store:
    """Open the store in a directory that the parent of this process owns.

    Raises:
        StoreFault: where there is none, or it is damaged.
    """
    return Store(SQLiteLog(directory / EVENTS_FILE, exclusive=True))


def postgres_exists(url: str) -> bool:
    """Whether there is a store in a database.

    Raises:
        StoreFault, StoreUnavailable: for a database that cannot be asked.
    """
    return _postgres_log().exists(url)


def create_postgres(url: str) -> None:
    """Make a new store in a database.

    Raises:
        StoreFault: where there is one already.
    """
    kind = _postgres_log()
    kind.create(url)
    log = kind(url)
    try:
        _genesis(log)
    finally:
        log.close()


def postgres_store_id(url: str) -> str:
    """Read which store is in a database.

    Raises:
        StoreFault: where there is none.
    """
    return _read_id(_postgres_log()(url))


def open_postgres(url: str) -> Store:
    """Open the store in a database.

    Raises:
        StoreFault: where there is none, or the environment would switch off its safety.
    """
    if os.environ.get("POSTGRES_ENABLE_DB_FUNCTIONS"):
        msg = "unset POSTGRES_ENABLE_DB_FUNCTIONS: it takes away the lock that orders the log"
        raise StoreFault(msg)
    return Store(_postgres_log()(url))


def _postgres_log() -> type[PostgresLog]:
    """Its driver takes a tenth of a second to import: an embedded store starts without it."""
    from registry.eventstore.postgres import PostgresLog  # noqa: PLC0415

    return PostgresLog


def _read_id(log: LogReads) -> str:
    store = Store(log)
    store.close()
    return store.store_id


def _genesis(log: LogReads) -> None:
    """Record the first event of a new log."""
    event = store_pb2.StoreCreated(store_id=uuid7(), format=LOG_FORMAT)
    metadata = envelope_pb2.Metadata(
        actor=LOCAL_PRINCIPAL, command_index=0, command_size=1, schema_revision=1
    )
    state = seal(event, metadata, os.urandom(16))
    new = NewEvent(STORE_STREAM, 1, event.DESCRIPTOR.full_name, state)
    log.append_locked(lambda: Batch([new], [], 0, {}, {}))


def _store_id(log: LogReads) -> str:
    first = log.read_after(0, 1)
    if not first:
        msg = "the log is empty: its creation was interrupted; remove it and create it again"
        raise StoreFault(msg)
    event = open_row(first[0]).recorded.event
    if not isinstance(event, store_pb2.StoreCreated):
        msg = "the log does not begin with StoreCreated"
        raise StoreFault(msg)
    if event.format != LOG_FORMAT:
        msg = f"the log has format {event.format}; this version reads {LOG_FORMAT}"
        raise StoreFault(msg)
    store_id: str = event.store_id
    return store_id
