"""The service and the process that records for it: kills, stops, and what callers are told."""

import asyncio
import os
import signal
import threading

import grpc
import pytest

from tests.postgres import alive, wait_until
from tests.server.client import Client, refusal, request
from tests.server.conftest import served, settings_for
from tests.server.test_projector import children, directory, start, the_child

pytestmark = pytest.mark.faults

__all__ = ["directory", "start"]


@pytest.fixture
async def client(tmp_path):
    """A client of a registry whose commands another process records."""
    async with served(settings_for(data=tmp_path / "store", recorder="process")) as connected:
        yield connected


def register(client, name, **options):
    """Register a cluster."""
    return client("RegisterCluster", clusterId=name, name="Demo", options=options)


async def until_it_records(client, name):
    """Register a cluster once somebody records again."""
    for _ in range(200):
        try:
            return await register(client, name)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
            await asyncio.sleep(0.05)
    raise AssertionError("nobody records")


async def test_what_was_acknowledged_is_read(client):
    """A Get without min_position sees every command that was answered, by whomever."""
    for number in range(20):
        answer = await register(client, f"c-{number}")
        found = await client("GetCluster", cluster=f"clusters/c-{number}")
        assert found.cluster == answer.cluster
        assert found.read_position == answer.recorded.position


async def test_refusals_come_through_with_their_details(client):
    """Bad fields, rules and missing resources are told as if there were one process."""
    bad = await refusal(register(client, "Not An Id"))
    assert (bad.code, bad.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["cluster_id"])
    missing = await refusal(client("RenameCluster", cluster="clusters/none", name="X"))
    assert missing.code is grpc.StatusCode.NOT_FOUND
    assert missing.ResourceInfo.resource_name == "clusters/none"
    garbage = client.channel.unary_unary("/registry.v1.ClusterService/RegisterCluster")
    refused = await refusal(garbage(b"\xff\xff"))
    assert refused.fields == ["request"]


async def test_commands_in_bulk_are_recorded_there_too(client):
    """Outcomes in the order of the commands, refusals among them."""
    stream = client.batches()
    commands = [{"registerCluster": {"clusterId": f"b-{n // 2}", "name": "B"}} for n in range(100)]
    await stream.write(request("RecordBatch", commands=commands))
    await stream.done_writing()
    (answer,) = [each async for each in stream]
    assert [outcome.WhichOneof("outcome") for outcome in answer.outcomes] == [
        "recorded",
        "error",
    ] * 50


async def test_a_killed_recorder_is_replaced(client):
    """Who waits is told to ask again by the same id, which is then recorded once."""
    await register(client, "before")
    os.kill(client.built.recorder.child, signal.SIGSTOP)
    waiting = asyncio.ensure_future(register(client, "c-1", requestId="mine"))
    await asyncio.sleep(0.1)
    os.kill(client.built.recorder.child, signal.SIGKILL)
    unknown = await refusal(waiting)
    assert (unknown.code, unknown.reason) == (grpc.StatusCode.UNAVAILABLE, "OUTCOME_UNKNOWN")
    assert unknown.ErrorInfo.metadata["request_id"] == "mine"
    await until_it_records(client, "after")
    answer = await register(client, "c-1", requestId="mine")
    again = await register(client, "c-1", requestId="mine")
    assert again.recorded.repeated_request
    assert again.recorded.position == answer.recorded.position


async def test_a_stop_finishes_what_was_sent(tmp_path):
    """Every command in work when the service stops is answered or refused, and kept if answered."""
    settings = settings_for(data=tmp_path / "store", recorder="process")
    async with served(settings) as client:
        sent = [asyncio.ensure_future(register(client, f"c-{number}")) for number in range(300)]
        await asyncio.sleep(0.02)
        await client.server.drain(5.0)
        outcomes = await asyncio.gather(*sent, return_exceptions=True)
    async with served(settings, create=False) as client:
        for number, outcome in enumerate(outcomes):
            if not isinstance(outcome, grpc.aio.AioRpcError):
                await client("GetCluster", cluster=f"clusters/c-{number}")
            else:
                # gRPC itself cancels what came too late to be begun.
                assert outcome.code().name in {"UNAVAILABLE", "CANCELLED"}


async def test_a_killed_service_that_nobody_noticed_does_not_own_its_store(start):
    """Its recorder, which still ends, has the lock; the next service waits for that."""
    program = start()
    async with Client(program.ready["address"]) as client:
        await register(client, "c-1")
    recorder = the_child(program, "record")
    os.kill(recorder, signal.SIGSTOP)
    program.process.kill()  # and is not waited for
    threading.Timer(1.0, os.kill, (recorder, signal.SIGCONT)).start()
    async with Client(start().ready["address"]) as client:
        await client("GetCluster", cluster="clusters/c-1")
        await register(client, "c-2")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_its_recorder_ends_with_a_service(start, how):
    """However the service ends, the next one on the store finds nobody else writing."""
    program = start()
    child = the_child(program, "record")
    async with Client(program.ready["address"]) as client:
        await register(client, "c-1")
    program.stop(how)
    again = start()
    wait_until(lambda: not alive(child), "the recorder to end")
    assert len(children(again)) == 2
    async with Client(again.ready["address"]) as client:
        await client("GetCluster", cluster="clusters/c-1")
        await register(client, "c-2")
