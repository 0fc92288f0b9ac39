"""Replays of what is selected: by actor, type and both times."""

import random

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from registry.events.v1.envelope_pb2 import Envelope, Metadata
from registry.eventstore.rows import NewEvent
from registry.eventstore.sqlite import SQLiteLog
from registry.server import selection
from registry.server.selection import Selection
from registry.v1.event_service_pb2 import ReplayEventsRequest
from tests.eventstore.batches import record
from tests.server import selecting
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


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ({"effectiveSince": {"year": 2011}}, ["month", "later", "unknown"]),
        ({"effectiveBefore": {"year": 2011}}, ["year", "attested", "unknown"]),
        (
            {"effectiveSince": {"year": 2010, "month": 12, "day": 31}},
            ["year", "attested", "month", "later", "unknown"],
        ),
        ({"effectiveBefore": {"year": 2010}}, ["attested", "unknown"]),
        (
            {"effectiveSince": {"year": 2012}, "effectiveBefore": {"year": 2012, "month": 2}},
            ["unknown"],
        ),
        (
            {"effectiveSince": {"year": 2012, "month": 2}, "effectiveBefore": {"year": 2013}},
            ["month", "unknown"],
        ),
    ],
)
async def test_an_event_is_effective_in_a_period_where_any_possible_day_is(
    client, period, expected
):
    """A year is any of its days, an unknown date any at all; what has no date is left out."""
    dates = {
        "year": on(2010),
        "attested": {"effective": {"date": {"year": 2010}, "bound": "BOUND_NO_LATER_THAN"}},
        "month": on(2012, 2),
        "later": on(2013, 1, 1),
        "unknown": {"effective": {"bound": "BOUND_UNKNOWN"}},
    }
    for name, options in dates.items():
        await client("RegisterCluster", clusterId=name, name=name, options=options)
    reason = {"reason": "a mistake"}
    await client("RegisterCluster", clusterId="gone", name="gone", options=on(1900))
    await client("RetractEvent", stream="clusters/gone", versions=["1"], options=reason)
    answers = await client.answers("ReplayEvents", **period)
    found = [event.stream for answer in answers for event in answer.events]
    expected = [f"clusters/{name}" for name in expected]
    assert sorted(set(found) - {"clusters/gone"}) == sorted(expected)
    assert found.count("clusters/gone") == ("effectiveSince" not in period)
    assert answers[-1].read_position == 8


async def test_any_selection_is_what_a_look_at_every_event_selects(any_client):
    """Whatever conditions are joined, and however few events a batch has."""
    await selecting.filled(any_client)
    whole = [e for answer in await any_client.answers("ReplayEvents") for e in answer.events]
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for _ in range(60):
        fields = selecting.a_selection(chance, [event.recorded_at for event in whole])
        expected = [event.position for event in whole if selecting.selects(fields, event)]
        found, _ = await replayed(any_client, **fields, batchSize=chance.randint(1, 5))
        assert found == expected, (seed, fields)


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
        (
            {"effectiveSince": {"year": 2010}, "effectiveBefore": {"year": 2010, "month": 1}},
            "effective_before",
            "must be after effective_since",
        ),
        (
            {"effectiveBefore": {"year": 2011, "month": 2, "day": 29}},
            "effective_before",
            "no day of the calendar",
        ),
        ({"effectiveSince": {"month": 2}}, "effective_since.year", "must be 1000 to 9999"),
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
