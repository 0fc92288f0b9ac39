"""A generation is filled without indexes, and comes out as one that followed the log."""

import pytest

from registry.projections import engine, filling
from registry.projections.conditions import OPEN
from tests.projections.databases import content
from tests.projections.recording import cluster, ecosystems

A, B = "clusters/a", "clusters/b"


@pytest.mark.parametrize("most_waiting", [1, 2, 1000])
def test_a_row_may_begin_again_before_its_end_is_written(
    database, log, recording, monkeypatch, most_waiting
):
    """Each end is that of the row which was known then, however long it waited."""
    recording.each(cluster(A), cluster(B))
    for slug in ("digital", "health", "digital", "retail", "digital"):
        recording.each(ecosystems(A, slug, on="2010"), ecosystems(B, slug, on="2010"))
    monkeypatch.setattr(engine, "FILL_LIMIT", 1)
    monkeypatch.setattr(filling, "MAX_WAITING", most_waiting)
    views = database.views(log)
    tags = [row for row in content(views._store) if "digital" in row]
    spans = sorted(row[-2:] for row in tags if A in row)
    first = min(spans)[0]
    assert spans == [(first, first + 2), (first + 4, first + 6), (first + 8, OPEN)]
    assert len(tags) == 2 * len(spans)


def test_a_filled_generation_has_its_indexes(database, log, recording):
    """Also where there was nothing to fill it with."""
    recording.each(cluster(A))
    views = database.views(log)
    expected = sum(len(t.indexes) + t.by_end for t in filling.TABLES.values())
    assert database.indexes(views.status()[0].generation) == expected


def test_what_ends_while_the_indexes_are_made_ends_in_the_new_generation_too(
    database, log, recording, monkeypatch
):
    """Events go on being recorded while a generation is filled."""
    recording.each(cluster(A), ecosystems(A, "digital", on="2010"))
    finish = filling.Filling.finish

    def finish_slowly(self, writing):
        finish(self, writing)
        recording.each(ecosystems(A, "health", on="2010"))

    monkeypatch.setattr(filling.Filling, "finish", finish_slowly)
    views = database.views(log)
    still = [row for row in content(views._store) if row[-1] == OPEN]
    assert [row for row in still if "digital" in row] == []
    assert len([row for row in still if "health" in row]) == 1
