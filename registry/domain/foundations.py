"""Foundations: what an event cannot count without, as far as it shows in the events themselves.

Of a stream of which events were retracted, these rest on what is gone:

- the end of a start: a partner that left, an identifier that ended;
- facts of a resource without the registration they follow; of a participation the
  confirmation and the withdrawal before its next registration or attendance;
- events of other streams that name a resource which is registered no longer: memberships and
  their ends, participations, hosts and other parties of editions, legal entities, relations;
- a change to a coordinator that is no member then;
- a confirmation of what is not registered then.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple, cast

from registry.domain import membership_rules
from registry.domain.effective import UNKNOWN
from registry.domain.keys import keys_of, references_to
from registry.domain.milestones import REGISTRATIONS
from registry.domain.world import event_name
from registry.errors import RuleRefused
from registry.events.v1 import cluster_pb2, organisation_pb2
from registry.events.v1 import participation_pb2 as participations
from registry.events.v1 import partnership_pb2 as partnerships

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registry.domain.participation import Participation
    from registry.domain.partnership import Partnership
    from registry.domain.without import Without
    from registry.domain.world import Aggregate, Recorded

NAMED = 10
"""Events that a message names; of more it says how many."""


class Resting(NamedTuple):
    """Events that cannot count any more, and the refusal to leave them as they are."""

    events: Sequence[Recorded]
    refusal: RuleRefused


def unfounded(stream: str, after: Without) -> Resting | None:
    """First of the events that rest on what is gone from a stream, where there are any."""
    remaining = after.history(stream)
    ended = [r for r in remaining if _start(r) in {gone.version for gone in after.dropped(stream)}]
    if ended:
        start = event_name(stream, _start(ended[0]))
        return _resting("start-before-end", ended, f"{described(ended)} ends what {start} began")
    early = list(takewhile(lambda r: not isinstance(r.event, REGISTRATIONS), remaining))
    if early:
        what = f"facts rest on this registration of {stream}: {described(early)}"
        return _resting("registration-first", early, what, stream)
    if not remaining:
        return _referring(stream, after)
    return _unsupported(after.state(stream), remaining)


def described(events: Sequence[Recorded]) -> str:
    """Events by name and type, for a message."""
    named = ", ".join(f"{r.name} ({type(r.event).__name__})" for r in events[:NAMED])
    return named + (f" and {len(events) - NAMED} more" if len(events) > NAMED else "")


def _resting(rule: str, events: Sequence[Recorded], what: str, subject: str = "") -> Resting:
    return Resting(events, RuleRefused(rule, subject or events[0].stream, what, ""))


def _start(recorded: Recorded) -> int:
    """Version of the start that an event ends; 0 for one that ends none."""
    match recorded.event:
        case partnerships.PartnershipPartnerLeft(joined_version=version):
            return version
        case (
            organisation_pb2.OrganisationIdentifierEnded(added_version=version)
            | cluster_pb2.ClusterIdentifierEnded(added_version=version)
        ):
            return version
    return 0


def _referring(stream: str, after: Without) -> Resting | None:
    referring = list(_references(stream, after))
    if not referring:
        return None
    what = f"others refer to {stream}: {described(referring)}"
    return _resting("referred-to", referring, what, stream)


def _references(stream: str, after: Without) -> Iterator[Recorded]:
    """Events of other streams that count and name a resource."""
    keys = references_to(stream)
    for other in dict.fromkeys(s for key in keys for s in after.streams(key)):
        if other != stream:
            for recorded in after.history(other):
                if not set(keys).isdisjoint(keys_of(other, recorded.event)):
                    yield recorded


def _unsupported(state: Aggregate, remaining: Sequence[Recorded]) -> Resting | None:
    for recorded in remaining:
        try:
            _require_support(state, recorded)
        except RuleRefused as refusal:
            return Resting([recorded], refusal)
    return None


def _require_support(state: Aggregate, recorded: Recorded) -> None:
    at = recorded.at or UNKNOWN
    match recorded.event:
        case partnerships.PartnershipCoordinatorChanged(member=str(member)) if member:
            membership_rules.check_is_member(cast("Partnership", state), member, at)
        case participations.ParticipationConfirmed():
            remedy = "retract the confirmation together with the registration"
            cast("Participation", state).require_registration(at, remedy)
