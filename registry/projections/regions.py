"""Summary of a region of a version of NUTS, and all below it, on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.projections import clusters, participations, partners, partnerships
from registry.projections.conditions import holds
from registry.projections.figures import WITHDRAWN
from registry.projections.subjects import scope_of
from registry.projections.summaries import DelegationCounts, PartnershipCounts, RegionSummary

if TYPE_CHECKING:
    from registry.projections.scopes import Scope
    from registry.projections.store import Reading
    from registry.projections.subjects import Subject

_DELEGATIONS = f"""
FROM {{source}}
JOIN participations p ON p.subject = s.stream AND {holds("p")}
JOIN resources e ON e.kind = 'editions' AND e.stream = p.edition AND {holds("e")}
WHERE {{where}} AND {{certain}} = 1 AND {holds("s")}
  AND p.kind = 'delegation' AND p.status <> '{WITHDRAWN}'
"""


def region_summary(reading: Reading, subject: Subject, day: int, by_version: int) -> RegionSummary:
    """What lies in a region of a version on a day, counted by the regions of another.

    Clusters whose code was split or shifted on the way to that version count, as uncertain, in
    each region they may lie in. A country also has those of which no region is known.
    """
    scope = scope_of(subject)
    with_members = partnerships.count_with_members(reading, scope, day)
    taking_part = participations.of_scope(scope)
    return RegionSummary(
        region=subject.key,
        name=subject.name,
        clusters=clusters.count(reading, scope, day, by_version),
        partnerships=PartnershipCounts(tagged=0, with_members=with_members),
        participants=participations.count(reading, taking_part, day, by_version),
        delegations=_delegations(reading, scope, day),
        version=subject.version,
        by_version=by_version,
        partners=partners.count(reading, scope, day, by_version),
    )


def _delegations(reading: Reading, scope: Scope, day: int) -> DelegationCounts:
    sql = scope.sql(f"SELECT p.edition, count(*) {_DELEGATIONS} GROUP BY 1 ORDER BY 1")
    found = reading.rows(sql, **scope.params, day=day)
    by_edition = {edition.removeprefix("editions/"): number for edition, number in found}
    return DelegationCounts(total=sum(by_edition.values()), by_edition=by_edition)


def listed_delegations(reading: Reading, scope: Scope, day: int) -> list[tuple[str, str]]:
    """Participation and edition of the delegations that are counted."""
    sql = scope.sql(f"SELECT p.stream, p.edition {_DELEGATIONS} ORDER BY 1")
    return [(stream, edition) for stream, edition in reading.rows(sql, **scope.params, day=day)]
