"""Filling: a new generation, which nobody reads yet, gets its rows first and its indexes last.

To keep an index costs a page somewhere in the middle of it for every row; to make it at the end
costs one sort. Rows that end are found by an index, so their ends wait until it is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.projections import spelling, tables
from registry.projections.tables import TABLES, Row

if TYPE_CHECKING:
    from registry.projections.projector import Changes
    from registry.projections.store import Writing

MAX_WAITING = 50_000
"""Ends kept in memory; of a longer log those that follow are written as they come."""


class Filling:
    """One generation being filled; what it keeps is lost with it."""

    def __init__(self) -> None:
        """Begin with empty tables without indexes."""
        self._waiting: dict[type[Row], list[tuple[Row, int]]] = {}
        self._left = MAX_WAITING
        self.finished = False

    def apply(self, writing: Writing, changes: Changes) -> None:
        """Write a batch."""
        if self._left > 0:
            for kind, rows in changes.ended.items():
                self._waiting.setdefault(kind, []).extend(rows)
                self._left -= len(rows)
            changes = changes._replace(ended={})
        writing.apply(changes, learns=self.finished)
        if self._left <= 0 and self._waiting:
            self._write_waiting(writing)

    def finish(self, writing: Writing) -> None:
        """Make the generation what it is to be: all ends, indexes and words in it."""
        self._write_waiting(writing)
        writing.define(tables.indexes())
        spelling.learn_all(writing)
        self._left = 0  # what ends from now on is found at once
        self.finished = True

    def _write_waiting(self, writing: Writing) -> None:
        """Write the ends that wait, in the order of their positions."""
        writing.define(tables.first_indexes())
        for kind, rows in self._waiting.items():
            writing.end(TABLES[kind], rows)
        self._waiting = {}
