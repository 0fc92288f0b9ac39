"""How SQLite asks the views: by an index, in every registry, whatever is in it."""

import pytest

from registry.domain.effective import day
from registry.projections import sqlite_plans
from registry.projections.sqlite import SQLiteViews
from registry.projections.subjects import Subject
from registry.projections.tables import VIEW_VERSION, indexes
from registry.projections.views import Views
from tests.projections.histories import ListLog
from tests.projections.recording import Recording, announced, cluster

TODAY = day("2026-01-01")


@pytest.fixture
def views(tmp_path):
    log = ListLog()
    Recording(log).each(cluster("clusters/a"), announced("editions/e", "2022"))
    found = Views(log, SQLiteViews(tmp_path))
    found.start()
    yield found
    found.close()


QUESTIONS = {
    "ecosystem": lambda views: views.ecosystem_summary("digital", TODAY),
    "region": lambda views: views.region_summary("PL82", TODAY),
    "edition": lambda views: views.edition_summary("editions/e", TODAY),
    "explained": lambda views: [
        views.explain(Subject.region("PL82", 2024), figure, TODAY, 2024, 10)
        for figure in ("clusters.total", "partnerships.withMembers", "partners.total")
    ],
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_question_looks_at_everything(views, question, monkeypatch):
    """What is asked about a part is found by an index: no table is read from end to end."""
    plans = []
    with views._store.reading() as reading:
        asked = type(reading).rows

    def rows(reading, sql, **params):
        plans.extend(
            (step[3], sql) for step in asked(reading, "EXPLAIN QUERY PLAN " + sql, **params)
        )
        return asked(reading, sql, **params)

    monkeypatch.setattr(type(reading), "rows", rows)
    QUESTIONS[question](views)
    steps = [step for step, _ in plans]
    assert any(step.startswith("SEARCH") for step in steps)
    assert [
        s for s in steps if s.startswith("SCAN") and "checkpoint" not in s and "counted" not in s
    ] == []


def test_every_index_has_its_proportions(tmp_path):
    """A new index is planned for like the others."""
    store = SQLiteViews(tmp_path)
    generation = store.create(VIEW_VERSION)
    with store.switching(generation) as writing:
        writing.define(indexes())
    with store.reading() as reading:
        found = reading.rows("SELECT name FROM sqlite_master WHERE type = 'index'")
        told = reading.rows("SELECT idx FROM sqlite_stat1")
    store.close()
    assert {name for (name,) in found} - {"sqlite_autoindex_checkpoint_1"} == {i for (i,) in told}
    assert {i for (i,) in told} == set(sqlite_plans.ASSUMED)
