"""Paths: how a figure of a summary is named, and the keys that a map of figures may have.

The path is that of the figure in proto JSON: "clusters.byRegion.PL82", "participants.returning".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import NamedTuple, TypeAlias

from registry.errors import InvalidField
from registry.projections.figures import TOTAL, Figure, camel
from registry.projections.tagged import LEVELS, EcosystemCounts
from registry.reference import countries, ecosystems, nuts


class Group(NamedTuple):
    """Figures of one part of a summary."""

    counts: type | None = None
    """Its fields are the figures; None: each key is one, or there is one without a name."""
    keyed: bool = False


Groups: TypeAlias = Mapping[str, Group]


def parsed(path: str, groups: Groups, by_version: int) -> tuple[str, Figure]:
    """Group and figure that a path names, the key as it is counted: "el" is GR.

    Args:
        path: "clusters.byCountry.el", "linkedEcosystems.health".
        groups: of the summary, by their names.
        by_version: version of NUTS that regions are counted in.

    Raises:
        InvalidField: for what is no figure of the summary, or a key that none can have.
    """
    known = dict(_names(groups))
    if path in known and not path.endswith(_ANY):
        return known[path].group, known[path].figure
    named, _, key = path.rpartition(".")
    found = known.get(named + _ANY)
    if found is None or key in {"", "*"}:
        raise InvalidField("figure", _no_figure(path, known))
    try:
        return found.group, found.figure._replace(key=found.keys.read(key, by_version))
    except (LookupError, ValueError) as error:
        raise InvalidField("figure", f"{path!r}: {error}") from None


class _Named(NamedTuple):
    """A figure, of which group, and the keys that it may have."""

    group: str
    figure: Figure
    keys: _Keys


_ANY = ".*"
"""Stands for the key of a map."""


def _names(groups: Groups) -> Iterator[tuple[str, _Named]]:
    """Every figure of a summary by its path."""
    for group, (counts, keyed) in groups.items():
        if counts is None:
            figure, end = (Figure(group), _ANY) if keyed else (TOTAL, "")
            yield camel(group) + end, _Named(group, figure, _ECOSYSTEM)
            continue
        for field in fields(counts):
            if field.name != "ambiguous_places":
                end = _ANY if field.default_factory is dict else ""
                name = f"{camel(group)}.{camel(field.name)}{end}"
                yield name, _Named(group, Figure(field.name), _keys(counts, field.name))


def _no_figure(path: str, known: Mapping[str, _Named]) -> str:
    """What is wrong with a path, and which is meant."""
    stem = path.removesuffix("*").removesuffix(".")
    if stem + _ANY in known:
        return f"{path!r}: a key is missing: {_example(stem + _ANY, known)}"
    inside = [name for name in known if name.startswith(f"{stem}.")]
    meant = inside or get_close_matches(path, known, n=3)
    said = f"{path!r} is no figure of this summary"
    if meant:
        return f"{said}: did you mean {', '.join(_example(name, known) for name in meant)}?"
    begins = dict.fromkeys(name.partition(".")[0] for name in known)
    return f"{said}: its JSON has their names, which begin with {', '.join(begins)}"


def _example(name: str, known: Mapping[str, _Named]) -> str:
    return f"{name.removesuffix('*')}{known[name].keys.example}" if name.endswith(_ANY) else name


# -- keys ----------------------------------------------------------------------------------


class _Keys(NamedTuple):
    """Keys that the maps of a kind may have."""

    example: str
    read: Callable[[str, int], str]
    """The key as it is counted, of what was typed and a version of NUTS.

    Raises: LookupError, ValueError.
    """


def _country(text: str, _: int) -> str:
    return countries.iso(text.removeprefix("countries/").removeprefix("regions/"))


def _region(text: str, version: int) -> str:
    return nuts.region(nuts.written(text.removeprefix("regions/"), version), version).code


def _region_of_level_2(text: str, version: int) -> str:
    code = _region(text, version)
    if (counted := nuts.nuts2(code, version)) != code:
        raise ValueError(f"regions are counted at level 2: {code} lies in {counted}")
    return code


def _ecosystem(text: str, _: int) -> str:
    slug = text.removeprefix("ecosystems/")
    if (found := ecosystems.match(slug)) is None:
        raise ecosystems.UnknownEcosystem(slug)
    return found


def _edition(text: str, _: int) -> str:
    edition = text.removeprefix("editions/").lower()
    if not re.fullmatch("[a-z0-9]([a-z0-9-]*[a-z0-9])?", edition):
        raise ValueError(f"{text!r} is no id of an edition")
    return edition


def _one_of(*words: str) -> _Keys:
    def read(text: str, _: int) -> str:
        if (word := text.lower()) in words:
            return word
        meant = get_close_matches(word, words, n=1)
        advice = f"; did you mean {meant[0]}?" if meant else ""
        raise ValueError(f"{text!r} is none of {', '.join(words)}{advice}")

    return _Keys(words[0], read)


_ECOSYSTEM, _REGION = _Keys("digital", _ecosystem), _Keys("PL82", _region)
_KEYS = {
    "by_country": _Keys("PL", _country),
    "by_region": _Keys("PL82", _region_of_level_2),
    "by_kind": _one_of("cluster", "organisation", "partnership", "delegation"),
    "by_status": _one_of("registered", "confirmed", "attended"),
    "by_edition": _Keys("ecc-2022", _edition),
}
_KEYS_OF_AN_ECOSYSTEM = dict.fromkeys(
    ("coarser", "ambiguous", "left_nuts"), _one_of(*map(str, LEVELS))
) | {"in_region": _REGION, "clusters": _REGION}


def _keys(counts: type, field: str) -> _Keys:
    if counts is EcosystemCounts:
        return _KEYS_OF_AN_ECOSYSTEM.get(field, _ECOSYSTEM)
    return _KEYS.get(field, _ECOSYSTEM)
