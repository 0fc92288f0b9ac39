"""Locates recorded region codes in NUTS 2024, or says why that cannot be done.

A seat counts before the regions something operates in. Where the regions that count do not come
to one place (a code that was split or shifted on the way to 2024, or several regions of which none
is said to be the one), it is ambiguous: it may lie in each of the candidates.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from registry.events.v1 import values_pb2
from registry.projections.tables import AMBIGUOUS, AT, LEFT_NUTS, UNLOCATED
from registry.reference import countries, nuts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registry.domain.values import Region

Code = tuple[str, int]
"""A code and the year of its classification."""


class Standing(NamedTuple):
    """Where something is in NUTS 2024; the values are those of Place and Area."""

    bucket: str
    region: str
    areas: tuple[tuple[str, int], ...]
    """Every region from the country down that it lies or may lie in, and whether certainly."""
    country: str
    """ISO code of the country all of it lies in; empty where not known."""


def locate(regions: Iterable[Region], country: str) -> Standing:
    """Where something is.

    Args:
        regions: as recorded; none where no code fits.
        country: ISO code, empty where not known.
    """
    regions = tuple(regions)
    operating = values_pb2.Region.ROLE_OPERATING
    seats = tuple((r.code, r.classification_version) for r in regions if r.role != operating)
    return _standing(seats or tuple((r.code, r.classification_version) for r in regions), country)


@lru_cache(maxsize=10_000)
def _standing(codes: tuple[Code, ...], country: str) -> Standing:
    found = [nuts.resolve(code, version) for code, version in codes]
    exact = _finest({r.code for r in found if r.code is not None})
    others = {candidate.code for r in found for candidate in r.candidates}
    known = [r for r in found if r.kind != "unknown"]
    if not known:
        return _nowhere(UNLOCATED, country)
    if not exact and not others:
        return _nowhere(LEFT_NUTS, country or _country_of(codes))
    if len(exact) == 1 and all(r.code is not None for r in known):
        return _at(next(iter(exact)), country)
    return _ambiguous(exact | others, country)


def _finest(codes: set[str]) -> set[str]:
    """Those that hold no other one: a region and a part of it are one place."""
    return {
        code
        for code in codes
        if not any(other != code and nuts.within(other, code, nuts.LATEST) for other in codes)
    }


def _at(code: str, country: str) -> Standing:
    above = nuts.ancestors(code, nuts.LATEST)
    areas = tuple((area, 1) for area in above)
    located_in = country or nuts.region(code).country_iso
    return Standing(AT, nuts.nuts2(code, nuts.LATEST), areas, located_in)


def _ambiguous(candidates: set[str], country: str) -> Standing:
    above = [set(nuts.ancestors(code, nuts.LATEST)) for code in sorted(candidates)]
    everywhere = set.intersection(*above)
    areas = {area: int(area in everywhere) for area in set.union(*above)}
    shared = {nuts.region(code).country_iso for code in candidates}
    if not country and len(shared) == 1:
        country = shared.pop()
    return Standing(AMBIGUOUS, "", tuple(sorted(areas.items())), country)


def _nowhere(bucket: str, country: str) -> Standing:
    areas = ((countries.eurostat(country), 1),) if country else ()
    return Standing(bucket, "", areas, country)


def _country_of(codes: tuple[Code, ...]) -> str:
    """ISO code of the one country of these codes."""
    found = {nuts.region(code, version).country_iso for code, version in codes}
    return found.pop() if len(found) == 1 else ""
