"""A bare grpc.aio server with one RPC that takes nothing, does nothing and answers nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc.aio
from google.protobuf.empty_pb2 import Empty

from benchmarks.peers.announcing import announce, arguments

if TYPE_CHECKING:
    from pathlib import Path

SERVICE, METHOD = "benchmarks.Bare", "Nothing"


async def nothing(_: Empty, __: grpc.aio.ServicerContext[Any, Any]) -> Empty:
    """Answer."""
    return Empty()


async def serve(ready: Path) -> None:
    """Serve until the process is told to end."""
    server = grpc.aio.server()
    handler = grpc.unary_unary_rpc_method_handler(
        nothing, Empty.FromString, Empty.SerializeToString
    )
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler(SERVICE, {METHOD: handler})]
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    announce(ready, port)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve(arguments().ready_file))
