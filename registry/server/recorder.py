"""The process that decides and records for a service, so that both have a processor.

It opens the log for itself, takes commands from the socket to its service, and ends when that is
closed, after what it has taken. The service has none of this work: one interpreter cannot carry
calls and decide at the same time.
"""

from __future__ import annotations

import asyncio
import select
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from registry.application import Registry
from registry.children import collect_seldom
from registry.errors import StoreFault, StoreUnavailable
from registry.eventstore import store as stores
from registry.eventstore.intake import MAX_WAITING, Intake, Job, overloaded
from registry.eventstore.writer import Writer
from registry.server import frames
from registry.server.backend import Backend
from registry.server.recording import recordables
from registry.server.serving import servicers_of_commands
from registry.server.status import status_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable, Mapping

    from registry.eventstore.rows import Head
    from registry.eventstore.store import Store
    from registry.projections import Answering
    from registry.server.recording import Recordable

RECEIVE_BYTES = 1 << 20


def run(link: socket.socket, told: Mapping[str, str]) -> int:
    """Record for the service at the other end of a socket; the exit code.

    Args:
        link: the socket.
        told: "directory" or "url" of the store.
    """
    try:
        store = _opened(told)
    except (StoreFault, StoreUnavailable, OSError) as error:
        link.sendall(b"".join(frames.reply(0, frames.FAILED, str(error).encode())))
        return 1
    registry = Registry(store, records=False)
    intake = LinkIntake(link, _commands(registry))
    writer = Writer(store.log, intake=intake, on_commit=intake.committed)
    collect_seldom()
    try:
        intake.ready(store.log.head())
        writer.run()
    except ConnectionError:
        pass  # The service is gone, and with it all who wait.
    finally:
        registry.close()
        store.close()
    return 0


def _opened(told: Mapping[str, str]) -> Store:
    if told["directory"]:
        return stores.open_for_owner(Path(told["directory"]))
    return stores.open_postgres(told["url"])


def _commands(registry: Registry) -> dict[str, Recordable]:
    no_views = cast("Answering", None)  # commands ask none
    backend = Backend(registry, no_views, asyncio.Event(), fast_point_reads=False)
    return recordables(servicers_of_commands(backend))


class LinkIntake(Intake):
    """Takes calls from a socket, and replies on it; a ticket is (number, path)."""

    def __init__(self, link: socket.socket, commands: Mapping[str, Recordable]) -> None:
        super().__init__()
        self._link = link
        self._commands = [(path, commands[path]) for path in sorted(commands)]
        self._frames = frames.Frames()
        self._head: Head | None = None

    def ready(self, head: Head) -> None:
        """Say that commands can be sent."""
        self._link.sendall(b"".join(frames.head(*head)))

    def committed(self, head: Head) -> None:
        """Note how far the log is; it is said with the answers of the batch."""
        self._head = head

    def wait(self) -> bool:
        """Wait for calls; False when the service has closed the socket."""
        while not self.queue and not self.closing:
            self._receive()
        return bool(self.queue)

    def gather(self, expected: int) -> None:
        """Take what has come; more comes while this batch is decided, on another processor."""
        del expected
        while not self.closing and select.select([self._link], (), (), 0)[0]:
            self._receive()

    def answer(self, outcomes: Iterable[tuple[Any, Any]]) -> None:
        """Reply to the calls of a batch."""
        parts: list[bytes] = []
        if self._head is not None:
            parts += frames.head(*self._head)
            self._head = None
        for (number, path), outcome in outcomes:
            if isinstance(outcome, Exception):
                status = status_of(outcome, path).SerializeToString()
                parts += frames.reply(number, frames.REFUSED, status)
            else:
                parts += frames.reply(number, frames.DONE, outcome)
        self._link.sendall(b"".join(parts))

    def _receive(self) -> None:
        data = self._link.recv(RECEIVE_BYTES)
        if not data:
            self.closing = True
        late = []
        for call in self._frames.calls(data):
            path, command = self._commands[call.method]
            ticket = (call.number, path)
            if len(self.queue) >= MAX_WAITING:
                late.append((ticket, overloaded()))
                continue
            prepare = partial(command.prepare, call.request)
            self.queue.append(Job(prepare, command.finish[call.form], ticket))
        if late:
            self.answer(late)
