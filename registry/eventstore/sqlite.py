"""The log on SQLite: one file, one process, one writing connection."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

from registry.errors import OutcomeUnknown, StoreFault, StoreUnavailable
from registry.eventstore import erasing
from registry.eventstore.reads import LogReads, require_empty
from registry.eventstore.rows import Appended, Clash, Head
from registry.eventstore.scrubbing import RETRY_S, Scrubber
from registry.eventstore.stamping import command_rows, key_rows, new_head, now_us, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from registry.eventstore.rows import Batch, Loaded

APPLICATION_ID = 0x43524547
"""Marks the file as a registry's log ("CREG")."""
FORMAT = 1
BUSY_TIMEOUT_S = 5.0
ROWS_PER_INSERT = 200
CHECKPOINT_PAGES = 4000
"""Pages of the write-ahead log (16 MiB) before they are copied: names and streams lie all over
their indexes, and in a bulk load the same pages are written by many commits."""

SCHEMA = """
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    state BLOB,
    leaf BLOB NOT NULL,
    UNIQUE (stream, version)
);
CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    position INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL
);
INSERT INTO head VALUES (1, 0, 0);
CREATE TABLE event_keys (key TEXT, position INTEGER, PRIMARY KEY (key, position)) WITHOUT ROWID;
CREATE TABLE commands (
    id TEXT PRIMARY KEY,
    fingerprint_version INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    first_position INTEGER NOT NULL,
    last_position INTEGER NOT NULL,
    decided_position INTEGER NOT NULL,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;
"""

# After the head was locked: what is there now of everything the batch rests on.
_CHECK = """
SELECT 'stream', value, coalesce((SELECT max(version) FROM events WHERE stream = value), 0)
FROM json_each(?)
UNION ALL
SELECT 'key', value, coalesce((SELECT max(position) FROM event_keys WHERE key = value), 0)
FROM json_each(?)
"""


