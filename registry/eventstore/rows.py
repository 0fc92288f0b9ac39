"""Rows of the log, as stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Head(NamedTuple):
    """The end of the log: last position (0: empty), and its recorded time in µs since 1970 UTC."""

    position: int
    recorded_at: int


class LogRow(NamedTuple):
    """One recorded event, byte for byte."""

    position: int
    """Place in the log, dense from 1."""
    stream: str
    """Resource name."""
    version: int
    """Place in the stream, dense from 1."""
    topic: str
    """Full name of the event's message."""
    recorded_at: int
    """Microseconds since 1970-01-01 UTC, strictly increasing with the position."""
    state: bytes | None
    """Serialised Envelope; None when redacted."""
    leaf: bytes
    """SHA-256 leaf hash, 32 bytes."""


class Place(NamedTuple):
    """Where an event is and what kind it is, without its content."""

    position: int
    stream: str
    version: int
    topic: str
    recorded_at: int


class NewEvent(NamedTuple):
    """An event about to be recorded; position, time and leaf are given under the lock."""

    stream: str
    version: int
    topic: str
    state: bytes
    keys: tuple[str, ...] = ()


class Erasure(NamedTuple):
    """What goes away with the content of an event, in the transaction that records so."""

    stream: str
    version: int
    keys: tuple[str, ...]
    """Those of the event, which may have words of it."""
    keyed_versions: tuple[int, ...]
    """Events of the stream that have these keys: itself, and what retracts it."""
    command_id: str
    """Command whose fingerprint goes: a hash of words without salt, which can be guessed.

    So do those of the commands of the stream that recorded nothing: they may have said the same.
    """


class CommandRow(NamedTuple):
    """What is kept for ever of a command that was accepted."""

    request_id: str
    fingerprint_version: int
    """0, with an empty fingerprint, where an event of it was redacted; see `Erasure`."""
    fingerprint: bytes
    first_position: int
    """Position of its first event; 0 where it recorded none."""
    last_position: int
    """Position of its last event; 0 where it recorded none."""
    decided_position: int
    """End of the log as far as the decision saw it, its own events included."""
    stream: str = ""
    """The command's stream, by which its answer can be given again."""
    version: int = 0
    """Version of that stream after the command."""


class NewCommand(NamedTuple):
    """A command about to be recorded, by the place of its events in the batch."""

    request_id: str
    fingerprint_version: int
    fingerprint: bytes
    first: int
    """Index of its first event in the batch; also where it recorded none."""
    size: int
    """Number of its events."""
    stream: str = ""
    """The command's stream."""
    version: int = 0
    """Version of that stream after the command."""


class Batch(NamedTuple):
    """What one transaction records, and what it rests on."""

    events: list[NewEvent]
    commands: list[NewCommand]
    head: int
    """Position up to which everything read is known to be current."""
    versions: dict[str, int]
    """Every stream read, at its version (0: it was empty)."""
    keys: dict[str, int]
    """Every key asked, at its last position (0: it had none)."""
    erasures: Sequence[Erasure] = ()


class Appended(NamedTuple):
    """A batch was recorded: positions run from `first` on, one for each event."""

    first: int
    head: Head


class Clash(NamedTuple):
    """A batch was not recorded: these were changed by others since they were read."""

    streams: frozenset[str]
    keys: frozenset[str]
    request_ids: frozenset[str]


class Loaded(NamedTuple):
    """Rows of another log, to be stored as they are."""

    events: list[LogRow]
    keys: list[tuple[str, int]]
    """(key, position)."""
    commands: list[CommandRow]


class Snapshot(NamedTuple):
    """What the writer reads before it decides a batch."""

    head: Head
    changed: list[tuple[str, int]] | None
    """(stream, version) of the events since the position asked for; None: too many."""
    commands: dict[str, CommandRow]
    """Those of the asked command ids that are known."""
