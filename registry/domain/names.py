"""Names and from when they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.domain.effective import UNKNOWN, Effective, checked

if TYPE_CHECKING:
    from registry.events.v1 import cluster_pb2, organisation_pb2, values_pb2

    Registration = cluster_pb2.ClusterRegistered | organisation_pb2.OrganisationRegistered


def name_start(message: values_pb2.Effective, today: int) -> Effective:
    """From when a name holds, as requested; not said is unknown."""
    if not message.ByteSize():
        return UNKNOWN
    return checked(message, "name_effective", today)


def start_of_name(event: Registration) -> Effective:
    """From when the name of a registration holds; absent is unknown."""
    if not event.HasField("name_effective"):
        return UNKNOWN
    return Effective.from_proto(event.name_effective)
