"""One request id sent many times at once: one event, one answer."""

import asyncio
import contextlib

import pytest

from tests.faults import commands
from tests.faults.client import Client
from tests.faults.ledger import problems_of_log

pytestmark = pytest.mark.faults
CALLS, CHANNELS = 50, 5


@pytest.fixture
async def clients(store):
    """Several channels, spread over all servers of a store."""
    services = store.start_all()
    async with contextlib.AsyncExitStack() as closing:
        yield [
            await closing.enter_async_context(Client(services[n % len(services)].address))
            for n in range(CHANNELS)
        ]


def spread(clients, command):
    return (clients[n % len(clients)].call(command) for n in range(CALLS))


async def test_fifty_at_once_are_one_event_and_one_answer(clients, report):
    """All are told the same place; all but one that they repeat."""
    for number in range(10):
        command = commands.register(f"c-{number}")
        answers = await asyncio.gather(*spread(clients, command))
        assert {answer.code for answer in answers} == {"OK"}, answers
        recorded = [answer.recorded for answer in answers]
        assert len({(r.position, r.version, str(r.events)) for r in recorded}) == 1
        assert sorted(r.repeated_request for r in recorded) == [False] + [True] * (CALLS - 1)
    events = await clients[0].replay()
    assert len(events) == 1 + 10
    assert list(problems_of_log(events)) == []
    report(f"10 times {CALLS} calls over {CHANNELS} channels")


async def test_many_at_once_of_one_command_that_records_nothing(clients):
    """A satisfied command keeps its id too."""
    assert (await clients[0].call(commands.register("xx"))).ok
    assert (await clients[0].call(commands.rename("xx", "Name"))).ok
    same = commands.rename("xx", "Name")
    answers = await asyncio.gather(*spread(clients, same))
    recorded = [answer.recorded for answer in answers]
    assert all(recorded), answers
    assert {len(each.events) for each in recorded} == {0}
    assert len({each.position for each in recorded}) == 1
    assert [each.repeated_request for each in recorded].count(False) == 1


async def test_another_body_under_the_same_id_is_invalid(clients):
    """At the same time or later, whoever comes second is refused, and nothing of it recorded."""
    for number in range(10):
        one = commands.register(f"one-{number}")
        other = commands.register(f"other-{number}", request_id=commands.request_id_of(one))
        answers = await asyncio.gather(clients[0].call(one), clients[1].call(other))
        assert sorted((a.code, a.reason) for a in answers) == [
            ("INVALID_ARGUMENT", "REQUEST_ID_REUSED"),
            ("OK", ""),
        ], answers
        loser = other if answers[0].ok else one
        assert (await clients[2].call(loser)).reason == "REQUEST_ID_REUSED"
    assert len(await clients[0].replay()) == 1 + 10
