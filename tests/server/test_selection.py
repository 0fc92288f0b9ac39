"""Replays of what is selected: by actor, type and time."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from registry.events.v1.envelope_pb2 import Envelope, Metadata
from registry.eventstore.rows import NewEvent
from registry.eventstore.sqlite import SQLiteLog
from registry.server import selection
from registry.server.selection import Selection
from registry.v1.event_service_pb2 import ReplayEventsRequest
from tests.eventstore.batches import record
from tests.server.client import refusal
from tests.server.story import on


async def replayed(client, **fields):
    """Positions that a replay sends, and how far it says it read."""
    answers = await client.answers("ReplayEvents", **fields)
    events = [event for answer in answers for event in answer.events]
    return [event.position for event in events], answers[-1].read_position if answers else None


async def recorded(client):
    """Two clusters, the first renamed: positions 2, 3, 4 after that of the store."""
    await client("RegisterCluster", clusterId="aa", name="A")
    await client("RegisterCluster", clusterId="bb", name="B")
    await client("RenameCluster", cluster="clusters/aa", name="AA", options=on(2010))
    answers = await client.answers("ReplayEvents")
    return [event.recorded_at for answer in answers for event in answer.events]


def at(micros, nanos=0):
    time = Timestamp()
    time.FromNanoseconds(micros * 1000 + nanos)
    return time.ToJsonString()


async def test_types_are_named_with_or_without_their_package(any_client):
    """What is not of a type is left out; all of the log counts as read."""
    await recorded(any_client)
    assert await replayed(any_client, types=["ClusterRenamed"]) == ([4], 4)
    full = "registry.events.v1.ClusterRegistered"
    assert await replayed(any_client, types=[full, "StoreCreated"]) == ([1, 2, 3], 4)
    assert await replayed(any_client, types=["ClusterRenamed"], stream="clusters/bb") == ([], 4)
    one = await replayed(any_client, types=["ClusterRegistered"], limit=1)
    assert one == ([2], 2)


async def test_times_are_inclusive_at_the_beginning_and_exclusive_at_the_end(any_client):
    """To the microsecond, with any other condition; a nanosecond later is later."""
    times = await recorded(any_client)
    assert await replayed(any_client, recordedSince=at(times[2])) == ([3, 4], 4)
    assert await replayed(any_client, recordedSince=at(times[2] + 1)) == ([4], 4)
    assert await replayed(any_client, recordedBefore=at(times[2])) == ([1, 2], 2)
    assert await replayed(any_client, recordedSince=at(times[2], nanos=1)) == ([4], 4)
    assert await replayed(any_client, recordedBefore=at(times[2], nanos=1)) == ([1, 2, 3], 3)
    between = {"recordedSince": at(times[1]), "recordedBefore": at(times[3])}
    assert await replayed(any_client, **between) == ([2, 3], 3)
    assert await replayed(any_client, **between, afterPosition=2) == ([3], 3)
    assert await replayed(any_client, **between, stream="clusters/bb") == ([3], 3)
    assert await replayed(any_client, recordedSince=at(times[3] + 1)) == ([], None)


async def test_the_caller_is_me(any_client):
    """Whoever the service takes the caller for."""
    await recorded(any_client)
    for actor in ("principals/me", "principals/local"):
        assert await replayed(any_client, actor=actor, batchSize=3) == ([1, 2, 3, 4], 4)
    assert await replayed(any_client, actor="principals/other") == ([], 4)


@pytest.mark.parametrize(
    ("fields", "named", "said"),
    [
        ({"types": ["ClusterRename"]}, "types[0]", "did you mean ClusterRenamed?"),
        ({"types": ["StoreCreated", "Zzz"]}, "types[1]", "no event is named 'Zzz'"),
        ({"types": ["StoreCreated"] * 2}, "types", "unique"),
        ({"actor": "me"}, "actor", "must be principals/{id}, principals/me, or empty"),
        (
            {"recordedSince": "2026-01-02T00:00:00Z", "recordedBefore": "2026-01-02T00:00:00Z"},
            "recorded_before",
            "must be after recorded_since",
        ),
    ],
)
async def test_what_cannot_be_selected_is_refused(client, fields, named, said):
    """The field is named, and what it takes."""
    refused = await refusal(client.answers("ReplayEvents", **fields))
    assert (refused.reason, refused.fields) == ("INVALID_FIELD", [named])
    assert said in refused.message


def by(number, **metadata):
    state = Envelope(metadata=Metadata(**metadata)).SerializeToString()
    return NewEvent(f"clusters/c{number}", 1, "registry.events.v1.ClusterRenamed", state)


@pytest.fixture
def log(tmp_path):
    """Nine events: every third by Ann, or on her behalf."""
    SQLiteLog.create(tmp_path / "events.db")
    log = SQLiteLog(tmp_path / "events.db")
    anns = [{"actor": "principals/ann"}, {"actor": "x", "on_behalf_of": "principals/ann"}]
    others = {"actor": "principals/anna"}
    record(log, *[by(n, **(anns[n % 2] if n % 3 == 0 else others)) for n in range(9)])
    yield log
    log.close()


@pytest.mark.parametrize("step", [1, 2, 4, 100])
@pytest.mark.parametrize("size", [1, 2, 500])
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"actor": "principals/ann"}, [1, 4, 7]),
        ({"actor": "principals/ann", "types": ["ClusterRenamed"]}, [1, 4, 7]),
        ({"actor": "principals/ann", "stream": "clusters/c3"}, [4]),
        ({"types": ["ClusterRenamed"]}, list(range(1, 10))),
        ({"types": ["ClusterDissolved"]}, []),
    ],
)
def test_bounded_steps_find_each_event_once(  # noqa: PLR0913, PLR0917  # a table of cases
    log, monkeypatch, step, size, fields, expected
):
    """However few positions are looked through at a time, and however small the batches."""
    monkeypatch.setattr(selection, "STEP", step)
    selected = Selection.of(ReplayEventsRequest(**fields))
    after, end = selected.bounds(log)
    found: list[int] = []
    while after < end:
        rows, read = selected.read(log, after, end, size)
        assert read > after
        assert len(rows) <= size
        found += [row.position for row in rows]
        after = read
    assert found == expected
    assert after == end
