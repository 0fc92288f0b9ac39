"""Regions of the NUTS classification, version by version, and of the countries beside it.

A code means a territory only together with a version of the classification (NUTS regulation (EC)
1059/2003 and its amendments). Countries stand above it at level 0: they are in every version, also
where no region of theirs is, and may be written the ISO or the Eurostat way.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

from registry.reference import countries
from registry.reference._succession import same_territory, walk
from registry.reference._tables import LATEST, VERSIONS, tables
from registry.reference._tables import parent as _parent

__all__ = [
    "LATEST",
    "VERSIONS",
    "Candidate",
    "Region",
    "Resolution",
    "UnknownRegion",
    "UnknownVersion",
    "ancestors",
    "below",
    "children",
    "newest_version",
    "nuts2",
    "region",
    "resolve",
    "versions",
    "within",
    "written",
]

_UK_NAMES = 2016
"""The version in which the regions of the United Kingdom are named; it is in none after 2021."""
_COUNTRY = 2
"""Letters of a country code."""
_NUTS_2 = 2


class UnknownVersion(LookupError):
    """The classification has no such version."""

    def __init__(self, version: int) -> None:
        known = ", ".join(map(str, VERSIONS))
        super().__init__(f"{version} is no version of the NUTS classification: expected {known}")
        self.version = version


class UnknownRegion(LookupError):
    """The code is not in the version asked for."""

    def __init__(
        self, code: str, version: int | None, found_in: tuple[int, ...], became: str = ""
    ) -> None:
        where = "NUTS" if version is None else f"NUTS {version}"
        known = f"it is in {', '.join(map(str, found_in))}" if found_in else "it is in no version"
        super().__init__(f"{code!r} is not in {where}: {known}{became}")
        self.code = code
        self.version = version
        self.found_in = found_in


@dataclass(frozen=True, slots=True)
class Region:
    """A region of one version."""

    code: str
    version: int
    level: int
    """0 for a country, then 1 to 3."""
    name: str | None
    """As Eurostat lists it today, where exactly this territory still has a code; else none."""
    parent: str | None
    """Code one level up; none for a country."""
    country_iso: str
    """ISO 3166 alpha-2."""
    statistical: bool
    """Of a country outside the European Union: agreed with Eurostat, not in the regulation."""


class Candidate(NamedTuple):
    """A region that has a part of the territory asked for; shares in 0..1, none if not known."""

    code: str
    share_area: float | None
    share_population: float | None
    """Of the population of 2011."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a code of one version is in another.

    exact: `code` holds the whole territory. ambiguous: each of `candidates`, largest share first,
    has a part of it, or none is known to have all. left: the territory is outside NUTS in that
    version. unknown: the code is not in its own version, or what became of it was not published.
    """

    kind: Literal["exact", "ambiguous", "left", "unknown"]
    code: str | None = None
    candidates: tuple[Candidate, ...] = ()


def region(code: str, version: int = LATEST) -> Region:
    """Region of a code in a version.

    Raises: UnknownRegion, UnknownVersion.
    """
    if not _known(code, version):
        found_in = versions(code)
        raise UnknownRegion(code, version, found_in, _became(code, found_in, version))
    return _region(code, version)


def written(text: str, version: int | None = None) -> str:
    """Code of a region as the classification writes it; None stands for any version.

    The text may be in any case, and begin with the letters of ISO or of Eurostat. Where neither
    is known it is answered in upper case, for `region` to refuse.

    Raises: UnknownVersion.
    """
    code = text.upper()
    other = countries.other_spelling(code[:_COUNTRY]) + code[_COUNTRY:]
    if _is_country(code):
        return countries.eurostat(code)
    return other if not _exists(code, version) and _exists(other, version) else code


def below(parent: str | None, version: int, level: int | None = None) -> tuple[str, ...]:
    """Codes of a level below a region, or in the whole classification; sorted.

    Args:
        parent: None for all countries that have regions in that version.
        version: of the classification.
        level: 0 to 3; None for the one directly below.

    Raises: UnknownRegion, UnknownVersion.
    """
    if parent is None:
        found: tuple[str, ...] = _countries(version)
        at = 0
    else:
        found, at = (region(parent, version).code,), len(parent) - _COUNTRY
    wanted = level if level is not None else (0 if parent is None else at + 1)
    for _ in range(at, wanted):
        found = tuple(child for code in found for child in children(code, version))
    return tuple(sorted(found)) if wanted >= at else ()


def versions(code: str) -> tuple[int, ...]:
    """Versions that have a code, oldest first; none for a code that never was.

    A code may mean another territory in each of them.
    """
    return VERSIONS if _is_country(code) else tables().versions.get(code, ())


def resolve(code: str, version: int, to: int = LATEST) -> Resolution:
    """What a code of a version is in another, later or earlier, version.

    Raises: UnknownVersion.
    """
    _require_version(to)
    if not _known(code, version):
        return Resolution("unknown")
    return _resolve(code, version, to)


def ancestors(code: str, version: int) -> tuple[str, ...]:
    """The code itself and all above it, up to Eurostat's code of the country.

    Raises: UnknownRegion, UnknownVersion.
    """
    above: tuple[str, ...] = ()
    at: str | None = code
    while at is not None:
        found = region(at, version)
        above, at = (*above, found.code), found.parent
    return above


def within(code: str, ancestor: str, version: int) -> bool:
    """Whether a region is another one or lies below it.

    Raises: UnknownRegion, UnknownVersion.
    """
    return region(ancestor, version).code in ancestors(code, version)


def nuts2(code: str, version: int) -> str:
    """Code at level 2 of a region, or the code itself where it is coarser.

    Raises: UnknownRegion, UnknownVersion.
    """
    above = ancestors(code, version)
    return next(a for a in above if region(a, version).level <= _NUTS_2)


def children(code: str, version: int) -> tuple[str, ...]:
    """Codes directly below a region, sorted; none for a country without regions.

    Raises: UnknownRegion, UnknownVersion.
    """
    return tables().children.get((region(code, version).code, version), ())


def newest_version(code: str) -> int:
    """Newest version that has a code.

    Raises: UnknownRegion.
    """
    found_in = versions(code)
    if not found_in:
        raise UnknownRegion(code, None, ())
    return found_in[-1]


@cache
def _countries(version: int) -> tuple[str, ...]:
    _require_version(version)
    parents = (code for code, year in tables().children if year == version)
    return tuple(sorted(code for code in parents if len(code) == _COUNTRY))


def _exists(code: str, version: int | None) -> bool:
    return bool(versions(code)) if version is None else _known(code, version)


def _became(code: str, found_in: tuple[int, ...], version: int) -> str:
    """What has the territory of a code in a version that has not the code."""
    if not found_in:
        return ""
    resolution = _resolve(code, found_in[-1], version)
    match resolution.kind:
        case "exact":
            return f"; in {version} its territory lies in {resolution.code}"
        case "ambiguous":
            parts = ", ".join(each.code for each in resolution.candidates)
            return f"; in {version} its territory lies in {parts}"
        case "left":
            return f"; in {version} its territory is outside NUTS"
    return ""


@cache
def _region(code: str, version: int) -> Region:
    if _is_country(code):
        code = countries.eurostat(code)
        name: str | None = countries.name(code)
    else:
        name = _name(code, version)
    level = len(code) - _COUNTRY
    above = _parent(code) if level else None
    country = code[:_COUNTRY]
    statistical = country in tables().statistical
    return Region(code, version, level, name, above, countries.iso(country), statistical)


def _name(code: str, version: int) -> str | None:
    named_in = _UK_NAMES if code.startswith("UK") else LATEST
    today = same_territory(code, version, named_in)
    return tables().names.get(today) if today else None


@cache
def _resolve(code: str, version: int, to: int) -> Resolution:
    if _is_country(code):
        return Resolution("exact", countries.eurostat(code))
    if version == to:
        return Resolution("exact", code)
    parts, complete = walk(code, version, to)
    if not parts:
        return Resolution("unknown" if code[:_COUNTRY] in tables().statistical else "left")
    if complete and len(parts) == 1:
        return Resolution("exact", next(iter(parts)))
    found = [Candidate(c, part.share_area, part.share_population) for c, part in parts.items()]
    return Resolution("ambiguous", None, tuple(sorted(found, key=_largest_first)))


def _largest_first(candidate: Candidate) -> tuple[float, str]:
    return -(candidate.share_area or 0.0), candidate.code


def _known(code: str, version: int) -> bool:
    _require_version(version)
    return _is_country(code) or tables().has(code, version)


def _require_version(version: int) -> None:
    if version not in VERSIONS:
        raise UnknownVersion(version)


def _is_country(code: str) -> bool:
    if len(code) != _COUNTRY:
        return False
    try:
        countries.iso(code)
    except countries.UnknownCountry:
        return False
    return code.isupper()
