"""Histories: the events of a resource, each with the state of its stream before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from registry.domain.concerning import appoints, concerns, coordinated
from registry.domain.effective import BEGINNING
from registry.domain.fold import evolved, fold
from registry.domain.keys import references_to
from registry.domain.kinds import kind_of
from registry.domain.milestones import REGISTRATIONS
from registry.events.v1.store_pb2 import EventRetracted
from registry.eventstore.envelope import Opened, open_row
from registry.eventstore.states import history

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from registry.domain.effective import Effective
    from registry.domain.world import Recorded
    from registry.eventstore.reads import LogReads

AT_ONCE = 500
"""Events of other streams looked at in one query."""


class Step(NamedTuple):
    """An event, and what its stream was before and after it."""

    opened: Opened
    before: Any
    """The aggregate, as it was known then."""
    after: Any
    at: Effective | None
    """When what it changes is true: of a retraction, when what it retracts was said to be."""
    begun: int
    """First day (ordinal) of the resource's existence; BEGINNING where it is not known."""


@dataclass(frozen=True)
class Story:
    """Events of one stream, by version, and what became of them."""

    steps: list[Step]
    final: Any
    """The aggregate, by all that is known."""
    retractions: dict[int, Opened]
    """What took an event back, by the version of the event."""


def events_about(
    log: LogReads, resource: str, after: int, upto: int, *, own_only: bool
) -> Iterator[Opened]:
    """Iterate over the events of a resource, by position.

    Args:
        log: the log.
        resource: its name in full.
        after: position to begin after.
        upto: last position.
        own_only: only those of its own stream, not those of others that are about it.
    """
    keys = () if own_only else references_to(resource)
    while True:
        rows = log.read_concerned(resource, keys, after, upto, AT_ONCE)
        for opened in map(open_row, rows):
            if opened.recorded.stream == resource or _concerns(log, resource, opened.recorded):
                yield opened
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].position


def _concerns(log: LogReads, resource: str, recorded: Recorded) -> bool:
    subject = _subject(log, recorded)
    if concerns(resource, subject):
        return True
    if not appoints(subject):
        return False
    events = history(log, subject.stream)
    return coordinated(resource, events[: subject.version - 1], subject)


def _subject(log: LogReads, recorded: Recorded) -> Recorded:
    """The event itself, or the one that it retracts."""
    if not isinstance(recorded.event, EventRetracted):
        return recorded
    return open_row(log.read_event(recorded.stream, recorded.event.version)).recorded


def stories(
    log: LogReads, wanted: Collection[tuple[str, int]], upto: int
) -> Iterator[tuple[str, Story]]:
    """Tell streams up to a position (inclusive), each with the steps that are wanted.

    Args:
        log: the log.
        wanted: streams and versions.
        upto: last position.
    """
    streams = list(dict.fromkeys(stream for stream, _ in wanted))
    rows = map(open_row, log.read_streams(streams, upto))
    for stream, events in groupby(rows, lambda opened: opened.recorded.stream):
        versions = {version for one, version in wanted if one == stream}
        yield stream, _story(stream, list(events), versions)


def _story(stream: str, events: Sequence[Opened], wanted: Collection[int]) -> Story:
    walk = _Walk(stream)
    steps: list[Step] = []
    retractions: dict[int, Opened] = {}
    starts: dict[int, int] = {}
    for opened in events:
        recorded = opened.recorded
        starts |= _start(recorded)
        begun = min(starts.values(), default=BEGINNING)
        if isinstance(recorded.event, EventRetracted):
            retractions[recorded.event.version] = opened
            starts.pop(recorded.event.version, None)
        if recorded.version not in wanted:
            walk.go_on(recorded)
            continue
        before = walk.state
        walk.go_on(recorded)
        steps.append(Step(opened, before, walk.state, walk.at(recorded), begun))
    return Story(steps, walk.state, retractions)


class _Walk:
    """The state of a stream, event by event."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._known: list[Recorded] = []
        self._state: Any = kind_of(stream).new(stream)

    @property
    def state(self) -> Any:
        """The aggregate as far as it is walked."""
        if self._state is None:
            self._state = fold(kind_of(self._stream).new(self._stream), self._known)
        return self._state

    def go_on(self, recorded: Recorded) -> None:
        """Take the next event."""
        self._known.append(recorded)
        if isinstance(recorded.event, EventRetracted):
            self._state = None  # folded anew when it is asked for, not for each of many
        elif self._state is not None:
            self._state = evolved(self._state, recorded)

    def at(self, recorded: Recorded) -> Effective | None:
        """When it is true what an event changes: of a retraction, what it retracts."""
        if isinstance(recorded.event, EventRetracted):
            return self._known[recorded.event.version - 1].at  # versions are dense from 1
        return recorded.at


def _start(recorded: Recorded) -> dict[int, int]:
    """First day of a registration, by its version; empty for any other event."""
    if not isinstance(recorded.event, REGISTRATIONS) or recorded.at is None:
        return {}
    return {recorded.version: recorded.at.first_day}
