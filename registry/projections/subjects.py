"""Subjects: what a summary, a series or an explanation is of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from registry.errors import NotFound
from registry.projections.scopes import ecosystem_scope, region_scope
from registry.reference import ecosystems, nuts

if TYPE_CHECKING:
    from registry.projections.scopes import Scope

ECOSYSTEM, REGION, EDITION = "ecosystem", "region", "edition"


class Subject(NamedTuple):
    """An ecosystem, a region of a version of NUTS, or an edition."""

    kind: str
    """ECOSYSTEM, REGION or EDITION."""
    key: str
    """Slug, code or resource name."""
    name: str
    """Published name; empty where there is none, and for an edition."""
    version: int = 0
    """Of NUTS; 0 for what is no region."""

    @classmethod
    def ecosystem(cls, slug: str) -> Self:
        """One that there is.

        Raises:
            NotFound: for a slug that is none.
        """
        try:
            return cls(ECOSYSTEM, slug, ecosystems.ecosystem(slug).name)
        except ecosystems.UnknownEcosystem as error:
            raise NotFound(f"ecosystems/{slug}", str(error)) from None

    @classmethod
    def region(cls, code: str, version: int) -> Self:
        """One that is in a version, as people write it.

        Raises:
            NotFound: for a code that is not in it, saying where its territory lies.
        """
        try:
            found = nuts.region(nuts.written(code, version), version)
        except nuts.UnknownRegion as error:
            raise NotFound(f"regions/{code}", str(error)) from None
        return cls(REGION, found.code, found.name or "", version)

    @classmethod
    def edition(cls, stream: str) -> Self:
        """One by its resource name; whether it is registered is found when it is read."""
        return cls(EDITION, stream, "")


def scope_of(subject: Subject) -> Scope:
    """What belongs to an ecosystem or lies in a region."""
    if subject.kind == REGION:
        return region_scope(subject.key, subject.version)
    return ecosystem_scope(subject.key)
