"""Answers on stdout: as a table for people, as JSON, NDJSON or CSV for programs."""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

import click
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from registryctl import terminal
from registryctl.app import Settings, remark
from registryctl.text import compact, printable, said

Object = dict[str, Any]
_DATE = {"year", "month", "day", "date", "bound"}
"""Fields of what is one value: a date, an effective date."""
PIPE_WIDTH = 10_000  # a table that is not on a terminal is never cut

# Columns of a table of several; a table of one shows everything.
_COLUMNS = {
    "organisation": "organisation name country established life",
    "cluster": "cluster name country established ecosystems life",
    "partnership": "partnership name kind formed ended coordinator life",
    "membership": "partnership member role joined left",
    "edition": "edition number name dates city country state",
    "participation": "participation participant roles status",
    "region": "code name level parent country statistical",
    "view": "view generation position headPosition parked parkedReason rebuilding holdsRedacted",
    "context": "context inUse address output",
    "event": "recordedAt event type effective retracted reason actor payload",
}


def show_one(settings: Settings, answer: Message) -> None:
    """Print the answer of a read: the resource, with what else the answer says beside it."""
    whole = plain(answer)
    first, *rest = whole
    one = whole[first] | {name: whole[name] for name in rest}
    show_object(settings, one)
    settings.is_told()


def show_figures(settings: Settings, answer: Message) -> None:
    """Print a summary; as CSV a row for each figure, named as `--explain` names it."""
    if settings.form != "csv":
        show_one(settings, answer)
        return
    whole = plain(answer)
    first, *rest = whole
    named = _flat(whole[first] | {name: whole[name] for name in rest}, is_whole=_is_date)
    show_objects(settings, ({"figure": name, "value": value} for name, value in named))
    settings.is_told()


def show_object(settings: Settings, one: Object) -> None:
    """Print one object of proto JSON: for a person all that it says, a line for each."""
    if settings.form == "table":
        _print_one(settings, one)
    else:
        show_objects(settings, [one])


def show_messages(settings: Settings, rows: Iterable[Message], *, columns: str = "") -> None:
    """Print resources as they come."""
    if settings.form != "csv":
        show_objects(settings, (plain(row) for row in rows), listed=True, columns=columns)
        return
    rows = iter(rows)
    if (first := next(rows, None)) is not None:
        # Not those of the first row: what it does not have, a later one may.
        header = list(_paths(first.DESCRIPTOR))
        _print_csv((plain(row) for row in chain([first], rows)), header)


def show_recorded(settings: Settings, answer: Message) -> None:
    """Print the answer of a command: for a person what was recorded, else all of it."""
    whole = plain(answer)
    events = [{n: v for n, v in event.items() if v} for event in whole["recorded"]["events"]]
    if settings.form == "table":
        previewed = any("json" in event for event in events)
        last = ["effective", "payload"] if previewed else ["position"]
        rows = (event | {"payload": json.loads(event.get("json", "{}"))} for event in events)
        _print_table(settings, rows, ["event", "type", *last])
        position, request_id = whole["recorded"]["position"], whole["recorded"]["requestId"]
        remark(f"position {position}, request {request_id}")
    elif settings.form == "csv":
        show_objects(settings, events)
    else:
        show_objects(settings, [whole])


def show_objects(
    settings: Settings, rows: Iterable[Object], *, listed: bool = False, columns: str = ""
) -> None:
    """Print objects of proto JSON in the chosen form, one by one; `listed` may be several."""
    rows = iter(rows)
    match settings.form:
        case "ndjson":
            for row in rows:
                click.echo(json.dumps(row, ensure_ascii=False))
        case "json" if listed:
            _print_array(rows)
        case "json":
            for row in rows:
                click.echo(json.dumps(row, ensure_ascii=False, indent=2))
        case "csv":
            _print_csv(rows)
        case _:
            _print_rows(settings, rows, columns)


def plain(message: Message) -> Object:
    """Proto JSON with every figure, zero or not, in the order of the proto."""
    found = MessageToDict(message, always_print_fields_with_no_presence=True)
    return _ordered(found, message.DESCRIPTOR)


