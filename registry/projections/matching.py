"""Matching: how well the terms of a resource answer what was typed."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple, Self

from registry.projections.folding import fold, joined, words
from registry.projections.spelling import nearness
from registry.projections.tables import ALIAS, IDENTIFIER, NAMED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

KINDS = ("clusters", "organisations", "partnerships", "editions")
"""What has a name of its own."""


class Grade(IntEnum):
    """How a term matches; the numbers are those of registry.v1.MatchGrade."""

    EXACT = 1
    """Its whole text."""
    PREFIX = 2
    """It begins so."""
    WORDS = 3
    """Each word typed begins a word of it."""
    FUZZY = 4
    """The same, with letters that are wrong, missing, too many or exchanged."""


class Borne(IntEnum):
    """What of a resource matched; the numbers are those of registry.v1.Borne."""

    NAME = 1
    FORMER_NAME = 2
    ALIAS = 3
    IDENTIFIER = 4
    ID = 5


class Known(NamedTuple):
    """A term of a resource as the views have it."""

    stream: str
    from_day: int
    to_day: int
    source: int
    scheme: str
    text: str
    folded: str
    since: str
    until: str

    def borne(self, day: int) -> Borne:
        """What it is to its resource on a day."""
        if self.source == NAMED:
            return Borne.NAME if self.to_day >= day else Borne.FORMER_NAME
        return {ALIAS: Borne.ALIAS, IDENTIFIER: Borne.IDENTIFIER}[self.source]


class Typed(NamedTuple):
    """What somebody looks for."""

    folded: str
    words: tuple[str, ...]
    joined: str
    """With what is joined by hyphens or points as one word."""
    kind: str = ""
    """Of a resource name, whose id is then the text; else empty."""
    identifier: tuple[str, str] | None = None
    """Scheme and folded value, where it can be read so: "eu-pic 999", "eu-pic:999"."""

    @classmethod
    def of(cls, text: str) -> Self:
        """Read a text, or a resource name or its beginning ("clusters/dolina")."""
        kind, slash, own_id = text.strip().partition("/")
        named = kind if slash and kind in KINDS else ""
        text = own_id if named else text
        folded = fold(text)
        asked = tuple(dict.fromkeys(folded.split()))
        return cls(folded, asked, joined(text), named, _scheme_and_value(text))


class Match(NamedTuple):
    """The best that a resource has to offer; the higher the score, the better."""

    score: float
    grade: Grade
    borne: Borne
    scheme: str
    text: str
    since: str
    until: str


_BASES = {Grade.EXACT: 1.0, Grade.PREFIX: 0.8, Grade.WORDS: 0.6, Grade.FUZZY: 0.4}
_LOOSE = 0.015
"""Most that is lost to more letters than were typed; less than lies between two of what is borne,
which goes before."""
_LOST = {
    Borne.NAME: 0.0,
    Borne.ALIAS: 0.02,
    Borne.IDENTIFIER: 0.02,
    Borne.ID: 0.04,
    Borne.FORMER_NAME: 0.06,
}
_ENDED = 0.04
"""Lost besides by an identifier that is no longer valid: as much as by a former name."""
DIGITS = 6
"""Of a score: of two long names the shorter still goes before."""
_SCATTERED = 0.1
"""Lost where the words typed are in several terms."""


def best_match(
    typed: Typed, stream: str, terms: Sequence[Known], day: int, *, misspelt: bool
) -> Match | None:
    """Best match of a resource; None where it has none.

    Whether a misspelling is one is the caller's to say: a resource that is gathered as it was
    typed may be called so on a later day only, and on this one nearly so.
    """
    matches = all_matches(typed, stream, terms, day)
    if not matches and not typed.kind:
        near = _misspelt(typed, terms, day) if misspelt else []
        matches = near or _scattered(typed, terms, day, misspelt=misspelt)
    return max(matches, key=lambda match: match[:3], default=None)


def all_matches(typed: Typed, stream: str, terms: Sequence[Known], day: int) -> list[Match]:
    """Every term that matches by itself as it was typed, and the id."""
    asked = () if typed.kind else terms
    graded_terms = ((term, _graded_term(typed, term)) for term in asked)
    found = [_match(*graded, term, day) for term, graded in graded_terms if graded]
    own_id = stream.rpartition("/")[2]
    # No index has the words of ids: one that is gathered by something else has none either.
    if graded := _graded(typed, own_id.replace("-", " "), ()):
        score = _score(*graded, _LOST[Borne.ID])
        found.append(Match(score, graded[0], Borne.ID, "", own_id, "", ""))
    return found


def _misspelt(typed: Typed, terms: Sequence[Known], day: int) -> list[Match]:
    """Every term that has words near to those typed."""
    near = ((term, _near(typed, term.folded, words(term.text))) for term in terms)
    return [_match(Grade.FUZZY, closeness, term, day) for term, closeness in near if closeness]


def _scattered(typed: Typed, terms: Sequence[Known], day: int, *, misspelt: bool) -> list[Match]:
    """A match of the words of all terms together, shown by the term that has most of them."""
    union = frozenset[str]().union(*(words(term.text) for term in terms))
    graded, near = _graded(typed, "", union), _near(typed, "", union) if misspelt else 0.0
    if not terms or not (graded or near):
        return []
    shown = max(terms, key=lambda term: (_nearness(typed, term), -term.borne(day), term.text))
    if graded:
        return [_match(*graded, shown, day, _SCATTERED)]
    return [_match(Grade.FUZZY, near, shown, day)]


def _match(grade: Grade, closeness: float, term: Known, day: int, lost: float = 0.0) -> Match:
    borne = term.borne(day)
    lost += _LOST[borne]
    if borne is Borne.IDENTIFIER and term.to_day < day:
        lost += _ENDED
    score = _score(grade, closeness, lost)
    return Match(score, grade, borne, term.scheme, term.text, term.since, term.until)


def _score(grade: Grade, closeness: float, lost: float) -> float:
    return round(_BASES[grade] - _LOOSE * (1 - closeness) - lost, DIGITS)


def _graded_term(typed: Typed, term: Known) -> tuple[Grade, float] | None:
    if term.scheme and typed.identifier == (term.scheme, term.folded):
        return Grade.EXACT, 1.0
    return _graded(typed, term.folded, words(term.text))


def _graded(typed: Typed, folded: str, of: Iterable[str]) -> tuple[Grade, float] | None:
    """How a term matches as it was typed, and how much of it was typed, 0 to 1."""
    if typed.folded.replace(" ", "") == folded.replace(" ", ""):
        return Grade.EXACT, 1.0 if folded == typed.folded else 0.5
    if folded.startswith(typed.folded):
        return Grade.PREFIX, _share(typed, folded)
    begun = all(any(word.startswith(one) for word in of) for one in typed.words)
    if begun or typed.joined in of:
        return Grade.WORDS, _share(typed, folded)
    return None


def _near(typed: Typed, folded: str, of: Iterable[str]) -> float:
    """How near the words typed are to those of a term, 0 (any of them too far) to 1."""
    near = [max((nearness(one, word) for word in of), default=0.0) for one in typed.words]
    return 0.7 * sum(near) / len(near) + 0.3 * _share(typed, folded) if near and all(near) else 0.0


def _share(typed: Typed, folded: str) -> float:
    return min(1.0, len(typed.folded) / max(len(folded), 1))


def _nearness(typed: Typed, term: Known) -> float:
    of = words(term.text)
    return sum(max((nearness(one, word) for word in of), default=0.0) for one in typed.words)


def _scheme_and_value(text: str) -> tuple[str, str] | None:
    scheme, _, value = text.strip().replace(":", " ", 1).partition(" ")
    return (scheme.lower(), fold(value)) if scheme and value.strip() else None
