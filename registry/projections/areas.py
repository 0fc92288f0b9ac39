"""Areas: which regions each location lies in, or may lie in, by every version of NUTS.

A location is recorded by few resources or by many, and never changes: what it lies in is written
once, with the first place that has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.projections.among import in_turns
from registry.projections.locating import standing
from registry.reference import nuts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registry.projections.store import Writing

_KNOWN = "SELECT location FROM locations WHERE location IN ({})"
_LOCATION = "INSERT INTO locations VALUES (?)"
_AREA = "INSERT INTO areas VALUES (?, ?, ?, ?)"


def write(writing: Writing, locations: Iterable[str]) -> None:
    """Write the areas of those locations that have none yet."""
    found = sorted(set(locations))
    known = {
        location
        for sql, params in in_turns(_KNOWN, found)
        for (location,) in writing.rows(sql, **params)
    }
    new = [location for location in found if location not in known]
    if new:
        writing.run_many(_LOCATION, [(location,) for location in new])
        writing.run_many(_AREA, [row for location in new for row in _rows(location)])


def _rows(location: str) -> Iterable[tuple[int, str, str, int]]:
    """Version, area, location, and 1 where the whole location lies in the area."""
    for version in nuts.VERSIONS:
        for area, certain in standing(location, version).areas:
            yield version, area, location, certain
