"""Ledger of what was acknowledged, and the checkers that compare it with the log.

The leaf is computed anew from its definition, not with the registry's own code.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from registry.events.v1.envelope_pb2 import Envelope
from registry.v1.event_service_pb2 import StoredEvent
from registry.v1.options_pb2 import Recorded
from registry.v1.record_service_pb2 import Command
from tests.faults.commands import request_id_of


@dataclass
class Ledger:
    """What writers sent, what was acknowledged, and answers that should not have been."""

    sent: dict[str, Command] = field(default_factory=dict)
    acknowledged: dict[str, Recorded] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    resent: int = 0
    found_recorded: int = 0
    """Sent again after no answer, and found to be recorded already."""

    def send(self, command: Command) -> None:
        """Enter a command that is about to be sent."""
        self.sent[request_id_of(command)] = command

    def acknowledge(self, recorded: Recorded) -> None:
        """Enter an answer that promises a command is recorded."""
        self.acknowledged[recorded.request_id] = recorded

    @property
    def open(self) -> list[Command]:
        """Commands without an acknowledgement."""
        return [c for name, c in self.sent.items() if name not in self.acknowledged]


def problems_of_log(events: Sequence[StoredEvent]) -> Iterator[str]:
    """What is wrong with a log by itself."""
    versions: dict[str, int] = defaultdict(int)
    time = 0
    for position, event in enumerate(events, 1):
        if event.position != position:
            yield f"position {event.position} where {position} is due"
        if event.recorded_at <= time:
            yield f"position {event.position} is recorded no later than the one before"
        time = event.recorded_at
        versions[event.stream] += 1
        if event.version != versions[event.stream]:
            yield f"{event.stream}@{event.version} where {versions[event.stream]} is due"
        if event.leaf != leaf_of(event):
            yield f"position {event.position} has another leaf"


def leaf_of(event: StoredEvent) -> bytes:
    """SHA-256(0x00 ‖ entry), from the definition."""
    entry = b"\x01" + event.position.to_bytes(8, "big") + _lp(event.stream)
    entry += event.version.to_bytes(8, "big") + _lp(event.topic)
    entry += event.recorded_at.to_bytes(8, "big") + hashlib.sha256(event.state).digest()
    return hashlib.sha256(b"\x00" + entry).digest()


def _lp(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(4, "big") + encoded


def problems_of_ledger(ledger: Ledger, events: Sequence[StoredEvent]) -> Iterator[str]:
    """What was acknowledged and lost, what is there twice, in part, or was never sent."""
    by_command = _by_command(events)
    for request_id, recorded in ledger.acknowledged.items():
        stored = [(f"{e.stream}@{e.version}", e.position) for e in by_command[request_id]]
        said = [(e.event, e.position) for e in recorded.events]
        if said and not stored:
            yield f"lost: {request_id} was acknowledged at {recorded.position}"
        elif stored != said:
            yield f"{request_id} was answered {said}, the log has {stored}"
    for request_id, stored_events in by_command.items():
        if request_id and request_id not in ledger.sent:
            yield f"never sent: {request_id}"
        yield from _problems_of_command(request_id, stored_events)
    yield from ledger.wrong


def _problems_of_command(request_id: str, events: Sequence[StoredEvent]) -> Iterator[str]:
    if not request_id or not events:
        return
    places = [_metadata(event) for event in events]
    indices = [place.command_index for place in places]
    size = places[0].command_size
    if indices.count(0) > 1:
        yield f"doubled: {request_id} at {[event.position for event in events]}"
    elif indices != list(range(size)):
        yield f"in part: {request_id} has events {indices} of {size}"
    elif events[-1].position - events[0].position != size - 1:
        yield f"torn apart: {request_id} at {[event.position for event in events]}"


def _by_command(events: Sequence[StoredEvent]) -> dict[str, list[StoredEvent]]:
    found: dict[str, list[StoredEvent]] = defaultdict(list)
    for event in events:
        found[_metadata(event).command_id].append(event)
    return found


def _metadata(event: StoredEvent):
    return Envelope.FromString(event.state).metadata
