"""The service program: `registry create`, `serve`, `restore`, `replay` and `ledger`."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import click

from registry.ledger.commands import ledger

DATA = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory of the store on SQLite. One on PostgreSQL is named by REGISTRY_DATABASE_URL,"
    " or in the file REGISTRY_DATABASE_URL_FILE.",
)

KEY = click.option(
    "--key",
    "keys",
    multiple=True,
    required=True,
    metavar="KEY",
    envvar="REGISTRY_VERIFIER_KEY",
    show_envvar=True,
    help="Verifier key to trust, or a file with some; may be repeated.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cluster-registry", prog_name="registry")
def main() -> None:
    """Run the Cluster Registry, the memory of Europe's cluster ecosystem."""


main.add_command(ledger)


@main.command()
@DATA
@click.option("--if-missing", is_flag=True, help="Leave a store that is there as it is.")
def create(*, data: Path | None, if_missing: bool) -> None:
    """Make a new store and serve nothing; refused where there is one.

    Prints {"store_id","created"}, "created" false where the store was there.
    """
    from registry import opening  # noqa: PLC0415

    with _refusals():
        settings = opening.settings_with({"data": data})
        store_id, created = opening.create_store(settings, if_missing=if_missing)
    click.echo(json.dumps({"store_id": store_id, "created": created}))


@main.command()
@DATA
@click.option("--create", is_flag=True, help="Make a new store; refused where there is one.")
@click.option(
    "--address",
    help="Loopback address to listen on; port 0 takes a free one.  [default: 127.0.0.1:50051]",
)
@click.option(
    "--ledger",
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory of the signing keys and of what they signed, best on another disk than the"
    " store.  [default on SQLite: DATA/ledger; on PostgreSQL nothing is signed without it]",
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

    with _refusals():
        settings = opening.settings_with(given)
        bootstrap.serve(settings, create=create, ready_file=ready_file)


@main.command()
@click.argument("bundle", type=click.Path(path_type=Path, file_okay=False, exists=True))
@DATA
@KEY
def restore(*, bundle: Path, data: Path | None, keys: tuple[str, ...]) -> None:
    """Make a new store, on SQLite or on PostgreSQL, from a BUNDLE of `registryctl audit export`.

    The bundle is verified first, and what is stored is hashed again in the end: the same positions,
    the same root. Nothing is left where that fails. Prints {"events","root"}.
    """
    from registry import opening  # noqa: PLC0415
    from registry.ledger import restoring, trust, verify  # noqa: PLC0415

    with _refusals():
        settings = opening.settings_with({"data": data})
        try:
            trusted = trust.trusted(keys)
            checkpoint = verify.verify(bundle, trusted).checkpoint
            opening.restore_store(settings, lambda log: restoring.restore(log, bundle, checkpoint))
        except (verify.NotChecked, verify.Tampered) as error:
            raise opening.Refused(f"{bundle}: {error}", opening.EXIT_FAILURE) from error
    click.echo(json.dumps({"events": checkpoint.size, "root": checkpoint.root.hex()}))


@main.command()
@DATA
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    required=True,
    help="A signed checkpoint: that of the ledger, or better one that was kept elsewhere.",
)
@KEY
def check(*, data: Path | None, checkpoint: Path, keys: tuple[str, ...]) -> None:
    """Hash all of a store again, up to a signed checkpoint; nobody may serve it meanwhile.

    Names the first position that is not what was recorded. Prints {"events","root"}. The tables of
    keys and of request ids, which are no part of the log, are not looked at.
    """
    from registry import opening  # noqa: PLC0415
    from registry.ledger import checking, trust, verify  # noqa: PLC0415

    with _refusals():
        settings = opening.settings_with({"data": data})
        try:
            trusted = trust.trusted(keys)
            signed = verify.open_checkpoint(trust.read_note(checkpoint), trusted)
        except (verify.NotChecked, verify.Tampered) as error:
            raise opening.Refused(f"{checkpoint}: {error}", opening.EXIT_FAILURE) from error
        opening.check_store(settings, lambda log: checking.check(log, signed))
    click.echo(json.dumps({"events": signed.size, "root": signed.root.hex()}))


_POSITION = click.IntRange(1, 2**63 - 1)


def _positions(
    context: click.Context, parameter: click.Parameter, file: TextIO | None
) -> list[int]:
    """Read a file with a position in each line; what is none is a usage error."""
    return [_POSITION(line.strip(), parameter, context) for line in file or ()]


@main.command()
@click.argument("bundle", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--position",
    "positions",
    multiple=True,
    type=_POSITION,
    help="Of the views; may be repeated.  [default: the last]",
)
@click.option(
    "--positions",
    "listed",
    type=click.File(encoding="utf-8"),
    callback=_positions,
    help="A file with further positions, one in each line; - is the standard input.",
)
def replay(*, bundle: Path, positions: tuple[int, ...], listed: list[int]) -> None:
    """Fold a BUNDLE of `registryctl audit export` into fresh views, and print their digest.

    It is not verified who signed the bundle: `registryctl audit replay` does both, and compares.
    Prints {"position","viewVersion","digest"}, the digest in base64, a line for each position.
    """
    from registry import opening  # noqa: PLC0415
    from registry.errors import RegistryError, StoreFault  # noqa: PLC0415
    from registry.ledger.verify import (  # noqa: PLC0415
        Checkpoint,
        NotChecked,
        Tampered,
        note_text,
        to_base64,
    )
    from registry.replaying import replay as fold  # noqa: PLC0415

    with _refusals():
        try:
            checkpoint = Checkpoint.parse(note_text((bundle / "checkpoint").read_text("utf-8")))
            found = fold(bundle, checkpoint, [*positions, *listed] or [checkpoint.size])
        except (OSError, NotChecked, Tampered, StoreFault, RegistryError) as error:
            raise opening.Refused(f"{bundle}: {error}", opening.EXIT_FAILURE) from error
    for position, version, digest in found:
        said = {"position": position, "viewVersion": version, "digest": to_base64(digest)}
        click.echo(json.dumps(said))


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


@main.command(hidden=True)
@click.option("--link", type=int, required=True, help="Descriptor of the socket to the service.")
def digest(link: int) -> None:
    """Hash the views for the service that started this process; it says on stdin which."""
    told = _told_by_the_service()
    from registry.projections import apart  # noqa: PLC0415

    directory = Path(told["directory"]) if told["directory"] else None
    position = int(told["position"])
    sys.exit(apart.run(socket.socket(fileno=link), directory, told["url"], position))


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """End with the sentence and the exit code of what was refused."""
    from registry.opening import Refused  # noqa: PLC0415

    try:
        yield
    except Refused as refused:
        # What a bundle says is shown, and must not steer the terminal.
        shown = (c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in str(refused))
        click.echo(f"registry: {''.join(shown)}", err=True)
        sys.exit(refused.exit_code)


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
