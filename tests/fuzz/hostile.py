"""Hostile: requests with one or a few fields, or a few bytes, that no client should send.

Everything is found by walking the descriptors: a new method or field is covered as it is added.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message

from registry.server.rpc import Method
from tests.server.client import RPCS
from tests.server.story import COMMANDS, READS

NAMES = (
    *("", " ", "clusters/", "clusters/none", "clusters/UPPER", "clusters/../x", "/", "editions/0"),
    *(
        "editions/8",
        "clusters/lodzki",
        "partnerships/wings",
        "regions/PL82",
        "countries/ZZ",
        "store",
    ),
    *("editions/ecc-2022/participations/region-pl82", "organisations/nca", "PL82", "digital", "EL"),
)
TEXTS = (
    *("\x00", "\x1b[31m", "a\nb", "e\u0301", "\u202eabc", "\ufeff", "💥" * 50, "ﬁ", "x" * 1001),
    *("x" * 70_000, "'; DROP TABLE events; --", "%s%n{0}${x}", "-1", "null", "\U0010ffff", "İ"),
    *("name = ", "(((((((((", "name desc, , x", "NOT " * 300 + "a = b", "a" * 64, "A.b-c"),
)
NUMBERS = (
    0,
    1,
    -1,
    2,
    13,
    31,
    500,
    501,
    2024,
    9999,
    10_000,
    2**31 - 1,
    -(2**31),
    2**63 - 1,
    -(2**63),
)
FLOATS = (0.0, -1.0, float("nan"), float("inf"), 1e308)
MOST_REPEATED = 600
SPOILS = (0, 1, 1, 1, 1, 2, 2, 3)
"""How many fields are spoilt."""
DEEPEST = 6
BYTES_TOO = 0.3
"""Share of the requests of which the bytes are spoilt as well."""


class Hostile:
    """Draws requests; the same seed draws the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._valid: dict[str, list[Message]] = {name: [] for name in RPCS}
        for name, request in told():
            self._valid[name].append(request)
        for read in READS:
            self._valid[str(read[0])].append(_parsed(str(read[0]), read[1]))
        for name, found in self._valid.items():
            found.append(RPCS[name].request())

    def request(self, method: Method) -> bytes:
        """Bytes of a hostile request of a method."""
        message = self._a(method)
        for _ in range(self.random.choice(SPOILS)):
            self._spoil(message, depth=0)
        data = message.SerializeToString()
        return self._spoilt(data) if self.random.random() < BYTES_TOO else data

    def requests(self, method: Method) -> list[bytes]:
        """Messages of a stream; commands among them are hostile one by one."""
        return [self.request(method) for _ in range(self.random.randint(0, 4))]

    def _a(self, method: Method) -> Message:
        found = self.random.choice(self._valid[method.path.rpartition("/")[2]])
        copied = type(found)()
        copied.CopyFrom(found)
        return copied

    # -- fields ------------------------------------------------------------------------

    def _spoil(self, message: Any, depth: int) -> None:
        """Spoil one field, somewhere in a message."""
        fields = message.DESCRIPTOR.fields
        if not fields:
            return
        field = self.random.choice(fields)
        if field.message_type and field.message_type.GetOptions().map_entry:
            return
        if field.is_repeated:
            self._spoil_repeated(getattr(message, field.name), field, depth)
        elif field.message_type and depth < DEEPEST:
            if self.random.random() < 0.15:
                message.ClearField(field.name)
                return
            inner = getattr(message, field.name)
            inner.SetInParent()
            self._spoil(inner, depth + 1)
        elif not field.message_type:
            setattr(message, field.name, self._value(field))

    def _spoil_repeated(self, values: Any, field: FieldDescriptor, depth: int) -> None:
        number = self.random.choice((0, 1, 2, 51, MOST_REPEATED))
        del values[number:]
        if field.message_type:
            while len(values) < min(number, 3 if depth else MOST_REPEATED):
                self._spoil(values.add(), depth + 1)
        else:
            value = self._value(field)
            short = not isinstance(value, str | bytes) or len(value) < 200
            values.extend([value] * (number if short else min(number, 3)))

    def _value(self, field: FieldDescriptor) -> Any:  # noqa: PLR0911 - one for each type
        match field.cpp_type:
            case FieldDescriptor.CPPTYPE_STRING if field.type == FieldDescriptor.TYPE_BYTES:
                return self.random.randbytes(self.random.choice((0, 1, 31, 32, 33, 5000)))
            case FieldDescriptor.CPPTYPE_STRING:
                return self.random.choice(NAMES if self.random.random() < 0.5 else TEXTS)
            case FieldDescriptor.CPPTYPE_BOOL:
                return self.random.random() < 0.5
            case FieldDescriptor.CPPTYPE_DOUBLE | FieldDescriptor.CPPTYPE_FLOAT:
                return self.random.choice(FLOATS)
            case FieldDescriptor.CPPTYPE_INT64:
                return self.random.choice(NUMBERS)
            case FieldDescriptor.CPPTYPE_UINT32 | FieldDescriptor.CPPTYPE_UINT64:
                return abs(self.random.choice(NUMBERS)) % 2**31
            case _:  # int32 and enums
                return self.random.choice([n for n in NUMBERS if -(2**31) <= n < 2**31])

    # -- bytes -------------------------------------------------------------------------

    def _spoilt(self, data: bytes) -> bytes:
        spoil: Callable[[bytearray], bytes | bytearray] = self.random.choice(
            (
                self._flipped,
                self._cut,
                self._lengthened,
                self._not_utf8,
                self._unknown_field,
                self._deep,
                self._noise,
            )
        )
        return bytes(spoil(bytearray(data)))

    def _flipped(self, data: bytearray) -> bytearray:
        for _ in range(self.random.randint(1, 4)):
            if data:
                data[self.random.randrange(len(data))] ^= 1 << self.random.randrange(8)
        return data

    def _cut(self, data: bytearray) -> bytearray:
        return data[: self.random.randint(0, len(data))]

    def _lengthened(self, data: bytearray) -> bytearray:
        """A length prefix that promises more than there is."""
        return data + bytes([self.random.choice((0x0A, 0x12, 0x1A)), 0xFF, 0xFF, 0xFF, 0x7F])

    def _not_utf8(self, data: bytearray) -> bytearray:
        """Bytes that are no UTF-8 in the place of letters."""
        letters = [at for at, byte in enumerate(data) if 0x61 <= byte <= 0x7A]
        for at in self.random.sample(letters, min(len(letters), 3)):
            data[at] = self.random.choice((0xFF, 0xC0, 0xED, 0x80))
        return data

    def _unknown_field(self, data: bytearray) -> bytearray:
        """A field that no version has, or a known one of another wire type."""
        number = self.random.choice((1, 2, 3, 19, 200, 2**29 - 1))
        tag = _varint(number << 3 | self.random.choice((0, 1, 2, 5, 3, 4, 6, 7)))
        return data + tag + self.random.randbytes(self.random.randint(0, 12))

    def _deep(self, data: bytearray) -> bytearray:
        """Messages within messages, more than anybody would nest."""
        inner = bytes(data[:20])
        for _ in range(self.random.choice((50, 101, 300))):
            inner = b"\x0a" + _varint(len(inner)) + inner
        return bytearray(inner)

    def _noise(self, _: bytearray) -> bytes:
        return self.random.randbytes(self.random.choice((0, 1, 5, 100, 4000)))


def told() -> Iterator[tuple[str, Message]]:
    """The commands that a small registry is made of, by the names of their methods."""
    for name, fields in COMMANDS:
        yield str(name), _parsed(str(name), fields)


def _parsed(name: str, fields: Any) -> Message:
    return ParseDict(fields, RPCS[name].request())


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])
