"""Publishing: the digest of the views is signed by itself, now and then, beside the checkpoints.

So what a figure rested on last year was said last year. A thread of its own, for which nobody
waits: it looks whether another digest is due, lets the views come to a position that is signed,
and has them hashed elsewhere (registry.projections.apart).
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Protocol

from registry.errors import NotCaughtUp
from registry.ledger.proofs import State

if TYPE_CHECKING:
    from registry.ledger.home import Home
    from registry.ledger.signer import Ledger
    from registry.ledger.verify import Checkpoint

POLL_S = 1.0
RETRY_S = 60.0
"""Until it is tried again what failed, such as where the views stopped."""
END_S = 10.0
"""How long the service waits, when it ends, for a digest that it computes itself."""

_logger = logging.getLogger(__name__)


class Views(Protocol):
    """What is asked of the views."""

    @property
    def view_version(self) -> int:
        """Version of the code that makes them."""
        ...

    def wait(self, min_position: int, timeout_s: float) -> int:
        """Wait until they have seen a position."""
        ...


class Hashing(Protocol):
    """Who hashes the rows of the views."""

    def state_digest(self, position: int) -> bytes:
        """Digest of all that they knew at a position, which they have seen."""
        ...

    def stop(self) -> None:
        """Give up the one at work, if there is one."""
        ...


class Publisher:
    """Publishes the digest of the views of one ledger."""

    def __init__(  # noqa: PLR0913 - what it is built of, and four numbers
        self,
        ledger: Ledger,
        views: Views,
        hashing: Hashing,
        *,
        events: int,
        interval_s: float,
        poll_s: float = POLL_S,
        retry_s: float = RETRY_S,
    ) -> None:
        """Do nothing before `start`.

        Args:
            ledger: signs, where this process does.
            views: what is signed.
            hashing: does the work.
            events: so many more that are signed make another digest due.
            interval_s: so much time does, where there is any more.
            poll_s: between two looks.
            retry_s: after a look that failed.
        """
        self._ledger = ledger
        self._views = views
        self._hashing = hashing
        self._events = events
        self._interval_s = interval_s
        self._poll_s = poll_s
        self._retry_s = retry_s
        self._last: tuple[int, int] | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self) -> None:
        """Publish from now on, whenever this process signs."""
        self._thread.start()

    def close(self) -> None:
        """Stop; what is at work is given up."""
        self._stopping.set()
        self._hashing.stop()
        if self._thread.is_alive():
            self._thread.join(END_S)

    def _run(self) -> None:
        while not self._stopping.wait(self._poll_s):
            try:
                self._step()
            except Exception as error:  # noqa: BLE001 - nothing dies in silence
                if not self._stopping.is_set():
                    said = f"{type(error).__name__}: {error}"
                    _logger.warning("the digest of the views is published later: %s", said)
                    self._stopping.wait(self._retry_s)

    def _step(self) -> None:
        """Publish one, if one is due and it is for this process."""
        checkpoint = self._ledger.newest().checkpoint
        if not self._ledger.signs or not self._is_due(checkpoint.size):
            return
        # Another process may have signed before.
        self._last = _last(self._ledger.home)
        if self._is_due(checkpoint.size) and self._caught_up(checkpoint.size):
            self._publish(checkpoint)

    def _is_due(self, size: int) -> bool:
        """Whether another digest is due; so it is while nobody looked when the last one was."""
        if self._last is None:
            return size > 0
        position, at = self._last
        return size - position >= self._events or (
            size > position and time.time() - at / 1e6 >= self._interval_s
        )

    def _caught_up(self, position: int) -> bool:
        """Wait for the views, however long it takes; False where the service stops meanwhile."""
        while not self._stopping.is_set():
            try:
                self._views.wait(position, POLL_S)
            except NotCaughtUp:
                continue
            return True
        return False

    def _publish(self, checkpoint: Checkpoint) -> None:
        digest = self._hashing.state_digest(checkpoint.size)
        state = State(checkpoint.origin, checkpoint.size, self._views.view_version, digest)
        if self._ledger.publish(state):
            _logger.info("the digest of the views at position %d is published", state.position)


def _last(home: Home) -> tuple[int, int]:
    """Position and time of the newest digest; where there is none, of the first checkpoint."""
    digest = home.last_digest()
    if digest is not None:
        return digest.state.position, digest.published_at
    first = next(home.history(0), None)
    return 0, first.signed_at if first is not None else time.time_ns() // 1000
