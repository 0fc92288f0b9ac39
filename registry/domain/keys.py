"""Keys: what an event is about beside its own stream, for rules that reach across streams.

A command that asks for the streams of a key is decided anew when another command
records an event with that key in between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from google.protobuf.message import Message

from registry.events.v1 import cluster_pb2, edition_pb2, organisation_pb2
from registry.events.v1 import participation_pb2 as participations
from registry.events.v1 import partnership_pb2 as partnerships

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registry.domain.world import Redacted
    from registry.events.v1 import values_pb2


def member_key(member: str) -> str:
    """Key of the memberships of a member."""
    return f"member:{member}"


def identifier_key(scheme: str, value: str) -> str:
    """Key of an identifier."""
    return f"identifier:{scheme}:{value}"


def edition_number_key(number: int | str) -> str:
    """Key of an edition's number."""
    return f"edition-number:{number}"


def participant_key(participant: str) -> str:
    """Key of the participations of a participant."""
    return f"participant:{participant}"


def participations_key(edition: str) -> str:
    """Key of the participations of an edition, by its stream."""
    return f"participations-of:{edition}"


def party_key(resource: str) -> str:
    """Key of what names a resource as a party: host, legal entity, relation and so on."""
    return f"party:{resource}"


def keys_of(stream: str, event: Message | Redacted) -> tuple[str, ...]:
    """Keys of an event; those of an EventRetracted are the retracted event's."""
    find = _KEYS.get(type(event))
    return find(stream, event) if find is not None else ()


def references_to(stream: str) -> tuple[str, ...]:
    """Keys of the events in other streams that refer to a resource."""
    return (
        member_key(stream),
        participant_key(stream),
        party_key(stream),
        participations_key(stream),
    )


def _party_keys(parties: Iterable[values_pb2.Party]) -> tuple[str, ...]:
    named = (party_key(party.resource) for party in parties if party.resource)
    return tuple(dict.fromkeys(named))


def _number_keys(number: int) -> tuple[str, ...]:
    return (edition_number_key(number),) if number else ()


def _announced(_: str, event: edition_pb2.EditionAnnounced) -> tuple[str, ...]:
    parties = (*event.hosts, *event.organisers, *event.supporters, *event.hosts_or_organisers)
    return (*_number_keys(event.number), *_party_keys(parties))


def _membership(_: str, event: Any) -> tuple[str, ...]:
    return (member_key(event.member),)


def _identifier(_: str, event: Any) -> tuple[str, ...]:
    return (identifier_key(event.scheme, event.value),)


def _attendance(stream: str, event: Any) -> tuple[str, ...]:
    edition = stream.partition("/participations/")[0]
    return (participant_key(event.attendance.participant), participations_key(edition))


_KEYS: dict[type[Message | Redacted], Callable[[str, Any], tuple[str, ...]]] = {
    organisation_pb2.OrganisationIdentifierAdded: _identifier,
    organisation_pb2.OrganisationIdentifierEnded: _identifier,
    cluster_pb2.ClusterIdentifierAdded: _identifier,
    cluster_pb2.ClusterIdentifierEnded: _identifier,
    cluster_pb2.ClusterLegalEntitySet: lambda _, event: _party_keys([event.legal_entity]),
    partnerships.PartnershipPartnerJoined: _membership,
    partnerships.PartnershipPartnerLeft: _membership,
    partnerships.PartnershipRelated: lambda _, event: _party_keys([event.target]),
    edition_pb2.EditionAnnounced: _announced,
    edition_pb2.EditionCancelled: lambda _, event: _number_keys(event.number),
    participations.ParticipationRegistered: _attendance,
    participations.ParticipationAttended: _attendance,
}
"""What gives each event its keys; one that is not here has none."""
