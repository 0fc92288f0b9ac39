"""What the views need of a database, whichever it is: generations, a writer, readers.

A generation is a complete set of tables in a place of its own (a file, a schema). A pointer names
the one that answers, so that another can be filled beside it and take its place at once.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from registry.errors import StoreFault, StoreUnavailable
from registry.projections import areas, spelling
from registry.projections.conditions import then
from registry.projections.tables import TABLES, Place, Row, Table, Word, close_sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registry.projections.projector import Changes

READ_CHECKPOINT = "SELECT position, leaf, view_version, changed, begun, redacted FROM checkpoint"
MOVE_CHECKPOINT = "UPDATE checkpoint SET position = ?, leaf = ?, changed = ?, redacted = ?"
NEW_CHECKPOINT = "INSERT INTO checkpoint VALUES (1, 0, '', ?, '{}', ?, 0)"

_WORD = Word._fields.index("word")
_LOCATION = Place._fields.index("location")


class GenerationGone(StoreUnavailable):
    """The generation was replaced while it was read; ask again."""


class Checkpoint(NamedTuple):
    """How far a generation has seen the log."""

    position: int
    leaf: str
    """Leaf hash of the event there, hexadecimal; empty at position 0."""
    view_version: int
    """VIEW_VERSION of the code that made it."""
    changed: Mapping[str, int]
    """Position at which each table changed last, by its name."""
    begun: int
    """Position where the log ended when the generation was begun."""
    redacted: int
    """Position of the last redaction it has seen; 0 for none."""

    @classmethod
    def of(cls, row: Sequence[Any]) -> Self:
        """Take from the row that READ_CHECKPOINT finds."""
        position, leaf, view_version, changed, begun, redacted = row
        return cls(position, leaf, view_version, json.loads(changed), begun, redacted)

    @property
    def holds_redacted(self) -> bool:
        """Whether its rows may be of events whose content was deleted after they were read."""
        return self.redacted > self.begun

    def moved(self, changes: Changes) -> Self:
        """Move to the end of a batch."""
        kinds = [k for rows in (changes.ended, changes.began) for k, found in rows.items() if found]
        changed = {**self.changed, **{TABLES[kind].name: changes.position for kind in kinds}}
        return self._replace(
            position=changes.position,
            leaf=changes.leaf,
            changed=changed,
            redacted=changes.redacted or self.redacted,
        )


class Reading(ABC):
    """One read transaction: everything read in it was true at its checkpoint."""

    generation: int
    checkpoint: Checkpoint

    @abstractmethod
    def rows(self, sql: str, **params: int | str) -> list[tuple[Any, ...]]:
        """Run one SELECT with `:name` placeholders; all rows."""

    def stream(self, sql: str, **params: int | str) -> Iterator[tuple[Any, ...]]:
        """Run one SELECT of very many rows; they come as they are found, where a database can."""
        return iter(self.rows(sql, **params))


class Earlier(Reading):
    """A read transaction in which every question is of what was known at an earlier position."""

    def __init__(self, reading: Reading, position: int) -> None:
        """Ask the same tables.

        Args:
            reading: the transaction; its questions are written by `conditions.known`.
            position: before its checkpoint.
        """
        self._reading = reading
        self.generation = reading.generation
        self.checkpoint = reading.checkpoint._replace(position=position, leaf="", changed={})

    def rows(self, sql: str, **params: int | str) -> list[tuple[Any, ...]]:
        """Run one SELECT with `:name` placeholders; all rows."""
        return self._reading.rows(then(sql), **params, position=self.checkpoint.position)


class Writing(ABC):
    """One transaction that nobody else writes beside."""

    generation: int
    checkpoint: Checkpoint

    @abstractmethod
    def rows(self, sql: str, **params: int | str) -> list[tuple[Any, ...]]:
        """Run one SELECT with `:name` placeholders; all rows."""

    @abstractmethod
    def insert(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add rows: their columns, known_from, known_to."""

    @abstractmethod
    def run_many(self, sql: str, params: Sequence[tuple[Any, ...]]) -> int:
        """Run a statement once for each set of parameters; rows it changed in all."""

    @abstractmethod
    def define(self, statements: Sequence[str]) -> None:
        """Run statements that define what is there, such as indexes."""

    def end(self, table: Table, rows: Sequence[tuple[Row, int]]) -> None:
        """End open rows, each at its position."""
        params = [(position, *row, position) for row, position in rows]
        if self.run_many(close_sql(table, self._found_by(table)), params) != len(params):
            msg = f"the table {table.name} is not what the log says; rebuild the view"
            raise StoreFault(msg)

    def _found_by(self, table: Table) -> str:  # noqa: ARG002 - for databases that need it
        return ""

    def apply(self, changes: Changes, *, learns: bool = True) -> None:
        """Write a batch and move the checkpoint to its end.

        Args:
            changes: the batch.
            learns: new words are kept, too; False where all of them are kept later.

        Raises:
            StoreFault: where the tables do not hold what the batch ends.
        """
        # First what ends: the same row may begin again later in the batch.
        for kind, rows in changes.ended.items():
            self.end(TABLES[kind], rows)
        for kind, began in changes.began.items():
            self.insert(TABLES[kind], began)
        places = changes.began.get(Place, ())
        areas.write(self, (row[_LOCATION] for row in places))
        if learns:
            spelling.learn(self, (row[_WORD] for row in changes.began.get(Word, ())))
        moved = self.checkpoint.moved(changes)
        changed = json.dumps(moved.changed, sort_keys=True)
        self.run_many(MOVE_CHECKPOINT, [(moved.position, moved.leaf, changed, moved.redacted)])
        self.checkpoint = moved


