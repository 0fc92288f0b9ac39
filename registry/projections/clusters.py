"""Clusters of a scope that exist on a day: counted into buckets, and one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.projections.conditions import holds
from registry.projections.figures import ClusterRow, ambiguous_places, filled, tallied
from registry.projections.summaries import ClusterCounts

if TYPE_CHECKING:
    from registry.projections.scopes import Scope
    from registry.projections.store import Reading

_CLUSTERS = f"""
FROM {{source}}
JOIN resources r ON r.stream = s.stream AND r.kind = 'clusters' AND {holds("r")}
JOIN places p ON p.stream = s.stream AND {holds("p")}
WHERE {{where}} AND {holds("s")}
"""
_CLUSTER = "p.location, r.start_unknown, {certain}"


def count(reading: Reading, scope: Scope, day: int, version: int) -> ClusterCounts:
    """Clusters of a scope that exist on a day, by the regions of a version of NUTS."""
    sql = f"SELECT {_CLUSTER}, count(*) {_CLUSTERS} GROUP BY 1, 2, 3"
    found = reading.rows(scope.sql(sql), **scope.params, day=day)
    rows = [(ClusterRow(*row), number) for *row, number in found]
    ambiguous = ambiguous_places(((row.location, number) for row, number in rows), version)
    return filled(ClusterCounts, tallied(rows, version), ambiguous_places=ambiguous)


def listed(reading: Reading, scope: Scope, day: int) -> list[tuple[str, ClusterRow]]:
    """What `count` counts, one by one."""
    sql = f"SELECT s.stream, {_CLUSTER} {_CLUSTERS} ORDER BY 1"
    found = reading.rows(scope.sql(sql), **scope.params, day=day)
    return [(stream, ClusterRow(*row)) for stream, *row in found]
