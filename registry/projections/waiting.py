"""Waiting: how far the views are as this process knows, and who waits for them to come further.

Whoever follows the log, here or in a process of its own, says where it arrived or why it stopped;
those who wait are told at once.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple, Self

from registry.errors import NotCaughtUp, PositionOutOfRange, RuleRefused, ViewParked
from registry.eventstore.redactions import REDACTED
from registry.projections.tables import NAME

if TYPE_CHECKING:
    from registry.projections.projector import Log
    from registry.projections.store import Checkpoint, ViewStore

_MANY = 100_000


class ViewStatus(NamedTuple):
    """How far a view is; the fields of registry.v1.View."""

    view: str
    generation: int
    position: int
    head_position: int
    parked: bool
    parked_position: int
    parked_reason: str
    rebuilding: bool
    rebuild_position: int
    """Position up to which the new generation is filled; 0 where none is."""
    holds_redacted: bool
    """Whether it may still show, as known before, what was redacted since."""


class Parked(NamedTuple):
    """Where a view stopped, and why."""

    position: int
    reason: str

    @classmethod
    def at(cls, position: int, error: Exception) -> Self:
        """Say it by the error."""
        return cls(position, f"{type(error).__name__}: {error}")


class Waiting(ABC):
    """Knows how far the views are; a subclass sees to it that they follow the log."""

    def __init__(self, log: Log, store: ViewStore) -> None:
        """Know nothing before `start`."""
        self._log = log
        self._store = store
        self._reached = threading.Condition()
        self._generation = 0
        self._position = 0
        self._parked: Parked | None = None
        self._rebuilding = False
        self._filled = 0
        self._looked = 0, 0
        """Position up to which the log was looked through for redactions, and the last found."""

    @abstractmethod
    def start(self) -> None:
        """Make the views where there are none that fit, then follow the log.

        Raises:
            StoreUnavailable: where the database cannot be used now.
        """

    @abstractmethod
    def close(self) -> None:
        """Stop following, and a rebuild that runs, after the batch at work; close the views."""

    @abstractmethod
    def notify(self) -> None:
        """Say that there are new events; cheap."""

    @abstractmethod
    def rebuild(self, name: str) -> ViewStatus:
        """Fill a new generation from the log and switch to it; the old one answers meanwhile.

        Raises:
            NotFound: for a name that is no view's.
            RuleRefused: where a rebuild is running.
            ViewParked: where the log cannot be projected; nothing changed.
        """

    @abstractmethod
    def _hurry(self) -> None:
        """Say that somebody waits for the new events."""

    # -- what others ask ---------------------------------------------------------------

    @property
    def position(self) -> int:
        """Position up to which this process knows the views to be."""
        return self._position

    def wait(self, min_position: int, timeout_s: float) -> int:
        """Wait until the views have seen a position; answers how far they are.

        Raises:
            PositionOutOfRange: beyond the end of the log.
            ViewParked: at once, where they stopped before it.
            NotCaughtUp: after `timeout_s`.
        """
        if self._position >= min_position:
            return self._position
        self._require_in_log(min_position)
        deadline = time.monotonic() + timeout_s
        with self._reached:
            self._hurry()
            while self._position < min_position:
                self._refuse_parked()
                if not self._reached.wait(deadline - time.monotonic()):
                    self._refuse_late(min_position)
            return self._position

    def status(self) -> list[ViewStatus]:
        """How far the view family is."""
        parked, head = self._parked, self._log.head().position
        holds_redacted = self._holds_redacted(head)
        rebuilding = self._rebuilding or (holds_redacted and parked is None)
        return [
            ViewStatus(
                view=NAME,
                generation=self._generation,
                position=self._position,
                head_position=head,
                parked=parked is not None,
                parked_position=parked.position if parked else 0,
                parked_reason=parked.reason if parked else "",
                rebuilding=rebuilding,
                rebuild_position=self._filled if rebuilding else 0,
                holds_redacted=holds_redacted,
            )
        ]

    def _holds_redacted(self, head: int) -> bool:
        """Ask the live generation; False where none can be read, which then shows nothing."""
        try:
            with self._store.reading() as reading:
                checkpoint = reading.checkpoint
        except Exception:  # noqa: BLE001 - a damaged one, too
            return False
        return checkpoint.holds_redacted or self._is_before_redaction(checkpoint, head)

    def _is_before_redaction(self, checkpoint: Checkpoint, head: int) -> bool:
        """Whether the log, up to its end, has a redaction that a generation did not come to."""
        at = checkpoint.position
        looked, last = self._looked
        begin = max(at, looked)
        if head > begin:  # each position once: no index has the types
            found = self._log.read_selected(begin, head, _MANY, topics=[REDACTED])
            last = found[-1].position if found else last
            self._looked = head, last
        return last > at

    # -- what is known -----------------------------------------------------------------

    def _arrived(self, generation: int, position: int) -> None:
        with self._reached:
            self._generation = generation
            self._position = position
            self._reached.notify_all()

    def _filled_to(self, position: int) -> None:
        """Hear how far a new generation is."""
        self._filled = position

    def _stopped_at(self, parked: Parked) -> None:
        with self._reached:
            self._parked = parked
            self._reached.notify_all()

    # -- refusals ----------------------------------------------------------------------

    def _refuse_parked(self) -> None:
        if self._parked is not None:
            raise parked_error(self._parked)

    def _require_in_log(self, position: int) -> None:
        head = self._log.head().position
        if position > head:
            raise PositionOutOfRange(
                f"position {position} is beyond the end of the log, {head}", head=str(head)
            )

    def _refuse_late(self, position: int) -> None:
        if self._position < position and self._parked is None:
            raise NotCaughtUp(
                f"the views are at position {self._position}, not yet at {position}",
                position=str(self._position),
            )


def parked_error(parked: Parked) -> ViewParked:
    """What those are told who ask for more."""
    return ViewParked(
        f"the view {NAME} stopped at position {parked.position}: {parked.reason}",
        view=NAME,
        position=str(parked.position),
    )


def rebuild_runs() -> RuleRefused:
    """What those are told who ask for a second rebuild."""
    return RuleRefused(
        "one-rebuild", f"views/{NAME}", "a rebuild is running", "wait until it is done"
    )
