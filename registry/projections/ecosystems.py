"""Summary of an ecosystem on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.errors import NotFound
from registry.projections import clusters, participations, partnerships
from registry.projections.scopes import ecosystem_scope
from registry.projections.summaries import EcosystemSummary, PartnershipCounts
from registry.reference import ecosystems

if TYPE_CHECKING:
    from registry.projections.store import Reading


def ecosystem_summary(reading: Reading, slug: str, day: int, by_version: int) -> EcosystemSummary:
    """What belongs to an ecosystem on a day, by the regions of a version of NUTS.

    Raises:
        NotFound: for a slug that is none.
    """
    try:
        ecosystem = ecosystems.ecosystem(slug)
    except ecosystems.UnknownEcosystem as error:
        raise NotFound(f"ecosystems/{slug}", str(error)) from None
    scope = ecosystem_scope(slug)
    tagged = partnerships.count_tagged(reading, scope, day)
    with_members = partnerships.count_with_members(reading, scope, day)
    return EcosystemSummary(
        ecosystem=slug,
        name=ecosystem.name,
        clusters=clusters.count(reading, scope, day, by_version),
        partnerships=PartnershipCounts(tagged=tagged, with_members=with_members),
        participants=participations.count(reading, participations.of_scope(scope), day, by_version),
        linked_ecosystems=partnerships.count_links(reading, scope, day),
    )
