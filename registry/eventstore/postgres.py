"""The log on PostgreSQL: any number of processes, ordered by the lock of one row."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from registry.errors import OutcomeUnknown, StoreFault, StoreUnavailable
from registry.eventstore import erasing
from registry.eventstore.reads import MAX_CATCH_UP, LogReads, require_empty
from registry.eventstore.rows import Appended, Clash, CommandRow, Head, Loaded, Snapshot
from registry.eventstore.stamping import (
    MAX_AHEAD_US,
    command_rows,
    key_rows,
    new_head,
    now_us,
    stamp,
)
from registry.eventstore.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from registry.eventstore.rows import Batch

FORMAT = 1
READERS = 8
PATIENCE_S = 6.0
"""How long an answer may take: longer than any wait for a lock."""

# A dead peer is noticed in seconds; a standby is never taken for the primary.
CONNECTION = {
    "target_session_attrs": "read-write",
    "connect_timeout": "2",
    "keepalives_idle": "3",
    "keepalives_interval": "1",
    "keepalives_count": "3",
    "tcp_user_timeout": "4000",
}
# A frozen writer must not hold the head: the server ends its transaction, and notices
# its death by keepalives of its own.
WRITER_OPTIONS = (
    "-c idle_in_transaction_session_timeout=2000 -c lock_timeout=5000"
    " -c tcp_keepalives_idle=3 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3"
)
# Where the server has it (PostgreSQL 17): also for a writer frozen between two messages.
_BOUND_TRANSACTION = "SET transaction_timeout = '8s'"
_HAS_TRANSACTION_TIMEOUT = 170000

SCHEMA = """
CREATE TABLE events (
    position bigint PRIMARY KEY,
    stream text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    topic text NOT NULL,
    recorded_at bigint NOT NULL,
    state bytea,
    leaf bytea NOT NULL,
    UNIQUE (stream, version)
);
CREATE TABLE head (
    one integer PRIMARY KEY CHECK (one = 1),
    position bigint NOT NULL,
    recorded_at bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO head VALUES (1, 0, 0);
CREATE TABLE event_keys (key text COLLATE "C", position bigint, PRIMARY KEY (key, position));
CREATE TABLE commands (
    id text COLLATE "C" PRIMARY KEY,
    fingerprint_version integer NOT NULL,
    fingerprint bytea NOT NULL,
    first_position bigint NOT NULL,
    last_position bigint NOT NULL,
    decided_position bigint NOT NULL,
    stream text COLLATE "C" NOT NULL,
    version bigint NOT NULL
);
CREATE TABLE log_format (format integer NOT NULL);
INSERT INTO log_format VALUES (1);
"""

_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
_CLOCK = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_LOCK = "SELECT position, recorded_at FROM head FOR UPDATE"
# A statement of its own after the lock: its snapshot is taken when the lock is held.
_CHECK = """
SELECT 'command', id, 0::bigint FROM commands WHERE id = ANY(%s)
UNION ALL
SELECT 'stream', s, coalesce((SELECT max(version) FROM events WHERE stream = s), 0)
FROM unnest(%s::text[]) s
UNION ALL
SELECT 'key', k, coalesce((SELECT max(position) FROM event_keys WHERE key = k), 0)
FROM unnest(%s::text[]) k
"""
_INSERT_EVENTS = """
INSERT INTO events SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[],
    %s::bigint[], %s::bytea[], %s::bytea[])
"""
_INSERT_KEYS = "INSERT INTO event_keys SELECT * FROM unnest(%s::text[], %s::bigint[])"
_INSERT_COMMANDS = """
INSERT INTO commands SELECT * FROM unnest(%s::text[], %s::int[], %s::bytea[], %s::bigint[],
    %s::bigint[], %s::bigint[], %s::text[], %s::bigint[])
