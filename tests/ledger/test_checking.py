"""A store is hashed again and compared with a kept checkpoint: whatever was changed is found."""

import contextlib
import json
import os
import random
import sqlite3

import psycopg
import pytest
from click.testing import CliRunner

from registry.__main__ import main
from registry.errors import StoreFault
from registry.events.v1.store_pb2 import EventRedacted
from registry.eventstore.leaf import leaf_hash
from registry.eventstore.sqlite import SQLiteLog
from registry.eventstore.store import EVENTS_FILE
from registry.ledger.checking import check
from tests.ledger.conftest import Place
from tests.projections.recording import Recording, cluster, renamed, retracted

EVENTS = 1000
FLIPS = 60
"""Bytes of the everyday run; `make test-hostile` takes all of them."""
COLUMNS = ("position", "stream", "version", "topic", "recorded_at", "state", "leaf")


class Hostile:
    """Somebody with the database in hand."""

    def __init__(self, path, checkpoint):
        self.path, self.checkpoint = path, checkpoint
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.log = SQLiteLog(path)
        self.rows = self.connection.execute(
            f"SELECT {', '.join(COLUMNS)} FROM events ORDER BY position"  # noqa: S608 - constants
        ).fetchall()

    def found(self, *statements):
        """Whether the check notices what statements do; it is undone afterwards."""
        self.connection.execute("BEGIN")
        for sql, params in statements:
            self.connection.execute(sql, params)
        self.connection.execute("COMMIT")
        try:
            check(self.log, self.checkpoint)
        except StoreFault as error:
            return str(error)
        finally:
            self._undo()
        return ""

    def _undo(self):
        self.connection.execute("BEGIN")
        self.connection.execute("DELETE FROM events")
        marks = ", ".join("?" * len(COLUMNS))
        self.connection.executemany(f"INSERT INTO events VALUES ({marks})", self.rows)  # noqa: S608
        self.connection.execute("COMMIT")

    def flips(self):
        """Every byte of every column of every row."""
        return [
            (number, column, place)
            for number, row in enumerate(self.rows)
            for column, value in zip(COLUMNS, row, strict=True)
            for place in range(8 if isinstance(value, int) else len(value))
        ]

    def flipped(self, number, column, place, bit):
        """What the check says while a bit of a column is changed."""
        row = self.rows[number]
        value = row[COLUMNS.index(column)]
        sql = f"UPDATE events SET {column} = ? WHERE position = ?"  # noqa: S608 - constants
        changed = _flipped(value, place, bit)
        try:
            self.connection.execute(sql, [changed, row[0]])
        except sqlite3.IntegrityError as error:  # another event's stream and version, or position
            return str(error)
        where = changed if column == "position" else row[0]
        try:
            check(self.log, self.checkpoint)
        except StoreFault as error:
            return str(error)
        finally:
            self.connection.execute(sql, [value, where])
        return ""


