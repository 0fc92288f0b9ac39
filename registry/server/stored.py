"""Stored events as they are sent: byte for byte, undecoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.v1.event_service_pb2 import StoredEvent

if TYPE_CHECKING:
    from registry.eventstore.rows import LogRow


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
