"""Kill -9 under load: nothing acknowledged is lost, nothing doubled, and it starts again."""

import asyncio
import contextlib
import random

import pytest

from registry.v1.event_service_pb2 import StoredEvent
from tests.faults.client import Client
from tests.faults.conftest import Store
from tests.faults.ledger import Ledger, problems_of_ledger, problems_of_log
from tests.faults.load import Load

pytestmark = pytest.mark.faults
WRITERS = 16


async def torment(services, rounds, fault, report) -> tuple[Ledger, list[StoredEvent]]:
    """Run a fault again and again under load; the ledger then, and the log."""
    async with contextlib.AsyncExitStack() as closing:
        clients = [await closing.enter_async_context(Client(s.address)) for s in services]
        load = Load(clients, WRITERS)
        closing.callback(load.abandon)
        in_work = 0
        for _ in range(rounds):
            await load.progress(50)
            await asyncio.sleep(random.uniform(0, 0.1))
            in_work += load.in_work
            await fault()
        await load.progress(50)
        ledger = await load.stop()
        events = await clients[0].replay()
    report(
        f"{rounds} kills, {in_work} commands in work; {len(ledger.acknowledged)} acknowledged,"
        f" {ledger.resent} sent again, {ledger.found_recorded} of them recorded before"
    )
    assert in_work > 0, "nothing was in work at any kill"
    return ledger, events


def assert_sound(ledger: Ledger, events: list[StoredEvent]) -> None:
    assert list(problems_of_log(events)) == []
    assert list(problems_of_ledger(ledger, events)) == []
    assert ledger.open == []


async def test_killed_servers_lose_nothing_acknowledged(store, rounds, report):
    """The same command line starts it again; on PostgreSQL the other process goes on meanwhile."""
    services = store.start_all()

    async def kill() -> None:
        service = random.choice(services)
        service.kill9()
        await asyncio.to_thread(service.start)

    assert_sound(*await torment(services, rounds.kills, kill, report))


async def test_killed_recorders_lose_nothing_acknowledged(store, rounds, report):
    """The service stays up, tells who waited to ask again, and starts another."""
    services = store.start_all()

    async def kill() -> None:
        random.choice(services).kill9_recorder()

    assert_sound(*await torment(services, rounds.kills, kill, report))


async def test_a_killed_postgresql_loses_nothing_acknowledged(
    own_postgres, scratch, rounds, report
):
    """The servers stay up, and go on by themselves when the database is back."""
    with contextlib.closing(Store("postgres", scratch, own_postgres.create_database())) as store:
        services = store.start_all()

        async def kill() -> None:
            await asyncio.to_thread(own_postgres.kill9)
            await asyncio.to_thread(own_postgres.start)

        assert_sound(*await torment(services, max(2, rounds.kills // 2), kill, report))


async def test_without_waiting_for_the_disk_acknowledged_commands_are_lost(
    own_postgres, scratch, report
):
    """Negative control: acknowledged before it is durable, and the same kill loses it."""
    with contextlib.closing(Store("postgres", scratch, own_postgres.create_database())) as store:
        services = store.start_all(program=("-m", "tests.faults.undurable"))

        async def kill() -> None:
            await asyncio.to_thread(own_postgres.kill9)
            await asyncio.to_thread(own_postgres.start)

        ledger, events = await torment(services, 2, kill, report)
    lost = [problem for problem in problems_of_ledger(ledger, events) if "lost: " in problem]
    report(f"{len(lost)} acknowledged commands lost")
    assert lost


async def test_a_server_stopped_in_order_answers_what_it_took(store, report):
    """SIGTERM under load: what is in work is answered, and it ends with exit code 0."""
    services = store.start_all()
    codes = []

    async def stop() -> None:
        codes.append(await asyncio.to_thread(services[0].stop))
        await asyncio.to_thread(services[0].start)

    assert_sound(*await torment(services, 1, stop, report))
    assert codes == [0]
