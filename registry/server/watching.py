"""Watching: one caller's watch of the log, from a position on and without an end.

It is served by the feed of its selection, and costs nothing while there is nothing new. The log
itself is read for it only where the feed does not reach back: at the beginning, and after it was
slow to take what it was sent.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from registry.errors import Draining, InvalidField, WatchEnded
from registry.eventstore.redactions import redactions_of
from registry.server.backend import require_reached
from registry.server.feeds import Feed, Message, message
from registry.server.selection import Selection
from registry.server.tail import BATCH_BYTES, BATCH_SIZE, Tail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from registry.eventstore.reads import LogReads
    from registry.eventstore.rows import LogRow
    from registry.server.backend import Backend
    from registry.v1.event_service_pb2 import WatchEventsRequest

HEARTBEAT_S = 10.0
LONGEST_S = 3600.0
"""A watch ends then at the latest, so that who may watch is asked anew."""
SHORTEST = 0.9
"""Part of that after which it may end: not all who began together come back together."""


class Watching:
    """Serves all watches."""

    def __init__(self, log: LogReads, backend: Backend) -> None:
        self._log = log
        self._backend = backend
        self._tail = Tail(log, backend)

    async def watch(self, request: WatchEventsRequest) -> AsyncIterator[bytes]:
        """Give what the request selects, and heartbeats.

        Raises:
            InvalidField: for two places to begin, or what cannot be selected.
            PositionOutOfRange: for a position beyond the end of the log.
            Overloaded: where as many watch as may.
            Draining: when the service stops.
            WatchEnded: after a long time.
            StoreUnavailable: when the log cannot be read.
        """
        selection = Selection.of(request)
        if request.from_end and request.after_position:
            raise InvalidField("from_end", "must be left out where after_position is given")
        with self._tail.joined(selection) as feed:
            head = (await self._backend.in_thread(self._log.head)).position
            require_reached(request.after_position, head)
            at = head if request.from_end else request.after_position
            watch = _Watch(self._log, self._backend, self._tail, feed, at)
            heartbeat_s = HEARTBEAT_S
            if request.HasField("heartbeat_interval"):
                heartbeat_s = request.heartbeat_interval.ToTimedelta().total_seconds()
            while True:
                said = await watch.next(heartbeat_s)
                yield said.answer


class _Watch:
    """One watch: where it is, and what comes next."""

    def __init__(self, log: LogReads, backend: Backend, tail: Tail, feed: Feed, at: int) -> None:
        self._log = log
        self._backend = backend
        self._tail = tail
        self._feed = feed
        self._at = at
        self._behind = True
        """Whether the log has more, as far as it was read for this watch alone."""
        self._ends = self._now() + _lasts_s()

    async def next(self, heartbeat_s: float) -> Message:
        """Wait for the next message, which is a heartbeat where nothing comes for that time."""
        due = self._now() + heartbeat_s
        while True:
            self._require_going_on()
            found = await self._found()
            if found is None and self._now() >= due:
                found = self._heartbeat()
            if found is not None:
                self._at = found.read_position
                return found
            await self._feed.wait(min(due, self._ends) - self._now())

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    def _require_going_on(self) -> None:
        """End it when that is due: also the place to see that credentials have expired."""
        if self._backend.draining.is_set():
            raise Draining("the service is stopping; resume from the last position")
        if self._feed.failure is not None:
            raise self._feed.failure.with_traceback(None)
        if self._now() >= self._ends:
            raise WatchEnded("it has lasted as long as a watch may; resume from the last position")

    async def _found(self) -> Message | None:
        """What comes next, of the feed or else of the log; None where there is nothing yet."""
        feed, at = self._feed, self._at
        if feed.has_all_after(at):
            found = feed.after(at)
            if found is not None and found.first > at:
                self._behind = False
                return found
            if found is None and not self._behind:
                return None
        elif feed.since is None and not self._behind:
            return None  # it is known in a moment
        found = await self._backend.catch_up_in_thread(self._read, at)
        self._behind = not found.caught_up
        return found

    def _read(self, after: int) -> Message:
        """Read a batch of the log; in a thread."""
        head = self._log.head().position
        selection = self._feed.selection
        first, last = selection.bounds(self._log)
        first, last = max(after, first), min(last, head)
        rows: list[LogRow] = []
        read = head
        if first < last:
            rows, read = selection.read(self._log, first, last, BATCH_SIZE, BATCH_BYTES)
            read = head if read >= last else read  # beyond that nothing is selected
        redactions = redactions_of(self._log, rows)
        return message(rows, max(read, after), redactions, caught_up=read >= head)

    def _heartbeat(self) -> Message:
        """Say how far nothing is selected."""
        upto, tail = self._at, self._tail
        if self._feed.has_all_after(upto):
            upto = max(upto, tail.position)
        return message((), upto, {}, caught_up=tail.caught_up and tail.position >= upto)


def _lasts_s() -> float:
    return LONGEST_S * random.uniform(SHORTEST, 1)  # noqa: S311 - no secret
