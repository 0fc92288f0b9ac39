"""Races that only one may win; on PostgreSQL between the registries of two processes."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.message import Message

from registry.application import Registry
from registry.errors import AlreadyExists, RegistryError, RuleRefused
from registry.events.v1.partnership_pb2 import PARTNER_ROLE_PARTNER
from registry.eventstore.ticket import Answer
from registry.v1.cluster_service_pb2 import AddClusterIdentifierRequest, DissolveClusterRequest
from registry.v1.edition_service_pb2 import AnnounceEditionRequest
from registry.v1.partnership_service_pb2 import FormPartnershipRequest, JoinPartnershipRequest
from tests.eventstore.places import PATIENCE_S, Place, SQLitePlace
from tests.eventstore.requests import check_log, options, outcome, register, send

ROUNDS = 50
"""The long version of these races runs with the fault tests."""


@pytest.fixture
def racers(place: Place) -> Iterator[tuple[Registry, Registry]]:
    """Two registries on one store; on SQLite, which one process owns, one twice."""
    one = Registry(place.store())
    other = one if isinstance(place, SQLitePlace) else Registry(place.store())
    yield one, other
    one.close()
    other.close()
    check_log(place)


class Dissolving:
    """A cluster is dissolved while it joins a partnership."""

    refusals = (RuleRefused,)

    @staticmethod
    def prepare(number: int) -> list[Message]:
        """Register the cluster and form the partnership."""
        dated: Any = options("2015")
        form = FormPartnershipRequest(options=dated, partnership_id=f"p{number}", name="P")
        return [register(f"x{number}"), form]

    @staticmethod
    def race(number: int) -> tuple[Message, Message]:
        """Dissolve it by 2020; let it join in 2021."""
        ends: Any = options("2020")
        joins: Any = options("2021")
        member = f"clusters/x{number}"
        return (
            DissolveClusterRequest(options=ends, cluster=member),
            JoinPartnershipRequest(
                options=joins,
                partnership=f"partnerships/p{number}",
                member=member,
                role=PARTNER_ROLE_PARTNER,
            ),
        )


class Numbering:
    """Two editions want one number."""

    refusals = (RuleRefused, AlreadyExists)

    @staticmethod
    def prepare(_: int) -> list[Message]:
        """Nothing has to be there."""
        return []

    @staticmethod
    def race(number: int) -> tuple[Message, Message]:
        """Announce two editions."""

        def announce(edition_id: str) -> Message:
            dated: Any = options("2020")
            dates: Any = {"start": {"year": 2021}}
            return AnnounceEditionRequest(
                options=dated, edition_id=edition_id, number=number + 1, name="E", dates=dates
            )

        return announce(f"a{number}"), announce(f"b{number}")


class Registering:
    """Two clusters want one id."""

    refusals = (AlreadyExists,)

    @staticmethod
    def prepare(_: int) -> list[Message]:
        """Nothing has to be there."""
        return []

    @staticmethod
    def race(number: int) -> tuple[Message, Message]:
        """Register both."""
        return register(f"x{number}", "one"), register(f"x{number}", "other")


class Identifying:
    """Two clusters want one identifier of a scheme whose identifiers are unique."""

    refusals = (RuleRefused,)

    @staticmethod
    def prepare(number: int) -> list[Message]:
        """Register both clusters."""
        return [register(f"a{number}"), register(f"b{number}")]

    @staticmethod
    def race(number: int) -> tuple[Message, Message]:
        """Add the identifier to each."""

        def add(cluster: str) -> Message:
            dated: Any = options("2010")
            return AddClusterIdentifierRequest(
                options=dated, cluster=cluster, scheme="wikidata", value=f"Q{number + 1}"
            )

        return add(f"clusters/a{number}"), add(f"clusters/b{number}")


@pytest.mark.parametrize("kind", [Dissolving, Numbering, Registering, Identifying])
def test_only_one_wins(racers: tuple[Registry, Registry], kind: Any):
    """In every round one command is recorded and the other is refused by the rule."""
    prepared = [
        send(racers[0], request) for number in range(ROUNDS) for request in kind.prepare(number)
    ]
    assert [outcome(ticket) for ticket in prepared if not ticket.result(PATIENCE_S).events] == []
    for number in range(ROUNDS):
        pair = kind.race(number)
        order = (0, 1) if number % 2 else (1, 0)
        tickets = [(send(racers[which], pair[which])) for which in order]
        won = [one for one in map(outcome, tickets) if isinstance(one, Answer)]
        lost = [one for one in map(outcome, tickets) if isinstance(one, RegistryError)]
        assert (len(won), len(lost)) == (1, 1)
        assert isinstance(lost[0], kind.refusals)
