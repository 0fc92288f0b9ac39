"""Spelling: every word that any name has, found by a part of it or though it is misspelt.

A word is kept once, however many names have it, under keys: its runs of three letters, and, where
it is short, the word without one of its letters. A misspelt word shares some of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

from registry.projections import conditions
from registry.projections.among import among, in_turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from registry.projections.store import Reading, Writing

SCHEMA = """
CREATE TABLE spellings (
    key {text} NOT NULL,
    word {text} NOT NULL,
    PRIMARY KEY (key, word)
)
"""
MIN_LETTERS = 3
"""Shorter words, and those with digits, are found as they are or not at all."""
SHORT = 6
"""Letters up to which a word is also kept without each of its letters."""
MAX_LIKE = 300
"""Words that are measured, those that share most first."""
MAX_CORRECTIONS = 25
_NEW = "INSERT INTO spellings VALUES (?, ?)"
_KEPT = "SELECT word FROM spellings WHERE key = '' AND word IN ({})"
_ALL = "SELECT DISTINCT word FROM words"
# A word stays when the last name that had it is retracted.
_BORNE = f"EXISTS (SELECT 1 FROM words w WHERE w.word = s.word AND {conditions.known('w')})"  # noqa: S608
_KNOWN = f"SELECT s.word FROM spellings s WHERE s.key = '' AND s.word IN ({{}}) AND {_BORNE}"  # noqa: S608
_LIKE = f"""
SELECT s.word FROM (
    SELECT word, count(*) AS in_common FROM spellings WHERE key IN ({{}})
    GROUP BY word HAVING count(*) >= :shared
) s
WHERE {_BORNE} ORDER BY s.in_common DESC, s.word LIMIT :most
"""  # noqa: S608 - our own names


def learn(writing: Writing, words: Iterable[str]) -> None:
    """Keep the words that are not kept yet."""
    asked = sorted(filter(_kept, set(words)))
    kept = _among(writing, _KEPT, asked)
    _add(writing, (word for word in asked if word not in kept))


def learn_all(writing: Writing) -> None:
    """Keep the words of every name, in a generation that keeps none yet."""
    _add(writing, sorted(filter(_kept, (word for (word,) in writing.rows(_ALL)))))


def known(reading: Reading, words: Sequence[str]) -> set[str]:
    """Those of some words that a name has."""
    return _among(reading, _KNOWN, words)


def corrections(reading: Reading, typed: str) -> dict[str, float]:
    """Words that a typed one may have been meant to be, and how near each is, 0 to 1.

    It may be unfinished, or the inner part of a longer word.
    """
    edits = allowed_edits(typed)
    if not _kept(typed) or not edits:
        return {}
    keys = list(_keys(typed, whole=False))
    # An edit takes three runs of letters with it, an exchange of two letters four.
    shared = max(1, len(typed) - 2 - 3 * edits)
    sql, params = among(_LIKE, keys)
    found = reading.rows(sql, shared=shared, most=MAX_LIKE, **params)
    near = {word: nearness(typed, word) for (word,) in found}
    best = sorted((-value, word) for word, value in near.items() if value)
    return {word: -value for value, word in best[:MAX_CORRECTIONS]}


def allowed_edits(typed: str) -> int:
    """How many letters may be wrong, missing, too many or exchanged with the next."""
    return 0 if len(typed) < MIN_LETTERS + 1 or not typed.isalpha() else 1 if len(typed) < 8 else 2  # noqa: PLR2004 - two thresholds, said here


def nearness(typed: str, word: str) -> float:
    """How near a typed word is to another, 0 (too far) to 1 (the same)."""
    edits = allowed_edits(typed)
    distance: float = OSA.distance(typed, word, score_cutoff=edits)
    if distance > edits:
        # Half a mistake more: the word goes on after what was typed, or begins before it.
        lengths = range(len(typed) - 1, len(typed) + edits + 1)
        starts = (OSA.distance(typed, word[:n], score_cutoff=edits) for n in lengths)
        distance = min(starts) + 0.5
        if distance > edits + 0.5 and len(typed) > MIN_LETTERS and typed in word:
            distance = 0.5
    return 0.0 if distance > edits + 0.5 else 1 - distance / (len(typed) + 1)


def _among(tables: Reading | Writing, statement: str, words: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for sql, params in in_turns(statement, words):
        found.update(word for (word,) in tables.rows(sql, **params))
    return found


def _add(writing: Writing, words: Iterable[str]) -> None:
    rows = [(key, word) for word in words for key in ("", *sorted(_keys(word)))]
    if rows:
        writing.run_many(_NEW, rows)


def _kept(word: str) -> bool:
    return len(word) >= MIN_LETTERS and word.isalpha()


def _keys(word: str, *, whole: bool = True) -> set[str]:
    """Keys of a word; where it is not whole, its end says nothing."""
    framed = f"^{word}$" if whole else f"^{word}"
    keys = {framed[at : at + 3] for at in range(len(framed) - 2)}
    if len(word) <= SHORT:
        keys |= {f"-{word}"} | {f"-{word[:at]}{word[at + 1 :]}" for at in range(len(word))}
    return keys
