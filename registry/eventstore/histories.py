"""Histories: the events of a resource, each with the state of its stream before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from registry.domain.concerning import concerns
from registry.domain.effective import BEGINNING
from registry.domain.fold import fold
from registry.domain.keys import references_to
from registry.domain.kinds import kind_of
from registry.domain.milestones import REGISTRATIONS
from registry.events.v1.store_pb2 import EventRetracted
from registry.eventstore.envelope import Opened, open_row

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
            own = opened.recorded.stream == resource
            if own or concerns(resource, _subject(log, opened.recorded)):
                yield opened
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].position


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
    kind = kind_of(stream)
    known: list[Recorded] = []
    steps: list[Step] = []
    retractions: dict[int, Opened] = {}
    state = kind.new(stream)
    starts: dict[int, int] = {}
    for opened in events:
        recorded, before = opened.recorded, state
        known.append(recorded)
        starts |= _start(recorded)
        begun = min(starts.values(), default=BEGINNING)
        if isinstance(recorded.event, EventRetracted):
            gone = recorded.event.version
            retractions[gone] = opened
            starts.pop(gone, None)
            # Versions are dense from 1.
            at, state = known[gone - 1].at, fold(kind.new(stream), known)
        else:
            at, state = recorded.at, state.evolve(recorded)
        if recorded.version in wanted:
            steps.append(Step(opened, before, state, at, begun))
    return Story(steps, state, retractions)


def _start(recorded: Recorded) -> dict[int, int]:
    """First day of a registration, by its version; empty for any other event."""
    if not isinstance(recorded.event, REGISTRATIONS) or recorded.at is None:
        return {}
    return {recorded.version: recorded.at.first_day}
