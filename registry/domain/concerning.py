"""Concerning: which events of other streams belong to what happened to a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.domain.fold import fold
from registry.domain.keys import keys_of, references_to
from registry.domain.kinds import collection_of
from registry.domain.participation import Participation
from registry.domain.partnership import Partnership
from registry.events.v1 import partnership_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.domain.world import Recorded


def concerns(resource: str, recorded: Recorded) -> bool:
    """Whether an event, of a stream that refers to a resource, is about that resource.

    All of a participation are about its edition and its participant; of other streams those
    that name it. A retraction is about what the event is about that it retracts.
    """
    if collection_of(recorded.stream) == Participation.KIND:
        return True
    if isinstance(recorded.event, pb.PartnershipCoordinatorChanged):
        return recorded.event.member == resource  # which has no key
    return not set(references_to(resource)).isdisjoint(keys_of(recorded.stream, recorded.event))


def appoints(recorded: Recorded) -> bool:
    """Whether an event makes somebody coordinate a partnership, or nobody."""
    match recorded.event:
        case pb.PartnershipCoordinatorChanged():
            return True
        case pb.PartnershipPartnerJoined(role=pb.PARTNER_ROLE_COORDINATOR):
            return True
    return False


def coordinated(resource: str, before: Sequence[Recorded], recorded: Recorded) -> bool:
    """Whether a resource coordinated a partnership until an event that appoints somebody.

    Args:
        resource: a member.
        before: all events of the partnership before it.
        recorded: the event.
    """
    state = fold(Partnership.new(recorded.stream), before)
    return recorded.at is not None and state.coordinators.on(recorded.at.first_day) == resource
