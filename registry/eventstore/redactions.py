"""Redactions: what took away the content of rows that have none."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from registry.errors import StoreFault
from registry.events.v1.store_pb2 import EventRedacted
from registry.eventstore.envelope import TOPICS, open_row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registry.eventstore.envelope import Opened
    from registry.eventstore.reads import LogReads
    from registry.eventstore.rows import LogRow

REDACTED = TOPICS[EventRedacted]
"""Topic of the events that say so."""
_BEYOND = 2**62
"""More than any position."""


class Redaction(NamedTuple):
    """That the content of an event was deleted, and what says so."""

    event: EventRedacted
    opened: Opened


def redactions_of(log: LogReads, rows: Iterable[LogRow]) -> dict[int, Redaction]:
    """What took away the content of those of the rows that have none; see `redactions`."""
    gone = {(row.stream, row.version): row.position for row in rows if row.state is None}
    return redactions(log, gone) if gone else {}


def redactions(log: LogReads, gone: dict[tuple[str, int], int]) -> dict[int, Redaction]:
    """What took away the content of events, by their positions.

    It may be recorded much later than they, also after what is asked for as known.

    Args:
        log: the log.
        gone: the events by stream and version, and their positions.

    Raises:
        StoreFault: where nothing says so: the content of such an event is lost.
    """
    gone, found = dict(gone), {}
    streams = sorted({stream for stream, _ in gone})  # of none nothing is read
    for row in log.read_topics(streams, [REDACTED], _BEYOND):
        opened = open_row(row)
        event = opened.recorded.event
        if not isinstance(event, EventRedacted):
            continue
        position = gone.pop((row.stream, event.version), 0)
        if position:
            found[position] = Redaction(event, opened)
    for (stream, version), position in gone.items():
        msg = f"{stream}@{version} at position {position} has no content, and nothing redacted it"
        raise StoreFault(msg)
    return found
