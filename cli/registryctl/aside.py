"""Aside: what is written into a directory comes there whole or not at all."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def aside(directory: Path) -> Iterator[Path]:
    """A directory within another one, from which files are moved up; what is left in it goes.

    Within it, so that they are on one file system.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=directory) as found:
        yield Path(found)
