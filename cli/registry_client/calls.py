"""What every call goes through: a deadline, a request id, one's own writes, errors with a type."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc

from registry.v1.options_pb2 import CommandOptions, ReadOptions
from registry_client.errors import failed_call
from registry_client.request_ids import new_request_id

R = TypeVar("R")


class Session:
    """What a client remembers between its calls; for any number of threads."""

    def __init__(self, *, read_own_writes: bool) -> None:
        """Begin without having written."""
        self.read_own_writes = read_own_writes
        self._lock = threading.Lock()
        self._position = 0

    @property
    def position(self) -> int:
        """Position of the last of its own writes; 0: none."""
        with self._lock:
            return self._position

    def wrote(self, position: int) -> None:
        """Remember a write."""
        with self._lock:
            self._position = max(self._position, position)

    def prepared(self, request: Any) -> Any:
        """Give a request what it lacks: a command its id, a read the position it must see."""
        options = getattr(request, "options", None)
        if isinstance(options, CommandOptions):
            identify(request)
        elif isinstance(options, ReadOptions) and self.read_own_writes:
            position = self.position
            if options.min_position < position:
                asked = type(request)()  # it is the caller's: not to be changed
                asked.CopyFrom(request)
                asked.options.min_position = position
                return asked
        return request

    def seen(self, answer: Any) -> None:
        """Remember what an answer says was recorded."""
        recorded = getattr(answer, "recorded", None)
        if recorded is not None:
            self.wrote(recorded.position)


def identify(request: Any) -> None:
    """Give a command a request id where it has none; in place, so that it stays the same one."""
    if not request.options.request_id:
        request.options.request_id = new_request_id()


@dataclass
class _Details(grpc.ClientCallDetails):
    """How a call is made."""

    method: str
    timeout: float | None
    metadata: Any
    credentials: Any
    wait_for_ready: Any
    compression: Any


def _with_timeout(details: grpc.ClientCallDetails, timeout_s: float | None) -> _Details:
    return _Details(
        details.method,
        timeout_s if details.timeout is None else details.timeout,
        details.metadata,
        details.credentials,
        details.wait_for_ready,
        details.compression,
    )


class Calls(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Stands between the stubs and the channel."""

    def __init__(self, session: Session, timeout_s: float) -> None:
        """Take what is remembered, and how long a call with one answer may take by default."""
        self._session = session
        self._timeout_s = timeout_s

    def intercept_unary_unary(
        self, continuation: Callable[..., Any], details: Any, request: Any
    ) -> Any:
        """Call, and raise what failed as an error with a type."""
        outcome = continuation(
            _with_timeout(details, self._timeout_s), self._session.prepared(request)
        )
        try:
            answer = outcome.result()
        except grpc.RpcError as error:
            raise failed_call(error) from error
        self._session.seen(answer)
        return outcome

    def intercept_unary_stream(
        self, continuation: Callable[..., Any], details: Any, request: Any
    ) -> Any:
        """Give the answers; a stream has no deadline by default."""
        return _typed(continuation(details, request))

    def intercept_stream_stream(
        self, continuation: Callable[..., Any], details: Any, request_iterator: Any
    ) -> Any:
        """Give the answers; a stream has no deadline by default."""
        return _typed(continuation(details, request_iterator))


def _typed(answers: Any) -> Iterator[Any]:
    """Give the answers of a stream; whoever stops taking them ends it."""
    try:
        yield from answers
    except grpc.RpcError as error:
        raise failed_call(error) from error
    finally:
        answers.cancel()
