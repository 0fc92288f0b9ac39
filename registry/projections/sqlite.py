"""The views on SQLite: a file for each generation, and a small file that names the live one."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from registry.errors import StoreUnavailable
from registry.projections import sqlite_plans, store
from registry.projections.sqlite_files import (
    File,
    connect,
    lock,
    readable,
    remove,
    unavailable,
)
from registry.projections.store import Checkpoint, Reading, ViewStore, Writing
from registry.projections.tables import VIEW_VERSION, Table, schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

POINTER_FILE = "views.json"
LOCK_FILE = "projector.lock"
MAX_ROWS_PER_INSERT = 128


class SQLiteViews(ViewStore):
    """Generations in a directory that one process owns, perhaps with a child that projects."""

    def __init__(
        self, directory: Path, *, child: bool = False, view_version: int = VIEW_VERSION
    ) -> None:
        """Use what is there; files of a rebuild that was cut off are removed.

        Args:
            directory: where the files are.
            child: the parent may read every generation that was live, and removes it.
            view_version: version of the code that makes them.
        """
        super().__init__(view_version)
        self._directory = directory
        self._child = child
        self._lock = threading.Lock()
        self._rebuilding = threading.Lock()
        self._files: dict[int, File] = {}
        self._live = self._read_pointer()
        if not child:
            self._remove_strays()

    def live(self) -> int:
        """Remember the pointer."""
        return self._live

    def create(self, begun: int = 0) -> int:
        """Make a file."""
        number = max([self._live, *self._files, *self._numbers()], default=0) + 1
        connection = connect(self._path(number), create=True)
        with contextlib.closing(connection), unavailable():
            connection.execute("BEGIN IMMEDIATE")
            for statement in schema("text"):
                connection.execute(statement)
            connection.execute(store.NEW_CHECKPOINT, (self.view_version, begun))
            sqlite_plans.assume(connection)
            connection.execute("COMMIT")
        return number

    @contextlib.contextmanager
    def reading(self) -> Iterator[Reading]:
        """Begin on a connection of the live file."""
        file = self._use_live()
        try:
            with file.reader() as connection:
                yield _SQLiteReading(file.number, connection)
        finally:
            self._leave(file)

    @contextlib.contextmanager
    def writing(self, generation: int = 0) -> Iterator[Writing]:
        """Begin at once on the one connection that writes a file."""
        number = generation or self._live
        with self._lock:
            connection = self._file(number).writer()
        with unavailable():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield _SQLiteWriting(number, connection)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def switching(self, generation: int) -> Iterator[Writing]:
        """Write the pointer after the last batch; the caller keeps others from projecting."""
        with self.writing(generation) as writing:
            yield writing
        self._point_at(generation)

    def drop(self, generation: int) -> None:
        """Remove the file when its last reader has left."""
        with self._lock:
            if generation == self._live:
                return
            file = self._file(generation)
            file.retired = True
        self._leave(file, users=0)

    @contextlib.contextmanager
    def rebuilding(self) -> Iterator[bool]:
        """Take the lock, in this process: nobody else has the directory."""
        mine = self._rebuilding.acquire(blocking=False)
        try:
            yield mine
        finally:
            if mine:
                self._rebuilding.release()

    def follow(self, generation: int) -> None:
        """Answer from the file that a child made live; older ones go with their last readers."""
        with self._lock:
            if generation == self._live:
                return
            self._live = generation
            old = [file for file in self._files.values() if file.number < generation]
            for file in old:
                file.retired = True
        for file in old:
            self._leave(file, users=0)
        self._remove_strays(generation)

    @contextlib.contextmanager
    def handing_over(self) -> Iterator[Sequence[int]]:
        """Lock a file that the child inherits: an earlier one has ended, also an orphan."""
        fd = os.open(self._directory / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            lock(fd)
            self.follow(self._read_pointer() or self._live)
            self._remove_strays()
            yield [fd]
        finally:
            os.close(fd)

    def close(self) -> None:
        """Close every connection that is not in use, and the rest when they are given back."""
        with self._lock:
            for file in self._files.values():
                file.retired = True
                file.close()
            self._files.clear()

    def _path(self, number: int) -> Path:
        return self._directory / f"views-{number}.db"

    def _file(self, number: int) -> File:
        if number not in self._files:
            self._files[number] = File(number, self._path(number))
        return self._files[number]

    def _use_live(self) -> File:
        with self._lock:
            if not self._live:
                raise StoreUnavailable("there is no view yet; it is being made")
            file = self._file(self._live)
            file.users += 1
            return file

    def _leave(self, file: File, users: int = 1) -> None:
        """The last one to leave a retired file removes it."""
        with self._lock:
            file.users -= users
            if not file.retired or file.users:
                return
            self._files.pop(file.number, None)
            file.close()
            removed = not self._child or file.number > self._live
        if removed:
            remove(file.path)

    def _read_pointer(self) -> int:
        """Views are made anew where the pointer or its file is missing or unreadable."""
        try:
            number = int(json.loads((self._directory / POINTER_FILE).read_text())["generation"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0
        return number if readable(self._path(number)) else 0

    def _point_at(self, generation: int) -> None:
        new = self._directory / (POINTER_FILE + ".new")
        new.write_text(json.dumps({"generation": generation}))
        os.replace(new, self._directory / POINTER_FILE)  # noqa: PTH105 - atomic, also over a file
        with self._lock:
            self._live = generation

    def _numbers(self) -> list[int]:
        names = [path.stem.rpartition("-")[2] for path in self._directory.glob("views-*.db")]
        return [int(name) for name in names if name.isdecimal()]

    def _remove_strays(self, before: int | None = None) -> None:
        """Remove what nobody uses; a child may be filling what comes after the live one."""
        for number in self._numbers():
            used = number == self._live or number in self._files
            if not used and (before is None or number < before):
                remove(self._path(number))


class _SQLiteReading(Reading):
    def __init__(self, generation: int, connection: sqlite3.Connection) -> None:
        self.generation = generation
        self._connection = connection
        self.checkpoint = Checkpoint.of(self.rows(store.READ_CHECKPOINT)[0])

    def rows(self, sql: str, **params: int | str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, params).fetchall()

    def stream(self, sql: str, **params: int | str) -> Iterator[tuple[Any, ...]]:
        return self._connection.execute(sql, params)


class _SQLiteWriting(Writing):
    def __init__(self, generation: int, connection: sqlite3.Connection) -> None:
        self.generation = generation
        self._connection = connection
        self.checkpoint = Checkpoint.of(connection.execute(store.READ_CHECKPOINT).fetchone())

    def rows(self, sql: str, **params: int | str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, params).fetchall()

    def insert(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        # Many rows a statement: every statement is a turn of the interpreter's lock. Their number
        # is a power of two, so that there are few statements: to compile one takes longer than to
        # run it.
        start = 0
        while left := len(rows) - start:
            size = min(MAX_ROWS_PER_INSERT, 1 << left.bit_length() - 1)
            values = chain.from_iterable(rows[start : start + size])
            self._connection.execute(_insert_sql(table, size), tuple(values))
            start += size

    def run_many(self, sql: str, params: Sequence[tuple[Any, ...]]) -> int:
        return self._connection.executemany(sql, params).rowcount

    def _found_by(self, table: Table) -> str:
        # Without statistics SQLite takes any index that has a column: every tag of an ecosystem
        # was looked at for each one that ended.
        return f"INDEXED BY {table.name}_1"

    def define(self, statements: Sequence[str]) -> None:
        for statement in statements:
            self._connection.execute(statement)


@cache
def _insert_sql(table: Table, rows: int) -> str:
    row = f"({', '.join('?' * (len(table.columns) + 2))})"
    return f"INSERT INTO {table.name} VALUES {', '.join([row] * rows)}"  # noqa: S608 - our own names
