"""Watchdog: cuts connections on which an answer is overdue.

psycopg waits for an answer for ever. The kernel notices a peer that is gone, but not a
server that is frozen, or a middlebox that swallows what it is sent.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOK_S = 0.5


class Connection(Protocol):
    """What has a socket."""

    def fileno(self) -> int:
        """Descriptor of the socket."""


class Watchdog:
    """One thread that looks after all connections of a store."""

    def __init__(self, patience_s: float) -> None:
        """Begin to look.

        Args:
            patience_s: how long an answer may take.
        """
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._due: dict[int, float] = {}
        self._closed = threading.Event()
        threading.Thread(target=self._run, name="registry-watchdog", daemon=True).start()

    @contextlib.contextmanager
    def watching(self, connection: Connection) -> Iterator[None]:
        """Cut a connection where the block takes too long; what waits on it then fails."""
        descriptor = connection.fileno()
        with self._lock:
            outer = self._due.get(descriptor)
            self._due[descriptor] = outer or time.monotonic() + self._patience_s
        try:
            yield
        finally:
            # Under the lock: nothing is cut after this, when the descriptor may be another's.
            with self._lock:
                if outer is None:
                    self._due.pop(descriptor, None)

    def close(self) -> None:
        """Look no more."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.wait(LOOK_S):
            with self._lock:
                now = time.monotonic()
                for descriptor in [d for d, due in self._due.items() if due < now]:
                    del self._due[descriptor]
                    _cut(descriptor)


def _cut(descriptor: int) -> None:
    """Shut a socket down; its owner, who may be waiting on it, closes it."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as duplicate:
        duplicate.shutdown(socket.SHUT_RDWR)
