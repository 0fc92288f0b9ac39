"""Why a call was not carried out: one class for each thing that a caller does about it.

CallFailed
├── Invalid        mend the request: a field, a request id used before, a position beyond the end
├── NotFound       the resources that `resources` names are not registered
├── AlreadyExists  the one that `resources` names is
├── RuleRefused    a rule of the domain refuses; `metadata` has the rule and a remedy
├── Conflict       others were faster: read again, or send it again
└── Unavailable    send it again, a command with the same request id: it may be recorded
"""

from typing import Any, NamedTuple, TypeVar

from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

M = TypeVar("M", bound=Message)
DOMAIN = "registry.v1"


class Violation(NamedTuple):
    """A field that is wrong, by its path in the request ("options.effective.date")."""

    field: str
    description: str


class CallFailed(Exception):
    """A call that was not carried out; see the classes below it."""

    def __init__(self, status: Status) -> None:
        """Read the details of a status."""
        super().__init__(status.message)
        self.status = status
        self.code: str = code_pb2.Code.Name(status.code)
        """Name of the gRPC code, "NOT_FOUND"."""
        info = self._detail(error_details_pb2.ErrorInfo)
        ours = info.domain == DOMAIN
        self.reason: str = info.reason if ours else ""
        """A name of registry.v1.ErrorReason; "" where it was not the registry that answered."""
        self.metadata: dict[str, str] = dict(info.metadata) if ours else {}
        """Facts about the refusal, by name."""
        bad = self._detail(error_details_pb2.BadRequest)
        self.violations = [Violation(v.field, v.description) for v in bad.field_violations]
        self.resources = [r.resource_name for r in self._details(error_details_pb2.ResourceInfo)]
        """Resource names that are missing, or there already."""
        delay = self._detail(error_details_pb2.RetryInfo).retry_delay
        self.retry_delay_s: float = delay.ToMicroseconds() / 1e6
        """How long to wait before it is sent again; 0 where nothing is said."""

    def _details(self, kind: type[M]) -> list[M]:
        found = []
        for packed in self.status.details:
            message = kind()
            if packed.Unpack(message):
                found.append(message)
        return found

    def _detail(self, kind: type[M]) -> M:
        return next(iter(self._details(kind)), kind())


class Invalid(CallFailed):
    """The request cannot be carried out by anyone: mend it."""


class NotFound(CallFailed):
    """What is asked for is not registered."""


class AlreadyExists(CallFailed):
    """A live resource has this id."""


class RuleRefused(CallFailed):
    """A rule of the domain refuses."""


class Conflict(CallFailed):
    """Others were faster."""


class Unavailable(CallFailed):
    """The service is away, stopping, overloaded or too slow: send the same again."""


_CLASSES: dict[int, type[CallFailed]] = {
    code_pb2.INVALID_ARGUMENT: Invalid,
    code_pb2.OUT_OF_RANGE: Invalid,
    code_pb2.UNIMPLEMENTED: Invalid,
    code_pb2.NOT_FOUND: NotFound,
    code_pb2.ALREADY_EXISTS: AlreadyExists,
    code_pb2.FAILED_PRECONDITION: RuleRefused,
    code_pb2.ABORTED: Conflict,
    code_pb2.UNAVAILABLE: Unavailable,
    code_pb2.RESOURCE_EXHAUSTED: Unavailable,
    code_pb2.DEADLINE_EXCEEDED: Unavailable,
}


def failed(status: Status) -> CallFailed:
    """Make the error of a status, that of a call or of one command in a batch."""
    return _CLASSES.get(status.code, CallFailed)(status)


def failed_call(error: Any) -> CallFailed:
    """Make the error of a failed call: a grpc.RpcError, which is a grpc.Call too."""
    status: Status | None = rpc_status.from_call(error)
    if status is None:
        code: int = error.code().value[0]
        status = Status(code=code, message=error.details() or "")
    return failed(status)
