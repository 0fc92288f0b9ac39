"""Child: the process that follows the log for a service, and ends with it.

It opens the log for itself and never writes it, runs the engine as the service would, and says
where it is. It is told to stop, or finds the socket closed: then its service is gone.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import threading
from typing import TYPE_CHECKING, Any

from registry.children import collect_seldom
from registry.errors import RegistryError, StoreUnavailable
from registry.eventstore.sqlite import SQLiteLog
from registry.eventstore.store import EVENTS_FILE
from registry.projections.engine import Engine
from registry.projections.following import MAX_BACKOFF_S
from registry.projections.link import NEWS, REBUILD, STOP, URGENT
from registry.projections.sqlite import SQLiteViews
from registry.projections.tables import NAME

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from registry.eventstore.reads import LogReads
    from registry.projections.projector import Log
    from registry.projections.store import ViewStore
    from registry.projections.waiting import Parked

LAST_WORDS_S = 5.0
"""How long a batch at work may take to end; then it is rolled back."""

_logger = logging.getLogger(__name__)


class Reporting(Engine):
    """An engine that says what it knows to another process."""

    def __init__(self, log: Log, store: ViewStore, tell: Callable[..., None]) -> None:
        """Tell of every step."""
        super().__init__(log, store)
        self._tell = tell

    def hurry(self) -> None:
        """Somebody waits."""
        self._hurry()

    def halt(self) -> None:
        """Begin nothing new."""
        self._stopping.set()
        self._hurry()

    def _arrived(self, generation: int, position: int) -> None:
        super()._arrived(generation, position)
        self._tell(at=[generation, position])

    def _filled_to(self, position: int) -> None:
        super()._filled_to(position)
        self._tell(filled=position)

    def _stopped_at(self, parked: Parked) -> None:
        super()._stopped_at(parked)
        self._tell(parked=list(parked))


class Child:
    """One process's work."""

    def __init__(self, link: socket.socket, directory: Path | None, url: str) -> None:
        """Begin with `run`; give the directory of a store on SQLite, or the url of one."""
        self._link = link
        self._directory, self._url = directory, url
        self._telling = threading.Lock()
        self._stop = threading.Event()
        self._engine: Reporting | None = None
        self._closing = contextlib.ExitStack()
        self._failed = False

    def run(self) -> int:
        """Follow until told to stop; the exit code."""
        collect_seldom()
        beginning = threading.Thread(target=self._begin, name="beginning", daemon=True)
        beginning.start()
        self._obey()
        self._stop.set()
        last = threading.Timer(LAST_WORDS_S, os._exit, [1])
        last.daemon = True
        last.start()
        if self._engine is not None:
            self._engine.halt()
        beginning.join()
        self._closing.close()
        return 1 if self._failed else 0

    # -- following ---------------------------------------------------------------------

    def _begin(self) -> None:
        """Open the store and follow; a database that is away is tried again."""
        backoff_s = 0.05
        while not self._stop.is_set():
            try:
                return self._follow()
            except StoreUnavailable as error:
                _logger.warning("the views cannot be begun now: %s", error)
                self._stop.wait(backoff_s)
                backoff_s = min(2 * backoff_s, MAX_BACKOFF_S)
            except Exception as error:  # noqa: BLE001 - the service says it
                return self._fail(error)
        return None

    def _follow(self) -> None:
        with contextlib.ExitStack() as opened:
            log = self._open_log()
            opened.callback(log.close)
            engine = Reporting(log, self._open_views(), self._tell)
            opened.callback(engine.close)
            self._engine = engine
            if self._stop.is_set():
                engine.halt()
            engine.start()
            self._closing.push(opened.pop_all())

    def _fail(self, error: Exception) -> None:
        self._failed = True
        self._tell(failed=f"{type(error).__name__}: {error}")
        self._hang_up()

    def _open_log(self) -> LogReads:
        if self._directory is not None:
            return SQLiteLog(self._directory / EVENTS_FILE)
        from registry.eventstore.postgres import PostgresLog  # noqa: PLC0415 - slow

        return PostgresLog(self._url)

    def _open_views(self) -> ViewStore:
        if self._directory is not None:
            return SQLiteViews(self._directory, child=True)
        from registry.projections.postgres import PostgresViews  # noqa: PLC0415 - slow

        return PostgresViews(self._url)

    # -- talking -----------------------------------------------------------------------

    def _obey(self) -> None:
        """Do what the service says, until it says to stop or is gone."""
        while orders := self._orders():
            if STOP in orders:
                return
            engine = self._engine
            if engine is not None and URGENT in orders:
                engine.hurry()
            elif engine is not None and NEWS in orders:
                engine.notify()
            if REBUILD in orders:
                threading.Thread(target=self._rebuild, name="rebuild", daemon=True).start()

    def _orders(self) -> bytes:
        try:
            return self._link.recv(4096)
        except ConnectionError:
            return b""

    def _rebuild(self) -> None:
        try:
            self._opened().rebuild(NAME)
        except RegistryError as error:
            refused = {"error": type(error).__name__, "message": error.message}
            self._tell(rebuilt={**refused, "metadata": error.metadata})
        except Exception as error:
            _logger.exception("the views could not be made anew")
            self._tell(rebuilt={"error": "", "message": str(error), "metadata": {}})
        else:
            self._tell(rebuilt={})

    def _opened(self) -> Engine:
        if self._engine is None:
            raise StoreUnavailable("the views are not open yet; try again")
        return self._engine

    def _tell(self, **what: Any) -> None:
        with self._telling, contextlib.suppress(OSError):
            self._link.sendall(json.dumps(what).encode() + b"\n")

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self._link.shutdown(socket.SHUT_RDWR)
