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


BEGUN_BY = ("joinedVersion", "addedVersion")
"""Fields that tell items of a list apart: the event that began each."""
DATES = ("joined", "left", "from", "until", "since")
UNSAID = {*BEGUN_BY, "joinedRole", "partnership"}
"""Fields of an item that say nothing to a person."""
_ZERO_IS_UNKNOWN = {"durationMonths", "number", "classificationVersion"}


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
            return ", ".join(
                f"{name} {text}" for name, one in value.items() if (text := said(name, one))
            )
        case list():
            return "; ".join(map(in_words, value))
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


def said(name: str, value: Any) -> str:
    """Write the value of a field, as `short` does; "" where it says nothing: 0 months of a plan."""
    nothing = value in ("", [], {}, None) or (name in _ZERO_IS_UNKNOWN and value == 0)
    return "" if nothing else short(value)


def in_words(item: Any) -> str:
    """Write one of several, only its dates with names: "clusters/x partner joined 2018"."""
    if not isinstance(item, dict):
        return short(item)
    words = (
        f"{name} {text}" if name in DATES else text
        for name, value in item.items()
        if name not in UNSAID and (text := said(name, value))
    )
    return " ".join(dict.fromkeys(words))  # a role is often stated in its own word


def compact(value: Any) -> str:
    """Write a value of proto JSON for a program: scalars and dates as text, else JSON."""
    if isinstance(value, dict) and set(value) <= {"date", "bound", "year", "month", "day"}:
        return short(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return short(value)
