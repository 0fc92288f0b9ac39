"""EventService: the log itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.errors import Draining
from registry.server.backend import require_reached
from registry.server.rpc import Servicer, command, stream
from registry.server.streams import ahead
from registry.v1 import event_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from registry.eventstore.commands import Command, Intent
    from registry.eventstore.rows import LogRow

DEFAULT_BATCH_SIZE = 500
MAX_BATCH_BYTES = 4 * 1024 * 1024
"""A batch of large events ends early, well below what a message may hold."""
BATCHES_AHEAD = 2
"""Batches read while an earlier one is sent; a slow reader holds up no more than these."""


class Events(Servicer):
    """Replays and corrects history."""

    SERVICE = pb.DESCRIPTOR.services_by_name["EventService"]

    @stream
    async def replay_events(
        self, request: pb.ReplayEventsRequest
    ) -> AsyncIterator[pb.ReplayEventsResponse]:
        """Send what is recorded after a position, up to the head as it is now."""
        async for batch in ahead(self._batches(request), BATCHES_AHEAD):
            yield batch

    async def _batches(
        self, request: pb.ReplayEventsRequest
    ) -> AsyncIterator[pb.ReplayEventsResponse]:
        head = (await self.backend.in_thread(self.registry.recorded_log.head)).position
        after, left = request.after_position, request.limit or head
        require_reached(after, head)
        while after < head and left > 0:
            if self.backend.draining.is_set():
                raise Draining("the service is stopping; resume from the last position")
            size = min(request.batch_size or DEFAULT_BATCH_SIZE, left)
            batch = await self.backend.in_thread(self._batch, after, size, request.stream, head)
            yield batch
            after, left = batch.read_position, left - len(batch.events)

    def _batch(self, after: int, size: int, stream: str, head: int) -> pb.ReplayEventsResponse:
        rows = self.registry.recorded_log.read_after(after, size, stream)
        fitting = _fitting(rows)
        events = [
            pb.StoredEvent(
                position=row.position,
                stream=row.stream,
                version=row.version,
                topic=row.topic,
                recorded_at=row.recorded_at,
                state=row.state or b"",
                leaf=row.leaf,
            )
            for row in fitting
            if row.position <= head
        ]
        more = len(rows) == size or len(fitting) < len(rows)
        read = events[-1].position if more and events else head
        return pb.ReplayEventsResponse(events=events, read_position=read)

    @command
    def retract_event(self, command: Command, request: pb.RetractEventRequest) -> Intent:
        """Record that events no longer count."""
        return self.registry.retract_event(command, request.stream, request.versions)


def _fitting(rows: list[LogRow]) -> list[LogRow]:
    """As many rows as fit in a message, at least one."""
    size_bytes = 0
    for count, row in enumerate(rows):
        size_bytes += len(row.state or b"")
        if count and size_bytes > MAX_BATCH_BYTES:
            return rows[:count]
    return rows
