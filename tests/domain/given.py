"""An in-memory world: real folds and real keys over lists of events."""

# ruff: noqa: D102 - the commands are named as they are in the domain

from google.type import date_pb2

from registry.domain import participants
from registry.domain.cluster import Cluster
from registry.domain.edition import Edition
from registry.domain.effective import UNKNOWN, Effective, day
from registry.domain.fold import fold
from registry.domain.keys import keys_of
from registry.domain.kinds import kind_of
from registry.domain.organisation import Organisation
from registry.domain.participation import Participation
from registry.domain.partnership import Partnership
from registry.domain.redaction import redact
from registry.domain.retraction import events_named, retract
from registry.domain.world import Recorded, Redacted
from registry.events.v1 import cluster_pb2, edition_pb2, organisation_pb2, partnership_pb2
from registry.events.v1 import participation_pb2 as participation

TODAY = day("2024-06-15")
APPROVERS = ("principals/one", "principals/two")


def at(text):
    """Effective date: "2006-09", "no later than 2010", "unknown"."""
    if text == "unknown":
        return UNKNOWN
    bound = 2 if text.startswith("no later than ") else 1
    return Effective.on(text.removeprefix("no later than "), bound)


def date(text):
    """Date of a message, at its precision."""
    effective = Effective.on(text)
    return date_pb2.Date(year=effective.year, month=effective.month, day=effective.day)


class World:
    """All streams, kept in memory; commands by short names, recorded at once."""

    def __init__(self):
        self.logs = {}

    # What decide reads.

    def load(self, kind, stream):
        return fold(kind.new(stream), self.logs.get(stream, ()))

    def history(self, stream):
        return tuple(self.logs.get(stream, ()))

    def streams(self, key):
        return [s for s, log in self.logs.items() if any(key in keys_of(s, r.event) for r in log)]

    # What a writer does.

    def record(self, decisions):
        first = sum(map(len, self.logs.values())) + 1
        for stream, event, at in decisions:
            log = self.logs.setdefault(stream, [])
            log.append(Recorded(stream, len(log) + 1, event, at, first))
        return decisions

    def state(self, stream):
        return self.load(kind_of(stream), stream)

    # Commands.

    def cluster(self, stream="clusters/x", name="X", on="unknown", name_on=None, country=""):
        stated = cluster_pb2.ClusterRegistered(name=name, country=country)
        if name_on:
            stated.name_effective.CopyFrom(at(name_on).to_proto())
        return self.record(self.load(Cluster, stream).register(stated, at(on), TODAY))

    def organisation(self, stream="organisations/o", name="O", on="unknown", country=""):
        stated = organisation_pb2.OrganisationRegistered(name=name, country=country)
        return self.record(self.load(Organisation, stream).register(stated, at(on), TODAY))

    def rename(self, name, on, stream="clusters/x"):
        return self.record(self.load(Cluster, stream).rename(name, at(on)))

    def identify(self, scheme, value, on="unknown", stream="clusters/x"):
        state = self.state(stream)
        return self.record(state.add_identifier(scheme, value, at(on), self))

    def unidentify(self, scheme, value, on, stream="clusters/x"):
        return self.record(self.state(stream).end_identifier(scheme, value, at(on)))

    def dissolve(self, on, stream="clusters/x", *, end_memberships=False):
        decided = self.load(Cluster, stream).dissolve(
            at(on), self, TODAY, end_memberships=end_memberships
        )
        return self.record(decided)

    def form(self, stream="partnerships/p", on="unknown", **terms):
        stated = partnership_pb2.PartnershipFormed(**{"name": "P", **terms})
        return self.record(self.load(Partnership, stream).form(stated, at(on)))

    def join(self, member, on="unknown", role=0, stream="partnerships/p"):
        stated = partnership_pb2.PartnershipPartnerJoined(member=member, role=role)
        return self.record(self.load(Partnership, stream).join(stated, at(on), self))

    def leave(self, member, on, role=0, stream="partnerships/p"):
        return self.record(self.load(Partnership, stream).leave(member, role, at(on), TODAY))

    def coordinate(self, member, on, stream="partnerships/p"):
        return self.record(self.load(Partnership, stream).change_coordinator(member, at(on)))

    def activate(self, on, stream="partnerships/p"):
        return self.record(self.load(Partnership, stream).activate(at(on), self, TODAY))

    def end(self, on, stream="partnerships/p"):
        return self.record(self.load(Partnership, stream).end(at(on), self))

    def announce(
        self,
        stream="editions/e",
        number=0,
        start="2022-09-26",
        end="",
        on="unknown",
        **terms,
    ):
        stated = edition_pb2.EditionAnnounced(**{"name": "E", "number": number, **terms})
        if start:
            stated.dates.start.CopyFrom(date(start))
        if end:
            stated.dates.end.CopyFrom(date(end))
        return self.record(self.load(Edition, stream).announce(stated, at(on), self))

    def cancel(self, on="2020-03-01", stream="editions/e"):
        return self.record(self.load(Edition, stream).cancel(at(on), self))

    def hold(self, on="2022-09-27", stream="editions/e"):
        return self.record(self.load(Edition, stream).hold(at(on), TODAY))

    def participation(self, participant, edition="editions/e"):
        return self.load(Participation, participants.stream_of(self, edition, participant))

    def enter(self, participant, on="2022-06-01", edition="editions/e", **stated):
        attendance = participation.Attendance(participant=participant, **stated)
        state = self.participation(participant, edition)
        return self.record(state.register(attendance, at(on), self))

    def attend(self, participant, on=None, edition="editions/e", **stated):
        attendance = participation.Attendance(participant=participant, **stated)
        state = self.participation(participant, edition)
        return self.record(state.attend(attendance, on and at(on), self, TODAY))

    def confirm(self, participant, on, edition="editions/e"):
        return self.record(self.participation(participant, edition).confirm(at(on), self))

    def withdraw(self, participant, on, edition="editions/e"):
        return self.record(self.participation(participant, edition).withdraw(at(on)))

    def retract(self, stream, *versions, also=(), with_dependants=False):
        events = events_named([*also, *(f"{stream}@{version}" for version in versions)], "others")
        return self.record(retract(events, self, with_dependants=with_dependants))

    def redact(self, stream, version, *approvers):
        decided = redact(stream, version, approvers or APPROVERS, self)
        for decision in decided:
            log = self.logs[decision.stream]
            gone = log[version - 1]
            topic = gone.event.DESCRIPTOR.full_name
            log[version - 1] = gone._replace(event=Redacted(topic), at=None)
        return self.record(decided)
