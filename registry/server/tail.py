"""Tail: reads each new batch of the log once, for all who watch it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, NamedTuple

from registry.errors import Overloaded
from registry.eventstore.redactions import REDACTED, redactions_of
from registry.server.feeds import Feed, Feeds, Message, message
from registry.server.selection import Seen, fitting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.eventstore.reads import LogReads
    from registry.eventstore.rows import LogRow
    from registry.server.backend import Backend
    from registry.server.selection import Selection

BATCH_SIZE = 500
BATCH_BYTES = 512 * 1024
"""A batch of large events ends early: there is one on its way for every watcher that is slow."""
POLL_S = 1.0
"""How long events that another process recorded can be unseen."""
LINGER_S = 0.02
"""How long commits are gathered into one batch while many come."""
MAX_WATCHERS = 2000
"""More are refused: every watcher counts among the calls in work."""


class _Batch(NamedTuple):
    """What was read, and for whom."""

    read_position: int
    caught_up: bool
    messages: list[tuple[Feed, Message]]
    redacts: bool = False
    """Whether it redacts events, which earlier messages may have."""


class Tail:
    """Follows the log while anybody watches."""

    def __init__(self, log: LogReads, backend: Backend) -> None:
        """Do nothing before the first watcher."""
        self._log = log
        self._backend = backend
        self.position = 0
        """Up to which every feed has what it selects."""
        self.caught_up = False
        """Whether the log ended there when it was read."""
        self._watchers = 0
        self._feeds = Feeds()
        self._new: list[Feed] = []
        self._unfinished: set[Feed] = set()
        """Feeds whose last message did not say that it is caught up."""
        self._reading = False
        self._running: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._told = False

    @contextlib.contextmanager
    def joined(self, selection: Selection) -> Iterator[Feed]:
        """Give the feed of a selection, which others may share.

        Raises:
            Overloaded: where as many watch as may.
        """
        if self._watchers >= MAX_WATCHERS:
            raise Overloaded(f"{MAX_WATCHERS} watches run; watch again later")
        feed = self._feeds.get(selection) or self._opened(selection)
        feed.watchers += 1
        self._watchers += 1
        try:
            yield feed
        finally:
            feed.watchers -= 1
            self._watchers -= 1
            if not feed.watchers:
                self._close(feed)

    def _opened(self, selection: Selection) -> Feed:
        feed = self._feeds.add(selection)
        if self._running is None:
            self._reading = True  # until it is known where the log ends
            self._running = asyncio.create_task(self._run())
        if self._reading:
            self._new.append(feed)  # it lacks what is being read
        else:
            feed.since = self.position
        return feed

    def _close(self, feed: Feed) -> None:
        self._feeds.remove(feed)
        self._unfinished.discard(feed)
        if not self._feeds and self._running is not None:
            self._running.cancel()
            self._running = None

    # -- following ---------------------------------------------------------------------

    async def _run(self) -> None:
        draining = asyncio.create_task(self._backend.draining.wait())
        draining.add_done_callback(lambda _: self._news.set())
        loop = asyncio.get_running_loop()
        try:
            with self._log.telling(lambda: self._tell(loop)):
                await self._follow()
        except Exception as error:  # noqa: BLE001 - all who watch are told
            self._fail(error)
        finally:
            draining.cancel()

    def _tell(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hear that there are new events; in any thread."""
        if not self._told:
            self._told = True
            with contextlib.suppress(RuntimeError):  # the loop has ended, and all who watched
                loop.call_soon_threadsafe(self._news.set)

    async def _follow(self) -> None:
        head = await self._backend.in_thread(self._log.head)
        self._reached(head.position, caught_up=True)
        while not self._backend.draining.is_set():
            # Before the log is read: what is told of later is seen by the next round.
            self._news.clear()
            self._told = False
            self._reading = True
            batch = await self._backend.in_thread(self._read, self.position)
            grown = batch.read_position > self.position
            self._publish(batch)
            if batch.caught_up:
                await asyncio.sleep(LINGER_S if grown else 0)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), POLL_S)
        for feed in self._feeds:
            feed.wake()

    def _read(self, after: int) -> _Batch:
        """Read a batch and hand each event to whom it is for; in a thread."""
        head = self._log.head().position
        if head <= after:
            return _Batch(after, caught_up=True, messages=[])
        some = fitting(self._log.read_selected(after, head, BATCH_SIZE), BATCH_BYTES)
        upto = some[-1].position
        caught_up = upto >= head
        selected: dict[Feed, list[LogRow]] = {}
        for row in some:
            seen = Seen(row)
            for feed in self._feeds.about(row.stream):
                if feed.selection.selects(seen):
                    selected.setdefault(feed, []).append(row)
        redactions = redactions_of(self._log, some)
        made = [
            (feed, message(rows, upto, redactions, caught_up=caught_up))
            for feed, rows in selected.items()
        ]
        redacts = any(row.topic == REDACTED for row in some)
        return _Batch(upto, caught_up, made, redacts)

    def _publish(self, batch: _Batch) -> None:
        """Give feeds what is theirs; one that was not there yet is complete after this batch."""
        if batch.redacts:
            self._feeds.forget()
        said = {feed: each for feed, each in batch.messages if feed.since is not None}
        if batch.caught_up:
            nothing = message((), batch.read_position, {}, caught_up=True)
            said = dict.fromkeys(self._unfinished, nothing) | said
            self._unfinished.clear()
        else:
            self._unfinished |= said.keys()
        for feed, each in said.items():
            if feed.watchers:
                self._feeds.keep(feed, each)
                feed.wake()
        self._reached(batch.read_position, caught_up=batch.caught_up)

    def _reached(self, position: int, *, caught_up: bool) -> None:
        self.position, self.caught_up = position, caught_up
        self._reading = False
        for feed in self._new:
            feed.since = position
            feed.wake()
        self._new.clear()

    def _fail(self, error: Exception) -> None:
        """Tell all who watch; the next watcher begins anew."""
        feeds, self._feeds = self._feeds, Feeds()
        self._new.clear()
        self._unfinished.clear()
        self._running = None
        for feed in feeds:
            feed.failure = error
            feed.wake()
