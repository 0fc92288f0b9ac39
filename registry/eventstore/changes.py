"""Changes: which streams have new events after a position, page by page."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from registry.domain.kinds import collection_of
from registry.domain.milestones import MILESTONES, ChangeKind, change_since
from registry.eventstore.envelope import TOPICS, open_row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from registry.domain.world import Recorded
    from registry.eventstore.reads import LogReads
    from registry.eventstore.rows import Place

MAX_SCANNED = 2000
"""Events a page looks at, beside the rest of a command: what a page costs is bounded."""
_TOPICS = [TOPICS[event] for event in MILESTONES]


class Change(NamedTuple):
    """A stream with new events."""

    stream: str
    collection: str
    kind: ChangeKind
    events: list[Place]
    """All of them in the span of the page, in order; at least one."""


class Page(NamedTuple):
    """What changed in a span of the log."""

    changes: list[Change]
    """By the position of their last event."""
    upto: int
    """The last position of the span, where a command ends."""


def changes_after(
    log: LogReads, after: int, head: int, most: int, collections: Collection[str]
) -> Page:
    """Answer the streams with events after a position.

    Args:
        log: the log.
        after: position after which to begin (exclusive), at most `head`.
        head: position where the log ends.
        most: how many streams a page has; the rest of one command may add to them.
        collections: only streams of these; empty: all that are resources.
    """
    places = log.read_places(after, MAX_SCANNED, head)
    upto = _end(log, after, head, _fitting(places, most, collections))
    if places and upto > places[-1].position:
        places += log.read_places(places[-1].position, upto, upto)
    found: dict[str, list[Place]] = {}
    for place in places:
        if place.position <= upto and _wanted(place.stream, collections):
            found.setdefault(place.stream, []).append(place)
    milestones = _milestones(log, list(found), upto)
    changes = [
        Change(
            stream,
            collection_of(stream),
            # Versions are dense: the one before the first new event is what was known.
            change_since(events[0].version - 1, milestones.get(stream, [])),
            events,
        )
        for stream, events in found.items()
    ]
    return Page(sorted(changes, key=lambda change: change.events[-1].position), upto)


def _wanted(stream: str, collections: Collection[str]) -> bool:
    collection = collection_of(stream)
    return bool(collection) and (not collections or collection in collections)


def _fitting(places: Sequence[Place], most: int, collections: Collection[str]) -> int:
    """Position of the last event before there would be too many streams; 0: there is none."""
    streams: set[str] = set()
    last = 0
    for place in places:
        if _wanted(place.stream, collections):
            streams.add(place.stream)
            if len(streams) > most:
                break
        last = place.position
    return last


def _end(log: LogReads, after: int, head: int, last: int) -> int:
    """Where a span ends that should end at `last`: there, or at the end of a command near it."""
    if last in {0, head}:
        return head
    (row,) = log.read_after(last - 1, 1)
    metadata = open_row(row).metadata
    left = metadata.command_size - metadata.command_index - 1
    before = last - metadata.command_index - 1
    if left > 0 and before > after:
        return before
    # A command longer than a page is given as a whole: else nobody would get past it.
    return last + max(left, 0)


def _milestones(log: LogReads, streams: list[str], upto: int) -> dict[str, list[Recorded]]:
    rows = log.read_topics(streams, _TOPICS, upto)
    return dict(_histories(open_row(row).recorded for row in rows))


def _histories(events: Iterator[Recorded]) -> Iterator[tuple[str, list[Recorded]]]:
    for stream, history in groupby(events, lambda recorded: recorded.stream):
        yield stream, list(history)
