"""Location quotients of regions and ecosystems, on both databases."""

import pytest

from registry.domain.effective import day
from registry.projections.subjects import Subject
from tests.projections.recording import cluster, dissolved, ecosystems, located

TODAY = day("2026-01-01")
DIGITAL, PL82 = Subject.ecosystem("digital"), Subject.region("PL82", 2024)


def some(prefix, number, place, *slugs, country="PL", on="unknown"):
    """Facts of several clusters alike; without a place where none is given."""
    for each in range(number):
        stream = f"clusters/{prefix}-{each}"
        yield cluster(stream, country=country, on=on)
        yield from [located(stream, place)] if place else ()
        yield from [ecosystems(stream, *slugs)] if slugs else ()


def numbers(row):
    return row.clusters, row.in_region, row.in_ecosystem, row.total, row.quotient


def test_a_region_is_specialised_in_what_it_has_more_of_than_the_registry(given):
    """The share of an ecosystem in the region over its share in the base."""
    views = given(
        *some("a", 3, "PL82", "digital"),
        *(*some("b", 1, "PL82", "health"), *some("c", 2, "CZ01", "digital", country="CZ")),
        *some("d", 4, "CZ01", "health", country="CZ"),
    )
    found, position = views.specialisation(PL82, TODAY)
    rows = {row.ecosystem: row for row in found.rows}
    assert position == views.position
    assert (found.region, found.ecosystem, found.name) == ("PL82", "", "Podkarpackie")
    assert (found.version, found.by_version, found.level) == (2024, 2024, 2)
    assert numbers(rows["digital"]) == (3, 4, 5, 10, (3 / 4) / (5 / 10))
    assert numbers(rows["health"]) == (1, 4, 5, 10, (1 / 4) / (5 / 10))
    assert {row.region for row in found.rows} == {"regions/PL82"}


def test_every_ecosystem_has_its_row_the_largest_quotient_first(given):
    """Alike ones by name; where a denominator is nothing there is no quotient, and that is last."""
    views = given(
        *some("a", 1, "PL82", "health", "digital"),
        *some("b", 1, "CZ01", "retail", country="CZ"),
    )
    rows = views.specialisation(PL82, TODAY)[0].rows
    assert [(row.ecosystem, row.quotient) for row in rows[:5]] == [
        ("digital", 2.0),
        ("health", 2.0),
        ("retail", 0.0),
        ("aerospace-defence", None),
        ("agri-food", None),
    ]
    assert len(rows) == 14
    empty = views.specialisation(Subject.region("PL21", 2024), TODAY)[0].rows
    assert {row.quotient for row in empty} == {None}


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (0, [("regions/CZ", 2, 2), ("regions/PL", 2, 3)]),
        (1, [("regions/CZ0", 1, 1), ("regions/PL8", 1, 2)]),
        (2, [("regions/CZ01", 1, 1), ("regions/PL82", 1, 1), ("regions/PL81", 0, 1)]),
    ],
)
def test_an_ecosystem_is_concentrated_in_the_regions_of_a_level(given, level, expected):
    """What is known by its country alone counts for the country; the base is always the same."""
    views = given(
        *(*some("a", 1, "PL823", "digital"), *some("b", 1, "PL81", "health")),
        *(*some("c", 1, "", "digital"), *some("d", 1, "", "digital", country="CZ")),
        *some("e", 1, "CZ01", "digital", country="CZ"),
    )
    found, _ = views.specialisation(DIGITAL, TODAY, level=level)
    assert [(row.region, row.clusters, row.in_region) for row in found.rows] == expected
    assert {(row.in_ecosystem, row.total) for row in found.rows} == {(4, 5)}
    assert sum(row.clusters for row in found.rows) + found.left_out.coarser == 4
    assert found.left_out.coarser == (2 if level else 0)


def test_a_cluster_in_several_ecosystems_counts_once_in_the_base(given):
    """And in each of its ecosystems."""
    views = given(*some("a", 1, "PL82", "digital", "health", "retail"))
    rows = views.specialisation(PL82, TODAY)[0].rows
    assert [numbers(row) for row in rows[:3]] == [(1, 1, 1, 1, 1.0)] * 3


