"""Text as it is recorded: Unicode NFC, trimmed, without control characters."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, TypeVar

from google.protobuf.message import Message

from registry.errors import InvalidField

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from google.protobuf.descriptor import EnumDescriptor

M = TypeVar("M", bound=Message)

# Control characters, line and paragraph separators: none of them is part of a name.
_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Characters that turn the direction of what follows round: a name could hide another.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_VISIBLE = frozenset("LNPS")
MAX_LENGTH = 2000
"""Characters of one text; what is longer is a document, and belongs behind an address."""


def clean(value: str, field: str) -> str:
    """Normalise and trim a text.

    Raises:
        InvalidField: naming the field, for a control character or too long a text.
    """
    if len(value) > MAX_LENGTH:
        raise InvalidField(field, f"has {len(value)} characters; up to {MAX_LENGTH} are taken")
    if not value.isprintable():
        for character in value:
            if unicodedata.category(character) in _REFUSED or character in _TURNING:
                code = f"U+{ord(character):04X}"
                raise InvalidField(field, f"contains the control character {code}; leave it out")
    return unicodedata.normalize("NFC", value).strip()


def cleaned(message: M, *required: str, prefix: str = "") -> M:
    """Copy of a message with every text in it cleaned, at any depth.

    Args:
        message: an event, or a part of one, whose field names are those of the request.
        *required: names of its text fields that may not be empty.
        prefix: of the paths of its fields in the request, with its dot.

    Raises:
        InvalidField: naming the field by its path.
    """
    copy = type(message)()
    copy.CopyFrom(message)
    _clean_fields(copy, prefix)
    for name in required:
        if not _says_something(getattr(copy, name)):
            raise InvalidField(name, "must be given")
    return copy


def _says_something(value: str | int) -> bool:
    """Whether a number is not 0, or there is anything to see in a text."""
    if isinstance(value, int):
        return value != 0
    return any(unicodedata.category(character)[0] in _VISIBLE for character in value)


def _clean_fields(message: Message, prefix: str) -> None:
    for descriptor, value in message.ListFields():
        path = prefix + descriptor.name
        if descriptor.enum_type is not None:
            _check_enum(descriptor.enum_type, value, path)
        elif isinstance(value, str):
            setattr(message, descriptor.name, clean(value, path))
        elif descriptor.cpp_type == descriptor.CPPTYPE_STRING and not isinstance(value, bytes):
            value[:] = [clean(item, f"{path}[{n}]") for n, item in enumerate(value)]
        else:
            for part, part_path in _parts(value, path):
                _clean_fields(part, part_path)


def _check_enum(enum: EnumDescriptor, value: int | Sequence[int], path: str) -> None:
    """Refuse a number that is no value of the enum: one day it would mean something."""
    for number in [value] if isinstance(value, int) else value:
        if number not in enum.values_by_number:
            raise InvalidField(path, f"{number} is no value of {enum.name}")


def _parts(value: object, path: str) -> Iterator[tuple[Message, str]]:
    """Messages directly inside a field's value, with the prefix of their fields' paths."""
    if isinstance(value, Message):
        yield value, f"{path}."
    elif not isinstance(value, (int, float, bytes)):
        for n, item in enumerate(value):  # type: ignore[var-annotated,arg-type]
            if isinstance(item, Message):
                yield item, f"{path}[{n}]."
