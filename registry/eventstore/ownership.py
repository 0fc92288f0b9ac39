"""Ownership: one process owns a store on disk."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from registry.errors import StoreFault

LOCK_FILE = "owner.lock"
ORPHAN_S = 15.0
"""How long the child of a process that was killed may take to end its work and the store."""


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
        until = time.monotonic() + ORPHAN_S
        while not self._locked():
            pid = os.pread(self._fd, 32, 0).decode(errors="replace").strip() or "unknown"
            if _lives(pid) or time.monotonic() > until:
                os.close(self._fd)
                msg = f"{directory} is in use by process {pid}; stop it first"
                raise StoreOwned(msg)
            time.sleep(0.01)
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    @property
    def fd(self) -> int:
        """Descriptor whose heirs own the store too."""
        return self._fd

    def _locked(self) -> bool:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def release(self) -> None:
        """Give the store back; once is enough."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def _lives(pid: str) -> bool:
    """Whether a process is there that is not this one; one whose id is not known is."""
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (ValueError, PermissionError):
        return True
    return int(pid) != os.getpid() and not _ended(pid)


def _ended(pid: str) -> bool:
    """Whether a process has ended, and only its parent has not taken note yet (Linux)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] in {"Z", "X"}
