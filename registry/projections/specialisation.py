"""Specialisation: in which ecosystems a region is specialised, or where one is concentrated.

The location quotient says how much more often an ecosystem is found among the clusters of a region
than among all; summary_service.proto has the formula, at Quotient.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

from registry.projections import tagged
from registry.projections.subjects import REGION
from registry.projections.summaries import (
    Quotient,
    Specialisation,
    SpecialisationBase,
    SpecialisationLeftOut,
)
from registry.projections.tagged import RegionCounts
from registry.reference import ecosystems, nuts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registry.projections.store import Reading
    from registry.projections.subjects import Subject
    from registry.projections.tagged import Counts

P = TypeVar("P")
FEW = 5
"""Fewer than that, counted or expected, are small numbers: the rule for expected frequencies in
W. G. Cochran, "Some methods for strengthening the common chi-squared tests", Biometrics 10 (1954).
"""


def specialisation(
    reading: Reading, of: tuple[Subject, int], day: int, by_version: int
) -> Specialisation:
    """Quotients of a region, or of an ecosystem in the regions of a level, on a day.

    Args:
        reading: of the views.
        of: the region or the ecosystem, and the level of the ecosystem's regions.
        day: the answer is for.
        by_version: version of NUTS of the ecosystem's regions.
    """
    subject, level = of
    of_region = subject.kind == REGION
    counts = tagged.count(reading, subject, day, by_version)
    return Specialisation(
        region=subject.key if of_region else "",
        ecosystem="" if of_region else subject.key,
        name=subject.name,
        version=subject.version if of_region else by_version,
        by_version=by_version,
        level=nuts.region(subject.key, subject.version).level if of_region else level,
        rows=tuple(sorted(_rows(subject, level, by_version, counts), key=_largest_first)),
        base=_part(SpecialisationBase, counts, level),
        left_out=_part(SpecialisationLeftOut, counts, level),
    )


def _rows(subject: Subject, level: int, version: int, counts: Counts) -> Iterator[Quotient]:
    if isinstance(counts, RegionCounts):
        for slug in (each.slug for each in ecosystems.ecosystems()):
            both, of_all = counts.clusters.get(slug, 0), counts.in_ecosystem.get(slug, 0)
            yield _quotient(slug, subject.key, both, counts.in_region, of_all, counts.total)
        return
    for code, in_region in counts.in_region.items():
        if nuts.region(code, version).level == level:
            both = counts.clusters.get(code, 0)
            yield _quotient(subject.key, code, both, in_region, counts.in_ecosystem, counts.total)


def _quotient(  # noqa: PLR0913, PLR0917 - the columns of a row
    ecosystem: str, code: str, both: int, in_region: int, in_ecosystem: int, total: int
) -> Quotient:
    # In whole numbers as long as can be: the same shares are the same quotient.
    expected = in_region * in_ecosystem
    return Quotient(
        ecosystem=ecosystem,
        region=f"regions/{code}",
        clusters=both,
        in_region=in_region,
        in_ecosystem=in_ecosystem,
        total=total,
        quotient=both * total / expected if expected else None,
        small_numbers=both < FEW or expected < FEW * total,
    )


def _largest_first(row: Quotient) -> tuple[bool, float, str, str]:
    return row.quotient is None, -(row.quotient or 0.0), row.ecosystem, row.region


def _part(part: type[P], counts: Counts, level: int) -> P:
    """Those of the counts that a part of the answer has; of levels, that of the level."""
    found = {each.name: getattr(counts, each.name, 0) for each in fields(part)}  # type: ignore[arg-type]  # they are dataclasses
    return part(**{name: _at(value, level) for name, value in found.items()})


def _at(value: int | Mapping[str, int], level: int) -> int:
    return value if isinstance(value, int) else value.get(str(level), 0)
