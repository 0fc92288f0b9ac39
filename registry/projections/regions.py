"""Summary of a region of a version of NUTS, and all below it, on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.errors import NotFound
from registry.projections import clusters, participations, partners
from registry.projections.conditions import holds
from registry.projections.figures import WITHDRAWN
from registry.projections.scopes import region_scope
from registry.projections.summaries import DelegationCounts, PartnershipCounts, RegionSummary
from registry.reference import nuts

if TYPE_CHECKING:
    from registry.projections.scopes import Scope
    from registry.projections.store import Reading

_PLACED = "('clusters', 'organisations')"
"""Kinds that have places, and may be members."""
# Where there is no bucket for what may lie elsewhere, only what certainly lies here counts.
_WITH_MEMBERS = f"""
SELECT count(DISTINCT m.stream)
FROM areas a
JOIN places s ON s.location = a.location AND {holds("s")}
JOIN resources r ON r.kind IN {_PLACED} AND r.stream = s.stream AND {holds("r")}
JOIN memberships m ON m.member = s.stream AND m.direct = 1 AND {holds("m")}
WHERE a.version = :version AND a.area = :area AND a.certain = 1
"""  # noqa: S608 - our own names
_DELEGATIONS = f"""
SELECT p.edition, count(*)
FROM areas a
JOIN places s ON s.location = a.location AND {holds("s")}
JOIN participations p ON p.subject = s.stream AND {holds("p")}
JOIN resources e ON e.kind = 'editions' AND e.stream = p.edition AND {holds("e")}
WHERE a.version = :version AND a.area = :area AND a.certain = 1
  AND p.kind = 'delegation' AND p.status <> '{WITHDRAWN}'
GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - our own names


def region_summary(
    reading: Reading, code: str, day: int, version: int, by_version: int
) -> RegionSummary:
    """What lies in a region of a version on a day, counted by the regions of another.

    Clusters whose code was split or shifted on the way to that version count, as uncertain, in
    each region they may lie in. A country also has those of which no region is known.

    Raises:
        NotFound: for a code that is not in that version.
    """
    region = _region(code, version)
    scope = region_scope(region.code, version)
    with_members = reading.rows(_WITH_MEMBERS, **scope.params, day=day)[0][0]
    taking_part = participations.of_scope(scope)
    return RegionSummary(
        region=region.code,
        name=region.name or "",
        clusters=clusters.count(reading, scope, day, by_version),
        partnerships=PartnershipCounts(tagged=0, with_members=with_members),
        participants=participations.count(reading, taking_part, day, by_version),
        delegations=_delegations(reading, scope, day),
        version=version,
        by_version=by_version,
        partners=partners.count(reading, scope, day, by_version),
    )


def _region(code: str, version: int) -> nuts.Region:
    try:
        return nuts.region(nuts.written(code, version), version)
    except nuts.UnknownRegion as error:
        raise NotFound(f"regions/{code}", str(error)) from None


def _delegations(reading: Reading, scope: Scope, day: int) -> DelegationCounts:
    found = reading.rows(_DELEGATIONS, **scope.params, day=day)
    by_edition = {edition.removeprefix("editions/"): number for edition, number in found}
    return DelegationCounts(total=sum(by_edition.values()), by_edition=by_edition)
