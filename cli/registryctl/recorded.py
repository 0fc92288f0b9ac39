"""Recorded events decoded: the envelope around them, and the event itself."""

import json
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from google.protobuf import symbol_database
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from registry.events.v1 import envelope_pb2, values_pb2
from registry.v1 import event_service_pb2
from registryctl.printing import plain
from registryctl.text import effective

_FILES = ("store", "organisation", "cluster", "partnership", "edition", "participation")
_PARTS = {"EditionDates", "Attendance"}
"""Messages beside the events, which are parts of them."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PACKAGE = "registry.events.v1."
RETRACTED = f"{PACKAGE}EventRetracted"


class NotUnderstood(Exception):
    """An event that this program is too old to show."""


def for_reading(stored: event_service_pb2.StoredEvent) -> dict[str, Any]:
    """One event as a person reads it."""
    envelope, event = _open(stored)
    about = envelope.metadata
    found = _place(stored) | {
        "effective": effective(plain(about.effective)) if about.HasField("effective") else "",
        "retracted": False,
        "redacted": not stored.state,
        "reason": about.reason,
        "sources": [source.uri or source.citation for source in about.provenance],
        "payload": event,
        "actor": about.actor,
        "requestId": about.command_id,
    }
    if about.HasField("import"):
        found["import"] = plain(getattr(about, "import"))
    return found


def in_words(event: dict[str, Any]) -> dict[str, Any]:
    """One event `for_reading` as a table of a terminal shows it."""
    return event | {"payload": "redacted"} if event["redacted"] else event


def for_table(event: dict[str, Any]) -> dict[str, Any]:
    """One event `for_reading` in the columns that every event has: what differs is JSON."""
    parts = {name: event.get(name) for name in ("payload", "import")}
    said = {name: json.dumps(one, ensure_ascii=False) for name, one in parts.items() if one}
    return event | dict.fromkeys(parts, "") | said


def for_auditing(stored: event_service_pb2.StoredEvent, *, state: bool) -> dict[str, Any]:
    """One event with all of its metadata and its leaf hash, and the stored bytes if asked.

    A redacted one has the digest of its bytes in their place, and the position of what says so.
    """
    envelope, event = _open(stored)
    found = _place(stored) | {
        "metadata": plain(envelope.metadata) if stored.state else None,
        "payload": event,
        "redacted": not stored.state,
        "redaction": None,
        "leaf": stored.leaf.hex(),
    }
    if not stored.state:
        found["redaction"] = {
            "position": str(stored.redaction.position),
            "stateSha256": stored.redaction.state_sha256.hex(),
        }
    return found | {"state": stored.state.hex()} if state else found


def types() -> set[str]:
    """Names of the events this program knows."""
    found: set[str] = set()
    for name in _FILES:
        file = import_module(f"registry.events.v1.{name}_pb2").DESCRIPTOR
        found |= set(file.message_types_by_name) - _PARTS
    return found


def retracted_version(stored: event_service_pb2.StoredEvent) -> int:
    """Version of its stream that this event retracts; 0 for every other event."""
    event = _open(stored)[1] if stored.topic == RETRACTED else None
    return int(event["version"]) if event else 0


def of_command(stored: event_service_pb2.StoredEvent) -> range:
    """Positions of all events that the same command recorded; its own where it is redacted."""
    about = envelope_pb2.Envelope.FromString(stored.state).metadata
    first = int(stored.position) - about.command_index
    return range(first, first + max(about.command_size, 1))


def _place(stored: event_service_pb2.StoredEvent) -> dict[str, Any]:
    return {
        "event": f"{stored.stream}@{stored.version}",
        "position": str(stored.position),
        "stream": stored.stream,
        "version": str(stored.version),
        "type": stored.topic,
        "recordedAt": recorded_time(stored.recorded_at),
    }


def recorded_time(micros: int) -> str:
    """Write a recorded time as ISO 8601 in UTC, with its microseconds."""
    moment = _EPOCH + timedelta(microseconds=micros)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _open(
    stored: event_service_pb2.StoredEvent,
) -> tuple[envelope_pb2.Envelope, dict[str, Any] | None]:
    """Decode the envelope and the event; the event of a redacted one is None.

    Raises:
        NotUnderstood: for a type or a revision newer than this program.
    """
    envelope = envelope_pb2.Envelope.FromString(stored.state)
    if not stored.state:
        return envelope, None
    kind = _message_class(stored.topic)
    known = kind.DESCRIPTOR.GetOptions().Extensions[values_pb2.schema_revision] or 1
    if kind.DESCRIPTOR.full_name != stored.topic or envelope.metadata.schema_revision > known:
        raise NotUnderstood(f"{stored.topic} at position {stored.position} is newer than this one")
    return envelope, plain(kind.FromString(envelope.payload))


def _message_class(topic: str) -> type[Message]:
    for name in _FILES:
        import_module(f"registry.events.v1.{name}_pb2")
    symbol_database.Default()
    try:
        return GetMessageClass(Default().FindMessageTypeByName(topic))
    except KeyError:
        raise NotUnderstood(f"{topic} is newer than this program: update registryctl") from None
