"""Client of the fault tests: any command as a call of its own, and outcomes as plain values."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple, Self

import grpc.aio
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from registry.v1 import record_service_pb2, view_service_pb2
from registry.v1 import record_service_pb2 as records
from registry.v1.event_service_pb2 import ReplayEventsRequest, StoredEvent
from registry.v1.event_service_pb2_grpc import EventServiceStub
from registry.v1.options_pb2 import Recorded
from registry.v1.record_service_pb2 import Command, RecordBatchRequest
from registry.v1.record_service_pb2_grpc import RecordServiceStub
from registry.v1.view_service_pb2 import View
from registry.v1.view_service_pb2_grpc import ViewServiceStub
from tests.faults.commands import name_of, request_of

DEADLINE_S = 20.0
"""Longer than the service looks for an unknown outcome: its own answer comes first."""
BATCH = 500
CHANNEL = (
    ("grpc.use_local_subchannel_pool", 1),  # a connection of its own for every channel
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 5000),  # how long an attempt may take
    ("grpc.max_reconnect_backoff_ms", 200),
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
)


class Outcome(NamedTuple):
    """What a caller was told, and when by the monotonic clock."""

    code: str
    reason: str = ""
    message: str = ""
    recorded: Recorded | None = None
    started: float = 0.0
    ended: float = 0.0

    @property
    def ok(self) -> bool:
        """It was carried out."""
        return self.code == "OK"

    def overlapped(self, other: "Outcome") -> bool:
        """Both were in work at one time."""
        return self.started < other.ended and other.started < self.ended


def _methods() -> Iterator[tuple[str, tuple[str, type[Any]]]]:
    pool = records.DESCRIPTOR.pool
    by_request = {
        method.input_type.full_name: method
        for file in record_service_pb2.DESCRIPTOR.dependencies
        for service in pool.FindFileByName(file.name).services_by_name.values()
        for method in service.methods
    }
    for field in Command.DESCRIPTOR.fields:
        assert field.message_type is not None
        method = by_request[field.message_type.full_name]
        path = f"/{method.containing_service.full_name}/{method.name}"
        yield field.name, (path, GetMessageClass(method.output_type))


METHODS = dict(_methods())
"""Path and response of every command's own RPC, by its name in Command."""


class Client:
    """One channel to one server."""

    def __init__(self, address: str) -> None:
        self.channel = grpc.aio.insecure_channel(address, options=CHANNEL)
        self._calls: dict[str, Any] = {
            name: self.channel.unary_unary(
                path,
                request_serializer=lambda message: message.SerializeToString(),
                response_deserializer=response.FromString,
            )
            for name, (path, response) in METHODS.items()
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.channel.close()

    async def call(self, command: Command, timeout_s: float = DEADLINE_S) -> Outcome:
        """Send a command as a call of its own."""
        started = time.monotonic()
        call = self._calls[name_of(command)]
        try:
            answer = await call(request_of(command), timeout=timeout_s, wait_for_ready=True)
        except grpc.aio.AioRpcError as error:
            trailers = dict(error.trailing_metadata() or ())
            status = Status.FromString(trailers.get("grpc-status-details-bin", b""))
            return Outcome(
                error.code().name,
                _reason(status),
                error.details() or "",
                started=started,
                ended=time.monotonic(),
            )
        return Outcome("OK", "", "", answer.recorded, started, time.monotonic())

    async def record_all(self, commands: list[Command]) -> None:
        """Record many in one stream; all of them must be accepted."""

        async def requests() -> AsyncIterator[RecordBatchRequest]:
            for start in range(0, len(commands), BATCH):
                yield RecordBatchRequest(commands=commands[start : start + BATCH])

        answered = 0
        stub = RecordServiceStub(self.channel)
        async for response in stub.RecordBatch(requests(), timeout=120, wait_for_ready=True):
            for outcome in response.outcomes:
                assert outcome.HasField("recorded"), outcome.error
                answered += 1
        assert answered == len(commands)

    async def replay(self) -> list[StoredEvent]:
        """The whole log."""
        stub, request = EventServiceStub(self.channel), ReplayEventsRequest(batch_size=2000)
        answers = stub.ReplayEvents(request, timeout=60, wait_for_ready=True)
        return [event async for answer in answers for event in answer.events]

    async def views(self) -> list[View]:
        """How far the views are."""
        request = view_service_pb2.ListViewsRequest()
        stub = ViewServiceStub(self.channel)
        answer = await stub.ListViews(request, timeout=DEADLINE_S, wait_for_ready=True)
        return list(answer.views)

    async def caught_up(self, within_s: float = 20.0) -> None:
        """Wait until no view is behind or parked."""
        deadline = time.monotonic() + within_s
        while not (views := await self.views()) or any(
            view.parked or view.position != view.head_position for view in views
        ):
            assert time.monotonic() < deadline, f"behind: {views}"
            await asyncio.sleep(0.1)


def _reason(status: Status) -> str:
    info = ErrorInfo()
    return next((info.reason for each in status.details if each.Unpack(info)), "")
