"""Retraction: recorded events that no longer count, together with what rests on them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from registry.domain.dependants import Dependants
from registry.domain.edition import resolve_edition
from registry.domain.fold import ABOUT_EVENTS, live
from registry.domain.foundations import NAMED
from registry.domain.kinds import kind_of
from registry.domain.world import Aggregate, Decision, Recorded, World, event_name
from registry.errors import InvalidField, NotFound, RuleRefused
from registry.events.v1.store_pb2 import EventRedacted, EventRetracted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_STANDING = {
    EventRetracted: ("retraction", "record the fact anew"),
    EventRedacted: ("redaction", "leave it: what it deleted is gone"),
}
_NAME = re.compile(r"([a-z0-9/-]+)@([1-9][0-9]{0,17})")


class EventId(NamedTuple):
    """An event by its stream and version."""

    stream: str
    version: int


def events_named(names: Sequence[str], field: str) -> list[EventId]:
    """Events by their names ("partnerships/p@3"), as a field of a request has them.

    Raises:
        InvalidField: for a name that no event can have.
        NotFound: for one of a stream that no resource can have.
        RuleRefused: for one of the store itself.
    """
    found = []
    for number, name in enumerate(names):
        parts = _NAME.fullmatch(name)
        if parts is None:
            raise InvalidField(f"{field}[{number}]", "must be stream@version: partnerships/p@3")
        retractable(parts[1])
        found.append(EventId(parts[1], int(parts[2])))
    return found


def retract(events: Iterable[EventId], world: World, *, with_dependants: bool) -> list[Decision]:
    """Decide that events no longer count, and what rests on them neither where that is asked for.

    Raises:
        NotFound: for an event that is not there.
        RuleRefused: where other facts rest on them, or would contradict each other.
    """
    asked = list(_counting(events, world))
    found = Dependants(asked, world)
    if found.refusal is not None and not with_dependants:
        _refuse(found.refusal, found.events)
    return [
        Decision(recorded.stream, EventRetracted(version=recorded.version), None)
        for recorded in (*found.events, *asked)
    ]


def retractable(stream: str) -> type[Aggregate]:
    """Kind of a stream whose events can be retracted.

    Raises:
        NotFound: for a name that no resource can have.
        RuleRefused: for the stream of the store itself.
    """
    if stream == "store":
        raise RuleRefused(
            "store-stands",
            stream,
            "the creation of the store is no fact that could be wrong",
            "retract events of resources only",
        )
    return kind_of(stream)


def _counting(events: Iterable[EventId], world: World) -> Iterator[Recorded]:
    """Those that still count, each once; an edition may be named by its number."""
    places = dict.fromkeys((resolve_edition(world, stream), version) for stream, version in events)
    histories = {stream: world.history(stream) for stream, _ in places}
    counting = {r.name for history in histories.values() for r in live(history)}
    for stream, version in places:
        if version > len(histories[stream]):
            raise NotFound(event_name(stream, version))
        recorded = histories[stream][version - 1]
        if isinstance(recorded.event, ABOUT_EVENTS):
            what, remedy = _STANDING[type(recorded.event)]
            raise RuleRefused(
                f"{what}-stands", stream, f"{recorded.name} is itself a {what}", remedy
            )
        if recorded.name in counting:
            yield recorded


def _refuse(refusal: RuleRefused, resting: Sequence[Recorded]) -> None:
    """Refuse to leave what rests on others, naming all of it."""
    names = tuple(recorded.name for recorded in resting)
    these = ", ".join(names) if len(names) <= NAMED else f"the {len(names)} events that rest on it"
    raise RuleRefused(
        refusal.rule,
        refusal.subject,
        refusal.contradiction,
        f"retract {these} together with it, or all that rests on it (with_dependants)",
        names,
    )
