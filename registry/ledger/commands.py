"""The commands of `registry ledger`: keys that sign the history, for its operator."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ledger.home import Home

LEDGER = click.option(
    "--ledger",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    envvar="REGISTRY_LEDGER",
    show_envvar=True,
    help="Directory of the ledger; that of a store on SQLite is DATA/ledger by default.",
)


@click.group()
def ledger() -> None:
    """Keep the keys that sign the history, and the checkpoints they signed.

    `registry serve` begins a ledger where there is none. The directory is no part of a backup of
    the store, and is never restored with it: else a lost end of the history could not be told.
    """


@ledger.command()
@LEDGER
@click.option(
    "--origin",
    required=True,
    help="Name of the log for all time, like a URL without scheme: registry.example.org/clusters.",
)
def begin(*, directory: Path, origin: str) -> None:
    """Begin a ledger: make its first key, and print what verifies it."""
    from registry.ledger.home import Home  # noqa: PLC0415

    home = Home(directory)
    with _refused():
        home.begin(origin)
    _print_keys(home)


@ledger.command("keys")
@LEDGER
def keys_(*, directory: Path) -> None:
    """Print every key that ever signed, and whether it still does."""
    _print_keys(_ledger_in(directory))


@ledger.command()
@LEDGER
def rotate(*, directory: Path) -> None:
    """Make another key, which signs beside the others from now on.

    Let those who verify know it, and retire the older one when they do. Also while it is served.
    """
    home = _ledger_in(directory)
    with _refused():
        home.keys.make(home.newest().checkpoint.origin)
    _print_keys(home)


@ledger.command()
@LEDGER
@click.argument("key_id")
def retire(*, directory: Path, key_id: str) -> None:
    """Destroy the private key with the id KEY_ID: it signs no more. Also while it is served."""
    home = _ledger_in(directory)
    with _refused():
        home.keys.retire(key_id)
    _print_keys(home)


def _ledger_in(directory: Path) -> Home:
    from registry.ledger.home import Home  # noqa: PLC0415

    home = Home(directory)
    with _refused():
        home.newest()
    return home


def _print_keys(home: Home) -> None:
    with _refused():
        for key, signs in home.keys.verifiers():
            click.echo(json.dumps({"key": str(key), "id": key.key_id.hex(), "signs": signs}))


@contextlib.contextmanager
def _refused() -> Iterator[None]:
    """End with a sentence and 1 where a ledger is not what it should be."""
    from registry.errors import StoreFault  # noqa: PLC0415

    try:
        yield
    except (OSError, StoreFault) as error:
        click.echo(f"registry: {error}", err=True)
        sys.exit(1)
