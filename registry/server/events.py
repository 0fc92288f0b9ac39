"""EventService: the log itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.errors import Draining
from registry.server.backend import require_reached
from registry.server.rpc import Servicer, command, stream
from registry.server.selection import Selection
from registry.server.stored import stored
from registry.server.streams import ahead
from registry.v1 import event_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from registry.eventstore.commands import Command, Intent

DEFAULT_BATCH_SIZE = 500
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
        require_reached(request.after_position, head)
        selection = Selection.of(request)
        after, end = await self.backend.in_thread(selection.bounds, self.registry.recorded_log)
        after, end = max(after, request.after_position), min(end, head)
        left = request.limit or head
        while after < end and left > 0:
            if self.backend.draining.is_set():
                raise Draining("the service is stopping; resume from the last position")
            size = min(request.batch_size or DEFAULT_BATCH_SIZE, left)
            batch = await self.backend.in_thread(self._batch, selection, after, end, size)
            yield batch
            after, left = batch.read_position, left - len(batch.events)

    def _batch(
        self, selection: Selection, after: int, end: int, size: int
    ) -> pb.ReplayEventsResponse:
        rows, read = selection.read(self.registry.recorded_log, after, end, size)
        return pb.ReplayEventsResponse(events=map(stored, rows), read_position=read)

    @command
    def retract_event(self, command: Command, request: pb.RetractEventRequest) -> Intent:
        """Record that events no longer count."""
        return self.registry.retract_event(
            command, request.stream, request.versions, request.others, request.with_dependants
        )
