"""Disk faults under a store on SQLite: full, failing, deleted."""

import asyncio
import contextlib
import os
import resource
import shutil
import subprocess

import pytest

from tests.faults import commands
from tests.faults.client import Client
from tests.faults.conftest import Store
from tests.faults.ledger import Ledger, problems_of_ledger, problems_of_log

pytestmark = pytest.mark.faults


async def fill(client: Client, ledger: Ledger, prefix: str) -> list[str]:
    """Record until nothing goes any more; the texts of the refusals."""
    for batch in range(200):
        sent = [commands.register(f"{prefix}-{batch}-{n}", "x" * 250) for n in range(50)]
        answers = await asyncio.gather(*map(client.call, sent))
        for command, answer in zip(sent, answers, strict=True):
            ledger.send(command)
            if answer.recorded is not None:
                ledger.acknowledge(answer.recorded)
        refused = [answer for answer in answers if not answer.ok]
        if refused:
            assert {answer.code for answer in refused} == {"UNAVAILABLE"}, refused
            return [answer.message for answer in refused]
    raise AssertionError("there was room for everything")


async def recover(client: Client, ledger: Ledger) -> None:
    """Send again what was not acknowledged; all of it is taken, and the log is sound."""
    for command in ledger.open:
        answer = await client.call(command)
        assert answer.recorded is not None, answer
        ledger.acknowledge(answer.recorded)
    events = await client.replay()
    assert list(problems_of_log(events)) == []
    assert list(problems_of_ledger(ledger, events)) == []
    await client.caught_up()


@pytest.fixture
def small_disk(scratch):
    """A file system of a few megabytes, with a megabyte that can be freed."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    mount = scratch / "disk"
    mount.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(mount)],
        check=False,
        capture_output=True,
        text=True,
    )
    if made.returncode:
        pytest.skip(f"mounting is not allowed here: {made.stderr.strip()}")
    yield mount
    subprocess.run(["umount", "--lazy", str(mount)], check=False)


async def test_a_full_disk_is_said_and_survived(small_disk, scratch, report):
    """UNAVAILABLE while there is no room; with room again it goes on, and nothing is lost."""
    (small_disk / "ballast").write_bytes(bytes(3 * 1024 * 1024))
    store = Store("sqlite", scratch, None)
    store.data = small_disk / "store"
    ledger = Ledger()
    with contextlib.closing(store):
        service = store.start()
        async with Client(service.address) as client:
            said = await fill(client, ledger, "a")
            kept = len(ledger.acknowledged)
            (small_disk / "ballast").unlink()
            await recover(client, ledger)
    report(f"{kept} acknowledged before {said[0]!r}")
    assert kept > 0
    assert "nothing was recorded" in said[0]


async def test_a_file_that_cannot_grow_is_said_and_survived(sqlite_store, report):
    """The same by a limit on the size of files, which needs no privileges."""
    service, ledger = sqlite_store.start(), Ledger()
    async with Client(service.address) as client:
        for pid in service.family():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (600_000, -1))
        said = await fill(client, ledger, "a")
        kept = len(ledger.acknowledged)
        for pid in service.family():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (-1, -1))
        await recover(client, ledger)
    report(f"{kept} acknowledged before {said[0]!r}")
    assert kept > 0
    assert "nothing was recorded" in said[0]


@pytest.mark.parametrize("fate", ["deleted", "replaced"])
async def test_a_log_that_was_taken_away_takes_no_more_commands(sqlite_store, fate):
    """Nothing is acknowledged into a file that nobody will find again."""
    service, ledger = sqlite_store.start(), Ledger()
    path = sqlite_store.data / "events.db"
    async with Client(service.address) as client:
        command = commands.register("before")
        ledger.send(command)
        ledger.acknowledge((await client.call(command)).recorded)
        path.rename(path.with_suffix(".away"))
        if fate == "replaced":
            shutil.copy(path.with_suffix(".away"), path)
        for number in range(3):
            refused = await client.call(commands.register(f"after-{number}"))
            assert (refused.code, refused.reason) == ("UNAVAILABLE", "STORE_UNAVAILABLE"), refused
            assert "deleted or replaced" in refused.message
        path.with_suffix(".away").replace(path)
        assert (await client.call(commands.register("put-back"))).ok
