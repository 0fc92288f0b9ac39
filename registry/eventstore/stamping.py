"""Stamping: positions, recorded times and leaves, given under the lock of the head."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from registry.errors import StoreUnavailable
from registry.eventstore.leaf import leaf_hash
from registry.eventstore.rows import CommandRow, Head, LogRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.eventstore.rows import Batch

MAX_AHEAD_US = 5_000_000
"""How far the head's time may be ahead of the clock before writing is refused."""


def now_us() -> int:
    """Wall clock: microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1000


def stamp(batch: Batch, head: Head, now: int) -> list[LogRow]:
    """Give each event the next position, a later time than every event before, and its leaf.

    Raises:
        StoreUnavailable: while the clock is behind the log.
    """
    if head.recorded_at > now + MAX_AHEAD_US:
        behind = (head.recorded_at - now) / 1e6
        msg = f"the clock is {behind:.0f} s behind the last recorded time; set the clock"
        raise StoreUnavailable(msg)
    rows = []
    position, recorded_at = head.position, max(now, head.recorded_at + 1) - 1
    for event in batch.events:
        position += 1
        recorded_at += 1
        leaf = leaf_hash(
            position, event.stream, event.version, event.topic, recorded_at, event.state
        )
        rows.append(
            LogRow(
                position, event.stream, event.version, event.topic, recorded_at, event.state, leaf
            )
        )
    return rows


def new_head(rows: list[LogRow], head: Head) -> Head:
    """The head after these rows."""
    return Head(rows[-1].position, rows[-1].recorded_at) if rows else head


def key_rows(batch: Batch, head: Head) -> Iterator[tuple[str, int]]:
    """(key, position) of every key of every event."""
    for position, event in enumerate(batch.events, head.position + 1):
        for key in event.keys:
            yield key, position


def command_rows(batch: Batch, head: Head) -> Iterator[CommandRow]:
    """What is kept of every command."""
    for command in batch.commands:
        before = head.position + command.first
        first, last = (before + 1, before + command.size) if command.size else (0, 0)
        yield CommandRow(
            command.request_id,
            command.fingerprint_version,
            command.fingerprint,
            first,
            last,
            before + command.size,
            command.stream,
            command.version,
        )
