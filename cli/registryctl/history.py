"""`registryctl history`: what happened to a resource, in both times."""

import json
from collections.abc import Iterator
from typing import Any

import click

from registryctl.app import Verb, settings
from registryctl.common import recalls
from registryctl.items import change_in_words, from_to, paired
from registryctl.params import Kind
from registryctl.text import in_words, short
from registryctl.words import STREAM

GET = "HistoryService/GetHistory"
ORDER = Kind("HISTORY_ORDER", "recorded effective")
COLUMNS = "effective recordedAt changes event by reason retracted source"
"""For a person."""


@click.command(cls=Verb, rpc=GET, example="history clusters/nextmove --by effective")
@click.argument("resource", type=STREAM)
@click.option(
    "--by",
    "order",
    type=ORDER,
    default="recorded",
    show_default=True,
    help="Sort by when it was recorded, or by when it is true.",
)
@click.option(
    "--own-only",
    is_flag=True,
    help="Leave out what others record of it: memberships, participations and the like.",
)
@click.option("--limit", type=click.IntRange(min=0), default=0, help="Most entries (all).")
@recalls
def history(options: dict[str, Any], limit: int, **fields: Any) -> None:
    """Show what happened to a resource; also what was retracted, and by whom.

    Each change is what `show` answered as of that date before it was recorded, and answers since.
    RESOURCE is named in full, e.g. clusters/nextmove.
    """
    from registryctl import printing, wire  # noqa: PLC0415

    found = wire.pages(settings(), GET, {"options": options, **fields}, limit)
    entries = (_read(printing.plain(entry)) for entry in found)
    match settings().form:
        case "table":
            rows = map(_for_person, map(_row, entries))
            printing.show_objects(settings(), rows, columns=COLUMNS)
        case "csv":
            printing.show_objects(settings(), map(_row, entries))
        case _:
            printing.show_objects(settings(), entries, listed=True)


def _read(entry: dict[str, Any]) -> dict[str, Any]:
    """Put values in the place of their JSON."""
    payload = entry.pop("json")
    entry["payload"] = json.loads(payload) if payload else None
    for change in entry["changes"]:
        for name in ("before", "after"):
            change[name] = json.loads(change[name]) if change[name] else None
    return entry


def _row(entry: dict[str, Any]) -> dict[str, Any]:
    from registryctl import evidence  # noqa: PLC0415

    by = [entry["actor"], f"for {entry['onBehalfOf']}" if entry["onBehalfOf"] else ""]
    return {
        "event": entry["event"],
        "type": entry["type"],
        "position": entry["position"],
        "recordedAt": entry["recordedAt"],
        "effective": entry.get("effective", ""),
        "changes": _told(entry),
        "by": " ".join(filter(None, by)),
        "reason": entry["reason"],
        "source": evidence.source(entry),
        "retracted": _by(entry, "retractedBy"),
        "redacted": _by(entry, "redactedBy"),
    }


def _for_person(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose cells are short, with what redacted an event beside what retracted it."""
    redacted = f"redacted by {row['redacted']}" if row["redacted"] else ""
    gone = "; ".join(filter(None, (row["retracted"], redacted)))
    return row | {"retracted": gone, "source": _shortened(row["source"])}


def _shortened(sources: str) -> str:
    """The first of many sources, which are long, and how many more there are."""
    first, *more = sources.split("; ")
    return f"{first}; {len(more)} more" if len(more) > 1 else sources


def _told(entry: dict[str, Any]) -> str:
    """What changed, in words; where no answer changed, what was recorded."""
    said = "; ".join(map(_change, entry["changes"])) or entry["type"].rpartition(".")[2]
    if entry["redacts"]:
        return f"redacts {entry['redacts']}"
    if "redactedBy" in entry:
        return f"redacted: {said}"
    return f"retracts {entry['retracts']}: {said}" if entry["retracts"] else said


def _by(entry: dict[str, Any], what: str) -> str:
    """By which event that was done, and why."""
    by = entry.get(what, {})
    return ": ".join(filter(None, (by.get("event"), by.get("reason"))))


def _change(change: dict[str, Any]) -> str:
    before, after = change["before"], change["after"]
    if isinstance(before, list) or isinstance(after, list):
        said = ", ".join(_items(before or [], after or [])) or "in another order"
    else:
        said = from_to(before, after)
    until = f" (until {short(change['replacedFrom'])})" if "replacedFrom" in change else ""
    return f"{change['field'].replace('_', ' ')}: {said}{until}"


def _items(before: list[Any], after: list[Any]) -> Iterator[str]:
    """Items that changed, then those that went and came; each in a few words."""
    for old, new in paired(before, after):
        if old is None:
            yield f"+{in_words(new)}"
        elif new is None:
            yield f"-{in_words(old)}"
        else:
            yield change_in_words(old, new)
