"""Finding: searches, and the first page of a list beside the thousandth, in a large registry.

    python -m benchmarks.finding [--clusters 100000] [--data DIRECTORY]

registers made-up clusters (SHORT=1: 10,000), waits for the views and asks over gRPC, one call at a
time. A store in DIRECTORY is kept, and used again as it is.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, NamedTuple

import grpc

from benchmarks import filling, load, naming, processes
from benchmarks.bench import wait_for_views
from benchmarks.scale.asking import misspelt
from registry.v1 import cluster_service_pb2 as clusters
from registry.v1 import search_service_pb2 as pb
from registry.v1.cluster_service_pb2_grpc import ClusterServiceStub
from registry.v1.search_service_pb2_grpc import SearchServiceStub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.processes import Serving

SEARCHES = 300
PAGE_SIZE = 50
FAR = 1_000
ROUNDS = 100
VIEWS_ATTEMPTS = 10
LISTS = (("", ""), ("", "name"), ("country = PL", "name"))


class Took(NamedTuple):
    """How long calls took, in milliseconds, sorted."""

    p50: float
    p99: float


def main() -> None:
    """Fill, ask, print."""
    given = _arguments()
    with tempfile.TemporaryDirectory(prefix="finding-") as own:
        directory = Path(given.data or own)
        with _serving(directory) as serving, grpc.insecure_channel(serving.address) as channel:
            if not _one_is_there(channel):
                _fill(serving.address, given.clusters)
            started = time.perf_counter()
            _wait_for_views(serving.address)
            print(f"views caught up after {time.perf_counter() - started:.1f} s more")
            _print_sizes(directory)
            _print_searches(SearchServiceStub(channel), given.clusters)
            _print_lists(ClusterServiceStub(channel))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.finding", description=__doc__)
    many = 10_000 if os.environ.get("SHORT") else 100_000
    parser.add_argument("--clusters", type=int, default=many)
    parser.add_argument("--data", default="")
    return parser.parse_args()


@contextmanager
def _serving(directory: Path) -> Iterator[Serving]:
    store = directory / "store"
    create = [] if store.exists() else ["--create"]
    command = [str(processes.BIN / "registry"), "serve", "--data", str(store), *create]
    with processes.program(*command, "--address", "127.0.0.1:0", directory=directory) as serving:
        yield serving


def _one_is_there(channel: grpc.Channel) -> bool:
    try:
        asked = clusters.GetClusterRequest(cluster="clusters/made-up-0")
        ClusterServiceStub(channel).GetCluster(asked)
    except grpc.RpcError:
        return False
    return True


def _fill(address: str, many: int) -> None:
    started = time.perf_counter()
    filling.fill(address, list(naming.messages_of(many, naming.Names())))
    print(f"{many:,} clusters registered in {time.perf_counter() - started:.0f} s")


def _wait_for_views(address: str) -> None:
    """Wait, also while they are made anew, which takes a minute of so large a log."""
    for attempt in range(VIEWS_ATTEMPTS):
        try:
            wait_for_views(address)
        except load.Failed:
            if attempt + 1 == VIEWS_ATTEMPTS:
                raise
        else:
            return


def _print_sizes(directory: Path) -> None:
    for name in ("events.db", "views-*.db"):
        size_bytes = sum(path.stat().st_size for path in (directory / "store").glob(name))
        print(f"{name}: {size_bytes / 1e6:.0f} MB")


def _print_searches(stub: SearchServiceStub, many: int) -> None:
    names = naming.Names()
    made = [names.name() for _ in range(min(many, 5 * SEARCHES))]
    chosen = random.Random(2).sample(made, SEARCHES)
    asked = {
        "a whole name": chosen,
        "its first 8 letters": [name[:8] for name in chosen],
        "its longest word": [max(name.split(), key=len) for name in chosen],
        "a whole name, two letters exchanged": [misspelt(name) for name in chosen],
        "its longest word, two exchanged": [misspelt(max(n.split(), key=len)) for n in chosen],
        "two words that many have": ["Klaster Automotive", "Valley Digital", "Wood Cluster"] * 30,
        "a word that very many have": ["klaster", "cluster", "valley"] * 30,
        "what nobody is called": ["xylophone quartz"] * 90,
    }
    print(f"\n{'search for':40}{'p50':>8}{'p99':>8}  ms{'hits':>8}")
    for what, texts in asked.items():
        hits: list[int] = []
        took = _took([_searching(stub, text, hits) for text in texts])
        print(f"{what:40}{took.p50:8.1f}{took.p99:8.1f}{sum(hits) / len(texts):12.1f}")


def _searching(stub: SearchServiceStub, text: str, hits: list[int]) -> Callable[[], None]:
    return lambda: hits.append(len(stub.Search(pb.SearchRequest(text=text)).hits))


def _print_lists(stub: ClusterServiceStub) -> None:
    print(f"\n{f'pages of {PAGE_SIZE}':40}{'first':>8}{'far':>8}  ms  ratio")
    for selected, order in LISTS:
        first = clusters.ListClustersRequest(page_size=PAGE_SIZE, filter=selected, order_by=order)
        far, page = _far(stub, first)
        near_ms, far_ms = [], []
        for _ in range(ROUNDS):  # in turns
            near_ms.append(_ms(partial(stub.ListClusters, first)))
            far_ms.append(_ms(partial(stub.ListClusters, far)))
        near, distant = median(near_ms), median(far_ms)
        what = f"{selected or 'all'}, by {order or 'resource name'}, page {page}"
        print(f"{what:40}{near:8.1f}{distant:8.1f}{distant / near:10.2f}", flush=True)


def _far(
    stub: ClusterServiceStub, first: clusters.ListClustersRequest
) -> tuple[clusters.ListClustersRequest, int]:
    """Request of the page FAR, or of the last one."""
    request, page = first, 1
    while page < FAR:
        answer = stub.ListClusters(request)
        if not answer.next_page_token:
            break
        request = clusters.ListClustersRequest()
        request.CopyFrom(first)
        request.page_token = answer.next_page_token
        page += 1
    return request, page


def _took(calls: Sequence[Callable[[], None]]) -> Took:
    times = [_ms(call) for call in calls]
    return Took(median(times), quantiles(times, n=100)[98])


def _ms(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1e3


if __name__ == "__main__":
    main()
