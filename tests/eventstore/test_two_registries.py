"""Two processes on one PostgreSQL: each sees what the other recorded, and loses to it rightly."""

from collections.abc import Iterator

import pytest

from registry.application import Registry
from registry.domain.cluster import Cluster
from registry.domain.effective import Effective
from registry.domain.world import Decision, World
from registry.errors import (
    NotFound,
)
from registry.eventstore.ticket import Answer, Ticket
from registry.v1.event_service_pb2 import RetractEventRequest
from tests.eventstore.places import PATIENCE_S, PostgresPlace
from tests.eventstore.requests import (
    X,
    ask,
    check_log,
    handle,
    held,
    outcome,
    register,
    rename,
    renamed,
    send,
)
from tests.postgres import wait_until


@pytest.fixture
def place(postgres_url: str) -> Iterator[PostgresPlace]:
    """An empty database."""
    place = PostgresPlace(postgres_url)
    with place.closing:
        yield place


@pytest.fixture
def two(place: PostgresPlace) -> Iterator[tuple[Registry, Registry]]:
    """Two registries on one PostgreSQL."""
    registries = Registry(place.store()), Registry(place.store())
    yield registries
    for registry in registries:
        registry.close()
    check_log(place)


def test_each_sees_what_the_other_recorded(two: tuple[Registry, Registry]):
    """Cached states are brought up to date before a command is decided, and before a read."""
    one, other = two
    ask(one, register())
    ask(other, rename("Y"))
    assert one.get(Cluster, X).version == 2
    assert ask(one, rename("Y")).events == ()
    ask(one, RetractEventRequest(stream=X, versions=[2]))
    assert other.get(Cluster, X).state.name.entries[-1].value == "X"
    assert len(ask(other, rename("Y")).events) == 1
    assert one.get(Cluster, X).version == 4


def test_a_losing_command_is_decided_anew(two: tuple[Registry, Registry]):
    """Decided on a state that another process changed, it is decided again on the new one."""
    one, other = two
    ask(one, register())
    seen: list[str] = []

    def decide(cluster: Cluster, _: World) -> list[Decision]:
        seen.append(cluster.name.entries[-1].value)
        if len(seen) == 1:
            ask(other, rename("by the other"))
        return cluster.rename(f"after {seen[-1]}", Effective.on("2011"))

    answer = handle(one, decide).result(PATIENCE_S)
    assert seen == ["X", "by the other"]
    assert answer.version == 3
    assert one.get(Cluster, X).state.name.entries[-1].value == "after by the other"


def test_a_command_that_always_loses_locks_the_log(
    two: tuple[Registry, Registry], place: PostgresPlace
):
    """After a few rounds it is decided under the lock: nobody can be faster for ever."""
    one, other = two
    ask(one, register())
    rounds: list[Ticket[Answer]] = []
    faster: list[bool] = []

    def decide(cluster: Cluster, _: World) -> list[Decision]:
        number = len(rounds)
        rounds.append(send(other, rename(f"other {number}", f"20{11 + number}")))
        wait_until(lambda: recorded(number) or place.somebody_waits(), "the other one")
        faster.append(recorded(number))
        return cluster.rename("mine", Effective.on("2010"))

    def recorded(number: int) -> bool:
        return other.recorded_log.head().position > number + 2

    answer = handle(one, decide).result(PATIENCE_S)
    assert faster == [True, True, True, False]
    assert answer.version == 5
    assert rounds[-1].result(PATIENCE_S).version == 6


def test_a_refused_command_does_not_make_others_lose(two: tuple[Registry, Registry]):
    """What only a refused command read may change without the batch being decided anew."""
    one, other = two
    ask(one, register())
    decided: list[str] = []

    def refuse(_: Cluster, world: World) -> list[Decision]:
        world.load(Cluster, X)
        raise NotFound("clusters/none")

    def decide(_: Cluster, __: World) -> list[Decision]:
        ask(other, rename(f"by the other {len(decided)}"))
        decided.append("once")
        return [renamed("clusters/y1", "Y")]

    with held(one):
        refused = handle(one, refuse, "clusters/none")
        accepted = handle(one, decide, "clusters/y1")
    assert isinstance(outcome(refused), NotFound)
    assert accepted.result(PATIENCE_S).version == 1
    assert decided == ["once"]


def test_who_was_not_there_before_is_noticed(two: tuple[Registry, Registry]):
    """A refusal rests on a state at least as new as the log was when the command came."""
    one, other = two
    with pytest.raises(NotFound):
        ask(one, rename("Y"))
    ask(other, register())
    assert ask(one, rename("Y")).version == 2


def test_one_request_at_two_processes(two: tuple[Registry, Registry]):
    """Sent to both at once, it is recorded once."""
    for number in range(30):
        request = register(f"x{number}", request_id=f"id-{number}")
        tickets = [send(registry, request) for registry in two]
        answers = [ticket.result(PATIENCE_S) for ticket in tickets]
        assert sorted(answer.repeated for answer in answers) == [False, True]
        assert answers[0].position == answers[1].position == number + 2
