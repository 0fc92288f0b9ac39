"""Following: one thread that keeps the live generation up with the log.

It is woken by `notify` and polls besides, so a lost wake-up costs a second and never more. A
database that is away for a moment is tried again; any other error parks the view: it keeps its
last position, says why in its status, and those who wait for more are told at once.
"""

from __future__ import annotations

import logging
import threading
from abc import abstractmethod
from typing import TYPE_CHECKING

from registry.errors import StoreUnavailable
from registry.projections.projector import Projector
from registry.projections.store import GenerationGone
from registry.projections.waiting import Parked, Waiting

if TYPE_CHECKING:
    from registry.projections.projector import Changes, Log
    from registry.projections.store import ViewStore, Writing

POLL_S = 1.0
LINGER_S = 0.05
"""How long commits are gathered into one batch while nobody waits for them."""
MAX_BACKOFF_S = 2.0

_logger = logging.getLogger(__name__)


class Following(Waiting):
    """Keeps the live generation up with the log."""

    def __init__(
        self, log: Log, store: ViewStore, *, poll_s: float = POLL_S, linger_s: float = LINGER_S
    ) -> None:
        """Do nothing before `start`."""
        super().__init__(log, store)
        self._poll_s = poll_s
        self._linger_s = linger_s
        self._projector = Projector(log)
        self._turn = threading.Lock()  # held by whoever writes the live generation
        self._making = threading.Lock()  # held by a rebuild of this process
        self._wake = threading.Event()
        self._urgent = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def _stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        self._urgent.set()
        if self._thread is not None:
            self._thread.join()

    def notify(self) -> None:
        """Say that there are new events; cheap."""
        if not self._wake.is_set():
            self._wake.set()

    def _hurry(self) -> None:
        self._urgent.set()
        self._wake.set()

    def _run(self) -> None:
        backoff_s = 0.05
        while not self._stopping.is_set():
            try:
                more = self._step()
                backoff_s = 0.05
            except StoreUnavailable as error:
                _logger.warning("the views cannot follow the log now: %s", error)
                self._stopping.wait(backoff_s)
                backoff_s = min(2 * backoff_s, MAX_BACKOFF_S)
                continue
            except Exception as error:  # noqa: BLE001 - nothing dies in silence
                more = self._made_without_redacted()
                if not more:
                    self._park(self._projector.at, error)
            if not more:
                self._pause()

    def _made_without_redacted(self) -> bool:
        """Whether the trouble was a redaction, and there are other views now."""
        try:
            return self._make_without_redacted()
        except Exception:
            _logger.exception("the views could not be made anew")
            return False

    def _pause(self) -> None:
        self._wake.wait(self._poll_s)
        if self._linger_s and not self._stopping.is_set():
            self._urgent.wait(self._linger_s)
        # Cleared before the log is read: what is announced later is seen by the next step.
        self._wake.clear()
        self._urgent.clear()

    def _step(self) -> bool:
        """Project a batch, if there is one; answers whether there is more to do."""
        try:
            return self._project()
        except GenerationGone:
            # The database had lost every connection of this version while another one started.
            self._make_usable()
            return True

    @abstractmethod
    def _make_usable(self) -> None:
        """Make views that fit log and code, unless there are."""

    @abstractmethod
    def _make_without_redacted(self) -> bool:
        """Make views anew where what those there go on from was redacted meanwhile.

        Answers whether that is so.
        """

    @abstractmethod
    def _renew(self) -> None:
        """Begin to make views without what was redacted, unless that is at work."""

    def _project(self) -> bool:
        with self._turn:
            if self._parked is not None:
                return False
            with self._store.writing() as writing:
                changes = advance(self._projector, writing)
            self._arrived(writing.generation, writing.checkpoint.position)
            if writing.checkpoint.holds_redacted:
                self._renew()
            return changes is not None and changes.full

    def _park(self, position: int, error: Exception) -> None:
        parked = Parked.at(position, error)
        _logger.error("the views stopped at position %d: %s", *parked, exc_info=error)
        self._stopped_at(parked)


def advance(projector: Projector, writing: Writing) -> Changes | None:
    """Project one batch; None at the end of the log."""
    changes = projector.changes_after(writing.checkpoint.position)
    if changes is not None:
        writing.apply(changes)
    return changes
