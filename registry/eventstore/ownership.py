"""Ownership: one process owns a store on disk."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from registry.errors import StoreFault

if TYPE_CHECKING:
    from pathlib import Path

LOCK_FILE = "owner.lock"


class StoreOwned(StoreFault):
    """Another process owns the store."""


class Ownership:
    """An flock on a file beside the log; the pid in it only informs."""

    def __init__(self, directory: Path) -> None:
        """Take the store.

        Raises:
            StoreOwned: naming the process that has it.
        """
        self._fd = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid = os.read(self._fd, 32).decode(errors="replace").strip() or "unknown"
            os.close(self._fd)
            msg = f"{directory} is in use by process {pid}; stop it first"
            raise StoreOwned(msg) from None
        os.ftruncate(self._fd, 0)
        os.write(self._fd, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Give the store back; once is enough."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)
