"""Engine: begins with views that fit log and code, follows the log, and makes views anew."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING

from registry.errors import NotFound, RuleRefused, StoreUnavailable, ViewParked
from registry.projections.filling import Filling
from registry.projections.following import Following, advance
from registry.projections.projector import Projector
from registry.projections.tables import NAME
from registry.projections.waiting import Parked, parked_error, rebuild_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.projections.store import Checkpoint
    from registry.projections.waiting import ViewStatus

FILL_LIMIT = 2000
"""Events in a batch of a new generation, which nobody reads yet."""

RENEW_S = 10.0
"""Between attempts to make views without what was redacted."""

_logger = logging.getLogger(__name__)


class _Stopped(Exception):
    """A new generation cannot be filled beyond a position."""

    def __init__(self, position: int, error: Exception) -> None:
        super().__init__(position, error)
        self.position = position
        self.error = error


class Engine(Following):
    """Follows the log with the live generation, and makes new ones.

    A generation shows, as known before, events that were redacted since it read them. So when it
    meets a redaction, another one is made at once in its place.
    """

    _renewing: threading.Thread | None = None

    def start(self) -> None:
        """Make the views where there are none that fit, then follow the log.

        Raises:
            StoreUnavailable: where the database cannot be used now.
        """
        self._make_usable()
        if self._parked is None:
            self._retire()
        self._thread = threading.Thread(target=self._run, name="projections", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop following, and a rebuild that runs, after the batch at work; close the views."""
        self._stop()
        if self._renewing is not None:
            self._renewing.join()
        with self._making:
            self._store.close()

    def rebuild(self, name: str) -> ViewStatus:
        """Fill a new generation from the log and switch to it; the old one answers meanwhile.

        Raises:
            NotFound: for a name that is no view's.
            RuleRefused: where a rebuild is running.
            ViewParked: where the log cannot be projected; nothing changed.
        """
        if name != NAME:
            raise NotFound(f"views/{name}")
        with self._store.rebuilding() as mine:
            if not mine:
                raise rebuild_runs()
            try:
                with self._making:
                    self._replace()
                    self._retire()
            except _Stopped as stopped:
                raise parked_error(Parked.at(stopped.position, stopped.error)) from stopped.error
        return self.status()[0]

    # -- redactions --------------------------------------------------------------------

    def _renew(self) -> None:
        if self._renewing is None or not self._renewing.is_alive():
            self._renewing = threading.Thread(target=self._make_anew, name="renewal", daemon=True)
            self._renewing.start()

    def _make_anew(self) -> None:
        """Make the views anew; where that fails, whoever follows the log begins it again."""
        try:
            self.rebuild(NAME)
        except RuleRefused:
            self._stopping.wait(self._poll_s)  # another rebuild runs, and may be enough
        except Exception as error:  # noqa: BLE001 - nothing dies in silence
            if not self._stopping.is_set():
                _logger.warning("the views still hold what was redacted: %s", error)
            self._stopping.wait(RENEW_S)

    def _make_without_redacted(self) -> bool:
        """Make views anew where what those there go on from was redacted meanwhile."""
        try:
            with self._store.reading() as reading:
                if not self._is_before_redaction(reading.checkpoint, self._log.head().position):
                    return False
            self.rebuild(NAME)
        except (RuleRefused, StoreUnavailable) as error:
            # Another rebuild runs, or nothing can be done now.
            _logger.warning("the views that hold what was redacted go on later: %s", error)
            self._stopping.wait(self._poll_s)
        except ViewParked:
            return False
        return True

    # -- generations -------------------------------------------------------------------

    def _make_usable(self) -> None:
        while not self._stopping.is_set() and not self._is_usable():
            with self._store.rebuilding() as mine:
                if mine and not self._is_usable():
                    try:
                        self._replace()
                    except _Stopped as stopped:
                        self._park(stopped.position, stopped.error)
                        return
            if not mine:
                self._stopping.wait(self._poll_s)  # another process is at it

    def _is_usable(self) -> bool:
        """Whether this code made the live generation from this very log, and can go on with it."""
        if not self._store.live():
            return False
        with self._store.reading() as reading:
            generation, checkpoint = reading.generation, reading.checkpoint
        fits = checkpoint.view_version == self._store.view_version
        # What the rows were made from must still be there: later ones may end them.
        current = not self._is_before_redaction(checkpoint, self._log.head().position)
        usable = fits and self._is_of_log(checkpoint) and current
        if usable:
            self._arrived(generation, checkpoint.position)
        return usable

    def _is_of_log(self, checkpoint: Checkpoint) -> bool:
        if not checkpoint.position:
            return True
        found = self._log.read_after(checkpoint.position - 1, 1)
        return bool(found) and found[0].leaf.hex() == checkpoint.leaf

    def _replace(self) -> None:
        old = self._store.live()
        # What is redacted by now is read without its content.
        new = self._store.create(self._log.head().position)
        projector = Projector(self._log, batch_limit=FILL_LIMIT)
        self._filled_to(0)
        self._rebuilding = True
        try:
            self._fill(new, projector)
            self._switch(new, projector)
        except Exception as error:
            self._drop(new)
            if isinstance(error, StoreUnavailable):
                raise
            raise _Stopped(projector.at, error) from error
        finally:
            self._rebuilding = False
        if old:
            self._drop(old)

    def _fill(self, generation: int, projector: Projector) -> None:
        """Project batch by batch until little is left for the moment of the switch."""
        filling = Filling()
        while not self._stopping.is_set():
            with self._store.writing(generation) as writing:
                changes = projector.changes_after(writing.checkpoint.position)
                if changes is not None:
                    filling.apply(writing, changes)
                elif not filling.finished:
                    filling.finish(writing)
                else:
                    return
            if changes is not None:
                self._filled_to(changes.position)
        raise StoreUnavailable("the service is stopping")

    def _switch(self, generation: int, projector: Projector) -> None:
        with self._turn:
            with self._store.switching(generation) as writing:
                while advance(projector, writing):
                    pass
            self._parked = None
            if self._thread is not None:
                self._arrived(generation, writing.checkpoint.position)
            # Else nobody follows yet, and `_make_usable` says it once another rebuild may begin.

    def _drop(self, generation: int) -> None:
        with _left_for_later():
            self._store.drop(generation)

    def _retire(self) -> None:
        """Only once there are views of this version: until then one can go back."""
        with _left_for_later():
            self._store.retire()


@contextlib.contextmanager
def _left_for_later() -> Iterator[None]:
    """The next rebuild removes what cannot be removed now."""
    try:
        yield
    except StoreUnavailable as error:
        _logger.warning("views that are used no more could not be dropped: %s", error)
