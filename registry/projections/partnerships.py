"""Partnerships of a scope on a day: tagged ones, those with members in it, and links they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from registry.projections.conditions import holds
from registry.projections.summaries import LinkedEcosystem

if TYPE_CHECKING:
    from registry.projections.scopes import Scope
    from registry.projections.store import Reading

# Memberships are cut to the partnership's period: one that holds is of a live partnership.
# Where there is no bucket for what may lie elsewhere, only what certainly belongs here counts.
_MEMBERS = f"""
FROM {{source}}
JOIN resources r ON r.kind IN ('clusters', 'organisations') AND r.stream = s.stream
    AND {holds("r")}
JOIN memberships m ON m.member = s.stream AND m.direct = 1 AND {holds("m")}
"""
_WITH_MEMBERS = f"{_MEMBERS} WHERE {{where}} AND {{certain}} = 1 AND {holds('s')}"
_LINKED = f"""
{_MEMBERS}
JOIN memberships n ON n.stream = m.stream AND n.direct = 1 AND {holds("n")}
JOIN tags u ON u.stream = n.member AND u.kind = 'clusters' AND {holds("u")}
JOIN resources q ON q.kind = u.kind AND q.stream = u.stream AND {holds("q")}
WHERE {{where}} AND s.kind = 'clusters' AND {holds("s")} AND u.ecosystem <> s.ecosystem
"""
_TAGGED = f"""
FROM {{source}}
JOIN resources r ON r.kind = s.kind AND r.stream = s.stream AND {holds("r")}
WHERE {{where}} AND s.kind = 'partnerships' AND {holds("s")}
"""


class Member(NamedTuple):
    """A member that belongs to the scope, in a partnership."""

    partnership: str
    member: str
    joined_version: int


class Link(NamedTuple):
    """A member in one ecosystem and one in another, in one partnership."""

    partnership: str
    member: str
    joined_version: int
    other: str
    other_joined_version: int
    ecosystem: str
    """Of the other."""


def count_with_members(reading: Reading, scope: Scope, day: int) -> int:
    """How many have a direct member in a scope."""
    sql = scope.sql(f"SELECT count(DISTINCT m.stream) {_WITH_MEMBERS}")
    number: int = reading.rows(sql, **scope.params, day=day)[0][0]
    return number


def listed_members(reading: Reading, scope: Scope, day: int) -> list[Member]:
    """The members by which `count_with_members` counts."""
    sql = scope.sql(f"SELECT m.stream, m.member, m.joined_version {_WITH_MEMBERS} ORDER BY 1, 2, 3")
    return [Member(*row) for row in reading.rows(sql, **scope.params, day=day)]


def count_tagged(reading: Reading, scope: Scope, day: int) -> int:
    """How many are tagged with an ecosystem themselves."""
    sql = scope.sql(f"SELECT count(*) {_TAGGED}")
    number: int = reading.rows(sql, **scope.params, day=day)[0][0]
    return number


def listed_tagged(reading: Reading, scope: Scope, day: int) -> list[str]:
    """The partnerships that `count_tagged` counts."""
    sql = scope.sql(f"SELECT s.stream {_TAGGED} ORDER BY 1")
    return [stream for (stream,) in reading.rows(sql, **scope.params, day=day)]


def count_links(reading: Reading, scope: Scope, day: int) -> tuple[LinkedEcosystem, ...]:
    """Other ecosystems with which one shares partnerships, by slug."""
    sql = scope.sql(f"SELECT u.ecosystem, count(DISTINCT m.stream) {_LINKED} GROUP BY 1 ORDER BY 1")
    found = reading.rows(sql, **scope.params, day=day)
    return tuple(LinkedEcosystem(*row) for row in found)


def listed_links(reading: Reading, scope: Scope, day: int) -> list[Link]:
    """The members by which `count_links` counts."""
    columns = "m.stream, m.member, m.joined_version, n.member, n.joined_version, u.ecosystem"
    sql = scope.sql(f"SELECT {columns} {_LINKED} ORDER BY 1, 2, 3, 4, 5, 6")
    return [Link(*row) for row in reading.rows(sql, **scope.params, day=day)]
