"""Streams: many commands in, the whole log out."""

import asyncio
import gc

import grpc
import pytest
from google.protobuf.json_format import ParseDict

from registry.events.v1.cluster_pb2 import ClusterRegistered
from registry.events.v1.envelope_pb2 import Envelope
from registry.eventstore.leaf import leaf_hash
from registry.v1.record_service_pb2 import RecordBatchRequest
from tests.server.client import RPCS, Refusal, refusal, request
from tests.server.story import on


def batch(*commands):
    """One message of commands, in proto JSON."""
    return ParseDict({"commands": list(commands)}, RecordBatchRequest())


def registered(name, **options):
    """A command that registers a cluster."""
    return {"registerCluster": {"clusterId": name, "name": name, "options": options}}


async def said(calls, *messages):
    """Send messages at once; all answers."""
    for message in messages:
        await calls.write(message)
    await calls.done_writing()
    return [answer async for answer in calls]


async def test_outcomes_come_in_the_order_of_the_commands(any_client):
    """A message of outcomes for every message; a refused command does not stop the others."""
    first, second = await said(
        any_client.batches(),
        batch(registered("aa"), registered("aa"), registered("b"), {}, registered("cc")),
        batch({"renameCluster": {"cluster": "clusters/cc", "name": "C", "options": on(2010)}}),
    )
    kinds = [outcome.WhichOneof("outcome") for outcome in first.outcomes]
    assert kinds == ["recorded", "error", "error", "error", "recorded"]
    taken, wrong, empty = (Refusal(outcome.error) for outcome in first.outcomes[1:4])
    assert taken.reason == "ALREADY_EXISTS"
    assert (wrong.reason, wrong.fields) == ("INVALID_FIELD", ["cluster_id"])
    assert (empty.reason, empty.fields) == ("INVALID_FIELD", ["command"])
    assert second.outcomes[0].recorded.version == 2


async def test_the_errors_of_a_batch_are_those_of_single_calls(client):
    """Whoever handles the one handles the other."""
    await client("RegisterCluster", clusterId="aa", name="aa")
    single = await refusal(client("RegisterCluster", clusterId="aa", name=""))
    (answer,) = await said(client.batches(), batch({"registerCluster": {"clusterId": "aa"}}))
    in_batch = Refusal(answer.outcomes[0].error)
    assert (in_batch.code, in_batch.message, in_batch.fields) == (
        single.code,
        single.message,
        single.fields,
    )


async def test_the_same_request_id_in_one_message_is_one_command(client):
    """As it is between calls."""
    (answer,) = await said(client.batches(), batch(*[registered("aa", requestId="01a")] * 3))
    assert [o.recorded.repeated_request for o in answer.outcomes] == [False, True, True]


async def test_more_than_500_commands_are_refused(client):
    """The stream ends; what was recorded before stays."""
    calls = client.batches()
    refused = await refusal(said(calls, batch(*[registered("aa")] * 501)))
    assert (refused.code, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["commands"])


async def test_many_messages_may_be_in_flight(client):
    """Whoever waits for no answer gets them all, in order."""
    messages = [batch(*[registered(f"c{n}-{i}") for i in range(100)]) for n in range(8)]
    answers = await said(client.batches(), *messages)
    positions = [o.recorded.position for answer in answers for o in answer.outcomes]
    assert positions == list(range(2, 802))


async def test_replay_sends_the_log_byte_for_byte(any_client):
    """An auditor can check every leaf with what was sent."""
    await any_client("RegisterCluster", clusterId="aa", name="Ážó", options={"reason": "why"})
    answers = await any_client.answers("ReplayEvents")
    assert answers[-1].read_position == 2
    genesis, event = (each for answer in answers for each in answer.events)
    assert (genesis.position, genesis.stream, genesis.version) == (1, "store", 1)
    assert (event.position, event.stream, event.version) == (2, "clusters/aa", 1)
    envelope = Envelope.FromString(event.state)
    assert ClusterRegistered.FromString(envelope.payload).name == "Ážó"
    assert envelope.metadata.reason == "why"
    fields = (event.position, event.stream, event.version, event.topic, event.recorded_at)
    assert event.leaf == leaf_hash(*fields, event.state)