def _ordered(found: Object, descriptor: Any) -> Object:
    ordered: Object = {}
    for field in descriptor.fields:
        if (value := found.get(field.json_name)) is not None:
            ordered[field.json_name] = _ordered_value(value, field)
    return ordered


def _ordered_value(value: Any, field: Any) -> Any:
    kind = field.message_type
    if kind is None:
        return value
    if kind.GetOptions().map_entry:
        return dict(sorted(value.items()))
    if isinstance(value, list):
        return [_ordered(one, kind) for one in value]
    return _ordered(value, kind) if isinstance(value, dict) else value


def _print_array(rows: Iterator[Object]) -> None:
    """Print a JSON array without holding it."""
    before = "["
    for row in rows:
        click.echo(before + "\n" + json.dumps(row, ensure_ascii=False, indent=2), nl=False)
        before = ","
    click.echo("[]" if before == "[" else "\n]")


def _paths(descriptor: Any, path: str = "") -> Iterator[str]:
    """Columns of a message: its fields, and those of the messages in it by their paths."""
    for field in descriptor.fields:
        kind = field.message_type
        fields = {inner.json_name for inner in kind.fields} if kind else set()
        if kind is None or field.is_repeated or fields <= _DATE or field.json_name.startswith("by"):
            yield path + field.json_name
        else:
            yield from _paths(kind, f"{path}{field.json_name}.")


def _print_csv(rows: Iterator[Object], columns: Iterable[str] = ()) -> None:
    """Print CSV; nested messages become columns named by their path.

    Args:
        rows: what is printed.
        columns: of all rows; those of the first one where none are given.
    """
    columns = list(columns)
    if columns:
        _print_line(columns)
    for row in rows:
        flat = dict(_flat(row))
        if not columns:
            columns = list(flat)
            _print_line(columns)
        _print_line([compact(flat.get(name, "")) for name in columns])


def _print_line(cells: list[str]) -> None:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    click.echo(line.getvalue(), nl=False)


def _is_date(_: str, value: Object) -> bool:
    """Whether an object is a date, effective or not."""
    return bool(value) and set(value) <= _DATE


def _is_value(name: str, value: Object) -> bool:
    """Whether an object is one figure or date rather than a group of fields."""
    return name.startswith("by") or set(value) <= _DATE


def _flat(
    row: Object, path: str = "", *, is_whole: Callable[[str, Object], bool] = _is_value
) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, dict) and not is_whole(name, value):
            yield from _flat(value, f"{path}{name}.", is_whole=is_whole)
        else:
            yield path + name, value


def _print_rows(settings: Settings, rows: Iterator[Object], columns: str) -> None:
    first = next(rows, None)
    if first is None:
        remark("none")
        return
    kind = "membership" if "joinedVersion" in first else next(iter(first))
    names = (columns or _COLUMNS.get(kind, "")).split() or list(first)
    _print_table(settings, chain([first], rows), names)


def _print_table(settings: Settings, rows: Iterator[Object], columns: list[str]) -> None:
    from rich.table import Table  # noqa: PLC0415  # only where a person looks
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell(row, name)) for name in columns))
    if table.row_count:
        _console_print(settings, table)


def _print_one(settings: Settings, row: Object) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table.grid(padding=(0, 2))
    for name, value in _flat(row):
        if text := printable(said(name.rpartition(".")[2], value)):
            table.add_row(Text(name, style="bold"), Text(text))
    _console_print(settings, table)


def _console_print(settings: Settings, table: Any) -> None:
    console = terminal.console(settings, sys.stdout, None if sys.stdout.isatty() else PIPE_WIDTH)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        click.echo(line.rstrip(), color=not console.no_color)


def cell(row: Object, name: str) -> str:
    """Write what stands in a column of a table."""
    text = printable(said(name, row.get(name, "")))
    match name:
        case "type" | "events":
            return text.replace("registry.events.v1.", "")
        case "recordedAt":  # to the second: no person reads more
            return text[:19].replace("T", " ") + "Z"
    return text
