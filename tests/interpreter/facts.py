"""Facts of a log: what is known at a position, stream by stream."""

from collections import defaultdict
from typing import Any, NamedTuple

from google.protobuf.message import Message

from registry.events.v1.cluster_pb2 import ClusterRegistered
from registry.events.v1.edition_pb2 import EditionAnnounced
from registry.events.v1.organisation_pb2 import OrganisationRegistered
from registry.events.v1.participation_pb2 import ParticipationAttended, ParticipationRegistered
from registry.events.v1.partnership_pb2 import PartnershipFormed
from registry.events.v1.store_pb2 import EventRedacted, EventRetracted
from registry.events.v1.values_pb2 import Effective
from registry.eventstore.envelope import open_row
from tests.interpreter.dates import first_day, order

UNKNOWN = Effective(bound=Effective.BOUND_UNKNOWN)
REGISTRATIONS = (
    *(OrganisationRegistered, ClusterRegistered, PartnershipFormed, EditionAnnounced),
    *(ParticipationRegistered, ParticipationAttended),
)


class Fact(NamedTuple):
    """An event that was recorded, and when it is true; redacted ones say nothing."""

    position: int
    stream: str
    version: int
    event: Message | None
    """None where its content was deleted, whenever that was."""
    at: Any
    """The effective date; None for what is no dated fact."""

    @property
    def day(self):
        """Ordinal of the day from which it is true."""
        return first_day(self.at)


def read(log):
    """Every fact of a log, by position; what was redacted is gone from every position."""
    facts = [fact_of(row) for row in log.read_after(0, 1_000_000)]
    gone = {(f.stream, f.event.version) for f in facts if isinstance(f.event, EventRedacted)}
    assert {(f.stream, f.version) for f in facts if f.event is None} == gone
    return facts


def fact_of(row):
    """The fact of a row."""
    place = row.position, row.stream, row.version
    if row.state is None:
        return Fact(*place, None, None)
    opened = open_row(row)
    metadata = opened.metadata
    at = metadata.effective if metadata.HasField("effective") else None
    return Fact(*place, opened.recorded.event, at)


class Known:
    """What a log says at a position, by stream; streams whose registration counts only."""

    def __init__(self, facts, position):
        self.position = position
        self._all = facts
        by_stream = defaultdict(list)
        for fact in facts:
            if fact.position <= position:
                by_stream[fact.stream].append(fact)
        self._facts = {
            stream: Facts(stream, *counting(history)) for stream, history in by_stream.items()
        }

    def __contains__(self, stream):
        return stream in self._facts and self._facts[stream].registered

    def __getitem__(self, stream):
        return self._facts[stream]

    def earlier(self, position):
        """What the log said at an earlier position."""
        return Known(self._all, position)

    def of(self, kind):
        """Facts of all that is registered of a kind: "clusters", "participations"."""
        return [
            self._facts[stream]
            for stream in sorted(self._facts)
            if stream.split("/")[-2:][0] == kind and stream in self
        ]


def counting(history):
    """Length of a stream, and its facts that are not retracted, as far as they can be read."""
    facts = [fact for fact in history if fact.event is not None]
    retracted = {f.event.version for f in facts if isinstance(f.event, EventRetracted)}
    corrections = (EventRetracted, EventRedacted)
    left = [
        fact
        for fact in facts
        if fact.version not in retracted and not isinstance(fact.event, corrections)
    ]
    return len(history), left


class Facts:
    """Facts of one stream that count, in the order of their dates."""

    def __init__(self, stream, length, facts):
        self.stream = stream
        self.length = length
        """Version of the stream: all that was ever recorded in it."""
        dated = [fact for fact in facts if fact.at is not None]
        self.ordered = sorted(dated, key=lambda f: (order(f.at), f.version))

    @property
    def registered(self):
        """Whether it is there: what was retracted whole is not, and may be registered again."""
        return bool(self.of(*REGISTRATIONS))

    def of(self, *kinds):
        """Facts of some kinds of event."""
        return [fact for fact in self.ordered if isinstance(fact.event, kinds)]

    def one(self, *kinds):
        """The only fact of a kind; None where there is none."""
        found = self.of(*kinds)
        return found[0] if found else None

    def since(self, day, *kinds):
        """The facts of some kinds that are true by a day."""
        return [fact for fact in self.of(*kinds) if fact.day <= day]

    def listed(self, day, *kinds):
        """The same in the order of recording: what stands side by side, none after another."""
        return sorted(self.since(day, *kinds), key=lambda fact: fact.version)

    def on(self, day, *kinds):
        """The last fact of some kinds by a day: what holds on it. None where there is none."""
        found = self.since(day, *kinds)
        return found[-1] if found else None
