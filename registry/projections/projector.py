"""Projector: a batch of the log becomes the rows that end and the rows that begin.

Every event is taken in the order of its position. Its stream is folded one step further (or anew,
after a retraction), its rows are derived, and compared with those that held before: rows that are
gone end at the event's position, new ones begin there. So the rows depend on the log alone, not on
where its batches end.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple, Protocol

from registry.domain.fold import fold
from registry.domain.kinds import kind_of
from registry.errors import StoreFault
from registry.events.v1 import store_pb2
from registry.eventstore.envelope import open_row
from registry.projections.deriving import Derived, RowKey, derive
from registry.projections.tables import OPEN, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from registry.domain.world import Aggregate, Recorded
    from registry.eventstore.envelope import Opened
    from registry.eventstore.rows import Head, LogRow

BATCH_LIMIT = 500
MAX_STREAMS = 20_000
"""Streams whose state is kept between batches."""
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

    def read_streams(self, streams: Sequence[str], upto: int | None = None) -> list[LogRow]:
        """Rows of several streams up to a position (inclusive), by stream and version."""
        ...


class Began(NamedTuple):
    """A row that began to be known, and until when (OPEN: it still holds)."""

    row: Row
    known_from: int
    known_to: int


class Changes(NamedTuple):
    """What a batch changes, and where it ends."""

    position: int
    leaf: str
    """Leaf hash of the last event, hexadecimal."""
    full: bool
    """Whether more may follow."""
    ended: list[tuple[Row, int]]
    """Rows known before the batch, and the position at which they ended."""
    began: list[Began]


NOTHING = Derived((), frozenset())
"""What is shown of a stream before its first event."""


class Known(NamedTuple):
    """A stream as far as it was projected."""

    version: int
    state: Aggregate
    parts: tuple[Derived, ...]


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
        batch, full = self._read(position)
        if not batch:
            return None
        self._warm({opened.recorded.stream: opened for _, opened in reversed(batch)}, position)
        pending = _Pending()
        for row, opened in batch:
            self.at = row.position
            self._take(opened, pending)
        while len(self._known) > MAX_STREAMS:
            self._known.popitem(last=False)
        last = batch[-1][0]
        return Changes(last.position, last.leaf.hex(), full, pending.ended, pending.began)

    def _read(self, position: int) -> tuple[list[tuple[LogRow, Opened]], bool]:
        """A batch that ends where a command ends, however long; and whether it was cut."""
        limit = self._batch_limit
        while True:
            rows = self._log.read_after(position, limit)
            batch: list[tuple[LogRow, Opened]] = []
            complete = 0
            for expected, row in enumerate(rows, position + 1):
                self.at = expected
                _require_position(row, expected)
                opened = open_row(row)
                batch.append((row, opened))
                if opened.metadata.command_index + 1 >= opened.metadata.command_size:
                    complete = len(batch)
            if complete or not rows:
                return batch[:complete], len(rows) == limit
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
        recorded, position = opened.recorded, opened.position
        if isinstance(recorded.event, IGNORED):
            return
        stream = recorded.stream
        known = self._known.get(stream) or Known(0, kind_of(stream).new(stream), ())
        if recorded.version != known.version + 1:
            msg = f"{stream}@{recorded.version} follows {stream}@{known.version}"
            raise StoreFault(msg)
        state = self._evolved(known.state, opened)
        parts = derive(state, known.parts)
        for before, after in zip(known.parts or repeat(NOTHING), parts, strict=False):
            if after is not before:
                pending.replace(before.rows, after.rows, position)
        self._known[stream] = Known(recorded.version, state, parts)

    def _evolved(self, state: Aggregate, opened: Opened) -> Aggregate:
        recorded = opened.recorded
        if not isinstance(recorded.event, store_pb2.EventRetracted):
            return state.evolve(recorded)
        history = self._histories([recorded.stream], opened.position)[recorded.stream]
        return _fold(recorded.stream, history)


class _Pending:
    """Changes of a batch as they come up."""

    def __init__(self) -> None:
        self.ended: list[tuple[Row, int]] = []
        self._closed: list[Began] = []
        self._open: dict[RowKey, int] = {}

    def replace(self, before: frozenset[RowKey], after: frozenset[RowKey], position: int) -> None:
        """At a position, rows that are gone end and new ones begin."""
        for key in before - after if before else ():
            since = self._open.pop(key, None)
            if since is None:
                self.ended.append((key[1], position))
            else:
                self._closed.append(Began(key[1], since, position))
        self._open.update(dict.fromkeys(after - before if before else after, position))

    @property
    def began(self) -> list[Began]:
        """Rows that began, those that ended again among them."""
        still = [Began(row, since, OPEN) for (_, row), since in self._open.items()]
        return self._closed + still


def _require_position(row: LogRow, expected: int) -> None:
    if row.position != expected:
        msg = f"the log has a gap: position {row.position} where {expected} must follow"
        raise StoreFault(msg)


def _known(stream: str, history: Sequence[Recorded]) -> Known:
    state = _fold(stream, history)
    return Known(len(history), state, derive(state))


def _fold(stream: str, history: Iterable[Recorded]) -> Aggregate:
    return fold(kind_of(stream).new(stream), history)
