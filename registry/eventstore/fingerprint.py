"""Fingerprints: whether two requests with one id are the same request.

Version 1 is SHA-256 over 0x01 ‖ lp(principal) ‖ lp(full name of the request's message) ‖
the set, known fields by ascending number, without options.request_id,
options.validate_only, options.warn_of_similar and options.receipt; options without any other
field count as not set, so that a request without options is the same when it is sent again with
the id it was given. It is kept for ever, so it does not rest on protobuf's own encoding, whose
bytes may change with the library or with new fields.

A field is u32be number ‖ value. A value is a tag and its content: i + s64be (integers,
enums, booleans), u + u64be (unsigned), d + IEEE 754 double be, s + lp UTF-8, b + lp bytes,
m + lp fields (message), r + u32be count + values (repeated), p + u32be count + key and
value pairs sorted by encoded key (map). lp is the byte length as u32be, then the bytes.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from struct import Struct
from typing import TYPE_CHECKING, Any

from google.protobuf.descriptor import FieldDescriptor as F

from registry.events.v1.values_pb2 import Effective

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

VERSION = 1
_LEFT_OUT = frozenset(
    {
        "registry.v1.CommandOptions.request_id",
        "registry.v1.CommandOptions.validate_only",
        "registry.v1.CommandOptions.warn_of_similar",
        "registry.v1.CommandOptions.receipt",
    }
)
_OPTIONS = "registry.v1.CommandOptions"
_EFFECTIVE = Effective.DESCRIPTOR.full_name
_U32 = Struct(">I").pack
_S64 = Struct(">q").pack
_U64 = Struct(">Q").pack
_F64 = Struct(">d").pack


def fingerprint(principal: str, request: Message) -> bytes:
    """Fingerprint (version 1) of a request as received: 32 bytes."""
    return hashlib.sha256(
        b"\x01" + _lp(principal.encode()) + _name(request) + _fields(request)
    ).digest()


def _lp(data: bytes) -> bytes:
    return _U32(len(data)) + data


_names: dict[type[Message], bytes] = {}


def _name(request: Message) -> bytes:
    kind = type(request)
    if kind not in _names:
        _names[kind] = _lp(request.DESCRIPTOR.full_name.encode())
    return _names[kind]


def _integer(value: int) -> bytes:
    return b"i" + _S64(value)


def _unsigned(value: int) -> bytes:
    return b"u" + _U64(value)


def _double(value: float) -> bytes:
    return b"d" + _F64(value)


def _text(value: str) -> bytes:
    data = value.encode()
    return b"s" + _U32(len(data)) + data


def _bytes(value: bytes) -> bytes:
    return b"b" + _lp(value)


def _message(value: Message) -> bytes:
    return b"m" + _lp(_fields(value))


@lru_cache(maxsize=4096)
def _date(serialized: bytes) -> bytes:
    return _message(Effective.FromString(serialized))


def _effective(value: Message) -> bytes:
    """Encode an effective date: of many requests few differ in it."""
    return _date(value.SerializeToString())


def _options(value: Message) -> bytes:
    """Encode options; nothing where no field is left of them."""
    fields = _fields(value)
    return b"m" + _lp(fields) if fields else b""


_SCALARS: dict[int, Callable[[Any], bytes]] = {
    F.CPPTYPE_INT32: _integer,
    F.CPPTYPE_INT64: _integer,
    F.CPPTYPE_ENUM: _integer,
    F.CPPTYPE_BOOL: _integer,
    F.CPPTYPE_UINT32: _unsigned,
    F.CPPTYPE_UINT64: _unsigned,
    F.CPPTYPE_FLOAT: _double,
    F.CPPTYPE_DOUBLE: _double,
    F.CPPTYPE_STRING: _text,
    F.CPPTYPE_MESSAGE: _message,
}


def _scalar(field: F) -> Callable[[Any], bytes]:
    return _bytes if field.type == F.TYPE_BYTES else _SCALARS[field.cpp_type]


def _encoder(field: F) -> Callable[[Any], bytes] | None:
    """Choose how a field's value is encoded; None for one that is left out."""
    if field.full_name in _LEFT_OUT:
        return None
    entry = field.message_type
    if entry is not None and entry.full_name == _OPTIONS:
        return _options
    if entry is not None and entry.full_name == _EFFECTIVE and not field.is_repeated:
        return _effective
    if entry is not None and entry.GetOptions().map_entry:
        return _map(_scalar(entry.fields_by_number[1]), _scalar(entry.fields_by_number[2]))
    return _repeated(_scalar(field)) if field.is_repeated else _scalar(field)


def _repeated(element: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    def encode(values: Any) -> bytes:
        return b"r" + _U32(len(values)) + b"".join(map(element, values))

    return encode


def _map(key: Callable[[Any], bytes], item: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    def encode(values: Any) -> bytes:
        pairs = sorted((key(k), item(v)) for k, v in values.items())
        return b"p" + _U32(len(pairs)) + b"".join(k + v for k, v in pairs)

    return encode


# Descriptors are slow to ask; a field's encoder is chosen once.
_encoders: dict[F, tuple[bytes, Callable[[Any], bytes]] | None] = {}


def _prepare(field: F) -> tuple[bytes, Callable[[Any], bytes]] | None:
    encode = _encoder(field)
    _encoders[field] = None if encode is None else (_U32(field.number), encode)
    return _encoders[field]


def _fields(message: Message) -> bytes:
    """Encode the set, known fields; ListFields gives them by ascending number."""
    parts: list[bytes] = []
    for field, value in message.ListFields():
        prepared = _encoders[field] if field in _encoders else _prepare(field)
        if prepared is None:
            continue
        number, encode = prepared
        if encoded := encode(value):
            parts += (number, encoded)
    return b"".join(parts)
