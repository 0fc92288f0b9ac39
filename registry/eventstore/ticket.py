"""Ticket: a command's place in the queue, and later its answer."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from google.protobuf.message import Message

    from registry.domain.effective import Effective

T = TypeVar("T")
ANSWERS_AT_A_TIME = 16
"""After so many answers of one batch the loop sees to what else came in."""


class EventRef(NamedTuple):
    """One event of an answer; `event` only where it is new in this process."""

    stream: str
    version: int
    topic: str
    position: int
    event: Message | None = None
    at: Effective | None = None
    """When it is true, where the event is new in this process and has a date."""


class Answer(NamedTuple):
    """What became of a command."""

    stream: str
    position: int
    """Position after which a read sees the command."""
    version: int
    """Version of the command's stream."""
    events: tuple[EventRef, ...]
    repeated: bool
    request_id: str
    state: Any
    """The aggregate of the command's stream, as it is now."""
    state_version: int
    """Version of the stream as it is now."""


class Ticket(Generic[T]):
    """Awaitable on the event loop that asked; `result` elsewhere.

    Answers of one batch are handed to a loop in one call, since waking a loop costs
    more than a whole command.
    """

    __slots__ = ("_future", "loop")

    def __init__(self) -> None:
        """Belong to the running event loop, or to no loop outside one."""
        self.loop: asyncio.AbstractEventLoop | None = None
        self._future: asyncio.Future[T] | concurrent.futures.Future[T]
        try:
            self.loop = asyncio.get_running_loop()
        except RuntimeError:
            self._future = concurrent.futures.Future()
        else:
            self._future = self.loop.create_future()

    def __await__(self) -> Generator[Any, None, T]:
        """Wait on the loop for the answer."""
        assert isinstance(self._future, asyncio.Future)  # noqa: S101 - a ticket of a loop
        return self._future.__await__()

    def result(self, timeout_s: float | None = None) -> T:
        """Wait in a thread for the answer."""
        assert isinstance(self._future, concurrent.futures.Future)  # noqa: S101 - of no loop
        return self._future.result(timeout_s)

    def settle(self, outcome: T | BaseException) -> None:
        """Give the answer, on the loop's own thread where there is a loop."""
        if self._future.done():
            return
        if isinstance(outcome, BaseException):
            self._future.set_exception(outcome)
            # Retrieved now: a caller who went away is no reason to complain on stderr.
            self._future.exception()
        else:
            self._future.set_result(outcome)


def settle_all(outcomes: Iterable[tuple[Ticket[T], T | BaseException]]) -> None:
    """Answer many tickets from any thread, with one wake-up for each loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Ticket[T], T | BaseException]]] = {}
    for ticket, outcome in outcomes:
        if ticket.loop is None:
            ticket.settle(outcome)
        else:
            by_loop.setdefault(ticket.loop, []).append((ticket, outcome))
    for loop, mine in by_loop.items():
        # A loop that was closed has nobody left to answer.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle_here, mine)


def _settle_here(outcomes: list[tuple[Ticket[T], T | BaseException]]) -> None:
    for ticket, outcome in outcomes[:ANSWERS_AT_A_TIME]:
        ticket.settle(outcome)
    if len(outcomes) > ANSWERS_AT_A_TIME:
        asyncio.get_running_loop().call_soon(_settle_here, outcomes[ANSWERS_AT_A_TIME:])
