"""The log as a whole: replay beside a SELECT, commands in bulk beside executemany."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import time
from typing import TYPE_CHECKING

import grpc

from benchmarks import filling, stores
from benchmarks.bench import wait_for_views
from benchmarks.load import Failed
from benchmarks.measuring import Measure
from registry.eventstore.reads import COLUMNS
from registry.v1 import event_service_pb2 as pb
from registry.v1.event_service_pb2_grpc import EventServiceStub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.bench import Bench

BATCH = 500
REPLAYED_A_SECOND_OF_RUN = 20_000
IN_BULK_A_SECOND_OF_RUN = 3_000
CLIENT = "grpcio, Python, one process of its own"


def measures(bench: Bench) -> Iterator[Callable[[], Measure]]:
    """List what is measured."""
    yield functools.partial(_over_select, bench)
    yield functools.partial(_over_executemany, bench)


def _over_select(bench: Bench) -> Measure:
    return Measure(
        name=f"replay over gRPC, batches of {BATCH} / SELECT",
        goal=">= 0.25",
        unit="events/s",
        client=CLIENT,
        ours=functools.partial(_replayed_per_s, bench),
        other=functools.partial(_selected_per_s, bench),
        settings={
            "ours": "ReplayEvents, every event decoded by the client",
            "beside": "SELECT of the same columns and rows, in the process that asks",
            "events": f"at least {_replayed(bench)}",
        },
        prepare=functools.partial(fill, bench),
    )


def _over_executemany(bench: Bench) -> Measure:
    return Measure(
        name=f"RecordBatch, {BATCH} a message / executemany",
        goal="",
        unit="events/s",
        client=CLIENT,
        ours=functools.partial(_recorded_per_s, bench),
        other=functools.partial(_inserted_per_s, bench),
        settings={
            "ours": "commands decided one by one, each recorded as one event",
            "beside": "executemany of such rows into such a table, without keys, request ids "
            f"or rules, {BATCH} rows a transaction, synchronous=FULL",
            "events": _in_bulk(bench),
        },
    )


def _events(bench: Bench) -> int:
    return stores.sqlite_rows(bench.events_file) if bench.registry else 0


def fill(bench: Bench) -> None:
    """See to it that the registry on SQLite has events to read."""
    missing = _replayed(bench) - _events(bench)
    if missing > 0:
        filling.fill(bench.registry, filling.messages_of(missing))
    wait_for_views(bench.registry)


def _replayed(bench: Bench) -> int:
    return int(REPLAYED_A_SECOND_OF_RUN * bench.run_s)


def _in_bulk(bench: Bench) -> int:
    return int(IN_BULK_A_SECOND_OF_RUN * bench.run_s)


def _replayed_per_s(bench: Bench) -> float:
    started, replayed, position = time.perf_counter(), 0, 0
    with grpc.insecure_channel(bench.registry) as channel:
        for batch in EventServiceStub(channel).ReplayEvents(
            pb.ReplayEventsRequest(batch_size=BATCH)
        ):
            replayed += len(batch.events)
            position = batch.read_position
    seconds = time.perf_counter() - started
    if replayed != position or replayed != _events(bench):
        raise Failed(f"{replayed} events up to position {position} came, not all")
    return replayed / seconds


def _selected_per_s(bench: Bench) -> float:
    with contextlib.closing(sqlite3.connect(bench.events_file)) as connection:
        started = time.perf_counter()
        rows = connection.execute(f"SELECT {COLUMNS} FROM events ORDER BY position").fetchall()  # noqa: S608 - constants
        return len(rows) / (time.perf_counter() - started)


def _recorded_per_s(bench: Bench) -> float:
    messages = filling.messages_of(_in_bulk(bench))
    before, started = _events(bench), time.perf_counter()
    filling.fill(bench.registry, messages)
    seconds = time.perf_counter() - started
    wait_for_views(bench.registry)
    return (_events(bench) - before) / seconds


def _inserted_per_s(bench: Bench) -> float:
    """Insert as many rows of the log into an empty table, committing as often."""
    with contextlib.closing(sqlite3.connect(bench.events_file)) as connection:
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM events ORDER BY position LIMIT ?",  # noqa: S608 - constants
            (_in_bulk(bench),),
        ).fetchall()
        (schema,) = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'events'"
        ).fetchone()
    file = bench.directory / "executemany.db"
    file.unlink(missing_ok=True)
    return len(rows) / _insert(file, schema, rows)


def _insert(file: Path, schema: str, rows: list[tuple[object, ...]]) -> float:
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(schema)
        started = time.perf_counter()
        for start in range(0, len(rows), BATCH):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", rows[start : start + BATCH]
            )
            connection.execute("COMMIT")
        return time.perf_counter() - started