def _flipped(value, place, bit):
    if isinstance(value, int):
        flipped = value ^ 1 << 8 * place + bit
        return flipped if flipped < 2**63 else flipped - 2**64
    data = bytearray(value.encode() if isinstance(value, str) else value)
    data[place] ^= 1 << bit % 7  # text stays text
    return data.decode(errors="replace") if isinstance(value, str) else bytes(data)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A store of a thousand events, and a checkpoint that somebody kept."""
    directory = tmp_path_factory.mktemp("hostile")
    with contextlib.ExitStack() as closing:
        place = Place(closing, directory / "ledger", directory=directory / "store")
        store = place.open()
        ledger = place.ledger(store.log)
        signed = ledger.newest(place.record(store.log, EVENTS - 1), timeout_s=60)
        ledger.close()
        store.close()
        found = Hostile(directory / "store" / EVENTS_FILE, signed.checkpoint)
        closing.callback(found.connection.close)
        closing.callback(found.log.close)
        check(found.log, signed.checkpoint)
        yield found


def test_a_byte_that_was_changed_is_found(hostile):
    """In any column of any event."""
    draw = random.Random(os.environ.get("HOSTILE_SEED", "1"))
    flips = draw.sample(hostile.flips(), FLIPS)
    assert [f for f in flips if not hostile.flipped(*f, draw.randrange(8))] == []


@pytest.mark.hostile
@pytest.mark.parametrize("part", range(8))
def test_every_byte_that_was_changed_is_found(hostile, part):
    """Every byte of a thousand events in turn."""
    draw = random.Random(part)
    flips = hostile.flips()[part::8]
    if os.environ.get("SHORT"):
        flips = flips[:: len(flips) // 60]
    assert [f for f in flips if not hostile.flipped(*f, draw.randrange(8))] == []


SWAP = (
    ("UPDATE events SET position = -1 WHERE position = ?", [500]),
    ("UPDATE events SET position = 500 WHERE position = ?", [501]),
    ("UPDATE events SET position = 501 WHERE position = ?", [-1]),
)
DROP = (("DELETE FROM events WHERE position = ?", [500]),)
CLOSE_UP = (
    ("DELETE FROM events WHERE position = ?", [500]),
    ("UPDATE events SET position = -position WHERE position > ?", [500]),
    ("UPDATE events SET position = -position - 1 WHERE position < ?", [0]),
)
NEGATIVE = (("UPDATE events SET version = -version WHERE position = ?", [500]),)
NO_TEXT = (("UPDATE events SET stream = x'ff' WHERE position = ?", [500]),)
TAIL = (("DELETE FROM events WHERE position > ?", [900]),)
SHIFT = (("UPDATE events SET recorded_at = recorded_at + 1 WHERE position >= ?", [500]),)


@pytest.mark.parametrize("statements", [SWAP, DROP, CLOSE_UP, TAIL, SHIFT, NEGATIVE, NO_TEXT])
def test_events_that_were_moved_or_dropped_are_found(hostile, statements):
    """The first position that is wrong is named."""
    said = hostile.found(*statements)
    assert f"position {901 if statements is TAIL else 500} is" in said


def test_leaves_that_were_made_to_fit_are_found_by_the_checkpoint(hostile):
    """Content and leaf of another event: only the root tells."""
    other = hostile.rows[600]
    sql = "UPDATE events SET state = ?, leaf = ? WHERE position = ?"
    state = bytes(other[5])
    row = hostile.rows[499]
    leaf = leaf_hash(*row[:5], state)
    assert "not the one that was signed" in hostile.found((sql, [state, leaf, 500]))


def test_an_operator_checks_a_store(embedded):
    """With the checkpoint of the ledger, or a kept one; the first wrong position is named."""
    store = embedded.open()
    ledger = embedded.ledger(store.log)
    signed = ledger.newest(embedded.record(store.log, 5), timeout_s=20)
    ledger.close()
    store.close()
    (key,) = embedded.keys()
    kept = embedded.home.directory / "checkpoint"
    asked = ["check", "--data", str(embedded.directory), "--checkpoint", str(kept)]
    path = embedded.directory.with_name("key.txt")
    path.write_text(f"log {key}\n\n")
    for said in (str(key), str(path)):  # itself, or a file of keys, as `registryctl audit` takes
        result = CliRunner().invoke(main, [*asked, "--key", said])
        assert json.loads(result.stdout)["events"] == 6
    path.write_text("\n")
    result = CliRunner().invoke(main, [*asked, "--key", str(path)])
    assert (result.exit_code, "no key is trusted" in result.stderr) == (1, True)
    result = CliRunner().invoke(main, asked, env={"REGISTRY_VERIFIER_KEY": str(key)})
    assert json.loads(result.stdout) == {"events": 6, "root": signed.checkpoint.root.hex()}
    with contextlib.closing(sqlite3.connect(embedded.directory / EVENTS_FILE)) as connection:
        connection.execute("UPDATE events SET topic = topic || 'x' WHERE position = 3")
        connection.commit()
    result = CliRunner().invoke(main, [*asked, "--key", str(key)])
    assert (result.exit_code, "position 3 is not what was recorded" in result.stderr) == (1, True)


A = "clusters/a"


def test_a_redacted_event_is_checked_by_what_redacted_it(place):
    """Content that is missing without it, or is there again, is found."""
    store = place.open()
    recording = Recording(store.log)
    recording.each(cluster(A), renamed(A, "the words"), retracted(A, 2))
    content = store.log.read_event(A, 2).state
    ledger = place.ledger(store.log)
    before = ledger.newest(4, timeout_s=20).checkpoint
    check(store.log, before)
    recording.redact(A, 2)
    after = ledger.newest(5, timeout_s=20).checkpoint
    for checkpoint in (before, after):
        check(store.log, checkpoint)
    change(place, "UPDATE events SET state = ? WHERE position = 3", content)
    with pytest.raises(StoreFault, match="position 3 has content, though it was redacted"):
        check(store.log, after)
    change(place, "UPDATE events SET state = NULL WHERE position = 2")
    with pytest.raises(StoreFault, match="position 2 has no content, and nothing redacted it"):
        check(store.log, after)


def change(place, sql, *params):
    """Change the database behind the back of the service."""
    if place.url is None:
        with contextlib.closing(sqlite3.connect(place.directory / EVENTS_FILE)) as connection:
            connection.execute(sql, params)
            connection.commit()
        return
    with psycopg.connect(place.url) as connection:
        connection.execute(sql.replace("?", "%s"), params)


def test_a_redaction_of_another_digest_is_found(embedded):
    """The leaf of the redacted event is not made from it."""
    store = embedded.open()
    recording = Recording(store.log)
    recording.each(cluster(A), renamed(A, "the words"), retracted(A, 2))
    change(embedded, "UPDATE events SET state = NULL WHERE position = 3")
    recording.record((A, EventRedacted(version=2, state_sha256=bytes(32)), None))
    signed = embedded.ledger(store.log).newest(5, timeout_s=20)
    with pytest.raises(StoreFault, match="position 3 is not what was recorded"):
        check(store.log, signed.checkpoint)


@pytest.mark.parametrize("version", [0, 9, -1])
def test_a_redaction_of_what_is_not_before_it_is_found(embedded, version):
    """Whoever has the database made its leaf fit."""
    store = embedded.open()
    recording = Recording(store.log)
    recording.record(cluster(A))
    said = EventRedacted(version=version, state_sha256=bytes(32))
    signed = embedded.ledger(store.log).newest(recording.record((A, said, None)), timeout_s=20)
    with pytest.raises(StoreFault, match="position 3 redacts what is not before it"):
        check(store.log, signed.checkpoint)
