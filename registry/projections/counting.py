"""Counts clusters, participations and partners into buckets, and lists what is in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from registry.projections.conditions import holds
from registry.projections.figures import (
    TOTAL,
    WITHDRAWN,
    ClusterRow,
    Figure,
    ParticipationRow,
    ambiguous_places,
    filled,
    of_place,
)
from registry.projections.locating import NOWHERE, standing
from registry.projections.summaries import ClusterCounts, ParticipantCounts, PartnerCounts
from registry.projections.tables import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from registry.projections.store import Reading


class Scope(NamedTuple):
    """What belongs to a subject: rows `s` of streams, and when they do."""

    source: str
    """What SQL selects from; `s` has stream, from_day, to_day and known_to."""
    where: str
    certain: str
    """Expression: 1 where it certainly belongs to the subject."""
    params: Mapping[str, int | str]


def ecosystem_scope(slug: str) -> Scope:
    """Clusters and partnerships with a tag."""
    return Scope("tags s", "s.ecosystem = :ecosystem", "1", {"ecosystem": slug})


def region_scope(code: str, version: int) -> Scope:
    """What lies, or may lie, in a region of a version of NUTS."""
    return Scope(
        "areas a JOIN places s ON s.location = a.location",
        "a.version = :version AND a.area = :area",
        "a.certain",
        {"version": version, "area": code},
    )


# -- clusters ------------------------------------------------------------------------------

_CLUSTERS = f"""
FROM {{source}}
JOIN resources r ON r.stream = s.stream AND r.kind = 'clusters' AND {holds("r")}
JOIN places p ON p.stream = s.stream AND {holds("p")}
WHERE {{where}} AND {holds("s")}
"""
_CLUSTER = "p.location, r.start_unknown, {certain}"


def clusters(reading: Reading, scope: Scope, day: int, version: int) -> ClusterCounts:
    """Clusters of a scope that exist on a day, by the regions of a version of NUTS."""
    sql = f"SELECT {_CLUSTER}, count(*) {_CLUSTERS} GROUP BY 1, 2, 3"
    found = reading.rows(_of(sql, scope), **scope.params, day=day)
    rows = [(ClusterRow(*row), number) for *row, number in found]
    ambiguous = ambiguous_places(((row.location, number) for row, number in rows), version)
    return filled(ClusterCounts, _tallied(rows, version), ambiguous_places=ambiguous)


# -- participations ------------------------------------------------------------------------

# Who takes part is read as of the first day of the edition, where it stands as of the day asked.
_TAKING_PART = f"""
FROM participations p
JOIN editions e ON e.stream = p.edition AND {holds("e")}
"""
_EARLIER = f"""
SELECT 1 FROM participations q
JOIN editions f ON f.stream = q.edition AND {holds("f")}
JOIN resources g ON g.kind = 'editions' AND g.stream = q.edition AND {holds("g")}
WHERE q.participant = p.participant AND q.edition <> p.edition AND q.status <> '{WITHDRAWN}'
  AND {holds("q")}
  AND CASE WHEN e.number > 0 AND f.number > 0 THEN f.number < e.number
      ELSE f.first_day < e.first_day END
