"""One import: the files of a directory, in an order in which references exist."""

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import NamedTuple

from registry.v1.partnership_service_pb2 import ListPartnershipsRequest
from registry_client import Client, pages
from registryctl.imports import editions, members, partnerships, resources
from registryctl.imports.cells import parts
from registryctl.imports.fact import Fact, Mapping, Reader, Said, fact
from registryctl.imports.lines import Lines
from registryctl.imports.report import Report
from registryctl.imports.table import INCOMPLETE, Place, Refused, Table

MAPPINGS = (
    *(members.ORGANISATIONS, resources.ORGANISATIONS),
    *(members.CLUSTERS, resources.CLUSTERS),
    *(partnerships.PARTNERSHIPS, resources.PARTNERSHIPS),
    *(partnerships.MEMBERS, resources.MEMBERS),
    *(editions.EDITIONS, resources.EDITIONS),
    *(editions.PARTICIPATIONS, resources.PARTICIPATIONS),
)
PAGE_SIZE = 1000
Progress = Callable[[int, int], None]
"""Told how many lines are done, of how many."""
File = Table | Lines


class Stage(NamedTuple):
    """One pass over a file."""

    mapping: Mapping
    file: File
    read: Reader
    number: int
    """Of the passes over the file, from 0."""

    @property
    def names_others(self) -> bool:
        """Whether its rows may name by their ids what other rows made."""
        return self.mapping.kind is None and 0 < self.number < len(self.mapping.passes)


def opened(directory: Path, report: Report) -> list[tuple[Mapping, File]]:
    """The known files that are there, by their order; refused ones are reported."""
    found: list[tuple[Mapping, File]] = []
    for mapping in MAPPINGS:
        path = directory / mapping.file
        if not path.is_file():
            continue
        try:
            file = _opened(path, mapping)
        except Refused as why:
            report.refuse(mapping.file, why.line, why)
        else:
            report.begin(file.name, file.lines)
            found.append((mapping, file))
    return found


def _opened(path: Path, mapping: Mapping) -> File:
    if mapping.kind is not None:
        return Lines(path, mapping.kind)
    return Table(path, mapping.needed, mapping.optional)


def run(
    client: Client,
    files: list[tuple[Mapping, File]],
    report: Report,
    progress: Progress,
) -> None:
    """Record all rows, each fact by a command of its own."""
    everything = facts(files, report, progress, lambda: _registered(client))
    recording = client.record(everything, lambda fact: fact.command)
    for one, outcome in recording:
        report.settle(one, outcome)


def _registered(client: Client) -> frozenset[str]:
    """Ids of the partnerships that are registered: a row may name one that is in no row here."""
    request = ListPartnershipsRequest(page_size=PAGE_SIZE)
    found = pages(client.partnerships.ListPartnerships, request)
    names = (one.partnership for page in found for one in page.partnerships)
    return frozenset(name.removeprefix("partnerships/") for name in names)


def facts(
    files: list[tuple[Mapping, File]],
    report: Report,
    progress: Progress,
    registered: Callable[[], frozenset[str]] = frozenset,
) -> Iterator[Fact]:
    """Facts of all rows, in order; a row that cannot be read is reported and makes none.

    Args:
        files: what is read.
        report: told of every row.
        progress: told how far it is.
        registered: ids that a row may name although no row of its file gives them.
    """
    stages = _stages(files)
    total = sum(stage.file.lines for stage in stages)
    before = 0
    unread: set[tuple[str, int]] = set()
    for stage in stages:
        ids = _ids(stage.file) | registered() if stage.names_others else frozenset()
        for one in _pass(stage, report, ids, unread):
            progress(before + one.row.line, total)
            yield one
        before += stage.file.lines
    progress(total, total)


def _stages(files: list[tuple[Mapping, File]]) -> list[Stage]:
    """All passes in order; what ends comes last, and what others are part of ends after them."""
    begin = [
        Stage(mapping, file, read, number)
        for mapping, file in files
        for number, read in enumerate(mapping.passes)
    ]
    end = [
        Stage(mapping, file, read, number)
        for mapping, file in reversed(files)
        for number, read in enumerate(mapping.closing, len(mapping.passes))
    ]
    return begin + end


def _pass(
    stage: Stage, report: Report, ids: AbstractSet[str], unread: set[tuple[str, int]]
) -> Iterator[Fact]:
    """Facts of one pass; a row that no pass after it could read is unread from the first on."""
    mapping, file, first = stage.mapping, stage.file, stage.number == 0
    contents: dict[str, int] = {}
    for row in file.rows():
        if isinstance(row, tuple):
            if first:
                report.refuse(file.name, *row)
            continue
        report.see(row.file, row.line)
        key = row.get(mapping.key)
        if key and contents.setdefault(key, content := hash(row.content)) != content:
            if first:
                message = f"an earlier row has the {mapping.key} {key!r} and says something else"
                report.refuse(row.file, row.line, Refused(mapping.key, "DUPLICATE_ID", message))
            continue
        if (row.file, row.line) in unread:
            continue
        try:
            said = _complete(stage.read(row, ids), row, report)
            for read in mapping.closing if first else ():
                list(read(row, ids))
        except Refused as why:
            unread.add((row.file, row.line))
            report.refuse(row.file, row.line, why)
        else:
            yield from (fact(row, one, mapping.columns, file.sha256) for one in said)


def _complete(said: Iterable[Said], row: Place, report: Report) -> list[Said]:
    """Facts but for those of columns that the row calls incomplete."""
    passed_over = set(parts(row.get(INCOMPLETE)))
    found = [*said]
    kept = [one for one in found if one.registers or one.column not in passed_over]
    report.incomplete += len(found) - len(kept)
    return kept


def _ids(file: File) -> frozenset[str]:
    """Ids that the rows of a file give."""
    return frozenset(row.get("id") for row in file.rows() if not isinstance(row, tuple))
