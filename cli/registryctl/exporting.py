"""`registryctl export`: every list in a file of its own, which an import reads again."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from registryctl.app import Read, Verb, note, remark, settings
from registryctl.common import exports
from registryctl.exports import FORMS, KINDS
from registryctl.text import printable

if TYPE_CHECKING:
    from registryctl.exports.files import Written


@click.command(
    cls=Verb,
    rpc="OrganisationService/ListOrganisations",
    also=(
        "ClusterService/ListClusters",
        "PartnershipService/ListPartnerships",
        "PartnershipService/ListMemberships",
        "EditionService/ListEditions",
        "ParticipationService/ListParticipations",
    ),
    example="export register-2020 --as-of 2020-12-31",
)
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    default="csv",
    show_default=True,
    help="csv: tables as `import` reads them; ndjson: whole resources in proto JSON.",
)
@click.option(
    "--only",
    type=click.Choice(KINDS),
    multiple=True,
    help="Only this list; may be repeated (all).",
)
@click.option("--replace", is_flag=True, help="Put new files in the place of an earlier export's.")
@exports
def export(options: dict[str, Any], directory: Path, **asked: Any) -> None:
    """Write the lists of the registry as of a date into DIRECTORY, a file each.

    All are of one position in the log. The files are put in place when all of them are complete,
    with an export.json that says of which date and position they are, how many resources each
    has, and its SHA-256: the same date and position have the same bytes for ever. What a table
    cannot hold of some resources is counted on stderr: ndjson holds it. Memberships that ended by
    the date are there too. `import` reads both forms.
    """
    from registryctl import printing, terminal, wire  # noqa: PLC0415  # imports gRPC
    from registryctl.exports import files  # noqa: PLC0415

    kinds = asked["only"] or KINDS
    names = files.names(kinds, asked["form"])
    if not asked["replace"]:
        _require_room(directory, names)
    elif taken := [name for name in names if (directory / name).is_dir()]:
        message = f"{', '.join(taken)} in {directory} is a directory"
        raise click.BadParameter(message, param_hint="DIRECTORY")
    options = {"as_of": _today(), **options}
    shown = terminal.progress(settings(), "export", "resources")
    try:
        with wire.client(settings()) as client, shown as progress:
            written = files.write(client, directory, asked["form"], options, kinds, progress)
    except OSError as error:
        wrong = printable(f"cannot write {error.filename or directory}: {error.strerror}")
        raise click.BadParameter(wrong, param_hint="DIRECTORY") from error
    printing.show_objects(settings(), map(files.shown, written.files), listed=True)
    settings().read = read = Read(written.position, written.as_of, told=written.position > 0)
    if read.told:
        remark(str(read))
    _tell(written.files)


def _require_room(directory: Path, names: list[str]) -> None:
    """Refuse to write over an export, or over tables that somebody imports."""
    if there := [name for name in names if (directory / name).exists()]:
        message = f"{directory} holds {', '.join(there)}: name another, or say --replace"
        raise click.BadParameter(message, param_hint="DIRECTORY")


def _today() -> dict[str, int]:
    """The day that all lists are of, also where midnight passes meanwhile."""
    today = datetime.datetime.now(datetime.UTC).date()
    return {"year": today.year, "month": today.month, "day": today.day}


def _tell(written: "list[Written]") -> None:
    for one in written:
        if one.lossy:
            fields = ", ".join(f"{name} {count}" for name, count in sorted(one.lost.items()))
            rows = "1 row" if one.lossy == 1 else f"{one.lossy} rows"
            note(f"{one.file}: {rows} cannot hold all ({fields}): --format ndjson can")
