"""What a retraction takes back, and what was recorded together with it and stays."""

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any

from registry_client import CallFailed
from registryctl import printing, recorded, wire
from registryctl.app import Settings, note, settings
from registryctl.recorded import RETRACTED
from registryctl.text import printable, said

RETRACT = "EventService/RetractEvent"
REPLAY = "EventService/ReplayEvents"
SHOWN = 20
COLUMNS = "event type effective payload"
_FIELDS = ("stream", "versions", "others", "with_dependants")


def show(arguments: dict[str, Any]) -> None:
    """List on stderr the events that would no longer count, before it is asked whether it is meant.

    Raises:
        CallFailed: where the service would refuse it.
    """
    asked = {name: arguments[name] for name in _FIELDS}
    options = {"validate_only": True, "expected_version": arguments["expected_version"] or 0}
    answer = wire.call(settings(), RETRACT, wire.request(RETRACT, {"options": options, **asked}))
    retraction = Retraction(settings(), answer.recorded.events)
    if not retraction.going:
        note("none of these counts any more: nothing would be recorded")
        return
    note("no longer to count:")
    if (more := len(retraction.going) - SHOWN) > 0:
        note(f"  {more} events more, which --dry-run shows")
    for row in retraction.rows(retraction.going[-SHOWN:]):
        words = (said(name, row[name]) for name in COLUMNS.split())
        note(printable(f"  {' '.join(words)}".replace(recorded.PACKAGE, "")))
    retraction.tell_what_stays()


def show_recorded(settings: Settings, answer: Any) -> None:
    """Print the answer: of a dry run the events that would go, as `events list` shows them."""
    retraction = Retraction(settings, answer.recorded.events)
    if not retraction.is_tried:
        printing.show_recorded(settings, answer)
    elif settings.form in {"table", "csv"}:
        rows = retraction.rows(retraction.going)
        if settings.form == "csv":
            rows = (row | {"payload": json.dumps(row["payload"])} for row in rows)
        printing.show_objects(settings, rows, columns=COLUMNS)
    else:
        rows = retraction.rows(retraction.going)
        printing.show_objects(settings, [printing.plain(answer) | {"retracts": list(rows)}])
    with suppress(CallFailed):  # what was recorded is recorded
        retraction.tell_what_stays()


def replayed(settings: Settings, **fields: Any) -> Iterator[Any]:
    """Stored events that the fields of a ReplayEventsRequest select."""
    with wire.connected(settings) as channel:
        for batch in wire.stream(settings, channel, REPLAY, wire.request(REPLAY, fields)):
            yield from batch.events


def _command(name: str) -> str:
    return f"registryctl events retract {name}"


class Retraction:
    """Events that no longer count, or would not, by what the service answers."""

    def __init__(self, settings: Settings, events: Any) -> None:
        """Take the events of the answer."""
        self._settings = settings
        self._events = [event for event in events if event.type == RETRACTED]
        self._streams: dict[str, dict[str, Any]] = {}
        self.is_tried = any(event.json for event in self._events)
        """Whether nothing was recorded: the command was a dry run."""

    @cached_property
    def going(self) -> list[str]:
        """Events that are taken back: "clusters/nextmove@2"."""
        if self.is_tried:
            versions = (json.loads(event.json)["version"] for event in self._events)
            return [f"{e.event}@{v}" for e, v in zip(self._events, versions, strict=True)]
        retractions = (self._stored(event.event) for event in self._events)
        return [f"{each.stream}@{recorded.retracted_version(each)}" for each in retractions]

    def rows(self, names: list[str]) -> Iterator[dict[str, Any]]:
        """What was recorded of some events."""
        for name in names:
            found = recorded.for_reading(self._stored(name))
            yield {column: found[column] for column in COLUMNS.split()}

    def tell_what_stays(self) -> None:
        """Say on stderr what was recorded by the same commands and goes on counting."""
        names = self._staying()
        if not names:
            return
        first, *others = [f"--also {name}" for name in names[:SHOWN]]
        more = " ".join([first if self.is_tried else _command(names[0]), *others])
        advice = f"add {more}" if self.is_tried else f"`{more}` takes that back"
        stays = "stays" if len(names) == 1 else "stay"
        note(printable(f"recorded by the same command and {stays}: {', '.join(names)}; {advice}"))

    def _staying(self) -> list[str]:
        """Of the first commands, events that are not taken back, by this retraction or another."""
        commands = dict.fromkeys(recorded.of_command(self._stored(one)) for one in self.going)
        together = [
            event
            for positions in list(commands)[:SHOWN]
            if len(positions) > 1
            for event in replayed(
                self._settings, after_position=positions[0] - 1, limit=len(positions)
            )
        ]
        gone = {*self.going, *(name for event in together for name in self._gone(event.stream))}
        names = [f"{one.stream}@{one.version}" for one in together if one.topic != RETRACTED]
        return [name for name in names if name not in gone]

    def _gone(self, stream: str) -> set[str]:
        events = self._stream(stream).values()
        return {f"{stream}@{recorded.retracted_version(event)}" for event in events}

    def _stored(self, name: str) -> Any:
        return self._stream(name.partition("@")[0])[name]

    def _stream(self, stream: str) -> dict[str, Any]:
        """Events of a stream by their names, read once."""
        if stream not in self._streams:
            events = replayed(self._settings, stream=stream)
            self._streams[stream] = {f"{one.stream}@{one.version}": one for one in events}
        return self._streams[stream]
