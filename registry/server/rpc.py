"""From servicer methods to gRPC handlers, by what the protos say of each RPC.

A servicer has one method per RPC, named as the RPC in snake case and marked with what
it is: `command` (submits and answers a ticket), `point_read`, `log_query`, `query`, `call`,
`waiting_call` or `stream`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import grpc
from google.protobuf.message_factory import GetMessageClass

from registry.server.reading import Reading, date_of, timeout_s
from registry.server.receipts import receipts_of
from registry.server.similar import warnings_of
from registry.server.validation import decoder
from registry.v1 import access_pb2

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
    from google.protobuf.message import Message

    from registry.eventstore.commands import Intent
    from registry.server.backend import Backend, Context
    from registry.server.interceptor import Interceptor

    Handler = Callable[[Any, Context], Any]
    Binder = Callable[[Callable[..., Any], "Method", Backend], Handler]

F = TypeVar("F", bound="Callable[..., Any]")


@dataclass(frozen=True)
class Method:
    """One RPC as its proto describes it."""

    path: str
    name: str
    """In snake case: the name of the servicer's method."""
    role: int
    request: type[Message]
    response: type[Message]
    client_streams: bool
    server_streams: bool

    @property
    def always_logged(self) -> bool:
        """What operates the registry is in its log."""
        return self.role == access_pb2.ROLE_STEWARD

    @classmethod
    def of(cls, rpc: MethodDescriptor) -> Method:
        """Read the description."""
        return cls(
            path=f"/{rpc.containing_service.full_name}/{rpc.name}",
            name=re.sub(r"(?<!^)([A-Z])", r"_\1", rpc.name).lower(),
            role=rpc.GetOptions().Extensions[access_pb2.role],
            request=GetMessageClass(rpc.input_type),
            response=GetMessageClass(rpc.output_type),
            client_streams=rpc.client_streaming,
            server_streams=rpc.server_streaming,
        )


class Servicer:
    """Base of all servicers."""

    SERVICE: ClassVar[ServiceDescriptor]

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.registry = backend.registry

    def methods(self) -> Iterator[tuple[Method, Callable[..., Any]]]:
        """Iterate over the RPCs of the service, each with the method that carries it out."""
        for rpc in self.SERVICE.methods:
            method = Method.of(rpc)
            yield method, getattr(self, method.name)

    def commands(self) -> Iterator[tuple[Method, Callable[..., Intent]]]:
        """Iterate over those that record."""
        for method, function in self.methods():
            if _binder(self, method) in _RECORDING:
                yield method, function


_binders: dict[Callable[..., Any], Binder] = {}


def _marked(binder: Binder) -> Callable[[F], F]:
    def mark(function: F) -> F:
        _binders[function] = binder
        return function

    return mark


def _command(_: Callable[..., Intent], method: Method, backend: Backend) -> Handler:
    path, recorder = method.path, backend.recorder

    async def handle(request: bytes, context: Context) -> bytes:
        answer = await recorder.record(path, request)
        # What is recorded was a message; the bytes of two messages are those of both as one.
        return answer + await receipts_of(backend, method, request, answer, context)

    return handle


def _registration(intend: Callable[..., Intent], method: Method, backend: Backend) -> Handler:
    record, decode = _command(intend, method, backend), decoder(method.request)

    async def handle(request: bytes, context: Context) -> bytes:
        answer: bytes = await record(request, context)
        return answer + await warnings_of(backend, decode(request), answer, method.response)

    return handle


_RECORDING = (_command, _registration)


def _dated(ask: Callable[..., Any], method: Method) -> Callable[[Any, Reading], Any]:
    """Have an answer name the day it is for, unless it does so itself (as a page of a list)."""
    if "as_of" not in method.response.DESCRIPTOR.fields_by_name:
        return ask

    def answer(request: Any, reading: Reading) -> Any:
        found = ask(request, reading)
        if not isinstance(found, bytes) and not found.HasField("as_of"):
            found.as_of.CopyFrom(date_of(reading.day))
        return found

    return answer


