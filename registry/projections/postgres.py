"""The views on PostgreSQL: a schema for each generation, and a table that names the live ones.

Several processes may follow one log. None is the leader: whoever has something to project locks
the pointer (shared) and the checkpoint, goes on from the position it finds there, and commits both
together. So a batch is projected once whoever comes first, a process sees its own writes without
waiting for another one's clock, and nobody has to be elected or found dead.

Each version of the code has a live generation of its own, so that services of two versions answer
side by side while one takes the other's place. Every connection holds an advisory lock (shared) on
the version of its process: a version that nobody holds is run by nobody.
"""

from __future__ import annotations

import contextlib
import re
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from registry.errors import StoreUnavailable
from registry.projections import store
from registry.projections.store import Checkpoint, GenerationGone, Reading, ViewStore, Writing
from registry.projections.tables import VIEW_VERSION, Table, schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

READERS = 8
STREAMED = 5000
"""Rows that come at once, of very many."""
POOL_TIMEOUT_S = 5.0
RECONNECT_TIMEOUT_S = 1.5
REBUILD_LOCK = 0x43524547_56494557
"""Key of the advisory lock of whoever fills a new generation."""
VERSION_LOCK = 0x56494557
"""First key of the advisory locks of the versions at work; the second is the version."""
TEXT = 'text COLLATE "C"'

# A dead peer is noticed in seconds; a standby is never taken for the primary.
CONNECTION = {
    "target_session_attrs": "read-write",
    "connect_timeout": "2",
    "keepalives_idle": "3",
    "keepalives_interval": "1",
    "keepalives_count": "3",
    "tcp_user_timeout": "4000",
}
# A frozen projector must not hold the checkpoint. Views may lose their last batches in a crash of
# the server: they are projected again.
WRITER_OPTIONS = (
    "-c synchronous_commit=off -c idle_in_transaction_session_timeout=10000 -c lock_timeout=2000"
    " -c tcp_keepalives_idle=3 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3"
)

_POINTERS = """
CREATE TABLE IF NOT EXISTS public.views_live (
    view_version integer PRIMARY KEY,
    generation integer NOT NULL
)
"""
_NUMBERS = "CREATE SEQUENCE IF NOT EXISTS public.views_generations"
_NEXT = "SELECT nextval('public.views_generations')"
_LIVE = "SELECT generation FROM public.views_live WHERE view_version = %s"
_POINT = """
INSERT INTO public.views_live VALUES (%s, %s)
ON CONFLICT (view_version) DO UPDATE SET generation = excluded.generation
"""
_POINTED_AT = "SELECT 1 FROM public.views_live WHERE generation = %s FOR SHARE"
_HOLD = "SELECT pg_advisory_lock_shared(%s, %s)"
_RETIRE = """
DELETE FROM public.views_live
WHERE view_version <> %s AND pg_try_advisory_xact_lock(%s, view_version)
RETURNING generation
"""
_USE = "SELECT set_config('search_path', 'views_' || %s::text, true)"
_USE_LIVE = (
    f"SELECT generation, set_config('search_path', 'views_' || generation, true) FROM ({_LIVE}) p"  # noqa: S608 - constants
)
_BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

Connection = psycopg.Connection[tuple[Any, ...]]


