"""EventService: the log itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from registry.errors import Draining
from registry.eventstore.redactions import redactions_of
from registry.server.backend import require_reached
from registry.server.rpc import Servicer, command, stream
from registry.server.selection import Selection
from registry.server.stored import add_stored
from registry.server.streams import ahead
from registry.server.watching import Watching
from registry.v1 import event_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from registry.eventstore.commands import Command, Intent
    from registry.server.backend import Backend

DEFAULT_BATCH_SIZE = 500
BATCHES_AHEAD = 2
"""Batches read while an earlier one is sent; a slow reader holds up no more than these."""


class Part(NamedTuple):
    """One answer of a replay, encoded where it was read: not on the loop."""

    answer: bytes
    events: int
    read_position: int


class Events(Servicer):
    """Replays, watches and corrects history."""

    SERVICE = pb.DESCRIPTOR.services_by_name["EventService"]

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self._watching = Watching(self.registry.recorded_log, backend)

    @stream
    async def replay_events(self, request: pb.ReplayEventsRequest) -> AsyncIterator[bytes]:
        """Send what is recorded after a position, up to the head as it is now."""
        async for part in ahead(self._parts(request), BATCHES_AHEAD):
            yield part.answer

    async def _parts(self, request: pb.ReplayEventsRequest) -> AsyncIterator[Part]:
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
            part = await self.backend.in_thread(self._part, selection, after, end, size)
            yield part
            after, left = part.read_position, left - part.events

    def _part(self, selection: Selection, after: int, end: int, size: int) -> Part:
        rows, read = selection.read(self.registry.recorded_log, after, end, size)
        answer = pb.ReplayEventsResponse(read_position=read)
        add_stored(answer.events, rows, redactions_of(self.registry.recorded_log, rows))
        return Part(answer.SerializeToString(), len(rows), read)

    @stream
    async def watch_events(self, request: pb.WatchEventsRequest) -> AsyncIterator[bytes]:
        """Send what is recorded after a position, and what is recorded from now on."""
        async for answer in self._watching.watch(request):
            yield answer

    @command
    def retract_event(self, command: Command, request: pb.RetractEventRequest) -> Intent:
        """Record that events no longer count."""
        return self.registry.retract_event(
            command, request.stream, request.versions, request.others, request.with_dependants
        )

    @command
    def redact_event(self, command: Command, request: pb.RedactEventRequest) -> Intent:
        """Record that the content of an event is deleted, and delete it."""
        return self.registry.redact_event(
            command, request.stream, request.version, request.approvers
        )
