"""Watches: everything that is recorded, once and in order, whatever happens to who watches."""

import asyncio
import gc
import random
import threading
import time
from contextlib import AsyncExitStack

import grpc
import pytest

from registry.errors import StoreUnavailable
from registry.server import feeds, tail, watching
from registry.server.feeds import Feed
from tests.server import selecting
from tests.server.client import Client, refusal
from tests.server.conftest import served, settings_for
from tests.server.test_streams import batch, registered, said, until_tasks_are
from tests.server.watchers import SOON_S, Watcher, eventually

LONG = {"heartbeatInterval": "300s"}
"""No heartbeat comes while a test runs."""


async def whole(client):
    """Every event of the log."""
    return [e for answer in await client.answers("ReplayEvents") for e in answer.events]


async def test_a_watch_sends_what_there_is_and_then_what_is_recorded(any_client):
    """Byte for byte as a replay does."""
    await any_client("RegisterCluster", clusterId="aa", name="A")
    async with Watcher(any_client, **LONG).following() as watcher:
        await watcher.until(2)
        for name in ("bb", "cc"):
            answer = await any_client("RegisterCluster", clusterId=name, name=name)
            await watcher.until(answer.recorded.position)
    assert watcher.events == await whole(any_client)
    assert all(watcher.marks)


async def test_nothing_is_missed_or_comes_twice_however_a_watch_is_cut(default_client):
    """Watchers of several selections, cut at any moment and resumed, while others write."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    selections = [
        {},
        {},
        {"types": ["ClusterRenamed"]},
        {"stream": "clusters/w-1"},
        {"actor": "principals/me", "effectiveSince": {"year": 2015}},
    ]
    watchers = [Watcher(default_client, **LONG, **fields) for fields in selections]
    done = asyncio.Event()

    async def write(number):
        await default_client("RegisterCluster", clusterId=f"w-{number}", name="name")
        for turn in range(60):
            fields = {"cluster": f"clusters/w-{number}", "name": f"name {turn}"}
            await default_client("RenameCluster", **fields, options=on_a_day(turn))

    async def come_and_go(watcher):
        while not done.is_set():
            async with watcher.following():
                await asyncio.sleep(chance.expovariate(10))
                if chance.random() < 0.2:
                    watcher.fields["heartbeatInterval"] = "1s"

    coming = [asyncio.create_task(come_and_go(watcher)) for watcher in watchers]
    await asyncio.gather(*map(write, range(4)))
    done.set()
    await asyncio.gather(*coming)
    events = await whole(default_client)
    for watcher, fields in zip(watchers, selections, strict=True):
        async with watcher.following():
            await watcher.until(events[-1].position)
        expected = [event for event in events if selecting.selects(fields, event)]
        assert watcher.events == expected, seed
    assert len(events) == 1 + 4 * 61


def on_a_day(turn):
    """Options of a command, each effective on another day."""
    return {"effective": {"date": {"year": 2000 + turn // 3, "month": 1 + turn % 3}}}


async def test_who_is_ahead_of_the_others_is_sent_nothing_twice(client, monkeypatch):
    """It began in the midst of what is then sent to all of them at once."""
    monkeypatch.setattr(tail, "LINGER_S", 3.0)
    async with Watcher(client, **LONG).following() as first:
        await eventually(lambda: first.begun)
        await client("RegisterCluster", clusterId="aa", name="A")
        await first.until(2)
        await client("RegisterCluster", clusterId="bb", name="B")
        async with Watcher(client, **LONG, afterPosition=2).following() as second:
            await second.until(3)
            await client("RegisterCluster", clusterId="cc", name="C")
            await asyncio.gather(first.until(4), second.until(4))
    assert second.positions == [3, 4]
    assert first.positions == [1, 2, 3, 4]
    assert len(first.marks) == 3  # the last two events together


async def test_a_watch_goes_on_where_the_service_begins_anew(place):
    """Positions are those of the log, not of the service that gave them."""
    async with served(settings_for(**place)) as client:
        async with Watcher(client).following() as watcher:
            await client("RegisterCluster", clusterId="aa", name="A")
            await watcher.until(2)
        await client("RegisterCluster", clusterId="bb", name="B")
    async with served(settings_for(**place), create=False) as client:
        watcher.client = client
        async with watcher.following():
            await watcher.until(3)
            await client("RegisterCluster", clusterId="cc", name="C")
            await watcher.until(4)
    assert watcher.positions == [1, 2, 3, 4]


async def test_any_selection_is_what_a_look_at_every_event_selects(any_client):
    """Of what is recorded while it is watched, and of what was recorded before."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    now = time.time_ns() // 1000
    times = [now + tenth * 100_000 for tenth in range(60)]
    asked = [selecting.a_selection(chance, times) for _ in range(40)]
    live = [Watcher(any_client, fromEnd=True, **fields) for fields in asked]
    later = [Watcher(any_client, **fields) for fields in asked]
    async with AsyncExitStack() as stack:
        for watcher in live:
            await stack.enter_async_context(watcher.following())
        await eventually(lambda: all(watcher.begun for watcher in live))
        await selecting.filled(any_client)
        events = await whole(any_client)
        await asyncio.gather(*(watcher.until(events[-1].position) for watcher in live))
        for watcher in later:
            await stack.enter_async_context(watcher.following())
        await asyncio.gather(*(watcher.until(events[-1].position) for watcher in later))
    for fields, first, second in zip(asked, live, later, strict=True):
        expected = [event for event in events if selecting.selects(fields, event)]
        assert second.events == expected, (seed, fields)
        assert first.events == [event for event in expected if event.position > 1], (seed, fields)


