"""The 14 industrial ecosystems of the European Commission, by their published names."""

import unicodedata
from dataclasses import dataclass
from functools import cache

from registry.reference._tables import rows


class UnknownEcosystem(LookupError):
    """The slug names no ecosystem."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"{slug!r} is no ecosystem: expected one of {', '.join(_by_slug())}")
        self.slug = slug


@dataclass(frozen=True, slots=True)
class Ecosystem:
    """One ecosystem; there are no official codes, so the slug is the registry's own."""

    slug: str
    name: str
    aliases: tuple[str, ...]
    """Other published names."""


def ecosystems() -> tuple[Ecosystem, ...]:
    """All ecosystems in the order of their publication, which is that of their names."""
    return tuple(_by_slug().values())


def ecosystem(slug: str) -> Ecosystem:
    """Ecosystem of a slug.

    Raises: UnknownEcosystem.
    """
    try:
        return _by_slug()[slug]
    except KeyError:
        raise UnknownEcosystem(slug) from None


def match(text: str) -> str | None:
    """Slug of the ecosystem whose slug or published name the whole text is, or none.

    Case, diacritics and surrounding or repeated spaces do not count. A part of a name never
    matches: a theme "Mobility" is not the ecosystem "Mobility-Transport-Automotive".
    """
    return _by_name().get(_folded(text))


@cache
def _by_slug() -> dict[str, Ecosystem]:
    return {
        slug: Ecosystem(slug, name, (alias,) if alias != name else ())
        for slug, name, alias in rows("ecosystems.csv")
    }


@cache
def _by_name() -> dict[str, str]:
    return {
        _folded(text): found.slug
        for found in ecosystems()
        for text in (found.slug, found.name, *found.aliases)
    }


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())
