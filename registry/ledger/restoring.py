"""Restoring: a store made from a bundle, which is verified before and after."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from registry.domain.keys import keys_of
from registry.events.v1.store_pb2 import EventRetracted
from registry.eventstore.envelope import open_row
from registry.eventstore.rows import CommandRow, Loaded, LogRow
from registry.ledger.checking import check
from registry.ledger.verify import Entry, Tampered, leaf_hash, number_of, read_commands, read_events

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from registry.eventstore.reads import LogReads
    from registry.ledger.verify import Checkpoint

BATCH = 2000


def restore(log: LogReads, bundle: Path, checkpoint: Checkpoint) -> None:
    """Fill an empty log from a bundle that was verified, all or nothing, and check what is there.

    Args:
        log: has no event yet.
        bundle: directory that `registryctl audit export` made.
        checkpoint: that of the bundle.

    Raises:
        StoreFault: where the log is not what was signed afterwards, or has an event already.
        Tampered, NotChecked: where the bundle is none that a service made.
        StoreUnavailable, OutcomeUnknown: where it cannot be written.
    """
    log.load(_parts(bundle, checkpoint.size))
    check(log, checkpoint)


def _parts(bundle: Path, size: int) -> Iterator[Loaded]:
    keys = _Keys()
    events = map(_row, read_events(bundle, size))
    while rows := list(islice(events, BATCH)):
        yield Loaded(rows, [(key, row.position) for row in rows for key in keys.of(row)], [])
    kept = map(_command, read_commands(bundle))
    while commands := list(islice(kept, BATCH)):
        yield Loaded([], [], commands)


def _row(event: tuple[int, bytes, bytes]) -> LogRow:
    position, data, state = event
    entry = Entry.parse(data, position)
    return LogRow(*entry[:5], state or None, leaf_hash(data))


def _command(row: Sequence[str]) -> CommandRow:
    request_id, *numbers, stream, version, form, fingerprint = row
    first, last, decided, version_of, form_of = map(number_of, (*numbers, version, form))
    try:
        kept = bytes.fromhex(fingerprint)
    except ValueError as error:
        raise Tampered(f"the fingerprint of command {request_id} is none") from error
    return CommandRow(request_id, form_of, kept, first, last, decided, stream, version_of)


class _Keys:
    """Keys of the events of a log that is read from its beginning."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple[str, ...]] = {}

    def of(self, row: LogRow) -> tuple[str, ...]:
        """Keys of the next event; those of a retraction are the retracted event's."""
        if row.state is None:  # what it was about is deleted with it
            return ()
        event = open_row(row).recorded.event
        if isinstance(event, EventRetracted):
            return self._known.get((row.stream, event.version), ())
        keys = tuple(dict.fromkeys(keys_of(row.stream, event)))
        if keys:
            self._known[row.stream, row.version] = keys
        return keys
