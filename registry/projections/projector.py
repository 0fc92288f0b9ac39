"""Projector: a batch of the log becomes the rows that end and the rows that begin.

Every event is taken in the order of its position. Its stream is folded one step further (or anew,
after a retraction), its rows are derived, and compared with those that held before: rows that are
gone end at the event's position, new ones begin there. So the rows depend on the log alone, not on
where its batches end.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from registry.domain.fold import evolved, fold
from registry.domain.kinds import kind_of
from registry.domain.world import Redacted
from registry.errors import StoreFault
from registry.events.v1 import store_pb2
from registry.eventstore.envelope import TOPICS, open_row
from registry.projections.conditions import OPEN
from registry.projections.deriving import PARTS, derive
from registry.projections.tables import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from registry.domain.world import Aggregate, Recorded
    from registry.eventstore.envelope import Opened
    from registry.eventstore.rows import Head, LogRow
    from registry.projections.deriving import Derived

BATCH_LIMIT = 500
MAX_STREAMS = 20_000
"""Streams whose state is kept between batches."""
NOTHING: Iterable[frozenset[Row]] = repeat(frozenset())
"""What is shown of a stream before its first event."""
_REDACTS = store_pb2.EventRedacted
_REDACTED_RETRACTION = Redacted(TOPICS[store_pb2.EventRetracted])
"""What it retracts was redacted before it, and may be known here with its content."""
IGNORED = (store_pb2.StoreCreated,)
"""Events that no view shows."""


class Log(Protocol):
    """What the views need of the log."""

    def head(self) -> Head:
        """End of the log."""
        ...

    def read_after(self, position: int, limit: int, stream: str = "") -> list[LogRow]:
        """Rows after a position (exclusive), by position."""
        ...

    def read_selected(
        self, after: int, upto: int, limit: int, stream: str = "", topics: Sequence[str] = ()
    ) -> list[LogRow]:
        """Rows after a position up to another (inclusive), by position, of some topics."""
        ...

    def read_streams(self, streams: Sequence[str], upto: int | None = None) -> list[LogRow]:
        """Rows of several streams up to a position (inclusive), by stream and version."""
        ...


class Changes(NamedTuple):
    """What a batch changes, and where it ends."""

    position: int
    leaf: str
    """Leaf hash of the last event, hexadecimal."""
    full: bool
    """Whether more may follow."""
    ended: dict[type[Row], list[tuple[Row, int]]]
    """Rows known before the batch, and the positions at which they ended; in their order."""
    began: dict[type[Row], list[tuple[Any, ...]]]
    """Rows that began to be known, each with known_from and known_to (OPEN: it still holds)."""
    redacted: int = 0
    """Position of the last event that redacts another one; 0: there is none."""


class Known:
    """A stream as far as it was projected."""

    __slots__ = ("parts", "state", "version")

    def __init__(self, version: int, state: Aggregate, parts: tuple[Derived, ...]) -> None:
        self.version = version
        self.state = state
        self.parts = parts


class Projector:
    """Turns the log into changes; keeps the states of the streams it saw last."""

    def __init__(self, log: Log, *, batch_limit: int = BATCH_LIMIT) -> None:
        """Begin with nothing known."""
        self._log = log
        self._batch_limit = batch_limit
        self._known: OrderedDict[str, Known] = OrderedDict()
        self.at = 0
        """Position of the event at work, for whoever must say where it stopped."""

    def changes_after(self, position: int) -> Changes | None:
        """What follows a position, at most a batch; None at the end of the log.

        Raises:
            StoreFault: where the log has a gap, is cut, or holds what this version cannot read.
        """
        self.at = position + 1
        batch, leaf, full = self._read(position)
        if not batch:
            return None
        self._warm({opened.recorded.stream: opened for opened in reversed(batch)}, position)
        pending = _Pending()
        for opened in batch:
            self.at = opened.position
            self._take(opened, pending)
        while len(self._known) > MAX_STREAMS:
            self._known.popitem(last=False)
        redacted = (o.position for o in reversed(batch) if isinstance(o.recorded.event, _REDACTS))
        return Changes(self.at, leaf.hex(), full, pending.ended, pending.began(), next(redacted, 0))

    def _read(self, position: int) -> tuple[list[Opened], bytes, bool]:
        """A batch that ends where a command ends, however long; its leaf, whether it was cut."""
        limit = self._batch_limit
        while True:
            rows = self._log.read_after(position, limit)
            batch: list[Opened] = []
            for expected, row in enumerate(rows, position + 1):
                self.at = expected
                _require_position(row, expected)
                batch.append(open_row(row))
            complete = len(rows)
            while complete and not _ends_command(batch[complete - 1]):
                complete -= 1
            if complete or not rows:
                leaf = rows[complete - 1].leaf if rows else b""
                return batch[:complete], leaf, len(rows) == limit
            if len(rows) < limit:
                msg = f"the log ends at position {rows[-1].position} within a command"
                raise StoreFault(msg)
            limit *= 2

    def _warm(self, firsts: dict[str, Opened], upto: int) -> None:
        """Fold the streams of a batch that are not known as they were before it.

        They may be known as of earlier, where another process projected meanwhile, or as of later,
        where a batch was not written in the end.
        """
        missing = []
        for stream, first in firsts.items():
            known = self._known.get(stream)
            before = first.recorded.version - 1
            if known is not None and known.version == before:
                self._known.move_to_end(stream)
                continue
            self._known.pop(stream, None)
            if before and not isinstance(first.recorded.event, IGNORED):
                missing.append(stream)
        for stream, history in self._histories(missing, upto).items():
            self._known[stream] = _known(stream, history)

    def _histories(self, streams: Sequence[str], upto: int) -> dict[str, list[Recorded]]:
        histories: defaultdict[str, list[Recorded]] = defaultdict(list)
        for row in self._log.read_streams(streams, upto) if streams else ():
            histories[row.stream].append(open_row(row).recorded)
        return histories

    def _take(self, opened: Opened, pending: _Pending) -> None:
        recorded, _, position, _ = opened
        stream, version, event = recorded[:3]
        if isinstance(event, IGNORED):
            return
        known = self._known.get(stream)
        if known is None:
            known = self._known[stream] = Known(0, kind_of(stream).new(stream), ())
        if version != known.version + 1:
            msg = f"{stream}@{version} follows {stream}@{known.version}"
            raise StoreFault(msg)
        if isinstance(event, store_pb2.EventRetracted) or event == _REDACTED_RETRACTION:
            state = _fold(stream, self._histories([stream], position)[stream])
        else:
            state = evolved(known.state, recorded)
        parts = derive(state, known.parts)
        for part, before, after in zip(
            PARTS[type(state)], known.parts or repeat(None), parts, strict=False
        ):
            if after is not before:
                pending.replace(
                    part.tables, before.rows if before else NOTHING, after.rows, position
                )
        known.version, known.state, known.parts = version, state, parts


class _Pending:
    """Changes of a batch as they come up."""

    def __init__(self) -> None:
        self.ended: defaultdict[type[Row], list[tuple[Row, int]]] = defaultdict(list)
        self._closed: defaultdict[type[Row], list[tuple[Any, ...]]] = defaultdict(list)
        self._open: defaultdict[type[Row], dict[Row, int]] = defaultdict(dict)

    def replace(
        self,
        tables: Iterable[type[Row]],
        before: Iterable[frozenset[Row]],
        after: Iterable[frozenset[Row]],
        position: int,
    ) -> None:
        """At a position, rows of tables that are gone end and new ones begin."""
        for table, old, new in zip(tables, before, after, strict=False):
            opened = self._open[table]
            for row in old - new if old else ():
                since = opened.pop(row, None)
                if since is None:
                    self.ended[table].append((row, position))
                else:
                    self._closed[table].append((*row, since, position))
            for row in new - old if old else new:
                opened[row] = position

    def began(self) -> dict[type[Row], list[tuple[Any, ...]]]:
        """Rows that began, those that ended again among them."""
        return {
            table: self._closed[table] + [row + (since, OPEN) for row, since in opened.items()]  # noqa: RUF005 - faster
            for table, opened in self._open.items()
        }


def _ends_command(opened: Opened) -> bool:
    """Whether a batch may end with it; of what was redacted nobody knows any more."""
    if isinstance(opened.recorded.event, Redacted):
        return False  # what redacted it comes later
    return opened.metadata.command_index + 1 >= opened.metadata.command_size


def _require_position(row: LogRow, expected: int) -> None:
    if row.position != expected:
        msg = f"the log has a gap: position {row.position} where {expected} must follow"
        raise StoreFault(msg)


def _known(stream: str, history: Sequence[Recorded]) -> Known:
    state = _fold(stream, history)
    return Known(len(history), state, derive(state))


def _fold(stream: str, history: Iterable[Recorded]) -> Aggregate:
    return fold(kind_of(stream).new(stream), history)