async def test_heartbeats_move_on_past_what_is_not_selected(any_client):
    """So that a watch of little resumes near the end, and not where it last had an event."""
    async with Watcher(any_client, stream="clusters/none").following() as watcher:
        await eventually(lambda: watcher.begun)
        for name in ("aa", "bb"):
            answer = await any_client("RegisterCluster", clusterId=name, name=name)
            began = asyncio.get_running_loop().time()
            await watcher.until(answer.recorded.position)
            assert asyncio.get_running_loop().time() - began < 3
    assert not watcher.events
    assert all(watcher.marks)


async def test_it_says_when_it_has_all_that_there_was(client):
    """With the last batch of what there was, and at once where it begins at the end."""
    await said(client.batches(), batch(*many(500)), batch(*many(700)[500:]))
    async with Watcher(client, **LONG).following() as watcher:
        await watcher.until(701)
        assert watcher.marks == [False, True]
    for begin in ({"fromEnd": True}, {"afterPosition": 701}):
        async with Watcher(client, **LONG, **begin).following() as watcher:
            await eventually(lambda: watcher.begun)
        assert (watcher.events, watcher.position, watcher.marks) == ([], 701, [True])


def many(count):
    """Commands that register clusters."""
    return [registered(f"m-{number}") for number in range(count)]


async def test_it_says_so_also_where_the_rest_is_not_selected(client, monkeypatch):
    """Without waiting for a heartbeat."""
    monkeypatch.setattr(tail, "BATCH_SIZE", 2)
    asked = {"types": ["ClusterRenamed"], "fromEnd": True, **LONG}
    async with Watcher(client, **asked).following() as watcher:
        await eventually(lambda: watcher.begun)
        await client("RegisterCluster", clusterId="aa", name="A")
        renamed = {"renameCluster": {"cluster": "clusters/aa", "name": "B"}}
        await said(client.batches(), batch(renamed, *many(5)))
        await eventually(lambda: watcher.events and watcher.position == 8)
    assert watcher.positions == [3]
    assert watcher.marks[-1]


