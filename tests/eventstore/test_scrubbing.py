"""What was redacted is in no file of a SQLite store any more, whatever came between."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.application import Registry
from registry.errors import StoreUnavailable
from registry.eventstore import sqlite
from registry.eventstore.scrubbing import DUE_FILE
from registry.eventstore.sqlite import SQLiteLog
from registry.eventstore.store import create_sqlite, open_sqlite
from registry.v1.cluster_service_pb2 import AddClusterIdentifierRequest
from registry.v1.event_service_pb2 import RetractEventRequest
from tests.eventstore.places import SQLitePlace
from tests.eventstore.requests import X, ask, check_log, options, register, rename
from tests.eventstore.test_redaction import redact
from tests.postgres import wait_until

NAME, VALUE = b"Karla Nowhere-Name", b"nowhere-value"
REASON, SOURCE, WHY = b"nowhere-reason", b"nowhere-source", b"nowhere-retraction"
WORDS = (NAME, VALUE, REASON, SOURCE, WHY)
OTHERS = 300
"""Events before and after them, so that pages are split and freed."""


def record_words(registry: Registry) -> None:
    """Record the words in events 2 and 3 of a cluster and in what retracts them (4 and 5)."""
    ask(registry, register())
    said: Any = options(reason=REASON.decode(), provenance=[{"citation": SOURCE.decode()}])
    ask(registry, rename(NAME.decode(), reason=REASON.decode()))
    identify = AddClusterIdentifierRequest(
        options=said, cluster=X, scheme="local", value=VALUE.decode()
    )
    ask(registry, identify)
    why: Any = {"reason": WHY.decode()}
    ask(registry, RetractEventRequest(options=why, stream=X, versions=[2, 3]))


def record_others(registry: Registry, first: int) -> None:
    """Record many events beside them."""
    for number in range(first, first + OTHERS):
        ask(registry, register(f"o{number}", f"Another one, number {number}"))


def redact_words(registry: Registry) -> None:
    """Redact all that has a word of them."""
    for version in (2, 3, 4, 5):
        ask(registry, redact(version))


def found(directory: Path) -> dict[str, set[bytes]]:
    """Words that are in the files of a directory, by file."""
    contents = {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}
    words = {name: {word for word in WORDS if word in data} for name, data in contents.items()}
    return {name: there for name, there in words.items() if there}


def is_due(directory: Path) -> bool:
    """Whether the files are still to be written anew."""
    return (directory / DUE_FILE).exists()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[SQLitePlace]:
    """A directory."""
    place = SQLitePlace(tmp_path)
    with place.closing:
        yield place


@contextlib.contextmanager
def opened(place: SQLitePlace) -> Iterator[Registry]:
    """A registry over the store there; given back at the end."""
    store = place.store()
    registry = Registry(store)
    try:
        yield registry
    finally:
        registry.close()
        store.close()


def test_when_it_is_answered_no_file_has_it(place: SQLitePlace, tmp_path: Path):
    """Neither the database nor the log ahead of it: no name, identifier, reason or source."""
    with opened(place) as registry:
        record_others(registry, 0)
        record_words(registry)
        record_others(registry, OTHERS)
        there = found(tmp_path)
        assert set().union(*there.values()) == set(WORDS)
        redact_words(registry)
        assert found(tmp_path) == {}
        assert not is_due(tmp_path)
        ask(registry, rename("Y"))
        assert found(tmp_path) == {}
    assert found(tmp_path) == {}
    check_log(place)


def test_what_was_copied_into_the_file_goes_too(place: SQLitePlace, tmp_path: Path):
    """Also after it lay in the database itself for long."""
    with opened(place) as registry:
        record_words(registry)
        record_others(registry, 0)
    assert found(tmp_path).keys() == {"events.db"}
    with opened(place) as registry:
        redact_words(registry)
        assert found(tmp_path) == {}
    check_log(place)


def die_before_scrubbing(directory: str) -> None:
    """Redact the words, and be killed when that is recorded, before the file is written anew."""
    create_sqlite(Path(directory))
    store = open_sqlite(Path(directory))
    registry = Registry(store)
    record_words(registry)
    for version in (2, 3, 4):
        ask(registry, redact(version))
    log = store.log
    assert isinstance(log, SQLiteLog)
    log._writer.set_trace_callback(lambda sql: _die() if sql.startswith("VACUUM") else None)
    ask(registry, redact(5))


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_killed_in_between_leaves_it_to_the_next(place: SQLitePlace, tmp_path: Path):
    """What it recorded stands; the file is written anew before anything else is recorded."""
    program = "import sys; from tests.eventstore import test_scrubbing as t"
    child = subprocess.run(
        [sys.executable, "-c", f"{program}; t.die_before_scrubbing(sys.argv[1])", str(tmp_path)],
        check=False,
    )
    assert child.returncode == -signal.SIGKILL
    assert is_due(tmp_path)
    assert WHY in set().union(*found(tmp_path).values())
    with opened(place) as registry:
        ask(registry, rename("Y"))
        assert found(tmp_path) == {}
        assert not is_due(tmp_path)
        assert ask(registry, redact(5)).events == ()
    check_log(place)


@pytest.fixture
def reader(place: SQLitePlace, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """Somebody who reads the file as it was with the words, for long."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.1)
    with opened(place) as registry:
        record_words(registry)
    connection = sqlite3.connect(place.path, isolation_level=None)
    connection.execute("BEGIN")
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (6,)
    with contextlib.closing(connection):
        yield connection