async def filled(client, count):
    """Register so many clusters."""
    await said(client.batches(), batch(*[registered(f"c-{i:03}") for i in range(count)]))


@pytest.mark.parametrize("size", [1, 3, 10, 0])
async def test_a_replay_resumes_after_any_position(client, size):
    """Batches of any size, none twice and none left out."""
    await filled(client, 20)
    for after in (0, 1, 10, 20):
        answers = await client.answers("ReplayEvents", afterPosition=after, batchSize=size)
        positions = [event.position for answer in answers for event in answer.events]
        assert positions == list(range(after + 1, 22))
        assert all(a.read_position == a.events[-1].position for a in answers)
        assert all(len(a.events) <= (size or 500) for a in answers)


async def test_a_replay_has_a_limit(client):
    """No more than asked for."""
    await filled(client, 9)
    answers = await client.answers("ReplayEvents", batchSize=4, limit=6)
    assert [len(answer.events) for answer in answers] == [4, 2]


async def test_a_replay_of_one_stream_leaves_the_others_out(client):
    """And tells up to where it read."""
    await filled(client, 5)
    await client("RenameCluster", cluster="clusters/c-001", name="new", options=on(2010))
    answers = await client.answers("ReplayEvents", stream="clusters/c-001", batchSize=1)
    events = [event for answer in answers for event in answer.events]
    assert [(e.position, e.version) for e in events] == [(3, 1), (7, 2)]
    assert answers[-1].read_position == 7
    answers = await client.answers("ReplayEvents", stream="clusters/none")
    assert [(len(a.events), a.read_position) for a in answers] == [(0, 7)]


async def test_a_replay_from_the_end_sends_nothing_and_beyond_it_is_refused(client):
    """Its end is that of the log when it begins."""
    assert await client.answers("ReplayEvents", afterPosition=1) == []
    refused = await refusal(client.answers("ReplayEvents", afterPosition=2))
    assert (refused.code, refused.reason) == (
        grpc.StatusCode.OUT_OF_RANGE,
        "POSITION_OUT_OF_RANGE",
    )


async def test_a_client_that_goes_away_leaves_nothing_behind(client):
    """Its stream is ended, others go on."""
    before = len(asyncio.all_tasks())
    for _ in range(5):
        calls = client.batches()
        await calls.write(batch(registered("aa")))
        await calls.read()
        calls.cancel()
    await until_tasks_are(before)
    assert (await client("GetCluster", cluster="clusters/aa")).cluster.version == 1


async def test_a_reader_that_goes_away_in_a_replay_leaves_nothing_behind(client, caplog):
    """What was read ahead for it is dropped."""
    # More than the buffers of a connection hold, so that the service waits for the reader.
    await said(client.batches(), batch(*[large(number) for number in range(500)]))
    before = len(asyncio.all_tasks())
    calls = client.channel.unary_stream(
        RPCS["ReplayEvents"].path,
        RPCS["ReplayEvents"].request.SerializeToString,
        RPCS["ReplayEvents"].response.FromString,
    )(request("ReplayEvents", batchSize=1))
    await calls.read()
    await asyncio.sleep(0.1)  # until the service waits for the reader
    calls.cancel()
    await until_tasks_are(before)
    gc.collect()
    assert "pending" not in caplog.text  # a task that was forgotten, not ended


def large(number):
    """A command of more than 2 kB."""
    return registered(f"c-{number}", reason="x" * 2000)


async def until_tasks_are(few):
    """Wait until no more tasks run than before."""
    for _ in range(100):
        if len(asyncio.all_tasks()) <= few:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"still running: {asyncio.all_tasks()}")


async def test_large_events_are_replayed_in_several_messages(client):
    """An auditor gets past every event, however much was written into it."""
    source = {"uri": "https://example.org/" + "x" * 1900, "note": "n" * 1900}
    for number in range(70):
        options = {"provenance": [source] * 30}
        await client("RegisterCluster", cluster_id=f"c{number}", name="x", options=options)
    answers = await client.answers("ReplayEvents")
    assert [e.position for a in answers for e in a.events] == list(range(1, 72))
    assert len(answers) > 1
