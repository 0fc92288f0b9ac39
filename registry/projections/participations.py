"""Participations as they stand on a day: counted into buckets, and one by one."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from registry.projections.conditions import holds, known
from registry.projections.figures import WITHDRAWN, Figure, ParticipationRow, filled, tallied
from registry.projections.locating import NOWHERE
from registry.projections.summaries import ParticipantCounts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registry.projections.scopes import Scope
    from registry.projections.store import Reading

# Who takes part is read as of the first day of the edition, where it stands as of the day asked.
_TAKING_PART = f"""
FROM participations p
JOIN editions e ON e.stream = p.edition AND {holds("e")}
"""
_EARLIER = f"""
SELECT min(q.stream) FROM participations q
JOIN editions f ON f.stream = q.edition AND {holds("f")}
JOIN resources g ON g.kind = 'editions' AND g.stream = q.edition AND {holds("g")}
WHERE q.participant = p.participant AND q.edition <> p.edition AND q.status <> '{WITHDRAWN}'
  AND {holds("q")}
  AND CASE WHEN e.number > 0 AND f.number > 0 THEN f.number < e.number
      ELSE f.first_day < e.first_day END
"""  # noqa: S608 - our own names
_THEN = holds("s", "e.first_day")
_ROW = """
kind, status, location, CASE WHEN earlier IS NULL THEN 0 ELSE 1 END, tagged, certain
"""
_PARTICIPATIONS = f"""
FROM (
    SELECT p.stream, p.edition, p.subject, e.first_day, ({_EARLIER}) AS earlier, p.kind, p.status,
        coalesce(l.location, '{NOWHERE}') AS location,
        CASE WHEN EXISTS
            (SELECT 1 FROM tags t WHERE t.stream = p.subject AND {holds("t", "e.first_day")})
        THEN 1 ELSE 0 END AS tagged, {{certain_then}} AS certain
    {_TAKING_PART}
    LEFT JOIN places l ON l.stream = p.subject AND {holds("l", "e.first_day")}
    WHERE {holds("p")} AND {{those}}
) counted
"""  # noqa: S608 - our own names
_ECOSYSTEMS = f"""
{_TAKING_PART}
JOIN tags t ON t.stream = p.subject AND {holds("t", "e.first_day")}
WHERE {holds("p")} AND p.status <> '{WITHDRAWN}' AND {{those}}
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
p.subject IN (SELECT s.stream FROM {{source}} WHERE {{where}} AND {known("s")})
AND EXISTS (SELECT 1 FROM {{source}} WHERE s.stream = p.subject AND {{where}} AND {_THEN})
AND EXISTS (SELECT 1 FROM resources n
    WHERE n.kind = 'editions' AND n.stream = p.edition AND {holds("n")}
)
"""  # noqa: S608 - our own names


def of_edition(edition: str) -> Those:
    """Participations in an edition."""
    return Those("p.edition = :edition", "1", {"edition": edition})


def of_all_editions() -> Those:
    """Participations in every edition, also in one that was cancelled."""
    return Those("1 = 1", "1", {})


def of_scope(scope: Scope) -> Those:
    """Participations, over all editions not cancelled, of those who belonged to a scope then."""
    return Those(scope.sql(_OF_SCOPE), f"({scope.sql(_BELONGED)})", scope.params)


def count(reading: Reading, those: Those, day: int, version: int) -> ParticipantCounts:
    """Participations as they stand on a day, by the regions of a version of NUTS."""
    counts = _of_editions(reading, those, day, version)
    return filled(ParticipantCounts, sum(counts.values(), Counter[Figure]()))


def count_by_edition(
    reading: Reading, those: Those, day: int, version: int
) -> dict[str, ParticipantCounts]:
    """The same, edition by edition; those without a participation are left out."""
    counts = _of_editions(reading, those, day, version)
    return {edition: filled(ParticipantCounts, found) for edition, found in counts.items()}


def _of_editions(
    reading: Reading, those: Those, day: int, version: int
) -> Mapping[str, Counter[Figure]]:
    counts: defaultdict[str, Counter[Figure]] = defaultdict(Counter)
    sql = f"SELECT edition, {_ROW}, count(*) {_PARTICIPATIONS} GROUP BY 1, 2, 3, 4, 5, 6, 7"
    for edition, *row, number in reading.rows(_among(sql, those), **those.params, day=day):
        counts[edition].update(tallied([(ParticipationRow(*row), number)], version))
    sql = f"SELECT p.edition, t.ecosystem, count(*) {_ECOSYSTEMS} GROUP BY 1, 2"
    for edition, ecosystem, number in reading.rows(_among(sql, those), **those.params, day=day):
        counts[edition][Figure("by_ecosystem", ecosystem)] += number
    return counts


class TakingPart(NamedTuple):
    """One participation that is counted."""

    stream: str
    edition: str
    subject: str
    """Stream of whoever takes part; a delegation has its own."""
    first_day: int
    """Of the edition."""
    earlier: str
    """A participation of theirs in an earlier edition; empty where there is none."""


def listed(reading: Reading, those: Those, day: int) -> list[tuple[TakingPart, ParticipationRow]]:
    """What `count` counts, one by one."""
    who = "stream, edition, subject, first_day, coalesce(earlier, '')"
    sql = f"SELECT {who}, {_ROW} {_PARTICIPATIONS} ORDER BY 1"
    found = reading.rows(_among(sql, those), **those.params, day=day)
    size = len(TakingPart._fields)
    return [(TakingPart(*row[:size]), ParticipationRow(*row[size:])) for row in found]


def listed_ecosystems(reading: Reading, those: Those, day: int) -> list[tuple[str, str]]:
    """Participation and ecosystem, as by_ecosystem counts them."""
    sql = f"SELECT p.stream, t.ecosystem {_ECOSYSTEMS}"
    found = reading.rows(_among(sql, those), **those.params, day=day)
    return [(stream, ecosystem) for stream, ecosystem in found]


def _among(sql: str, those: Those) -> str:
    return sql.format(those=those.where, certain_then=those.certain)
