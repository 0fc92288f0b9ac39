"""States: the folded aggregates of streams, kept while they are likely to be asked again."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from registry.domain.fold import evolved, fold
from registry.errors import StoreFault
from registry.events.v1.store_pb2 import EventRetracted
from registry.eventstore.envelope import open_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from registry.domain.world import Aggregate, Recorded
    from registry.eventstore.reads import LogReads
    from registry.eventstore.rows import LogRow

A = TypeVar("A", bound="Aggregate")
CAPACITY = 50_000
_RETRACTED = EventRetracted.DESCRIPTOR.full_name


class State(NamedTuple):
    """An aggregate and the version of its stream (0: no events)."""

    aggregate: Any
    version: int


class States:
    """States of streams by name, least recently used dropped first; not for several threads."""

    def __init__(self, log: LogReads, capacity: int = CAPACITY) -> None:
        """Begin empty."""
        self._log = log
        self._capacity = capacity
        self._states: OrderedDict[str, State] = OrderedDict()

    def load(self, kind: type[A], stream: str) -> State:
        """State of a stream as kept, or folded from the log."""
        state = self._states.get(stream)
        if state is None:
            state = self.put(stream, folded(kind, stream, history(self._log, stream)))
        else:
            self._states.move_to_end(stream)
        return state

    def prefetch(self, kinds: Mapping[str, type[Aggregate]]) -> None:
        """Load the streams that are not kept, in one query."""
        missing = [stream for stream in kinds if stream not in self._states]
        if not missing:
            return
        rows: dict[str, list[LogRow]] = {stream: [] for stream in missing}
        for row in self._log.read_streams(missing):
            rows[row.stream].append(row)
        for stream, history in rows.items():
            # One that cannot be read is the trouble of the command that loads it alone.
            with contextlib.suppress(StoreFault):
                events = [open_row(row).recorded for row in history]
                self.put(stream, folded(kinds[stream], stream, events))

    def kept(self, stream: str) -> State | None:
        """State of a stream as kept, if it is."""
        return self._states.get(stream)

    def put(self, stream: str, state: State) -> State:
        """Keep a state."""
        self._states[stream] = state
        self._states.move_to_end(stream)
        if len(self._states) > self._capacity:
            self._states.popitem(last=False)
        return state

    def drop(self, streams: Iterable[str]) -> None:
        """Forget some streams, which others have changed."""
        for stream in streams:
            self._states.pop(stream, None)

    def clear(self) -> None:
        """Forget everything."""
        self._states.clear()


def history(log: LogReads, stream: str) -> list[Recorded]:
    """All events of a stream, by version."""
    return [open_row(row).recorded for row in log.read_stream(stream)]


def folded(kind: type[A], stream: str, events: Sequence[Recorded]) -> State:
    """State after a stream's events."""
    if not events:
        return State(kind.new(stream), 0)
    return State(fold(kind.new(stream), events), events[-1].version)


def refreshed(log: LogReads, kind: type[A], stream: str, kept: State | None) -> State:
    """State of a stream as the log has it now, reading only what is newer than what was kept."""
    rows = log.read_stream(stream, kept.version) if kept else []
    if kept is None or any(row.topic == _RETRACTED for row in rows):
        return folded(kind, stream, history(log, stream))
    if not rows:
        return kept
    aggregate = kept.aggregate
    for row in rows:
        aggregate = evolved(aggregate, open_row(row).recorded)
    return State(aggregate, rows[-1].version)
