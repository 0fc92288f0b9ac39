"""One import: the files of a directory, in an order in which references exist."""

from collections.abc import Callable, Iterator
from pathlib import Path

from registry.v1.partnership_service_pb2 import ListPartnershipsRequest
from registry_client import Client, pages
from registryctl.imports.editions import EDITIONS, PARTICIPATIONS
from registryctl.imports.fact import Fact, Mapping, fact
from registryctl.imports.members import CLUSTERS, ORGANISATIONS
from registryctl.imports.partnerships import MEMBERS, PARTNERSHIPS
from registryctl.imports.report import Report
from registryctl.imports.table import Refused, Row, Table

MAPPINGS = (ORGANISATIONS, CLUSTERS, PARTNERSHIPS, MEMBERS, EDITIONS, PARTICIPATIONS)
PAGE_SIZE = 1000
Progress = Callable[[int, int], None]
"""Told how many lines are done, of how many."""


def opened(directory: Path, report: Report) -> list[tuple[Mapping, Table]]:
    """The known files that are there, by their order; refused ones are reported."""
    found = []
    for mapping in MAPPINGS:
        path = directory / mapping.file
        if not path.exists():
            continue
        try:
            table = Table(path, mapping.needed)
        except Refused as why:
            report.refuse(mapping.file, why.line, why)
        else:
            report.begin(table.name, table.lines)
            found.append((mapping, table))
    return found


def run(
    client: Client,
    tables: list[tuple[Mapping, Table]],
    report: Report,
    progress: Progress,
) -> None:
    """Record all rows, each fact by a command of its own."""
    everything = facts(tables, report, progress, lambda: _registered(client))
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
    tables: list[tuple[Mapping, Table]],
    report: Report,
    progress: Progress,
    registered: Callable[[], frozenset[str]] = frozenset,
) -> Iterator[Fact]:
    """Facts of all rows, in order; a row that cannot be read is reported and makes none.

    Args:
        tables: the files.
        report: told of every row.
        progress: told how far it is.
        registered: ids that a row may name although no row of its file gives them.
    """
    total = sum(table.lines * len(mapping.passes) for mapping, table in tables)
    before = 0
    for mapping, table in tables:
        for index in range(len(mapping.passes)):
            ids = _ids(table) | registered() if index else frozenset()
            for one in _pass(mapping, table, index, report, ids):
                progress(before + one.row.line, total)
                yield one
            before += table.lines
    progress(total, total)


def _pass(
    mapping: Mapping, table: Table, index: int, report: Report, ids: frozenset[str]
) -> Iterator[Fact]:
    first = index == 0
    contents: dict[str, int] = {}
    has_id = "id" in mapping.columns.values()
    for row in table.rows():
        if not isinstance(row, Row):
            if first:
                report.refuse(table.name, *row)
            continue
        report.see(row.file, row.line)
        content = hash(tuple(row.cells.values()))
        if has_id and row["id"] and contents.setdefault(row["id"], content) != content:
            if first:
                message = f"an earlier row has the id {row['id']!r} and says something else"
                report.refuse(row.file, row.line, Refused("id", "DUPLICATE_ID", message))
            continue
        try:
            said = list(mapping.passes[index](row, ids))
        except Refused as why:
            report.refuse(row.file, row.line, why)
        else:
            yield from (fact(row, one, mapping.columns, table.sha256) for one in said)


def _ids(table: Table) -> frozenset[str]:
    """Ids that the rows of a file give."""
    return frozenset(row["id"] for row in table.rows() if isinstance(row, Row))
