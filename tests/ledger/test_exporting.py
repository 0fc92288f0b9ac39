"""An export while events are redacted: a bundle that verifies, or a sentence that says why not."""

import asyncio

import click
import pytest
from click.testing import CliRunner

from registry.ledger.verify import TILE_WIDTH, NotChecked, VerifierKey, verify
from registryctl.app import Settings
from registryctl.auditing import asking
from registryctl.auditing.replaying import compare
from registryctl.main import registryctl
from tests.server.conftest import served, settings_for

CLUSTER = "clusters/brno"
NEVER_S = 1e6


@pytest.fixture
async def client(tmp_path):
    """A registry that signs only when it is asked for a position."""
    async with served(settings_for(data=tmp_path / "store", ledger_interval_s=NEVER_S)) as client:
        await client("RegisterCluster", clusterId="brno", name="Brno")
        yield client


async def renamed(client, times):
    """Rename the cluster and retract that; the versions of the renamings, all of them signed."""
    versions = []
    for number in range(times):
        answer = await client("RenameCluster", cluster=CLUSTER, name=f"Number {number}")
        versions.append(answer.recorded.version)
        retracted = {"stream": CLUSTER, "versions": [str(versions[-1])]}
        answer = await client("RetractEvent", **retracted)
    await client("GetCheckpoint", minPosition=answer.recorded.position)
    return versions


async def redact(client, version):
    """Redact one of them; nothing is signed by that."""
    answer = await client(
        "RedactEvent",
        stream=CLUSTER,
        version=str(version),
        approvers=["principals/ada", "principals/ben"],
        options={"reason": "GDPR, article 17"},
    )
    return answer.recorded.position


async def test_what_was_redacted_since_the_last_checkpoint_is_in_the_bundle(client, tmp_path):
    """With the event that says so, which is signed for it."""
    (version,) = await renamed(client, 1)
    position = await redact(client, version)
    (key,) = (await client("ListVerifierKeys")).keys
    export = ["--address", client.address, "audit", "export", str(tmp_path / "bundle")]
    result = await asyncio.to_thread(CliRunner().invoke, registryctl, export)
    assert result.exit_code == 0, result.stderr
    found = verify(tmp_path / "bundle", [VerifierKey.parse(key.key)])
    assert found.checkpoint.size == position
    assert len(found.redacted) == 1


async def test_an_export_that_never_keeps_up_says_so(client, tmp_path):
    """Each time it has begun, one more event is redacted; nothing is left where it should be."""
    for number in range(TILE_WIDTH):  # so that there is a file to be left
        await client("RegisterCluster", clusterId=f"c-{number}", name="C")
    versions = await renamed(client, asking.TRIES)
    loop = asyncio.get_running_loop()

    def redact_another(done, _):
        if not done:
            asyncio.run_coroutine_threadsafe(redact(client, versions.pop()), loop).result(30)

    def export():
        with click.Context(registryctl, obj=Settings(address=client.address)):
            asking.export(tmp_path / "bundle", [], 0, redact_another)

    with pytest.raises(NotChecked, match="redacted while"):
        await asyncio.to_thread(export)
    assert not list((tmp_path / "bundle").iterdir())


async def test_what_is_redacted_when_all_was_sent_still_counts(client, tmp_path):
    """What was signed of the views is of the events that are in the bundle."""
    versions = await renamed(client, 1)
    (key,) = (await client("ListVerifierKeys")).keys
    loop = asyncio.get_running_loop()

    async def redact_and_see():
        position = await redact(client, versions.pop())
        await client("GetStateDigest", position=position)  # of views that were made anew

    def redact_at_the_end(done, size):
        if done == size:
            asyncio.run_coroutine_threadsafe(redact_and_see(), loop).result(30)

    def export():
        with click.Context(registryctl, obj=Settings(address=client.address)):
            asking.export(tmp_path / "bundle", [], 0, redact_at_the_end)

    await asyncio.to_thread(export)
    assert not versions
    keys = [VerifierKey.parse(key.key)]
    size = verify(tmp_path / "bundle", keys).checkpoint.size
    found = await asyncio.to_thread(compare, tmp_path / "bundle", keys)
    assert found.state.position == size
