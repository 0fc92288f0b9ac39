"""Scrubbing: what was deleted from a SQLite file leaves no copy behind.

Deleted bytes stay in free space until they are written over, and so do copies that were made when
a page was split: of 2,000 events whose content was deleted with secure_delete, one had some. So the
file is written anew, and the write-ahead log is cut off. Where that is not possible at once, a file
beside it says that it is still to be done.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from typing import TYPE_CHECKING

from registry.errors import StoreUnavailable

if TYPE_CHECKING:
    from pathlib import Path

DUE_FILE = "scrub-due"
RETRY_S = 30
"""Until it is tried again, where somebody reads the file or there is no space."""

_logger = logging.getLogger(__name__)


class Scrubber:
    """Scrubs one file."""

    def __init__(self, path: Path) -> None:
        """Look after a file."""
        self._path = path
        self._due = path.with_name(DUE_FILE)

    @property
    def is_due(self) -> bool:
        """Whether it is still to be done."""
        return self._due.exists()

    def announce(self) -> None:
        """Note that it is to be done, on the disk before anything is deleted.

        Raises:
            StoreUnavailable: where that cannot be noted; nothing may be deleted then.
        """
        try:
            self._due.touch()
            directory = os.open(self._due.parent, os.O_RDONLY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)
        except OSError as error:
            msg = f"the store cannot be used now: {error}; nothing was recorded"
            raise StoreUnavailable(msg) from error

    def scrub(self, connection: sqlite3.Connection) -> bool:
        """Do it, outside of any transaction; answers whether it is done, else it is still due."""
        # The copy that SQLite makes first is kept where the file is: elsewhere it may not fit.
        os.environ["SQLITE_TMPDIR"] = str(self._path.parent)
        try:
            connection.execute("VACUUM")
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                self._due.unlink(missing_ok=True)
        except (sqlite3.Error, OSError) as error:
            return self._leave(str(error))
        return self._leave("it is being read") if busy else True

    def _leave(self, why: str) -> bool:
        _logger.error(
            "%s may still hold copies of what was redacted, as it could not be written anew: %s."
            " It is tried again every %d s, and at the next start",
            self._path,
            why,
            RETRY_S,
        )
        return False
