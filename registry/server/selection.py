"""Selection: which events of the log a replay or a watch sends, found in bounded steps."""

from __future__ import annotations

import difflib
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Self

from registry.domain.effective import BEGINNING, FOREVER, Effective, check_date
from registry.errors import InvalidField
from registry.events.v1.envelope_pb2 import Envelope
from registry.eventstore.envelope import EVENTS
from registry.server.backend import PRINCIPAL

if TYPE_CHECKING:
    from google.protobuf.timestamp_pb2 import Timestamp

    from registry.events.v1.envelope_pb2 import Metadata
    from registry.eventstore.reads import LogReads
    from registry.eventstore.rows import LogRow
    from registry.v1.event_service_pb2 import ReplayEventsRequest, WatchEventsRequest

    Request = ReplayEventsRequest | WatchEventsRequest

MAX_BATCH_BYTES = 4 * 1024 * 1024
"""A batch of large events ends early, well below what a message may hold."""
STEP = 5000
"""Positions looked through for a batch, where no index finds what is selected."""
ME = "principals/me"
PACKAGE = "registry.events.v1."


class Seen:
    """A row, opened at most once, however many selections look into it."""

    def __init__(self, row: LogRow) -> None:
        self.row = row

    @cached_property
    def metadata(self) -> Metadata:
        """Who recorded it, and when it is effective; empty where it is redacted."""
        return Envelope.FromString(self.row.state or b"").metadata


class Selection(NamedTuple):
    """What is asked for."""

    stream: str
    topics: tuple[str, ...]
    actor: str
    since_us: int | None
    """Recorded at this time or later."""
    before_us: int | None
    since_day: int
    """Possibly effective on this day or later; BEGINNING where that does not matter."""
    before_day: int
    """Possibly effective before this day; FOREVER where that does not matter."""

    @classmethod
    def of(cls, request: Request) -> Self:
        """Read it from a request.

        Raises:
            InvalidField: for a type that no event has, a day that is not in the calendar, or an
                end that is not after its beginning.
        """
        topics = [_topic(number, name) for number, name in enumerate(request.types)]
        since, before = (
            _micros(getattr(request, name)) if request.HasField(name) else None
            for name in ("recorded_since", "recorded_before")
        )
        if since is not None and before is not None and before <= since:
            raise InvalidField("recorded_before", "must be after recorded_since")
        actor = PRINCIPAL if request.actor == ME else request.actor
        return cls(request.stream, tuple(topics), actor, since, before, *_days(request))

    @property
    def _is_dated(self) -> bool:
        return self.since_day > BEGINNING or self.before_day < FOREVER

    @property
    def _opens(self) -> bool:
        """Whether an event must be opened to know whether it is selected."""
        return bool(self.actor) or self._is_dated

    def bounds(self, log: LogReads) -> tuple[int, int]:
        """Positions after which, and up to which (inclusive), the times are those asked for."""
        after = 0 if self.since_us is None else log.position_before(self.since_us)
        if self.before_us is None:
            return after, log.head().position
        return after, log.position_before(self.before_us)

    def read(
        self,
        log: LogReads,
        after: int,
        end: int,
        size: int,
        most_bytes: int = MAX_BATCH_BYTES,
    ) -> tuple[list[LogRow], int]:
        """Up to so many events after a position, and the position up to which was read.

        There may be none before the end: then it goes on after the position read.
        """
        scans = not self.stream and (self.topics or self._opens)
        upto = min(after + STEP, end) if scans else end
        most = max(size, STEP) if self._opens else size
        rows = log.read_selected(after, upto, most, self.stream, self.topics)
        selected = [row for row in rows if self._takes(Seen(row))] if self._opens else rows
        sent = fitting(selected[:size], most_bytes)
        if len(sent) < len(selected):
            return sent, sent[-1].position
        return sent, rows[-1].position if len(rows) == most else upto

    def selects(self, seen: Seen) -> bool:
        """Whether it selects an event, whatever the log was asked for."""
        row = seen.row
        return (
            (not self.stream or row.stream == self.stream)
            and (not self.topics or row.topic in self.topics)
            and (self.since_us is None or row.recorded_at >= self.since_us)
            and (self.before_us is None or row.recorded_at < self.before_us)
            and (not self._opens or self._takes(seen))
        )

    def _takes(self, seen: Seen) -> bool:
        """Whether it selects an event by what stands in it."""
        metadata = seen.metadata
        if self.actor and self.actor not in {metadata.actor, metadata.on_behalf_of}:
            return False
        return not self._is_dated or self._may_be_effective(metadata)

    def _may_be_effective(self, metadata: Metadata) -> bool:
        if not metadata.HasField("effective"):
            return False
        at = Effective.from_proto(metadata.effective)
        return at.latest_day >= self.since_day and at.earliest_day < self.before_day


def _days(request: Request) -> tuple[int, int]:
    """The period asked for, its last day exclusive."""
    since, before = BEGINNING, FOREVER
    if request.HasField("effective_since"):
        since = _first_day(request, "effective_since")
    if request.HasField("effective_before"):
        before = _first_day(request, "effective_before")
    if before <= since:
        raise InvalidField("effective_before", "must be after effective_since")
    return since, before


def _first_day(request: Request, field: str) -> int:
    date = getattr(request, field)
    check_date(date, field)
    return Effective.shared(date.year, date.month, date.day).first_day


def _topic(number: int, name: str) -> str:
    topic = PACKAGE + name.removeprefix(PACKAGE)
    if topic in EVENTS:
        return topic
    names = [known.removeprefix(PACKAGE) for known in EVENTS]
    meant = difflib.get_close_matches(name, names, n=1)
    advice = f"; did you mean {meant[0]}?" if meant else ""
    raise InvalidField(f"types[{number}]", f"no event is named {name!r}{advice}")


def _micros(time: Timestamp) -> int:
    """Microseconds since 1970, rounded up: the first recorded time that is not before it."""
    return time.seconds * 1_000_000 - -time.nanos // 1000


def fitting(rows: list[LogRow], most_bytes: int) -> list[LogRow]:
    """As many rows as have no more bytes, at least one."""
    size_bytes = 0
    for count, row in enumerate(rows):
        size_bytes += len(row.state or b"")
        if count and size_bytes > most_bytes:
            return rows[:count]
    return rows
