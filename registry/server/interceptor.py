"""What every RPC goes through: drain, limit, validation, the error model, one log line.

It wraps each handler once, when the server is built, instead of being asked per call.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from google.protobuf.message import DecodeError
from grpc import StatusCode

from registry.errors import Draining, Overloaded
from registry.server import status
from registry.server.validation import check

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable

    from google.protobuf.message import Message
    from google.rpc.status_pb2 import Status
    from grpc.aio import ServicerContext

    Context = ServicerContext[Any, Any]
    Unary = Callable[[Any, Context], Awaitable[Message]]
    Streaming = Callable[[Any, Context], AsyncIterable[Message]]

MAX_IN_FLIGHT = 4096
"""RPCs in work at once; more are answered RESOURCE_EXHAUSTED, to be sent again."""

log = structlog.get_logger("registry.server")


class _Method(Protocol):
    """What the interceptor wants to know of a method."""

    @property
    def path(self) -> str:
        """Full path, "/registry.v1.ClusterService/GetCluster"."""
        ...

    @property
    def request(self) -> type[Message]:
        """Its request."""
        ...

    @property
    def response(self) -> type[Message]:
        """Its answer."""
        ...

    @property
    def always_logged(self) -> bool:
        """Whether a success is logged too, even where requests are not."""
        ...


class Interceptor:
    """Wraps handlers; knows how many calls are in work and whether the service is stopping."""

    def __init__(self, *, log_requests: bool = False, max_in_flight: int = MAX_IN_FLIGHT) -> None:
        self.draining = asyncio.Event()
        self._in_flight = 0
        self._max_in_flight = max_in_flight
        self._log_requests = log_requests

    def unary(self, method: _Method, handler: Unary, *, validate: bool = True) -> Unary:
        """Wrap a handler that gives one answer; `validate` unless it does so itself."""
        logged = self._log_requests or method.always_logged

        async def handle(request: Message, context: Context) -> Message:
            started = time.perf_counter()
            self._in_flight += 1
            try:
                self._admit()
                if validate:
                    check(request)
                answer = await handler(request, context)
            except Exception as error:  # noqa: BLE001 - every failure becomes a status
                refusal = error
            else:
                if logged:
                    _line(method, "OK", started, request, answer)
                return answer
            finally:
                self._in_flight -= 1
            return await _abort(refusal, method, context, started, request)

        return handle

    def streaming(self, method: _Method, handler: Streaming, *, validate: bool) -> Streaming:
        """Wrap a handler that gives many answers; `validate` where its request is one message."""
        logged = self._log_requests or method.always_logged

        async def handle(request: Any, context: Context) -> AsyncIterator[Message]:
            started = time.perf_counter()
            self._in_flight += 1
            try:
                self._admit()
                if validate:
                    check(request)
                async for answer in handler(request, context):
                    yield answer
            except Exception as error:  # noqa: BLE001 - every failure becomes a status
                refusal = error
            else:
                if logged:
                    _line(method, "OK", started, request, None)
                return
            finally:
                self._in_flight -= 1
            await _abort(refusal, method, context, started, request)

        return handle

    def _admit(self) -> None:
        if self.draining.is_set():
            raise Draining("the service is stopping; send it again")
        if self._in_flight > self._max_in_flight:
            raise Overloaded(f"{self._max_in_flight} calls are in work; send it again")


async def _abort(
    error: Exception, method: _Method, context: Context, started: float, request: Any
) -> Message:
    refused = status.status_of(error, method.path)
    code = status.code_of(refused)
    if code is not StatusCode.INTERNAL:
        _line(method, code.name, started, request, None, reason=status.reason_of(refused))
    return await _say(context, code, refused)


async def _say(context: Context, code: StatusCode, refused: Status) -> Message:
    return await context.abort(code, refused.message, status.trailers(refused))


def _line(
    method: _Method, code: str, started: float, request: Any, answer: Any, **more: str
) -> None:
    answer = _decoded(method.response, answer)
    recorded = getattr(answer, "recorded", None)
    options = getattr(_decoded(method.request, request), "options", None)
    log.info(
        "rpc",
        method=method.path,
        code=code,
        duration_ms=round((time.perf_counter() - started) * 1000, 3),
        principal="principals/local",
        request_id=getattr(recorded or options, "request_id", ""),
        position=getattr(recorded, "position", getattr(answer, "read_position", 0)),
        **more,
    )


def _decoded(kind: type[Message], data: Any) -> Any:
    """A message, also where only its bytes went through; None where they are none."""
    if not isinstance(data, bytes):
        return data
    try:
        return kind.FromString(data)
    except DecodeError:
        return None
