"""Watching: what a thousand watchers who wait cost those who write, and the memory of each.

    python -m benchmarks.watching ADDRESS [PATH]

keeps a thousand streams open until its standard input is closed: watches of the registry, or the
streams of another RPC.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc.aio

from benchmarks import processes
from benchmarks.commands import command_per_s
from benchmarks.load import Failed
from benchmarks.measuring import Measure
from benchmarks.peers import bare
from registry.v1 import event_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.bench import Bench

WATCHERS = 1000
CONNECTIONS = 20
CLIENTS = 32
WATCH = "/registry.v1.EventService/WatchEvents"
READY = "ready"


def measures(bench: Bench) -> Iterator[Callable[[], Measure]]:
    """List what is measured."""
    yield functools.partial(_over_none, bench)
    yield functools.partial(_over_bare_streams, bench)


def _over_none(bench: Bench) -> Measure:
    return Measure(
        name=f"command, {WATCHERS:,} idle watchers / none",
        goal=">= 0.95",
        unit="calls/s",
        client=bench.driver.name,
        ours=functools.partial(_watched_per_s, bench),
        other=functools.partial(command_per_s, bench, CLIENTS),
        settings={
            "ours": f"RegisterCluster while {WATCHERS} watch a stream each that nobody touches, "
            f"over {CONNECTIONS} connections of one Python process, a heartbeat every 10 s each",
            "beside": "RegisterCluster while nobody watches",
            "clients": CLIENTS,
        },
    )


def _over_bare_streams(bench: Bench) -> Measure:
    rounds = itertools.count()
    return Measure(
        name="memory of an idle watch / a bare stream",
        goal="",
        unit="KiB",
        client=f"grpcio, Python, {CONNECTIONS} connections of one process",
        ours=lambda: _watch_kib(bench, next(rounds)),
        other=lambda: _stream_kib(bench, next(rounds)),
        settings={
            "ours": f"growth of the service's resident memory by {WATCHERS} watches, each of a "
            "stream of its own, in a service started anew",
            "beside": "the same by as many streams of a bare grpc.aio server, each answered once",
            "streams": WATCHERS,
        },
    )


def _watched_per_s(bench: Bench) -> float:
    with _waiting(bench.registry, WATCH):
        return command_per_s(bench, CLIENTS)


def _watch_kib(bench: Bench, number: int) -> float:
    directory = bench.directory / f"watched-{number}"
    with processes.registry(directory) as serving:
        kib = _growth_kib(serving, WATCH)
    shutil.rmtree(directory)
    return kib


def _stream_kib(bench: Bench, number: int) -> float:
    with processes.peer("bare", bench.directory / f"bare-{number}") as serving:
        return _growth_kib(serving, f"/{bare.SERVICE}/{bare.STREAM}")


def _growth_kib(serving: processes.Serving, path: str) -> float:
    """Memory of a stream, once the first ones have brought in what all of them share."""
    with _waiting(serving.address, path, CONNECTIONS):
        before = _resident_kib(serving.pid)
        with _waiting(serving.address, path):
            return (_resident_kib(serving.pid) - before) / WATCHERS


def _resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1])


@contextlib.contextmanager
def _waiting(address: str, path: str, number: int = WATCHERS) -> Iterator[None]:
    """Have as many streams wait within the block, in a process of their own."""
    command = [sys.executable, "-m", "benchmarks.watching", address, path, str(number)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None  # noqa: S101 - asked for
        assert process.stdout is not None  # noqa: S101
        try:
            if process.stdout.readline().strip() != READY.encode():
                raise Failed(f"{number} streams could not be opened")
            yield
            if process.poll() is not None:
                raise Failed("a stream ended")
        finally:
            process.stdin.close()


def main() -> None:
    """Keep streams open."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("address")
    parser.add_argument("path", nargs="?", default=WATCH)
    parser.add_argument("number", nargs="?", type=int, default=WATCHERS)
    given = parser.parse_args()
    asyncio.run(_wait(given.address, given.path, given.number))


async def _wait(address: str, path: str, number: int) -> None:
    options = [("grpc.use_local_subchannel_pool", 1)]
    channels = [grpc.aio.insecure_channel(address, options) for _ in range(CONNECTIONS)]
    calls: list[Any] = []
    for each in range(number):
        request = pb.WatchEventsRequest(stream=f"clusters/watched-{os.getpid()}-{each}")
        message = request.SerializeToString() if path == WATCH else b""
        open_stream: Any = channels[each % CONNECTIONS].unary_stream(path)
        calls.append(open_stream(message))
    await asyncio.gather(*(call.read() for call in calls))
    print(READY, flush=True)
    ended = [asyncio.create_task(_ended(call)) for call in calls]
    closed = asyncio.create_task(asyncio.to_thread(sys.stdin.buffer.read))
    await asyncio.wait([closed, *ended], return_when=asyncio.FIRST_COMPLETED)
    for call in calls:
        call.cancel()
    for channel in channels:
        await channel.close()
    await asyncio.wait(ended)


async def _ended(call: Any) -> None:
    """Take what comes until the stream ends."""
    with contextlib.suppress(grpc.aio.AioRpcError, asyncio.CancelledError):
        while await call.read() is not grpc.aio.EOF:
            pass


if __name__ == "__main__":
    main()
