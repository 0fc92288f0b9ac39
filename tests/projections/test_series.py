"""The series of editions, and two of them compared, on both databases."""

import pytest

from registry.domain.effective import day
from registry.errors import NotFound
from registry.projections.subjects import Subject
from tests.projections.recording import (
    announced,
    attended,
    cancelled,
    cluster,
    ecosystems,
    entered,
    located,
    withdrawn,
)

TODAY = day("2026-01-01")
A, B, C = "clusters/a", "clusters/b", "clusters/c"
E, F, G, X = "editions/e", "editions/f", "editions/g", "editions/x"


def facts():
    return [
        *(cluster(A, country="PL"), located(A, "PL82", on="2012"), cluster(B, country="CZ")),
        *(cluster(C), ecosystems(A, "digital"), ecosystems(C, "digital")),
        *(announced(F, "2014-05", number=2), announced(E, "2010", number=1)),
        *(announced(G, "2018", number=3), announced(X, "2016"), cancelled(X, "2015")),
        *(attended(E, A), attended(F, A), attended(F, B), entered(F, C), withdrawn(F, C, "2013")),
        attended(X, B),
    ]


def test_the_series_has_every_edition_by_its_dates(given):
    """Those without a participant too; a cancelled one is left out, and nobody came to it."""
    points, _ = given(*facts()).edition_series(None, TODAY)
    found = [(p.edition, p.number, p.participants.total, p.participants.returning) for p in points]
    assert found == [(E, 1, 1, 0), (F, 2, 2, 1), (G, 3, 0, 0)]
    assert points[1].participants.withdrawn == 1
    assert points[1].dates.start.year == 2014


def test_the_series_of_an_ecosystem_or_region_counts_its_own(given):
    """Who belonged to it when the edition began."""
    views = given(*facts())
    digital, _ = views.edition_series(Subject.ecosystem("digital"), TODAY)
    assert [p.participants.total for p in digital] == [1, 1, 0]
    region, _ = views.edition_series(Subject.region("PL82", 2024), TODAY)
    assert [(p.participants.total, p.participants.returning) for p in region] == [
        (0, 0),
        (1, 1),
        (0, 0),
    ]
    by_2013, _ = views.edition_series(Subject.region("PL82", 2024), TODAY, 2013)
    assert by_2013[1].participants.by_region == {"PL32": 1}


def test_two_editions_are_compared_participant_by_participant(given):
    """Who came to both, who to one only; withdrawn ones to none; every figure that differs."""
    compared, _ = given(*facts()).compared_editions(E, F, TODAY)
    assert (compared.in_both, compared.only_in_first, compared.only_in_second) == ((A,), (), (B,))
    changes = {c.figure: (c.first, c.second, c.change) for c in compared.changes}
    assert changes["participants.total"] == (1, 2, 1)
    assert changes["participants.byCountry.CZ"] == (0, 1, 1)
    assert "participants.firstTime" not in changes
    assert list(changes)[:3] == [
        "participants.total",
        "participants.byCountry.CZ",
        "participants.byRegion.PL82",
    ]


def test_an_edition_compared_with_itself_differs_in_nothing(given):
    """The comparison is symmetric."""
    compared, _ = given(*facts()).compared_editions(F, F, TODAY)
    assert (compared.changes, compared.only_in_first, compared.only_in_second) == ((), (), ())
    assert compared.in_both == (A, B)


def test_both_editions_must_be_there(given):
    """The refusal names the one that is not."""
    views = given(*facts())
    with pytest.raises(NotFound, match="editions/none"):
        views.compared_editions(E, "editions/none", TODAY)
