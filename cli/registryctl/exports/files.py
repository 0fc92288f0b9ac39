"""One export: every list in a file of its own, put in place when all are complete."""

import csv
import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from registry_client import Client
from registryctl.aside import aside
from registryctl.exports import FORMS, KINDS, MANIFEST
from registryctl.exports.listed import LISTED, Listed, position
from registryctl.exports.losses import lost
from registryctl.imports.table import INCOMPLETE
from registryctl.printing import plain

Progress = Callable[[int, int], None]
"""Told how many resources are written, of how many (0: not known)."""


@dataclass
class Exported:
    """What an export wrote."""

    files: "list[Written]"
    position: int
    """Position in the log that all of it is of."""
    as_of: str


@dataclass
class Written:
    """A file of an export."""

    file: str
    resources: int = 0
    sha256: str = ""
    lossy: int = 0
    """Rows that cannot hold all that the resource says."""
    lost: Counter[str] = field(default_factory=Counter)
    """Of them, how many cannot hold a field."""


def names(kinds: Iterable[str], form: str) -> list[str]:
    """Names of the files of an export."""
    return [f"{kind}.{form}" for kind in kinds] + [MANIFEST]


def write(  # noqa: PLR0913, PLR0917 - what the command says
    client: Client,
    directory: Path,
    form: str,
    options: dict[str, Any],
    kinds: Iterable[str],
    progress: Progress,
) -> Exported:
    """Write the lists of some kinds into a directory; what stands there under their names goes.

    Args:
        client: of the service.
        directory: made where it is missing.
        form: one of FORMS.
        options: of every request: as_of, min_position.
        kinds: some of KINDS.
        progress: told how far it is.
    """
    wanted = set(kinds)
    chosen = [listed for listed in LISTED if listed.name in wanted]
    total = 0

    def count() -> None:
        nonlocal total
        total += 1
        progress(total, 0)

    at = position(client, options)  # 0: asked for what was known before the first event
    pinned = {"as_of": options["as_of"], "known_position": at} if at else options
    with aside(directory) as place:
        written = [
            _write(client, listed, place / f"{listed.name}.{form}", pinned, count)
            for listed in chosen
        ]
        found = Exported(written, at, _day(options["as_of"]))
        (place / MANIFEST).write_text(_manifest(found, form), "utf-8")
        _put(place, directory, names((one.name for one in chosen), form))
    return found


def _put(place: Path, directory: Path, new: list[str]) -> None:
    """Put the files in their place; what an earlier export has there besides, goes."""
    stale = _earlier(directory) - set(new)
    for name in new:
        (place / name).replace(directory / name)
    for name in stale:
        (directory / name).unlink(missing_ok=True)


def _earlier(directory: Path) -> set[str]:
    """Files that an earlier export says it wrote here: they would be taken for this one's."""
    try:
        said = json.loads((directory / MANIFEST).read_text("utf-8"))["files"]
        named = {str(one["file"]) for one in said}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return named & {f"{kind}.{form}" for kind in KINDS for form in FORMS}


def _write(
    client: Client, listed: Listed, path: Path, options: dict[str, Any], count: Callable[[], None]
) -> Written:
    found = Written(path.name)
    sort = _Rows if path.suffix == ".csv" else _Lines
    with path.open("wb") as file:
        out = sort(file, listed, found)
        for page in listed.pages(client, options):
            for resource in page:
                if listed.has_begun(resource):
                    found.resources += 1
                    out.add(resource)
                    count()
        file.flush()
        os.fsync(file.fileno())
    found.sha256 = _digest(path)
    return found


class _Lines:
    """Resources in proto JSON, a line each, as lists print them."""

    def __init__(self, file: BinaryIO, listed: Listed, found: Written) -> None:
        self._file = file
        del listed, found

    def add(self, resource: Any) -> None:
        line = json.dumps(plain(resource), ensure_ascii=False)
        self._file.write(f"{line}\n".encode())


class _Rows:
    """Resources as rows of a table."""

    def __init__(self, file: BinaryIO, listed: Listed, found: Written) -> None:
        self._listed, self._found = listed, found
        self._writer = csv.writer(_Encoded(file), lineterminator="\n")
        assert listed.resources.kind is not None  # noqa: S101 - of all lines
        self._writer.writerow([*listed.row(plain(listed.resources.kind())), INCOMPLETE])

    def add(self, resource: Any) -> None:
        cells = self._listed.row(plain(resource))
        fields, columns = lost(self._listed, self._found.resources, resource, cells)
        self._writer.writerow([*cells.values(), "; ".join(sorted(columns))])
        if fields:
            self._found.lossy += 1
            self._found.lost.update(sorted(fields))


class _Encoded:
    """A file of bytes that takes text."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(text.encode())


def _manifest(found: Exported, form: str) -> str:
    said = {"format": form, "asOf": found.as_of, "readPosition": found.position}
    return json.dumps(said | {"files": [shown(one) for one in found.files]}, indent=2) + "\n"


def _day(date: dict[str, int]) -> str:
    return "-".join(f"{date[part]:02}" for part in ("year", "month", "day") if date.get(part))


def shown(one: Written) -> dict[str, Any]:
    """What the manifest says of a file."""
    return {
        "file": one.file,
        "resources": one.resources,
        "sha256": one.sha256,
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