class SQLiteLog(LogReads):
    """Recorder for one process (see `ownership`); every reading thread has its own connection."""

    def __init__(
        self, path: Path, *, clock: Callable[[], int] = now_us, exclusive: bool = False
    ) -> None:
        """Open a log file that `create` made.

        Args:
            path: the file.
            clock: microseconds since 1970 UTC.
            exclusive: nobody else writes the file unheard of, so that its head is what was
                last written here, or heard of.

        Raises:
            StoreFault: for a missing file, or one that is no log of this format.
        """
        super().__init__()
        self.path = path
        self._clock = clock
        self._exclusive = exclusive
        self._head: Head | None = None
        self._local = threading.local()
        self._readers: list[_Reader] = []
        self._lock = threading.Lock()
        self._writing = threading.RLock()
        self._closed = False
        if not path.is_file() or path.stat().st_size == 0:
            msg = f"{path} is missing or empty; restore it, or create a new store elsewhere"
            raise StoreFault(msg)
        with _faults(path):
            self._writer = self._connect()
            self._writer.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        self._inode = path.stat().st_ino
        self._scrubber = Scrubber(path)
        try:
            self._verify()
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(cls, path: Path) -> None:
        """Make a new, empty log file.

        Raises:
            StoreFault: where the file exists already.
        """
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            msg = f"{path} exists already; open it without creating it"
            raise StoreFault(msg) from None
        connection = sqlite3.connect(path, isolation_level=None)
        with contextlib.closing(connection):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")

    def _connect(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise StoreUnavailable("the store is closed")
            connection = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=rw",  # a missing file is not made anew
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                timeout=BUSY_TIMEOUT_S,
                cached_statements=256,
            )
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _verify(self) -> None:
        """Refuse a file that is no log, is damaged, or would not survive a power failure."""
        with _faults(self.path):
            pragma = {
                name: self._writer.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("application_id", "user_version", "journal_mode", "synchronous")
            }
        if pragma["application_id"] != APPLICATION_ID:
            msg = f"{self.path} is not a registry's log"
            raise StoreFault(msg)
        if pragma["user_version"] != FORMAT:
            msg = f"{self.path} has format {pragma['user_version']}; this version reads {FORMAT}"
            raise StoreFault(msg)
        if (pragma["journal_mode"], pragma["synchronous"]) != ("wal", 2):
            msg = f"{self.path} could not be set to WAL with synchronous=FULL: {pragma}"
            raise StoreFault(msg)

    # -- reading -------------------------------------------------------------------

    def fetch(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one SELECT on this thread's own read connection; all rows."""
        reader: _Reader | None = getattr(self._local, "reader", None)
        if reader is None:
            try:
                reader = self._local.reader = _Reader(self._connect())
            except sqlite3.Error as error:
                raise _unavailable(error) from error
            with self._lock:
                self._readers.append(reader)
        return reader.fetch(sql, params)

    def head(self) -> Head:
        """End of the log."""
        head = self._head
        if head is None or not self._exclusive:
            head = super().head()
        return head

    def reached(self, head: Head) -> None:
        """Hear from the process that records how far the log is."""
        self._head = head
        self.woken()

    # -- writing -------------------------------------------------------------------

    def bind_writer(self) -> None:
        """Sync what a process that was killed left in the file: it will be answered as recorded."""
        # A disk that takes nothing is told to the first command that needs it.
        with contextlib.suppress(StoreUnavailable, OutcomeUnknown):
            self.settle()

    def append(self, batch: Batch) -> Appended | Clash:
        """Record a batch in one transaction, unless what it rests on has changed."""
        if batch.erasures:
            self._scrubber.announce()
        try:
            with self._transaction() as head:
                if head.position != batch.head:
                    self._require_unchanged(batch)
                appended = self._insert(batch, head)
        except _Clashed as clashed:
            return clashed.clash
        return self._appended(appended, scrub=bool(batch.erasures))

    def append_locked(self, build: Callable[[], Batch]) -> Appended:
        """Lock the head, then build a batch from what is there now, and record it."""
        with self._transaction() as head:
            batch = build()
            if batch.erasures:
                self._scrubber.announce()
            appended = self._insert(batch, head)
        return self._appended(appended, scrub=bool(batch.erasures))

    def _appended(self, appended: Appended, *, scrub: bool) -> Appended:
        self._head = appended.head
        self.woken()
        if scrub:
            self._scrub()
        return appended

    def _scrub(self) -> None:
        with self._writing:
            if self._closed or not self._scrubber.is_due or self._scrubber.scrub(self._writer):
                return
        again = threading.Timer(RETRY_S, self._scrub)
        again.daemon = True
        again.start()

    def load(self, parts: Iterable[Loaded]) -> None:
        """Store rows of another log as they are, in one transaction."""
        with self._transaction() as before:
            require_empty(before)
            head = before
            for part in parts:
                self._bulk("events", part.events)
                self._bulk("event_keys", part.keys)
                self._bulk("commands", part.commands)
                head = new_head(part.events, head)
            self._writer.execute("UPDATE head SET position = ?, recorded_at = ?", head)
        self._head = head

    def settle(self) -> None:
        """Commit a write of nothing: what an earlier commit left in the file is overwritten."""
        with self._transaction():
            # There and back: SQLite writes no page for a value that is there already.
            self._writer.execute("UPDATE head SET position = position + 1")
            self._writer.execute("UPDATE head SET position = position - 1")
        self._head = None
        self._scrub()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Head]:
        """Hold the write lock around the body; commit at its end, roll back on any error."""
        # Of two threads on one connection, one would roll back what the other has begun.
        with self._writing:
            yield from self._transact()

    def _transact(self) -> Iterator[Head]:
        self._require_same_file()
        connection = self._writer
        try:
            connection.execute("BEGIN IMMEDIATE")
            position, recorded_at = connection.execute(
                "SELECT position, recorded_at FROM head"
            ).fetchone()
        except sqlite3.Error as error:
            self._roll_back()
            raise _unavailable(error) from error
        try:
            yield Head(position, recorded_at)
        except sqlite3.Error as error:
            self._roll_back()
            raise _unavailable(error) from error
        except BaseException:
            self._roll_back()
            raise
        self._commit(position)

    def _commit(self, before: int) -> None:
        try:
            self._writer.execute("COMMIT")
        except sqlite3.Error as error:
            # A full disk, for one, makes SQLite roll back by itself. Where the write went well
            # and the sync did not, the head proves nothing: the commit stands in the file, and
            # a restart would find it.
            self._roll_back()
            self._head = None
            unsynced = error.sqlite_errorname.startswith("SQLITE_IOERR") and (
                error.sqlite_errorname != "SQLITE_IOERR_WRITE"
            )
            if not unsynced and self._head_is(before):
                raise _unavailable(error) from error
            raise OutcomeUnknown from error
        self._require_same_file()

    def _roll_back(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")

    def _head_is(self, position: int) -> bool:
        try:
            return bool(self._writer.execute("SELECT position FROM head").fetchone() == (position,))
        except sqlite3.Error:
            return False

    def _require_same_file(self) -> None:
        """Refuse to write into a file that was deleted or replaced while it was open."""
        try:
            inode = os.stat(self.path).st_ino  # noqa: PTH116 - on the path of every write
        except OSError:
            inode = 0
        if inode != self._inode:
            msg = f"{self.path} was deleted or replaced while it was open; stop, and restore it"
            raise StoreUnavailable(msg)

    def _require_unchanged(self, batch: Batch) -> None:
        """Refuse a batch of which others have changed what it rests on."""
        params = (json.dumps(list(batch.versions)), json.dumps(list(batch.keys)))
        now = self._writer.execute(_CHECK, params).fetchall()
        streams = frozenset(
            name for kind, name, at in now if kind == "stream" and batch.versions[name] != at
        )
        keys = frozenset(name for kind, name, at in now if kind == "key" and batch.keys[name] != at)
        if streams or keys:
            raise _Clashed(Clash(streams, keys, self._known(batch)))

    def _known(self, batch: Batch) -> frozenset[str]:
        """Those of the batch's command ids that are recorded."""
        ids = [command.request_id for command in batch.commands]
        sql = f"SELECT id FROM commands WHERE id IN ({','.join('?' * len(ids))})"  # noqa: S608 - constants
        return frozenset(row[0] for row in self._writer.execute(sql, ids))

    def _insert_commands(self, batch: Batch, head: Head) -> None:
        """Keep the command ids; one that is there already is a clash, seldom enough."""
        try:
            self._bulk("commands", list(command_rows(batch, head)))
        except sqlite3.IntegrityError:
            known = self._known(batch)
            if not known:  # one id twice in the batch itself
                raise
            raise _Clashed(Clash(frozenset(), frozenset(), known)) from None

    def _insert(self, batch: Batch, head: Head) -> Appended:
        rows = stamp(batch, head, self._clock())
        after = new_head(rows, head)
        self._bulk("events", rows)
        self._bulk("event_keys", list(dict.fromkeys(key_rows(batch, head))))
        self._insert_commands(batch, head)
        if rows:
            self._writer.execute("UPDATE head SET position = ?, recorded_at = ?", after)
        for erasure in batch.erasures:
            for sql, params in erasing.statements(erasure):
                self._writer.execute(sql, params)
        return Appended(head.position + 1, after)

    def _bulk(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert many rows a statement: every statement is a turn of the interpreter's lock."""
        for start in range(0, len(rows), ROWS_PER_INSERT):
            chunk = rows[start : start + ROWS_PER_INSERT]
            row = f"({','.join('?' * len(chunk[0]))})"
            sql = f"INSERT INTO {table} VALUES {','.join([row] * len(chunk))}"  # noqa: S608 - constants
            self._writer.execute(sql, [value for values in chunk for value in values])

    def close(self) -> None:
        """Close every connection; the last one checkpoints the write-ahead log."""
        with self._writing, self._lock:
            self._closed = True
            while self._readers:
                self._readers.pop().close()
            self._writer.close()


class _Clashed(Exception):
    """Rolls a batch back, with what others have changed."""

    def __init__(self, clash: Clash) -> None:
        super().__init__(clash)
        self.clash = clash


class _Reader:
    """A read connection of one thread, which another thread may close."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA query_only = ON")
        self._connection: sqlite3.Connection | None = connection
        self._lock = threading.Lock()

    def fetch(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run one SELECT; all rows."""
        with self._lock:  # closing a connection at work would take the process down
            if self._connection is None:
                raise StoreUnavailable("the store is closed")
            try:
                return self._connection.execute(sql, params).fetchall()
            except sqlite3.Error as error:
                raise _unavailable(error) from error

    def close(self) -> None:
        """Close the connection when what it runs is done."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


@contextlib.contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        msg = f"{path} cannot be read as a registry's log: {error}"
        raise StoreFault(msg) from error


def _unavailable(error: sqlite3.Error) -> StoreUnavailable:
    return StoreUnavailable(f"the store cannot be used now: {error}; nothing was recorded")
