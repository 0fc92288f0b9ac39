"""References to other resources, and parties that may be one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.domain import ids, kinds
from registry.errors import InvalidField, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registry.domain.kinds import Body
    from registry.domain.world import World
    from registry.events.v1 import values_pb2


def require(world: World, name: str, field: str, allowed: tuple[str, ...] = ids.PARTIES) -> Body:
    """State of the resource a field names.

    Raises:
        InvalidField: where the name is none, or not of an allowed kind.
        NotFound: where it is not registered.
    """
    ids.check_name(name, allowed, field)
    body = world.load(kinds.body_of(name), name)
    if not body.registered:
        raise NotFound(name)
    return body


def check_party(
    world: World,
    party: values_pb2.Party,
    field: str,
    allowed: tuple[str, ...] = ids.PARTIES,
) -> None:
    """Refuse a party that says nothing or names a resource that is not there.

    Raises:
        InvalidField: naming the field.
        NotFound: naming the resource.
    """
    if party.resource:
        require(world, party.resource, f"{field}.resource", allowed)
    elif not party.as_stated:
        raise InvalidField(field, "must have a resource, or the words of the source, or both")


def check_parties(world: World, parties: Iterable[values_pb2.Party], field: str) -> None:
    """Refuse a list with a party that says nothing or names a resource that is not there."""
    for number, party in enumerate(parties):
        check_party(world, party, f"{field}[{number}]")
