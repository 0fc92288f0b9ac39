"""Gathering: the streams that may match what was typed, by index, the surest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from registry.projections import spelling
from registry.projections.among import among
from registry.projections.conditions import holds, known
from registry.projections.folding import AFTER_ANY
from registry.projections.matching import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registry.projections.matching import Typed
    from registry.projections.searching import Asked
    from registry.projections.store import Reading

MAX_CANDIDATES = 200
ENOUGH = 20
"""Where as many match as it was typed, no misspelling is looked for."""
MAX_WORDS = 8
"""Words that are looked for; all of them are graded."""
_COUNTED = 1_000

_EXACT = """
SELECT DISTINCT x.stream FROM terms x WHERE x.folded = :text AND {here}
ORDER BY x.stream LIMIT :most
"""
_PREFIX = """
SELECT x.stream FROM terms x WHERE x.folded > :text AND x.folded < :after AND {here}
ORDER BY x.folded, x.stream LIMIT :most
"""
_ID = """
SELECT x.stream FROM listed x WHERE x.kind = :kind AND x.stream >= :text AND x.stream < :after
AND {here} AND x.to_day >= :day ORDER BY x.stream LIMIT :most
"""
_WORDS = """
SELECT x.stream FROM ({words}) x WHERE 1 = 1 {others} {selected}
ORDER BY x.word, x.stream LIMIT :most
"""
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM ({words}) x LIMIT {counted}) counted"
_BEGUN = f"""
SELECT word, stream FROM words w
WHERE w.word >= :{{name}}_from AND w.word < :{{name}}_to AND {known("w")}
"""  # noqa: S608 - our own names
_MEANT = f"UNION ALL SELECT word, stream FROM words w WHERE w.word IN ({{meant}}) AND {known('w')}"  # noqa: S608
_OTHER = f"""
AND (EXISTS (SELECT 1 FROM terms o WHERE o.stream = x.stream AND {known("o")}
        AND ' ' || o.folded LIKE :{{name}}_within)
    OR EXISTS (SELECT 1 FROM words v WHERE v.word IN ({{meant}}) AND v.stream = x.stream
        AND {known("v")}))
"""  # noqa: S608 - our own names
_COUNTRY = """
AND EXISTS (SELECT 1 FROM listed l WHERE l.kind IN ({kinds}) AND l.stream = x.stream
    AND {holds} AND l.country = :country)
