"""ListChanges and BatchGet: what those need who keep a copy of the registry."""

import asyncio
from collections import Counter

import grpc
import pytest
from google.protobuf.json_format import MessageToDict

from registry.v1.change_service_pb2 import ChangeKind
from tests.server.client import refusal
from tests.server.story import DOLINA, LODZKI, PRAGUE, on
from tests.server.test_every_rpc import told


async def followed(client, after=0, **fields):
    """Pages of what changed until nothing is left."""
    pages = []
    while not pages or not pages[-1].caught_up:
        pages.append(await client("ListChanges", afterPosition=after, **fields))
        assert pages[-1].next_position >= after
        after = pages[-1].next_position
    return pages


def events_of(pages):
    """Every event that is told of, by position."""
    return [e.position for page in pages for c in page.changes for e in c.events]


async def test_who_follows_while_others_write_misses_nothing_and_doubles_nothing(any_client):
    """Every recorded event is told of once, but for that of the store itself."""
    writing, pages = asyncio.Event(), []

    async def write(writer):
        for n in range(12):
            name = f"w{writer}-{n % 4}"
            await any_client("RegisterCluster" if n < 4 else "RenameCluster", **command(name, n))

    def command(name, n):
        if n < 4:
            return {"clusterId": name, "name": name}
        return {"cluster": f"clusters/{name}", "name": f"{name} {n}"}

    async def follow():
        after = 0
        while not (writing.is_set() and pages[-1].caught_up):
            page = await any_client("ListChanges", afterPosition=after, pageSize=3)
            pages.append(page)
            after = page.next_position

    following = asyncio.create_task(follow())
    await asyncio.gather(*map(write, range(4)))
    writing.set()
    last = await any_client("RegisterCluster", clusterId="last", name="last")
    await following
    pages += await followed(any_client, pages[-1].next_position)
    assert Counter(events_of(pages)) == Counter(range(2, last.recorded.position + 1))
    for page in pages:
        assert len({change.resource for change in page.changes}) == len(page.changes)


async def test_a_change_says_what_where_and_when(client):
    """As proto JSON has it."""
    options = {"options": on(2006)}
    position = (
        await client("RegisterCluster", clusterId="demo-x", name="Demo", **options)
    ).recorded.position
    (change,) = (await client("ListChanges", afterPosition=1)).changes
    (replayed,) = (await client.answers("ReplayEvents", afterPosition=1))[0].events
    assert change.recorded_at.ToMicroseconds() == replayed.recorded_at
    change.ClearField("recorded_at")
    assert MessageToDict(change) == {
        "resource": "clusters/demo-x",
        "resourceKind": "RESOURCE_KIND_CLUSTER",
        "kind": "CHANGE_KIND_CREATED",
        "position": str(position),
        "version": "1",
        "events": [
            {
                "event": "clusters/demo-x@1",
                "type": "registry.events.v1.ClusterRegistered",
                "position": str(position),
            }
        ],
    }


@pytest.mark.parametrize(
    "kind", ["CLUSTER", "ORGANISATION", "PARTNERSHIP", "EDITION", "PARTICIPATION"]
)
async def test_a_kind_leaves_out_the_others(client, kind):
    """And still arrives at the end of the log."""
    head = await told(client)
    name = f"RESOURCE_KIND_{kind}"
    pages = await followed(client, resourceKinds=[name], pageSize=1)
    changes = [MessageToDict(change) for page in pages for change in page.changes]
    assert changes
    assert {change["resourceKind"] for change in changes} == {name}
    assert pages[-1].next_position == pages[-1].read_position == head


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"afterPosition": 2}, None, "OUT_OF_RANGE"),
        ({"options": {"minPosition": 2}}, None, "OUT_OF_RANGE"),
        ({"options": {"asOf": {"year": 2020}}}, "options.as_of", "INVALID_ARGUMENT"),
        ({"options": {"knownPosition": 2}}, None, "OUT_OF_RANGE"),
        ({"pageSize": 1001}, "page_size", "INVALID_ARGUMENT"),
        ({"afterPosition": -1}, "after_position", "INVALID_ARGUMENT"),
        ({"resourceKinds": [0]}, "resource_kinds[0]", "INVALID_ARGUMENT"),
        ({"resourceKinds": [77]}, "resource_kinds[0]", "INVALID_ARGUMENT"),
    ],
)
async def test_what_cannot_be_followed_is_refused(client, fields, field, code):
    """A position of another registry, or a field that has no meaning here."""
    refused = await refusal(client("ListChanges", **fields))
    assert refused.code is grpc.StatusCode[code]
    if field:
        assert refused.fields == [field]


async def test_a_batch_answers_in_the_order_asked_for(any_client):
    """As Get does, also by the number of an edition, all as of one position."""
    position = await told(any_client)
    names = [LODZKI, DOLINA, LODZKI]
    options = {"asOf": {"year": 2018}, "minPosition": position}
    answer = await any_client("BatchGetClusters", clusters=names, options=options)
    assert [each.cluster for each in answer.clusters] == names
    for found in answer.clusters:
        one = await any_client("GetCluster", cluster=found.cluster, options=options)
        assert one.cluster == found
    assert answer.read_position >= position
    answer = await any_client("BatchGetEditions", editions=["editions/8", PRAGUE])
    assert [each.edition for each in answer.editions] == [PRAGUE, PRAGUE]


async def test_a_batch_with_a_missing_one_is_refused_as_a_whole(client):
    """All that are missing are named."""
    await told(client)
    refused = await refusal(
        client("BatchGetClusters", clusters=["clusters/no-1", DOLINA, "clusters/no-2"])
    )
    assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
    assert refused.message == "clusters/no-1, clusters/no-2 are not in the registry"
    assert refused.missing == ["clusters/no-1", "clusters/no-2"]
    refused = await refusal(client("BatchGetEditions", editions=[PRAGUE, "editions/77"]))
    assert refused.missing == ["editions/77"]


@pytest.mark.parametrize(
    ("names", "field"),
    [
        ([], "clusters"),
        (["clusters/a"] * 501, "clusters"),
        (["clusters/aa", "organisations/aa"], "clusters[1]"),
    ],
)
async def test_a_batch_that_cannot_be_is_refused(client, names, field):
    """Naming the place, and in words."""
    refused = await refusal(client("BatchGetClusters", clusters=names))
    assert refused.fields == [field]
    if "[" in field:
        assert refused.message.endswith("must be clusters/{id}")


async def test_a_batch_waits_for_nothing_that_was_never_recorded(client):
    """As every read."""
    await client("RegisterCluster", clusterId="aa", name="A")
    refused = await refusal(
        client("BatchGetClusters", clusters=["clusters/aa"], options={"minPosition": 3})
    )
    assert refused.reason == "POSITION_OUT_OF_RANGE"


async def test_a_redaction_is_a_correction(client):
    """Who keeps a copy reads it again, and deletes what the event names."""
    await told(client)
    pages = await followed(client, 35, resourceKinds=["RESOURCE_KIND_CLUSTER"])
    (change,) = pages[-1].changes
    assert [event.type.rpartition(".")[2] for event in change.events] == ["EventRedacted"]
    assert change.kind == ChangeKind.CHANGE_KIND_CORRECTED
