"""Soak: many writers and readers for a while; nothing fails and nothing grows.

In the first half writers record new clusters, whose states the service keeps; in the second
they state what is recorded already, so that nothing but a leak makes its memory grow.
"""

import asyncio
import contextlib
import itertools
import time
from typing import NamedTuple

import psycopg
import pytest

from registry.v1 import cluster_service_pb2, summary_service_pb2
from registry.v1.cluster_service_pb2_grpc import ClusterServiceStub
from registry.v1.record_service_pb2 import Command
from registry.v1.summary_service_pb2_grpc import SummaryServiceStub
from tests.faults import commands
from tests.faults.client import Client
from tests.faults.ledger import Ledger, problems_of_ledger, problems_of_log

pytestmark = pytest.mark.faults
WRITERS, READERS, CHANNELS = 64, 4, 8
KNOWN = 5
"""Clusters of each writer that the second half is about."""
MORE_DESCRIPTORS = 10
"""Connections and threads open on demand: a few may come late, none for every call."""
BYTES_PER_COMMAND = {"new": 6_000, "known": 250}
"""By how much memory may grow; states of up to 50,000 clusters are kept."""
SLACK_BYTES = 16 * 1024 * 1024


class Sample(NamedTuple):
    """What a process holds."""

    threads: int
    descriptors: int
    resident: int
    commands: int


class Soak:
    """Counts what was done; everything that is no success raises."""

    def __init__(self, clients, seconds: float) -> None:
        self.clients, self.ledger = clients, Ledger()
        self.reads = 0
        self.half = time.monotonic() + seconds / 2
        self.until = time.monotonic() + seconds

    async def write(self, writer: int) -> None:
        """Record new clusters, then what is known of them, one command after the other."""
        clusters: list[str] = []
        while time.monotonic() < self.half or len(clusters) < KNOWN:
            clusters.append(f"c-{writer}-{len(clusters)}")
            await self._record(writer, commands.register(clusters[-1]))
            await self._record(writer, commands.rename(clusters[-1], "Other"))
        for cluster in itertools.cycle(clusters[-KNOWN:]):
            if time.monotonic() > self.until:
                return
            await self._record(writer, commands.rename(cluster, "Other"))

    async def _record(self, writer: int, command: Command) -> None:
        self.ledger.send(command)
        answer = await self.clients[writer % CHANNELS].call(command)
        assert answer.recorded is not None, answer
        self.ledger.acknowledge(answer.recorded)

    async def read(self, reader: int) -> None:
        """Ask for lists, clusters and a summary in turn."""
        channel = self.clients[reader % CHANNELS].channel
        clusters, summaries = ClusterServiceStub(channel), SummaryServiceStub(channel)
        while time.monotonic() < self.until:
            page = cluster_service_pb2.ListClustersRequest(page_size=50)
            listed = await clusters.ListClusters(page, timeout=20, wait_for_ready=True)
            for each in listed.clusters[:10]:
                request = cluster_service_pb2.GetClusterRequest(cluster=each.cluster)
                await clusters.GetCluster(request, timeout=20, wait_for_ready=True)
                self.reads += 1
            question = summary_service_pb2.GetEcosystemSummaryRequest(ecosystem="digital")
            await summaries.GetEcosystemSummary(question, timeout=20, wait_for_ready=True)
            self.reads += 2

    def sample(self, service) -> Sample:
        """What the server holds now."""
        return Sample(
            service.threads(),
            service.descriptors(),
            service.resident_bytes(),
            len(self.ledger.acknowledged),
        )


def growth(samples: list[Sample], kind: str) -> list[str]:
    """What grew between the first sample and the last; the checker."""
    warm, last = samples[0], samples[-1]
    found = []
    if last.threads > warm.threads + MORE_DESCRIPTORS:
        found.append(f"threads {warm.threads} -> {last.threads}")
    if last.descriptors > warm.descriptors + MORE_DESCRIPTORS:
        found.append(f"descriptors {warm.descriptors} -> {last.descriptors}")
    allowed = SLACK_BYTES + BYTES_PER_COMMAND[kind] * (last.commands - warm.commands)
    if last.resident - warm.resident > allowed:
        found.append(f"memory {warm.resident} -> {last.resident}, allowed {allowed} more")
    return found


async def test_many_writers_and_readers_for_a_while(store, rounds, report):
    """No error; threads, descriptors, memory bounded; views caught up; the log is sound."""
    service = store.start()
    async with contextlib.AsyncExitStack() as closing:
        clients = [
            await closing.enter_async_context(Client(service.address)) for _ in range(CHANNELS)
        ]
        soak, samples = Soak(clients, rounds.soak_s), []
        async with asyncio.TaskGroup() as tasks:
            for writer in range(WRITERS):
                tasks.create_task(soak.write(writer))
            for reader in range(READERS):
                tasks.create_task(soak.read(reader))
            while time.monotonic() < soak.until:
                await asyncio.sleep(rounds.soak_s / 30)
                samples.append(soak.sample(service))
        await clients[0].caught_up()
        events = await clients[0].replay()
    new, known = samples[5:14], samples[17:]
    report(
        f"{len(soak.ledger.acknowledged)} writes, {soak.reads} reads in {rounds.soak_s:.0f} s;"
        f" new {new[0]} -> {new[-1]}; known {known[0]} -> {known[-1]};"
        f" connections {connections(store.url)}"
    )
    assert growth(new, "new") == []
    assert growth(known, "known") == []
    assert list(problems_of_log(events)) == []
    assert list(problems_of_ledger(soak.ledger, events)) == []
    assert connections(store.url) <= 30
    assert soak.reads > 0


def connections(url: str | None) -> int:
    """Connections to the database, but this one; on SQLite they are descriptors."""
    if url is None:
        return 0
    with psycopg.connect(url) as connection:
        sql = "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()"
        return int(connection.execute(sql).fetchall()[0][0])


def test_the_checker_sees_growth():
    """Negative control: a leak of threads, of descriptors, of memory."""
    steady = [Sample(20, 30, 100_000_000, n * 100) for n in range(30)]
    assert growth(steady, "known") == []
    for leaking in (
        [s._replace(threads=20 + n) for n, s in enumerate(steady)],
        [s._replace(descriptors=30 + n) for n, s in enumerate(steady)],
        [s._replace(resident=s.resident + n * 1_000_000) for n, s in enumerate(steady)],
    ):
        assert len(growth(leaking, "known")) == 1
