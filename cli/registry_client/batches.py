"""Many commands in one stream, a bounded number of them ahead of their answers."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from queue import SimpleQueue
from typing import Generic, NamedTuple, TypeVar

from google.rpc import code_pb2

from registry.v1.record_service_pb2 import Command, Outcome, RecordBatchRequest
from registry.v1.record_service_pb2_grpc import RecordServiceStub
from registry_client.calls import Session, identify
from registry_client.errors import failed

BATCH_SIZE = 500
IN_FLIGHT = 4
"""Batches sent ahead of their answers: what is held in memory."""
MOST_ATTEMPTS = 5
_BACKOFF_S = 0.1
# Refusals say something about the command; these say that the service cannot go on.
_STOPPING = {
    code_pb2.UNAVAILABLE,
    code_pb2.RESOURCE_EXHAUSTED,
    code_pb2.DEADLINE_EXCEEDED,
    code_pb2.UNAUTHENTICATED,
    code_pb2.PERMISSION_DENIED,
}
T = TypeVar("T")


class _Sent(NamedTuple, Generic[T]):
    """What stands for a command, and how often it was sent."""

    item: T
    attempts: int


class Batches(Generic[T]):
    """One RecordBatch stream, to which commands are given in order."""

    def __init__(
        self, stub: RecordServiceStub, session: Session, command_of: Callable[[T], Command]
    ) -> None:
        """Open the stream; `command_of` gives the command of what is recorded."""
        self._requests: SimpleQueue[RecordBatchRequest | None] = SimpleQueue()
        self._answers = stub.RecordBatch(iter(self._requests.get, None))
        self._session = session
        self._command_of = command_of
        self._waiting: deque[list[_Sent[T]]] = deque()

    def record(self, items: Iterable[T]) -> Iterator[tuple[T, Outcome]]:
        """Send items, at most a few batches ahead, and give each with its final outcome.

        Raises:
            CallFailed: when the service cannot go on, or the stream breaks. What has no outcome
                yet may be recorded: send the same commands again.
        """
        try:
            for batch in _batches(iter(items)):
                self._send([_Sent(item, 1) for item in batch])
                while len(self._waiting) >= IN_FLIGHT:
                    yield from self._settle()
            while self._waiting:
                yield from self._settle()
        finally:
            self._requests.put(None)  # ends the stream, and the thread that feeds it

    def _send(self, batch: list[_Sent[T]]) -> None:
        commands = [self._identified(sent.item) for sent in batch]
        self._requests.put(RecordBatchRequest(commands=commands))
        self._waiting.append(batch)

    def _identified(self, item: T) -> Command:
        command = self._command_of(item)
        if kind := command.WhichOneof("command"):
            identify(getattr(command, kind))
        return command

    def _settle(self) -> Iterator[tuple[T, Outcome]]:
        """Take the oldest answer; what has to be said again goes into a batch of its own."""
        batch, again = self._waiting.popleft(), []
        for sent, outcome in zip(batch, next(self._answers).outcomes, strict=True):
            self._session.wrote(outcome.recorded.position)
            if _is_final(outcome, sent.attempts):
                yield sent.item, outcome
            else:
                again.append(_Sent(sent.item, sent.attempts + 1))
        if again:
            time.sleep(_BACKOFF_S)
            self._send(again)


def _batches(items: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(items, BATCH_SIZE)):
        yield batch


def _is_final(outcome: Outcome, attempts: int) -> bool:
    """Whether a command need not be sent again.

    Raises:
        CallFailed: when the service cannot go on.
    """
    if not outcome.HasField("error"):
        return True
    if outcome.error.code in _STOPPING:
        raise failed(outcome.error)
    return outcome.error.code != code_pb2.ABORTED or attempts >= MOST_ATTEMPTS