def test_while_it_is_read_it_is_left_to_the_next_start(
    place: SQLitePlace, tmp_path: Path, reader: sqlite3.Connection
):
    """The redaction is answered and the reader reads on; the words go when it is gone."""
    with opened(place) as registry:
        redact_words(registry)
        assert is_due(tmp_path)
        assert reader.execute("SELECT count(*) FROM events WHERE state IS NULL").fetchone() == (0,)
    assert is_due(tmp_path)
    reader.close()
    with opened(place):
        wait_until(lambda: not is_due(tmp_path), "the file to be written anew")
        assert found(tmp_path) == {}
    check_log(place)


def test_while_it_is_read_it_is_left_to_the_next_redaction(
    place: SQLitePlace, tmp_path: Path, reader: sqlite3.Connection
):
    """Which writes the file anew for both."""
    with opened(place) as registry:
        for version in (2, 3, 4):
            ask(registry, redact(version))
        reader.close()
        assert is_due(tmp_path)
        ask(registry, redact(5))
        assert not is_due(tmp_path)
        assert found(tmp_path) == {}
    check_log(place)


def test_what_cannot_be_noted_is_not_begun(place: SQLitePlace, tmp_path: Path):
    """Else a process that is killed would leave copies that nobody looks for."""
    with opened(place) as registry:
        record_words(registry)
        (tmp_path / DUE_FILE).symlink_to(tmp_path / "full" / "disk")
        with pytest.raises(StoreUnavailable, match="nothing was recorded"):
            ask(registry, redact(2))
        (tmp_path / DUE_FILE).unlink()
        assert registry.head() == 6
        assert ask(registry, redact(2)).events
    check_log(place)


def test_what_erases_nothing_leaves_the_files_alone(place: SQLitePlace, tmp_path: Path):
    """Nothing is due after what is only validated, or was done already."""
    with opened(place) as registry:
        record_words(registry)
        ask(registry, redact(2, validate_only=True))
        assert not is_due(tmp_path)
        assert NAME in set().union(*found(tmp_path).values())


def test_it_is_tried_again_when_nobody_reads_any_more(
    place: SQLitePlace,
    tmp_path: Path,
    reader: sqlite3.Connection,
    monkeypatch: pytest.MonkeyPatch,
):
    """By itself, while the service runs."""
    monkeypatch.setattr(sqlite, "RETRY_S", 0.2)
    with opened(place) as registry:
        redact_words(registry)
        assert is_due(tmp_path)
        reader.close()
        wait_until(lambda: not is_due(tmp_path), "the file to be written anew")
        assert found(tmp_path) == {}
    check_log(place)
