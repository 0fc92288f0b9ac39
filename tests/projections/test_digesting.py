"""The digest of the views: of what they know at a position, and of nothing else."""

import hashlib
import json
import random

from hypothesis import given
from hypothesis import strategies as st

from registry.projections.digesting import SetHash
from registry.projections.tables import TABLES
from tests.projections.databases import PostgresDatabase, SQLiteDatabase, all_rows
from tests.projections.histories import ListLog
from tests.projections.recording import Recording, cluster, ecosystems, joined, renamed, retracted

A, B = "clusters/a", "clusters/b"


def plain(items):
    """The hash of a set as its definition has it, sum by sum."""
    sums = [0] * 1024
    for item in items:
        data = hashlib.shake_128(item).digest(2048)
        for place in range(1024):
            part = data[2 * place : 2 * place + 2]
            sums[place] = (sums[place] + int.from_bytes(part, "little")) % 2**16
    return hashlib.sha256(b"".join(each.to_bytes(2, "little") for each in sums)).digest()


def hashed(items):
    found = SetHash()
    for item in items:
        found.add(item)
    return found.digest()


@given(st.lists(st.binary(max_size=20), max_size=8), st.randoms())
def test_the_hash_of_a_set_is_as_defined_in_whatever_order(items, draw):
    """Every member counts, as often as it is there."""
    expected = plain(items)
    draw.shuffle(items)
    assert hashed(items) == expected
    if items:
        assert hashed(items[1:]) != expected
        assert hashed([*items, items[0]]) != expected


@given(st.lists(st.binary(max_size=20), max_size=8), st.lists(st.binary(max_size=20), max_size=8))
def test_a_set_is_what_was_put_together_and_taken_out(kept, gone):
    """However it came about."""
    found, added, removed = SetHash(), SetHash(), SetHash()
    for item in kept + gone:
        added.add(item)
    for item in gone:
        removed.add(item)
    found.merge(added)
    found.take_out(removed)
    assert found.digest() == plain(kept)


def test_sums_do_not_run_over():
    """Of more members than 16 bits count."""
    same = hashlib.shake_128(b"x").digest(2048)
    sums = [int.from_bytes(same[n : n + 2], "little") * 70_000 % 2**16 for n in range(0, 2048, 2)]
    expected = hashlib.sha256(b"".join(each.to_bytes(2, "little") for each in sums)).digest()
    assert hashed([b"x"] * 70_000) == expected


def told():
    """A log in which rows begin, end and are taken back."""
    log = ListLog()
    recording = Recording(log)
    recording.each(
        *(cluster(A, on="2010"), cluster(B, country="PL"), ecosystems(A, "digital")),
        *(("partnerships/p", joined("x", A)[1], "2012"), renamed(A, on="2015")),
        *(retracted(A, 2), ecosystems(B, "health", on="2016"), retracted(B, 1)),
    )
    return log


def test_a_digest_is_of_the_position_and_stays(database):
    """What is known later changes nothing, whether it was asked before or after."""
    log = told()
    end = log.head().position
    then = {}
    for position in range(1, end + 1):
        short = ListLog(log.rows[:position])
        views = database.views(short)
        views.wait(position, timeout_s=20)
        then[position] = views.state_digest(position)
        views.close()
    views = database.views(log)
    views.wait(end, timeout_s=20)
    assert {position: views.state_digest(position) for position in then} == then
    assert len(set(then.values())) == len(then) - 1  # a membership of nothing shows nothing


def test_a_digest_is_what_the_document_says(database):
    """The rows, as JSON, of all tables."""
    log = told()
    end = log.head().position
    views = database.views(log)
    with views._store.reading() as reading:
        rows = all_rows(reading)
    for position in (end, end - 3):
        known = [
            [name, *row, known_from, known_to if known_to <= position else None]
            for name, *row, known_from, known_to in rows
            if known_from <= position
        ]
        random.Random(1).shuffle(known)
        texts = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in known]
        assert views.state_digest(position) == plain(text.encode() for text in texts)
    assert {row[0] for row in known} <= {table.name for table in TABLES.values()}


def test_the_digests_of_many_positions_are_those_of_each(database):
    """They come of one reading of the rows, and no row is counted where it was not known yet."""
    log = told()
    views = database.views(log)
    end = log.head().position
    each = {position: views.state_digest(position) for position in range(1, end + 1)}
    assert views.state_digests(each) == each
    assert views.state_digests([end, 3, end]) == {3: each[3], end: each[end]}
    assert views.state_digests([]) == {}


def test_a_row_that_was_changed_changes_the_digest(database):
    """Somebody with the database in hand cannot answer otherwise unseen."""
    log = told()
    views = database.views(log)
    end = log.head().position
    before = views.state_digest(end)
    database.execute("UPDATE tags SET ecosystem = 'retail'", 1)
    assert views.state_digest(end) != before


def test_both_databases_have_one_digest(postgres_url, tmp_path):
    """The same log, the same rows, the same digest."""
    log = told()
    end = log.head().position
    (tmp_path / "views").mkdir()
    found = set()
    for database in (SQLiteDatabase(tmp_path / "views"), PostgresDatabase(postgres_url)):
        with database.closing:
            found.add(database.views(log).state_digest(end))
    assert len(found) == 1