"""
_MOVE_HEAD = "UPDATE head SET position = %s, recorded_at = %s"

Connection = psycopg.Connection[tuple[Any, ...]]

_logger = logging.getLogger(__name__)


class PostgresLog(LogReads):
    """Recorder over one connection for writing, and a pool for reading."""

    def __init__(self, url: str, *, clock: Callable[[], int] = now_us) -> None:
        """Open a log that `create` made.

        Raises:
            StoreFault: where there is none, or one of another format.
            StoreUnavailable: where the server cannot be reached.
        """
        super().__init__()
        self._url = psycopg.conninfo.make_conninfo(url, **CONNECTION)
        self._clock = clock
        self._writer: Connection | None = None
        self._closed = False
        self._writing = threading.RLock()
        self._warned = False
        self._local = threading.local()
        _verify(self._url)
        self._watchdog = Watchdog(PATIENCE_S)
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            self._url,
            kwargs={"autocommit": True},
            min_size=1,
            max_size=READERS,
            timeout=5.0,
            reconnect_timeout=1.5,
            open=True,
        )

    @staticmethod
    def exists(url: str) -> bool:
        """Whether a database has a log."""
        with _faults(), psycopg.connect(url) as connection:
            return _has_log(connection)

    @classmethod
    def create(cls, url: str) -> None:
        """Make the tables of a new, empty log.

        Raises:
            StoreFault: where there is a log already.
        """
        with _faults(), psycopg.connect(url) as connection:
            if _has_log(connection):
                msg = "the database has a registry's log already; open it without creating it"
                raise StoreFault(msg)
            connection.execute(SCHEMA)

    @staticmethod
    def remove_empty(url: str) -> None:
        """Remove the tables of a log that has no event."""
        with _faults(), psycopg.connect(url) as connection:
            require_empty(Head(*_one(connection.execute(_LOCK))))
            connection.execute("DROP TABLE events, head, event_keys, commands, log_format")

    # -- reading -------------------------------------------------------------------

    def bind_writer(self) -> None:
        """Read on the writing connection from now on in this thread.

        So a writer never waits for readers, and what it decides on under the lock is what
        the server says that holds the lock.
        """
        self._local.writes = True

    def fetch(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one SELECT; on a pooled connection once more where the connection was dead."""
        text = sql.replace("?", "%s")
        if getattr(self._local, "writes", False):
            with self._writing, self._connected() as connection:
                return connection.execute(text, params).fetchall()
        for attempt in (1, 2):
            try:
                with self._pool.connection() as connection, self._watchdog.watching(connection):
                    return connection.execute(text, params).fetchall()
            except (psycopg.OperationalError, PoolTimeout) as error:
                if attempt == 2 or isinstance(error, PoolTimeout):  # noqa: PLR2004 - the last
                    raise _unavailable(error) from error
                self._pool.check()
            except psycopg.Error as error:
                raise _unavailable(error) from error
        raise AssertionError

    def snapshot(self, after: int, request_ids: Sequence[str]) -> Snapshot:
        """What a decision begins with, in one round trip of the writing connection."""
        with self._writing, self._connected() as connection, _pipeline(connection):
            head = connection.execute("SELECT position, recorded_at FROM head")
            changed = connection.execute(
                "SELECT stream, version FROM events WHERE position > %s LIMIT %s",
                (after, MAX_CATCH_UP + 1),
            )
            commands = connection.execute(
                "SELECT id, fingerprint_version, fingerprint, first_position, last_position,"
                " decided_position, stream, version FROM commands WHERE id = ANY(%s)",
                (list(request_ids),),
            )
            at = Head(*_one(head))
            rows = [(row[0], row[1]) for row in changed.fetchall()]
            known = {row[0]: CommandRow(*row) for row in commands.fetchall()}
        return Snapshot(at, rows if len(rows) <= MAX_CATCH_UP else None, known)

    # -- writing -------------------------------------------------------------------

    def append(self, batch: Batch) -> Appended | Clash:
        """Record a batch in one transaction, unless what it rests on has changed."""
        with self._writing:
            outcome = self._append(batch)
        if isinstance(outcome, Appended):
            self.woken()
        return outcome

    def _append(self, batch: Batch) -> Appended | Clash:
        with self._connected() as connection:
            ids = [command.request_id for command in batch.commands]
            with _pipeline(connection):
                connection.execute(_BEGIN)
                lock = connection.execute(_LOCK)
                clock = connection.execute(_CLOCK)
                check = connection.execute(_CHECK, (ids, list(batch.versions), list(batch.keys)))
                head = Head(*_one(lock))
                now = self._now(_one(clock)[0])
                clash = _clash(batch, check.fetchall())
            if clash is not None:
                connection.execute("ROLLBACK")
                return clash
            return self._insert(connection, batch, head, now)

    def append_locked(self, build: Callable[[], Batch]) -> Appended:
        """Lock the head, then build a batch from what is there now, and record it."""
        with self._writing, self._connected() as connection:
            with _pipeline(connection):
                connection.execute(_BEGIN)
                lock = connection.execute(_LOCK)
                clock = connection.execute(_CLOCK)
                head = Head(*_one(lock))
                now = self._now(_one(clock)[0])
            appended = self._insert(connection, build(), head, now)
        self.woken()
        return appended

    def load(self, parts: Iterable[Loaded]) -> None:
        """Store rows of another log as they are, in one transaction, however long it takes."""
        with _faults(), psycopg.connect(self._url) as connection:
            head = Head(*_one(connection.execute(_LOCK)))
            require_empty(head)
            for part in parts:
                self._store(connection, part)
                head = new_head(part.events, head)
            connection.execute(_MOVE_HEAD, head)

    def settle(self) -> None:
        """Lock the head and commit: an earlier transaction has ended by then.

        The commit writes, so that it waits for a synchronous standby to have everything
        before it too; a lock that is rolled back would not.
        """
        with self._writing:
            self._disconnect()
            with self._connected() as connection:
                connection.execute(_BEGIN)
                connection.execute(_LOCK)
                connection.execute("UPDATE head SET position = position")
                self._commit(connection)

    def _now(self, server_us: int) -> int:
        """This machine's clock, where it is not ahead of the server's.

        One that is ahead would shut every other process out until they have caught up.

        Raises:
            StoreUnavailable: naming the difference.
        """
        now = self._clock()
        if now > server_us + MAX_AHEAD_US:
            seconds = (now - server_us) / 1e6
            raise StoreUnavailable(
                f"this machine's clock is {seconds:.0f} s ahead of the database's; set the clocks"
            )
        return now

    def _insert(self, connection: Connection, batch: Batch, head: Head, now: int) -> Appended:
        rows = stamp(batch, head, now)
        after = new_head(rows, head)
        keys = list(dict.fromkeys(key_rows(batch, head)))
        commands = list(command_rows(batch, head))
        with _pipeline(connection):
            self._store(connection, Loaded(rows, keys, commands))
            if rows:
                connection.execute(_MOVE_HEAD, after)
            for erasure in batch.erasures:
                for sql, params in erasing.statements(erasure):
                    connection.execute(sql.replace("?", "%s"), params)
        self._commit(connection)
        if batch.erasures:
            threading.Thread(target=self._vacuum, name="registry-vacuum", daemon=True).start()
        return Appended(head.position + 1, after)

    def _vacuum(self) -> None:
        """Free the space of deleted content, which the next rows overwrite; nobody waits for it."""
        try:
            with psycopg.connect(self._url, autocommit=True) as connection:
                connection.execute("VACUUM events, event_keys, commands")
        except psycopg.Error as error:
            _logger.warning("what was redacted is left to autovacuum: %s", error)

    @staticmethod
    def _store(connection: Connection, rows: Loaded) -> None:
        if rows.events:
            connection.execute(_INSERT_EVENTS, _columns(rows.events))
        if rows.keys:
            connection.execute(_INSERT_KEYS, _columns(rows.keys))
        if rows.commands:
            connection.execute(_INSERT_COMMANDS, _columns(rows.commands))

    def _commit(self, connection: Connection) -> None:
        self._warned = False
        try:
            connection.execute("COMMIT")
        except psycopg.Error as error:
            raise OutcomeUnknown from error
        if self._warned:
            # A cancelled wait for the synchronous standby is answered with a warning only.
            raise OutcomeUnknown

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Connection]:
        """Give the writing connection; after any error it is closed, so that nothing stays open."""
        try:
            if self._writer is None or self._writer.closed:
                self._writer = self._connect()
            with self._watchdog.watching(self._writer):
                yield self._writer
        except psycopg.Error as error:
            self._disconnect()
            raise _unavailable(error) from error
        except BaseException:
            self._disconnect()
            raise

    def _connect(self) -> Connection:
        if self._closed:
            raise StoreUnavailable("the store is closed")
        options = psycopg.conninfo.conninfo_to_dict(self._url).get("options") or ""
        connection = psycopg.connect(
            self._url, autocommit=True, options=f"{options} {WRITER_OPTIONS}".strip()
        )
        connection.add_notice_handler(self._notice)
        with self._watchdog.watching(connection):
            self._set_up(connection)
        return connection

    @staticmethod
    def _set_up(connection: Connection) -> None:
        setting = _one(connection.execute("SHOW synchronous_commit"))[0]
        if setting in ("off", "local"):
            connection.execute("SET synchronous_commit = on")
        if connection.info.server_version >= _HAS_TRANSACTION_TIMEOUT:
            connection.execute(_BOUND_TRANSACTION)

    def _notice(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        if diagnostic.severity_nonlocalized == "WARNING":
            self._warned = True

    def _disconnect(self) -> None:
        if self._writer is not None:
            with contextlib.suppress(psycopg.Error):
                self._writer.close()
            self._writer = None

    def close(self) -> None:
        """Close every connection."""
        with self._writing:
            self._closed = True
            self._disconnect()
        self._pool.close()
        self._watchdog.close()


@contextlib.contextmanager
def _pipeline(connection: Connection) -> Iterator[None]:
    """Send statements without waiting for the answer to each.

    psycopg would end with Sync and Flush; a Flush stops the clock that Sync has started,
    and idle_in_transaction_session_timeout would never strike.
    """
    with connection.pipeline() as pipeline:
        pipeline._exit_gen = pipeline._sync_gen  # type: ignore[method-assign]  # noqa: SLF001
        yield


def _verify(url: str) -> None:
    with _faults(), psycopg.connect(url) as connection:
        if not _has_log(connection):
            msg = "the database has no registry's log; make one with --create"
            raise StoreFault(msg)
        found = _one(connection.execute("SELECT format FROM log_format"))[0]
        if found != FORMAT:
            msg = f"the log has format {found}; this version reads {FORMAT}"
            raise StoreFault(msg)


def _has_log(connection: Connection) -> bool:
    return _one(connection.execute("SELECT to_regclass('log_format') IS NOT NULL"))[0] is True


def _one(cursor: psycopg.Cursor[tuple[Any, ...]]) -> tuple[Any, ...]:
    row = cursor.fetchone()
    assert row is not None  # noqa: S101 - statements that always answer one row
    return row


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _clash(batch: Batch, now: list[tuple[Any, ...]]) -> Clash | None:
    ids = frozenset(name for kind, name, _ in now if kind == "command")
    streams = frozenset(
        name for kind, name, at in now if kind == "stream" and batch.versions[name] != at
    )
    keys = frozenset(name for kind, name, at in now if kind == "key" and batch.keys[name] != at)
    return Clash(streams, keys, ids) if ids or streams or keys else None


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except psycopg.OperationalError as error:
        raise _unavailable(error) from error
    except psycopg.Error as error:
        msg = f"the database cannot be used as a registry's log: {error}"
        raise StoreFault(msg) from error


def _unavailable(error: Exception) -> StoreUnavailable:
    text = " ".join(str(error).split())
    return StoreUnavailable(f"the store cannot be used now: {text}; nothing was recorded")
