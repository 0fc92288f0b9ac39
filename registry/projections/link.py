"""Link: a child process, and the socket over which the service and it talk.

The service sends single bytes, without ever waiting: the child is told what to do, not what there
is to do. The child answers with lines of JSON.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from typing import TYPE_CHECKING, Any

from registry import children

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NEWS, URGENT, REBUILD, STOP = b"n", b"u", b"r", b"s"


class Link:
    """The service's end."""

    def __init__(
        self, command: Sequence[str], told: Mapping[str, str], inherited: Sequence[int]
    ) -> None:
        """Start a child.

        Args:
            command: what to run; it gets the number of its end of the socket as `--link`.
            told: written to its standard input, where nobody reads a password.
            inherited: further file descriptors that it keeps open.

        Raises:
            OSError: where it cannot be started.
        """
        self._lock = threading.Lock()
        self._process, self._socket = children.start(command, told, inherited)

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._process.pid

    def send(self, order: bytes) -> None:
        """Send a byte; never waits, and does nothing where nobody reads."""
        # Under the lock: a descriptor closed meanwhile may be another's already.
        with self._lock, contextlib.suppress(OSError):
            self._socket.send(order, socket.MSG_DONTWAIT)

    def messages(self) -> Iterator[dict[str, Any]]:
        """What the child says, until it ends."""
        with contextlib.suppress(ConnectionResetError), self._socket.makefile("rb") as lines:
            for line in lines:
                if line.endswith(b"\n"):  # killed within a line, it did not say it
                    yield json.loads(line)

    def kill(self) -> None:
        """Let it end at once; every transaction it has is rolled back."""
        self._process.kill()

    def end(self) -> str:
        """See to it that it is gone; how it ended."""
        with self._lock:
            self._socket.close()
        return children.end(self._process)
