"""The service program: `registry serve`."""

from __future__ import annotations

import json
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cluster-registry", prog_name="registry")
def main() -> None:
    """Run the Cluster Registry, the memory of Europe's cluster ecosystem."""


@main.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory of the store on SQLite. One on PostgreSQL is named by REGISTRY_DATABASE_URL,"
    " or in the file REGISTRY_DATABASE_URL_FILE.",
)
@click.option("--create", is_flag=True, help="Make a new store; refused where there is one.")
@click.option(
    "--address",
    help="Loopback address to listen on; port 0 takes a free one.  [default: 127.0.0.1:50051]",
)
@click.option(
    "--ready-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help='File to write {"address","pid","store_id"} to, once the service answers.',
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    help="What to log at least.  [default: info]",
)
@click.option(
    "--log-format", type=click.Choice(["json", "console"]), help="How to log.  [default: json]"
)
@click.option(
    "--log-requests", is_flag=True, default=None, help="Log every call, not only those that fail."
)
@click.option(
    "--drain-grace-s",
    type=click.FloatRange(min=0),
    help="Seconds that calls in work get to finish when the service stops.  [default: 10]",
)
@click.option("--projector", type=click.Choice(["process", "thread"]), hidden=True)
@click.option("--recorder", type=click.Choice(["process", "thread"]), hidden=True)
def serve(*, create: bool, ready_file: Path | None, **given: Any) -> None:
    """Serve a store over gRPC until SIGTERM or SIGINT.

    Options left out are taken from the environment: REGISTRY_DATA, REGISTRY_ADDRESS and so on.
    """
    # Imported here so that --help is quick.
    from registry import bootstrap, opening  # noqa: PLC0415

    try:
        settings = opening.settings_with(given)
        bootstrap.serve(settings, create=create, ready_file=ready_file)
    except opening.Refused as refused:
        click.echo(f"registry: {refused}", err=True)
        sys.exit(refused.exit_code)


@main.command(hidden=True)
@click.option("--link", type=int, required=True, help="Descriptor of the socket to the service.")
def project(link: int) -> None:
    """Follow the log of the service that started this process; it says on stdin which."""
    told = _told_by_the_service()
    from registry.projections.child import Child  # noqa: PLC0415

    directory = Path(told["directory"]) if told["directory"] else None
    sys.exit(Child(socket.socket(fileno=link), directory, told["url"]).run())


@main.command(hidden=True)
@click.option("--link", type=int, required=True, help="Descriptor of the socket to the service.")
def record(link: int) -> None:
    """Decide and record for the service that started this process; it says on stdin where."""
    told = _told_by_the_service()
    from registry.server import recorder  # noqa: PLC0415

    sys.exit(recorder.run(socket.socket(fileno=link), told))


def _told_by_the_service() -> dict[str, str]:
    # A service that drains needs its children to the end: it says when that is.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, signal.SIG_IGN)
    # Imported here so that the signals wait for nothing.
    from registry.server import logs  # noqa: PLC0415

    told: dict[str, str] = json.load(sys.stdin)
    logs.configure(told["log_level"], told["log_format"])  # type: ignore[arg-type]
    return told


if __name__ == "__main__":
    main()
