"""A question about a day as known at a position, with the answer that the facts give."""

import datetime
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from google.type.date_pb2 import Date

from tests.server.client import RPCS


class Question(NamedTuple):
    """A read, and what it has to answer."""

    rpc: str
    fields: dict[str, Any]
    expected: Message | None
    """None where nothing is found."""
    seen: Callable[[Message], Message] = lambda answer: answer
    """What of an answer is compared."""


class Asking:
    """Asks about one day, as known at one position."""

    def __init__(self, known, day):
        self.known = known
        self.day = day

    @cached_property
    def point(self):
        """Both times, as a request says them."""
        date = datetime.date.fromordinal(self.day)
        as_of = {"year": date.year, "month": date.month, "day": date.day}
        return {"asOf": as_of, "knownPosition": self.known.position}

    def question(self, rpc, fields, seen=lambda answer: answer, **answered):
        """A question whose answer names the position, and the day where it can."""
        response = RPCS[rpc].response(read_position=self.known.position, **answered)
        if "as_of" in response.DESCRIPTOR.fields_by_name:
            response.as_of.CopyFrom(ParseDict(self.point["asOf"], Date()))
        return Question(rpc, {"options": self.point, **fields}, response, seen)

    def not_found(self, rpc, fields):
        """A question about what is not there."""
        return Question(rpc, {"options": self.point, **fields}, None)
