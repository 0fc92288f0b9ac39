"""Text as it is recorded: Unicode NFC, trimmed, without control characters."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, TypeVar

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from registry.errors import InvalidField

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    _Cleaner = Callable[[Message, str, Any, str], None]

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
    return value[:1].isalnum() or any(
        unicodedata.category(character)[0] in _VISIBLE for character in value
    )


def _clean_fields(message: Message, prefix: str) -> None:
    for field, value in message.ListFields():
        name, clean_field = _cleaners.get(field) or _prepare(field)
        if clean_field is not None:
            clean_field(message, name, value, prefix + name)


def _text(message: Message, name: str, value: str, path: str) -> None:
    cleaned_value = clean(value, path)
    if cleaned_value != value:
        setattr(message, name, cleaned_value)


def _texts(_: Message, __: str, values: Any, path: str) -> None:
    values[:] = [clean(item, f"{path}[{n}]") for n, item in enumerate(values)]


def _message(_: Message, __: str, value: Message, path: str) -> None:
    _clean_fields(value, f"{path}.")


def _messages(_: Message, __: str, values: Any, path: str) -> None:
    for n, item in enumerate(values):
        _clean_fields(item, f"{path}[{n}].")


def _cleaner(field: FieldDescriptor) -> _Cleaner | None:
    """Choose how a field is cleaned; None for one without text."""
    if field.enum_type is not None:
        numbers = frozenset(field.enum_type.values_by_number)
        name = field.enum_type.name
        return lambda _, __, value, path: _check_enum(numbers, name, value, path)
    if field.type == FieldDescriptor.TYPE_STRING:
        return _texts if field.is_repeated else _text
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return _messages if field.is_repeated else _message
    return None


def _check_enum(numbers: frozenset[int], enum: str, value: int | Sequence[int], path: str) -> None:
    """Refuse a number that is no value of the enum: one day it would mean something."""
    for number in [value] if isinstance(value, int) else value:
        if number not in numbers:
            raise InvalidField(path, f"{number} is no value of {enum}")


# Descriptors are slow to ask; how a field is cleaned is chosen once.
_cleaners: dict[FieldDescriptor, tuple[str, _Cleaner | None]] = {}


def _prepare(field: FieldDescriptor) -> tuple[str, _Cleaner | None]:
    _cleaners[field] = (field.name, _cleaner(field))
    return _cleaners[field]