async def test_a_reader_that_is_slow_is_bounded_and_slows_nobody(client, monkeypatch):
    """Whatever it has not read yet, the service keeps little for it; all of it is sent later."""
    monkeypatch.setattr(feeds, "KEPT_BYTES", 600_000)
    slow = client.streaming("WatchEvents", timeout_s=None)
    await slow.read()
    async with Watcher(client, **LONG).following() as quick:
        # More than the buffers of a connection hold, so that the service waits for the reader.
        for number in range(200):
            await asyncio.wait_for(client("RegisterCluster", **very_large(number)), SOON_S)
        await quick.until(201)
        assert kept_bytes() <= 600_000
    late = Watcher(client)
    while late.position < 201:
        late.take(await slow.read())
    slow.cancel()
    assert late.positions == list(range(2, 202))
    assert quick.positions == list(range(1, 202))


def very_large(number):
    """A command of more than 100 kB."""
    source = {"uri": "https://example.org/" + "x" * 1900, "note": "n" * 1900}
    options = {"provenance": [source] * 30}
    return {"clusterId": f"c-{number}", "name": "x", "options": options}


def kept_bytes():
    """Memory of the messages in all feeds of this process that are watched."""
    found = [each for each in gc.get_objects() if type(each) is Feed and each.watchers]
    assert found
    return sum(message.size_bytes for feed in found for message in feed.messages)


async def test_events_of_another_process_are_seen(postgres_url, tmp_path):
    """Two services on one database hear nothing of each other but by the database."""
    settings = {"database_url": postgres_url}
    one = settings_for(**settings, ledger=tmp_path / "one")
    other = settings_for(**settings, ledger=tmp_path / "other")
    async with (
        served(one) as writes,
        served(other, create=False) as watches,
        Watcher(watches, **LONG).following() as watcher,
    ):
        await watcher.until(1)
        for number in range(3):
            answer = await writes("RegisterCluster", clusterId=f"c-{number}", name="C")
            await asyncio.wait_for(watcher.until(answer.recorded.position), 5)
    assert watcher.positions == [1, 2, 3, 4]


async def test_who_is_caught_up_costs_no_thread_and_no_question(client, monkeypatch):
    """Any number of them: a new event is read once, and only whom it is for is woken."""
    asked, woken = [], []
    log = client.built.store.log
    fetch, wake = log.fetch, Feed.wake

    def counted(sql, params=()):
        if threading.current_thread().name.startswith(("query", "catching-up")):
            asked.append(sql)
        return fetch(sql, params)

    def seen(feed):
        woken.append(feed.selection.stream)
        wake(feed)

    streams = [f"clusters/c-{number}" for number in range(20)]
    watchers = [Watcher(client, stream=stream, **LONG) for stream in streams * 2]
    async with AsyncExitStack() as stack:
        for watcher in watchers:
            await stack.enter_async_context(watcher.following())
        await eventually(lambda: all(watcher.begun for watcher in watchers))
        monkeypatch.setattr(log, "fetch", counted)
        monkeypatch.setattr(Feed, "wake", seen)
        await asyncio.sleep(2.5 * tail.POLL_S)
        assert len(asked) <= 4  # one each time that the tail looks
        assert not woken
        asked.clear()
        await client("RegisterCluster", clusterId="c-7", name="C")
        await client("RegisterCluster", clusterId="else", name="C")
        await eventually(lambda: [w.position for w in watchers].count(2) == 2)
        await asyncio.sleep(0.1)
    assert 1 <= sum("FROM events" in sql for sql in asked) <= 2
    assert woken == ["clusters/c-7"]


async def test_what_many_are_sent_is_encoded_once(client, monkeypatch):
    """By whoever watches the same."""
    made = []
    add_stored = feeds.add_stored

    def counted(events, rows, redactions):
        made.append(len(rows))
        add_stored(events, rows, redactions)

    watchers = [Watcher(client, fromEnd=True, **LONG) for _ in range(20)]
    async with AsyncExitStack() as stack:
        for watcher in watchers:
            await stack.enter_async_context(watcher.following())
        await eventually(lambda: all(watcher.begun for watcher in watchers))
        monkeypatch.setattr(feeds, "add_stored", counted)
        await client("RegisterCluster", clusterId="aa", name="A")
        await asyncio.gather(*(watcher.until(2) for watcher in watchers))
    assert [count for count in made if count] == [1]


