"""The service and the process that follows the log for it: signals, kills, and without it."""

import os
import signal
from pathlib import Path

import pytest

from tests.postgres import alive, wait_until
from tests.server.client import Client
from tests.server.program import Program

pytestmark = pytest.mark.faults


@pytest.fixture
def directory(tmp_path):
    """Where a service may be started."""
    return tmp_path


@pytest.fixture
def start(directory):
    """Start a service on one store; it is ended after the test whatever happens."""
    started = []

    def start(*options):
        (directory / "ready.json").unlink(missing_ok=True)
        created = [] if started else ["--create"]
        started.append(Program(directory, "--data", str(directory / "store"), *created, *options))
        return started[-1]

    yield start
    for program in started:
        program.process.kill()
        program.process.wait()


def children(program):
    """Process ids of the children, whichever thread started them (Linux)."""
    tasks = Path(f"/proc/{program.process.pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def the_child(program, does="project"):
    """Process id of the child that follows the log, or of the one that records."""
    (child,) = (pid for pid in children(program) if does in arguments(pid))
    return child


def arguments(pid):
    """Command line of a process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")


async def registered(client, name):
    """Register a cluster and see it listed; how many are."""
    answer = await client("RegisterCluster", clusterId=name, name="Demo")
    page = await client("ListClusters", options={"minPosition": answer.recorded.position})
    return len(page.clusters)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_to_all_of_its_processes_is_an_orderly_stop(start, how):
    """As a service manager or a terminal sends it: exit code 0, and no child is left."""
    program = start()
    child = the_child(program)
    async with Client(program.ready["address"]) as client:
        assert await registered(client, "c-1") == 1
        os.kill(child, how)
        assert await registered(client, "c-2") == 2
    assert the_child(program) == child
    os.kill(child, how)
    assert program.stop(how) == 0
    assert not alive(child)
    assert [line["level"] for line in program.lines() if line["level"] != "info"] == []


async def test_a_killed_child_is_replaced(start):
    """Reads of what was recorded meanwhile wait for the next one."""
    program = start()
    async with Client(program.ready["address"]) as client:
        for number in range(3):
            child = the_child(program)
            os.kill(child, signal.SIGKILL)
            assert await registered(client, f"c-{number}") == number + 1
            assert the_child(program) != child
        (view,) = (await client("ListViews")).views
        assert not view.parked
        assert view.parked_reason == ""
    assert program.stop() == 0


async def test_the_child_of_a_killed_service_ends(start):
    """And the next service on the store goes on where it was."""
    program = start()
    child = the_child(program)
    async with Client(program.ready["address"]) as client:
        assert await registered(client, "c-1") == 1
    program.stop(signal.SIGKILL)
    again = start()
    wait_until(lambda: not alive(child), "the child to end")
    async with Client(again.ready["address"]) as client:
        assert await registered(client, "c-2") == 2


async def test_a_service_can_do_without_a_child(start):
    """It follows the log itself."""
    program = start("--projector", "thread", "--recorder", "thread")
    assert children(program) == []
    async with Client(program.ready["address"]) as client:
        assert await registered(client, "c-1") == 1
    assert program.stop() == 0
