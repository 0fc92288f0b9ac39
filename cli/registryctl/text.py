"""Values as short text for people and for CSV cells."""

import json
from functools import cache
from importlib import import_module
from typing import Any

_WITH_ENUMS = (
    "registry.events.v1.values",
    "registry.events.v1.partnership",
    "registry.events.v1.edition",
    "registry.events.v1.participation",
    "registry.v1.options",
    "registry.v1.change_service",
    "registry.v1.history_service",
    "registry.v1.edition_service",
    "registry.v1.participation_service",
    "registry.v1.search_service",
)


def printable(text: str) -> str:
    """Replace what a terminal might obey; line breaks stay."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def date(value: dict[str, Any]) -> str:
    """Write a google.type.Date as ISO 8601 at its precision."""
    if not value.get("year"):
        return ""
    parts = [f"{value['year']:04}"]
    parts += [f"{value[part]:02}" for part in ("month", "day") if value.get(part)]
    return "-".join(parts)


def effective(value: dict[str, Any]) -> str:
    """Write an Effective as it is typed: "2006-09", "unknown", "no-later-than 2010"."""
    if value.get("bound") == "BOUND_UNKNOWN":
        return "unknown"
    attested = value.get("bound") == "BOUND_NO_LATER_THAN"
    return ("no-later-than " if attested else "") + date(value.get("date", {}))


def short(value: Any) -> str:  # noqa: PLR0911  # one for each kind of value
    """Write a value of proto JSON for a person, on one line."""
    match value:
        case {"date": _, **rest} if set(rest) <= {"bound"}:
            return effective(value)
        case {"bound": _}:
            return effective(value)
        case {"year": int(), **rest} if set(rest) <= {"month", "day"}:
            return date(value)
        case dict():
            return ", ".join(f"{name} {short(one)}" for name, one in value.items() if _says(one))
        case list():
            return "; ".join(_item(one) for one in value)
        case bool():
            return str(value).lower()
        case _:
            return _typed().get(value, str(value))


@cache
def _typed() -> dict[Any, str]:
    """Every name of an enum's value, as a person types it: BASIS_INFERRED is "inferred"."""
    names: dict[Any, str] = {}
    for module in _WITH_ENUMS:
        file = import_module(f"{module}_pb2").DESCRIPTOR
        messages = file.message_types_by_name.values()
        enums = [*file.enum_types_by_name.values(), *(e for m in messages for e in m.enum_types)]
        for values in ([value.name for value in enum.values] for enum in enums):
            prefix = values[0].removesuffix("UNSPECIFIED")
            names |= {v: v.removeprefix(prefix).lower().replace("_", "-") for v in values[1:]}
            names[values[0]] = ""
    return names


def _item(value: Any) -> str:
    """Write one of several without the names of its fields, which are the same in all."""
    if isinstance(value, dict):
        return " ".join(short(one) for one in value.values() if _says(one))
    return short(value)


def _says(value: Any) -> bool:
    return value not in ("", [], {}, None) and short(value) != ""


def compact(value: Any) -> str:
    """Write a value of proto JSON for a program: scalars and dates as text, else JSON."""
    if isinstance(value, dict) and set(value) <= {"date", "bound", "year", "month", "day"}:
        return short(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return short(value)
