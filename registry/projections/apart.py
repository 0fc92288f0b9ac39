"""Apart: the views are hashed by a process of its own, which ends when it is done.

To hash every row of a large registry takes a processor for a minute or so. In the service that
would take turns with its answers, in the process that follows the log with what is read after a
write. So a child does it where it has an interpreter to itself, and lets others go first.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from typing import TYPE_CHECKING

from registry.errors import StoreUnavailable
from registry.projections.digesting import state_digest
from registry.projections.link import Link
from registry.projections.views import open_store

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from registry.projections.answering import Answering
    from registry.projections.store import Reading

NICE = 10
"""Whoever answers has the processor first."""


class Here:
    """Hashes within the service, where one process is all there may be."""

    def __init__(self, views: Answering) -> None:
        """Ask these views."""
        self._views = views

    def state_digest(self, position: int) -> bytes:
        """Digest of all that the views knew at a position, which they have seen, and before."""
        return self._views.state_digest(position)

    def stop(self) -> None:
        """Leave the one at work to end by itself."""


class Apart:
    """Has a process of its own hash: the service's end."""

    def __init__(self, command: Sequence[str], told: Mapping[str, str]) -> None:
        """Start nothing yet; see `Link` for the arguments, of which the position is told too."""
        self._command = command
        self._told = told
        self._lock = threading.Lock()
        self._link: Link | None = None
        self._stopped = False

    def state_digest(self, position: int) -> bytes:
        """Digest of all that the views knew at a position, which they have seen, and before.

        Raises:
            StoreUnavailable: where the process could not read them, or died.
            OSError: where it cannot be started.
        """
        link = self._start(position)
        said: dict[str, str] = {}
        try:
            for message in link.messages():
                said = message
        finally:
            with self._lock:
                self._link = None
            ended = link.end()
        if "digest" not in said:
            raise StoreUnavailable(f"the views were not hashed: {said.get('error', ended)}")
        return bytes.fromhex(said["digest"])

    def stop(self) -> None:
        """End the process at work, and start no other."""
        with self._lock:
            self._stopped = True
            if self._link is not None:
                self._link.kill()

    def _start(self, position: int) -> Link:
        with self._lock:
            if self._stopped:
                raise StoreUnavailable("the service is stopping")
            self._link = Link(self._command, {**self._told, "position": str(position)}, ())
            return self._link


def run(link: socket.socket, directory: Path | None, url: str, position: int) -> int:
    """Hash the views at a position, say what comes out, and end; the exit code.

    Args:
        link: to the service.
        directory: where the store is, on SQLite.
        url: where it is, on PostgreSQL.
        position: see `state_digest`.
    """
    os.nice(NICE)
    said: dict[str, str] = {}
    try:
        store = open_store(directory, url or None, child=True)
        with contextlib.closing(store), store.reading() as reading:
            _require(reading, store.view_version, position)
            said["digest"] = state_digest(reading, position).hex()
    except Exception as error:  # noqa: BLE001 - the service says it
        said["error"] = f"{type(error).__name__}: {error}"
    with link, contextlib.suppress(OSError):  # the service may be gone
        link.sendall(json.dumps(said).encode() + b"\n")
    return 1 if "error" in said else 0


def _require(reading: Reading, view_version: int, position: int) -> None:
    checkpoint = reading.checkpoint
    if checkpoint.holds_redacted:
        raise StoreUnavailable("the views are being made anew without what was redacted")
    if checkpoint.view_version != view_version:
        raise StoreUnavailable(f"the views were made by version {checkpoint.view_version}")
    if checkpoint.position < position:
        raise StoreUnavailable(f"the views are at position {checkpoint.position} now")
