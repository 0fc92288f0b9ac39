"""What a resource is and was called, by a day (Borne in search_service.proto)."""

from typing import NamedTuple

from registry.events.v1 import cluster_pb2
from registry.v1 import search_service_pb2 as pb
from tests.interpreter import editions, lives
from tests.interpreter.dates import first_day
from tests.interpreter.words import ident

NAMED = ("clusters", "organisations", "partnerships", "editions")


class Called(NamedTuple):
    """A text, and what it is to the resource."""

    text: str
    borne: pb.Borne.ValueType


def called(facts, kind, day):
    """All that a resource is and was called by a day; its first name at any time."""
    own = [Called(ident(facts.stream), pb.BORNE_ID)]
    if kind == "partnerships":
        return [*own, Called(lives.begun(facts).event.name, pb.BORNE_NAME)]
    if kind == "editions":
        return [*own, Called(editions.announced(facts).name, pb.BORNE_NAME)]
    aliases = facts.listed(day, cluster_pb2.ClusterAliasAdded)
    return [
        *own,
        *names(facts, day),
        *(Called(fact.event.alias, pb.BORNE_ALIAS) for fact in aliases),
        *(Called(fact.event.value, pb.BORNE_IDENTIFIER) for fact in facts.since(day, *lives.ADDED)),
    ]


def names(facts, day):
    """The name on a day, and those before it."""
    present = lives.name_on(facts, day)
    former = [name for name in lives.names(facts) if name != present and first_day(name.at) <= day]
    return [
        Called(present.text, pb.BORNE_NAME),
        *(Called(name.text, pb.BORNE_FORMER_NAME) for name in former),
    ]
