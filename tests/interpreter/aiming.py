"""What a random command can end: what commands before it began, and none ended yet."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.interpreter.words import days, effective, stream_of


class Aim(NamedTuple):
    """Something that begins and ends, by the RPCs of which it is told."""

    begins: tuple[str, ...]
    ends: tuple[str, ...]
    what: Callable[[Any], Any]
    """What a command is about, by its fields."""


MEMBERSHIP = Aim(
    ("JoinPartnership",),
    ("LeavePartnership",),
    lambda fields: (fields["partnership"], fields["member"]),
)
PARTICIPATION = Aim(
    ("RegisterParticipation",), ("WithdrawParticipation", "AttendParticipation"), stream_of
)


def standing(commands, aim):
    """Fields of the commands that began what none after them ended, refused or not."""
    found = {}
    for rpc, fields in commands:
        if rpc in aim.begins:
            found.setdefault(aim.what(fields), fields)
        elif rpc in aim.ends:
            found.pop(aim.what(fields), None)
    return list(found.values())


def after(begun, dates):
    """Those of several dates by which what began may have ended; all where there is none."""
    start = days(begun["options"])[0]
    return [text for text in dates if start <= days(effective(text))[1]] or dates
