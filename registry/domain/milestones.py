"""Milestones: the events that begin, end or take back; by these a change is told."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from registry.domain.fold import ABOUT_EVENTS, live
from registry.events.v1 import cluster_pb2, edition_pb2, organisation_pb2
from registry.events.v1 import participation_pb2 as participations
from registry.events.v1 import partnership_pb2 as partnerships

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.domain.world import Recorded

REGISTRATIONS = (
    organisation_pb2.OrganisationRegistered,
    cluster_pb2.ClusterRegistered,
    partnerships.PartnershipFormed,
    edition_pb2.EditionAnnounced,
    participations.ParticipationRegistered,
    participations.ParticipationAttended,
)
"""A resource is registered while one of these counts."""
ENDINGS = (
    cluster_pb2.ClusterDissolved,
    partnerships.PartnershipEnded,
    edition_pb2.EditionCancelled,
    participations.ParticipationWithdrawn,
)
MILESTONES = (*REGISTRATIONS, *ENDINGS, *ABOUT_EVENTS)


class ChangeKind(IntEnum):
    """What became of a resource; the numbers are those of registry.v1.ChangeKind."""

    CREATED = 1
    CHANGED = 2
    CORRECTED = 3
    ENDED = 4
    RETRACTED = 5


def change_since(version: int, milestones: Sequence[Recorded]) -> ChangeKind:
    """What became of a stream since a version (0: since it was empty), where it has new events.

    Args:
        version: of the stream as it was known.
        milestones: all of the stream up to now, by version; other events may be among them.
    """
    known = [each for each in milestones if each.version <= version]
    counting = [e for e in live(milestones) if isinstance(e.event, REGISTRATIONS + ENDINGS)]
    if not _registered(counting):
        return ChangeKind.RETRACTED
    if not _registered(live(known)):
        return ChangeKind.CREATED
    # An earlier ending may be followed by a registration: only the last of them tells.
    if isinstance(counting[-1].event, ENDINGS) and counting[-1].version > version:
        return ChangeKind.ENDED
    fresh = milestones[len(known) :]
    if any(isinstance(each.event, ABOUT_EVENTS) for each in fresh):
        return ChangeKind.CORRECTED
    return ChangeKind.CHANGED


def _registered(events: Sequence[Recorded]) -> bool:
    return any(isinstance(each.event, REGISTRATIONS) for each in events)
