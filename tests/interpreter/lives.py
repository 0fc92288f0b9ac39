"""What clusters, organisations and partnerships have in common: names, existence, identifiers."""

from typing import Any, NamedTuple

from registry.events.v1 import cluster_pb2, organisation_pb2, partnership_pb2
from registry.events.v1.values_pb2 import Effective
from registry.v1.options_pb2 import (
    LIFE_STATE_ENDED,
    LIFE_STATE_LIVE,
    LIFE_STATE_NOT_YET,
    Identifier,
)
from tests.interpreter.dates import first_day, last_day, order
from tests.interpreter.facts import UNKNOWN

BEGUN = (
    organisation_pb2.OrganisationRegistered,
    cluster_pb2.ClusterRegistered,
    partnership_pb2.PartnershipFormed,
)
ENDED = (cluster_pb2.ClusterDissolved, partnership_pb2.PartnershipEnded)
RENAMED = (cluster_pb2.ClusterRenamed, organisation_pb2.OrganisationRenamed)
ADDED = (cluster_pb2.ClusterIdentifierAdded, organisation_pb2.OrganisationIdentifierAdded)
REMOVED = (cluster_pb2.ClusterIdentifierEnded, organisation_pb2.OrganisationIdentifierEnded)


class Name(NamedTuple):
    """A name, from when it holds."""

    text: str
    at: Any
    version: int


def begun(facts):
    """The fact by which it exists."""
    return facts.one(*BEGUN)


def end(facts):
    """Effective date of its end; None while there is none."""
    ended = facts.one(*ENDED)
    return ended.at if ended else None


def life(facts, day):
    """Whether it exists on a day: from the first day of its start through the last of its end."""
    if day < begun(facts).day:
        return LIFE_STATE_NOT_YET
    return LIFE_STATE_LIVE if day <= last_day(end(facts)) else LIFE_STATE_ENDED


def lives(facts, day):
    """Whether it exists on a day."""
    return life(facts, day) == LIFE_STATE_LIVE


def unknown(facts):
    """Whether nobody recorded since when it exists."""
    return begun(facts).at.bound == Effective.BOUND_UNKNOWN


def names(facts):
    """All its names, in the order of their dates; that of its registration may have its own."""
    first = begun(facts)
    stated = first.event.name_effective if first.event.HasField("name_effective") else UNKNOWN
    found = [Name(first.event.name, stated, first.version)]
    found += [Name(fact.event.name, fact.at, fact.version) for fact in facts.of(*RENAMED)]
    return sorted(found, key=lambda name: (order(name.at), name.version))


def name_on(facts, day):
    """Its name on a day; before all of them the first."""
    every = names(facts)
    return [every[0], *(name for name in every if first_day(name.at) <= day)][-1]


def identifiers(facts, day):
    """Identifiers valid on a day, each with its end where one is recorded."""
    ends = {fact.event.added_version: fact.at for fact in facts.of(*REMOVED)}
    return [
        Identifier(
            scheme=fact.event.scheme,
            value=fact.event.value,
            until=ends.get(fact.version),
            added_version=fact.version,
            **{"from": fact.at},
        )
        for fact in facts.listed(day, *ADDED)
        if day <= last_day(ends.get(fact.version))
    ]
