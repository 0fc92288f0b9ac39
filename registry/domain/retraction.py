"""Retraction: recorded events that no longer count, unless something rests on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

from registry.domain.fold import live
from registry.domain.keys import keys_of, references_to
from registry.domain.kinds import kind_of
from registry.domain.milestones import REGISTRATIONS
from registry.domain.world import Aggregate, Decision, Recorded, World
from registry.errors import NotFound, RuleRefused
from registry.events.v1 import cluster_pb2, organisation_pb2
from registry.events.v1 import partnership_pb2 as partnerships
from registry.events.v1.store_pb2 import EventRetracted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Checked(Aggregate, Protocol):
    """An aggregate that knows its invariants."""

    def check(self, world: World) -> None:
        """Refuse a state that breaks an invariant."""

    def evolve(self, recorded: Recorded) -> Self:
        """State after one more event."""
        ...


def retract(stream: str, versions: Sequence[int], world: World) -> list[Decision]:
    """Decide that events of one stream no longer count.

    Raises:
        NotFound: for a version that is not there.
        RuleRefused: where other facts rest on them, or would contradict each other.
    """
    history = world.history(stream)
    dropped = _to_drop(stream, history, sorted(set(versions)))
    if not dropped:
        return []
    counting = live(history)
    remaining = [recorded for recorded in counting if recorded.version not in dropped]
    _check_ends(remaining, dropped)
    state = _refolded(stream, remaining)
    if not state.registered:
        _check_not_referred_to(stream, world)
    state.check(world)
    return [Decision(stream, EventRetracted(version=version), None) for version in dropped]


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


def _to_drop(stream: str, history: Sequence[Recorded], versions: Sequence[int]) -> list[int]:
    """Versions that still count."""
    events = {recorded.version: recorded.event for recorded in history}
    for version in versions:
        if version not in events:
            raise NotFound(f"{stream}@{version}")
        if isinstance(events[version], EventRetracted):
            raise RuleRefused(
                "retraction-stands",
                stream,
                f"{stream}@{version} is itself a retraction",
                "record the fact anew",
            )
    counting = {recorded.version for recorded in live(history)}
    return [version for version in versions if version in counting]


def _check_ends(remaining: Sequence[Recorded], dropped: Sequence[int]) -> None:
    """Refuse to drop a start whose end still counts."""
    for recorded in remaining:
        if _ended_version(recorded) in dropped:
            start = f"{recorded.stream}@{_ended_version(recorded)}"
            raise RuleRefused(
                "start-before-end",
                recorded.stream,
                f"{_named(recorded)} ends what {start} began",
                f"retract {recorded.version} together with it",
            )


def _ended_version(recorded: Recorded) -> int:
    match recorded.event:
        case partnerships.PartnershipPartnerLeft(joined_version=version):
            return version
        case (
            organisation_pb2.OrganisationIdentifierEnded(added_version=version)
            | cluster_pb2.ClusterIdentifierEnded(added_version=version)
        ):
            return version
    return 0


def _refolded(stream: str, remaining: Sequence[Recorded]) -> Checked:
    """State of what remains; refuse facts without the registration they rest on."""
    state: Checked = kind_of(stream).new(stream)  # type: ignore[assignment]  # all know theirs
    for recorded in remaining:
        if not state.registered and not isinstance(recorded.event, REGISTRATIONS):
            others = [r for r in remaining if not isinstance(r.event, REGISTRATIONS)]
            raise RuleRefused(
                "registration-first",
                stream,
                f"facts rest on this registration of {stream}: {', '.join(map(_named, others))}",
                f"retract {', '.join(str(r.version) for r in others)} together with it",
            )
        state = state.evolve(recorded)
    return state


def _check_not_referred_to(stream: str, world: World) -> None:
    referring = list(_references(stream, world))
    if referring:
        raise RuleRefused(
            "referred-to",
            stream,
            f"others refer to {stream}: {', '.join(map(_named, referring))}",
            "retract these first, or record its end instead",
        )


def _references(stream: str, world: World) -> Iterator[Recorded]:
    """Events of other streams that count and name a resource."""
    keys = references_to(stream)
    for other in dict.fromkeys(s for key in keys for s in world.streams(key)):
        if other != stream:
            for recorded in live(world.history(other)):
                if not set(keys).isdisjoint(keys_of(other, recorded.event)):
                    yield recorded


def _named(recorded: Recorded) -> str:
    return f"{recorded.stream}@{recorded.version} ({type(recorded.event).__name__})"
