"""A log made by hand, in which events are redacted, and its bundle."""

import json
import os
from collections import defaultdict
from hashlib import sha256
from typing import NamedTuple

from registry.events.v1.envelope_pb2 import Metadata
from registry.events.v1.store_pb2 import EventRedacted, EventRetracted, StoreCreated
from registry.eventstore.envelope import seal
from registry.eventstore.rows import CommandRow
from registry.ledger.proofs import State
from registry.ledger.verify import Checkpoint, commands_text, entry, leaf_hash
from registry.v1.event_service_pb2 import StoredEvent
from registryctl.auditing.bundles import Bundle
from tests.ledger.conftest import ORIGIN
from tests.projections.recording import cluster, renamed

STORE_ID = "01a216f5-c1be-72a7-99f6-99de1be19538"
STARTED_US = 1_790_000_000_000_000


class Event(NamedTuple):
    """One event of the log, and the digest that its entry has for ever."""

    stream: str
    version: int
    topic: str
    state: bytes
    digest: bytes
    command: str


class Log:
    """Events from position 1 on, and what a service would say of their commands."""

    def __init__(self):
        self.events = []
        self.redactions = {}
        """Position of what took away the content, by the position of the event."""
        self._versions = defaultdict(int)
        self.record("create", ("store", StoreCreated(store_id=STORE_ID, format=1), None))

    def record(self, command, *facts):
        """Record the facts of a command ("": it has no id); the position of the last one."""
        for index, (stream, event, _) in enumerate(facts):
            self._versions[stream] += 1
            metadata = Metadata(
                command_id=command, command_index=index, command_size=len(facts), schema_revision=1
            )
            state, topic = seal(event, metadata, os.urandom(16)), event.DESCRIPTOR.full_name
            digest = sha256(state).digest()
            version = self._versions[stream]
            self.events.append(Event(stream, version, topic, state, digest, command))
        return len(self.events)

    def redact(self, command, position, **changed):
        """Redact an event, retracted or not; the position of what says so, which may be changed."""
        target = self.events[position - 1]
        said = {
            "version": target.version,
            "state_sha256": target.digest,
            "command_id": target.command,
            "approvers": ["principals/ada", "principals/bob"],
        }
        event = EventRedacted(**said | changed)
        self.redactions[position] = self.record(command, (target.stream, event, None))
        self.empty(position)
        return self.redactions[position]

    def empty(self, position):
        """Take away the content of an event, whether or not anything says so."""
        self.events[position - 1] = self.events[position - 1]._replace(state=b"")

    def sent(self, position):
        """An event as the service sends it."""
        event = self.events[position - 1]
        recorded_at = STARTED_US + position
        place = (position, event.stream, event.version, event.topic, recorded_at)
        sent = StoredEvent(
            position=position,
            stream=event.stream,
            version=event.version,
            topic=event.topic,
            recorded_at=recorded_at,
            state=event.state,
            leaf=leaf_hash(entry(*place, event.digest)),
        )
        if not event.state:
            sent.redaction.position = self.redactions.get(position, 0)
            sent.redaction.state_sha256 = event.digest
        return sent

    def commands(self):
        """Rows of the commands that recorded events, by id."""
        found = {}
        for position, event in enumerate(self.events, 1):
            first, _, redacted = found.get(event.command, (position, 0, False))
            found[event.command] = first, position, redacted or not event.state
        found.pop("", None)
        return [
            CommandRow(
                request_id=command,
                fingerprint_version=0 if redacted else 1,
                fingerprint=b"" if redacted else sha256(command.encode()).digest(),
                first_position=first,
                last_position=last,
                decided_position=last,
                stream=self.events[last - 1].stream,
                version=self.events[last - 1].version,
            )
            for command, (first, last, redacted) in sorted(found.items())
        ]

    def write(self, directory, home, commands=None):
        """Write its bundle, signed by a home; with other rows of commands where they are given."""
        bundle = Bundle(directory)
        for position in range(1, len(self.events) + 1):
            bundle.add(self.sent(position))
        checkpoint = Checkpoint(ORIGIN, len(self.events), bundle.finish())
        note = home.sign(checkpoint, 0).note
        bundle.write("checkpoint", note)
        bundle.write("checkpoints.ndjson", json.dumps({"note": note}) + "\n")
        digest = bundle.write_commands(self.commands() if commands is None else commands)
        text = commands_text(ORIGIN, len(self.events), digest)
        bundle.write("commands", home.sign_text(text))
        bundle.write_rows("digests.ndjson", ())
        bundle.write("policy", "".join(f"log {key}\n" for key, _ in home.keys.verifiers()))
        state = State(ORIGIN, len(self.events), 1, bytes(32))
        bundle.write("state", home.sign_text(state.text()))
        bundle.write_sums()
        return directory


BRNO = "clusters/brno"
WORDS = 3
"""Position of the event that must not be kept."""


def with_words():
    """A log in which a cluster was renamed to what must not be kept, and that was retracted."""
    log = Log()
    log.record("both", cluster(BRNO), renamed(BRNO, "the words"))
    log.record("other", cluster("clusters/ostrava"))
    log.record("back", (BRNO, EventRetracted(version=2), None))
    return log
