"""Request ids: a request that is sent again is answered again, and recorded once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from registry.application import Registry
from registry.errors import (
    NotFound,
    RequestIdReused,
)
from registry.eventstore.ticket import Answer
from tests.eventstore.places import PATIENCE_S, Place
from tests.eventstore.requests import (
    X,
    ask,
    in_one_batch,
    outcome,
    register,
    rename,
    send,
)

ID = "0198d8a0-0000-7000-8000-000000000001"


def test_equal_ids_in_one_batch_share_one_answer(registry: Registry):
    """The same request twice at once is recorded once; the second is told so."""
    first, second = in_one_batch(registry, register(request_id=ID), register(request_id=ID))
    assert isinstance(first, Answer)
    assert second == first._replace(repeated=True)
    assert registry.head() == 2


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "later"])
def test_an_id_is_not_used_for_another_request(registry: Registry, together: bool):  # noqa: FBT001
    """Also where the other request would be refused, or is another's."""
    requests = [register(request_id=ID), register("x2", request_id=ID)]
    outcomes = (
        in_one_batch(registry, *requests)
        if together
        else [outcome(send(registry, request)) for request in requests]
    )
    assert isinstance(outcomes[0], Answer)
    assert isinstance(outcomes[1], RequestIdReused)
    assert registry.head() == 2


def test_one_request_from_fifty_threads(registry: Registry):
    """One event, one answer; all but one are told that it was answered before."""
    start = threading.Barrier(50)

    def one() -> Answer:
        start.wait(PATIENCE_S)
        return ask(registry, register(request_id=ID))

    with ThreadPoolExecutor(50) as pool:
        answers = [done.result(PATIENCE_S) for done in [pool.submit(one) for _ in range(50)]]
    assert registry.head() == 2
    assert {(a.stream, a.position, a.version, a.request_id) for a in answers} == {(X, 2, 1, ID)}
    assert {tuple(ref[:4] for ref in a.events) for a in answers} == {
        ((X, 1, "registry.events.v1.ClusterRegistered", 2),)
    }
    assert sorted(a.repeated for a in answers) == [False] + [True] * 49


def test_an_id_is_known_for_ever(registry: Registry, place: Place):
    """After a restart the answer is rebuilt from what was recorded then."""
    answer = ask(registry, register(request_id=ID))
    ask(registry, rename("Y"))
    registry.close()
    registry.store.close()
    again = Registry(place.store())
    repeated = ask(again, register(request_id=ID))
    again.close()
    assert repeated.repeated
    assert [ref[:4] for ref in repeated.events] == [ref[:4] for ref in answer.events]
    assert repeated[:3] == answer[:3]
    assert repeated.state.name.entries[-1].value == "Y"


def test_a_refusal_keeps_no_id(registry: Registry):
    """The same request can be sent again when the reason of its refusal is gone."""
    request = rename("Y", request_id=ID)
    with pytest.raises(NotFound):
        ask(registry, request)
    ask(registry, register())
    assert not ask(registry, request).repeated


def test_a_satisfied_command_keeps_its_id(registry: Registry):
    """Where the fact was recorded already, nothing is recorded but the id."""
    ask(registry, register())
    ask(registry, rename("Y"))
    answer = ask(registry, rename("Y", request_id=ID))
    assert (answer.events, answer.repeated, answer.version, answer.position) == ((), False, 2, 3)
    ask(registry, rename("Z", "2011"))
    again = ask(registry, rename("Y", request_id=ID))
    assert (again.events, again.repeated, again.position) == ((), True, 3)
    with pytest.raises(RequestIdReused):
        ask(registry, rename("Z", request_id=ID))
