"""Search: resources by what they are and were called, whatever way it is typed.

First streams that may match are gathered by index, at most so many; then their terms are read and
graded. So the cost of a search does not grow with the registry as its hits do, and the answer is
the same on every database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from registry.projections.among import in_turns
from registry.projections.conditions import holds, known
from registry.projections.gathering import MAX_CANDIDATES, gather, gather_exact
from registry.projections.matching import (
    DIGITS,
    KINDS,
    Grade,
    Known,
    Match,
    Typed,
    all_matches,
    best_match,
)
from registry.projections.tables import NAMED, Listed, Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from registry.projections.store import Reading

_TERMS = f"""
SELECT {", ".join(Term._fields)} FROM terms
WHERE stream IN ({{}}) AND {known("terms")} AND from_day <= :day
"""  # noqa: S608 - our own names
_LISTED = f"""
SELECT {", ".join(Listed._fields)} FROM listed
WHERE kind = :kind AND stream IN ({{}}) AND {holds("listed")}
"""  # noqa: S608 - our own names


class Asked(NamedTuple):
    """A question of a search."""

    text: str
    day: int
    kinds: tuple[str, ...] = KINDS
    country: str = ""
    """ISO 3166-1 alpha-2; empty for all."""
    ecosystem: str = ""
    """Slug; empty for all."""
    misspelt: bool = False
    """Look for what is spelt nearly so even where enough is found without."""
    position: int | None = None
    """Position in the log whose knowledge is searched; None for what is known now."""


class Key(NamedTuple):
    """Where a hit stands: the best score first, then by name."""

    lost: float
    """1 less the score."""
    sort_name: str
    stream: str


class Hit(NamedTuple):
    """A resource that was found, and what of it matched, the best first."""

    key: Key
    listed: Listed
    matches: tuple[Match, ...]


class Found(NamedTuple):
    """A page of hits, the best first."""

    hits: tuple[Hit, ...]
    more: bool
    """Whether hits follow."""
    narrow: bool
    """Whether more may match than were graded: the question should say more."""
    read_position: int


def search(reading: Reading, asked: Asked, page_size: int, after: Key | None = None) -> Found:
    """Find resources by the text of a question, page by page."""
    typed = Typed.of(asked.text)
    streams, misspelt = gather(reading, asked, typed)
    graded: dict[Key, tuple[Match, ...]] = {}
    for stream, terms in _terms(reading, streams, asked.day).items():
        if match := best_match(typed, stream, terms, asked.day, misspelt=misspelt):
            graded[_key(stream, match, terms, asked.day)] = (match,)
    following = sorted(key for key in graded if after is None or key > after)
    hits = _hits(reading, {key: graded[key] for key in following[:page_size]}, asked.day)
    narrow = len(streams) >= MAX_CANDIDATES
    return Found(hits, len(following) > page_size, narrow, reading.checkpoint.position)


def resolve(reading: Reading, asked: Asked) -> Found:
    """Find the resources that bear or bore exactly what a question says."""
    typed = Typed.of(asked.text)
    streams = gather_exact(reading, asked, typed)
    graded: dict[Key, tuple[Match, ...]] = {}
    for stream, terms in _terms(reading, streams, asked.day).items():
        exact = [m for m in all_matches(typed, stream, terms, asked.day) if m.grade is Grade.EXACT]
        exact.sort(key=lambda match: (-match.score, match.text))
        if exact:
            graded[_key(stream, exact[0], terms, asked.day)] = tuple(exact)
    hits = _hits(reading, graded, asked.day)
    narrow = len(streams) >= MAX_CANDIDATES
    return Found(hits, more=False, narrow=narrow, read_position=reading.checkpoint.position)


def _key(stream: str, match: Match, terms: Iterable[Known], day: int) -> Key:
    name = next((t.folded for t in terms if t.source == NAMED and t.to_day >= day), "")
    return Key(round(1 - match.score, DIGITS), name, stream)


def _terms(reading: Reading, streams: Sequence[str], day: int) -> dict[str, list[Known]]:
    """Terms of streams, in a fixed order."""
    terms: dict[str, list[Known]] = {stream: [] for stream in streams}
    for sql, params in in_turns(_TERMS, streams):
        for row in reading.rows(sql, day=day, **params):
            terms[row[0]].append(Known(*row))
    for each in terms.values():
        each.sort()
    return terms


def _hits(reading: Reading, graded: dict[Key, tuple[Match, ...]], day: int) -> tuple[Hit, ...]:
    """Hits with what lists show of them, the best first."""
    listed: dict[str, Listed] = {}
    for kind in KINDS:
        streams = [key.stream for key in graded if key.stream.startswith(f"{kind}/")]
        for sql, params in in_turns(_LISTED, streams):
            rows = reading.rows(sql, kind=kind, day=day, **params)
            listed |= {row.stream: row for row in map(Listed._make, rows)}
    return tuple(Hit(key, listed[key.stream], graded[key]) for key in sorted(graded))
