"""Stored events as they are sent: byte for byte, undecoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.v1.event_service_pb2 import ReplayEventsResponse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer

    from registry.eventstore.redactions import Redaction
    from registry.eventstore.rows import LogRow
    from registry.v1.event_service_pb2 import Redaction as Answered
    from registry.v1.event_service_pb2 import StoredEvent

    Events = RepeatedCompositeFieldContainer[StoredEvent]


def add_stored(events: Events, rows: Iterable[LogRow], redactions: Mapping[int, Redaction]) -> None:
    """Add rows to the events of an answer: made in place they take half the time.

    Args:
        events: of the answer.
        rows: of the log.
        redactions: of those without content, by their positions.
    """
    add = events.add
    for position, stream, version, topic, recorded_at, state, leaf in rows:
        added = add(
            position=position,
            stream=stream,
            version=version,
            topic=topic,
            recorded_at=recorded_at,
            state=state or b"",
            leaf=leaf,
        )
        if state is None:
            _fill(added.redaction, redactions[position])


def stored(row: LogRow, redactions: Mapping[int, Redaction]) -> StoredEvent:
    """One row of the log."""
    answer = ReplayEventsResponse()
    add_stored(answer.events, [row], redactions)
    return answer.events[0]


def _fill(into: Answered, redaction: Redaction) -> None:
    into.position = redaction.opened.position
    into.state_sha256 = redaction.event.state_sha256
