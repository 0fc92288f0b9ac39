"""The gRPC server: its services, limits, health and reflection, and how it stops."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection

from registry.server.addresses import checked_address
from registry.server.backend import Backend
from registry.server.changes import Changes
from registry.server.clusters import Clusters
from registry.server.editions import Editions
from registry.server.events import Events
from registry.server.health import Readiness
from registry.server.histories import Histories
from registry.server.interceptor import Interceptor
from registry.server.ledgers import Ledgers
from registry.server.organisations import Organisations
from registry.server.participations import Participations
from registry.server.partnerships import Partnerships
from registry.server.recording import LocalRecorder, recordables
from registry.server.records import Records
from registry.server.regions import Regions
from registry.server.rpc import Servicer, handlers
from registry.server.searches import Searches
from registry.server.summaries import Summaries
from registry.server.views import ViewsOf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.application import Registry
    from registry.ledger.signer import Ledger
    from registry.projections import Answering
    from registry.server.remote import RemoteRecorder

MAX_MESSAGE_BYTES = 16 * 1024 * 1024
"""500 commands of the largest size allowed, and 2000 stored events."""
OPTIONS: tuple[tuple[str, Any], ...] = (
    # Without it two servers bind one port and share its connections in silence.
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    # Clients may ask every 10 s whether an idle connection lives; by default they are cut off.
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
)


class Server:
    """Serves a registry on a loopback address."""

    def __init__(  # noqa: PLR0913 - what it is built of
        self,
        registry: Registry,
        views: Answering,
        *,
        ledger: Ledger | None = None,
        fast_point_reads: bool,
        log_requests: bool = False,
        recorder: RemoteRecorder | None = None,
    ) -> None:
        """Build it within the event loop it will run on.

        Args:
            registry: answers resources, and records where there is no other recorder.
            views: answers lists and summaries.
            ledger: signs the log; None where this service does not.
            fast_point_reads: the log is read without a thread.
            log_requests: every call is logged.
            recorder: has a process of its own record; it is started and closed here.
        """
        self.address = ""
        self._interceptor = Interceptor(log_requests=log_requests)
        self._backend = Backend(
            *(registry, views, self._interceptor.draining),
            ledger=ledger,
            fast_point_reads=fast_point_reads,
        )
        self._remote = recorder
        self._health = HealthServicer()
        self._readiness = Readiness(self._backend, self._health, recorder)
        self._watching: asyncio.Task[None] | None = None
        self._server = grpc.aio.server(options=OPTIONS)
        self._add_services()

    def _add_services(self) -> None:
        of_commands = servicers_of_commands(self._backend)
        commands = {method.path: method for s in of_commands for method, _ in s.commands()}
        self._commands = commands
        if self._remote is not None:
            self._backend.recorder = self._remote
        else:
            local = LocalRecorder(self._backend.registry, recordables(of_commands))
            self._backend.recorder = local
        paths = {method.name: path for path, method in commands.items()}
        servicers: list[Servicer] = [
            *of_commands,
            Summaries(self._backend),
            Regions(self._backend),
            Searches(self._backend),
            ViewsOf(self._backend),
            Changes(self._backend),
            Histories(self._backend),
            Ledgers(self._backend),
            Records(self._backend, paths),
        ]
        self._server.add_generic_rpc_handlers(
            [handlers(servicer, self._interceptor) for servicer in servicers]
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = [servicer.SERVICE.full_name for servicer in servicers]
        names.append(health_pb2.DESCRIPTOR.services_by_name["Health"].full_name)
        reflection.enable_server_reflection([*names, reflection.SERVICE_NAME], self._server)

    async def start(self, address: str) -> None:
        """Begin to serve; `address` then has the port that was given.

        Raises:
            NotLoopback: for an address that others could reach.
            OSError: for one that cannot be listened on.
            NotStarted: where the process that records cannot begin.
        """
        if self._remote is not None:
            await self._remote.start(self._commands)
        try:
            port = self._server.add_insecure_port(checked_address(address))
        except RuntimeError as error:
            raise OSError(f"cannot listen on {address}; is it in use?") from error
        await self._server.start()
        await self._readiness.look()
        self._watching = asyncio.create_task(self._readiness.watch())
        host = address.rpartition(":")[0]
        self.address = address if address.startswith("unix:") else f"{host}:{port}"

    async def drain(self, grace_s: float) -> None:
        """Refuse what is new, let what is in work finish within the grace, and end."""
        await self._health.enter_graceful_shutdown()
        self._interceptor.draining.set()
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        await self._server.stop(grace_s)
        if self._remote is not None:
            await self._remote.close()
        self._backend.close()


def servicers_of_commands(backend: Backend) -> Sequence[Servicer]:
    """Build one servicer of each service that records."""
    return [
        Organisations(backend),
        Clusters(backend),
        Partnerships(backend),
        Editions(backend),
        Participations(backend),
        Events(backend),
    ]
