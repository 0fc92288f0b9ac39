"""Editions beside each other: the series, and two of them compared."""

from typing import Any

import click
from google.protobuf.message import Message

from registryctl.app import Settings
from registryctl.printing import Object, plain, show_objects
from registryctl.text import printable

_SERIES = ("total", "firstTime", "returning", "withdrawn", "byKind", "byCountry", "uncertain")
_LISTS = {
    "inBoth": "in both",
    "onlyInFirst": "only in the first",
    "onlyInSecond": "only in the second",
}


def show_series(settings: Settings, answer: Message) -> None:
    """Print a line for each edition; for a program all there is."""
    points = plain(answer)["editions"]
    if settings.form == "table":
        points = [_line(point) for point in points]
    show_objects(settings, points, listed=True, columns=" ".join(points[0]) if points else "")


def show_comparison(settings: Settings, answer: Message) -> None:
    """Print the figures that differ, then who takes part where; for a program all there is."""
    whole = plain(answer)
    compared = whole.pop("comparison")
    if settings.form != "table":
        show_objects(settings, [compared | whole])
        return
    first, second = (compared[each]["edition"] for each in ("first", "second"))
    lines = [
        {"figure": c["figure"], first: c["first"], second: c["second"], "change": c["change"]}
        for c in compared["changes"]
    ]
    show_objects(settings, lines, columns=f"figure {first} {second} change")
    for name, label in _LISTS.items():
        click.echo(printable(f"{label}: {', '.join(compared[name]) or 'none'}"))


def _line(point: Object) -> Object:
    counts: dict[str, Any] = point["participants"]
    shown = {name: counts[name] for name in _SERIES if name != "uncertain" or counts[name]}
    return {"edition": point["edition"], "number": point["number"]} | shown
