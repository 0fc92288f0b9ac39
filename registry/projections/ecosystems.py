"""Summary of an ecosystem on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.projections import clusters, participations, partnerships
from registry.projections.subjects import scope_of
from registry.projections.summaries import EcosystemSummary, PartnershipCounts

if TYPE_CHECKING:
    from registry.projections.store import Reading
    from registry.projections.subjects import Subject


def ecosystem_summary(
    reading: Reading, subject: Subject, day: int, by_version: int
) -> EcosystemSummary:
    """What belongs to an ecosystem on a day, by the regions of a version of NUTS."""
    scope = scope_of(subject)
    tagged = partnerships.count_tagged(reading, scope, day)
    with_members = partnerships.count_with_members(reading, scope, day)
    return EcosystemSummary(
        ecosystem=subject.key,
        name=subject.name,
        clusters=clusters.count(reading, scope, day, by_version),
        partnerships=PartnershipCounts(tagged=tagged, with_members=with_members),
        participants=participations.count(reading, participations.of_scope(scope), day, by_version),
        linked_ecosystems=partnerships.count_links(reading, scope, day),
    )
