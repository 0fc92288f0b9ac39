"""From the state of a stream to its resource as of a day: writes, Get and List answer alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from registry.domain.cluster import Cluster
from registry.domain.edition import Edition
from registry.domain.effective import FOREVER
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

    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
    from google.protobuf.message import Message

    from registry.domain.effective import Effective
    from registry.domain.identifiers import Identifier
    from registry.domain.life import Life
    from registry.domain.membership_rules import Membership
    from registry.domain.spans import Span, Spans
    from registry.domain.timeline import Entry
    from registry.domain.values import Location

    R = TypeVar("R", bound=Message)


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


def fill(into: Message, of: Versioned, day: int) -> None:
    """Fill the resource of any state; its message is empty yet.

    In place and field by field: a message is copied where it is given to another, and a
    constructor looks up each of its arguments.
    """
    _FILL[type(of.state)](into, of, day)


def fill_all(into: RepeatedCompositeFieldContainer[R], of: Iterable[Versioned], day: int) -> None:
    """Add the resources of many states."""
    for each in of:
        fill(into.add(), each, day)


def _organisation(into: organisation_service_pb2.Organisation, of: Versioned, day: int) -> None:
    state: Organisation = of.state
    into.organisation = state.stream
    _name(into, state, day)
    into.country = state.country
    into.kind_as_stated = state.kind_as_stated
    _effective(into, "established", state.established)
    into.life = _life(state.life_on(day))
    _identifiers(into, state.identifiers, day)
    into.version = of.version


def _cluster(into: cluster_service_pb2.Cluster, of: Versioned, day: int) -> None:
    state: Cluster = of.state
    into.cluster = state.stream
    _name(into, state, day)
    into.country = state.country
    _effective(into, "established", state.established)
    into.established_meaning = state.established_meaning
    _effective(into, "dissolved", state.dissolved)
    into.life = _life(state.life_on(day))
    for alias in state.aliases:
        if alias.first_day <= day:
            into.aliases.append(alias.what)
            into.aliases_since.append(alias.start.to_proto())
    if legal_entity := state.legal_entity.entry_on(day):
        into.legal_entity.CopyFrom(legal_entity.value.to_proto())
        _effective(into, "legal_entity_since", legal_entity.at)
    if location := state.location.entry_on(day):
        _location(into.location, location)
    if tags := state.ecosystems.entry_on(day):
        into.ecosystems.extend(tag.to_proto() for tag in tags.value)
        _effective(into, "ecosystems_since", tags.at)
    _identifiers(into, state.identifiers, day)
    into.version = of.version


def _partnership(into: partnership_service_pb2.Partnership, of: Versioned, day: int) -> None:
    state: Partnership = of.state
    _same_fields(into, state.terms)
    into.partnership = state.stream
    _effective(into, "formed", state.formed)
    _effective(into, "activated", state.activated)
    _effective(into, "ended", state.ended)
    into.life = _life(state.life_on(day))
    into.coordinator = state.coordinator_on(day) or ""
    for span in state.members_on(day):
        fill_membership(into.members.add(), state, span, day)
    for relation in state.relations:
        if relation.first_day <= day:
            into.relations.add(
                relation=relation.what.relation,
                target=relation.what.target.to_proto(),
                relation_as_stated=relation.what.relation_as_stated,
                since=relation.start.to_proto(),
            )
    if change := state.coordinator_change_on(day):
        into.coordinator_change.member = change.value
        _effective(into.coordinator_change, "since", change.at)
    into.version = of.version


def fill_membership(
    into: partnership_service_pb2.Membership, state: Partnership, span: Span[Membership], day: int
) -> None:
    """Fill one membership as of a day, or of its last one where that was earlier."""
    day = min(day, span.last_day, FOREVER if state.ended is None else state.ended.last_day)
    into.partnership = state.stream
    into.member = span.what.member
    into.role = state.role_on(span, day)
    into.role_as_stated = span.what.role_as_stated
    _effective(into, "joined", span.start)
    _effective(into, "left", span.end)
    into.joined_version = span.version
    into.joined_role = span.what.role


def _edition(into: edition_service_pb2.Edition, of: Versioned, day: int) -> None:
    state: Edition = of.state
    _same_fields(into, state.terms)
    into.edition = state.stream
    into.ClearField("dates")
    if dates := state.dates.entry_on_or_first(day):
        into.dates.CopyFrom(dates.value.to_proto())
        _effective(into, "dates_since", dates.at)
    _effective(into, "announced", state.announced)
    standing = state.state_on(day)
    into.state = cast("edition_service_pb2.EditionState.ValueType", int(standing))
    _effective(into, "state_since", state.since(standing))
    into.version = of.version


def _participation(into: participation_service_pb2.Participation, of: Versioned, day: int) -> None:
    state: Participation = of.state
    into.participation = state.stream
    into.edition = state.edition
    into.participant = state.who.participant
    into.classification_version = state.who.classification_version
    into.roles.extend(state.who.roles)
    into.roles_as_stated = state.who.roles_as_stated
    into.kind_as_stated = state.who.kind_as_stated
    if status := state.status_on(day):
        into.status = _status(status.value)
        _effective(into, "status_since", status.at)
    if registered := state.registration_on(day):
        _effective(into, "registered", registered.at)
    into.version = of.version


def _status(status: int) -> participation_service_pb2.ParticipationStatus.ValueType:
    return cast("participation_service_pb2.ParticipationStatus.ValueType", status)


def _same_fields(into: Message, event: Message) -> None:
    """Fill the fields of an event that its resource has under the same names."""
    # Their numbers differ, so the one cannot be read as the other.
    for field, value in event.ListFields():
        if field.is_repeated or field.message_type is not None:
            getattr(into, field.name).MergeFrom(value)
        else:
            setattr(into, field.name, value)


def _name(into: Any, state: Cluster | Organisation, day: int) -> None:
    if name := state.name.entry_on_or_first(day):
        into.name = name.value
        _effective(into, "name_since", name.at)


def _location(into: cluster_service_pb2.Location, entry: Entry[Location]) -> None:
    location = entry.value
    into.regions.extend(region.to_proto() for region in location.regions)
    into.region_as_stated = location.region_as_stated
    into.basis_as_stated = location.basis_as_stated
    _effective(into, "since", entry.at)


def _identifiers(into: Any, identifiers: Spans[Identifier], day: int) -> None:
    if not identifiers.spans:
        return
    for span in identifiers.live_on(day):
        identifier = into.identifiers.add(
            scheme=span.what.scheme, value=span.what.value, added_version=span.version
        )
        _effective(identifier, "from", span.start)
        _effective(identifier, "until", span.end)


def _effective(into: Message, field: str, at: Effective | None) -> None:
    if at is not None:
        getattr(into, field).CopyFrom(at.to_proto())


def _life(life: Life) -> options_pb2.LifeState.ValueType:
    return cast("options_pb2.LifeState.ValueType", int(life))


_FILL: dict[type[Any], Callable[[Any, Versioned, int], None]] = {
    Organisation: _organisation,
    Cluster: _cluster,
    Partnership: _partnership,
    Edition: _edition,
    Participation: _participation,
}
