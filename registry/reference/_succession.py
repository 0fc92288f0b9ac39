"""Walks a region code from one version of the classification to another, step by step.

A step is exact where the whole territory goes into one code. Everything else stays open, with the
published shares as long as they describe the territory asked about: behind a merge, or a second
split, they describe another one and are left out.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from registry.reference._tables import VERSIONS, Row, tables

WHOLE = 0.999
"""Shares have four digits; from this share of the area on nothing is missing."""
SUCCESSOR = 0.99
"""A code that ends with one published successor went there, digitising differences aside."""


class Part(NamedTuple):
    """What reached a code: its shares of the territory asked about, where they are known."""

    share_area: float | None
    share_population: float | None
    untouched: bool = False
    """Whether the code still stands for exactly the territory asked about."""


class Walk(NamedTuple):
    """Where a territory is found in another version."""

    parts: dict[str, Part]
    complete: bool
    """Whether the codes cover the whole territory asked about."""


def walk(code: str, version: int, to: int) -> Walk:
    """Follow a code of a version, which must be in it, to another version."""
    return _forward(code, version, to) if to >= version else _backward(code, version, to)


def same_territory(code: str, version: int, to: int) -> str | None:
    """Code of exactly the same territory in another version, if it has one."""
    found = walk(code, version, to)
    target = next(iter(found.parts), "")
    if len(found.parts) != 1 or not found.complete:
        return None
    return target if tuple(walk(target, to, version).parts) == (code,) else None


def _forward(code: str, version: int, to: int) -> Walk:
    parts = {code: Part(1.0, 1.0, untouched=True)}
    complete = True
    for year, following in pairwise(v for v in VERSIONS if version <= v <= to):
        reached: dict[str, Part] = {}
        for source, part in parts.items():
            found = _successors(source, year, following)
            complete = complete and sum(row.share_area for row in found) >= WHOLE
            for target, piece in _pieces(source, part, found, following):
                reached[target] = _join(reached[target], piece) if target in reached else piece
        parts = reached
    return Walk(parts, complete)


def _backward(code: str, version: int, to: int) -> Walk:
    codes = {code}
    complete = True
    for earlier, year in reversed(list(pairwise(v for v in VERSIONS if to <= v <= version))):
        found = [_predecessors(target, year, earlier) for target in codes]
        complete = complete and all(found)
        codes = {source for sources in found for source in sources}
    return Walk(dict.fromkeys(sorted(codes), Part(None, None)), complete)


def _successors(code: str, version: int, following: int) -> tuple[Row, ...]:
    """Targets of a code in the next version, the part that silently kept its code among them."""
    published = tables().changes.get((code, version), ())
    if tables().has(code, following):
        if all(row.code != code for row in published):
            return (*published, _rest(code, published))
    elif len(published) == 1 and published[0].share_area >= SUCCESSOR:
        return (published[0]._replace(share_area=1.0, share_population=1.0),)
    return published


def _rest(code: str, published: tuple[Row, ...]) -> Row:
    area = 1 - sum(row.share_area for row in published)
    population = 1 - sum(row.share_population for row in published)
    return Row(code, round(area, 4), round(population, 4), "rest")


def _predecessors(code: str, version: int, earlier: int) -> tuple[str, ...]:
    """Codes of the version before that have territory in a code."""
    published = tables().origins.get((code, version), ())
    if tables().has(code, earlier) and code not in published:
        return (*published, code)
    return published


def _pieces(
    source: str, part: Part, found: tuple[Row, ...], following: int
) -> Iterator[tuple[str, Part]]:
    for row in found:
        if len(found) == 1 and row.share_area >= WHOLE:
            alone = _predecessors(row.code, following, _before(following)) == (source,)
            yield row.code, part._replace(untouched=part.untouched and alone)
        elif part.untouched:
            yield row.code, Part(row.share_area, row.share_population)
        else:
            yield row.code, Part(None, None)


def _before(version: int) -> int:
    return VERSIONS[VERSIONS.index(version) - 1]


def _join(one: Part, other: Part) -> Part:
    return Part(
        _sum(one.share_area, other.share_area), _sum(one.share_population, other.share_population)
    )


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else round(one + other, 4)
