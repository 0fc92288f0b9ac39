"""Feeds: what those are sent who watch with the same selection.

What is selected is encoded once for all of them, and only they are woken. A feed keeps its last
messages, within a bound that all feeds share, and none for anybody in particular: who has not
taken a message that is gone reads the log instead.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from registry.server.stored import add_stored
from registry.v1.event_service_pb2 import WatchEventsResponse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registry.eventstore.redactions import Redaction
    from registry.eventstore.rows import LogRow
    from registry.server.selection import Selection

KEPT_BYTES = 8 * 1024 * 1024
"""Messages kept for those who are a little behind, in all feeds together."""

OVERHEAD_BYTES = 250
"""Of the objects around an answer."""


class Message(NamedTuple):
    """One answer of a watch, encoded."""

    first: int
    """Position of its first event; where it has none, the one up to which was read."""
    read_position: int
    caught_up: bool
    answer: bytes

    @property
    def size_bytes(self) -> int:
        """Memory that it takes, about."""
        return len(self.answer) + OVERHEAD_BYTES


def message(
    rows: Sequence[LogRow],
    read_position: int,
    redactions: Mapping[int, Redaction],
    *,
    caught_up: bool,
) -> Message:
    """Encode what was read; see `add_stored`."""
    answer = WatchEventsResponse(read_position=read_position, caught_up=caught_up)
    add_stored(answer.events, rows, redactions)
    first = rows[0].position if rows else read_position
    return Message(first, read_position, caught_up, answer.SerializeToString())


class Feed:
    """What all watchers of one selection are sent."""

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.since: int | None = None
        """Position after which it has all that is selected; None until that is known."""
        self.messages: deque[Message] = deque()
        self.failure: Exception | None = None
        """Why it gets no more."""
        self.watchers = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def has_all_after(self, position: int) -> bool:
        """Whether nothing that is selected after a position is missing here."""
        return self.since is not None and position >= self.since

    def after(self, position: int) -> Message | None:
        """The next message for who has read up to a position; None where there is none yet.

        It may begin with events up to that position, which who reads the log itself has already.
        """
        found = None
        for each in reversed(self.messages):  # who watches is seldom far behind
            if each.read_position <= position:
                break
            found = each
        return found

    async def wait(self, timeout_s: float) -> None:
        """Wait until there may be something new."""
        loop = asyncio.get_running_loop()
        woken = loop.create_future()
        timer = loop.call_later(timeout_s, _end, woken)
        self._waiting.add(woken)
        try:
            await woken
        finally:
            timer.cancel()
            self._waiting.discard(woken)

    def wake(self) -> None:
        """Wake all who wait."""
        for woken in self._waiting:
            _end(woken)


def _end(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)


class Feeds:
    """All feeds that somebody watches, and the messages that they keep."""

    def __init__(self) -> None:
        self._feeds: dict[Selection, Feed] = {}
        # Replaced, never changed: the thread that reads the log goes through them meanwhile.
        self._by_stream: dict[str, tuple[Feed, ...]] = {}
        self._of_all: tuple[Feed, ...] = ()
        self._kept: deque[Feed] = deque()
        self._kept_bytes = 0

    def __iter__(self) -> Iterator[Feed]:
        return iter(self._feeds.values())

    def __bool__(self) -> bool:
        return bool(self._feeds)

    def get(self, selection: Selection) -> Feed | None:
        """The feed of a selection, if it is watched."""
        return self._feeds.get(selection)

    def about(self, stream: str) -> tuple[Feed, ...]:
        """Those that may select an event of a stream."""
        return self._by_stream.get(stream, ()) + self._of_all

    def add(self, selection: Selection) -> Feed:
        """Open the feed of a selection."""
        feed = self._feeds[selection] = Feed(selection)
        if selection.stream:
            feeds = self._by_stream.get(selection.stream, ())
            self._by_stream[selection.stream] = (*feeds, feed)
        else:
            self._of_all = (*self._of_all, feed)
        return feed

    def remove(self, feed: Feed) -> None:
        """Close a feed that nobody watches any more; once is enough."""
        if self._feeds.get(feed.selection) is not feed:
            return
        del self._feeds[feed.selection]
        stream = feed.selection.stream
        if not stream:
            self._of_all = tuple(each for each in self._of_all if each is not feed)
        elif rest := tuple(each for each in self._by_stream[stream] if each is not feed):
            self._by_stream[stream] = rest
        else:
            del self._by_stream[stream]

    def forget(self) -> None:
        """Keep no message any more, as one may have what was redacted since."""
        for feed in self._feeds.values():
            if feed.messages:
                feed.since = feed.messages[-1].read_position
                feed.messages.clear()
        self._kept.clear()
        self._kept_bytes = 0

    def keep(self, feed: Feed, said: Message) -> None:
        """Add a message to a feed; the oldest ones of all feeds make room for it."""
        feed.messages.append(said)
        self._kept.append(feed)
        self._kept_bytes += said.size_bytes
        while self._kept_bytes > KEPT_BYTES and len(self._kept) > 1:
            oldest = self._kept.popleft()
            gone = oldest.messages.popleft()
            oldest.since = gone.read_position
            self._kept_bytes -= gone.size_bytes
