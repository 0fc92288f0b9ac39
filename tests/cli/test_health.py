"""Health at the command line: whether the service is ready, and whether it signs."""

import asyncio
import json

from click.testing import CliRunner

from registry.ledger.home import Home
from registryctl.main import registryctl
from tests.postgres import wait_until
from tests.server.conftest import served, settings_for


async def asked(client, *options):
    """What `registryctl health` says of a service: its exit code, its answer and its warning."""
    words = ["--address", client.address, "-o", "ndjson", "health", *options]
    result = await asyncio.to_thread(CliRunner().invoke, registryctl, words)
    *_, answer = result.stdout.splitlines()  # the service logs there too, in this process
    return result.exit_code, json.loads(answer), result.stderr


def test_health_says_that_what_is_recorded_is_signed(service):
    """Whether it lives is asked for by itself."""
    assert service.json("health")["signing"] == "SIGNING"
    assert not service.run("health").stderr
    assert "signing" not in service.json("health", "--live")


async def test_health_warns_where_no_ledger_is_kept(postgres_url):
    """The service is ready, as it serves; the warning says what to do, also with --quiet."""
    async with served(settings_for(database_url=postgres_url)) as client:
        code, answer, said = await asked(client, "--quiet")
        assert (code, answer["status"], answer["signing"]) == (0, "SERVING", "NOT_KEPT")
        assert said.startswith("warning: no ledger is kept")
        assert "--ledger DIR" in said
        _, answer, said = await asked(client, "--live")
        assert ("signing" in answer, said) == (False, "")


async def test_health_warns_where_the_ledger_refuses(tmp_path):
    """A log that is not the one that was signed: why, and what to do."""
    settings = settings_for(data=tmp_path / "store")
    async with served(settings) as client:
        await client("GetCheckpoint", minPosition=1)
    home = Home(tmp_path / "store/ledger")
    home.add(home.sign(home.newest().checkpoint._replace(size=6), 0))
    async with served(settings, create=False) as client:
        ledger = client.built.ledger
        await asyncio.to_thread(wait_until, lambda: ledger.refusal, "the ledger to refuse")
        code, answer, said = await asked(client)
        assert (code, answer["status"], answer["signing"]) == (0, "SERVING", "REFUSED")
        assert said.startswith("warning: nothing more is signed: ")
        assert "the log ends at position 1, but position 6 was signed" in said
        assert "registry ledger begin" in said
