"""Bench: the servers and the load client that the measures of one run share."""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import sqlite3
import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Self

import grpc

from benchmarks import load, processes, stores
from registry.eventstore import writer
from registry.v1 import view_service_pb2 as views_pb
from registry.v1.view_service_pb2_grpc import ViewServiceStub

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.load import Call, Driver, Drove

CALIBRATING_CALLS = 400
CATCH_UP_TIMEOUT_S = 60.0


class Bench(contextlib.ExitStack):
    """Starts a server when a measure first asks for it; stops all of them at the end."""

    def __init__(self, directory: Path, driver: Driver, run_s: float) -> None:
        super().__init__()
        self.directory = directory
        self.driver = driver
        self.run_s = run_s
        self._calls: dict[tuple[str, str, int], int] = {}

    def __enter__(self) -> Self:
        return self

    @functools.cached_property
    def bare(self) -> str:
        """Address of the bare server."""
        return self.enter_context(processes.peer("bare", self.directory / "bare")).address

    @functools.cached_property
    def library(self) -> str:
        """Address of the library behind a synchronous server."""
        return self.enter_context(processes.peer("library", self.directory / "library")).address

    @functools.cached_property
    def umadb(self) -> str:
        """Address of UmaDB."""
        return self.enter_context(processes.umadb(self.directory / "umadb")).address

    @functools.cached_property
    def registry(self) -> str:
        """Address of the registry on SQLite."""
        return self.enter_context(processes.registry(self.directory / "registry")).address

    @functools.cached_property
    def postgres_url(self) -> str:
        """URL of an empty database on a PostgreSQL of its own, with fsync."""
        from tests.postgres import PostgresServer  # noqa: PLC0415 - it may be missing

        server = self.enter_context(PostgresServer())
        return server.create_database("benchmark")

    @functools.cached_property
    def postgres(self) -> str:
        """Address of the registry on PostgreSQL."""
        directory = self.directory / "registry-postgres"
        url = self.postgres_url
        return self.enter_context(processes.registry(directory, url=url)).address

    @property
    def events_file(self) -> Path:
        """The registry's log on SQLite."""
        return self.directory / "registry" / "store" / "events.db"

    def events(self) -> int:
        """Count the events in it."""
        return stores.sqlite_rows(self.events_file)

    def drive(self, call: Call, clients: int) -> Drove:
        """Make as many calls as fill the time of a run, the same number in every round."""
        return self.driver(call, clients, self._calibrate(call, clients))

    def _calibrate(self, call: Call, clients: int) -> int:
        key = (call.address, call.path, clients)
        if key not in self._calls:
            per_s = self.driver(call, clients, CALIBRATING_CALLS).per_s
            self._calls[key] = max(clients, round(per_s * self.run_s / clients) * clients)
        return self._calls[key]

    def per_s(self, call: Call, clients: int) -> float:
        """Calls a second."""
        return self.drive(call, clients).per_s

    def recording_per_s(self, call: Call, clients: int, rows: Callable[[], int]) -> float:
        """Calls a second, all of which must have recorded an event of their own."""
        self._calibrate(call, clients)
        before = rows()
        drove = self.drive(call, clients)
        recorded = rows() - before
        if recorded != len(drove.calls):
            raise load.Failed(f"{call.path}: {len(drove.calls)} calls recorded {recorded} events")
        return drove.per_s


def wait_for_views(address: str) -> float:
    """Wait until the views have seen the whole log; answer the seconds it took."""
    started = time.monotonic()
    with grpc.insecure_channel(address) as channel:
        stub = ViewServiceStub(channel)
        while time.monotonic() < started + CATCH_UP_TIMEOUT_S:
            views = stub.ListViews(views_pb.ListViewsRequest()).views
            if all(view.position >= view.head_position for view in views):
                return time.monotonic() - started
            time.sleep(0.02)
    raise load.Failed("the views did not catch up")


def settings() -> dict[str, Any]:
    """What every figure depends on."""
    packages = ("grpcio", "protobuf", "protovalidate", "eventsourcing", "umadb")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "placement": "server and client share the cores, none is pinned",
        "python": platform.python_version(),
        "sqlite": f"{sqlite3.sqlite_version}, WAL, synchronous=FULL",
        "writer": f"a process of its own, up to {writer.MAX_BATCH} commands a batch",
        **{name: version(name) for name in packages},
    }
