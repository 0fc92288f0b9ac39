"""The plumbing beneath the registry's commands: the library's application over our log."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from eventsourcing.application import Application
from eventsourcing.persistence import (
    AggregateRecorder,
    InfrastructureFactory,
    ProcessRecorder,
    TrackingRecorder,
)

from registry.domain.world import Aggregate
from registry.errors import PositionOutOfRange
from registry.eventstore.envelope import EnvelopeMapper, open_row
from registry.eventstore.intake import Job
from registry.eventstore.states import States, folded, refreshed
from registry.eventstore.ticket import Ticket
from registry.eventstore.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventsourcing.persistence import ApplicationRecorder, Mapper
    from eventsourcing.utils import Environment

    from registry.eventstore.commands import Intent
    from registry.eventstore.reads import LogReads
    from registry.eventstore.rows import Head
    from registry.eventstore.store import Store
    from registry.eventstore.ticket import Answer

A = TypeVar("A", bound=Aggregate)
R = TypeVar("R")


class Read(NamedTuple):
    """A stream's state, its version, and the position the log was read to."""

    state: Any
    version: int
    position: int


class LogFactory(InfrastructureFactory[TrackingRecorder]):
    """The library's factory over an open log; snapshots and tracking are not used."""

    def __init__(self, env: Environment, log: LogReads) -> None:
        """Keep the log."""
        super().__init__(env)
        self._log = log

    def application_recorder(self) -> ApplicationRecorder:
        """The open log."""
        return self._log

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """Refuse: there are no snapshots."""
        raise NotImplementedError(purpose)

    def tracking_recorder(self, tracking_recorder_class: Any = None) -> TrackingRecorder:
        """Refuse: views keep their own checkpoints."""
        raise NotImplementedError(tracking_recorder_class)

    def process_recorder(self) -> ProcessRecorder:
        """Refuse: views keep their own checkpoints."""
        raise NotImplementedError

    def close(self) -> None:
        """Leave closing the log to its store."""


class RegistryBase(Application[str]):
    """Commands through the writer, reads by folding streams; the library's `save` is not used."""

    def __init__(
        self,
        store: Store,
        *,
        on_commit: Callable[[Head], None] | None = None,
        records: bool = True,
    ) -> None:
        """Stand on an open store and begin to take commands.

        Args:
            store: open, and closed by its owner after this.
            on_commit: called in the writer's thread after each recorded batch; cheap.
            records: False where another process records, and this one reads.
        """
        self.store = store
        self.recorded_log: LogReads = store.log
        super().__init__()
        self._reading = threading.Lock()
        self._states = States(store.log)
        self._writer = Writer(store.log, on_commit=on_commit) if records else None
        if self._writer is not None:
            self._writer.start()

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        """Give the library the open log."""
        return LogFactory(env, self.recorded_log)

    def construct_mapper(self) -> Mapper[str]:
        """Give the library envelopes."""
        return EnvelopeMapper()

    def close(self) -> None:
        """Finish waiting commands; the store is closed by its owner."""
        if self._writer is not None:
            self._writer.close()
        super().close()

    # -- reads -----------------------------------------------------------------------

    def head(self) -> int:
        """Position of the end of the log."""
        return self.recorded_log.head().position

    def get(self, kind: type[A], stream: str, upto: int | None = None) -> Read:
        """Fold one stream, up to a position (inclusive) or to its end.

        Raises:
            PositionOutOfRange: for a position beyond the end of the log.
        """
        position = self.head()
        if upto is None:
            with self._reading:
                kept = self._states.kept(stream)
            state = refreshed(self.recorded_log, kind, stream, kept)
            with self._reading:
                self._states.put(stream, state)
            return Read(state.aggregate, state.version, position)
        self.require_position(upto, position)
        return self.get_many(kind, [stream], upto)[stream]

    def get_many(
        self, kind: type[A], streams: Sequence[str], upto: int | None = None
    ) -> dict[str, Read]:
        """Fold several streams in one query, up to a position (inclusive) or to their ends."""
        position = self.head() if upto is None else upto
        histories: dict[str, list[Any]] = {stream: [] for stream in streams}
        for row in self.recorded_log.read_streams(streams, position):
            histories[row.stream].append(open_row(row).recorded)
        reads = {}
        for stream, events in histories.items():
            state = folded(kind, stream, events)
            reads[stream] = Read(state.aggregate, state.version, position)
        return reads

    @staticmethod
    def require_position(wanted: int, head: int) -> None:
        """Refuse a position beyond the end of the log.

        Raises:
            PositionOutOfRange: naming both.
        """
        if wanted > head:
            raise PositionOutOfRange(
                f"position {wanted} is beyond the end of the log at {head}", head=str(head)
            )

    # -- commands --------------------------------------------------------------------

    def record(
        self, prepare: Callable[[], Intent], finish: Callable[[Intent, Answer], R]
    ) -> Ticket[R]:
        """Queue a command.

        Args:
            prepare: gives the command, or raises its refusal; called in the writer's thread,
                where many are prepared at a time.
            finish: makes of its answer what the caller wants; called there too, when the
                command is recorded.

        Raises:
            Draining: the registry is closing.
            Overloaded: too many wait.
        """
        assert self._writer is not None  # noqa: S101 - or it is not asked to record
        ticket: Ticket[R] = Ticket()
        self._writer.intake.put(Job(prepare, finish, ticket))
        return ticket
