"""Remote: a child process follows the log, so that the service's own threads have its processor.

The service starts the child, wakes it, hears how far it is, and starts it again where it died. A
child that dies again and again without moving the views on parks them: it would do so for ever.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from registry.children import END_S
from registry.errors import NotFound, RegistryError, StoreUnavailable, ViewParked
from registry.projections.link import NEWS, REBUILD, STOP, URGENT, Link
from registry.projections.tables import NAME
from registry.projections.waiting import Parked, Waiting, rebuild_runs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registry.projections.projector import Log
    from registry.projections.store import ViewStore
    from registry.projections.waiting import ViewStatus

BACKOFF_S, MAX_BACKOFF_S = 0.05, 2.0
QUICK_S = 10.0
"""A child that lived less, and did not move the views on, died quickly."""
QUICK_DEATHS = 5
"""So many in a row park the views."""

_logger = logging.getLogger(__name__)


class Remote(Waiting):
    """Has a child follow the log."""

    def __init__(
        self, log: Log, store: ViewStore, command: Sequence[str], told: Mapping[str, str]
    ) -> None:
        """Do nothing before `start`; see `Link` for the arguments."""
        super().__init__(log, store)
        self._command = command
        self._told = told
        self._lock = threading.Lock()  # of the link and of what was asked of it
        self._link: Link | None = None
        self._asked = False
        self._again = False
        self._ready = False
        self._failure = ""
        self._away = ""
        self._outcome: dict[str, Any] | None = None
        self._given_up = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def child(self) -> int:
        """Process id of the child; 0 while there is none."""
        link = self._link
        return link.pid if link is not None else 0

    def start(self) -> None:
        """Start the child, and wait until the views fit or cannot be made."""
        self._ready = self._given_up = False
        self._parked = None
        self._thread = threading.Thread(target=self._supervise, name="projections", daemon=True)
        self._thread.start()
        with self._reached:
            self._reached.wait_for(lambda: self._ready or self._parked is not None)

    def close(self) -> None:
        """Let the child end after the batch at work; close the views."""
        self._stopping.set()
        self._send(STOP)
        if self._thread is not None:
            self._thread.join(END_S)
            link = self._link
            if link is not None:
                link.kill()
            self._thread.join()
        self._store.close()

    def notify(self) -> None:
        """Wake the child, unless it was and has not looked since: then once more when it has."""
        with self._lock:
            self._again = self._asked
            if self._asked:
                return
            self._asked = True
        self._send(NEWS)

    def rebuild(self, name: str) -> ViewStatus:
        """Let the child fill a new generation and switch to it; see `Waiting`.

        Raises:
            StoreUnavailable: where the child ended meanwhile.
        """
        if name != NAME:
            raise NotFound(f"views/{name}")
        with self._reached:
            if self._rebuilding:
                raise rebuild_runs()
            self._filled_to(0)
            self._rebuilding = True
            self._outcome = None
        try:
            outcome = self._rebuilt()
        finally:
            self._rebuilding = False
        if outcome:
            raise _refusal(outcome)
        return self.status()[0]

    def status(self) -> list[ViewStatus]:
        """How far the view family is, and why nobody follows just now."""
        status = super().status()
        away = self._away
        return [s if s.parked or not away else s._replace(parked_reason=away) for s in status]

    def _rebuilt(self) -> dict[str, Any]:
        if self._given_up:
            self.start()
            self._refuse_parked()
        if not self._send(REBUILD):
            raise StoreUnavailable("the process that makes the views is being started; try again")
        with self._reached:
            self._reached.wait_for(lambda: self._outcome is not None)
            return self._outcome or {}

    def _hurry(self) -> None:
        self._send(URGENT)

    def _send(self, order: bytes) -> bool:
        link = self._link
        if link is not None:
            link.send(order)
        return link is not None

    # -- the child ---------------------------------------------------------------------

    def _supervise(self) -> None:
        backoff_s, quick = BACKOFF_S, 0
        while not self._stopping.is_set():
            began, before = time.monotonic(), self._position
            why = self._run_child()
            if self._stopping.is_set():
                return
            if self._position > before or time.monotonic() - began > QUICK_S:
                backoff_s, quick = BACKOFF_S, 0
            quick += 1
            if quick >= QUICK_DEATHS:
                self._give_up(why)
                return
            _logger.warning("the process that follows the log ended and is started again: %s", why)
            self._stopping.wait(backoff_s)
            backoff_s = min(2 * backoff_s, MAX_BACKOFF_S)

    def _run_child(self) -> str:
        """Start a child and hear it out; why it ended."""
        self._failure = ""
        try:
            with self._store.handing_over() as inherited:
                link = Link(self._command, self._told, inherited)
        except (StoreUnavailable, OSError) as error:
            return str(error)
        try:
            self._hear(link)
        except Exception:
            _logger.exception("what the process that follows the log said was not understood")
            link.kill()
        finally:
            ended = link.end()
        why = self._failure or ended
        self._lost(why)
        return why

    def _hear(self, link: Link) -> None:
        with self._lock:
            self._asked = self._again = False
            self._link = link
        try:
            if self._stopping.is_set():
                link.send(STOP)
            for message in link.messages():
                self._take(message)
        finally:
            self._link = None

    def _take(self, message: dict[str, Any]) -> None:
        match message:
            case {"at": [int(generation), int(position)]}:
                self._came(generation, position)
            case {"filled": int(position)}:
                self._filled_to(position)
            case {"parked": [int(position), str(reason)]}:
                self._stopped_at(Parked(position, reason))
            case {"rebuilt": dict(outcome)}:
                self._conclude(outcome)
            case {"failed": str(reason)}:
                self._failure = reason
            case _:
                raise ValueError(message)

    def _came(self, generation: int, position: int) -> None:
        if generation != self._generation:
            self._store.follow(generation)
        with self._reached:
            self._ready, self._away, self._parked = True, "", None
            self._arrived(generation, position)
        with self._lock:
            again = self._asked = self._again
            self._again = False
        if again:
            self._send(NEWS)

    def _conclude(self, outcome: dict[str, Any]) -> None:
        with self._reached:
            self._outcome = outcome
            self._reached.notify_all()

    def _lost(self, why: str) -> None:
        self._away = f"the process that follows the log ended ({why}) and is started again"
        self._conclude({"error": "StoreUnavailable", "message": self._away, "metadata": {}})

    def _give_up(self, why: str) -> None:
        _logger.error("the process that follows the log ended %d times: %s", QUICK_DEATHS, why)
        self._given_up = True
        self._stopped_at(
            Parked(
                self._position,
                f"the process that follows the log ended {QUICK_DEATHS} times ({why});"
                " rebuild the view, or restart the service",
            )
        )


def _refusal(outcome: dict[str, Any]) -> RegistryError:
    """The error that the child had."""
    if outcome["error"] == "RuleRefused":
        return rebuild_runs()
    kind = ViewParked if outcome["error"] == "ViewParked" else StoreUnavailable
    return kind(outcome["message"], **outcome["metadata"])
