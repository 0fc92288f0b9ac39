"""Watchers: each follows a registry, and remembers what it was sent."""

import asyncio
import contextlib

SOON_S = 20.0


class Watcher:
    """Watches, remembers the events, and knows where to resume."""

    def __init__(self, client, **fields):
        self.client = client
        self.fields = {"heartbeatInterval": "1s"} | fields
        self.events = []
        self.position = int(fields.get("afterPosition", 0))
        self.marks = []
        """Whether each batch said that it is caught up."""
        self.begun = False
        self._call = None

    @property
    def positions(self):
        """Positions of the events, as they came."""
        return [event.position for event in self.events]

    async def follow(self):
        """Take what comes until it is cut or the watch ends; resumes after what was taken."""
        fields = self.fields
        if self.begun:
            fields = {n: v for n, v in fields.items() if n != "fromEnd"}
            fields |= {"afterPosition": self.position}
        self._call = self.client.streaming("WatchEvents", timeout_s=None, **fields)
        async for answer in self._call:
            self.take(answer)

    def take(self, answer):
        """Remember a batch."""
        assert answer.read_position >= self.position
        assert [e.position for e in answer.events] == sorted({e.position for e in answer.events})
        assert not answer.events or self.position < answer.events[0].position
        assert not answer.events or answer.events[-1].position <= answer.read_position
        self.events += answer.events
        self.position = answer.read_position
        self.marks.append(answer.caught_up)
        self.begun = True

    @contextlib.asynccontextmanager
    async def following(self):
        """Follow within the block."""
        task = asyncio.create_task(self.follow())
        try:
            yield self
        finally:
            if self._call is not None:
                self._call.cancel()
            task.cancel()  # which may not have begun
            await asyncio.wait({task})

    async def until(self, position):
        """Wait until everything up to a position has come."""
        await eventually(lambda: self.position >= position)


async def eventually(happened):
    """Wait until something is so."""
    async with asyncio.timeout(SOON_S):
        while not happened():  # noqa: ASYNC110 - whatever it may be
            await asyncio.sleep(0.01)
