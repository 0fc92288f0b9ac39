"""Partners: who elsewhere shares partnerships with a region."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from registry.projections.conditions import holds
from registry.projections.figures import TOTAL, Figure, filled, of_place
from registry.projections.locating import NOWHERE, standing
from registry.projections.summaries import PartnerCounts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.projections.scopes import Scope
    from registry.projections.store import Reading

# Only what certainly lies here counts as here; what may lie here does not count as elsewhere.
_MEMBERS = "('clusters', 'organisations', 'partnerships')"
_PARTNERS = f"""
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
_LOCATION = f"coalesce(q.location, '{NOWHERE}')"


class Partner(NamedTuple):
    """A member here and one elsewhere, in one partnership."""

    partnership: str
    member: str
    joined_version: int
    other: str
    other_joined_version: int
    location: str
    """Of the other."""

    def figures(self, version: int) -> Iterator[Figure]:
        """Name the figures of PartnerCounts, by a version of NUTS."""
        return _figures(self.location, version)


def _figures(location: str, version: int) -> Iterator[Figure]:
    yield TOTAL
    yield from of_place(standing(location, version))


def count(reading: Reading, scope: Scope, day: int, version: int) -> PartnerCounts:
    """Partnerships of a region's scope with members elsewhere, by where these are."""
    shared_with: defaultdict[str, list[str]] = defaultdict(list)
    sql = scope.sql(f"SELECT DISTINCT {_LOCATION}, m.stream {_PARTNERS}")
    for location, partnership in reading.rows(sql, **scope.params, day=day):
        shared_with[location].append(partnership)
    sharing: defaultdict[Figure, set[str]] = defaultdict(set)
    for location, partnerships in shared_with.items():
        for figure in _figures(location, version):
            sharing[figure].update(partnerships)
    return filled(PartnerCounts, {figure: len(found) for figure, found in sharing.items()})


def listed(reading: Reading, scope: Scope, day: int) -> list[Partner]:
    """What `count` counts, one by one."""
    columns = "m.stream, m.member, m.joined_version, n.member, n.joined_version"
    sql = f"SELECT DISTINCT {columns}, {_LOCATION} {_PARTNERS} ORDER BY 1, 2, 3, 4, 5"
    return [Partner(*row) for row in reading.rows(scope.sql(sql), **scope.params, day=day)]
