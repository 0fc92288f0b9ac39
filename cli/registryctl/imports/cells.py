"""What cells say: dates, numbers, bases, sources."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from registryctl.imports.table import Place, Refused, Row
from registryctl.params import date_fields, effective_fields, forms_of_effective
from registryctl.text import short

UNKNOWN = {"bound": "BOUND_UNKNOWN"}
STATED, INFERRED, BACKGROUND = "BASIS_STATED", "BASIS_INFERRED", "BASIS_BACKGROUND"
UNSAID = "BASIS_UNSPECIFIED"
UNSAID_WORD = "not said"

_BACKGROUND_MARK = re.compile(r"\s*\(background\)$")
_ADDRESS = re.compile(r"https?://\S+|[\w-]+(\.[\w-]+)+/\S*")


def date(row: Row, column: str) -> dict[str, int]:
    """Date of a cell that has one.

    Raises:
        Refused: where it is none.
    """
    try:
        return date_fields(row[column])
    except ValueError as error:
        raise Refused(column, "INVALID_FIELD", f"{row[column]!r} is no date: {error}") from None


def since(row: Row, column: str) -> dict[str, Any]:
    """Effective date of a cell; not known where it is empty or not there: none is invented.

    Raises:
        Refused: where it is none.
    """
    text = row.get(column)
    try:
        return effective_fields(text) if text else UNKNOWN
    except ValueError as error:
        wrong = f"{text!r} is no date: {forms_of_effective(error)}"
        raise Refused(column, "INVALID_FIELD", wrong) from None


def number(row: Row, column: str) -> int:
    """Whole number of a cell, 0 where it is empty.

    Raises:
        Refused: where it is none.
    """
    text = row.get(column)
    if not re.fullmatch(r"\d{0,9}", text):
        raise Refused(column, "INVALID_FIELD", f"{text!r} is no whole number")
    return int(text or 0)


def one_of(row: Row, column: str, values: Mapping[str, str]) -> str:
    """Value of a cell that must be one of a few words.

    Raises:
        Refused: where it is another.
    """
    try:
        return values[row.get(column).lower()]
    except KeyError:
        expected = ", ".join(word or "nothing" for word in values)
        message = f"{row.get(column)!r} is not understood: expected {expected}"
        raise Refused(column, "INVALID_FIELD", message) from None


def coded(row: Row, column: str, kind: Any) -> str | None:
    """Value of an enum that the word of a cell names; None where it is empty.

    Raises:
        Refused: where it names none.
    """
    found = all_coded(row, column, kind)
    if len(found) > 1:
        raise Refused(column, "INVALID_FIELD", f"{row.get(column)!r} is more than one word")
    return found[0] if found else None


def all_coded(row: Row, column: str, kind: Any) -> list[str]:
    """Values of an enum that the words of a cell name.

    Args:
        row: of the table.
        column: that need not be there.
        kind: the enum.

    Raises:
        Refused: where a word names none.
    """
    words = _words(kind)
    found = parts(row.get(column))
    for word in found:
        if word.lower() not in words:
            message = f"{word!r} is not understood: expected {', '.join(words)}"
            raise Refused(column, "INVALID_FIELD", message)
    return [words[word.lower()] for word in found]


@cache
def _words(kind: Any) -> dict[str, str]:
    """Names of an enum's values by the words for them."""
    return {word: value.name for value in kind.DESCRIPTOR.values if (word := short(value.name))}


_BASES = {
    "": "",
    "stated": STATED,
    "inferred": INFERRED,
    "background": BACKGROUND,
    UNSAID_WORD: UNSAID,
}


def coded_basis(row: Row, column: str) -> str:
    """Basis that the word of a cell names, "" where it is empty.

    Raises:
        Refused: where it names none.
    """
    return one_of(row, column, _BASES)


def identifiers(row: Row) -> Iterator[dict[str, str]]:
    """Scheme and value of each identifier: "lei=5299009N55YRQC69CN08; eu-pic=999999999".

    Raises:
        Refused: where one has no scheme.
    """
    for part in parts(row.get("identifiers")):
        scheme, equals, value = part.partition("=")
        if not equals:
            message = f"{part!r} is no identifier: expected SCHEME=VALUE"
            raise Refused("identifiers", "INVALID_FIELD", message)
        yield {"scheme": scheme.strip(), "value": value.strip()}


def parts(text: str, separator: str = ";") -> list[str]:
    """Parts of a cell that lists several."""
    return [part.strip() for part in text.split(separator) if part.strip()]


def unmarked(text: str) -> tuple[str, bool]:
    """Text without its "(background)" mark, and whether it had one."""
    bare = _BACKGROUND_MARK.sub("", text)
    return bare, bare != text


def with_basis(text: str) -> tuple[str, str]:
    """Text without its mark, and its basis: without a mark the source states it."""
    bare, background = unmarked(text)
    return bare, BACKGROUND if background else STATED if bare else UNSAID


def basis_of(text: str) -> str:
    """Basis that a text about the basis tells; inferred where it tells of no source."""
    text = text.lower()
    if "background" in text:
        return BACKGROUND
    if text == UNSAID_WORD:
        return UNSAID
    return STATED if text == "stated" or "named in source" in text else INFERRED


def sources(row: Place, basis: str) -> list[dict[str, str]]:
    """Provenance of a row's facts; the row's notes go with the first source.

    Args:
        row: with the columns `source` and `notes`, if it has them.
        basis: what the fact rests on.
    """
    found = [
        {"uri" if _ADDRESS.fullmatch(part) else "citation": part, "basis": basis}
        for part in parts(row.get("source"), " ; ")
    ]
    if notes := row.get("notes"):
        first = found[0] if found else {"citation": row.file, "basis": basis}
        found = [{**first, "note": notes}, *found[1:]]
    return found
