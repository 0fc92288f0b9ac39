"""Connections cut around COMMIT, a database that does not answer, a frozen writer."""

import asyncio
import contextlib
import time

import pytest

from registry.v1.record_service_pb2 import Command
from tests.faults import commands, proxy
from tests.faults.client import Client, Outcome
from tests.faults.ledger import Ledger, problems_of_ledger, problems_of_log
from tests.faults.proxy import Link, Proxy

pytestmark = pytest.mark.faults
CUTS = {
    "before": proxy.cut_before,
    "at": proxy.cut_at,
    "after": proxy.cut_after,
    "late": proxy.cut_late,
}
UNKNOWN = ("UNAVAILABLE", "OUTCOME_UNKNOWN")
NOTHING_RECORDED = ("UNAVAILABLE", "STORE_UNAVAILABLE")


@pytest.fixture
async def tampered(postgres_server, postgres_store):
    """A proxy, and a client of a server that reaches PostgreSQL through it."""
    async with Proxy(postgres_server.port, writers_only=True) as between:
        url = between.url(postgres_store.url)
        service = await asyncio.to_thread(postgres_store.start, url=url)
        async with Client(service.address) as client:
            yield between, client
            service.close()


async def tell_the_truth(client: Client, ledger: Ledger, command: Command, first: Outcome) -> str:
    """Check the first answer, ask again with the same id, and enter both into the ledger."""
    ledger.send(command)
    again = await client.call(command)
    assert again.recorded is not None, again
    if first.recorded is not None:
        assert not first.recorded.repeated_request
        assert again.recorded.repeated_request
        assert again.recorded.events == first.recorded.events
    else:
        assert (first.code, first.reason) in (UNKNOWN, NOTHING_RECORDED), first
        if first.reason == "STORE_UNAVAILABLE":
            assert not again.recorded.repeated_request, "said nothing was recorded; it was"
    ledger.acknowledge(again.recorded)
    return first.reason or first.code


async def verdict(client: Client, ledger: Ledger) -> list[str]:
    """What is wrong with the log, and with it beside the ledger."""
    events = await client.replay()
    return [*problems_of_log(events), *problems_of_ledger(ledger, events)]


@pytest.mark.parametrize("where", CUTS)
async def test_a_connection_cut_around_commit_is_resolved(tampered, rounds, report, where):
    """The command is answered as recorded once, or as unknown; never as a false conflict."""
    between, client = tampered
    ledger, told = Ledger(), []
    for number in range(rounds.cuts):
        command = commands.register(f"c-{number}")
        between.arm(CUTS[where])
        first = await client.call(command)
        await between.has_struck()
        told.append(await tell_the_truth(client, ledger, command, first))
    assert await verdict(client, ledger) == []
    report(f"{len(told)} cuts, answered {sorted(set(told))}")


@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_batch_cut_around_commit_tells_first_from_repeated(tampered, where):
    """Of many calls with one id one is the first, also where the answer to COMMIT was lost."""
    between, client = tampered
    known = commands.register("known")
    assert (await client.call(known)).ok
    command = commands.register("cc")
    between.arm(CUTS[where])
    calls = [command] * 20 + [known] * 5
    answers = await asyncio.gather(*map(client.call, calls))
    await between.has_struck()
    recorded = [answer.recorded for answer in answers]
    assert all(recorded), answers
    assert sorted(each.repeated_request for each in recorded[:20]) == [False] + [True] * 19
    assert len({each.position for each in recorded[:20]}) == 1
    assert all(each.repeated_request for each in recorded[20:])


async def test_a_database_that_does_not_answer_for_a_while(tampered, report):
    """Every waiting command is answered within bounds, truly, and the service goes on."""
    between, client = tampered

    async def black_hole(link: Link, message: bytes) -> None:
        link.silent = True
        link.forward(message)

    between.arm(black_hole)
    ledger, started = Ledger(), time.monotonic()
    sent = [commands.register(f"c-{number}") for number in range(8)]
    answers = await asyncio.gather(*(client.call(command) for command in sent))
    took = time.monotonic() - started
    await between.has_struck()
    told = [await tell_the_truth(client, ledger, *each) for each in zip(sent, answers, strict=True)]
    assert await verdict(client, ledger) == []
    report(f"answered {sorted(set(told))} after {took:.1f} s")
    assert took < 18, "answered by the client's own deadline"


async def test_a_frozen_writer_does_not_hold_up_the_others(postgres_server, postgres_store, report):
    """Frozen while it holds the lock of the head, it loses it; thawed, it tells the truth."""
    async with (
        Proxy(postgres_server.port, writers_only=True) as between,
        contextlib.AsyncExitStack() as closing,
    ):
        frozen = await asyncio.to_thread(postgres_store.start, url=between.url(postgres_store.url))
        other = await asyncio.to_thread(postgres_store.start)
        stuck = await closing.enter_async_context(Client(frozen.address))
        free = await closing.enter_async_context(Client(other.address))

        async def freeze(link: Link, message: bytes) -> None:
            frozen.freeze()
            holds.set()
            await thawed.wait()
            with contextlib.suppress(ConnectionError):
                link.forward(message)

        holds, thawed, ledger = asyncio.Event(), asyncio.Event(), Ledger()
        between.arm(freeze)
        held = commands.register("held")
        first = asyncio.create_task(stuck.call(held))
        await asyncio.wait_for(holds.wait(), 10)
        started = time.monotonic()
        answer = await free.call(commands.register("free"))
        waited = time.monotonic() - started
        frozen.thaw()
        thawed.set()
        told = await tell_the_truth(stuck, ledger, held, await first)
        frozen.close()
        report(f"the other waited {waited:.1f} s; the frozen one answered {told}")
    assert answer.ok, answer
    assert 1.0 < waited < 4.0, "it did not wait for the lock, or too long"
