"""The example tables are in the package, whole."""

import csv
from importlib.resources import files

import pytest

EXAMPLE = files("registry.reference") / "data" / "example"


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("clusters.csv", 113),
        ("organisations.csv", 22),
        ("partnerships.csv", 40),
        ("partnership_members.csv", 97),
        ("editions.csv", 9),
        ("participations.csv", 18),
    ],
)
def test_an_example_table_is_shipped(name, rows):
    """Each table of the example has all its rows, none of them cut off."""
    with (EXAMPLE / name).open(encoding="utf-8") as file:
        found = list(csv.DictReader(file, strict=True))
    assert len(found) == rows
    assert all(None not in row and None not in row.values() for row in found)


def test_the_example_names_its_sources():
    """A note beside the tables says where they come from."""
    assert "source" in (EXAMPLE / "SOURCES.md").read_text(encoding="utf-8")
