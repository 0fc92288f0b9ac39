"""Health: the process lives; and it is ready, unless a view is stopped or far behind."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import structlog
from grpc_health.v1 import health_pb2
from grpc_health.v1._async import HealthServicer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registry.projections import ViewStatus
    from registry.server.backend import Backend
    from registry.server.remote import RemoteRecorder

READINESS = "registry.v1.readiness"
"""Service name under which readiness is asked; "" is liveness."""
EVERY_S = 1.0
LAG_EVENTS = 5000
LAG_S = 10.0
"""A view that lags by more events for longer makes the service not ready."""

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING

log = structlog.get_logger("registry.server")


class Readiness:
    """Watches the views and keeps the health service up to date."""

    def __init__(
        self, backend: Backend, health: HealthServicer, recorder: RemoteRecorder | None
    ) -> None:
        self._backend = backend
        self._health = health
        self._recorder = recorder
        self._lagging_since: float | None = None
        self._said: int | None = None

    async def watch(self) -> None:
        """Look every second, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Look once."""
        try:
            views = await self._backend.in_thread(self._backend.views.status)
        except Exception as error:  # noqa: BLE001 - a store that cannot be read is not ready
            await self._say(NOT_SERVING, f"views cannot be read: {error}")
            return
        away = self._recorder.away if self._recorder is not None else ""
        reason = away or self._unready(views, time.monotonic())
        await self._say(NOT_SERVING if reason else SERVING, reason)

    def _unready(self, views: Iterable[ViewStatus], now: float) -> str:
        """Say why the service is not ready; "" where it is."""
        parked = [view for view in views if view.parked]
        if parked:
            return f"view {parked[0].view} is stopped at {parked[0].parked_position}"
        if all(view.head_position - view.position <= LAG_EVENTS for view in views):
            self._lagging_since = None
        elif self._lagging_since is None:
            self._lagging_since = now
        elif now - self._lagging_since > LAG_S:
            return f"a view lags by more than {LAG_EVENTS} events"
        return ""

    async def _say(self, state: int, reason: str) -> None:
        if state != self._said:
            log.info("readiness", ready=state == SERVING, reason=reason)
        self._said = state
        await self._health.set(READINESS, state)
