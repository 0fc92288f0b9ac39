"""Checking a store: all that is stored hashed again, and compared with what was signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.errors import StoreFault
from registry.eventstore.leaf import entry_of
from registry.ledger.verify import Tiles, leaf_hash

if TYPE_CHECKING:
    from registry.eventstore.reads import LogReads
    from registry.eventstore.rows import LogRow
    from registry.ledger.verify import Checkpoint

BATCH = 2000


def check(log: LogReads, checkpoint: Checkpoint) -> None:
    """Hash all of a log again, from what is stored, and compare with a checkpoint.

    Raises:
        StoreFault: naming the first position that is not what its leaf says, or where all of them
            are not what was signed.
    """
    tiles, position = Tiles(lambda *_: None), 0
    while position < checkpoint.size:
        rows = log.read_after(position, min(BATCH, checkpoint.size - position))
        for row in rows:
            if row.position != position + 1 or not _is_whole(row):
                raise StoreFault(f"position {position + 1} is not what was recorded")
            tiles.add(row.leaf)
            position += 1
        if not rows:
            raise StoreFault(f"position {position + 1} is missing")
    if tiles.root() != checkpoint.root:
        raise StoreFault(f"the log up to position {checkpoint.size} is not the one that was signed")


def _is_whole(row: LogRow) -> bool:
    """Whether the leaf of a row is that of what is stored; of a redacted one it stands for it."""
    return row.state is None or leaf_hash(entry_of(row)) == row.leaf
