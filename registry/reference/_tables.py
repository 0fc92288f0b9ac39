"""The region tables as shipped: which code is in which version, its name, and what became of it."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

VERSIONS: tuple[int, ...] = (2006, 2010, 2013, 2016, 2021, 2024)
LATEST = 2024


class Row(NamedTuple):
    """One published target of a code in the next version, with its shares of the code's territory.

    Shares are in 0..1; the population is that of 2011.
    """

    code: str
    share_area: float
    share_population: float
    kind: str


@dataclass(frozen=True, slots=True)
class Tables:
    """Every look-up of the package, built once."""

    versions: dict[str, tuple[int, ...]]
    """Versions of each code at levels 1 to 3, oldest first."""
    names: dict[str, str]
    """Name of a code in the newest version of its country's classification."""
    statistical: frozenset[str]
    """Country prefixes whose regions are agreed with Eurostat and outside the NUTS regulation."""
    children: dict[tuple[str, int], tuple[str, ...]]
    """Codes directly below a code (a country by its Eurostat code) in a version, sorted."""
    changes: dict[tuple[str, int], tuple[Row, ...]]
    """Targets of a code of a version in the next one; no entry: nothing was published."""
    origins: dict[tuple[str, int], tuple[str, ...]]
    """Codes of the version before that have territory in a code of this version, by the changes."""

    def has(self, code: str, version: int) -> bool:
        """Whether a code at levels 1 to 3 is in a version."""
        return version in self.versions.get(code, ())


@cache
def tables() -> Tables:
    """Read the tables, once."""
    versions: dict[str, tuple[int, ...]] = {}
    names: dict[str, str] = {}
    statistical: set[str] = set()
    for code, years, is_statistical, name in rows("regions.csv"):
        versions[code] = tuple(int(year) for year in years.split())
        if is_statistical:
            statistical.add(code[:2])
        if name:
            names[code] = name
    changes, origins = _read_changes()
    return Tables(versions, names, frozenset(statistical), _children(versions), changes, origins)


def rows(name: str) -> Iterator[list[str]]:
    """Rows of a shipped CSV file, its header left out."""
    with (files(__package__) / "data" / name).open(encoding="utf-8") as file:
        reader = csv.reader(file)
        next(reader)
        yield from reader


def country_prefix(code: str) -> str:
    """Eurostat code of a region's country; NUTS 2006 alone wrote Greece GR."""
    return "EL" if code.startswith("GR") else code[:2]


def parent(code: str) -> str:
    """Code one level up; above level 1 stands the country."""
    return code[:-1] if len(code) > len("PL8") else country_prefix(code)


def _children(versions: dict[str, tuple[int, ...]]) -> dict[tuple[str, int], tuple[str, ...]]:
    below: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for code, years in versions.items():
        for year in years:
            below[parent(code), year].append(code)
    return {key: tuple(sorted(codes)) for key, codes in below.items()}


def _read_changes() -> tuple[
    dict[tuple[str, int], tuple[Row, ...]], dict[tuple[str, int], tuple[str, ...]]
]:
    changes: defaultdict[tuple[str, int], list[Row]] = defaultdict(list)
    origins: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    following = dict(pairwise(VERSIONS))
    for year, source, target, area, population, kind in rows("changes.csv"):
        row = Row(target, float(area), float(population), kind)
        changes[source, int(year)].append(row)
        origins[target, following[int(year)]].append(source)
    return (
        {key: tuple(sorted(found)) for key, found in changes.items()},
        {key: tuple(sorted(found)) for key, found in origins.items()},
    )
