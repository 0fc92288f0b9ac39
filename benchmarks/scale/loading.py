"""Loading: commands go in bulk into a service, and as raw rows into a bare table."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from typing import TYPE_CHECKING

import grpc

from benchmarks.bench import wait_for_views
from registry.v1 import record_service_pb2 as pb
from registry.v1.record_service_pb2_grpc import RecordServiceStub

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

COMMANDS = 500
"""In a message."""
IN_FLIGHT = 4
"""Messages that are not answered yet."""
ROWS = 10_000
"""Read at a time, for the bare table."""
_COLUMNS = "position, stream, version, topic, recorded_at, state, leaf"


class Refused(Exception):
    """A generated command was refused: the figures would mean nothing."""


def load(address: str, commands: Iterable[pb.Command]) -> tuple[int, float]:
    """Record everything; how many events, and in how many seconds until all is acknowledged."""
    slots = threading.Semaphore(IN_FLIGHT)

    def requests() -> Iterator[pb.RecordBatchRequest]:
        for batch in _batches(commands):
            slots.acquire()
            yield pb.RecordBatchRequest(commands=batch)

    recorded, started = 0, time.monotonic()
    with grpc.insecure_channel(address) as channel:
        for answer in RecordServiceStub(channel).RecordBatch(requests()):
            slots.release()
            for outcome in answer.outcomes:
                if outcome.HasField("error"):
                    raise Refused(outcome.error.message)
                recorded += len(outcome.recorded.events)
    took_s = time.monotonic() - started
    wait_for_views(address)
    return recorded, took_s


def _batches(commands: Iterable[pb.Command]) -> Iterator[list[pb.Command]]:
    batch: list[pb.Command] = []
    for command in commands:
        batch.append(command)
        if len(batch) == COMMANDS:
            yield batch
            batch = []
    if batch:
        yield batch


def load_raw(events: Path, into: Path) -> float:
    """Insert the same rows by executemany, in one transaction; in how many seconds.

    Only the table and its primary key: no keys, no command ids, no checks, no envelope to make.
    """
    into.unlink(missing_ok=True)
    took_s = 0.0
    with (
        contextlib.closing(sqlite3.connect(f"file:{events}?mode=ro", uri=True)) as source,
        contextlib.closing(sqlite3.connect(into)) as target,
    ):
        target.execute("PRAGMA journal_mode = WAL")
        target.execute("PRAGMA synchronous = FULL")
        target.execute(f"CREATE TABLE events ({_COLUMNS}, PRIMARY KEY (position))")
        target.execute("CREATE UNIQUE INDEX stream_version ON events (stream, version)")
        reading = source.execute(f"SELECT {_COLUMNS} FROM events ORDER BY position")  # noqa: S608
        while rows := reading.fetchmany(ROWS):
            started = time.monotonic()
            target.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            took_s += time.monotonic() - started
        started = time.monotonic()
        target.commit()
        took_s += time.monotonic() - started
    into.unlink()
    return took_s
