"""Load: what a load client is asked for and what it answers; which client there is."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Failed(Exception):
    """A run that did not do what it measures."""


class Call(NamedTuple):
    """A unary gRPC call, the same message again and again."""

    address: str
    path: str
    message: bytes
    least_bytes: int
    """Fewest bytes of an answer, its prefix of 5 included; a refusal has none."""
    most_bytes: int

    @property
    def method(self) -> str:
        """Name of the method alone."""
        return self.path.rpartition("/")[2]


class Took(NamedTuple):
    """One call: when it began (seconds since 1970) and how long it took."""

    began_s: float
    seconds: float


class Drove(NamedTuple):
    """What a run did: every call of it."""

    calls: list[Took]

    @property
    def began_s(self) -> float:
        """When the first call began; connections stood already."""
        return min(call.began_s for call in self.calls)

    @property
    def ended_s(self) -> float:
        """When the last call was answered."""
        return max(call.began_s + call.seconds for call in self.calls)

    @property
    def per_s(self) -> float:
        """Calls a second."""
        return len(self.calls) / (self.ended_s - self.began_s)

    def covers(self, call: Took) -> bool:
        """Whether a call of another client began while this run lasted."""
        return self.began_s <= call.began_s < self.ended_s


def p99_ms(calls: Sequence[Took]) -> float:
    """Milliseconds that 99 of 100 calls did not exceed."""
    return 1000 * sorted(call.seconds for call in calls)[int(len(calls) * 0.99)]


class Driver(Protocol):
    """A load client."""

    name: str

    def __call__(self, call: Call, clients: int, calls: int) -> Drove:
        """Make `calls` calls with `clients` connections, one call at a time on each.

        Raises:
            Failed: unless every call was answered with a message.
        """
        ...


def framed(message: bytes) -> bytes:
    """Put gRPC's prefix before a message: not compressed, its length."""
    return struct.pack(">BI", 0, len(message)) + message


def choose(directory: Path, *, own: bool = False) -> Driver:
    """Take h2load, installing it where that can be done, else the client in raw_http2.py."""
    from benchmarks import h2load, raw_http2  # noqa: PLC0415 - they build on this module

    if not own and h2load.available():
        return h2load.H2load(directory)
    if not own:
        print("h2load is not here and could not be installed: benchmarks/raw_http2.py drives")
    return raw_http2.RawHttp2()
