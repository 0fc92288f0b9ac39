"""Rebuilding: what a caller who records feels of it when the views are made anew beside."""

from __future__ import annotations

import statistics
import threading
import time
import uuid
from typing import TYPE_CHECKING, NamedTuple

import grpc

from registry.v1 import (
    cluster_service_pb2,
    cluster_service_pb2_grpc,
    view_service_pb2,
    view_service_pb2_grpc,
)

if TYPE_CHECKING:
    from collections.abc import Callable

VIEW = "registry"
PAUSE_S = 0.02
"""Between two commands of the one client: a registry that is worked with, not loaded."""
BEFORE_S = 20.0


class Rebuilt(NamedTuple):
    """What a rebuild took, and commands before and during it."""

    took_s: float
    before_p99_ms: float
    during_p99_ms: float


def rebuilt(address: str) -> Rebuilt:
    """Record for a while, then go on while the views are made anew."""
    with grpc.insecure_channel(address) as channel:
        clusters = cluster_service_pb2_grpc.ClusterServiceStub(channel)
        views = view_service_pb2_grpc.ViewServiceStub(channel)
        quiet_until = time.monotonic() + BEFORE_S
        before = _commands_ms(clusters, lambda: time.monotonic() < quiet_until)
        rebuilding = threading.Thread(
            target=views.RebuildView, args=(view_service_pb2.RebuildViewRequest(view=VIEW),)
        )
        started = time.monotonic()
        rebuilding.start()
        during = _commands_ms(clusters, rebuilding.is_alive)
        return Rebuilt(time.monotonic() - started, _p99(before), _p99(during))


def _commands_ms(
    clusters: cluster_service_pb2_grpc.ClusterServiceStub, go_on: Callable[[], bool]
) -> list[float]:
    took = []
    while go_on():
        request = cluster_service_pb2.RegisterClusterRequest(
            cluster_id=f"beside-{uuid.uuid4()}", name="Recorded beside a rebuild"
        )
        started = time.perf_counter()
        clusters.RegisterCluster(request)
        took.append(1000 * (time.perf_counter() - started))
        time.sleep(PAUSE_S)
    return took


def _p99(took_ms: list[float]) -> float:
    return statistics.quantiles(took_ms, n=100)[98]
