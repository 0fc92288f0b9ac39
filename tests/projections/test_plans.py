"""How SQLite asks the views: by an index, in every registry, whatever is in it."""

import pytest

from registry.domain.effective import day
from registry.projections import sqlite_plans
from registry.projections.sqlite import SQLiteViews
from registry.projections.subjects import Subject
from registry.projections.tables import indexes
from registry.projections.views import Views
from tests.projections.histories import ListLog
from tests.projections.recording import Recording, announced, cluster

TODAY = day("2026-01-01")


@pytest.fixture
def views(tmp_path):
    log = ListLog()
    facts = (cluster("clusters/a"), announced("editions/e", "2022"), cluster("clusters/b"))
    Recording(log).each(*facts)
    found = Views(log, SQLiteViews(tmp_path))
    found.start()
    yield found
    found.close()


SPECIALISED = "specialisation.clusters.digital"
QUESTIONS = {
    "ecosystem": lambda views, **known: views.ecosystem_summary("digital", TODAY, **known),
    "region": lambda views, **known: views.region_summary("PL82", TODAY, **known),
    "edition": lambda views, **known: views.edition_summary("editions/e", TODAY, **known),
    "specialisation of a region": lambda views, **known: views.specialisation(
        Subject.region("PL82", 2024), TODAY, **known
    ),
    "specialisation of an ecosystem": lambda views, **known: views.specialisation(
        Subject.ecosystem("digital"), TODAY, **known
    ),
    "explained": lambda views, **known: [
        views.explain(Subject.region("PL82", 2024), figure, TODAY, 2024, 10, **known)
        for figure in ("clusters.total", "partnerships.withMembers", "partners.total", SPECIALISED)
    ],
}


@pytest.mark.parametrize("position", [None, 2])
@pytest.mark.parametrize("question", QUESTIONS)
def test_no_question_looks_at_everything(views, question, position, monkeypatch):
    """What is asked about a part, now or as known before, is found by an index and not all read."""
    plans = []
    with views._store.reading() as reading:
        asked = type(reading).rows

    def rows(reading, sql, **params):
        plans.extend(
            (step[3], sql) for step in asked(reading, "EXPLAIN QUERY PLAN " + sql, **params)
        )
        return asked(reading, sql, **params)

    monkeypatch.setattr(type(reading), "rows", rows)
    QUESTIONS[question](views, position=position)
    steps = [step for step, _ in plans]
    assert any(step.startswith("SEARCH") for step in steps)
    assert [
        s for s in steps if s.startswith("SCAN") and "checkpoint" not in s and "counted" not in s
    ] == []


def test_every_index_has_its_proportions(tmp_path):
    """A new index is planned for like the others."""
    store = SQLiteViews(tmp_path)
    generation = store.create()
    with store.switching(generation) as writing:
        writing.define(indexes())
    with store.reading() as reading:
        found = reading.rows("SELECT name FROM sqlite_master WHERE type = 'index'")
        told = reading.rows("SELECT idx FROM sqlite_stat1")
    store.close()
    assert {name for (name,) in found} - {"sqlite_autoindex_checkpoint_1"} == {i for (i,) in told}
    assert {i for (i,) in told} == set(sqlite_plans.ASSUMED)
