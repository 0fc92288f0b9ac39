"""Reading the log: the same SQL for SQLite and PostgreSQL, and the library's recorder interface."""

from __future__ import annotations

import contextlib
import threading
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    StoredEvent,
)

from registry.errors import StoreFault
from registry.eventstore.rows import (
    Appended,
    Batch,
    Clash,
    CommandRow,
    Head,
    Loaded,
    LogRow,
    NewEvent,
    Place,
    Snapshot,
)
from registry.eventstore.subscription import LogSubscription

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from uuid import UUID

COLUMNS = "position, stream, version, topic, recorded_at, state, leaf"
COMMAND_COLUMNS = (
    "id, fingerprint_version, fingerprint, first_position, last_position, decided_position,"
    " stream, version"
)
MAX_CATCH_UP = 2000
"""More foreign events than this since the last look empty the writer's cache instead."""


def require_empty(head: Head) -> None:
    """Refuse to load into a log that has an event already.

    Raises:
        StoreFault: where it has.
    """
    if head.position:
        raise StoreFault("the log has events already; restore into a new one")


class LogReads(ApplicationRecorder):
    """What both recorders share; a subclass knows its connections and how to append."""

    def __init__(self) -> None:
        """Begin without anybody waiting for events."""
        self.changed = threading.Condition()
        self._listening: tuple[Callable[[], None], ...] = ()

    @abstractmethod
    def fetch(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one SELECT with `?` placeholders on a read connection; all rows."""

    def reached(self, head: Head) -> None:
        """Hear from the process that records how far the log is."""
        del head
        self.woken()

    def bind_writer(self) -> None:
        """Say that this thread is the one that appends, for stores where that matters."""

    @abstractmethod
    def append(self, batch: Batch) -> Appended | Clash:
        """Record a batch in one transaction, unless what it rests on has changed.

        Raises:
            StoreUnavailable: nothing was recorded.
            OutcomeUnknown: it may have been recorded; see `settle`.
        """

    @abstractmethod
    def append_locked(self, build: Callable[[], Batch]) -> Appended:
        """Lock the head, then build a batch from what is there now, and record it."""

    @abstractmethod
    def load(self, parts: Iterable[Loaded]) -> None:
        """Store rows of another log as they are, all of them or none; the log is empty before.

        Raises:
            StoreFault: where there is an event already.
            StoreUnavailable: nothing was stored.
            OutcomeUnknown: they may have been stored.
        """

    @abstractmethod
    def settle(self) -> None:
        """Wait until no earlier transaction of this writer can still commit."""

    @abstractmethod
    def close(self) -> None:
        """Close every connection."""

    # -- reading -----------------------------------------------------------------

    def head(self) -> Head:
        """End of the log."""
        return Head(*self.fetch("SELECT position, recorded_at FROM head")[0])

    def read_after(self, position: int, limit: int, stream: str = "") -> list[LogRow]:
        """Rows after a position (exclusive), by position, of one stream or of all."""
        where, params = ("stream = ? AND ", [stream]) if stream else ("", [])
        sql = f"SELECT {COLUMNS} FROM events WHERE {where}position > ? ORDER BY position LIMIT ?"  # noqa: S608 - constants
        return [LogRow(*row) for row in self.fetch(sql, [*params, position, limit])]

    def read_selected(
        self, after: int, upto: int, limit: int, stream: str = "", topics: Sequence[str] = ()
    ) -> list[LogRow]:
        """Rows after a position up to another (inclusive), by position.

        Args:
            after: position to begin after.
            upto: last position.
            limit: most rows.
            stream: only of this stream; empty: of all.
            topics: only of these topics; none: of all.
        """
        where, params = "", []
        if stream:
            where, params = "stream = ? AND ", [stream]
        if topics:
            where += f"topic IN ({','.join('?' * len(topics))}) AND "
            params += topics
        sql = (
            f"SELECT {COLUMNS} FROM events WHERE {where}position > ? AND position <= ?"  # noqa: S608 - constants
            " ORDER BY position LIMIT ?"
        )
        return [LogRow(*row) for row in self.fetch(sql, [*params, after, upto, limit])]

    def position_before(self, recorded_at: int) -> int:
        """Last position recorded before a time (microseconds since 1970); 0 where there is none.

        Recorded times grow with the position, so it is found by halving.
        """
        before, behind = 0, self.head().position + 1
        while behind - before > 1:
            middle = (before + behind) // 2
            found = self.fetch("SELECT recorded_at FROM events WHERE position = ?", (middle,))
            if found[0][0] < recorded_at:
                before = middle
            else:
                behind = middle
        return before

    def read_stream(self, stream: str, after_version: int = 0) -> list[LogRow]:
        """Rows of one stream after a version (exclusive), by version."""
        sql = f"SELECT {COLUMNS} FROM events WHERE stream = ? AND version > ? ORDER BY version"  # noqa: S608 - constants
        return [LogRow(*row) for row in self.fetch(sql, (stream, after_version))]

    def read_streams(self, streams: Sequence[str], upto: int | None = None) -> list[LogRow]:
        """Rows of several streams up to a position (inclusive), by stream and version."""
        if not streams:
            return []
        marks = ",".join("?" * len(streams))
        sql = f"SELECT {COLUMNS} FROM events WHERE stream IN ({marks})"  # noqa: S608 - constants
        params: list[Any] = list(streams)
        if upto is not None:
            sql += " AND position <= ?"
            params.append(upto)
        return [LogRow(*row) for row in self.fetch(sql + " ORDER BY stream, version", params)]

    def read_concerned(
        self, stream: str, keys: Sequence[str], after: int, upto: int, limit: int
    ) -> list[LogRow]:
        """Rows of a stream, and of every stream with an event that has one of the keys.

        Args:
            stream: the one.
            keys: of the others; none: only the one.
            after: position to begin after.
            upto: last position (inclusive).
            limit: most rows, by position.
        """
        if not keys:
            return self.read_selected(after, upto, limit, stream)
        # With a sign before it the position has no index: else the whole log is looked through
        # in the order of the answer.
        marks = ",".join("?" * len(keys))
        sql = (
            f"SELECT {COLUMNS} FROM events WHERE stream IN (SELECT e.stream FROM event_keys k"  # noqa: S608 - constants
            f" JOIN events e ON e.position = k.position WHERE k.key IN ({marks})"
            " UNION SELECT ?) AND +position > ? AND +position <= ? ORDER BY +position LIMIT ?"
        )
        return [LogRow(*row) for row in self.fetch(sql, [*keys, stream, after, upto, limit])]

    def read_event(self, stream: str, version: int) -> LogRow:
        """Row of an event that is there."""
        sql = f"SELECT {COLUMNS} FROM events WHERE stream = ? AND version = ?"  # noqa: S608 - constants
        (row,) = self.fetch(sql, (stream, version))
        return LogRow(*row)

    def read_places(self, after: int, limit: int, upto: int) -> list[Place]:
        """Rows after a position (exclusive) up to another (inclusive), without their content."""
        sql = (
            "SELECT position, stream, version, topic, recorded_at FROM events"
            " WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"
        )
        return [Place(*row) for row in self.fetch(sql, (after, upto, limit))]

    def read_leaves(self, after: int, upto: int) -> list[bytes]:
        """Leaf hashes after a position (exclusive) up to another (inclusive), by position."""
        sql = "SELECT leaf FROM events WHERE position > ? AND position <= ? ORDER BY position"
        return [bytes(row[0]) for row in self.fetch(sql, (after, upto))]

    def read_topics(self, streams: Sequence[str], topics: Sequence[str], upto: int) -> list[LogRow]:
        """Rows of several streams with one of the topics, up to a position (inclusive)."""
        if not streams:
            return []
        of_streams, of_topics = (",".join("?" * len(each)) for each in (streams, topics))
        sql = (
            f"SELECT {COLUMNS} FROM events WHERE stream IN ({of_streams})"  # noqa: S608 - constants
            f" AND topic IN ({of_topics}) AND position <= ? ORDER BY stream, version"
        )
        return [LogRow(*row) for row in self.fetch(sql, [*streams, *topics, upto])]

    def streams_of_key(self, key: str) -> tuple[int, tuple[str, ...]]:
        """Last position of a key (0: none), and the streams whose events have it."""
        rows = self.fetch(
            "SELECT max(e.position), e.stream FROM event_keys k"
            " JOIN events e ON e.position = k.position WHERE k.key = ?"
            " GROUP BY e.stream ORDER BY min(e.position)",
            (key,),
        )
        return max((row[0] for row in rows), default=0), tuple(row[1] for row in rows)

    def find_commands(self, request_ids: Sequence[str]) -> dict[str, CommandRow]:
        """Those of the command ids that are known."""
        if not request_ids:
            return {}
        marks = ",".join("?" * len(request_ids))
        rows = self.fetch(
            f"SELECT {COMMAND_COLUMNS} FROM commands WHERE id IN ({marks})",  # noqa: S608 - constants
            list(request_ids),
        )
        return {row[0]: CommandRow(*row) for row in rows}

    def read_commands(self, after: str, upto: int, limit: int) -> list[CommandRow]:
        """Commands decided up to a position, by their id.

        Args:
            after: id to begin after.
            upto: the position (inclusive).
            limit: most rows.
        """
        rows = self.fetch(
            f"SELECT {COMMAND_COLUMNS} FROM commands"  # noqa: S608 - constants
            " WHERE id > ? AND decided_position <= ? ORDER BY id LIMIT ?",
            (after, upto, limit),
        )
        return [CommandRow(*row) for row in rows]

    def snapshot(self, after: int, request_ids: Sequence[str]) -> Snapshot:
        """What a decision begins with: the head, what changed since a position, known commands.

        The head is read first, so that everything read later is at least as new.
        """
        head = self.head()
        changed: list[tuple[str, int]] | None = []
        if head.position > after + MAX_CATCH_UP:
            changed = None
        elif head.position > after:
            rows = self.fetch("SELECT stream, version FROM events WHERE position > ?", (after,))
            changed = [(row[0], row[1]) for row in rows]
        return Snapshot(head, changed, self.find_commands(request_ids))

    # -- the library's recorder interface ----------------------------------------

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **_kwargs: Any
    ) -> Sequence[int] | None:
        """Record events of the library's form, without keys and command ids.

        Raises:
            IntegrityError: for a stream and version that are there.
        """
        if not stored_events:
            return []
        events = [
            NewEvent(str(e.originator_id), e.originator_version, e.topic, e.state)
            for e in stored_events
        ]
        if len({(e.stream, e.version) for e in events}) < len(events):
            msg = "two events with one stream and version"
            raise IntegrityError(msg)
        appended = self.append_locked(lambda: self._unchecked(events))
        return list(range(appended.first, appended.first + len(events)))

    def _unchecked(self, events: list[NewEvent]) -> Batch:
        streams = list({event.stream for event in events})
        marks = ",".join("?" * len(streams))
        recorded = self.fetch(
            f"SELECT stream, version FROM events WHERE stream IN ({marks}) AND version >= ?",  # noqa: S608 - constants
            [*streams, min(event.version for event in events)],
        )
        again = {(event.stream, event.version) for event in events}.intersection(recorded)
        for stream, version in again:
            msg = f"{stream}@{version} is recorded already"
            raise IntegrityError(msg)
        return Batch(events, [], 0, {}, {})

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Events of one stream, in the library's form."""
        sql, params = "SELECT stream, version, topic, state FROM events WHERE stream = ?", []
        params.append(str(originator_id))
        if gt is not None:
            sql += " AND version > ?"
            params.append(gt)  # type: ignore[arg-type]
        if lte is not None:
            sql += " AND version <= ?"
            params.append(lte)  # type: ignore[arg-type]
        sql += " ORDER BY version DESC" if desc else " ORDER BY version"
        if limit is not None:
            sql += " LIMIT ?"
            params.append(limit)  # type: ignore[arg-type]
        return [StoredEvent(*row) for row in self.fetch(sql, params)]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Events by position, in the library's form."""
        first = (start or 0) + (0 if inclusive_of_start else 1)
        sql = "SELECT stream, version, topic, state, position FROM events WHERE position >= ?"
        params: list[Any] = [first]
        if stop is not None:
            sql += " AND position <= ?"
            params.append(stop)
        if topics:
            sql += f" AND topic IN ({','.join('?' * len(topics))})"
            params.extend(topics)
        rows = self.fetch(sql + " ORDER BY position LIMIT ?", [*params, limit])
        return [Notification(*row) for row in rows]

    def max_notification_id(self) -> int | None:
        """Position of the last event, or None where there is none."""
        return self.head().position or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> LogSubscription:
        """Follow the log from a position (exclusive): wake-up in process, timed polling beneath."""
        return LogSubscription(self, gt, topics)

    # -- waking those who follow the log ------------------------------------------

    def woken(self) -> None:
        """Tell those who wait that there are new events."""
        with self.changed:
            self.changed.notify_all()
        for tell in self._listening:
            tell()

    @contextlib.contextmanager
    def telling(self, tell: Callable[[], None]) -> Iterator[None]:
        """Have `tell` called within the block when events are recorded, as far as is heard here.

        It is called in whatever thread hears of it, must be quick and must not fail.
        """
        with self.changed:
            self._listening = (*self._listening, tell)
        try:
            yield
        finally:
            with self.changed:
                self._listening = tuple(each for each in self._listening if each != tell)

    def wait_changed(self, timeout_s: float) -> None:
        """Wait until events are recorded in this process, at most `timeout_s`."""
        with self.changed:
            self.changed.wait(timeout_s)
