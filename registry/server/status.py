"""Turns whatever went wrong into a google.rpc.Status with details that programs can read."""

from __future__ import annotations

import secrets
from itertools import accumulate
from typing import TYPE_CHECKING

import structlog
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import (
    BadRequest,
    ErrorInfo,
    PreconditionFailure,
    ResourceInfo,
    RetryInfo,
)
from google.rpc.status_pb2 import Status
from grpc import StatusCode

from registry.errors import AlreadyExists, InvalidField, NotFound, RegistryError, RuleRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.message import Message

DOMAIN = "registry.v1"
TRAILER = "grpc-status-details-bin"
# Clients refuse more than 8 to 16 KiB of metadata, and the message travels in it
# percent-encoded besides its place in the details.
MAX_TEXT = 1000
MAX_VIOLATIONS = 20

log = structlog.get_logger("registry.server")


class StatusError(Exception):
    """An error that is a status already: the process that records made it."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.message)
        self.status = status


def status_of(error: Exception, method: str = "") -> Status:
    """Answer what a caller is told; anything but a RegistryError is logged and kept from them."""
    if isinstance(error, StatusError):
        return error.status
    if not isinstance(error, RegistryError):
        return _internal(error, method)
    code: int = StatusCode[error.code].value[0]
    return Status(
        code=code, message=_clip(error.message), details=[_any(each) for each in _details(error)]
    )


def trailers(status: Status) -> tuple[tuple[str, bytes], ...]:
    """Answer the trailing metadata that carries a status and its details."""
    return ((TRAILER, status.SerializeToString()),)


def reason_of(status: Status) -> str:
    """Answer the reason in a status, "" where it has none."""
    info = ErrorInfo()
    return next((info.reason for each in status.details if each.Unpack(info)), "")


def code_of(status: Status) -> StatusCode:
    """Answer the gRPC code of a status."""
    return _CODES[status.code]


_CODES = {code.value[0]: code for code in StatusCode}


def _internal(error: Exception, method: str) -> Status:
    correlation_id = secrets.token_hex(8)
    log.error("internal", method=method, correlation_id=correlation_id, exc_info=error)
    info = ErrorInfo(reason="INTERNAL", domain=DOMAIN, metadata={"correlation_id": correlation_id})
    return Status(
        code=StatusCode.INTERNAL.value[0],
        message=f"a fault of the service; quote the correlation id {correlation_id}",
        details=[_any(info)],
    )


def _details(error: RegistryError) -> Iterator[Message]:
    metadata = {name: _clip(value) for name, value in error.metadata.items()}
    yield ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=metadata)
    match error:
        case InvalidField():
            yield _bad_request(error)
        case RuleRefused():
            yield _precondition(error)
        case NotFound():
            yield from map(_resource, (error.resource, *error.others)[:MAX_VIOLATIONS])
        case AlreadyExists():
            yield _resource(error.resource)
    if error.retry_delay_s is not None:
        delay = Duration()
        delay.FromMicroseconds(int(error.retry_delay_s * 1_000_000))
        yield RetryInfo(retry_delay=delay)


def _bad_request(error: InvalidField) -> BadRequest:
    return BadRequest(
        field_violations=[
            BadRequest.FieldViolation(field=field, description=_clip(description))
            for field, description in error.violations[:MAX_VIOLATIONS]
        ]
    )


def _precondition(error: RuleRefused) -> PreconditionFailure:
    refused = PreconditionFailure.Violation(
        type=error.rule, subject=error.subject, description=_clip(error.message)
    )
    length = accumulate(map(len, error.events))
    events = [
        PreconditionFailure.Violation(type=error.rule, subject=name)
        for name, so_far in zip(error.events[:MAX_VIOLATIONS], length, strict=False)
        if so_far <= 2 * MAX_TEXT
    ]
    return PreconditionFailure(violations=[refused, *events])


def _resource(name: str) -> ResourceInfo:
    collection = name.split("/")[-2] if "/" in name else ""
    return ResourceInfo(resource_type=collection, resource_name=name)


def _any(message: Message) -> Any:
    packed = Any()
    packed.Pack(message)
    return packed


def _clip(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
