"""The writer: many commands, one batch, and every caller gets the right answer."""

import asyncio
import threading

import pytest

from registry.application import Registry
from registry.domain.cluster import Cluster
from registry.domain.keys import identifier_key
from registry.domain.world import Decision, World
from registry.errors import (
    AlreadyExists,
    Draining,
    NotFound,
    PositionOutOfRange,
    RuleRefused,
    StoreUnavailable,
    VersionMismatch,
)
from registry.events.v1 import cluster_pb2, store_pb2
from registry.eventstore.stamping import now_us
from registry.eventstore.store import Store
from registry.eventstore.ticket import Answer
from registry.v1.event_service_pb2 import RetractEventRequest
from tests.eventstore.places import PATIENCE_S, Place
from tests.eventstore.requests import (
    X,
    ask,
    check_log,
    dissolve,
    handle,
    held,
    identify,
    in_one_batch,
    outcome,
    register,
    rename,
    renamed,
    send,
)

ID = "0198d8a0-0000-7000-8000-000000000001"


# --- answers ---------------------------------------------------------------------------------


def test_an_answer_says_what_was_recorded(registry: Registry):
    """Position, version, events, id and state; a read at the position sees it."""
    ask(registry, register())
    answer = ask(registry, rename("Y", request_id=ID))
    (ref,) = answer.events
    assert ref[:4] == (X, 2, "registry.events.v1.ClusterRenamed", 3)
    assert ref.event == cluster_pb2.ClusterRenamed(name="Y")
    assert (answer.stream, answer.position, answer.version) == (X, 3, 2)
    assert (answer.repeated, answer.request_id) == (False, ID)
    read = registry.get(Cluster, X)
    assert read == (answer.state, 2, 3)
    assert registry.head() == 3


def test_the_past_can_be_read_by_position(registry: Registry):
    """A read up to a position sees what was recorded by then; beyond the end it is refused."""
    ask(registry, register())
    ask(registry, rename("Y"))
    assert registry.get(Cluster, X, upto=1).state == Cluster.new(X)
    assert registry.get(Cluster, X, upto=2).version == 1
    assert registry.get_many(Cluster, [X, "clusters/none"])["clusters/none"].version == 0
    with pytest.raises(PositionOutOfRange):
        registry.get(Cluster, X, upto=4)


def test_an_id_is_made_where_the_request_has_none(registry: Registry):
    """The answer names it, and the same request with it is the same request."""
    request = register(cluster_id="")
    answer = ask(registry, request)
    request.options.request_id = answer.request_id
    again = ask(registry, request)
    assert again.repeated
    assert again.stream == answer.stream
    assert again.position == answer.position


async def test_a_ticket_is_awaited_on_its_loop(registry: Registry):
    """Servicers wait without a thread; a refusal is raised there."""
    loop_tickets = [send(registry, register()), send(registry, rename("Y"))]
    answers = await asyncio.wait_for(asyncio.gather(*loop_tickets), PATIENCE_S)
    assert [answer.position for answer in answers] == [2, 3]
    with pytest.raises(AlreadyExists):
        await send(registry, register())


def test_a_caller_who_went_away_does_not_matter(registry: Registry):
    """A cancelled ticket, or a loop that is closed, leaves the others' answers alone."""

    async def go_away() -> None:
        send(registry, rename("Z"))
        task = asyncio.ensure_future(send(registry, rename("A")))
        await asyncio.sleep(0)
        task.cancel()

    ask(registry, register())
    with held(registry):
        asyncio.run(go_away())
        mine = send(registry, rename("Y"))
    assert mine.result(PATIENCE_S).version == 4


# --- one batch -------------------------------------------------------------------------------


def test_later_commands_see_earlier_ones(registry: Registry):
    """Within a batch each command is decided on what those before it will record."""
    first, second, third, fourth = in_one_batch(
        registry, register(), rename("Y"), register(), rename("Y")
    )
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert (first.position, first.version, second.position, second.version) == (2, 1, 3, 2)
    assert isinstance(third, AlreadyExists)
    assert isinstance(fourth, Answer)
    assert (fourth.events, fourth.version, fourth.position) == ((), 2, 3)


def test_a_refused_command_does_not_touch_the_others(registry: Registry):
    """Its neighbours in the batch are recorded as if it had not been there."""
    outcomes = in_one_batch(
        registry,
        rename("too early"),
        register(),
        dissolve("1990"),
        rename("Y"),
        rename("Z", "2011"),
    )
    kinds = [type(one) for one in outcomes]
    assert kinds == [NotFound, Answer, RuleRefused, Answer, Answer]
    assert registry.get(Cluster, X).version == 3


def test_an_unexpected_exception_fails_only_its_command(registry: Registry):
    """A bug in one decision is that caller's error; nothing of the command is recorded."""

    def bug(_: Cluster, __: World) -> list[Decision]:
        raise ZeroDivisionError

    ask(registry, register())
    with held(registry):
        tickets = [
            send(registry, rename("Y")),
            handle(registry, bug),
            send(registry, rename("Z", "2011")),
        ]
    first, second, third = map(outcome, tickets)
    assert isinstance(second, ZeroDivisionError)
    assert isinstance(first, Answer)
    assert isinstance(third, Answer)
    assert third.version == 3


