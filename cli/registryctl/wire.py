"""Calls of the service: a channel, and requests by the name of their RPC."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

# gRPC's own lines on stderr say nothing a person could use.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from registry_client import Client, connect
from registryctl.app import UNARY_TIMEOUT_S, Read, Settings, note
from registryctl.text import date

if TYPE_CHECKING:
    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer

PAGE_SIZE = 500
BATCH_SIZE = 500


@contextmanager
def connected(settings: Settings) -> Iterator[grpc.Channel]:
    """Open a channel to the service, closed afterwards."""
    with client(settings) as connection:
        yield connection.channel


def client(settings: Settings) -> Client:
    """Make a client of the service; close it, or use `with`."""
    return connect(settings.address, timeout_s=settings.timeout or UNARY_TIMEOUT_S)


def method(rpc: str) -> MethodDescriptor:
    """Find an RPC by "ClusterService/RenameCluster"."""
    service, _, name = rpc.partition("/")
    noun = service.removesuffix("Service").lower()
    module = import_module(f"registry.v1.{noun}_service_pb2")
    found: MethodDescriptor = module.DESCRIPTOR.services_by_name[service].methods_by_name[name]
    return found


def request(rpc: str, fields: dict[str, Any]) -> Message:
    """Make the request of an RPC; enum values by name, messages as dicts, None left out."""
    given = {name: value for name, value in fields.items() if value is not None}
    return GetMessageClass(method(rpc).input_type)(**given)


def call(
    settings: Settings, rpc: str, message: Message, *, default_s: float = UNARY_TIMEOUT_S
) -> Any:
    """Call a unary RPC and return its answer.

    Raises:
        CallFailed: when the service refuses or cannot be reached.
    """
    found = method(rpc)
    timeout_s = settings.timeout or default_s
    started = time.monotonic()
    with connected(settings) as channel:
        unary = channel.unary_unary(
            f"/registry.v1.{rpc}",
            request_serializer=type(message).SerializeToString,
            response_deserializer=GetMessageClass(found.output_type).FromString,
        )
        try:
            answer = unary(message, timeout=timeout_s)
        finally:
            if settings.debug:
                note(f"{settings.address} {rpc} {time.monotonic() - started:.3f} s\n{message}")
    settings.read = _read(answer)
    return answer


def _read(answer: Any) -> Read | None:
    """Where an answer was read, if it is that of a read."""
    fields = answer.DESCRIPTOR.fields_by_name
    if "read_position" not in fields:
        return None
    day = date(MessageToDict(answer.as_of)) if "as_of" in fields else ""
    return Read(answer.read_position, day)


def stream(settings: Settings, channel: grpc.Channel, rpc: str, message: Message) -> Iterator[Any]:
    """Call a server-streaming RPC; no deadline unless --timeout says one."""
    found = method(rpc)
    streaming = channel.unary_stream(
        f"/registry.v1.{rpc}",
        request_serializer=type(message).SerializeToString,
        response_deserializer=GetMessageClass(found.output_type).FromString,
    )
    yield from streaming(message, timeout=settings.timeout)


def pages(settings: Settings, rpc: str, fields: dict[str, Any], limit: int) -> Iterator[Message]:
    """List resources page by page, up to a limit (0: all)."""
    seen, token = 0, ""
    while True:
        size = min(limit - seen, PAGE_SIZE) if limit else PAGE_SIZE
        answer = call(
            settings, rpc, request(rpc, {**fields, "page_size": size, "page_token": token})
        )
        page = items(answer)
        yield from page
        seen, token = seen + len(page), answer.next_page_token
        if not token or (limit and seen >= limit):
            return


def batches(
    settings: Settings, rpc: str, fields: dict[str, Any], names: Sequence[str]
) -> Iterator[Message]:
    """Get resources by their names, as many at once as one request may have.

    All are of one position: that of the first request.
    """
    (field,) = (f.name for f in method(rpc).input_type.fields if f.is_repeated)
    options = fields["options"]
    for begin in range(0, len(names), BATCH_SIZE):
        some = names[begin : begin + BATCH_SIZE]
        answer = call(settings, rpc, request(rpc, {"options": options, field: some}))
        yield from items(answer)
        if not options.keys() & {"known_at", "known_position"}:
            options = {**options, "known_position": answer.read_position}


def items(answer: Message) -> "RepeatedCompositeFieldContainer[Message]":
    """What a list or a batch answers: its first field that is repeated."""
    lists = [field for field in answer.DESCRIPTOR.fields if field.is_repeated]
    items: RepeatedCompositeFieldContainer[Message] = getattr(answer, lists[0].name)
    return items


def health(settings: Settings, service: str) -> str:
    """Ask the standard health service; answers "SERVING", "NOT_SERVING" or the like."""
    from grpc_health.v1 import health_pb2  # noqa: PLC0415  # only here

    with connected(settings) as channel:
        asked = health_pb2.HealthCheckRequest(service=service)
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        answer = check(asked, timeout=settings.timeout or UNARY_TIMEOUT_S)
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))
