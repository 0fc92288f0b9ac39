"""What cells say: dates, numbers, bases, sources."""

import re
from collections.abc import Mapping
from typing import Any

from registryctl.imports.table import Refused, Row
from registryctl.params import date_fields

UNKNOWN = {"bound": "BOUND_UNKNOWN"}
STATED, INFERRED, BACKGROUND = "BASIS_STATED", "BASIS_INFERRED", "BASIS_BACKGROUND"
UNSAID = "BASIS_UNSPECIFIED"

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
    """Effective date of a cell; not known where it is empty: a date is never invented."""
    return {"date": date(row, column), "bound": "BOUND_AT"} if row[column] else UNKNOWN


def number(row: Row, column: str) -> int:
    """Whole number of a cell, 0 where it is empty.

    Raises:
        Refused: where it is none.
    """
    if not re.fullmatch(r"\d{0,9}", row[column]):
        raise Refused(column, "INVALID_FIELD", f"{row[column]!r} is no whole number")
    return int(row[column] or 0)


def one_of(row: Row, column: str, values: Mapping[str, str]) -> str:
    """Value of a cell that must be one of a few words.

    Raises:
        Refused: where it is another.
    """
    try:
        return values[row[column].lower()]
    except KeyError:
        expected = ", ".join(word or "nothing" for word in values)
        message = f"{row[column]!r} is not understood: expected {expected}"
        raise Refused(column, "INVALID_FIELD", message) from None


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
    return STATED if text == "stated" or "named in source" in text else INFERRED


def sources(row: Row, basis: str) -> list[dict[str, str]]:
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
