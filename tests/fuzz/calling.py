"""Calling: many hostile calls at once against a service on a port."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import grpc
import grpc.aio

from registry.server.rpc import Method
from registry.server.status import TRAILER
from tests.fuzz.hostile import Hostile, told
from tests.fuzz.judging import Call, Verdict, recorded_by
from tests.server.client import RPCS

IN_FLIGHT = 48
CHANNELS = 4
TIMEOUT_S = 60.0
MANY = {"RecordBatch": 0.1, "RebuildView": 0.02, "ReplayEvents": 0.3}
"""Share of the calls that a costly method has, of one like the others."""


class Caller:
    """Calls methods with whatever bytes it is given."""

    def __init__(self, address: str) -> None:
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_metadata_size", 65536)]
        self._channels = [grpc.aio.insecure_channel(address, options) for _ in range(CHANNELS)]
        self._blocking = grpc.insecure_channel(address)
        self._next = 0

    async def close(self) -> None:
        """Close the channels."""
        for channel in self._channels:
            await channel.close()
        self._blocking.close()

    async def call(self, method: Method, sent: list[bytes]) -> Call:
        """Make one call, and read at most one of many answers."""
        if method.client_streams:
            return await asyncio.to_thread(self._streamed, method, sent)
        self._next += 1
        channel: Any = self._channels[self._next % CHANNELS]
        try:
            answers = [await _answer(channel, method, sent[0])]
        except grpc.aio.AioRpcError as error:
            return _refused(method, sent, error, [])
        return Call(method.path, sent, grpc.StatusCode.OK, recorded=_sum(method, answers))

    def _streamed(self, method: Method, sent: list[bytes]) -> Call:
        """Send several messages, some of them perhaps after the service has refused one.

        By the library's other client: this one makes an INTERNAL of its own of a message that
        comes too late, in the place of the status that the service sent.
        """
        answers: list[bytes] = []
        call: Any = self._blocking.stream_stream(method.path)
        try:
            for answer in call(iter(sent), timeout=TIMEOUT_S):
                answers.append(answer)  # noqa: PERF402 - what came before a refusal counts
        except grpc.RpcError as error:
            return _refused(method, sent, error, answers)
        return Call(method.path, sent, grpc.StatusCode.OK, recorded=_sum(method, answers))


async def _answer(channel: Any, method: Method, sent: bytes) -> bytes:
    if not method.server_streams:
        answer: bytes = await channel.unary_unary(method.path)(sent, timeout=TIMEOUT_S)
        return answer
    call = channel.unary_stream(method.path)(sent, timeout=TIMEOUT_S)
    first = await call.read()
    call.cancel()
    return b"" if first is grpc.aio.EOF else bytes(first)


def _refused(method: Method, sent: list[bytes], error: Any, answers: list[bytes]) -> Call:
    details = dict(error.trailing_metadata() or ()).get(TRAILER, b"")
    return Call(method.path, sent, error.code(), bytes(details), _sum(method, answers))


def _sum(method: Method, answers: list[bytes]) -> int:
    return sum(recorded_by(method.response.FromString(data)) for data in answers)


def drawn(hostile: Hostile, number: int) -> Iterator[tuple[Method, list[bytes]]]:
    """So many calls; costly methods are called less often."""
    names = list(RPCS)
    weights = [MANY.get(name, 1.0) for name in names]
    for _ in range(number):
        (name,) = hostile.random.choices(names, weights)
        method = RPCS[name]
        several = method.client_streams
        yield method, hostile.requests(method) if several else [hostile.request(method)]


async def fuzz(address: str, seed: int, number: int) -> tuple[Verdict, int]:
    """Make hostile calls; what came of them, and events in the log that nobody acknowledged."""
    caller, verdict = Caller(address), Verdict()
    calls = drawn(Hostile(seed), number)

    async def work() -> None:
        for method, sent in calls:
            verdict.judge(await caller.call(method, sent))

    for name, request in told():
        verdict.judge(await caller.call(RPCS[name], [request.SerializeToString()]))
    before = await head(address) - verdict.acknowledged
    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    after = await head(address)
    await caller.close()
    return verdict, after - before - verdict.acknowledged


async def head(address: str) -> int:
    """Position of the end of the log: the service still answers."""
    async with grpc.aio.insecure_channel(address) as channel:
        method = RPCS["ListViews"]
        listing: Any = channel.unary_unary(method.path, None, method.response.FromString)
        answer = await listing(b"", timeout=TIMEOUT_S)
    return int(answer.views[0].head_position)
