"""Batches of made-up events, which the recorder does not look into."""

import hashlib
from collections.abc import Sequence

from registry.eventstore.reads import LogReads
from registry.eventstore.rows import Appended, Batch, Clash, NewCommand, NewEvent

TOPIC = "registry.events.v1.Made"


def event(stream: str, version: int = 1, *keys: str, state: bytes = b"state") -> NewEvent:
    """An event of some kind."""
    return NewEvent(stream, version, TOPIC, state, keys)


def command(request_id: str, first: int = 0, size: int = 0) -> NewCommand:
    """A command whose events begin at `first`."""
    return NewCommand(request_id, 1, hashlib.sha256(request_id.encode()).digest(), first, size)


def batch(
    *events: NewEvent,
    commands: Sequence[NewCommand] = (),
    head: int = 0,
    versions: dict[str, int] | None = None,
    keys: dict[str, int] | None = None,
) -> Batch:
    """A batch that rests on what is named, read when the log ended at `head`."""
    return Batch(list(events), list(commands), head, versions or {}, keys or {})


def record(log: LogReads, *events: NewEvent, commands: Sequence[NewCommand] = ()) -> Appended:
    """Append events that must not clash."""
    appended = log.append(batch(*events, commands=commands, head=log.head().position))
    assert isinstance(appended, Appended)
    return appended


def clashed(outcome: Appended | Clash) -> tuple[set[str], set[str], set[str]]:
    """Names of what was changed by others."""
    assert isinstance(outcome, Clash)
    return set(outcome.streams), set(outcome.keys), set(outcome.request_ids)
