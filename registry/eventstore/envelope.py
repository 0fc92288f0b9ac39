"""Envelope: events with their metadata, to stored bytes and back."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from eventsourcing.persistence import Mapper, StoredEvent, Transcoder

from registry.domain.effective import Effective
from registry.domain.world import Recorded, Redacted
from registry.errors import StoreFault
from registry.events.v1 import (
    cluster_pb2,
    edition_pb2,
    envelope_pb2,
    organisation_pb2,
    participation_pb2,
    partnership_pb2,
    store_pb2,
    values_pb2,
)

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from registry.eventstore.rows import LogRow

_EVENT_FILES = (
    store_pb2,
    organisation_pb2,
    cluster_pb2,
    partnership_pb2,
    edition_pb2,
    participation_pb2,
)
_VALUES = ("EditionDates", "Attendance")

EVENTS: dict[str, type[Message]] = {
    descriptor.full_name: getattr(module, name)
    for module in _EVENT_FILES
    for name, descriptor in module.DESCRIPTOR.message_types_by_name.items()
    if name not in _VALUES
}
"""Every event by its topic, the full name of its message."""

TOPICS: dict[type[Message], str] = {message: topic for topic, message in EVENTS.items()}
"""The topic of every event; a descriptor is slower to ask."""

REVISIONS: dict[str, int] = {
    topic: message.DESCRIPTOR.GetOptions().Extensions[values_pb2.schema_revision] or 1
    for topic, message in EVENTS.items()
}
"""The schema revision of every event, as this code was built."""


class Opened(NamedTuple):
    """A stored event, decoded."""

    recorded: Recorded
    metadata: envelope_pb2.Metadata
    """Empty where it is redacted."""
    position: int
    recorded_at: int


def open_row(row: LogRow) -> Opened:
    """Decode a row of the log; the event of a redacted one is `Redacted`.

    Raises:
        StoreFault: for an unknown topic, a higher schema revision, or bytes that are
            no envelope: this code must not go on as if it understood.
    """
    position, stream, version, topic, recorded_at, state, _ = row
    kind = EVENTS.get(topic)
    if kind is None:
        raise _fault(row, f"has topic {topic!r}, which this version does not know; upgrade")
    if state is None:
        redacted = Recorded(stream, version, Redacted(topic), None, position)
        return Opened(redacted, envelope_pb2.Metadata(), position, recorded_at)
    try:
        envelope = _from_string(state)
        event = kind.FromString(envelope.payload)
    except Exception as error:
        raise _fault(row, f"cannot be decoded: {error}") from error
    metadata = envelope.metadata
    if metadata.schema_revision > REVISIONS[topic]:
        raise _fault(row, f"has schema revision {metadata.schema_revision}; upgrade")
    at = Effective.from_proto(metadata.effective) if metadata.HasField("effective") else None
    decided = position and position - metadata.command_index
    return Opened(Recorded(stream, version, event, at, decided), metadata, position, recorded_at)


_from_string = envelope_pb2.Envelope.FromString


def _fault(row: LogRow, what: str) -> StoreFault:
    return StoreFault(f"{row.stream}@{row.version} at position {row.position} {what}")


def content_of(state: bytes) -> tuple[bytes, str]:
    """SHA-256 of a state, and the request id of the command that recorded it."""
    return hashlib.sha256(state).digest(), _from_string(state).metadata.command_id


def seal(event: Message, metadata: envelope_pb2.Metadata, salt: bytes) -> bytes:
    """Encode the state of an event; only these bytes are ever hashed or compared."""
    return envelope_pb2.Envelope(
        metadata=metadata, payload=event.SerializeToString(), salt=salt
    ).SerializeToString()


class Sealer:
    """Seals the events of one command; what is common to them is set once."""

    __slots__ = ("_envelope",)

    def __init__(self, metadata: envelope_pb2.Metadata, size: int) -> None:
        """Begin with the metadata of a command that records so many events."""
        self._envelope = envelope_pb2.Envelope(metadata=metadata)
        self._envelope.metadata.command_size = size

    def seal(self, index: int, topic: str, event: Message, at: Effective | None) -> bytes:
        """Encode the state of the event in place `index` of the command."""
        envelope = self._envelope
        metadata = envelope.metadata
        metadata.command_index = index
        metadata.schema_revision = REVISIONS[topic]
        if at is None:
            metadata.ClearField("effective")
        else:
            metadata.effective.CopyFrom(at.to_proto())
        envelope.payload = event.SerializeToString()
        envelope.salt = _salt()
        return envelope.SerializeToString()


SALT_BYTES = 16
_SALTS_AT_ONCE = 64
_salts: list[bytes] = []


def _salt() -> bytes:
    """16 random bytes; asked from the system for many events at once."""
    try:
        return _salts.pop()
    except IndexError:
        fresh = os.urandom(SALT_BYTES * _SALTS_AT_ONCE)
        _salts.extend(
            fresh[at : at + SALT_BYTES] for at in range(SALT_BYTES, len(fresh), SALT_BYTES)
        )
        return fresh[:SALT_BYTES]


class EnvelopeMapper(Mapper[str]):
    """The library's mapper interface over envelopes: topics are message names, not Python paths."""

    def __init__(self) -> None:
        """Need neither transcoder nor compressor nor cipher."""
        super().__init__(_NoTranscoder())

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Refuse: events are recorded by commands, through the writer."""
        msg = "events are recorded through the writer"
        raise NotImplementedError(msg)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Decode what the recorder selected."""
        from registry.eventstore.rows import LogRow  # noqa: PLC0415 - rows import nothing of here

        return open_row(
            LogRow(
                0,
                str(stored_event.originator_id),
                stored_event.originator_version,
                stored_event.topic,
                0,
                stored_event.state,
                b"",
            )
        ).recorded


class _NoTranscoder(Transcoder):
    def encode(self, obj: Any) -> bytes:
        raise NotImplementedError

    def decode(self, data: bytes) -> Any:
        raise NotImplementedError