"""  # noqa: S608 - our own names
_THEN = holds("s", "e.first_day")
_PARTICIPANTS = f"""
SELECT kind, status, location, returning_, tagged, certain, count(*) FROM (
    SELECT p.kind, p.status, coalesce(l.location, '{NOWHERE}') AS location,
        CASE WHEN EXISTS ({_EARLIER}) THEN 1 ELSE 0 END AS returning_,
        CASE WHEN EXISTS
            (SELECT 1 FROM tags t WHERE t.stream = p.subject AND {holds("t", "e.first_day")})
        THEN 1 ELSE 0 END AS tagged, {{certain_then}} AS certain
    {_TAKING_PART}
    LEFT JOIN places l ON l.stream = p.subject AND {holds("l", "e.first_day")}
    WHERE {holds("p")} AND {{those}}
) counted GROUP BY 1, 2, 3, 4, 5, 6
"""  # noqa: S608 - our own names
_ECOSYSTEMS = f"""
SELECT t.ecosystem, count(*)
{_TAKING_PART}
JOIN tags t ON t.stream = p.subject AND {holds("t", "e.first_day")}
WHERE {holds("p")} AND p.status <> '{WITHDRAWN}' AND {{those}}
GROUP BY 1
"""


class Those(NamedTuple):
    """Which participations are counted."""

    where: str
    certain: str
    params: Mapping[str, int | str]


_BELONGED = (
    f"SELECT max({{certain}}) FROM {{source}} WHERE s.stream = p.subject AND {{where}} AND {_THEN}"  # noqa: S608
)
_OF_SCOPE = f"""
p.subject IN (SELECT s.stream FROM {{source}} WHERE {{where}} AND s.known_to = {OPEN})
AND EXISTS (SELECT 1 FROM {{source}} WHERE s.stream = p.subject AND {{where}} AND {_THEN})
AND EXISTS (SELECT 1 FROM resources n
    WHERE n.kind = 'editions' AND n.stream = p.edition AND {holds("n")}
)
"""  # noqa: S608 - our own names


def of_edition(edition: str) -> Those:
    """Participations in an edition."""
    return Those("p.edition = :edition", "1", {"edition": edition})


def of_scope(scope: Scope) -> Those:
    """Participations, over all editions not cancelled, of those who belonged to a scope then."""
    return Those(_of(_OF_SCOPE, scope), f"({_of(_BELONGED, scope)})", scope.params)


def participants(reading: Reading, those: Those, day: int, version: int) -> ParticipantCounts:
    """Participations as they stand on a day, by the regions of a version of NUTS."""
    sql = _PARTICIPANTS.format(those=those.where, certain_then=those.certain)
    found = reading.rows(sql, **those.params, day=day)
    counts = _tallied(((ParticipationRow(*row), number) for *row, number in found), version)
    tags = reading.rows(_ECOSYSTEMS.format(those=those.where), **those.params, day=day)
    counts.update({Figure("by_ecosystem", ecosystem): number for ecosystem, number in tags})
    return filled(ParticipantCounts, counts)


# -- partners ------------------------------------------------------------------------------

# Only what certainly lies here counts as here; what may lie here does not count as elsewhere.
_MEMBERS = "('clusters', 'organisations', 'partnerships')"
_PARTNERS = f"""
SELECT DISTINCT m.stream, coalesce(q.location, '{NOWHERE}')
FROM {{source}}
JOIN resources r ON r.kind IN {_MEMBERS} AND r.stream = s.stream AND {holds("r")}
JOIN memberships m ON m.member = s.stream AND m.direct = 1 AND {holds("m")}
JOIN memberships n ON n.stream = m.stream AND n.direct = 1 AND {holds("n")}
JOIN resources o ON o.kind IN {_MEMBERS} AND o.stream = n.member AND {holds("o")}
LEFT JOIN places q ON q.stream = n.member AND {holds("q")}
WHERE {{where}} AND {{certain}} = 1 AND {holds("s")}
  AND NOT EXISTS (SELECT 1 FROM areas b
    WHERE b.version = :version AND b.area = :area AND b.location = q.location
  )
"""  # noqa: S608 - our own names


def partners(reading: Reading, scope: Scope, day: int, version: int) -> PartnerCounts:
    """Partnerships of a region's scope with members elsewhere, by where these are."""
    sharing: defaultdict[Figure, set[str]] = defaultdict(set)
    for partnership, location in reading.rows(_of(_PARTNERS, scope), **scope.params, day=day):
        for figure in (TOTAL, *of_place(standing(location, version))):
            sharing[figure].add(partnership)
    return filled(PartnerCounts, {figure: len(found) for figure, found in sharing.items()})


def _of(sql: str, scope: Scope) -> str:
    return sql.format(source=scope.source, where=scope.where, certain=scope.certain)


def _tallied(
    rows: Iterable[tuple[ClusterRow | ParticipationRow, int]], version: int
) -> Counter[Figure]:
    counts = Counter[Figure]()
    for row, number in rows:
        for figure in row.figures(version):
            counts[figure] += number
    return counts
