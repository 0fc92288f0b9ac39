"""Records events straight into a log, and names the ones that the tests use."""

import hashlib
import os
from collections import defaultdict

from google.type import date_pb2

from registry.domain.effective import UNKNOWN, Effective
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
from registry.eventstore.envelope import seal
from registry.eventstore.rows import Batch, Erasure, NewEvent
from tests.domain.given import at

OPERATING = values_pb2.Region.ROLE_OPERATING
SEAT = values_pb2.Region.ROLE_SEAT
INDIRECT = partnership_pb2.PARTNER_ROLE_INDIRECT
PARTNER = partnership_pb2.PARTNER_ROLE_PARTNER
COORDINATOR = partnership_pb2.PARTNER_ROLE_COORDINATOR


class Recording:
    """A log that takes facts as they are, without rules: (stream, event, effective as text)."""

    def __init__(self, log):
        self.log = log
        self.versions = defaultdict(int)

    def record(self, *facts):
        """Record the facts of one command; its last position."""
        versions = self.versions.copy()
        new = [self._new(fact, index, facts, versions) for index, fact in enumerate(facts)]
        erasures = [
            Erasure(stream, event.version, (), (), "")
            for stream, event, _ in facts
            if isinstance(event, store_pb2.EventRedacted)
        ]
        batch = Batch(new, [], 0, {}, {}, erasures)
        position = self.log.append_locked(lambda: batch).head.position
        self.versions = versions  # only now: it may have failed
        return position

    def each(self, *facts):
        """Record every fact by a command of its own; the last position."""
        return [self.record(fact) for fact in facts][-1]

    def redact(self, stream, version):
        """Delete the content of an event, and record so; the position."""
        state = self.log.read_event(stream, version).state
        digest = hashlib.sha256(state).digest()
        event = store_pb2.EventRedacted(version=version, state_sha256=digest)
        new = self._new((stream, event, None), 0, [event], self.versions)
        erasure = Erasure(stream, version, (), (), "")
        batch = Batch([new], [], 0, {}, {}, [erasure])
        return self.log.append_locked(lambda: batch).head.position

    def _new(self, fact, index, facts, versions):
        stream, event, effective = fact
        versions[stream] += 1
        metadata = envelope_pb2.Metadata(
            actor="principals/local",
            command_index=index,
            command_size=len(facts),
            schema_revision=1,
        )
        if effective is not None:
            when = effective if isinstance(effective, Effective) else at(effective)
            metadata.effective.CopyFrom(when.to_proto())
        state = seal(event, metadata, os.urandom(16))
        topic = event.DESCRIPTOR.full_name
        return NewEvent(stream, versions[stream], topic, state)


def redacted(stream, version):
    return stream, store_pb2.EventRedacted(version=version), None


def cluster(stream, *, country="", on="unknown"):
    event = cluster_pb2.ClusterRegistered(
        name=stream, country=country, name_effective=UNKNOWN.to_proto()
    )
    return stream, event, on


def located(stream, *codes, on="unknown", operating=()):
    """Codes of the seat, and of where it operates, as "PL82" (NUTS 2024) or "PL12/2013"."""
    regions = [_region(code, SEAT) for code in codes] + [_region(c, OPERATING) for c in operating]
    return stream, cluster_pb2.ClusterLocated(regions=regions), on


def _region(code, role):
    code, _, version = code.partition("/")
    return values_pb2.Region(code=code, classification_version=int(version or 2024), role=role)


def ecosystems(stream, *slugs, on="unknown"):
    tags = [values_pb2.EcosystemTag(ecosystem=slug) for slug in slugs]
    return stream, cluster_pb2.ClusterEcosystemsSet(ecosystems=tags), on


def renamed(stream, name="other", on="unknown"):
    return stream, cluster_pb2.ClusterRenamed(name=name), on


def dissolved(stream, on):
    return stream, cluster_pb2.ClusterDissolved(), on


def organisation(stream, *, country=""):
    event = organisation_pb2.OrganisationRegistered(
        name=stream, country=country, name_effective=UNKNOWN.to_proto()
    )
    return stream, event, "unknown"


def formed(stream, *slugs, on="unknown"):
    tags = [values_pb2.EcosystemTag(ecosystem=slug) for slug in slugs]
    return stream, partnership_pb2.PartnershipFormed(name=stream, ecosystems=tags), on


def ended(stream, on):
    return stream, partnership_pb2.PartnershipEnded(), on


def joined(stream, member, on="unknown", role=PARTNER):
    return stream, partnership_pb2.PartnershipPartnerJoined(member=member, role=role), on


def left(stream, member, joined_version, on, role=PARTNER):
    event = partnership_pb2.PartnershipPartnerLeft(
        member=member, role=role, joined_version=joined_version
    )
    return stream, event, on


def announced(stream, start, *, number=0, end="", on="unknown"):
    event = edition_pb2.EditionAnnounced(
        number=number, name=stream, city="Prague", country="CZ", dates=dates(start, end)
    )
    return stream, event, on


def rescheduled(stream, start, on):
    return stream, edition_pb2.EditionRescheduled(dates=dates(start)), on


def cancelled(stream, on, number=0):
    return stream, edition_pb2.EditionCancelled(number=number), on


def dates(start, end=""):
    stated = values_pb2.BASIS_STATED
    found = edition_pb2.EditionDates(start=_date(start), basis_as_stated="source", basis=stated)
    if end:
        found.end.CopyFrom(_date(end))
    return found


def _date(text):
    when = Effective.on(text)
    return date_pb2.Date(year=when.year, month=when.month, day=when.day)


def taking_part(edition, participant, version=0):
    """Stream of a participation, and its attendance."""
    kind, _, code = participant.partition("/")
    singular = {"countries": "country"}.get(kind, kind.removesuffix("s"))
    stream = f"{edition}/participations/{singular}-{code.lower()}"
    attendance = participation_pb2.Attendance(
        participant=participant, classification_version=version
    )
    return stream, attendance


def attended(edition, participant, on="unknown", version=0):
    stream, attendance = taking_part(edition, participant, version)
    return stream, participation_pb2.ParticipationAttended(attendance=attendance), on


def entered(edition, participant, on="unknown", version=0):
    stream, attendance = taking_part(edition, participant, version)
    return stream, participation_pb2.ParticipationRegistered(attendance=attendance), on


def confirmed(edition, participant, on):
    stream, _ = taking_part(edition, participant)
    return stream, participation_pb2.ParticipationConfirmed(), on


def withdrawn(edition, participant, on):
    stream, _ = taking_part(edition, participant)
    return stream, participation_pb2.ParticipationWithdrawn(), on


def retracted(stream, version):
    return stream, store_pb2.EventRetracted(version=version), None
