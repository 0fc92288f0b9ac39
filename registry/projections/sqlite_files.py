"""Files of the views on SQLite: connections to them, what can be tried again, and removal."""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
import time
from typing import TYPE_CHECKING

from registry.errors import StoreUnavailable
from registry.projections import store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_TIMEOUT_S = 5.0
MAX_IDLE_READERS = 8
LOCK_TIMEOUT_S = 15.0
CHECKPOINT_PAGES = 4000
"""Pages of the write-ahead log (16 MiB) before they are copied: many are written many times."""
WRITER_CACHE_KIB = 16_384
"""What changes lies all over an index: of the default, 2 MiB, most pages are read again."""


class File:
    """One generation's file: a connection that writes, and some that read."""

    def __init__(self, number: int, path: Path) -> None:
        self.number = number
        self.path = path
        self.users = 0
        self.retired = False
        self._writer: sqlite3.Connection | None = None
        self._idle: list[sqlite3.Connection] = []

    def writer(self) -> sqlite3.Connection:
        """Connection of whoever projects; one at a time does."""
        if self._writer is None:
            self._writer = connect(self.path)
            self._writer.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")
            self._writer.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        return self._writer

    @contextlib.contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """A connection in a read transaction."""
        with unavailable():
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = connect(self.path)
                connection.execute("PRAGMA query_only = ON")
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if len(self._idle) < MAX_IDLE_READERS and not self.retired:
                    self._idle.append(connection)
                else:
                    connection.close()

    def close(self) -> None:
        """Close what is not in use."""
        if self._writer is not None:
            self._writer.close()
        while self._idle:
            self._idle.pop().close()


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """Open a file for whoever reads or writes it, in WAL mode."""
    mode = "rwc" if create else "rw"  # a file that was removed is not made anew
    with unavailable():
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_TIMEOUT_S,
            cached_statements=256,
        )
        connection.execute("PRAGMA journal_mode = WAL")
        # A power failure may cost the last batches: they are projected again.
        connection.execute("PRAGMA synchronous = NORMAL")
    return connection


@contextlib.contextmanager
def unavailable() -> Iterator[None]:
    """Say that it can be tried again, where it can: not after an error in the statement itself."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
            raise
        raise StoreUnavailable(f"the views cannot be used now: {error}") from error


def readable(path: Path) -> bool:
    """Whether a file holds a generation that was begun and is not damaged at first sight."""
    if not path.is_file():
        return False
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            return connection.execute(store.READ_CHECKPOINT).fetchone() is not None
    except sqlite3.Error:
        return False


def remove(path: Path) -> None:
    """Remove a file and what SQLite has beside it."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def lock(fd: int) -> None:
    """Lock a file as soon as its owner ends.

    Raises:
        StoreUnavailable: where it does not.
    """
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    while True:
        try:
            return fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise StoreUnavailable("another process still writes the views") from None
            time.sleep(0.01)
