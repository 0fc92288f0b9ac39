"""Stores: made once, owned by one process, and never silently replaced by an empty one."""

import os
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from registry.application import Registry
from registry.errors import StoreFault, StoreUnavailable
from registry.events.v1 import store_pb2
from registry.eventstore import ownership
from registry.eventstore.envelope import open_row
from registry.eventstore.ownership import Ownership, StoreOwned
from registry.eventstore.postgres import PostgresLog
from registry.eventstore.rows import Appended, Batch, Clash
from registry.eventstore.sqlite import SQLiteLog
from registry.eventstore.store import (
    EVENTS_FILE,
    create_postgres,
    create_sqlite,
    open_postgres,
    open_sqlite,
)
from tests.eventstore.batches import batch, command, event, record
from tests.eventstore.places import Place, PostgresPlace, SQLitePlace
from tests.eventstore.requests import ask, register

# --- on both databases -----------------------------------------------------------------------


def test_a_store_begins_with_its_creation(place: Place):
    """Position 1 is StoreCreated: the store's identity, for ever."""
    store = place.store()
    (row,) = store.log.read_after(0, 10)
    opened = open_row(row)
    assert row[:4] == (1, "store", 1, "registry.events.v1.StoreCreated")
    assert opened.recorded.event == store_pb2.StoreCreated(store_id=store.store_id, format=1)
    assert opened.recorded.at is None
    assert opened.metadata.actor == "principals/local"
    assert opened.metadata.command_id == ""
    assert uuid.UUID(store.store_id).version == 7


def test_a_store_keeps_its_identity(place: Place):
    """Opened again it is the same store, and nothing was recorded by opening it."""
    first = place.store()
    store_id = first.store_id
    first.close()
    first.close()
    again = place.store()
    assert again.store_id == store_id
    assert again.log.head().position == 1


def test_a_store_is_not_created_where_there_is_one(place: Place):
    store_id = place.store().store_id
    with pytest.raises(StoreFault, match="already"):
        create_again(place)
    place.closing.close()
    assert place.store().store_id == store_id


def create_again(place: Place) -> None:
    """Make a store in the same place."""
    if isinstance(place, SQLitePlace):
        create_sqlite(place.directory)
    elif isinstance(place, PostgresPlace):
        create_postgres(place.url)


def test_a_store_whose_creation_was_interrupted_is_refused(place: Place):
    """A log without its first event is no store, and says what to do."""
    place.create()
    with pytest.raises(StoreFault, match="creation was interrupted"):
        place.store()


def test_a_log_that_does_not_begin_with_its_creation_is_refused(place: Place):
    place.create()
    place.log().append_locked(lambda: batch(event("a")))
    with pytest.raises(StoreFault):
        place.store()


