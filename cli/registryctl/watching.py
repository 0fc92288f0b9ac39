"""Watching at the command line: each event as it comes, through every break."""

import errno
import json
import select
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import UnsupportedOperation
from typing import Any

import click

from registry.v1 import event_service_pb2 as pb
from registry_client import Unavailable, follow_events
from registryctl import printing, recorded, terminal, wire
from registryctl.app import Settings, remark

WATCH = "EventService/WatchEvents"
COLUMNS = ["recordedAt", "event", "type", "effective", "reason", "actor", "payload"]
HEARTBEAT_S = 3
"""So soon it is noticed that nobody reads any more."""
SILENT = "WATCH_ENDED"
"""A break that is no fault: it is resumed at once."""


def watch(settings: Settings, fields: dict[str, Any], *, limit: int, until_caught_up: bool) -> None:
    """Show events until enough of them are shown, or for ever.

    Args:
        settings: of the command.
        fields: of the request.
        limit: most events; 0: any number.
        until_caught_up: end when all that was recorded is shown.
    """
    show = _shown_as(settings)
    position, left = 0, limit
    try:
        for batch in _followed(settings, fields):
            events = batch.events[:left] if limit else batch.events
            left -= len(events)
            ends = bool(limit) and not left
            with _interrupted_after():
                show(map(_for_reading, events))
                position = events[-1].position if ends else batch.read_position
            if ends or (until_caught_up and batch.caught_up):
                break
            if not events:
                _require_reader()
    except KeyboardInterrupt:
        _remark_position(position)
        raise
    _remark_position(position)


@contextmanager
def _interrupted_after() -> Iterator[None]:
    """Let Ctrl-C wait until what is shown is counted as shown; a second one waits for nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []

    def note(number: int, _: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if asked:
        raise KeyboardInterrupt


def _followed(settings: Settings, fields: dict[str, Any]) -> Iterator[pb.WatchEventsResponse]:
    request = wire.request(WATCH, {"heartbeat_interval": {"seconds": HEARTBEAT_S}, **fields})
    assert isinstance(request, pb.WatchEventsRequest)  # noqa: S101 - of that RPC
    away = False

    def broken(error: Unavailable) -> None:
        nonlocal away
        if error.reason != SILENT and not away:
            remark(f"registryctl: unavailable: {error}; it goes on when the service is back")
            away = True

    with wire.client(settings) as client:
        for batch in follow_events(client, request, timeout_s=settings.timeout, broken=broken):
            away = False
            yield batch


def _for_reading(event: pb.StoredEvent) -> printing.Object:
    """An event as `events list` shows it, but for what is known only later."""
    found = recorded.for_reading(event)
    del found["retracted"]
    return found


def _remark_position(position: int) -> None:
    if position:
        remark(f"position {position}: go on with --after {position}")


def _require_reader() -> None:
    """End where nobody reads any more, as soon as nothing comes: a write would tell it too late.

    Raises:
        BrokenPipeError: as a write would.
    """
    try:
        asked = select.poll()
        asked.register(sys.stdout.fileno(), 0)
    except UnsupportedOperation:  # it is no file
        return
    if any(happened & select.POLLERR for _, happened in asked.poll(0)):
        raise BrokenPipeError(errno.EPIPE, "nobody reads")


def _shown_as(settings: Settings) -> Any:
    """What shows the events of a batch."""
    if settings.output_asked and settings.output in {"json", "csv"}:
        raise click.UsageError("a watch has no end; use -o ndjson or -o table")
    return _Lines(settings).show if settings.form == "table" else _show_ndjson


def _show_ndjson(rows: Iterable[printing.Object]) -> None:
    """Print a batch at once, and flush it."""
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    if lines:
        click.echo("\n".join(lines))


class _Lines:
    """A table that goes on: its columns are as wide as the widest cell so far."""

    def __init__(self, settings: Settings) -> None:
        """Begin with the names of the columns."""
        self._coloured = terminal.coloured(settings, sys.stdout)
        self._widths = [len(name) for name in COLUMNS]
        self._headed = False

    def show(self, rows: Iterable[printing.Object]) -> None:
        """Print a line for each, all of a batch at once."""
        shown = [recorded.in_words(row) for row in rows]
        cells = [[printing.cell(row, name).replace("\n", " ") for name in COLUMNS] for row in shown]
        if not cells:
            return
        for column, width in enumerate(self._widths):
            self._widths[column] = max(width, *(len(line[column]) for line in cells))
        if not self._headed:
            self._headed = True
            click.secho(self._line(COLUMNS), bold=True, color=self._coloured)
        click.echo("\n".join(map(self._line, cells)))

    def _line(self, cells: list[str]) -> str:
        return "  ".join(map(str.ljust, cells, self._widths)).rstrip()
