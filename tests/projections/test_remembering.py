"""Answers that are remembered are those of now, and are found again where nothing changed."""

import pytest
from hypothesis import given as on
from hypothesis import settings

from registry.domain.effective import day
from registry.projections.sqlite import SQLiteViews
from registry.projections.views import Views
from tests.projections import histories
from tests.projections.histories import ListLog
from tests.projections.recording import (
    Recording,
    announced,
    attended,
    cluster,
    ecosystems,
    located,
    renamed,
    retracted,
)

TODAY = day("2026-01-01")
A, B, E = "clusters/a", "clusters/b", "editions/e"


def test_what_changed_since_is_seen(given):
    """Whoever asks again after a write that counts is answered by it."""
    views = given(cluster(A), ecosystems(A, "digital"), announced(E, "2022"))
    assert views.ecosystem_summary("digital", TODAY)[0].participants.total == 0
    given(attended(E, A))
    summary, position = views.ecosystem_summary("digital", TODAY)
    assert (summary.participants.total, position) == (1, views.position)
    given(retracted(A, 2))
    assert views.ecosystem_summary("digital", TODAY)[0].clusters.total == 0


def test_an_answer_that_still_holds_is_of_the_position_read(given, monkeypatch):
    """A new name changes no count: nothing is counted again, and the answer has seen the write."""
    views = given(cluster(A), ecosystems(A, "digital"))
    before, _ = views.ecosystem_summary("digital", TODAY)
    given(renamed(A, "other"))
    monkeypatch.setattr("registry.projections.clusters.count", None)
    again, position = views.ecosystem_summary("digital", TODAY)
    assert (again, position) == (before, views.position)


def test_another_day_and_another_version_are_other_questions(given):
    """Nobody is answered what somebody else asked."""
    views = given(cluster(A, on="2010"), ecosystems(A, "digital"), located(A, "PL82"))
    totals = [
        views.ecosystem_summary(slug, day(on))[0].clusters.total
        for slug in ("digital", "health")
        for on in ("2009", "2011", "2009")
    ]
    assert totals == [0, 1, 0, 0, 0, 0]
    regions = [
        views.ecosystem_summary("digital", TODAY, version)[0].clusters.by_region
        for version in (2013, 2024)
    ]
    assert regions == [{"PL32": 1}, {"PL82": 1}]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A directory for each example."""
    numbers = iter(range(1_000_000))
    base = tmp_path_factory.mktemp("remembered")

    def make():
        directory = base / str(next(numbers))
        directory.mkdir()
        return SQLiteViews(directory)

    return make


@settings(max_examples=10, deadline=None)
@on(history=histories.histories())
def test_an_answer_never_outlives_what_it_rests_on(place, history):
    """After every command the views that remember answer as those that were just made."""
    log = ListLog()
    recording = Recording(log)
    remembering = Views(log, place(), linger_s=0)
    remembering.start()
    for command in history:
        position = recording.record(*command)
        remembering.notify()
        remembering.wait(position, 20)
        remembered = answers(remembering)
        remembering._answers._answers.clear()
        assert answers(remembering) == remembered
    remembering.close()


def answers(views):
    return [views.ecosystem_summary(slug, TODAY) for slug in histories.SLUGS]
