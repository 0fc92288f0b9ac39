"""Checks requests against the rules written in the protos."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import protovalidate
from google.protobuf.message import DecodeError, Message

from registry.errors import InvalidField
from registry.v1 import forms_pb2

if TYPE_CHECKING:
    from collections.abc import Callable

# One for the process: it compiles the rules of a message when it first sees it.
_collect = protovalidate.Validator().collect_violations


M = TypeVar("M", bound=Message)


class Undecodable(NamedTuple):
    """Stands for a request whose bytes are no message of the method."""

    why: str


def decoder(kind: type[Message]) -> Callable[[bytes], Message | Undecodable]:
    """Decode requests; what cannot be decoded is refused by `check`, as all errors are answered."""

    def decode(data: bytes) -> Message | Undecodable:
        try:
            return kind.FromString(data)
        except DecodeError as error:
            return Undecodable(str(error))

    return decode


def require_decoded(request: M | Undecodable) -> M:
    """Refuse what stands for bytes that are no message.

    Raises:
        InvalidField: saying why.
    """
    if isinstance(request, Undecodable):
        raise InvalidField("request", f"is no message of this method: {request.why}")
    return request


def check(request: Message | Undecodable) -> None:
    """Refuse a request that breaks the rules of its proto.

    Raises:
        InvalidField: with every violation, each naming its field by its path.
    """
    decoded = require_decoded(request)
    violations = _collect(decoded)
    if violations:
        (field, message), *more = [(_path(v.proto), _words(decoded, v.proto)) for v in violations]
        raise InvalidField(field, message, *more)


def _words(request: Message, violation: Any) -> str:
    """Say what a value must be in the proto's own words, where a pattern is no help to a person."""
    if violation.message == "must be at least 1 characters":
        return "must not be empty"
    if violation.rule_id != "string.pattern":
        return str(violation.message)
    message: Any = request.DESCRIPTOR
    field = None
    for element in violation.field.elements:
        field = message.fields_by_name[element.field_name]
        message = field.message_type
    return f"must be {field.GetOptions().Extensions[forms_pb2.form]}" if field else ""


def _path(violation: Any) -> str:
    elements = violation.field.elements if violation.field else []
    return ".".join(f"{element.field_name}{_subscript(element)}" for element in elements)


def _subscript(element: Any) -> str:
    subscript = element.subscript
    return "" if subscript is None else f"[{subscript.value}]"
