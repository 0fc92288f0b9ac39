"""Dependants: what rests on events that are to be retracted, so that it has to go with them.

An event rests on another one if it cannot count without it:

- by itself: see `registry.domain.foundations`;
- by an invariant (`check` of each aggregate) that would be broken. When the end of something is
  retracted - a partner's leaving, the end of an identifier, a partnership, a cluster, an edition -
  it goes on, and contradicts what was recorded since: a second membership, another bearer of the
  identifier, the dissolution of a cluster that would be a member after it, a cycle of
  partnerships, another edition of that number. The fact recorded last of those that contradict
  rests on that end, unless it was recorded before it; within one command, as where memberships
  end with their cluster, it does.

Facts that contradict each other and were both there before the end that is retracted do not
rest on it: that is a refusal. So is nothing a gate was for when it was recorded: an activated
partnership stays so with fewer members.

An invariant is broken, if at all, in a stream of which something is retracted, so only those are
checked: nothing that goes from one stream lets the facts of another one hold any longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, Protocol, cast

from registry.domain.foundations import Resting, unfounded
from registry.domain.without import Without
from registry.errors import RuleRefused
from registry.events.v1 import cluster_pb2, edition_pb2, organisation_pb2
from registry.events.v1 import partnership_pb2 as partnerships

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.domain.world import Recorded, World

MAX_EVENTS = 1000
"""Events that one command retracts."""
BOUNDS = (
    partnerships.PartnershipPartnerLeft,
    partnerships.PartnershipEnded,
    organisation_pb2.OrganisationIdentifierEnded,
    cluster_pb2.ClusterIdentifierEnded,
    cluster_pb2.ClusterDissolved,
    edition_pb2.EditionCancelled,
)
"""Events without which something holds longer."""


class _Checked(Protocol):
    def check(self, world: World) -> None: ...


class Dependants:
    """All that rests on some events, found from one to the next until nothing more does."""

    def __init__(self, events: Sequence[Recorded], world: World) -> None:
        """Find them.

        Raises:
            RuleRefused: where facts contradict each other of which none rests on these events,
                or where there are more than MAX_EVENTS.
        """
        self._after = Without(world)
        self._asked = events
        self._groups: list[list[Recorded]] = [[]]
        """What was found: by itself first, then each fact that an invariant chose and what
        rests on it."""
        self.refusal: RuleRefused | None = None
        """The first refusal to leave one of them as it is."""
        self._after.drop(events)
        self._require_few()
        self._find()
        self._spare()

    @property
    def events(self) -> list[Recorded]:
        """What was found, each before what it rests on."""
        return [recorded for group in self._groups for recorded in group][::-1]

    def _find(self) -> None:
        self._follow(self._after.touched())
        while (chosen := self._broken()) is not None:
            self._groups.append([])
            self._add(chosen)
            self._follow([chosen.events[0].stream])

    def _follow(self, streams: list[str]) -> None:
        """Drop what rests by itself on what is gone from these streams, and so on."""
        while streams:
            stream = streams.pop()
            while (resting := unfounded(stream, self._after)) is not None:
                self._add(resting)
                streams += {recorded.stream for recorded in resting.events} - {stream}

    def _add(self, resting: Resting) -> None:
        self.refusal = self.refusal or resting.refusal
        self._groups[-1] += resting.events
        self._after.drop(resting.events)
        self._require_few()

    def _require_few(self) -> None:
        count = len(self._asked) + sum(map(len, self._groups))
        if count > MAX_EVENTS:
            raise RuleRefused(
                "retraction-limit",
                self._asked[0].stream,
                f"{count} events or more would be retracted, and one command retracts {MAX_EVENTS}",
                "retract in several steps, what rests on the others first",
            )

    def _broken(self) -> Resting | None:
        """What an invariant chooses to go, where one is broken."""
        for stream in self._after.touched():
            try:
                self._check(stream)
            except RuleRefused as refusal:
                return Resting([self._last(refusal)], refusal)
        return None

    def _check(self, stream: str) -> None:
        state = self._after.state(stream)
        if state.registered:
            cast("_Checked", state).check(self._after)

    def _last(self, refusal: RuleRefused) -> Recorded:
        """The last recorded of facts that contradict, where it rests on an end that is gone."""
        facts = [recorded for name in refusal.events for recorded in self._named(name)]
        if not facts:
            raise refusal
        last = max(facts, key=lambda recorded: recorded.decided)
        gone = (g for fact in facts for g in self._after.dropped(fact.stream))
        if not any(isinstance(g.event, BOUNDS) and g.decided <= last.decided for g in gone):
            _refuse_both(refusal)
        return last

    def _named(self, name: str) -> list[Recorded]:
        stream = name.rpartition("@")[0]
        return [recorded for recorded in self._after.history(stream) if recorded.name == name]

    def _spare(self) -> None:
        """Leave what an invariant chose, but need not go since something else went later."""
        first, *chosen = self._groups
        if len(chosen) > 1:
            self._groups = [first, *(group for group in reversed(chosen) if self._needed(group))]

    def _needed(self, group: list[Recorded]) -> bool:
        self._after.restore(group)
        if all(unfounded(s, self._after) is None for s in self._after.touched()) and self._holds():
            return False
        self._after.drop(group)
        return True

    def _holds(self) -> bool:
        try:
            for stream in self._after.touched():
                self._check(stream)
        except RuleRefused:
            return False
        return True


def _refuse_both(refusal: RuleRefused) -> NoReturn:
    raise RuleRefused(
        refusal.rule,
        refusal.subject,
        f"{refusal.contradiction}: {' and '.join(refusal.events)} were both recorded before,"
        " and would contradict each other",
        "retract one of them too where it is wrong",
        refusal.events,
    )