@pytest.mark.parametrize(
    "bad",
    [
        Decision("nothing/of-the-kind", cluster_pb2.ClusterRenamed(), None),
        Decision(X, store_pb2.EventRetracted(version=99), None),
        Decision("organisations/o1", cluster_pb2.ClusterRenamed(), None),
    ],
    ids=["no stream", "nothing to retract", "wrong stream"],
)
def test_a_command_is_recorded_whole_or_not_at_all(registry: Registry, bad: Decision):
    """Where a later event of a command cannot be recorded, its earlier ones are not either."""
    ask(registry, register())
    with held(registry):
        broken = handle(registry, lambda _, __: [renamed(X, "half"), bad], request_id=ID)
        after = send(registry, rename("Y"))
    assert isinstance(outcome(broken), Exception)
    assert after.result(PATIENCE_S).version == 2
    assert registry.recorded_log.find_commands([ID]) == {}
    assert registry.get(Cluster, X).state.name.entries[-1].value == "Y"


def test_retractions_see_pending_events(registry: Registry):
    """An event can be retracted in the batch that records it; its keys are retracted with it."""
    ask(registry, register())
    retract = RetractEventRequest(stream=X, versions=[2])
    outcomes = in_one_batch(registry, rename("Y"), retract, rename("Y"))
    assert [type(one) for one in outcomes] == [Answer] * 3
    versions = [one.version for one in outcomes if isinstance(one, Answer)]
    assert versions == [2, 3, 4]
    assert registry.get(Cluster, X).version == 4


def test_a_retraction_is_found_by_the_keys_of_what_it_retracts(registry: Registry):
    """Whoever decided by such a key, and did not see it, decides anew."""
    ask(registry, register())
    ask(registry, identify("7LTWFZYICNSX8D621K86"))
    answer = ask(registry, RetractEventRequest(stream=X, versions=[2]))
    found = registry.recorded_log.streams_of_key(identifier_key("lei", "7LTWFZYICNSX8D621K86"))
    assert found == (answer.position, (X,))


# --- options ---------------------------------------------------------------------------------


def test_validate_only_records_nothing(registry: Registry, place: Place):
    """It answers what would be recorded, and its id stays free."""
    ask(registry, register())
    answer = ask(registry, rename("Y", request_id=ID, validate_only=True))
    (ref,) = answer.events
    assert ref[:4] == (X, 0, "registry.events.v1.ClusterRenamed", 0)
    assert (answer.position, answer.version) == (2, 1)
    assert registry.head() == 2
    assert ID not in {row[0] for row in place.rows("SELECT id FROM commands")}
    assert not ask(registry, rename("Y", request_id=ID)).repeated


def test_validate_only_is_refused_as_the_command_is(registry: Registry):
    with pytest.raises(NotFound):
        ask(registry, rename("Y", validate_only=True))


def test_validate_only_is_not_seen_by_others_of_its_batch(registry: Registry):
    trial, real = in_one_batch(registry, register(validate_only=True), register())
    assert isinstance(trial, Answer)
    assert isinstance(real, Answer)
    assert (trial.events[0].position, real.events[0].position) == (0, 2)


def test_an_expected_version_is_held_to(registry: Registry):
    """The command is refused where the stream is at another version, by events of its batch too."""
    ask(registry, register())
    with pytest.raises(VersionMismatch, match="at version 1, not 2"):
        ask(registry, rename("Y", expected_version=2))
    first, second = in_one_batch(
        registry, rename("Y", expected_version=1), rename("Z", "2011", expected_version=1)
    )
    assert isinstance(first, Answer)
    assert isinstance(second, VersionMismatch)


# --- the cache -------------------------------------------------------------------------------


def test_after_a_failure_nothing_is_remembered(place: Place):
    """What could not be recorded is not "recorded already" when it is sent again."""
    place.store().close()
    times = [now_us()]
    registry = Registry(Store(place.log(clock=lambda: times[0])))
    ask(registry, register())
    times[0] -= 60_000_000
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="clock"):
            ask(registry, rename("Y", request_id=ID))
    times[0] += 60_000_000
    assert registry.get(Cluster, X).version == 1
    answer = ask(registry, rename("Y", request_id=ID))
    assert (answer.version, answer.repeated, len(answer.events)) == (2, False, 1)
    registry.close()
    check_log(place)


def test_states_follow_retractions(registry: Registry):
    """A retracted event is gone from the states that commands and reads have kept."""
    ask(registry, register())
    ask(registry, rename("Y"))
    assert registry.get(Cluster, X).state.name.entries[-1].value == "Y"
    ask(registry, RetractEventRequest(stream=X, versions=[2]))
    assert registry.get(Cluster, X).state.name.entries[-1].value == "X"
    answer = ask(registry, rename("Y"))
    assert len(answer.events) == 1


# --- stopping --------------------------------------------------------------------------------


def test_closing_finishes_what_waits(registry: Registry):
    """Commands that wait are answered, later ones are refused with a reason to come back."""
    closing = threading.Thread(target=registry.close)
    with held(registry):
        tickets = [send(registry, register(f"x{number}")) for number in range(600)]
        closing.start()
        writer = registry._writer
        while writer is not None and not writer.intake.closing:
            threading.Event().wait(0.001)
        with pytest.raises(Draining):
            send(registry, register("late"))
    closing.join(PATIENCE_S)
    assert [ticket.result(0).position for ticket in tickets] == list(range(2, 602))


def test_the_commit_is_told_once_for_each_batch(place: Place):
    """Views are woken after a batch is recorded, and can read it then."""
    heads = []
    store = place.store()
    registry = Registry(store, on_commit=lambda _: heads.append(store.log.head().position))
    in_one_batch(registry, register(), rename("Y"))
    registry.close()
    assert heads[-1] == 3
    assert len(heads) == 2
