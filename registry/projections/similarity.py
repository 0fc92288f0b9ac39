"""Similarity: who is called so nearly the same that it may be the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz import fuzz

from registry.projections.folding import fold
from registry.projections.matching import Grade, Match
from registry.projections.searching import search

if TYPE_CHECKING:
    from registry.projections.searching import Asked
    from registry.projections.store import Reading
    from registry.projections.tables import Listed

MIN_LIKENESS = 85
"""Percent of the letters that two names share in order, whatever the order of their words."""
MAX_COMPARED = 50


class Similar(NamedTuple):
    """A resource, and what it is or was called that is similar."""

    listed: Listed
    match: Match


def similar(reading: Reading, asked: Asked, own: str) -> tuple[Similar, ...]:
    """Resources but one's own that bear or bore a name or alias like a text, the likest first."""
    hits = search(reading, asked, MAX_COMPARED).hits
    found = [Similar(hit.listed, hit.matches[0]) for hit in hits if hit.listed.stream != own]
    return tuple(each for each in found if _is_like(asked.text, each.match))


def _is_like(text: str, match: Match) -> bool:
    if match.grade is Grade.EXACT:
        return True
    return fuzz.token_sort_ratio(fold(text), fold(match.text)) >= MIN_LIKENESS
