"""Link: a child process, and the socket over which the service and it talk.

The service sends single bytes, without ever waiting: the child is told what to do, not what there
is to do. The child answers with lines of JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NEWS, URGENT, REBUILD, STOP = b"n", b"u", b"r", b"s"
END_S = 10.0
"""How long a child may take to end before it is killed: it bounds itself to less."""


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
        self._socket, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = _started(command, [theirs.fileno(), *inherited])
            except BaseException:
                self._socket.close()
                raise
        assert self._process.stdin is not None  # noqa: S101 - a pipe
        with contextlib.suppress(BrokenPipeError), self._process.stdin as stdin:
            stdin.write(json.dumps(told).encode())

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
        try:
            code = self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._process.wait()
        return f"exit code {code}" if code >= 0 else f"killed by signal {-code}"


def _started(command: Sequence[str], inherited: Sequence[int]) -> subprocess.Popen[bytes]:
    """Start a child that imports what this process imports, and nothing from elsewhere."""
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)  # noqa: PTH100 - "" too
    # A session of its own: what is typed at the service's terminal is not for it.
    return subprocess.Popen(  # noqa: S603 - our own program
        [*command, "--link", str(inherited[0])],
        stdin=subprocess.PIPE,
        pass_fds=inherited,
        env=os.environ | {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"},
        start_new_session=True,
    )