def test_who_is_not_counted_is_told(given):
    """Untagged, without a country, known too coarsely, ambiguous, outside NUTS: each by itself."""
    views = given(
        *(*some("in", 1, "PL911", "digital"), *some("un", 2, "PL911"), *some("no", 1, "")),
        *(*some("nowhere", 3, "", "digital", country=""), *some("pl", 4, "", "digital")),
        *(*some("pl9", 1, "PL9", "digital"), *some("pl8", 1, "PL8", "digital")),
        *(*some("split", 2, "PL12/2013", "digital"), *some("cz", 1, "CZ", "digital", country="CZ")),
        *some("gone", 1, "UKD/2016", "digital", country="GB"),
    )
    region, _ = views.specialisation(Subject.region("PL91", 2024), TODAY)
    base, left_out = region.base, region.left_out
    assert (base.existing, base.total, base.untagged, base.unlocated) == (17, 11, 3, 3)
    assert (left_out.without_ecosystem, left_out.without_country) == (2, 0)
    assert (left_out.coarser, left_out.ambiguous, left_out.left_nuts) == (5, 2, 0)
    assert numbers(region.rows[0]) == (1, 1, 11, 11, 1.0)
    digital, _ = views.specialisation(DIGITAL, TODAY)
    left_out = digital.left_out
    assert digital.base == base
    assert (left_out.without_ecosystem, left_out.without_country) == (0, 3)
    assert (left_out.coarser, left_out.ambiguous, left_out.left_nuts) == (7, 2, 1)
    assert [(row.region, row.clusters) for row in digital.rows] == [("regions/PL91", 1)]


def test_a_code_that_was_split_counts_where_all_of_it_lies(given):
    """In the version that has it, and in later ones from the region that holds all its parts."""
    views = given(*some("split", 2, "PL12/2013", "digital"))
    old, _ = views.specialisation(Subject.region("PL12", 2013), TODAY)
    assert (old.rows[0].clusters, old.left_out.ambiguous) == (2, 0)
    by_level = [views.specialisation(DIGITAL, TODAY, level=level)[0] for level in (0, 1, 2)]
    assert [[row.region for row in found.rows] for found in by_level] == [
        ["regions/PL"],
        ["regions/PL9"],
        [],
    ]
    assert [found.left_out.ambiguous for found in by_level] == [0, 0, 2]
    (row,) = views.specialisation(DIGITAL, TODAY, 2013)[0].rows
    assert (row.region, row.clusters) == ("regions/PL12", 2)


def test_small_numbers_are_flagged(given):
    """Fewer than five clusters, or fewer than five to be expected."""
    views = given(
        *(*some("a", 6, "PL82", "digital"), *some("b", 4, "PL82", "health")),
        *(*some("c", 4, "PL81", "digital"), *some("d", 6, "PL81", "health")),
        *(*some("e", 5, "CZ01", "health", country="CZ"), *some("f", 5, "CZ01", country="CZ")),
    )
    rows = views.specialisation(PL82, TODAY)[0].rows
    flags = {row.ecosystem: row.small_numbers for row in rows}
    # 10 of 25 are in the region: of the 10 digital ones 4 are expected, of the 15 of health 6.
    assert (flags["digital"], flags["health"], flags["retail"]) == (True, True, True)
    regions = views.specialisation(Subject.ecosystem("health"), TODAY)[0].rows
    assert {row.region: row.small_numbers for row in regions} == {
        "regions/CZ01": True,
        "regions/PL81": False,
        "regions/PL82": True,
    }


def test_only_what_lives_on_the_day_counts(given):
    """For the region and for the base; ecosystems and places are those of the day."""
    views = given(
        *some("a", 1, "PL82", "digital", on="2010"),
        *(dissolved("clusters/a-0", "2020"), *some("b", 1, "PL82", "health")),
        *(ecosystems("clusters/b-0", "digital", on="2015"),),
        located("clusters/b-0", "CZ01", on="2018"),
    )
    found = {
        year: numbers(next(r for r in rows if r.ecosystem == "digital"))[:4]
        for year in ("2009", "2012", "2016", "2019", "2021")
        for rows in [views.specialisation(PL82, day(year))[0].rows]
    }
    assert list(found.values()) == [
        (0, 1, 0, 1),
        (1, 2, 1, 2),
        (2, 2, 2, 2),
        (1, 1, 2, 2),
        (0, 0, 1, 1),
    ]


def test_what_was_known_is_answered_as_known_then(given):
    """A late fact changes nothing of what was known before."""
    position = given(*some("a", 1, "PL82", "digital"), *some("b", 1, "PL82", "health")).position
    views = given(*some("c", 2, "PL82", "digital"), ecosystems("clusters/b-0", "digital"))
    now = views.specialisation(PL82, TODAY)[0].rows[0]
    then = views.specialisation(PL82, TODAY, position=position)[0].rows[0]
    assert (numbers(now), numbers(then)) == ((4, 4, 4, 4, 1.0), (1, 2, 1, 2, 1.0))
