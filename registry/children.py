"""Child processes: each is started with a socket to its parent, and told on its standard input."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

END_S = 10.0
"""How long a child may take to end before it is killed: it bounds itself to less."""


class Started(NamedTuple):
    """A child, and the parent's end of the socket."""

    process: subprocess.Popen[bytes]
    link: socket.socket


def start(command: Sequence[str], told: Mapping[str, str], inherited: Sequence[int]) -> Started:
    """Start a child.

    Args:
        command: what to run; it gets the number of its end of the socket as `--link`.
        told: written to its standard input as JSON, where nobody reads a password.
        inherited: further file descriptors that it keeps open.

    Raises:
        OSError: where it cannot be started.
    """
    mine, theirs = socket.socketpair()
    with theirs:
        try:
            process = _run(command, [theirs.fileno(), *inherited])
        except BaseException:
            mine.close()
            raise
    assert process.stdin is not None  # noqa: S101 - a pipe
    with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
        stdin.write(json.dumps(told).encode())
    return Started(process, mine)


def end(process: subprocess.Popen[bytes]) -> str:
    """See to it that a child is gone, which was told to end; how it ended."""
    try:
        code = process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    return f"exit code {code}" if code >= 0 else f"killed by signal {-code}"


def _run(command: Sequence[str], inherited: Sequence[int]) -> subprocess.Popen[bytes]:
    """Run a program that imports what this process imports, and nothing from elsewhere."""
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)  # noqa: PTH100 - "" too
    # A session of its own: what is typed at the service's terminal is not for it.
    return subprocess.Popen(  # noqa: S603 - our own program
        [*command, "--link", str(inherited[0])],
        stdin=subprocess.PIPE,
        pass_fds=inherited,
        env=os.environ | {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"},
        start_new_session=True,
    )


def collect_seldom() -> None:
    """Have Python look for cycles seldom: there are few, and each look stops every thread."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
