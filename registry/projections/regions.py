"""Summary of a region of NUTS 2024, and all below it, on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.errors import NotFound
from registry.projections import counting
from registry.projections.conditions import holds
from registry.projections.counting import WITHDRAWN, Scope
from registry.projections.summaries import DelegationCounts, PartnershipCounts, RegionSummary
from registry.reference import nuts

if TYPE_CHECKING:
    from registry.projections.store import Reading

_PLACED = "('clusters', 'organisations')"
"""Kinds that have places, and may be members."""
# Where there is no bucket for what may lie elsewhere, only what certainly lies here counts.
_WITH_MEMBERS = f"""
SELECT count(DISTINCT m.stream)
FROM areas a
JOIN resources r ON r.kind IN {_PLACED} AND r.stream = a.stream AND {holds("r")}
JOIN memberships m ON m.member = a.stream AND m.direct = 1 AND {holds("m")}
WHERE a.area = :area AND a.certain = 1 AND {holds("a")}
"""  # noqa: S608 - our own names
_DELEGATIONS = f"""
SELECT p.edition, count(*)
FROM areas a
JOIN participations p ON p.subject = a.stream AND {holds("p")}
JOIN resources e ON e.kind = 'editions' AND e.stream = p.edition AND {holds("e")}
WHERE a.area = :area AND a.certain = 1 AND {holds("a")}
  AND p.kind = 'delegation' AND p.status <> '{WITHDRAWN}'
GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - our own names


def region_summary(reading: Reading, code: str, day: int) -> RegionSummary:
    """What lies in a region on a day.

    Clusters whose code was split or shifted on the way to 2024 count, as ambiguous, in each
    region they may lie in. A country also has those of which no region is known.

    Raises:
        NotFound: for a code that is not in NUTS 2024.
    """
    region = _region(code)
    scope = Scope("areas", "area", region.code)
    with_members = reading.rows(_WITH_MEMBERS, area=region.code, day=day)[0][0]
    return RegionSummary(
        region=region.code,
        name=region.name or "",
        clusters=counting.clusters(reading, scope, day),
        partnerships=PartnershipCounts(tagged=0, with_members=with_members),
        participants=counting.participants_of_scope(reading, scope, day),
        delegations=_delegations(reading, region.code, day),
    )


def _region(code: str) -> nuts.Region:
    try:
        return nuts.region(nuts.written(code, nuts.LATEST))
    except nuts.UnknownRegion as error:
        raise NotFound(f"regions/{code}", str(error)) from None


def _delegations(reading: Reading, area: str, day: int) -> DelegationCounts:
    found = reading.rows(_DELEGATIONS, area=area, day=day)
    by_edition = {edition.removeprefix("editions/"): number for edition, number in found}
    return DelegationCounts(total=sum(by_edition.values()), by_edition=by_edition)
