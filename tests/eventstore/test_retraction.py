"""Retraction across streams, as it is recorded: one command, whole or not at all."""

import pytest

from registry.application import Registry
from registry.domain.cluster import Cluster
from registry.domain.fold import live
from registry.domain.partnership import Partnership
from registry.domain.world import Recorded
from registry.errors import NotFound, RuleRefused, VersionMismatch
from registry.events.v1.partnership_pb2 import PARTNER_ROLE_PARTNER, PartnershipPartnerJoined
from registry.events.v1.store_pb2 import EventRetracted
from registry.eventstore.ticket import Answer
from registry.v1.event_service_pb2 import RetractEventRequest
from registry.v1.partnership_service_pb2 import FormPartnershipRequest, JoinPartnershipRequest
from tests.eventstore.places import Place
from tests.eventstore.requests import (
    X,
    ask,
    check_log,
    identify,
    in_one_batch,
    options,
    outcome,
    register,
    rename,
    send,
)
from tests.eventstore.test_races import ROUNDS, racers

__all__ = ["racers"]
ID = "01990000-0000-7000-8000-000000000001"
P, Q = "partnerships/p1", "partnerships/q1"


def form(partnership_id: str) -> FormPartnershipRequest:
    """Form a partnership."""
    return FormPartnershipRequest(options=options("2009"), partnership_id=partnership_id, name="P")  # type: ignore[arg-type]


def join(partnership: str, member: str = X) -> JoinPartnershipRequest:
    """Let a cluster join a partnership."""
    return JoinPartnershipRequest(
        options=options("2012"),  # type: ignore[arg-type]
        partnership=partnership,
        member=member,
        role=PARTNER_ROLE_PARTNER,
    )


def retract(stream: str = X, **fields: object) -> RetractEventRequest:
    """Retract the first event of a stream, and what rests on it."""
    given = {"versions": [1], "with_dependants": True, **fields}
    return RetractEventRequest(stream=stream, **given)  # type: ignore[arg-type]


@pytest.fixture
def member(registry: Registry) -> Registry:
    """The registry with a cluster that has a name more, and is in two partnerships."""
    for request in (register(), rename("Y"), form("p1"), form("q1"), join(P), join(Q)):
        ask(registry, request)
    return registry


def test_events_of_several_streams_go_in_one_command(member: Registry, place: Place):
    """One id, one reason and one group; the version answered is that of the stream named."""
    answer = ask(member, retract(options={"request_id": ID, "reason": "another cluster"}))
    # The last event of each stream is its retraction.
    assert {(ref.stream, ref.version) for ref in answer.events} == {(P, 3), (Q, 3), (X, 3), (X, 4)}
    assert (answer.stream, answer.version) == (X, 4)
    opened = check_log(place)[-4:]
    assert [event.position for event in opened] == [ref.position for ref in answer.events]
    assert {event.metadata.command_id for event in opened} == {ID}
    assert {event.metadata.reason for event in opened} == {"another cluster"}
    assert not member.get(Cluster, X).state.registered
    assert not list(member.get(Partnership, P).state.members)
    again = ask(member, retract(options={"request_id": ID, "reason": "another cluster"}))
    assert again.repeated
    assert [ref[:4] for ref in again.events] == [ref[:4] for ref in answer.events]


def test_one_sees_beforehand_what_would_go(member: Registry):
    """The answer has a retraction for each event, and nothing is recorded."""
    head = member.head()
    answer = ask(member, retract(options={"validate_only": True}))
    events = [(ref.stream, ref.event.version) for ref in answer.events if ref.event]  # type: ignore[attr-defined]
    assert events[-1] == (X, 1)
    assert set(events) == {(P, 2), (Q, 2), (X, 2), (X, 1)}
    assert member.head() == head


def test_what_is_refused_is_refused_whole(member: Registry):
    """Where one of the events cannot go, and where the stream is not at the version expected."""
    head = member.head()
    for request, error in (
        (retract(with_dependants=False, others=[f"{P}@2", f"{X}@2"]), RuleRefused),
        (retract(others=[f"{P}@9"]), NotFound),
        (retract(options={"expected_version": 1}), VersionMismatch),
    ):
        assert isinstance(outcome(send(member, request)), error)
    assert member.head() == head
    expected = {"expected_version": 2}
    assert ask(member, retract(options=expected, with_dependants=False, versions=[2])).events


def test_pending_events_of_a_batch_go_too(registry: Registry):
    """What is recorded in the same transaction rests on what was there before it."""
    ask(registry, register())
    lei = "7LTWFZYICNSX8D621K86"
    batch = in_one_batch(registry, form("p1"), join(P), identify(lei), retract(), register())
    assert [type(one) for one in batch] == [Answer] * 5
    retracted = batch[3]
    assert isinstance(retracted, Answer)
    assert [(ref.stream, ref.version) for ref in retracted.events] == [(P, 3), (X, 3), (X, 4)]
    assert registry.get(Cluster, X).state.registered


@pytest.mark.parametrize("with_dependants", [True, False])
def test_nobody_joins_what_is_retracted(
    racers: tuple[Registry, Registry],
    place: Place,
    *,
    with_dependants: bool,
):
    """A membership that is recorded meanwhile goes with the cluster, or keeps it, or is refused."""
    for number in range(ROUNDS):
        for request in (register(f"x{number}"), form(f"p{number}")):
            ask(racers[0], request)
    for number in range(ROUNDS):
        cluster = f"clusters/x{number}"
        pair = (
            retract(cluster, with_dependants=with_dependants),
            join(f"partnerships/p{number}", cluster),
        )
        order = (0, 1) if number % 2 else (1, 0)
        for answer in map(outcome, [send(racers[which], pair[which]) for which in order]):
            assert isinstance(answer, (Answer, NotFound, RuleRefused))
    check_references(place)


def check_references(place: Place) -> None:
    """Every membership that counts is of a cluster that is registered."""
    logs: dict[str, list[Recorded]] = {}
    for opened in check_log(place):
        logs.setdefault(opened.recorded.stream, []).append(opened.recorded)
    registered = {stream for stream, log in logs.items() if live(log)}
    joined = [r for log in logs.values() for r in live(log)]
    members = {r.event.member for r in joined if isinstance(r.event, PartnershipPartnerJoined)}
    assert members <= registered
    assert any(isinstance(r.event, EventRetracted) for log in logs.values() for r in log)
