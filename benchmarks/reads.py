"""Reads: one cluster by name, beside an empty RPC, and while 64 clients write."""

from __future__ import annotations

import functools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import grpc

from benchmarks import messages
from benchmarks.bench import wait_for_views
from benchmarks.commands import empty_per_s
from benchmarks.load import Drove, Failed, p99_ms
from benchmarks.measuring import Measure
from registry.v1 import cluster_service_pb2 as pb
from registry.v1.cluster_service_pb2_grpc import ClusterServiceStub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.bench import Bench

CLIENTS = (1, 32)
READERS, WRITERS = 4, 64
READS_A_SECOND_OF_RUN = 600
"""Of the readers together, while the writers write: fewer than they manage."""
WRITERS_FIRST_S = 0.3


def measures(bench: Bench) -> Iterator[Callable[[], Measure]]:
    """List what is measured."""
    for clients in CLIENTS:
        yield functools.partial(_over_an_empty_rpc, bench, clients)
    yield functools.partial(_under_load, bench)


def _over_an_empty_rpc(bench: Bench, clients: int) -> Measure:
    return Measure(
        name=f"point read / empty RPC, {clients} client{'s'[: clients - 1]}",
        goal=">= 0.70",
        unit="calls/s",
        client=bench.driver.name,
        ours=functools.partial(_read_per_s, bench, clients),
        other=functools.partial(empty_per_s, bench, clients),
        settings={
            "ours": "GetCluster with all interceptors",
            "beside": "empty RPC of a bare grpc.aio server",
            "clients": clients,
        },
    )


def _under_load(bench: Bench) -> Measure:
    return Measure(
        name="read p99 under write load / idle",
        goal="< 5",
        unit="ms",
        client=bench.driver.name,
        ours=functools.partial(_p99_under_load_ms, bench),
        other=functools.partial(_p99_ms, bench),
        settings={
            "ours": f"GetCluster by {READERS} clients while {WRITERS} clients register clusters, "
            "all as fast as they are answered",
            "beside": f"GetCluster by {READERS} clients alone",
            "clients": READERS,
            "writers": WRITERS,
        },
    )


def _cluster(bench: Bench) -> tuple[str, pb.GetClusterResponse]:
    """Register a cluster to read, or find it registered, and see it as it is now."""
    with grpc.insecure_channel(bench.registry) as channel:
        stub = ClusterServiceStub(channel)
        request = pb.RegisterClusterRequest(cluster_id="measured", name=messages.NAME, country="CZ")
        request.options.request_id = "benchmarks-measured"
        cluster = stub.RegisterCluster(request).cluster.cluster
        wait_for_views(bench.registry)
        return cluster, stub.GetCluster(pb.GetClusterRequest(cluster=cluster))


def _read_per_s(bench: Bench, clients: int) -> float:
    cluster, answer = _cluster(bench)
    return bench.per_s(messages.get(bench.registry, cluster, answer), clients)


def _p99_ms(bench: Bench) -> float:
    cluster, answer = _cluster(bench)
    reading = messages.get(bench.registry, cluster, answer)
    return p99_ms(bench.drive(reading, READERS).calls)


def _p99_under_load_ms(bench: Bench) -> float:
    """p99 of the reads begun while the writers wrote; every write must be recorded."""
    cluster, answer = _cluster(bench)
    reading = messages.get(bench.registry, cluster, answer)
    before, stop, wrote = bench.events(), threading.Event(), list[Drove]()

    def write() -> None:
        while not stop.is_set():
            wrote.append(bench.drive(messages.register(bench.registry), WRITERS))

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        time.sleep(WRITERS_FIRST_S)
        reads = bench.driver(reading, READERS, round(READS_A_SECOND_OF_RUN * bench.run_s)).calls
        stop.set()
        writing.result()
    if bench.events() - before < sum(len(drove.calls) for drove in wrote):
        raise Failed("a write was answered and is not in the log")
    wait_for_views(bench.registry)
    return p99_ms([read for read in reads if any(each.covers(read) for each in wrote)])
