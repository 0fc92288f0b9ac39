"""Refused rows and resources in files of their own, to be mended and imported again."""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from registryctl.imports import lines as ndjson
from registryctl.imports.lines import Lines
from registryctl.imports.table import REJECTED, Refused, Table

COLUMNS = ("rejected_line", "rejected_field", REJECTED, "rejected_message")
"""Said beside the columns of the file; an import reads them only where a row had too few fields."""


def write(
    directory: Path, files: Iterable[Table | Lines], refused: dict[tuple[str, int], list[Refused]]
) -> int:
    """Write the refused rows of every file under its name; how many there are.

    Args:
        directory: made where it is missing.
        files: the files that were imported.
        refused: by file and line on which the record begins, why.
    """
    written = 0
    for file in files:
        lines = {line: why for (name, line), why in refused.items() if name == file.name}
        if not lines:
            continue
        if isinstance(file, Lines):
            written += _write_lines(directory, file, lines)
        else:
            written += _write_rows(directory, file, lines)
    return written


def _write_rows(directory: Path, table: Table, lines: dict[int, list[Refused]]) -> int:
    rows = list(_rejected(table, lines))
    if rows:
        directory.mkdir(parents=True, exist_ok=True)
        _write(directory / table.name, [*_own(table.header), *COLUMNS], rows)
    return len(rows)


def _write_lines(directory: Path, file: Lines, lines: dict[int, list[Refused]]) -> int:
    """Write the refused resources with the reasons beside; a line that holds none is left out."""
    found = []
    for line, text in file.records():
        resource = file.parsed(text) if line in lines else None
        if resource is not None:
            said = [_said(line, why) for why in lines[line]]
            found.append(json.dumps({**resource, ndjson.REJECTED: said}, ensure_ascii=False))
    if found:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / file.name).write_text("".join(f"{line}\n" for line in found), "utf-8")
    return len(found)


def _said(line: int, why: Refused) -> dict[str, object]:
    return {"line": line, "field": why.field, "reason": why.reason, "message": why.message}


def _rejected(table: Table, lines: dict[int, list[Refused]]) -> Iterator[list[str]]:
    for line, cells in table.records():
        if line in lines:
            said = lines[line]
            joined = ["; ".join(dict.fromkeys(values)) for values in _reasons(said)]
            yield [*_own(table.header, cells), str(line), *joined]


def _reasons(said: list[Refused]) -> Iterator[list[str]]:
    yield [why.field for why in said]
    yield [why.reason for why in said]
    yield [why.message for why in said]


def _own(header: list[str], cells: list[str] | None = None) -> list[str]:
    """Cells (or the header itself) without what an earlier import said; missing ones are empty."""
    values = header if cells is None else [*cells, *[""] * (len(header) - len(cells))]
    kept = [value for name, value in zip(header, values, strict=False) if name not in COLUMNS]
    return kept + (values[len(header) :] if cells else [])


def _write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
