"""Evidence: the events that say a fact, of those that were recorded and not retracted."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from registry.domain.fold import live
from registry.domain.milestones import REGISTRATIONS
from registry.events.v1 import cluster_pb2, edition_pb2, participation_pb2
from registry.eventstore.envelope import open_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from google.protobuf.message import Message

    from registry.domain.effective import Effective
    from registry.domain.world import Recorded
    from registry.eventstore.envelope import Opened
    from registry.projections.projector import Log


class Fact(NamedTuple):
    """Something that a figure rests on."""

    what: str
    """existence, location, ecosystems, membership, status or dates."""
    stream: str
    day: int = 0
    """On which it holds."""
    version: int = 0
    """Of the event, where it is known."""


class Evidence(NamedTuple):
    """A fact, and the event that says it."""

    what: str
    event: Opened


class Contribution(NamedTuple):
    """A resource that is counted, and the events that say why."""

    resource: str
    evidence: list[Evidence]


class Explanation(NamedTuple):
    """A page of what is counted under a figure."""

    value: int
    """The figure: how many resources are counted in all."""
    contributions: list[Contribution]
    """By resource name."""
    next_after: tuple[str, ...]
    """Empty on the last page."""
    read_position: int


_SAID_BY: dict[str, tuple[type[Message], ...]] = {
    "existence": REGISTRATIONS,
    "location": (cluster_pb2.ClusterLocated,),
    "ecosystems": (cluster_pb2.ClusterEcosystemsSet,),
    "dates": (edition_pb2.EditionAnnounced, edition_pb2.EditionRescheduled),
    "status": (
        participation_pb2.ParticipationRegistered,
        participation_pb2.ParticipationConfirmed,
        participation_pb2.ParticipationWithdrawn,
    ),
}
_ATTENDED = participation_pb2.ParticipationAttended
"""Who attended has attended, whatever is dated later."""


class Events:
    """The events of some streams as they were known at a position."""

    def __init__(self, log: Log, streams: Iterable[str], position: int) -> None:
        """Read them."""
        self._opened: dict[tuple[str, int], Opened] = {}
        histories: defaultdict[str, list[Recorded]] = defaultdict(list)
        for row in log.read_streams(sorted(set(streams)), position):
            opened = open_row(row)
            histories[row.stream].append(opened.recorded)
            self._opened[row.stream, row.version] = opened
        self._live = {stream: live(history) for stream, history in histories.items()}

    def behind(self, facts: Iterable[Fact]) -> list[Evidence]:
        """The events that say these facts, each once; a fact that no event says is left out."""
        found: dict[tuple[str, int], Evidence] = {}
        for fact in facts:
            said = self._said(fact)
            if said is not None:
                key = said.stream, said.version
                found.setdefault(key, Evidence(fact.what, self._opened[key]))
        return list(found.values())

    def _said(self, fact: Fact) -> Recorded | None:
        events = self._live.get(fact.stream, [])
        if fact.version:
            return next((event for event in events if event.version == fact.version), None)
        registered = _last(events, REGISTRATIONS)
        if fact.what == "existence" or registered is None:  # then nothing of it is shown
            return registered
        if fact.what == "status":
            attended = _in_force(events, (_ATTENDED,), fact.day)
            return attended or _in_force(events, _SAID_BY["status"], fact.day)
        said = _in_force(events, _SAID_BY[fact.what], fact.day)
        if fact.what == "location":  # where nothing else says it, the registration says a country
            return said or registered
        if fact.what == "dates":  # before all of them the first ones hold
            return said or _first(events, _SAID_BY["dates"])
        return said


def _in_force(
    events: Sequence[Recorded], kinds: tuple[type[Message], ...], day: int
) -> Recorded | None:
    """The event of some kinds that holds on a day; of equal dates the one recorded last."""
    begun = [event for at, event in _dated(events, kinds) if at.first_day <= day]
    return begun[-1] if begun else None


def _first(events: Sequence[Recorded], kinds: tuple[type[Message], ...]) -> Recorded | None:
    """The event of some kinds that holds before all others."""
    return next((event for _, event in _dated(events, kinds)), None)


def _dated(
    events: Sequence[Recorded], kinds: tuple[type[Message], ...]
) -> list[tuple[Effective, Recorded]]:
    """Events of some kinds by their dates; of equal ones the one recorded last is last."""
    dated = [(e.at, e) for e in events if isinstance(e.event, kinds) and e.at is not None]
    return sorted(dated, key=lambda each: each[0].order)  # events come by version


def _last(events: Sequence[Recorded], kinds: tuple[type[Message], ...]) -> Recorded | None:
    return next((e for e in reversed(events) if isinstance(e.event, kinds)), None)