class ViewStore(ABC):
    """The generations of the view family in one database; usable from any thread."""

    def __init__(self, view_version: int) -> None:
        """Serve one version of the code.

        Args:
            view_version: VIEW_VERSION of that code.
        """
        self.view_version = view_version

    @abstractmethod
    def live(self) -> int:
        """Generation that answers; 0 where there is none yet.

        Where one process owns the store another version may have made it.
        """

    @abstractmethod
    def create(self, begun: int = 0) -> int:
        """Make an empty generation beside the others, still without indexes; its number.

        Args:
            begun: position where the log ends now, or earlier.
        """

    @abstractmethod
    def reading(self) -> AbstractContextManager[Reading]:
        """Read the live generation.

        Raises:
            GenerationGone: also from within, where it was replaced meanwhile.
            StoreUnavailable: where there is none, or the database cannot be read now.
        """

    @abstractmethod
    def writing(self, generation: int = 0) -> AbstractContextManager[Writing]:
        """Write a generation (0: the live one); committed at the end, rolled back on any error.

        Raises:
            GenerationGone: where there is no live one any more.
            StoreUnavailable: where the database cannot be written now.
        """

    @abstractmethod
    def switching(self, generation: int) -> AbstractContextManager[Writing]:
        """Write a generation while nobody writes the live one, then make it the live one."""

    @abstractmethod
    def drop(self, generation: int) -> None:
        """Remove a generation that is not live, as soon as nobody reads it."""

    @abstractmethod
    def rebuilding(self) -> AbstractContextManager[bool]:
        """Be the only one that fills a new generation; False where another is."""

    def retire(self) -> None:  # noqa: B027 - nothing is left where one process owns the store
        """Remove generations of other versions of the code, which nobody runs any more."""

    def follow(self, generation: int) -> None:  # noqa: B027 - by default the pointer is shared
        """Answer from a generation that another process of this service made live."""

    def handing_over(self) -> AbstractContextManager[Sequence[int]]:
        """Let a child write, which inherits these file descriptors; start it within.

        Raises:
            StoreUnavailable: where an earlier one does not end.
        """
        return nullcontext(())

    @abstractmethod
    def close(self) -> None:
        """Close every connection."""
