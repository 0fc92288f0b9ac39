"""Views: the read models of the registry, kept up by a thread or by a process, and asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.projections.answering import Answering
from registry.projections.engine import Engine
from registry.projections.remote import Remote
from registry.projections.sqlite import SQLiteViews

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from registry.projections.projector import Log
    from registry.projections.store import ViewStore


class Views(Answering, Engine):
    """Follows the log with a thread of this process, and answers."""


class ProcessViews(Answering, Remote):
    """Lets a child process follow the log, and answers."""


def open_views(log: Log, *, directory: Path | None = None, url: str | None = None) -> Views:
    """Views of a log, in files of a directory (SQLite) or in a database (PostgreSQL).

    Raises:
        StoreUnavailable: where the database cannot be reached.
    """
    return Views(log, open_store(directory, url))


def open_process_views(
    log: Log,
    command: Sequence[str],
    told: Mapping[str, str],
    *,
    directory: Path | None,
    url: str | None,
) -> ProcessViews:
    """Views of a log that a child process follows.

    Args:
        log: the log, as this process reads it.
        command: starts the child; see `registry.projections.child`.
        told: what the child is told about its logs.
        directory: where the store is, on SQLite.
        url: where it is, on PostgreSQL.

    Raises:
        StoreUnavailable: where the database cannot be reached.
    """
    store = open_store(directory, url)
    where = {"directory": str(directory.absolute()) if directory else "", "url": url or ""}
    return ProcessViews(log, store, command, {**told, **where})


def open_store(directory: Path | None, url: str | None, *, child: bool = False) -> ViewStore:
    """Where the views are: in files of a directory (SQLite) or in a database (PostgreSQL).

    Args:
        directory: of the one.
        url: of the other.
        child: this process was started by the one that owns the directory.

    Raises:
        StoreUnavailable: where the database cannot be reached.
    """
    if (directory is None) == (url is None):
        raise ValueError("give a directory or a url")
    if directory is not None:
        return SQLiteViews(directory, child=child)
    from registry.projections.postgres import PostgresViews  # noqa: PLC0415 - slow to import

    return PostgresViews(url or "")
