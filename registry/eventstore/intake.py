"""Intake: where the writer takes its commands from, and where their answers go."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from registry.errors import Draining, Overloaded
from registry.eventstore.ticket import settle_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from registry.eventstore.commands import Intent
    from registry.eventstore.ticket import Answer

MAX_WAITING = 20_000
LINGER_S = 0.001
"""How often a batch that waits for more commands looks whether they still come."""
QUIET = 2
"""After so many looks without another command it waits no more."""
MAX_LINGER_S = 0.015
"""How long a batch waits for more commands at most."""


class Job(NamedTuple):
    """A command in the queue.

    It is prepared and finished in the writer's thread, one step for the whole batch after
    the other: between the turns of an event loop each step costs about three times as much,
    because the processor's caches have seen everything else meanwhile.
    """

    prepare: Callable[[], Intent]
    """Gives the command, or raises its refusal."""
    finish: Callable[[Intent, Answer], Any]
    """Makes of its answer what the caller wants, when it is recorded."""
    ticket: Any
    """By what the intake knows the caller."""


class Intake:
    """A queue within the process; tickets are those of `registry.eventstore.ticket`."""

    def __init__(self) -> None:
        """Begin empty."""
        self.queue: deque[Job] = deque()
        self.closing = False
        self._wake = threading.Event()

    # -- for callers -------------------------------------------------------------------

    def put(self, job: Job) -> None:
        """Queue a command, from any thread.

        Raises:
            Draining: the writer is closing.
            Overloaded: too many wait.
        """
        if self.closing:
            raise draining()
        if len(self.queue) >= MAX_WAITING:
            raise overloaded()
        self.queue.append(job)
        if not self._wake.is_set():
            self._wake.set()

    def close(self) -> None:
        """Take no more; the writer ends when the queue is empty."""
        self.closing = True
        self._wake.set()

    # -- for the writer ----------------------------------------------------------------

    def wait(self) -> bool:
        """Wait for commands; False at the end."""
        self._wake.wait()
        self._wake.clear()
        if self.closing:
            self._wake.set()
        return bool(self.queue) or not self.closing

    def gather(self, expected: int) -> None:
        """Wait while commands keep coming, until there are as many as were in work last.

        A batch costs a commit however small it is, and whoever was answered by the last
        one is on the way again: in this process, so that both take turns anyway.
        """
        quiet, seen = 0, 0
        until = time.monotonic() + MAX_LINGER_S
        while len(self.queue) < expected and quiet < QUIET and time.monotonic() < until:
            time.sleep(LINGER_S)
            quiet = quiet + 1 if len(self.queue) == seen else 0
            seen = len(self.queue)

    def answer(self, outcomes: Iterable[tuple[Any, Any]]) -> None:
        """Give (ticket, answer or error) to the callers of a batch."""
        settle_all(outcomes)


def draining() -> Draining:
    """The error of a command that comes too late."""
    return Draining("the service is stopping; send the command to it again later")


def overloaded() -> Overloaded:
    """The error of a command too many."""
    return Overloaded("more commands wait than the service accepts; send it again later")
