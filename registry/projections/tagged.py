"""Tagged: the clusters of the registry with their ecosystems and places, counted and one by one.

Each is looked at once as a whole, and once in each of its ecosystems; the rows say under which
figures of a specialisation it counts. The base are those with a tag and a known country.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from registry.projections.conditions import holds
from registry.projections.figures import TOTAL, Figure, filled
from registry.projections.locating import AMBIGUOUS, AT, LEFT_NUTS, UNLOCATED, standing
from registry.projections.subjects import ECOSYSTEM, REGION
from registry.reference import nuts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.projections.locating import Standing
    from registry.projections.store import Reading
    from registry.projections.subjects import Subject

LEVELS = (0, 1, 2)
"""Of the regions in which an ecosystem is looked for."""
ANY, NONE = "*", ""
"""Stand for the ecosystems of a cluster as a whole."""

# SQLite reads them in this order where CROSS JOIN says so: all clusters, or those with one tag.
_TAGGED = f"EXISTS (SELECT 1 FROM tags t WHERE t.stream = r.stream AND {holds('t')})"  # noqa: S608
_ALL = "resources r CROSS JOIN places p"
_WHERE = f"""
WHERE r.kind = 'clusters' AND {holds("r")} AND p.stream = r.stream AND {holds("p")}
"""
_WITH_TAGS = f"{_WHERE} AND t.stream = r.stream AND {holds('t')}"
# What comes of a cluster, and from where: as a whole, and in each ecosystem.
_WHOLE = (
    f"p.location, CASE WHEN {_TAGGED} THEN '{ANY}' ELSE '{NONE}' END",
    f"FROM {_ALL} {_WHERE}",
)
_EACH = ("p.location, t.ecosystem", f"FROM {_ALL} CROSS JOIN tags t {_WITH_TAGS}")
_ONE = (
    "p.location, t.ecosystem",
    f"FROM tags t CROSS JOIN {_ALL} {_WITH_TAGS} AND t.ecosystem = :ecosystem",
)

_BUCKETS = {
    AT: Figure("coarser"),
    UNLOCATED: Figure("coarser"),
    AMBIGUOUS: Figure("ambiguous"),
    LEFT_NUTS: Figure("left_nuts"),
}
_IN_REGION, _IN_ECOSYSTEM, _CLUSTERS_OF_BOTH = map(
    Figure, ("in_region", "in_ecosystem", "clusters")
)


@dataclass(frozen=True)
class RegionCounts:
    """Figures of the specialisation of a region; maps are by ecosystem."""

    existing: int = 0
    total: int = 0
    untagged: int = 0
    unlocated: int = 0
    in_region: int = 0
    in_ecosystem: Mapping[str, int] = field(default_factory=dict)
    clusters: Mapping[str, int] = field(default_factory=dict)
    without_ecosystem: int = 0
    coarser: int = 0
    ambiguous: int = 0
    left_nuts: int = 0


@dataclass(frozen=True)
class EcosystemCounts:
    """Figures of the specialisation of an ecosystem: maps by region, the last three by level."""

    existing: int = 0
    total: int = 0
    untagged: int = 0
    unlocated: int = 0
    in_region: Mapping[str, int] = field(default_factory=dict)
    in_ecosystem: int = 0
    clusters: Mapping[str, int] = field(default_factory=dict)
    without_country: int = 0
    coarser: Mapping[str, int] = field(default_factory=dict)
    ambiguous: Mapping[str, int] = field(default_factory=dict)
    left_nuts: Mapping[str, int] = field(default_factory=dict)


Counts: TypeAlias = "RegionCounts | EcosystemCounts"


class TaggedRow(NamedTuple):
    """A cluster, or several that count alike."""

    location: str
    ecosystem: str
    """ANY or NONE of the whole; else in this one."""

    def figures(self, subject: Subject, version: int) -> Iterator[Figure]:
        """Name the figures of a subject's counts, by a version of NUTS."""
        where = standing(self.location, version)
        if self.ecosystem in {ANY, NONE}:
            yield Figure("existing")
            yield self._of_whole(placed=bool(where.country))
        if subject.kind == REGION:
            yield from self._of_region(subject, placed=bool(where.country))
        elif self.ecosystem in {ANY, subject.key}:
            yield from self._of_ecosystem(where)

    def _of_whole(self, *, placed: bool) -> Figure:
        if self.ecosystem == NONE:
            return Figure("untagged")
        return TOTAL if placed else Figure("unlocated")

    def _of_region(self, subject: Subject, *, placed: bool) -> Iterator[Figure]:
        where = standing(self.location, subject.version)
        inside = (subject.key, 1) in where.areas
        if self.ecosystem == NONE:
            yield from [Figure("without_ecosystem")] if inside else ()
        elif not placed:
            return
        elif self.ecosystem == ANY:
            if inside:
                yield _IN_REGION
            elif _may_lie_in(subject, where):
                yield _BUCKETS[where.bucket]
        else:
            yield _IN_ECOSYSTEM._replace(key=self.ecosystem)
            if inside:
                yield _CLUSTERS_OF_BOTH._replace(key=self.ecosystem)

    def _of_ecosystem(self, where: Standing) -> Iterator[Figure]:
        certain = [area for area, sure in where.areas if sure]
        if self.ecosystem == ANY:
            yield from (_IN_REGION._replace(key=area) for area in certain if where.country)
        elif not where.country:
            yield Figure("without_country")
        else:
            yield _IN_ECOSYSTEM
            yield from (_CLUSTERS_OF_BOTH._replace(key=area) for area in certain)
            # Those that certainly hold it are a chain down from the country.
            for level in LEVELS[len(certain) :]:
                yield _BUCKETS[where.bucket]._replace(key=str(level))


def _may_lie_in(region: Subject, where: Standing) -> bool:
    """Whether what does not certainly lie in a region may: its own, or one that holds it."""
    finest = [each.code for each in where.candidates] or [area for area, _ in where.areas[:1]]
    return any(
        nuts.within(code, region.key, region.version)
        or nuts.within(region.key, code, region.version)
        for code in finest
    )


def count(reading: Reading, subject: Subject, day: int, version: int) -> Counts:
    """Clusters that exist on a day under each figure of a region's or an ecosystem's counts."""
    counts = Counter[Figure]()
    for what, source in _sources(subject):
        sql = f"SELECT {what}, count(*) {source} GROUP BY 1, 2"
        for location, ecosystem, number in reading.rows(sql, **_params(subject, day)):
            for figure in TaggedRow(location, ecosystem).figures(subject, version):
                counts[figure] += number
    return filled(counts_of(subject.kind), counts)


def listed(reading: Reading, subject: Subject, day: int) -> Iterator[tuple[str, TaggedRow]]:
    """What `count` counts, one by one: each cluster as a whole, then in each ecosystem."""
    for what, source in _sources(subject):
        sql = f"SELECT r.stream, {what} {source} ORDER BY 1"
        for stream, *row in reading.rows(sql, **_params(subject, day)):
            yield stream, TaggedRow(*row)


def counts_of(kind: str) -> type[Counts]:
    """Counts of a kind of subject."""
    return RegionCounts if kind == REGION else EcosystemCounts


def _sources(subject: Subject) -> tuple[tuple[str, str], ...]:
    return _WHOLE, _ONE if subject.kind == ECOSYSTEM else _EACH


def _params(subject: Subject, day: int) -> Mapping[str, int | str]:
    return {"day": day} | ({"ecosystem": subject.key} if subject.kind == ECOSYSTEM else {})
