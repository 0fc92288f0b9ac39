"""Summary of an ecosystem on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.errors import NotFound
from registry.projections import clusters, participations
from registry.projections.conditions import holds
from registry.projections.scopes import ecosystem_scope
from registry.projections.summaries import EcosystemSummary, LinkedEcosystem, PartnershipCounts
from registry.reference import ecosystems

if TYPE_CHECKING:
    from registry.projections.store import Reading

_TAGGED = f"""
SELECT count(*) FROM tags t
JOIN resources r ON r.kind = t.kind AND r.stream = t.stream AND {holds("r")}
WHERE t.ecosystem = :ecosystem AND t.kind = 'partnerships' AND {holds("t")}
"""  # noqa: S608 - our own names
# Memberships are cut to the partnership's period: one that holds is of a live partnership.
_MEMBERS = f"""
FROM tags t
JOIN resources r ON r.kind = t.kind AND r.stream = t.stream AND {holds("r")}
JOIN memberships m ON m.member = t.stream AND m.direct = 1 AND {holds("m")}
"""
_OF_ECOSYSTEM = f"t.ecosystem = :ecosystem AND t.kind = 'clusters' AND {holds('t')}"
_WITH_MEMBERS = f"SELECT count(DISTINCT m.stream) {_MEMBERS} WHERE {_OF_ECOSYSTEM}"
_LINKED = f"""
SELECT u.ecosystem, count(DISTINCT m.stream)
{_MEMBERS}
JOIN memberships n ON n.stream = m.stream AND n.direct = 1 AND {holds("n")}
JOIN tags u ON u.stream = n.member AND u.kind = 'clusters' AND {holds("u")}
JOIN resources q ON q.kind = u.kind AND q.stream = u.stream AND {holds("q")}
WHERE {_OF_ECOSYSTEM} AND u.ecosystem <> t.ecosystem
GROUP BY 1 ORDER BY 1
"""


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
    tagged = reading.rows(_TAGGED, ecosystem=slug, day=day)[0][0]
    with_members = reading.rows(_WITH_MEMBERS, ecosystem=slug, day=day)[0][0]
    linked = reading.rows(_LINKED, ecosystem=slug, day=day)
    return EcosystemSummary(
        ecosystem=slug,
        name=ecosystem.name,
        clusters=clusters.count(reading, scope, day, by_version),
        partnerships=PartnershipCounts(tagged=tagged, with_members=with_members),
        participants=participations.count(reading, participations.of_scope(scope), day, by_version),
        linked_ecosystems=tuple(LinkedEcosystem(*row) for row in linked),
    )
