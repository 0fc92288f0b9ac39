"""Concerning: which events of other streams belong to what happened to a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.domain.keys import keys_of, references_to
from registry.domain.kinds import collection_of
from registry.domain.participation import Participation
from registry.events.v1.partnership_pb2 import PartnershipCoordinatorChanged

if TYPE_CHECKING:
    from registry.domain.world import Recorded


def concerns(resource: str, recorded: Recorded) -> bool:
    """Whether an event, of a stream that refers to a resource, is about that resource.

    All of a participation are about its edition and its participant; of other streams those
    that name it. A retraction is about what the event is about that it retracts.
    """
    if collection_of(recorded.stream) == Participation.KIND:
        return True
    if isinstance(recorded.event, PartnershipCoordinatorChanged):
        return recorded.event.member == resource  # which has no key
    return not set(references_to(resource)).isdisjoint(keys_of(recorded.stream, recorded.event))
