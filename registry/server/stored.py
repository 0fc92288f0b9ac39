"""Stored events as they are sent: byte for byte, undecoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.v1.event_service_pb2 import StoredEvent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer

    from registry.eventstore.rows import LogRow

    Events = RepeatedCompositeFieldContainer[StoredEvent]


def stored(row: LogRow) -> StoredEvent:
    """One row of the log."""
    return StoredEvent(
        position=row.position,
        stream=row.stream,
        version=row.version,
        topic=row.topic,
        recorded_at=row.recorded_at,
        state=row.state or b"",
        leaf=row.leaf,
    )


def add_stored(events: Events, rows: Iterable[LogRow]) -> None:
    """Add rows to the events of an answer: made in place they take half the time."""
    add = events.add
    for position, stream, version, topic, recorded_at, state, leaf in rows:
        add(
            position=position,
            stream=stream,
            version=version,
            topic=topic,
            recorded_at=recorded_at,
            state=state or b"",
            leaf=leaf,
        )
