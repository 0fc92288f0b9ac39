"""Stores: what the databases themselves say was recorded, whatever the calls were answered."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from pathlib import Path


def sqlite_rows(file: Path, table: str = "events") -> int:
    """Count the rows of a table in a file that a server has open."""
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        (rows,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    return int(rows)


def postgres_rows(url: str) -> int:
    """Count the events in a database."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT count(*) FROM events").fetchone()
    return int(found[0]) if found else 0


def copy(source: Path, target: Path) -> None:
    """Copy a database by SQLite's own backup; a copied file could miss its write-ahead log."""
    with (
        contextlib.closing(sqlite3.connect(source)) as old,
        contextlib.closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
