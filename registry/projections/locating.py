"""Locates recorded region codes in a version of NUTS, or says why that cannot be done.

A seat counts before the regions something operates in. Where the regions that count do not come
to one place (a code that was split or shifted between the versions, or several regions of which
none is said to be the one), it is ambiguous: it may lie in each of the candidates.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from registry.events.v1 import values_pb2
from registry.reference import countries, nuts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registry.domain.values import Region
    from registry.reference.nuts import Candidate

AT, UNLOCATED, AMBIGUOUS, LEFT_NUTS = "at", "unlocated", "ambiguous", "left-nuts"
NOWHERE = "|"
"""Location of what has neither a region nor a country."""


class Code(NamedTuple):
    """A region as recorded: its code, and the year of the classification it is of."""

    code: str
    version: int


class Standing(NamedTuple):
    """Where something is in a version of NUTS."""

    bucket: str
    """AT, UNLOCATED, AMBIGUOUS or LEFT_NUTS."""
    region: str
    """Code at level 2, coarser where no finer one is known; empty unless AT."""
    areas: tuple[tuple[str, int], ...]
    """Every region from the country down that it lies or may lie in, and 1 where certainly."""
    country: str
    """ISO code of the country all of it lies in; empty where not known."""
    candidates: tuple[Candidate, ...]
    """Where it is AMBIGUOUS: regions that it may lie in; of one code, with its shares."""


def location(regions: Iterable[Region], country: str) -> str:
    """One text for what is recorded of a place: "PL12.2013|PL"; the same for the same place.

    Args:
        regions: as recorded; none where no code fits.
        country: ISO code, empty where not known.
    """
    regions = tuple(regions)
    operating = values_pb2.Region.ROLE_OPERATING
    counting = [r for r in regions if r.role != operating] or regions
    return f"{' '.join(f'{r.code}.{r.classification_version}' for r in counting)}|{country}"


def codes(place: str) -> tuple[Code, ...]:
    """The regions of a location."""
    stated = place.partition("|")[0].split()
    return tuple(Code(code, int(year)) for code, _, year in (s.partition(".") for s in stated))


@lru_cache(maxsize=60_000)
def standing(place: str, version: int) -> Standing:
    """Where a location is in a version of NUTS."""
    stated = codes(place)
    country = place.partition("|")[2] or _country_of(stated)
    found = [nuts.resolve(code, year, version) for code, year in stated]
    exact = _finest({r.code for r in found if r.code is not None}, version)
    candidates = [candidate for r in found for candidate in r.candidates]
    known = [r for r in found if r.kind != "unknown"]
    if not known:
        return _nowhere(UNLOCATED, country)
    if not exact and not candidates:
        return _nowhere(LEFT_NUTS, country)
    if len(exact) == 1 and all(r.code is not None for r in known):
        return _at(next(iter(exact)), country, version)
    if len(known) > 1:
        every = _finest(exact | {candidate.code for candidate in candidates}, version)
        candidates = [nuts.Candidate(code, None, None) for code in sorted(every)]
    whole = all(r.kind != "left" for r in known)
    return _ambiguous(tuple(candidates), country, version, whole=whole)


def _finest(found: set[str], version: int) -> set[str]:
    """Those that hold no other one: a region and a part of it are one place."""
    return {
        code
        for code in found
        if not any(other != code and nuts.within(other, code, version) for other in found)
    }


def _at(code: str, country: str, version: int) -> Standing:
    areas = tuple((area, 1) for area in nuts.ancestors(code, version))
    return Standing(AT, nuts.nuts2(code, version), areas, country, ())


def _ambiguous(
    candidates: tuple[Candidate, ...], country: str, version: int, *, whole: bool
) -> Standing:
    """It may lie in each of the candidates, or outside them where they are not the whole of it."""
    above = [set(nuts.ancestors(candidate.code, version)) for candidate in candidates]
    everywhere = set.intersection(*above) if whole else set()
    areas = {area: int(area in everywhere) for area in set.union(*above)}
    return Standing(AMBIGUOUS, "", tuple(sorted(areas.items())), country, candidates)


def _nowhere(bucket: str, country: str) -> Standing:
    areas = ((countries.eurostat(country), 1),) if country else ()
    return Standing(bucket, "", areas, country, ())


def _country_of(stated: tuple[Code, ...]) -> str:
    """ISO code of the one country of these codes."""
    found = {nuts.region(code, version).country_iso for code, version in stated}
    return found.pop() if len(found) == 1 else ""
