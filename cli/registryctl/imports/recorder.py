"""Sends facts in one stream of batches and hands back what became of each."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from queue import SimpleQueue

import grpc
from google.rpc import code_pb2

from registry.v1 import record_service_pb2, record_service_pb2_grpc
from registryctl.failures import Stopped
from registryctl.imports.fact import Fact

BATCH_SIZE = 500
IN_FLIGHT = 4
"""Batches sent ahead of their answers: what is held in memory."""
MOST_ATTEMPTS = 5
_BACKOFF_S = 0.1
# Refusals say something about the row; these say that the service cannot go on.
_STOPPING = {
    code_pb2.UNAVAILABLE,
    code_pb2.RESOURCE_EXHAUSTED,
    code_pb2.DEADLINE_EXCEEDED,
    code_pb2.UNAUTHENTICATED,
    code_pb2.PERMISSION_DENIED,
}
Settled = tuple[Fact, record_service_pb2.Outcome]


class Recorder:
    """One RecordBatch stream, to which facts are given in order."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._requests: SimpleQueue[record_service_pb2.RecordBatchRequest | None] = SimpleQueue()
        stub = record_service_pb2_grpc.RecordServiceStub(channel)
        self._answers = stub.RecordBatch(iter(self._requests.get, None))
        self._waiting: deque[list[Fact]] = deque()

    def record(self, facts: Iterable[Fact]) -> Iterator[Settled]:
        """Send facts, at most a few batches ahead, and yield each with its final outcome.

        Raises:
            Stopped: when the service cannot go on.
            grpc.RpcError: when the stream breaks.
        """
        try:
            for batch in _batches(iter(facts)):
                self._send(batch)
                while len(self._waiting) >= IN_FLIGHT:
                    yield from self._settle()
            while self._waiting:
                yield from self._settle()
        finally:
            self._requests.put(None)  # ends the stream, and the thread that feeds it

    def _send(self, batch: list[Fact]) -> None:
        commands = [fact.command for fact in batch]
        self._requests.put(record_service_pb2.RecordBatchRequest(commands=commands))
        self._waiting.append(batch)

    def _settle(self) -> Iterator[Settled]:
        """Take the oldest answer; what has to be said again goes into a batch of its own."""
        batch, again = self._waiting.popleft(), []
        for fact, outcome in zip(batch, next(self._answers).outcomes, strict=True):
            if retried := _retried(fact, outcome):
                again.append(retried)
            else:
                yield fact, outcome
        if again:
            self._send(again)


def _batches(facts: Iterator[Fact]) -> Iterator[list[Fact]]:
    while batch := list(islice(facts, BATCH_SIZE)):
        yield batch


def _retried(fact: Fact, outcome: record_service_pb2.Outcome) -> Fact | None:
    """What to send instead, where the outcome is not final.

    Raises:
        Stopped: when the service cannot go on.
    """
    if not outcome.HasField("error"):
        return None
    if outcome.error.code in _STOPPING:
        raise Stopped(outcome.error)
    if fact.attempts >= MOST_ATTEMPTS:
        return None
    if outcome.error.code == code_pb2.ABORTED:
        time.sleep(_BACKOFF_S)
        return fact.again()
    return None
