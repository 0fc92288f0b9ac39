"""`registryctl import`: the tables of a directory, recorded fact by fact."""

import json
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from registryctl.app import FAILED, Verb, note, remark, settings
from registryctl.exports import MANIFEST
from registryctl.text import printable

if TYPE_CHECKING:
    from registryctl.imports.report import Report


@click.command(
    "import",
    cls=Verb,
    rpc="RecordService/RecordBatch",
    example="import data --report refused.ndjson",
)
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--report",
    "report_path",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="File to write refused rows to: {file,line,field,reason,message} a line. A row with two"
    " refused facts has two lines.",
)
@click.option(
    "--rejects",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory to write the refused rows to, in files of the same names and columns with the"
    " reasons beside: mend them there, and import that directory. A row that had too few fields"
    " counts as mended when its rejected_reason is emptied.",
)
def import_(directory: Path, report_path: Path | None, rejects: Path | None) -> None:
    """Record the tables of DIRECTORY, each fact by a command of its own.

    Reads what is there of organisations.csv, clusters.csv, partnerships.csv,
    partnership_members.csv, editions.csv and participations.csv, or of the same names with
    .ndjson, as `export` writes them. What is recorded already is not recorded again: to repeat
    an import is safe. The last line on stdout counts rows:
    {"accepted":...,"unchanged":...,"refused":...}. Exit 1 if any was refused.
    """
    from registryctl.imports.report import Report  # noqa: PLC0415  # imports protobuf

    report = Report(shows=report_path is None)
    _require_room(rejects)
    with _opened(report_path) as file:
        try:
            _run(directory, report, rejects)
        finally:
            if file is not None:
                report.write(file)
    totals = report.totals()
    if report.registered_before:
        number = report.registered_before
        note(f"{number} registered before, by another command; what is there stays:")
        more = ["..."] if number > len(report.kept) else []
        note(printable("\n".join([*report.kept, *more])))
    if report.incomplete:
        note(f"{report.incomplete} facts of columns that their rows call incomplete: not imported")
    click.echo(json.dumps(totals, separators=(",", ":")))
    if totals["refused"]:
        raise click.exceptions.Exit(FAILED)


def _require_room(rejects: Path | None) -> None:
    """Refuse to write over tables: they may be the ones that are imported, or half mended."""
    forms = ("*.csv", "*.ndjson")
    there = sorted(path.name for form in forms for path in rejects.glob(form)) if rejects else []
    if there:
        message = f"{rejects} holds {', '.join(there)}: name a directory without tables"
        raise click.BadParameter(message, param_hint="--rejects")


def _opened(path: Path | None) -> AbstractContextManager[TextIO | None]:
    """Open the report before anything is recorded."""
    try:
        return path.open("w", encoding="utf-8") if path else nullcontext(None)
    except OSError as error:
        raise click.BadParameter(str(error), param_hint="--report") from error


def _run(directory: Path, report: "Report", rejects: Path | None) -> None:
    from registryctl import terminal, wire  # noqa: PLC0415
    from registryctl.imports import rejects as rejected  # noqa: PLC0415
    from registryctl.imports.run import MAPPINGS, opened, run  # noqa: PLC0415

    known = {mapping.file for mapping in MAPPINGS}
    there = {path.name for path in directory.iterdir()}
    if not there & known:
        raise click.UsageError(f"{directory} has none of {', '.join(sorted(known))}")
    twice = [name for name in there & known if f"{Path(name).stem}.csv" in there - {name}]
    if twice:
        raise click.UsageError(f"{directory} has {', '.join(sorted(twice))} and the same as .csv")
    if others := sorted(there - known - {MANIFEST}):
        remark(f"not imported: {', '.join(others)}")
    tables = opened(directory, report)
    for _, table in tables:
        if unused := [name for name in table.unused if name not in rejected.COLUMNS]:
            remark(f"{table.name}: not imported: {', '.join(unused)}")
    shown = terminal.progress(settings(), "import", "lines")
    try:
        with wire.client(settings()) as client, shown as progress:
            run(client, tables, report, progress)
    finally:
        if rejects is not None:
            written = rejected.write(rejects, [table for _, table in tables], report.refused())
            left = len(report.refused()) - written
            if written or not left:
                remark(f"{written} rows to mend in {rejects}" if written else "nothing to mend")
            if left:
                note(f"{left} more that are no rows: mend them in the file itself")
    _await_views(report.position)


def _await_views(position: int) -> None:
    """Let the views see what was recorded, so that whoever asks next is answered rightly."""
    from registry_client import CallFailed  # noqa: PLC0415
    from registryctl import wire  # noqa: PLC0415
    from registryctl.exports import listed  # noqa: PLC0415

    try:
        with wire.client(settings()) as client:
            listed.position(client, {"min_position": position})
    except CallFailed:
        note(f"recorded, but not yet to be seen: read with --min-position {position}")
