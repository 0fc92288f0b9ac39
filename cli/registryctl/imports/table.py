"""CSV files as rows that know the line they begin on; what is malformed is named, not guessed."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

_CHUNK_BYTES = 1 << 20
REJECTED = "rejected_reason"
"""Column in which a table of refused rows says why."""
INCOMPLETE = "incomplete"
"""Column that names those of a row which do not hold all: they are passed over."""
_SEPARATOR = "; is the separator a comma?"


class Refused(Exception):
    """A cell, a row or a file that cannot be read as what it should be."""

    def __init__(self, field: str, reason: str, message: str, line: int = 0) -> None:
        """Name the column, the reason in capitals, and the line where it is not the row's."""
        super().__init__(message)
        self.field, self.reason, self.message, self.line = field, reason, message, line


class Place(Protocol):
    """Where facts stand: a row of a table, or a line with a resource."""

    @property
    def file(self) -> str:
        """Name of the file."""

    @property
    def line(self) -> int:
        """Line on which it begins; the first is 1."""

    @property
    def content(self) -> object:
        """What it says, to be compared."""

    def get(self, column: str) -> str:
        """Cell of a column that need not be there."""


@dataclass(frozen=True)
class Row:
    """One record: its cells by column, without surrounding spaces."""

    file: str
    line: int
    """Line on which the record begins; the header is line 1."""
    cells: dict[str, str]

    @property
    def content(self) -> object:
        """What it says, to be compared."""
        return tuple(self.cells.values())

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def get(self, column: str) -> str:
        """Cell of a column that need not be there."""
        return self.cells.get(column, "")

    def need(self, column: str) -> str:
        """Cell that must say something.

        Raises:
            Refused: where it is empty.
        """
        if not self[column]:
            raise Refused(column, "EMPTY_CELL", f"{column} is empty and must not be")
        return self[column]


class Table:
    """A CSV file with a header: UTF-8, commas, RFC 4180 quotes; a byte order mark is skipped."""

    def __init__(
        self, path: Path, columns: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> None:
        """Digest the file and check its header.

        Args:
            path: of the file.
            columns: those that must be there.
            optional: those that need not, and are read where they are.

        Raises:
            Refused: where the header is missing, unreadable or lacks a column.
        """
        self.path, self.name = path, path.name
        self.sha256, self.lines = digest(path)
        self.header = self._read_header()
        self._check_header(columns)
        self.unused = [
            name for name in self.header if name not in {*columns, *optional, INCOMPLETE}
        ]

    def rows(self) -> Iterator[Row | tuple[int, Refused]]:
        """All records; a malformed one as the line it begins on and what is wrong."""
        with self._open() as file:
            reader = csv.reader(file, strict=True)
            next(reader)
            while True:
                line = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield line, Refused("", "MALFORMED_CSV", _what(error, line))
                else:
                    if cells:
                        yield self._row(line, cells)

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """All records as they stand, by the lines they begin on; without malformed ones."""
        with self._open() as file:
            reader = csv.reader(file, strict=True)
            next(reader)
            while True:
                line = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    continue
                yield line, cells

    def _row(self, line: int, cells: list[str]) -> Row | tuple[int, Refused]:
        expected, found = len(self.header), len(cells)
        if found != expected:
            reason = "TOO_MANY_FIELDS" if found > expected else "TOO_FEW_FIELDS"
            message = f"{found} fields where the header has {expected}; is a comma unquoted?"
            return line, Refused("", reason, message)
        named = {name: cell.strip() for name, cell in zip(self.header, cells, strict=True)}
        for name, cell in named.items():
            if not _is_text(cell):
                return line, Refused(name, "NOT_UTF8", "not UTF-8: save the file as UTF-8")
        if "TOO_FEW_FIELDS" in named.get(REJECTED, ""):
            # Its missing cells were filled up with empty ones: they may not be what was meant.
            message = f"it had too few fields: see to every cell, then empty {REJECTED}"
            return line, Refused(REJECTED, "TOO_FEW_FIELDS", message)
        return Row(self.name, line, named)

    def _read_header(self) -> list[str]:
        try:
            with self._open() as file:
                return next(csv.reader(file, strict=True), [])
        except csv.Error as error:
            raise Refused("", "MALFORMED_CSV", _what(error, 1) + _SEPARATOR, 1) from None

    def _check_header(self, columns: tuple[str, ...]) -> None:
        if not all(map(_is_text, self.header)):
            raise Refused("", "NOT_UTF8", "not UTF-8: save the file as UTF-8", 1)
        if missing := [name for name in columns if name not in self.header]:
            message = f"the header lacks {', '.join(missing)}"
            if len(self.header) == 1:
                message += _SEPARATOR
            raise Refused(missing[0], "MISSING_COLUMN", message, 1)
        if len(set(self.header)) < len(self.header):
            raise Refused("", "DOUBLE_COLUMN", "the header names a column twice", 1)

    def _open(self) -> TextIO:
        # Bytes that are no UTF-8 arrive as lone surrogates, so that only their row is refused.
        return self.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def digest(path: Path) -> tuple[bytes, int]:
    """SHA-256 of the bytes, and how many lines there are."""
    digest, lines = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            lines += chunk.count(b"\n")
    return digest.digest(), lines + 1


def _is_text(cell: str) -> bool:
    try:
        cell.encode()
    except UnicodeEncodeError:  # a lone surrogate: a byte that was no UTF-8
        return False
    return True


def _what(error: csv.Error, line: int) -> str:
    if "unexpected end of data" in str(error):
        return f"a quote opened in the record of line {line} is never closed: all after it is lost"
    return f"not CSV: {error}"
