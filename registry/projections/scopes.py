"""Scopes: what belongs to an ecosystem or lies in a region."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Scope(NamedTuple):
    """What belongs to a subject: rows `s` of streams, and when they do."""

    source: str
    """What SQL selects from; `s` has stream, from_day, to_day and known_to."""
    where: str
    certain: str
    """Expression: 1 where it certainly belongs to the subject."""
    params: Mapping[str, int | str]
    rests_on: str
    """Attribute by which it belongs to the subject: "ecosystems" or "location"."""

    def sql(self, text: str) -> str:
        """Fill in what selects it: {source}, {where} and {certain}."""
        return text.format(source=self.source, where=self.where, certain=self.certain)


def ecosystem_scope(slug: str) -> Scope:
    """Clusters and partnerships with a tag."""
    where = "s.ecosystem = :ecosystem"
    return Scope("tags s", where, "1", {"ecosystem": slug}, "ecosystems")


def region_scope(code: str, version: int) -> Scope:
    """What lies, or may lie, in a region of a version of NUTS."""
    return Scope(
        "areas a JOIN places s ON s.location = a.location",
        "a.version = :version AND a.area = :area",
        "a.certain",
        {"version": version, "area": code},
        "location",
    )
