"""Counts clusters and participations into buckets that add up to their total."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from registry.projections.conditions import holds
from registry.projections.summaries import ClusterCounts, ParticipantCounts
from registry.projections.tables import AMBIGUOUS, AT, LEFT_NUTS, OPEN, UNLOCATED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registry.projections.store import Reading

WITHDRAWN = "withdrawn"


class Scope(NamedTuple):
    """What belongs to a subject: the rows of a table that have its key in a column."""

    table: str
    column: str
    key: str


_CLUSTERS = f"""
SELECT p.country, p.bucket, p.region, r.start_unknown, count(*)
FROM {{table}} s
JOIN resources r ON r.stream = s.stream AND r.kind = 'clusters' AND {holds("r")}
JOIN places p ON p.stream = s.stream AND {holds("p")}
WHERE s.{{column}} = :key AND {holds("s")}
GROUP BY 1, 2, 3, 4
"""  # noqa: S608 - our own names

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
_PARTICIPANTS = f"""
SELECT kind, status, country, bucket, region, returning_, tagged, count(*) FROM (
    SELECT p.kind, p.status, coalesce(l.country, '') AS country,
        coalesce(l.bucket, '{UNLOCATED}') AS bucket, coalesce(l.region, '') AS region,
        EXISTS ({_EARLIER}) AS returning_,
        EXISTS (SELECT 1 FROM tags t WHERE t.stream = p.subject AND {holds("t", "e.first_day")})
            AS tagged
    {_TAKING_PART}
    LEFT JOIN places l ON l.stream = p.subject AND {holds("l", "e.first_day")}
    WHERE {holds("p")} AND {{where}}
) counted GROUP BY 1, 2, 3, 4, 5, 6, 7
"""  # noqa: S608 - our own names
_ECOSYSTEMS = f"""
SELECT t.ecosystem, count(*)
{_TAKING_PART}
JOIN tags t ON t.stream = p.subject AND {holds("t", "e.first_day")}
WHERE {holds("p")} AND p.status <> '{WITHDRAWN}' AND {{where}}
GROUP BY 1
"""

_OF_EDITION = "p.edition = :key"
_OF_SCOPE = f"""
p.subject IN (SELECT s.stream FROM {{table}} s WHERE s.{{column}} = :key AND s.known_to = {OPEN})
AND EXISTS (
    SELECT 1 FROM {{table}} s
    WHERE s.stream = p.subject AND s.{{column}} = :key AND {holds("s", "e.first_day")}
)
AND EXISTS (SELECT 1 FROM resources n
    WHERE n.kind = 'editions' AND n.stream = p.edition AND {holds("n")}
)
"""  # noqa: S608 - our own names


def clusters(reading: Reading, scope: Scope, day: int) -> ClusterCounts:
    """Clusters of a scope that exist on a day."""
    sql = _CLUSTERS.format(table=scope.table, column=scope.column)
    found = reading.rows(sql, key=scope.key, day=day)
    places = Places()
    undated = 0
    for country, bucket, region, start_unknown, number in found:
        places.add(country, bucket, region, number)
        undated += number if start_unknown else 0
    return ClusterCounts(
        total=places.total,
        by_country=_sorted(places.countries),
        by_region=_sorted(places.regions),
        country_unknown=places.country_unknown,
        unlocated=places.buckets[UNLOCATED],
        ambiguous=places.buckets[AMBIGUOUS],
        left_nuts=places.buckets[LEFT_NUTS],
        start_unknown=undated,
    )


def participants_of_edition(reading: Reading, edition: str, day: int) -> ParticipantCounts:
    """Participations in an edition as they stand on a day."""
    return _participants(reading, _OF_EDITION, edition, day)


def participants_of_scope(reading: Reading, scope: Scope, day: int) -> ParticipantCounts:
    """Participations, over all editions not cancelled, of those who belonged to a scope then."""
    where = _OF_SCOPE.format(table=scope.table, column=scope.column)
    return _participants(reading, where, scope.key, day)


def _participants(reading: Reading, where: str, key: str, day: int) -> ParticipantCounts:
    found = reading.rows(_PARTICIPANTS.format(where=where), key=key, day=day)
    ecosystems = reading.rows(_ECOSYSTEMS.format(where=where), key=key, day=day)
    places = Places()
    kinds, statuses = Counter[str](), Counter[str]()
    withdrawn = returning = untagged = 0
    for kind, status, country, bucket, region, came_before, tagged, number in found:
        if status == WITHDRAWN:
            withdrawn += number
            continue
        places.add(country, bucket, region, number)
        kinds[kind] += number
        statuses[status] += number
        returning += number if came_before else 0
        untagged += 0 if tagged else number
    return ParticipantCounts(
        total=places.total,
        by_country=_sorted(places.countries),
        by_region=_sorted(places.regions),
        by_kind=_sorted(kinds),
        by_status=_sorted(statuses),
        by_ecosystem=_sorted(dict(ecosystems)),
        first_time=places.total - returning,
        returning=returning,
        country_unknown=places.country_unknown,
        unlocated=places.buckets[UNLOCATED],
        ambiguous=places.buckets[AMBIGUOUS],
        left_nuts=places.buckets[LEFT_NUTS],
        untagged=untagged,
        withdrawn=withdrawn,
    )


class Places:
    """Counts by country and region, each with what has none."""

    def __init__(self) -> None:
        self.total = 0
        self.country_unknown = 0
        self.countries = Counter[str]()
        self.regions = Counter[str]()
        self.buckets = Counter[str]()

    def add(self, country: str, bucket: str, region: str, number: int) -> None:
        """Count so many that are there."""
        self.total += number
        if country:
            self.countries[country] += number
        else:
            self.country_unknown += number
        if bucket == AT:
            self.regions[region] += number
        else:
            self.buckets[bucket] += number


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))