# --- SQLite ----------------------------------------------------------------------------------


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with a store that is not open."""
    create_sqlite(tmp_path)
    return tmp_path


def test_a_missing_store_is_not_created_by_opening_it(tmp_path: Path):
    with pytest.raises(StoreFault, match="--create"):
        open_sqlite(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no database, but long enough for a header\n" * 100])
def test_a_file_that_is_no_database_is_refused(directory: Path, content: bytes):
    """An empty file is never taken for a new store, and is left as it is."""
    file = directory / EVENTS_FILE
    file.write_bytes(content)
    with pytest.raises(StoreFault):
        open_sqlite(directory)
    with pytest.raises(StoreFault, match="already"):
        create_sqlite(directory)
    assert file.read_bytes() == content


def test_a_foreign_database_is_refused(tmp_path: Path):
    """A SQLite file of another program stays untouched."""
    file = tmp_path / EVENTS_FILE
    with closing(sqlite3.connect(file)) as foreign:
        foreign.execute("CREATE TABLE events (position INTEGER)")
        foreign.commit()
    before = file.read_bytes()
    with pytest.raises(StoreFault, match="not a registry's log"):
        open_sqlite(tmp_path)
    assert file.read_bytes() == before


def test_another_format_is_refused(directory: Path):
    with closing(sqlite3.connect(directory / EVENTS_FILE)) as connection:
        connection.execute("PRAGMA user_version = 2")
    with pytest.raises(StoreFault, match="format 2; this version reads 1"):
        open_sqlite(directory)


@pytest.mark.parametrize("size", [1, 50, 100, 4096, 8192, 12288])
def test_a_truncated_file_is_refused(directory: Path, size: int):
    """However much of the file is left, it is a fault and not an empty store."""
    file = directory / EVENTS_FILE
    assert file.stat().st_size > size
    os.truncate(file, size)
    with pytest.raises(StoreFault):
        open_sqlite(directory)


def test_commits_reach_the_disk(directory: Path):
    """synchronous=FULL and WAL hold on the writing connection, and are not taken for granted."""
    with closing(SQLiteLog(directory / EVENTS_FILE)) as log:
        assert log._writer.execute("PRAGMA synchronous").fetchone() == (2,)
        assert log._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        log._writer.execute("PRAGMA synchronous = NORMAL")
        with pytest.raises(StoreFault, match="synchronous=FULL"):
            log._verify()


def test_settling_writes(directory: Path):
    """Or an earlier commit, whose sync failed, would be taken for durable."""
    wal = directory / f"{EVENTS_FILE}-wal"
    with closing(SQLiteLog(directory / EVENTS_FILE)) as log:
        for _ in range(2):
            before, head = wal.stat().st_size, log.head()
            log.settle()
            assert wal.stat().st_size > before
            assert log.head() == head


def test_what_a_killed_process_recorded_is_synced_before_it_is_answered(directory: Path):
    """A command that is there already is answered without a commit of its own."""
    wal = directory / f"{EVENTS_FILE}-wal"
    request = register(request_id="known")
    for repeated in (False, True):
        with closing(open_sqlite(directory)) as store, closing(Registry(store)) as registry:
            assert ask(registry, request).repeated is repeated
            assert wal.stat().st_size > 0


def test_another_journal_mode_is_refused(directory: Path):
    with closing(sqlite3.connect(directory / EVENTS_FILE)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    with pytest.raises(StoreFault, match="WAL"):
        open_sqlite(directory)


@pytest.mark.parametrize("replace", [False, True], ids=["deleted", "replaced"])
def test_a_file_that_goes_away_while_open_is_noticed(directory: Path, replace: bool):  # noqa: FBT001
    """Nothing is acknowledged that is written into a file that nobody will find again."""
    store = open_sqlite(directory)
    file = directory / EVENTS_FILE
    kept = file.read_bytes()
    for part in directory.glob(f"{EVENTS_FILE}*"):
        part.unlink()
    if replace:
        file.write_bytes(kept)
    with pytest.raises(StoreUnavailable, match="deleted or replaced"):
        store.log.append(batch(event("a"), head=1))
    with pytest.raises(StoreUnavailable, match="deleted or replaced"):
        store.log.append_locked(lambda: batch(event("a")))
    store.close()
    assert file.exists() == replace


def test_a_deleted_file_is_not_made_anew_by_a_reader(directory: Path):
    """A reader that comes after the file is gone gets an error, and no new empty file."""
    log = SQLiteLog(directory / EVENTS_FILE)
    for part in directory.glob(f"{EVENTS_FILE}*"):
        part.unlink()
    with closing(log), pytest.raises(StoreUnavailable):
        log.head()
    assert not (directory / EVENTS_FILE).exists()


def test_the_head_of_an_owned_file_is_right_after_everything(tmp_path: Path):
    """The owner remembers the head; it is that of the file, whatever became of a batch."""
    place = SQLitePlace(tmp_path)

    def build() -> Batch:
        raise ZeroDivisionError

    def check() -> None:
        assert [tuple(log.head())] == place.rows("SELECT position, recorded_at FROM head")

    with place.closing:
        log = place.store().log
        check()
        record(log, event("a"), commands=[command("one", 0, 1)])
        check()
        assert isinstance(log.append(batch(event("b"), versions={"a": 0})), Clash)
        assert isinstance(log.append(batch(event("b"), commands=[command("one")], head=2)), Clash)
        check()
        with pytest.raises(ZeroDivisionError):
            log.append_locked(build)
        with pytest.raises(StoreUnavailable):
            log.append(batch(event("a"), head=2))
        check()
        assert isinstance(log.append(batch(commands=[command("two")], head=2)), Appended)
        check()
        log.append_locked(lambda: batch(event("b")))
        check()
        assert log.head().position == 3


OWNER = """
import sys
from pathlib import Path
from registry.eventstore.store import open_sqlite
store = open_sqlite(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_owner(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """A second process that has the store open until it is told to end, or killed."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "open\n"
        yield owner


def test_a_second_process_is_refused_and_told_who_has_the_store(directory: Path):
    """One process owns a store; killed, it gives it back at once."""
    with another_owner(directory) as owner:
        with pytest.raises(StoreOwned, match=f"in use by process {owner.pid}; stop it"):
            open_sqlite(directory)
        owner.kill()
    store = open_sqlite(directory)
    store.close()


def test_a_closed_store_can_be_opened_again(directory: Path, monkeypatch: pytest.MonkeyPatch):
    """Also after an attempt that failed: nothing stays locked."""
    # A process that has the owner's id may be another one after a reboot: it is waited for.
    monkeypatch.setattr(ownership, "ORPHAN_S", 0.2)
    store = open_sqlite(directory)
    with pytest.raises(StoreOwned, match=f"process {os.getpid()};"):
        open_sqlite(directory)
    store.close()
    with closing(sqlite3.connect(directory / EVENTS_FILE)) as connection:
        connection.execute("PRAGMA user_version = 2")
    with pytest.raises(StoreFault, match="format"):
        open_sqlite(directory)
    Ownership(directory).release()


# --- PostgreSQL ------------------------------------------------------------------------------


def test_an_empty_database_is_no_store(postgres_url: str):
    with pytest.raises(StoreFault, match="make one with --create"):
        open_postgres(postgres_url)


def test_another_format_of_the_database_is_refused(postgres_place: PostgresPlace):
    postgres_place.rows("UPDATE log_format SET format = 2")
    with pytest.raises(StoreFault, match="format 2; this version reads 1"):
        postgres_place.log()


def test_a_server_that_cannot_be_reached_is_unavailable():
    with pytest.raises(StoreUnavailable):
        open_postgres("postgresql://nobody@127.0.0.1:1/none")


def test_database_functions_are_refused(postgres_url: str, monkeypatch: pytest.MonkeyPatch):
    """The library's switch that takes away the lock of the log stops the service (trap P2)."""
    create_postgres(postgres_url)
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", "y")
    with pytest.raises(StoreFault, match="POSTGRES_ENABLE_DB_FUNCTIONS"):
        open_postgres(postgres_url)


def test_a_connection_that_was_cut_is_made_again(postgres_place: PostgresPlace):
    """After the server cut every connection, reading goes on and writing says so once."""
    log = postgres_place.log()
    record(log, event("a"))
    postgres_place.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert log.head().position == 1
    with pytest.raises(StoreUnavailable, match="nothing was recorded"):
        log.append(batch(event("b"), head=1))
    record(log, event("b"))


def test_commits_wait_for_the_disk_even_where_the_database_does_not(own_postgres_url: str):
    """synchronous_commit=off of a database is not taken over by the writer."""
    PostgresLog.create(own_postgres_url)
    with psycopg.connect(own_postgres_url, autocommit=True) as connection:
        name = own_postgres_url.rpartition("/")[2]
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    with closing(PostgresLog(own_postgres_url)) as log, log._connected() as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
