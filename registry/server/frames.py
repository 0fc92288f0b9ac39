"""Frames: what a service and the process that records for it say to each other.

A frame is a header and a payload. The service sends calls; the other side sends replies to
them, in any order, and says how far the log is.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWER, OUTCOME = 0, 1
"""What a call is replied with: its method's response, or an Outcome of RecordBatch."""
DONE, REFUSED, HEAD, FAILED = 0, 1, 2, 3
"""Kinds of replies: that; a google.rpc.Status; the head of the log (READY's too); why not."""

_CALL = Struct("<IIHB")
_REPLY = Struct("<IIB")
_POSITIONS = Struct("<qq")


class Call(NamedTuple):
    """A command: by the number of its method, in the order of their paths."""

    number: int
    method: int
    form: int
    request: bytes


class Reply(NamedTuple):
    """A reply to the call of that number (0: to none)."""

    number: int
    kind: int
    payload: bytes


def call(number: int, method: int, form: int, request: bytes) -> tuple[bytes, bytes]:
    """Make the frame of a call, in two parts."""
    return _CALL.pack(len(request), number, method, form), request


def reply(number: int, kind: int, payload: bytes) -> tuple[bytes, bytes]:
    """Make the frame of a reply, in two parts."""
    return _REPLY.pack(len(payload), number, kind), payload


def head(position: int, recorded_at: int) -> tuple[bytes, bytes]:
    """Make the frame that says how far the log is."""
    return reply(0, HEAD, _POSITIONS.pack(position, recorded_at))


def positions(payload: bytes) -> tuple[int, int]:
    """Read the head of the log: position and recorded time."""
    position, recorded_at = _POSITIONS.unpack(payload)
    return position, recorded_at


class Frames:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._rest = b""

    def calls(self, data: bytes) -> Iterator[Call]:
        """Calls that are complete with these bytes."""
        for (_, number, method, form), payload in self._complete(data, _CALL):
            yield Call(number, method, form, payload)

    def replies(self, data: bytes) -> Iterator[Reply]:
        """Replies that are complete with these bytes."""
        for (_, number, kind), payload in self._complete(data, _REPLY):
            yield Reply(number, kind, payload)

    def _complete(self, data: bytes, header: Struct) -> Iterator[tuple[tuple[int, ...], bytes]]:
        buffer, at = self._rest + data, 0
        while len(buffer) - at >= header.size:
            fields = header.unpack_from(buffer, at)
            begin = at + header.size
            end = begin + fields[0]
            if end > len(buffer):
                break
            yield fields, buffer[begin:end]
            at = end
        self._rest = buffer[at:]
