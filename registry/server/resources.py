"""From the state of a stream to its resource as of a day: writes, Get and List answer alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from registry.domain.cluster import Cluster
from registry.domain.edition import Edition
from registry.domain.organisation import Organisation
from registry.domain.participation import Participation
from registry.domain.partnership import Partnership
from registry.v1 import (
    cluster_service_pb2,
    edition_service_pb2,
    options_pb2,
    organisation_service_pb2,
    participation_service_pb2,
    partnership_service_pb2,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from google.protobuf.message import Message

    from registry.domain.effective import Effective
    from registry.domain.identifiers import Identifier
    from registry.domain.life import Life
    from registry.domain.membership_rules import Membership
    from registry.domain.spans import Span
    from registry.domain.values import Location
    from registry.events.v1 import values_pb2


class Versioned(Protocol):
    """A state with the version of its stream: what a read and an answer both have."""

    @property
    def state(self) -> Any:
        """The aggregate."""
        ...

    @property
    def version(self) -> int:
        """Version of its stream."""
        ...


def resource_of(of: Versioned, day: int) -> Message:
    """Answer the resource of any state."""
    return _RESOURCES[type(of.state)](of, day)


def organisation(of: Versioned, day: int) -> organisation_service_pb2.Organisation:
    """An organisation as of a day."""
    state: Organisation = of.state
    return organisation_service_pb2.Organisation(
        organisation=state.stream,
        name=state.name.on_or_first(day) or "",
        country=state.country,
        kind_as_stated=state.kind_as_stated,
        established=_effective(state.established),
        life=_life(state.life_on(day)),
        identifiers=_identifiers(state.identifiers.live_on(day)),
        version=of.version,
    )


def cluster(of: Versioned, day: int) -> cluster_service_pb2.Cluster:
    """A cluster as of a day."""
    state: Cluster = of.state
    legal_entity = state.legal_entity.on(day)
    return cluster_service_pb2.Cluster(
        cluster=state.stream,
        name=state.name.on_or_first(day) or "",
        aliases=[span.what for span in state.aliases if span.first_day <= day],
        country=state.country,
        established=_effective(state.established),
        established_meaning=state.established_meaning,
        dissolved=_effective(state.dissolved),
        life=_life(state.life_on(day)),
        legal_entity=legal_entity.to_proto() if legal_entity else None,
        location=_location(state.location.on(day)),
        ecosystems=[tag.to_proto() for tag in state.ecosystems.on(day) or ()],
        identifiers=_identifiers(state.identifiers.live_on(day)),
        version=of.version,
    )


def partnership(of: Versioned, day: int) -> partnership_service_pb2.Partnership:
    """A partnership as of a day, with the members it has then."""
    state: Partnership = of.state
    return partnership_service_pb2.Partnership(
        partnership=state.stream,
        **_same_fields(state.terms),
        formed=_effective(state.formed),
        activated=_effective(state.activated),
        ended=_effective(state.ended),
        life=_life(state.life_on(day)),
        coordinator=state.coordinator_on(day),
        members=[membership(state, span, day) for span in state.members_on(day)],
        relations=[
            partnership_service_pb2.PartnershipRelation(
                relation=span.what.relation,
                target=span.what.target.to_proto(),
                relation_as_stated=span.what.relation_as_stated,
            )
            for span in state.relations
            if span.first_day <= day
        ],
        version=of.version,
    )


def membership(
    state: Partnership, span: Span[Membership], day: int
) -> partnership_service_pb2.Membership:
    """One membership as of a day."""
    return partnership_service_pb2.Membership(
        partnership=state.stream,
        member=span.what.member,
        role=state.role_on(span, day),
        role_as_stated=span.what.role_as_stated,
        joined=_effective(span.start),
        left=_effective(span.end),
        joined_version=span.version,
    )


def edition(of: Versioned, day: int) -> edition_service_pb2.Edition:
    """An edition as of a day."""
    state: Edition = of.state
    dates = state.dates_on(day)
    terms = _same_fields(state.terms) | {"dates": dates.to_proto() if dates else None}
    return edition_service_pb2.Edition(
        edition=state.stream,
        **terms,
        state=cast("edition_service_pb2.EditionState.ValueType", int(state.state_on(day))),
        version=of.version,
    )


def participation(of: Versioned, day: int) -> participation_service_pb2.Participation:
    """A participation as of a day."""
    state: Participation = of.state
    status = state.status_on(day)
    return participation_service_pb2.Participation(
        participation=state.stream,
        edition=state.edition,
        participant=state.who.participant,
        classification_version=state.who.classification_version,
        roles=state.who.roles,
        roles_as_stated=state.who.roles_as_stated,
        kind_as_stated=state.who.kind_as_stated,
        status=_status(status.value if status else 0),
        status_since=_effective(status.at) if status else None,
        version=of.version,
    )


def _status(status: int) -> participation_service_pb2.ParticipationStatus.ValueType:
    return cast("participation_service_pb2.ParticipationStatus.ValueType", status)


def _same_fields(message: Message) -> dict[str, Any]:
    """Fields of an event that its resource has under the same names."""
    return {field.name: getattr(message, field.name) for field in message.DESCRIPTOR.fields}


def _location(location: Location | None) -> cluster_service_pb2.Location | None:
    if location is None:
        return None
    return cluster_service_pb2.Location(
        regions=[region.to_proto() for region in location.regions],
        region_as_stated=location.region_as_stated,
        basis_as_stated=location.basis_as_stated,
    )


def _identifiers(spans: Iterable[Span[Identifier]]) -> list[options_pb2.Identifier]:
    return [_identifier(span) for span in spans]


def _identifier(span: Span[Identifier]) -> options_pb2.Identifier:
    identifier = options_pb2.Identifier(
        scheme=span.what.scheme,
        value=span.what.value,
        until=_effective(span.end),
        added_version=span.version,
    )
    getattr(identifier, "from").CopyFrom(span.start.to_proto())  # a keyword of Python
    return identifier


def _effective(at: Effective | None) -> values_pb2.Effective | None:
    return None if at is None else at.to_proto()


def _life(life: Life) -> options_pb2.LifeState.ValueType:
    return cast("options_pb2.LifeState.ValueType", int(life))


_RESOURCES: dict[type[Any], Callable[[Versioned, int], Message]] = {
    Organisation: organisation,
    Cluster: cluster,
    Partnership: partnership,
    Edition: edition,
    Participation: participation,
}
