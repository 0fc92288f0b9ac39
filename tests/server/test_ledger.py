"""What was signed and proofs, over gRPC: checked as somebody does who has only these."""

import asyncio
import time
from hashlib import sha256

import grpc
import pytest

from registry.ledger.home import NEWEST
from registry.ledger.proofs import Proof, State, command_line, continues
from registry.ledger.verify import (
    COMMANDS_HEADER,
    NotChecked,
    VerifierKey,
    commands_text,
    entry,
    open_checkpoint,
    open_note,
)
from registry.projections.tables import VIEW_VERSION
from tests.server.client import refusal
from tests.server.conftest import AS_BY_DEFAULT, IN_ONE_PROCESS, served, settings_for


async def registered(client, *names):
    """Register clusters; the last position."""
    for name in names:
        answer = await client("RegisterCluster", clusterId=name, name=name)
    return answer.recorded.position


async def trusted(client):
    """Keys of the service, as an auditor noted them once."""
    answer = await client("ListVerifierKeys")
    assert all(each.signs for each in answer.keys)
    return [VerifierKey.parse(each.key) for each in answer.keys]


def entry_of(event):
    """What is hashed of an event, from what was sent of it."""
    digest = sha256(event.state).digest()
    place = (event.position, event.stream, event.version, event.topic, event.recorded_at)
    return entry(*place, digest)


async def test_a_checkpoint_is_signed_and_waits_for_a_position(any_client):
    """It says the log's name, its size and its root."""
    keys = await trusted(any_client)
    position = await registered(any_client, "aa", "bb")
    answer = await any_client("GetCheckpoint", minPosition=position)
    checkpoint = open_checkpoint(answer.checkpoint.note, keys)
    assert checkpoint.size == answer.checkpoint.size == position
    assert checkpoint.root == answer.checkpoint.root
    assert checkpoint.origin == keys[0].name
    assert not answer.refusal
    assert answer.checkpoint.signed_at.seconds > 1_700_000_000


async def test_every_event_is_proven_from_what_is_sent(any_client):
    """The proof is of the event that comes with it, by its bytes."""
    keys = await trusted(any_client)
    position = await registered(any_client, "aa", "bb", "cc")
    for number in range(1, position + 1):
        answer = await any_client("GetInclusionProof", position=number)
        assert answer.event.position == number
        proven, checkpoint = Proof.parse(answer.proof).check(keys)
        assert entry(*proven) == entry_of(answer.event)
        assert checkpoint.size >= number


async def test_the_log_continues_what_was_kept(any_client):
    """Every checkpoint that was ever signed."""
    keys = await trusted(any_client)
    for names in (["aa"], ["bb", "cc"], ["dd"]):
        await any_client("GetCheckpoint", minPosition=await registered(any_client, *names))
    batches = await any_client.answers("ListCheckpoints")
    kept = [open_checkpoint(each.note, keys) for batch in batches for each in batch.checkpoints]
    assert kept[-1].size == 5
    assert [each.size for each in kept] == sorted({each.size for each in kept})
    for old in kept:
        answer = await any_client("GetConsistencyProof", oldSize=old.size)
        new = open_checkpoint(answer.checkpoint.note, keys)
        assert continues(old.root, old.size, new.root, new.size, answer.hashes)


@pytest.mark.parametrize(
    ("rpc", "fields"),
    [
        ("GetCheckpoint", {"minPosition": 99}),
        ("GetInclusionProof", {"position": 99}),
        ("GetConsistencyProof", {"oldSize": 99}),
    ],
)
async def test_a_position_that_is_not_there_is_out_of_range(client, rpc, fields):
    """It is not waited for."""
    refused = await refusal(client(rpc, **fields))
    assert refused.code is grpc.StatusCode.OUT_OF_RANGE
    assert refused.ErrorInfo.metadata["head"] == "1"


async def test_commands_are_sent_where_nothing_is_signed(postgres_url):
    """Without a signature."""
    async with served(settings_for(database_url=postgres_url)) as client:
        table, note = await commands_sent(client, await registered(client, "aa"))
    assert (table.count(b"\n"), note) == (2, "")


async def test_a_service_without_a_ledger_says_so(postgres_url):
    """And how to have one."""
    async with served(settings_for(database_url=postgres_url)) as client:
        for rpc, fields in (("GetCheckpoint", {}), ("ListVerifierKeys", {})):
            refused = await refusal(client(rpc, **fields))
            assert refused.reason == "NOT_SIGNED"
            assert "--ledger" in refused.message


async def test_a_ledger_on_postgres(postgres_url, tmp_path):
    """Where it is said to be; another service of the same database hears of it."""
    place = settings_for(database_url=postgres_url, ledger=tmp_path / "ledger")
    async with served(place) as one, served(place, create=False) as other:
        position = await registered(one, "aa")
        signed = await one("GetCheckpoint", minPosition=position)
        heard = await other("GetCheckpoint", minPosition=position)
        assert heard.checkpoint.note == signed.checkpoint.note
        proof = await other("GetInclusionProof", position=position)
        proven, _ = Proof.parse(proof.proof).check(await trusted(other))
        assert proven.position == position


# -- receipts --------------------------------------------------------------------------


