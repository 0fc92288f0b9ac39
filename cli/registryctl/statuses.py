"""Reading a google.rpc.Status: its code, its reason and its details."""

from typing import TypeVar

from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

M = TypeVar("M", bound=Message)


def code_name(status: status_pb2.Status) -> str:
    """Name of the status code, e.g. "NOT_FOUND"."""
    return str(code_pb2.Code.Name(status.code))


def detail(status: status_pb2.Status, kind: type[M]) -> M:
    """Detail of a kind; an empty one where the status has none."""
    message = kind()
    for packed in status.details:
        if packed.Unpack(message):
            break
    return message


def reason(status: status_pb2.Status) -> str:
    """Reason the service gives, else the name of the code."""
    return detail(status, error_details_pb2.ErrorInfo).reason or code_name(status)
