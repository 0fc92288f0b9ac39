"""Durable commands: registering a cluster, beside an empty RPC, the library, UmaDB, and SQL."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from benchmarks import messages, stores
from benchmarks.bench import wait_for_views
from benchmarks.measuring import Measure
from benchmarks.peers import library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.bench import Bench

CLIENTS = (1, 32)


def measures(bench: Bench) -> Iterator[Callable[[], Measure]]:
    """List what is measured."""
    for clients in CLIENTS:
        yield functools.partial(_over_an_empty_rpc, bench, clients)
    yield functools.partial(_over_the_library, bench)
    yield functools.partial(_over_umadb, bench)
    for clients in CLIENTS:
        yield functools.partial(_on_postgres, bench, clients)


def _over_an_empty_rpc(bench: Bench, clients: int) -> Measure:
    return Measure(
        name=f"command / empty RPC, {clients} client{'s'[: clients - 1]}",
        goal=">= 0.70" if clients > 1 else "",
        unit="calls/s",
        client=bench.driver.name,
        ours=functools.partial(command_per_s, bench, clients),
        other=functools.partial(empty_per_s, bench, clients),
        settings={
            "ours": "RegisterCluster with all interceptors, each call one durable event",
            "beside": "empty RPC of a bare grpc.aio server",
            "clients": clients,
        },
    )


def _over_the_library(bench: Bench) -> Measure:
    return Measure(
        name="command / library behind a sync server, 32",
        goal=">= 2.5",
        unit="calls/s",
        client=bench.driver.name,
        ours=functools.partial(command_per_s, bench, 32),
        other=functools.partial(_library_per_s, bench, 32),
        settings={
            "ours": "RegisterCluster",
            "beside": "eventsourcing Application.save of one aggregate with one event, SQLite WAL "
            f"synchronous=FULL, grpc.server with {library.WORKERS} threads",
            "clients": 32,
        },
    )


def _over_umadb(bench: Bench) -> Measure:
    return Measure(
        name="command / UmaDB append, 32 clients",
        goal="",
        unit="calls/s",
        client=bench.driver.name,
        ours=functools.partial(command_per_s, bench, 32),
        other=functools.partial(_umadb_per_s, bench, 32),
        settings={
            "ours": "RegisterCluster",
            "beside": "UmaDB, an event store in Rust with a gRPC API: Append of one event of "
            f"{messages.EVENT_BYTES} bytes without a condition; no rules, request ids or views",
            "clients": 32,
        },
    )


def _on_postgres(bench: Bench, clients: int) -> Measure:
    return Measure(
        name=f"command on PostgreSQL / empty RPC, {clients}",
        goal="",
        unit="calls/s",
        client=bench.driver.name,
        ours=functools.partial(_postgres_per_s, bench, clients),
        other=functools.partial(empty_per_s, bench, clients),
        settings={
            "ours": "RegisterCluster on a local PostgreSQL with fsync=on",
            "beside": "empty RPC of a bare grpc.aio server",
            "clients": clients,
        },
    )


def command_per_s(bench: Bench, clients: int) -> float:
    """Durable commands a second on SQLite; the views follow, and have caught up at the end."""
    call = messages.register(bench.registry)
    per_s = bench.recording_per_s(call, clients, bench.events)
    wait_for_views(bench.registry)
    return per_s


def empty_per_s(bench: Bench, clients: int) -> float:
    """Empty calls a second."""
    return bench.per_s(messages.nothing(bench.bare), clients)


def _library_per_s(bench: Bench, clients: int) -> float:
    call = messages.save(bench.library)
    file = bench.directory / "library" / library.FILE
    rows = functools.partial(stores.sqlite_rows, file, "stored_events")
    return bench.recording_per_s(call, clients, rows)


def _umadb_per_s(bench: Bench, clients: int) -> float:
    import umadb  # noqa: PLC0415 - only where it is measured

    call = messages.append(bench.umadb)
    client: Any = umadb.Client(f"http://{bench.umadb}")
    return bench.recording_per_s(call, clients, lambda: client.head() or 0)


def _postgres_per_s(bench: Bench, clients: int) -> float:
    call = messages.register(bench.postgres)
    rows = functools.partial(stores.postgres_rows, bench.postgres_url)
    per_s = bench.recording_per_s(call, clients, rows)
    wait_for_views(bench.postgres)
    return per_s
