"""Checking a store: all that is stored hashed again, and compared with what was signed."""

from __future__ import annotations

from struct import error as StructError  # noqa: N812 - a class
from typing import TYPE_CHECKING

from registry.errors import StoreFault
from registry.events.v1.store_pb2 import EventRedacted
from registry.eventstore.envelope import open_row
from registry.eventstore.leaf import entry_of
from registry.eventstore.redactions import REDACTED, redactions_of
from registry.ledger.verify import Tiles, leaf_hash

if TYPE_CHECKING:
    from registry.eventstore.reads import LogReads
    from registry.eventstore.redactions import Redaction
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
        redactions = redactions_of(log, rows)
        for row in rows:
            if row.position != position + 1 or not _is_whole(row, redactions.get(row.position)):
                raise StoreFault(f"position {position + 1} is not what was recorded")
            if row.topic == REDACTED:
                _require_gone(log, row)
            tiles.add(row.leaf)
            position += 1
        if not rows:
            raise StoreFault(f"position {position + 1} is missing")
    if tiles.root() != checkpoint.root:
        raise StoreFault(f"the log up to position {checkpoint.size} is not the one that was signed")


def _require_gone(log: LogReads, row: LogRow) -> None:
    """Refuse a log in which content is back that a row says is redacted."""
    event = open_row(row).recorded.event
    if not isinstance(event, EventRedacted):
        return
    if not 0 < event.version < row.version:
        raise StoreFault(f"position {row.position} redacts what is not before it")
    redacted = log.read_event(row.stream, event.version)
    if redacted.state is not None:
        raise StoreFault(f"position {redacted.position} has content, though it was redacted")


def _is_whole(row: LogRow, redaction: Redaction | None) -> bool:
    """Whether the leaf of a row is that of what is stored, or of what was and is redacted."""
    digest = redaction.event.state_sha256 if redaction else b""
    try:
        return leaf_hash(entry_of(row, digest)) == row.leaf
    except (StructError, AttributeError):  # a number below zero, bytes for a text: no entry
        return False