"""
_ECOSYSTEM = """
AND EXISTS (SELECT 1 FROM tags g WHERE g.stream = x.stream AND {holds} AND g.ecosystem = :ecosystem)
"""


class Gathered(NamedTuple):
    """Streams that may match, at most MAX_CANDIDATES."""

    streams: list[str]
    misspelt: bool = False
    """Whether what is spelt nearly so was looked for, too."""


def gather(reading: Reading, asked: Asked, typed: Typed) -> Gathered:
    """Gather what may match."""
    found = _Gathering(reading, asked, typed)
    if not typed.folded:
        return Gathered([])
    misspelt = False
    found.ids()
    if not typed.kind:
        found.exact()
        named = bool(found.streams)
        found.prefix()
        found.words()
        misspelt = asked.misspelt or (not named and len(found.streams) < ENOUGH)
        if misspelt:
            found.misspelt()
    return Gathered(found.streams, misspelt)


def gather_exact(reading: Reading, asked: Asked, typed: Typed) -> list[str]:
    """Streams whose whole name, alias, identifier or id it is."""
    found = _Gathering(reading, asked, typed)
    if typed.folded:
        found.ids(exact=True)
        found.exact()
    return found.streams


class _Gathering:
    """Streams each once, in the order in which they came up."""

    def __init__(self, reading: Reading, asked: Asked, typed: Typed) -> None:
        self._reading = reading
        self._asked = asked
        self._typed = typed
        self._found: dict[str, None] = {}
        self._params: dict[str, int | str] = {"day": asked.day}
        self._selected = self._selection()
        self._here = f"{known('x')} AND x.from_day <= :day {self._selected}"

    @property
    def streams(self) -> list[str]:
        return list(self._found)[:MAX_CANDIDATES]

    def exact(self) -> None:
        """Whose whole name, alias or identifier it is."""
        self._take(_EXACT, text=self._typed.folded)
        if self._typed.joined != self._typed.folded:
            self._take(_EXACT, text=self._typed.joined)
        if self._typed.identifier:
            self._take(_EXACT, text=self._typed.identifier[1])

    def prefix(self) -> None:
        """Whose name begins so."""
        text = self._typed.folded
        self._take(_PREFIX, text=text, after=text + AFTER_ANY)

    def ids(self, *, exact: bool = False) -> None:
        """Whose id it is, or begins so; a resource name says its kind."""
        slug = self._typed.folded.replace(" ", "-")
        for each in self._asked.kinds:
            if self._typed.kind in ("", each):
                text = f"{each}/{slug}"
                self._take(_ID, kind=each, text=text, after=text + ("\t" if exact else AFTER_ANY))

    def words(self) -> None:
        """Who has every word, or one that begins so."""
        self._with_each([_Word(n, word) for n, word in enumerate(self._typed.words[:MAX_WORDS])])

    def misspelt(self) -> None:
        """Who has every word, or one that it may have been meant to be."""
        typed = self._typed.words[:MAX_WORDS]
        known = spelling.known(self._reading, typed)
        wrong = [word for word in typed if word not in known] or typed
        meant = {word: tuple(spelling.corrections(self._reading, word)) for word in wrong}
        if any(meant.values()):
            self._with_each([_Word(n, word, meant.get(word, ())) for n, word in enumerate(typed)])

    def _with_each(self, asked: Sequence[_Word]) -> None:
        """Begin with the rarest word, and look for the others where it is."""
        counts = [self._count(word) for word in asked]
        rarest = asked[counts.index(min(counts))]
        others = [word for word in asked if word is not rarest]
        params = dict(rarest.params)
        for word in others:
            params |= word.other_params
        sql = _WORDS.format(
            words=rarest.sql, others="".join(w.other for w in others), selected=self._selected
        )
        self._run(sql, self._params | params)

    def _count(self, word: _Word) -> int:
        sql = _COUNT.format(words=word.sql, counted=_COUNTED)
        count: int = self._reading.rows(sql, **word.params)[0][0]
        return count

    def _take(self, sql: str, **params: str) -> None:
        self._run(sql.format(here=self._here), self._params | params)

    def _run(self, sql: str, params: Mapping[str, int | str]) -> None:
        if len(self._found) < MAX_CANDIDATES:
            rows = self._reading.rows(sql, most=MAX_CANDIDATES, **params)
            self._found.update(dict.fromkeys(stream for (stream,) in rows))

    def _selection(self) -> str:
        """Conditions on what may be found at all."""
        kinds, sql = self._asked.kinds, ""
        if set(kinds) != set(KINDS):
            # A stream begins with its kind; "0" is what follows "/".
            ranges = (f"x.stream > '{kind}/' AND x.stream < '{kind}0'" for kind in kinds)
            sql += f" AND ({' OR '.join(ranges)})"
        if self._asked.country:
            self._params["country"] = self._asked.country
            named = ", ".join(f"'{kind}'" for kind in kinds)
            sql += _COUNTRY.format(kinds=named, holds=holds("l"))
        if self._asked.ecosystem:
            self._params["ecosystem"] = self._asked.ecosystem
            sql += _ECOSYSTEM.format(holds=holds("g"))
        return sql


class _Word:
    """A word that was typed: itself, begun, or what else it may have been meant to be."""

    def __init__(self, number: int, word: str, meant: tuple[str, ...] = ()) -> None:
        name = f"word_{chr(ord('a') + number)}"
        marks, named = among("{}", [word, *meant], f"{name}_")
        self.sql = _BEGUN.format(name=name)
        """Rows of the words that it may be."""
        self.params = {f"{name}_from": word, f"{name}_to": word + AFTER_ANY}
        if meant:
            self.sql += _MEANT.format(meant=marks)
            self.params |= named
        self.other = _OTHER.format(name=name, meant=marks)
        """Whether a resource that has another word has this one, too."""
        self.other_params = {f"{name}_within": f"% {word}%", **named}