def _point_read(find: Callable[..., Any], method: Method, backend: Backend) -> Handler:
    find = _dated(find, method)

    async def on_the_loop(request: Any, context: Context) -> Any:
        return find(request, Reading.of(request, context))

    async def in_a_thread(request: Any, context: Context) -> Any:
        return await backend.in_thread(find, request, Reading.of(request, context))

    return on_the_loop if backend.fast_point_reads else in_a_thread


def _query(ask: Callable[..., Any], method: Method, backend: Backend) -> Handler:
    ask = _dated(ask, method)

    async def handle(request: Any, context: Context) -> Any:
        reading = Reading.of(request, context)
        await backend.caught_up(reading)
        return await backend.in_thread(ask, request, reading)

    return handle


def _log_query(ask: Callable[..., Any], method: Method, backend: Backend) -> Handler:
    ask = _dated(ask, method)

    async def handle(request: Any, context: Context) -> Any:
        return await backend.in_thread(ask, request, Reading.of(request, context))

    return handle


def _call(act: Callable[..., Awaitable[Any]], _: Method, __: Backend) -> Handler:
    async def handle(request: Any, _: Context) -> Any:
        return await act(request)

    return handle


def _waiting_call(act: Callable[..., Awaitable[Any]], _: Method, __: Backend) -> Handler:
    async def handle(request: Any, context: Context) -> Any:
        return await act(request, timeout_s(context))

    return handle


def _stream(act: Callable[..., Any], _: Method, __: Backend) -> Handler:
    def handle(request: Any, _: Context) -> Any:
        return act(request)

    return handle


command = _marked(_command)
"""Records: (command, request) -> Intent; the request is checked before."""
registration = _marked(_registration)
"""Records a new resource, as `command` does, and warns of similar ones where that is asked for."""
point_read = _marked(_point_read)
"""Reads one resource from the log: (request, reading) -> response; short."""
log_query = _marked(_log_query)
"""Reads more than one resource from the log: (request, reading) -> response, in a thread."""
query = _marked(_query)
"""Reads from the views: (request, reading) -> response or its bytes, in a thread, after
min_position."""
call = _marked(_call)
"""Anything else with one answer: async (request) -> response."""
waiting_call = _marked(_waiting_call)
"""The same of what waits: async (request, timeout_s) -> response."""
stream = _marked(_stream)
"""Many answers: (request or requests) -> async iterator of responses."""


def handlers(servicer: Servicer, interceptor: Interceptor) -> grpc.GenericRpcHandler:
    """Build the handlers of all RPCs of a service."""
    return grpc.method_handlers_generic_handler(
        servicer.SERVICE.full_name,
        {
            method.path.rpartition("/")[2]: _handler(method, function, servicer, interceptor)
            for method, function in servicer.methods()
        },
    )


def _handler(
    method: Method, function: Any, servicer: Servicer, interceptor: Interceptor
) -> grpc.RpcMethodHandler[Any, Any]:
    binder = _binder(servicer, method)
    handle = binder(function, method, servicer.backend)
    if binder in _RECORDING:
        # Bytes in, bytes out: who records reads the request and makes the answer.
        unchecked: Any = interceptor.unary(method, handle, validate=False)
        return grpc.unary_unary_rpc_method_handler(unchecked)
    ends = (decoder(method.request), _encoder(method.response))
    if not method.server_streams:
        unary: Any = interceptor.unary(method, handle)
        return grpc.unary_unary_rpc_method_handler(unary, *ends)
    wrapped: Any = interceptor.streaming(method, handle, validate=not method.client_streams)
    if method.client_streams:
        return grpc.stream_stream_rpc_method_handler(wrapped, *ends)
    return grpc.unary_stream_rpc_method_handler(wrapped, *ends)


def _encoder(kind: type[Message]) -> Callable[[Message | bytes], bytes]:
    """Encode answers; one that is bytes is encoded already."""
    encode = kind.SerializeToString
    return lambda answer: answer if isinstance(answer, bytes) else encode(answer)


def _binder(servicer: Servicer, method: Method) -> Binder:
    return _binders[getattr(type(servicer), method.name)]
