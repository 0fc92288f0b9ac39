"""What cells of an export say: the inverse of the cells of an import."""

from collections.abc import Iterable
from typing import Any

from google.protobuf.message import Message

from registry.events.v1.values_pb2 import Basis, Effective
from registryctl.imports.cells import UNSAID_WORD

_BACKGROUND_MARK = " (background)"


def date(message: Any) -> str:
    """A google.type.Date at its precision: "2016", "2016-09" or "2016-09-01"."""
    parts = [f"{message.year:04}", f"{message.month:02}", f"{message.day:02}"]
    known = 1 + bool(message.month) + bool(message.month and message.day)
    return "-".join(parts[:known]) if message.year else ""


def effective(of: Message, field: str, unknown: str = "") -> str:
    """Effective date of a field, or what is said where it is not known; empty where absent."""
    if not of.HasField(field):
        return ""
    at: Effective = getattr(of, field)
    if at.bound == Effective.BOUND_UNKNOWN:
        return unknown
    no_later = at.bound == Effective.BOUND_NO_LATER_THAN
    return f"no-later-than {date(at.date)}" if no_later else date(at.date)


def word(of: Message, field: str, prefix: str) -> str:
    """Value of an enum as a word: "cluster-excellence-project"; empty where it is not said."""
    kind: Any = of.DESCRIPTOR.fields_by_name[field].enum_type
    named = kind.values_by_number.get(getattr(of, field))
    name = named.name.removeprefix(f"{prefix}_") if named else ""
    return "" if name == "UNSPECIFIED" else name.lower().replace("_", "-")


def basis(value: int) -> str:
    """What a fact rests on."""
    name = Basis.Name(value).removeprefix("BASIS_").lower()  # type: ignore[arg-type]
    return UNSAID_WORD if name == "unspecified" else name


def marked(text: str, value: int) -> str:
    """Text with the mark of background knowledge where it is such."""
    return text + _BACKGROUND_MARK if text and value == Basis.BASIS_BACKGROUND else text


def joined(texts: Iterable[str]) -> str:
    """Several texts in one cell, but for those that would be read as more than one."""
    return "; ".join(text for text in texts if ";" not in text)


def number(value: int) -> str:
    """Number, empty where it is 0."""
    return str(value or "")


def identifiers(of: Any) -> str:
    """Schemes and values."""
    return joined(f"{each.scheme}={each.value}" for each in of.identifiers)
