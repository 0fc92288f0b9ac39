"""Figures: under which figures of a summary a row counts.

To count and to explain a count are one thing: a figure is the number of rows under it. A figure is
named by the field of the answer and, where that is a map, its key.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from registry.projections.locating import AMBIGUOUS, AT, LEFT_NUTS, UNLOCATED, codes, standing
from registry.projections.summaries import AmbiguousPlace, Candidate, RecordedRegion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from registry.projections.locating import Standing

C = TypeVar("C")
WITHDRAWN = "withdrawn"


class Figure(NamedTuple):
    """A number of a summary."""

    field: str
    key: str = ""

    def path(self, group: str) -> str:
        """Name it as proto JSON does: "participants.byCountry.PL"."""
        return ".".join(filter(None, (camel(group), camel(self.field), self.key)))


TOTAL = Figure("total")
_COUNTRY_UNKNOWN = Figure("country_unknown")
_REMAINDERS = {
    UNLOCATED: Figure("unlocated"),
    AMBIGUOUS: Figure("ambiguous"),
    LEFT_NUTS: Figure("left_nuts"),
}


class ClusterRow(NamedTuple):
    """A cluster, or several that count alike."""

    location: str
    start_unknown: int
    certain: int
    """0 where it may lie outside the region asked about."""

    def figures(self, version: int) -> Iterator[Figure]:
        """Name the figures of ClusterCounts, by a version of NUTS."""
        yield TOTAL
        yield from of_place(standing(self.location, version))
        if self.start_unknown:
            yield Figure("start_unknown")
        if not self.certain:
            yield Figure("uncertain")


class ParticipationRow(NamedTuple):
    """A participation, or several that count alike; the participant as of the edition."""

    kind: str
    status: str
    location: str
    returning: int
    tagged: int
    certain: int
    """0 where the participant may have been outside the region asked about."""

    def figures(self, version: int) -> Iterator[Figure]:
        """Name the figures of ParticipantCounts but by_ecosystem, by a version of NUTS."""
        if self.status == WITHDRAWN:
            yield Figure("withdrawn")
            return
        yield TOTAL
        yield from of_place(standing(self.location, version))
        yield Figure("by_kind", self.kind)
        yield Figure("by_status", self.status)
        yield Figure("returning" if self.returning else "first_time")
        if not self.tagged:
            yield Figure("untagged")
        if not self.certain:
            yield Figure("uncertain")


def of_place(where: Standing) -> Iterator[Figure]:
    """One figure by country and one by region, or their remainders."""
    yield Figure("by_country", where.country) if where.country else _COUNTRY_UNKNOWN
    yield Figure("by_region", where.region) if where.bucket == AT else _REMAINDERS[where.bucket]


def tallied(
    rows: Iterable[tuple[ClusterRow | ParticipationRow, int]], version: int
) -> Counter[Figure]:
    """How many rows are under each figure, by a version of NUTS."""
    counts = Counter[Figure]()
    for row, number in rows:
        for figure in row.figures(version):
            counts[figure] += number
    return counts


def filled(kind: type[C], counts: Mapping[Figure, int], **others: object) -> C:
    """Counts in their frozen form; a map is sorted by its keys."""
    maps: dict[str, dict[str, int]] = {}
    for figure in sorted(counts):
        if figure.key:
            maps.setdefault(figure.field, {})[figure.key] = counts[figure]
    values: dict[str, object] = {}
    for field in fields(kind):  # type: ignore[arg-type]  # they are dataclasses
        is_map = field.default_factory is dict
        values[field.name] = (
            maps.get(field.name, {}) if is_map else counts.get(Figure(field.name), 0)
        )
    return kind(**{**values, **others})


def camel(name: str) -> str:
    """Name of a field in proto JSON."""
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def ambiguous_places(
    numbers: Iterable[tuple[str, int]], version: int
) -> tuple[AmbiguousPlace, ...]:
    """Locations that come to no single region, with how many are there; most first."""
    found = Counter[str]()
    for location, number in numbers:
        if standing(location, version).bucket == AMBIGUOUS:
            found[location] += number
    ordered = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return tuple(_ambiguous_place(location, number, version) for location, number in ordered)


def _ambiguous_place(location: str, number: int, version: int) -> AmbiguousPlace:
    return AmbiguousPlace(
        regions=tuple(RecordedRegion(f"regions/{code}", year) for code, year in codes(location)),
        clusters=number,
        candidates=tuple(
            Candidate(f"regions/{each.code}", each.share_area, each.share_population)
            for each in standing(location, version).candidates
        ),
    )
