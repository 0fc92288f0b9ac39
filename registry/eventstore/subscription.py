"""Subscription: follows the log for the library's consumers, on every database."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from eventsourcing.persistence import Notification, Subscription

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.eventstore.reads import LogReads

PULL_LIMIT = 500
POLL_S = 0.2
"""How long a lost wake-up can delay an event."""


class LogSubscription(Subscription["LogReads"]):
    """Events after a position, for ever; woken in process, polling beneath."""

    def __init__(self, log: LogReads, gt: int | None, topics: Sequence[str]) -> None:
        """Begin after a position (exclusive); None: from the beginning."""
        super().__init__(log, gt, topics)
        self._pulled: deque[Notification] = deque()

    def __next__(self) -> Notification:
        """Wait for the next event; ends when the subscription is stopped."""
        while not self._has_been_stopped:
            if self._pulled:
                notification = self._pulled.popleft()
                self._last_notification_id = notification.id
                return notification
            self._pull()
        raise StopIteration

    def _pull(self) -> None:
        self._pulled.extend(
            self._recorder.select_notifications(
                self._last_notification_id,
                PULL_LIMIT,
                topics=self._topics,
                inclusive_of_start=self._last_notification_id is None,
            )
        )
        if not self._pulled:
            self._recorder.wait_changed(POLL_S)

    def stop(self) -> None:
        """End the iteration."""
        super().stop()
        self._recorder.woken()
