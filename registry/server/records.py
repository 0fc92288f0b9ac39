"""RecordService: many commands in one stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.rpc.status_pb2 import Status

from registry.errors import InvalidField
from registry.server.frames import OUTCOME
from registry.server.rpc import Servicer, stream
from registry.server.status import status_of
from registry.server.streams import ahead, until
from registry.server.validation import require_decoded
from registry.v1 import record_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Mapping

    from registry.server.backend import Backend

    Submitted = list[Awaitable[bytes] | Status]

MAX_COMMANDS = 500
"""As the rule of RecordBatchRequest.commands says; the rules of the commands are each one's own."""
MESSAGES_AHEAD = 3
"""Messages submitted while the outcomes of an earlier one are awaited."""


class Records(Servicer):
    """Records commands in bulk."""

    SERVICE = pb.DESCRIPTOR.services_by_name["RecordService"]

    def __init__(self, backend: Backend, paths: Mapping[str, str]) -> None:
        """Take the path of each command's own RPC, by the name of the RPC in snake case."""
        super().__init__(backend)
        self._paths = paths

    @stream
    async def record_batch(
        self, requests: AsyncIterable[pb.RecordBatchRequest]
    ) -> AsyncIterator[pb.RecordBatchResponse]:
        """Answer one message of outcomes for every message of commands."""
        async for submitted in ahead(self._submitted(requests), MESSAGES_AHEAD):
            yield pb.RecordBatchResponse(outcomes=[await _outcome(each) for each in submitted])

    async def _submitted(
        self, requests: AsyncIterable[pb.RecordBatchRequest]
    ) -> AsyncIterator[Submitted]:
        async for request in until(requests, self.backend.draining):
            require_decoded(request)
            if len(request.commands) > MAX_COMMANDS:
                raise InvalidField("commands", f"may hold at most {MAX_COMMANDS}")
            yield [self._submitted_one(command) for command in request.commands]

    def _submitted_one(self, command: pb.Command) -> Awaitable[bytes] | Status:
        name = command.WhichOneof("command")
        try:
            if name is None:
                raise InvalidField("command", "must be given")  # noqa: TRY301 - one way to refuse
            request = getattr(command, name).SerializeToString()
            return self.backend.recorder.record(self._paths[name], request, OUTCOME)
        except Exception as error:  # noqa: BLE001 - a refused command does not stop the others
            return status_of(error, f"RecordBatch {name}")


async def _outcome(submitted: Awaitable[bytes] | Status) -> pb.Outcome:
    if isinstance(submitted, Status):
        return pb.Outcome(error=submitted)
    try:
        return pb.Outcome.FromString(await submitted)
    except Exception as error:  # noqa: BLE001 - a refused command does not stop the others
        return pb.Outcome(error=status_of(error, "RecordBatch"))