async def test_a_command_answers_receipts_where_they_are_asked_for(any_client):
    """One for each of its events, each believed without the service."""
    keys = await trusted(any_client)
    name = {"clusterId": "with-receipt", "name": "H"}
    answer = await any_client("RegisterCluster", **name, options={"receipt": True})
    (event,) = answer.recorded.events
    (receipt,) = answer.recorded.receipts
    assert answer.cluster.cluster == "clusters/with-receipt"
    proven, checkpoint = Proof.parse(receipt.proof).check(keys)
    assert f"{proven.stream}@{proven.version}" == event.event
    assert proven.position == receipt.position == event.position <= checkpoint.size
    cluster = "clusters/with-receipt"
    await any_client("RegisterOrganisation", organisationId="org", name="O")
    legal = {"asStated": "O", "resource": "organisations/org"}
    answer = await any_client(
        "SetClusterLegalEntity", cluster=cluster, legalEntity=legal, options={"receipt": True}
    )
    assert [each.position for each in answer.recorded.receipts] == [
        each.position for each in answer.recorded.events
    ]


@pytest.mark.parametrize("options", [{}, {"receipt": True, "validateOnly": True}])
async def test_no_receipt_of_what_was_not_asked_or_not_recorded(client, options):
    """Whatever letters are in the request."""
    answer = await client("RegisterCluster", clusterId="hhh", name="HHH H", options=options)
    assert not answer.recorded.receipts


async def test_a_command_is_recorded_also_where_nothing_signs(postgres_url):
    """Its receipt is left out."""
    async with served(settings_for(database_url=postgres_url)) as client:
        answer = await client(
            "RegisterCluster", clusterId="aa", name="A", options={"receipt": True}
        )
        assert answer.recorded.position == 2
        assert not answer.recorded.receipts


# -- the views -------------------------------------------------------------------------


async def test_nothing_is_said_of_a_log_that_is_not_the_signed_one(tmp_path):
    """Neither of its views nor of its commands, while nothing is signed."""
    async with served(settings_for(data=tmp_path / "store")) as client:
        position = await registered(client, "aa")
        await client("GetCheckpoint", minPosition=position)
        (tmp_path / "store/ledger" / NEWEST).write_text("another")
        while not (await client("GetCheckpoint")).refusal:
            position = await registered(client, f"c-{position}")
            await asyncio.sleep(0.05)
        refused = await refusal(client("GetStateDigest"))
        assert refused.reason == "NOT_SIGNED"
        _, note = await commands_sent(client, position)
        assert not note


async def commands_sent(client, upto):
    """The table of the commands up to a position as a bundle has it, and what is signed of it."""
    batches = await client.answers("ListCommands", uptoPosition=upto)
    lines = [command_line(each) for batch in batches for each in batch.commands]
    assert not any(batch.note for batch in batches[:-1])
    return "".join([COMMANDS_HEADER, *lines]).encode(), batches[-1].note


async def test_the_commands_are_signed_as_they_are_sent(any_client):
    """All of each, up to the position that is asked for, and no more."""
    keys = await trusted(any_client)
    position = await registered(any_client, "aa", "bb", "cc")
    origin = keys[0].name
    for upto, count in ((position, 3), (position - 1, 2), (1, 0)):
        table, note = await commands_sent(any_client, upto)
        assert open_note(note, keys) == commands_text(origin, upto, sha256(table).digest())
        assert table.count(b"\n") == 1 + count


async def test_the_digest_of_the_views_is_signed(any_client):
    """It is of a position, and stays when more is recorded, and when they are made anew."""
    keys = await trusted(any_client)
    position = await registered(any_client, "aa", "bb")
    answer = await any_client("GetStateDigest", position=position)
    state = State.open(answer.note, keys)
    assert (state.position, state.digest) == (position, answer.digest)
    assert state.view_version == VIEW_VERSION == answer.view_version
    later = await registered(any_client, "cc")
    await any_client("RebuildView", view="registry", timeout_s=60)
    again = await any_client("GetStateDigest", position=position)
    assert State.open(again.note, keys) == state
    newest = await any_client("GetStateDigest", position=later)
    assert newest.digest != state.digest
    with pytest.raises(NotChecked):
        open_checkpoint(answer.note, keys)
    with pytest.raises(NotChecked, match="no key is trusted"):
        State.open(answer.note, [VerifierKey.of("another/log", keys[0].public)])
    checkpoint = (await any_client("GetCheckpoint")).checkpoint.note
    with pytest.raises(NotChecked):
        State.open(checkpoint, keys)


async def published(client, after=0):
    """The digests that are published after a position, once there is one."""
    for _ in range(600):
        batches = await client.answers("ListStateDigests", afterPosition=after)
        if batches:
            return [each for batch in batches for each in batch.digests]
        await asyncio.sleep(0.1)
    raise TimeoutError


@pytest.mark.parametrize("processes", [IN_ONE_PROCESS, AS_BY_DEFAULT])
async def test_the_digest_of_the_views_is_published_by_itself(place, processes):
    """As it is signed when somebody asks; listed from any position on, also after a restart."""
    settings = settings_for(**place | processes, ledger_state_events=3)
    async with served(settings) as client:
        keys = await trusted(client)
        assert await client.answers("ListStateDigests") == []
        await registered(client, "aa", "bb", "cc")
        (first,) = await published(client)
        await registered(client, "dd", "ee", "ff")
        (last,) = await published(client, first.position)
        for each in (first, last):
            state = State.open(each.note, keys)
            answer = await client("GetStateDigest", position=each.position)
            assert state == State.open(answer.note, keys)
            assert state[1:] == (each.position, each.view_version, each.digest)
            assert abs(each.published_at.seconds - time.time()) < 60
    async with served(settings, create=False) as client:
        each = await published(client)
        assert [one.position for one in each] == [first.position, last.position]
        assert await published(client, first.position) == [last]
        assert await client.answers("ListStateDigests", afterPosition=last.position) == []


async def test_published_digests_are_not_there_where_nothing_signs(postgres_url):
    """It says so, as every question to the ledger does."""
    async with served(settings_for(database_url=postgres_url)) as client:
        refused = await refusal(client.answers("ListStateDigests"))
        assert refused.reason == "NOT_SIGNED"
