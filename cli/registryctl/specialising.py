"""Specialisation of a region or of an ecosystem: the quotients, and who is counted in them."""

import click
from google.protobuf.message import Message

from registryctl.app import Settings, remark
from registryctl.printing import Object, plain, show_objects
from registryctl.text import printable, short

_COUNTS = ("clusters", "inRegion", "inEcosystem", "total")


def show(settings: Settings, answer: Message) -> None:
    """Print a line for each quotient, then who is counted; as JSON all there is."""
    whole = plain(answer)
    found = whole.pop("specialisation")
    if settings.form not in {"table", "csv"}:
        show_objects(settings, [found | whole])
        return
    names = ("region", "ecosystem") if found["ecosystem"] else ("ecosystem", "region")
    lines = [_line(row, names, settings.form) for row in found["rows"]]
    show_objects(settings, lines, columns=" ".join(lines[0]) if lines else "")
    tell = click.echo if settings.form == "table" else remark
    for text in _about(found):
        tell(printable(text))


def _line(row: Object, names: tuple[str, str], form: str) -> Object:
    """Of a row what it is about first; for a person the quotient as far as it can be read."""
    quotient = row.get("quotient", "")
    if form == "table":
        quotient = "undefined" if quotient == "" else f"{quotient:.2f}"
    counts = {name: row[name] for name in (*names, *_COUNTS)}
    return counts | {"quotient": quotient, "smallNumbers": row["smallNumbers"]}


def _about(found: Object) -> list[str]:
    """Who is counted and who is not, as far as it can be said of the one or the other."""
    of_other = "withoutEcosystem" if found["ecosystem"] else "withoutCountry"
    left_out = {name: number for name, number in found["leftOut"].items() if name != of_other}
    lines = [f"base: {short(found['base'])}", f"left out: {short(left_out)}"]
    if few := sum(row["smallNumbers"] for row in found["rows"]):
        rows = f"{few} of {len(found['rows'])} rows"
        lines.append(f"small numbers: {rows} rest on fewer than 5 clusters, counted or expected")
    return lines
