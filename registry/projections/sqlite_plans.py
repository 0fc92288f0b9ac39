"""What SQLite is told about the tables, so that it asks them in the same way in every registry.

Without statistics it takes any index that fits: to find out whether one cluster is of an ecosystem
it looked at every cluster of that ecosystem. Measured ones would be those of the day on which they
were taken, often of an empty table. So they are said once: the proportions of a large registry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

ASSUMED = {
    # Index: rows, then how many have the same first column, the same first two, and so on.
    "resources_1": "1000000 300000 1 1 1 1 1 1",
    "places_1": "500000 2 2 1 1 1 1",
    "places_2": "500000 100 100 1 1 1 1",
    "tags_1": "500000 3 3 3 1 1 1 1",
    "tags_2": "500000 2000 2000 1 1 1 1 1",
    "memberships_1": "500000 10 10 1 1 1 1 1",
    "memberships_2": "500000 5 5 1 1 1 1 1",
    "editions_1": "50 1 1",
    "participations_1": "10000 3 3",
    "participations_2": "10000 300 300",
    "participations_3": "10000 3 3",
    "terms_1": "1500000 5 5",
    "terms_2": "1500000 2 1 1",
    "words_1": "3000000 100 1 1 1",
    "listed_1": "1000000 300000 1 1",
    "listed_2": "1000000 300000 2 1",
    "listed_3": "10000 300 300 1",
    "listed_ended": "100000 2",
    "sqlite_autoindex_spellings_1": "5000000 50 1",
    "sqlite_autoindex_areas_1": "50000 8000 10 1",
    "sqlite_autoindex_locations_1": "5000 1",
}
"""Every index of the tables; a test compares."""


def assume(connection: sqlite3.Connection) -> None:
    """Write the proportions; connections that are opened later plan by them."""
    connection.execute("ANALYZE")  # makes the table that holds them
    connection.execute("DELETE FROM sqlite_stat1")
    rows = [(_table_of(index), index, numbers) for index, numbers in ASSUMED.items()]
    connection.executemany("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", rows)


def _table_of(index: str) -> str:
    return index.removeprefix("sqlite_autoindex_").rpartition("_")[0]
