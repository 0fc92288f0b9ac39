"""A bare grpc.aio server with an RPC that takes nothing, does nothing and answers nothing.

It has a stream too, which answers once and then waits for ever.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc.aio
from google.protobuf.empty_pb2 import Empty

from benchmarks.peers.announcing import announce, arguments

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SERVICE, METHOD, STREAM = "benchmarks.Bare", "Nothing", "Waiting"


async def nothing(_: Empty, __: grpc.aio.ServicerContext[Any, Any]) -> Empty:
    """Answer."""
    return Empty()


async def waiting(_: Empty, __: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Empty]:
    """Answer once, and stay."""
    yield Empty()
    await asyncio.Event().wait()


async def serve(ready: Path) -> None:
    """Serve until the process is told to end."""
    server = grpc.aio.server()
    ends = (Empty.FromString, Empty.SerializeToString)
    methods: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
        METHOD: grpc.unary_unary_rpc_method_handler(nothing, *ends),
        STREAM: grpc.unary_stream_rpc_method_handler(waiting, *ends),
    }
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, methods)])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    announce(ready, port)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve(arguments().ready_file))