async def test_a_service_that_stops_ends_its_watches(tmp_path):
    """At once and in so many words, not with its grace."""
    settings = settings_for(data=tmp_path / "store", drain_grace_s=30.0)
    async with served(settings) as client, Client(client.address) as other:
        watcher = Watcher(other, **LONG)
        following = asyncio.create_task(watcher.follow())
        await eventually(lambda: watcher.begun)
        draining = asyncio.create_task(client.server.drain(30.0))
        refused = await asyncio.wait_for(refusal(following), 5)
        await draining
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "DRAINING")
    assert refused.RetryInfo is not None


async def test_a_watch_has_a_longest_time(client, monkeypatch):
    """Then it is resumed at once, and who may watch is asked anew."""
    monkeypatch.setattr(watching, "LONGEST_S", 0.5)
    refused = await asyncio.wait_for(refusal(Watcher(client, **LONG).follow()), 5)
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "WATCH_ENDED")
    assert refused.RetryInfo.retry_delay.ToMicroseconds() == 0


async def test_a_watch_ends_at_its_deadline_and_leaves_nothing_behind(client):
    """No task, and nobody goes on reading the log for it."""
    before = len(asyncio.all_tasks())
    call = client.streaming("WatchEvents", timeout_s=0.5)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in call:
            pass
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    for _ in range(3):
        call = client.streaming("WatchEvents", timeout_s=None)
        await call.read()
        call.cancel()
    await until_tasks_are(before)


async def test_a_log_that_cannot_be_read_ends_the_watches(client, monkeypatch):
    """Nobody waits in silence; who watches again begins anew."""
    log = client.built.store.log
    watcher = Watcher(client, **LONG)
    following = asyncio.create_task(watcher.follow())
    await eventually(lambda: watcher.begun)
    with monkeypatch.context() as broken:

        def fails(*_):
            raise StoreUnavailable("the store is away")

        broken.setattr(log, "read_selected", fails)
        await client("RegisterCluster", clusterId="aa", name="A")
        refused = await asyncio.wait_for(refusal(following), 5)
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
    async with watcher.following():
        await watcher.until(2)
        await client("RegisterCluster", clusterId="bb", name="B")
        await watcher.until(3)
    assert watcher.positions == [1, 2, 3]


async def test_no_more_watch_than_may(client, monkeypatch):
    """So that other calls are still taken; one that ends makes room."""
    monkeypatch.setattr(tail, "MAX_WATCHERS", 2)
    async with Watcher(client).following() as one, Watcher(client).following() as other:
        await eventually(lambda: one.begun and other.begun)
        refused = await refusal(client.answers("WatchEvents"))
        assert (refused.code, refused.reason) == (
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "OVERLOADED",
        )
    async with Watcher(client).following() as again:
        await eventually(lambda: again.begun)


@pytest.mark.parametrize(
    ("fields", "reason", "said"),
    [
        ({"afterPosition": 2}, "POSITION_OUT_OF_RANGE", "beyond the end of the log"),
        ({"afterPosition": 1, "fromEnd": True}, "INVALID_FIELD", "from_end: must be left out"),
        ({"heartbeatInterval": "0.5s"}, "INVALID_FIELD", "heartbeat_interval"),
        ({"heartbeatInterval": "301s"}, "INVALID_FIELD", "heartbeat_interval"),
        ({"types": ["ClusterRename"]}, "INVALID_FIELD", "did you mean ClusterRenamed?"),
    ],
)
async def test_what_cannot_be_watched_is_refused(client, fields, reason, said):
    """As a replay refuses it."""
    refused = await refusal(client.answers("WatchEvents", **fields))
    assert refused.reason == reason
    assert said in refused.message
