"""`registryctl history`: what happened to a resource, in both times."""

import json
from typing import Any

import click

from registryctl.app import Verb, settings
from registryctl.common import recalls
from registryctl.params import Kind
from registryctl.words import STREAM

GET = "HistoryService/GetHistory"
ORDER = Kind("HISTORY_ORDER", "recorded effective")
COLUMNS = "effective recordedAt changes event by reason retracted source"
"""For a person."""
_BEGUN_BY = ("joinedVersion", "addedVersion")
"""Fields that tell items of a list apart: the event that began each."""
_DATES = ("joined", "left", "from", "until", "since")
_UNSAID = {*_BEGUN_BY, "joinedRole", "partnership"}
"""Fields of an item that say nothing to a person."""


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
            rows = (row | {"source": _shortened(row["source"])} for row in map(_row, entries))
            printing.show_objects(settings(), rows, columns=COLUMNS)
        case "csv":
            printing.show_objects(settings(), map(_row, entries))
        case _:
            printing.show_objects(settings(), entries, listed=True)


def _read(entry: dict[str, Any]) -> dict[str, Any]:
    """Put values in the place of their JSON."""
    entry["payload"] = json.loads(entry.pop("json"))
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
        "retracted": _taken_back(entry),
    }


def _shortened(sources: str) -> str:
    """The first of many sources, which are long, and how many more there are."""
    first, *more = sources.split("; ")
    return f"{first}; {len(more)} more" if len(more) > 1 else sources


def _told(entry: dict[str, Any]) -> str:
    """What changed, in words; where no answer changed, what was recorded."""
    said = "; ".join(map(_change, entry["changes"])) or entry["type"].rpartition(".")[2]
    return f"retracts {entry['retracts']}: {said}" if entry["retracts"] else said


def _taken_back(entry: dict[str, Any]) -> str:
    """By which event, and why."""
    by = entry.get("retractedBy", {})
    return ": ".join(filter(None, (by.get("event"), by.get("reason"))))


def _change(change: dict[str, Any]) -> str:
    from registryctl.text import short  # noqa: PLC0415

    before, after = change["before"], change["after"]
    if isinstance(before, list) or isinstance(after, list):
        said = ", ".join(_items(before or [], after or []))
    else:
        said = _from_to(before, after)
    until = f" (until {short(change['replacedFrom'])})" if "replacedFrom" in change else ""
    return f"{change['field'].replace('_', ' ')}: {said}{until}"


def _items(before: list[Any], after: list[Any]) -> list[str]:
    """Items that changed, then those that went and came; each in a few words."""
    begun = {_begun_by(item): item for item in before if _begun_by(item)}
    changed = [(begun[_begun_by(item)], item) for item in after if _begun_by(item) in begun]
    gone = [item for item in before if all(item is not old for old, _ in changed)]
    come = [item for item in after if all(item is not new for _, new in changed)]
    return [
        *(_item_change(old, new) for old, new in changed),
        *(f"-{_item(item)}" for item in gone),
        *(f"+{_item(item)}" for item in come),
    ]


def _begun_by(item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    return next((item[name] for name in _BEGUN_BY if name in item), "")


def _item_change(old: dict[str, Any], new: dict[str, Any]) -> str:
    """What changed in one item: "clusters/x left 2017"."""
    names = [name for name in old | new if old.get(name) != new.get(name) and name not in _UNSAID]
    said = (f"{name} {_from_to(old.get(name), new.get(name))}" for name in names)
    same = {name: new[name] for name in new if name not in {*names, *_DATES}}
    return f"{_item(same)} {', '.join(said)}"


def _from_to(before: Any, after: Any) -> str:
    from registryctl.text import short  # noqa: PLC0415

    if before is None:
        return short(after)
    return f"{short(before)} -> {'none' if after is None else short(after)}"


def _item(item: Any) -> str:
    from registryctl.text import short  # noqa: PLC0415

    if not isinstance(item, dict):
        return short(item)
    said = (
        f"{name} {short(value)}" if name in _DATES else short(value)
        for name, value in item.items()
        if name not in _UNSAID
    )
    return " ".join(dict.fromkeys(filter(None, said)))  # a role is often stated in its own word
