"""Of which day and position an answer is: told once on stderr, below what was printed."""

import sys
from contextlib import suppress

from registry_client import CallFailed
from registryctl import wire
from registryctl.app import Read, Settings, note, remark
from registryctl.recorded import recorded_time

REPLAY = "EventService/ReplayEvents"


def tell(settings: Settings, read: Read) -> None:
    """Tell where an answer was read, unless it says so itself, or nobody but a program reads it."""
    if settings.known and not read.position:
        note(f"nothing was recorded yet at that time{_began(settings)}")
    elif not read.told and (settings.form in {"table", "csv"} or sys.stderr.isatty()):
        remark(str(read))


def _began(settings: Settings) -> str:
    """When the first event was recorded, in words; nothing where that is not to be had."""
    first = wire.request(REPLAY, {"limit": 1})
    with suppress(CallFailed), wire.connected(settings) as channel:
        for batch in wire.stream(settings, channel, REPLAY, first):
            for event in batch.events:
                return f"; the log begins {recorded_time(event.recorded_at)}"
    return ""