class PostgresViews(ViewStore):
    """Generations in one database that any number of processes share."""

    def __init__(self, url: str, view_version: int = VIEW_VERSION) -> None:
        """Use what is there, or make the table of pointers.

        Raises:
            StoreUnavailable: where the server cannot be reached.
        """
        super().__init__(view_version)
        self._url = psycopg.conninfo.make_conninfo(url, **CONNECTION)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._writers: list[Connection] = []
        with _faults(), self._connect() as connection:
            # Two processes that start together would both find no table.
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (REBUILD_LOCK - 1,))
            connection.execute(_POINTERS)
            connection.execute(_NUMBERS)
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            self._url,
            kwargs={"autocommit": True},
            configure=self._hold,
            min_size=1,
            max_size=READERS,
            timeout=POOL_TIMEOUT_S,
            reconnect_timeout=RECONNECT_TIMEOUT_S,
            open=True,
        )

    def live(self) -> int:
        """Read the pointer."""
        with _faults(), self._pool.connection() as connection:
            found = connection.execute(_LIVE, (self.view_version,)).fetchone()
        return int(found[0]) if found else 0

    def create(self, begun: int = 0) -> int:
        """Make a schema."""
        with _faults(), self._transaction() as connection:
            number = int(_one(connection.execute(_NEXT))[0])
            connection.execute(_sql(f"CREATE SCHEMA views_{number}"))
            connection.execute(_USE, (number,))
            for statement in schema(TEXT):
                connection.execute(_sql(statement))
            connection.execute(_sql(store.NEW_CHECKPOINT), (self.view_version, begun))
        return number

    @contextlib.contextmanager
    def reading(self) -> Iterator[Reading]:
        """Begin, find the live schema and its checkpoint in one round trip."""
        try:
            with _faults(), self._pool.connection() as connection:
                with connection.pipeline():
                    connection.execute(_BEGIN_READ)
                    found = connection.execute(_USE_LIVE, (self.view_version,))
                    checkpoint = connection.execute(store.READ_CHECKPOINT)
                generation = int(_one(found)[0])
                yield _PostgresReading(connection, generation, Checkpoint.of(_one(checkpoint)))
        except GenerationGone:
            raise
        except StoreUnavailable:
            self._pool.check()  # where one connection is dead, others are
            raise

    @contextlib.contextmanager
    def writing(self, generation: int = 0) -> Iterator[Writing]:
        """Lock the pointer (shared) and the checkpoint."""
        with _faults(), self._transaction() as connection:
            yield _writing(connection, generation or self._lock_live(connection))

    @contextlib.contextmanager
    def switching(self, generation: int) -> Iterator[Writing]:
        """Lock the pointer, so that nobody projects, and move it at the end."""
        with _faults(), self._transaction() as connection:
            # From here on nobody projects: they all begin by sharing the pointer's lock.
            connection.execute(_LIVE + " FOR UPDATE", (self.view_version,))
            yield _writing(connection, generation)
            connection.execute(_POINT, (self.view_version, generation))

    def drop(self, generation: int) -> None:
        """Drop the schema; waits a moment for those who read it."""
        with _faults(), self._transaction() as connection:
            # After a lost answer to its COMMIT a switch may have happened all the same.
            if not connection.execute(_POINTED_AT, (generation,)).fetchone():
                connection.execute(_sql(f"DROP SCHEMA IF EXISTS views_{generation} CASCADE"))

    def retire(self) -> None:
        """Take the pointer of a version that nobody holds, then drop what it pointed to."""
        with _faults(), self._transaction() as connection:
            # Who starts with such a version waits for the lock, and then finds no pointer.
            found = connection.execute(_RETIRE, (self.view_version, VERSION_LOCK)).fetchall()
        for (generation,) in found:
            self.drop(generation)

    @contextlib.contextmanager
    def rebuilding(self) -> Iterator[bool]:
        """Take the advisory lock, and remove what is left of earlier ones."""
        # Held by a session of its own: it ends with the process, whatever happens.
        with _faults():
            connection = self._connect(autocommit=True)
        with contextlib.closing(connection):
            with _faults():
                mine = _one(connection.execute("SELECT pg_try_advisory_lock(%s)", (REBUILD_LOCK,)))
            if mine[0]:
                self._drop_strays()
            yield bool(mine[0])

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            while self._writers:
                self._writers.pop().close()
        self._pool.close()

    def _drop_strays(self) -> None:
        """Remove what rebuilds that were cut off left behind."""
        with _faults(), self._transaction() as connection:
            found = connection.execute(
                "SELECT nspname FROM pg_namespace WHERE nspname ~ '^views_[0-9]+$'"
            ).fetchall()
        for (name,) in found:
            self.drop(int(name.rpartition("_")[2]))

    def _lock_live(self, connection: Connection) -> int:
        """Share the lock of the pointer; the generation."""
        found = connection.execute(_LIVE + " FOR SHARE", (self.view_version,)).fetchone()
        if not found:
            raise GenerationGone("there are no views of this version")
        return int(found[0])

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """Hold a transaction of this thread's own connection, which is closed after any error."""
        connection = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            connection = self._local.connection = self._connect(autocommit=True)
            with self._lock:
                self._writers = [c for c in self._writers if not c.closed] + [connection]
        try:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise

    def _connect(self, *, autocommit: bool = False) -> Connection:
        options = psycopg.conninfo.conninfo_to_dict(self._url).get("options") or ""
        options = f"{options} {WRITER_OPTIONS}".strip()
        connection = psycopg.connect(self._url, autocommit=True, options=options)
        self._hold(connection)
        connection.autocommit = autocommit
        return connection

    def _hold(self, connection: Connection) -> None:
        """Say for as long as the connection lives that this version is at work."""
        connection.execute(_HOLD, (VERSION_LOCK, self.view_version))


class _PostgresReading(Reading):
    def __init__(self, connection: Connection, generation: int, checkpoint: Checkpoint) -> None:
        self._connection = connection
        self.generation = generation
        self.checkpoint = checkpoint

    def rows(self, sql: str, **params: int | str) -> list[tuple[Any, ...]]:
        return self._connection.execute(_named(sql), params).fetchall()

    def stream(self, sql: str, **params: int | str) -> Iterator[tuple[Any, ...]]:
        with self._connection.cursor("stream") as cursor:
            cursor.itersize = STREAMED
            yield from cursor.execute(_named(sql), params)


class _PostgresWriting(Writing):
    def __init__(self, connection: Connection, generation: int, checkpoint: Checkpoint) -> None:
        self._connection = connection
        self.generation = generation
        self.checkpoint = checkpoint

    def rows(self, sql: str, **params: int | str) -> list[tuple[Any, ...]]:
        return self._connection.execute(_named(sql), params).fetchall()

    def insert(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        statement = _sql(f"COPY {table.name} FROM STDIN")
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def run_many(self, sql: str, params: Sequence[tuple[Any, ...]]) -> int:
        with self._connection.cursor() as cursor:
            cursor.executemany(_sql(sql), params)
            return cursor.rowcount

    def define(self, statements: Sequence[str]) -> None:
        for statement in statements:
            self._connection.execute(_sql(statement))


def _writing(connection: Connection, generation: int) -> Writing:
    connection.execute(_USE, (generation,))
    found = connection.execute(store.READ_CHECKPOINT + " FOR UPDATE")
    return _PostgresWriting(connection, generation, Checkpoint.of(_one(found)))


def _sql(sql: str) -> str:
    """Our own statement, with psycopg's marks for parameters by place."""
    return sql.replace("?", "%s")


@lru_cache(maxsize=1000)
def _named(sql: str) -> str:
    """Our own statement, with psycopg's marks for parameters by name."""
    return re.sub(r":([a-z_]+)", r"%(\1)s", sql)


def _one(cursor: psycopg.Cursor[tuple[Any, ...]]) -> tuple[Any, ...]:
    row = cursor.fetchone()
    assert row is not None  # noqa: S101 - statements that always answer one row
    return row


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    """Say what can be tried again; what is wrong in a statement stays what it is."""
    try:
        yield
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
        raise GenerationGone(f"the views were replaced while they were used: {error}") from error
    except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
        text = " ".join(str(error).split())
        raise StoreUnavailable(f"the views cannot be used now: {text}") from error
