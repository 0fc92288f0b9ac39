"""Folding: names as they are compared, whatever script, marks, case or punctuation they have.

Łódź and "lodz", Mov'eo and "moveo", Κρήτη and "kriti" are the same. Folded text has a-z, 0-9 and
single spaces, so that every database orders it alike.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

MAX_FOLDED = 120
"""Letters of a folded text; the rest is not compared. An index entry has its limit."""
MAX_WORD = 40
AFTER_ANY = "{"
"""Sorts after every letter of a folded text."""

_KEPT = 20_000
"""Texts whose folded form is kept: with each new alias all names of a resource are shown anew."""
_APOSTROPHES = re.compile(r"['`\u00b4\u2018\u2019]")
_PARTS = re.compile(r"[a-z0-9]+")


@lru_cache(maxsize=_KEPT)
def fold(text: str) -> str:
    """Fold a text: its words, with single spaces between them."""
    return " ".join(_PARTS.findall(_plain(text)))[:MAX_FOLDED].rstrip()


@lru_cache(maxsize=_KEPT)
def words(text: str) -> frozenset[str]:
    """Words of a text; what is joined by hyphens or points is also a word as a whole."""
    found: set[str] = set()
    for chunk in _plain(text).split():
        parts = _PARTS.findall(chunk)
        found.update(parts)
        if len(parts) > 1:
            found.add("".join(parts))
    return frozenset(word[:MAX_WORD] for word in found)


def joined(text: str) -> str:
    """Fold a text, what is joined by hyphens or points as one word: "bio-tech" is "biotech"."""
    chunks = ("".join(_PARTS.findall(chunk)) for chunk in _plain(text).split())
    return " ".join(filter(None, chunks))[:MAX_FOLDED].rstrip()


def _plain(text: str) -> str:
    """Text in ASCII and lower case without apostrophes, which stand within words."""
    if not text.isascii():
        text = anyascii(unicodedata.normalize("NFKC", text))
    return _APOSTROPHES.sub("", text).lower()
