"""Statements that ask for any of several values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

AT_ONCE = 100


def among(sql: str, values: Sequence[str], prefix: str = "value_") -> tuple[str, dict[str, str]]:
    """A statement with the marks of some values in its braces, and the values by their marks."""
    names = [prefix + _letters(number) for number in range(len(values))]
    return sql.format(", ".join(f":{name}" for name in names)), dict(
        zip(names, values, strict=True)
    )


def in_turns(sql: str, values: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Statements that together ask for many values, AT_ONCE of them each."""
    for start in range(0, len(values), AT_ONCE):
        yield among(sql, values[start : start + AT_ONCE])


def _letters(number: int) -> str:
    """Number as letters: marks have no digits."""
    return str(number).translate(_TO_LETTERS)


_TO_LETTERS = str.maketrans("0123456789", "abcdefghij")
