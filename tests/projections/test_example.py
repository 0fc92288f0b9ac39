"""The figures of the example data, from its files through the service into the views."""

import pytest

from registry.domain.effective import day
from registry.eventstore.store import open_sqlite
from tests.cli.service import EXAMPLE, served

TODAY = day("2026")
PRAGUE = "editions/ecc-2022"


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """Directory of a store with the example data in it."""
    directory = tmp_path_factory.mktemp("example")
    with served(directory) as service:
        result = service.run("import", str(EXAMPLE))
        assert result.exit_code == 0, result.output
    return directory / "store"


@pytest.fixture
def log(example):
    """The log of the example data."""
    store = open_sqlite(example)
    yield store.log
    store.close()


@pytest.fixture
def shown(database, log):
    """Views of the example data, made anew."""
    return database.views(log)


def test_figures_of_the_example(shown):
    """What the project promises of the real data, figure by figure, on both databases."""
    prague(shown)
    aerospace(shown)
    digital(shown)
    regions(shown)


def prague(shown):
    summary, _ = shown.edition_summary(PRAGUE, TODAY)
    counts = summary.participants
    assert (summary.number, summary.city, counts.total) == (8, "Prague", 8)
    assert counts.by_country == {"CZ": 6, "PL": 2}
    assert counts.by_kind == {"cluster": 6, "organisation": 1, "delegation": 1}
    assert counts.by_status == {"attended": 8}
    assert (counts.first_time, counts.returning) == (7, 1)
    assert counts.by_region == {"PL82": 1, "PL42": 1}
    assert (counts.unlocated, counts.ambiguous, counts.left_nuts) == (6, 0, 0)
    assert counts.by_ecosystem == {"electronics": 1, "health": 1, "textiles": 1}
    assert counts.untagged == 5


def aerospace(shown):
    summary, _ = shown.ecosystem_summary("aerospace-defence", TODAY)
    counts = summary.clusters
    assert counts.total == 10
    assert counts.by_country == {"IT": 3, "PL": 2, "CZ": 1, "DE": 1, "FR": 1, "GB": 1, "GR": 1}
    assert (counts.unlocated, counts.left_nuts, counts.start_unknown) == (2, 1, 7)
    assert (counts.ambiguous, counts.country_unknown) == (0, 0)
    assert summary.linked_ecosystems == ()


def digital(shown):
    summary, _ = shown.ecosystem_summary("digital", TODAY)
    counts = summary.clusters
    assert counts.total == 8
    assert counts.by_country == {"PL": 3, "IT": 2, "FR": 1, "RO": 1, "RS": 1}
    assert (counts.ambiguous, counts.unlocated, counts.start_unknown) == (1, 0, 8)
    assert {(each.ecosystem, each.partnerships) for each in summary.linked_ecosystems} == {
        ("agri-food", 1),
        ("cultural-creative", 1),
        ("electronics", 1),
        ("mobility-transport-automotive", 1),
    }


def regions(shown):
    podkarpackie, _ = shown.region_summary("PL82", TODAY)
    assert podkarpackie.name == "Podkarpackie"
    assert podkarpackie.clusters.total == 10
    assert podkarpackie.delegations.by_edition == {"ecc-2022": 1}
    provence, _ = shown.region_summary("FRL0", TODAY)
    assert (provence.clusters.total, provence.delegations.total) == (1, 0)
