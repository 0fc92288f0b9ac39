"""Composition: opens the store, builds the registry, its views and its server, and serves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
import uvloop

from registry.application import Registry
from registry.children import collect_seldom
from registry.errors import StoreFault
from registry.ledger.home import Home
from registry.ledger.publishing import Publisher
from registry.ledger.signer import Ledger
from registry.opening import EXIT_FAILURE, EXIT_USAGE, Refused, open_log
from registry.projections import open_process_views, open_views
from registry.projections.apart import Apart, Here
from registry.server import logs
from registry.server.addresses import NotLoopback, checked_address
from registry.server.remote import NotStarted, RemoteRecorder
from registry.server.serving import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from registry.eventstore.rows import Head
    from registry.eventstore.store import Store
    from registry.projections import Answering
    from registry.settings import Settings

SWITCH_INTERVAL_S = 0.0005
"""The writer's thread gives the event loop its turn sooner than Python's 5 ms."""
PROJECT = (sys.executable, "-m", "registry", "project")
"""Starts the process that follows the log."""
DIGEST = (sys.executable, "-m", "registry", "digest")
"""Starts the process that hashes the views."""
RECORD = (sys.executable, "-m", "registry", "record")
"""Starts the process that decides and records."""

log = structlog.get_logger("registry")


@dataclass(frozen=True)
class Opened:
    """A store with what was built on it."""

    store: Store
    registry: Registry
    views: Answering
    ledger: Ledger | None
    fast_point_reads: bool
    recorder: RemoteRecorder | None


@contextlib.contextmanager
def opened(settings: Settings, *, create: bool = False) -> Iterator[Opened]:
    """Open store, views and registry; close them in the opposite order, the writer first.

    Raises:
        Refused: see `open_log`.
    """
    store = open_log(settings, create=create)
    with contextlib.ExitStack() as closing:
        closing.callback(store.close)
        url = settings.postgres_url()
        views = _views(settings, store, url)
        closing.callback(views.close)

        ledger = _ledger(settings, store)

        def recorded() -> None:
            views.notify()
            if ledger is not None:
                ledger.notify()

        def heard(head: Head) -> None:
            store.log.reached(head)
            recorded()

        recorder = _recorder(settings, store, url, heard)
        if recorder is not None:
            closing.callback(recorder.end)
        views.start()
        registry = Registry(store, on_commit=lambda _: recorded(), records=recorder is None)
        closing.callback(registry.close)
        if ledger is not None:
            closing.callback(ledger.close)
            ledger.start()
            publisher = _publisher(settings, ledger, views, url)
            closing.callback(publisher.close)
            publisher.start()
        yield Opened(store, registry, views, ledger, url is None, recorder)


def _ledger(settings: Settings, store: Store) -> Ledger | None:
    """The ledger of a store; its keys are made where there are none yet.

    Raises:
        Refused: where what was signed cannot be read, or no key be written.
    """
    directory = settings.ledger_home()
    if directory is None:
        return None
    home = Home(directory)
    try:
        if not home.exists():
            home.begin(f"cluster-registry/{store.store_id}")
            log.info("a new ledger", directory=str(directory), keys=_printed(home))
        return Ledger(store.log, home, interval_s=settings.ledger_interval_s)
    except (OSError, StoreFault) as error:
        raise Refused(f"the ledger in {directory}: {error}", EXIT_FAILURE) from error


def _publisher(settings: Settings, ledger: Ledger, views: Answering, url: str | None) -> Publisher:
    if settings.projector == "thread":
        hashing: Here | Apart = Here(views)
    else:
        hashing = Apart(DIGEST, {**_logs(settings), **_where(settings, url)})
    return Publisher(
        *(ledger, views, hashing),
        events=settings.ledger_state_events,
        interval_s=settings.ledger_state_interval_s,
    )


def _printed(home: Home) -> list[str]:
    return [str(key) for key, _ in home.keys.verifiers()]


def _views(settings: Settings, store: Store, url: str | None) -> Answering:
    directory = None if url else settings.data
    if settings.projector == "thread":
        return open_views(store.log, directory=directory, url=url)
    return open_process_views(store.log, PROJECT, _logs(settings), directory=directory, url=url)


def _recorder(
    settings: Settings, store: Store, url: str | None, heard: Callable[[Head], None]
) -> RemoteRecorder | None:
    """The process that records, begun; None where the service does so itself."""
    if settings.recorder == "thread":
        return None
    told = {**_logs(settings), **_where(settings, url)}
    recorder = RemoteRecorder(RECORD, told, store.handed_over, heard)
    recorder.spawn()
    return recorder


def _where(settings: Settings, url: str | None) -> dict[str, str]:
    """Where the store is, for a child."""
    directory = "" if url or settings.data is None else str(settings.data.absolute())
    return {"directory": directory, "url": url or ""}


def _logs(settings: Settings) -> dict[str, str]:
    return {"log_level": settings.log_level, "log_format": settings.log_format}


@contextlib.asynccontextmanager
async def serving(built: Opened, settings: Settings) -> AsyncIterator[Server]:
    """Serve within the block, and drain at its end.

    Raises:
        Refused: for an address that cannot be listened on.
    """
    server = Server(
        built.registry,
        built.views,
        ledger=built.ledger,
        fast_point_reads=built.fast_point_reads,
        log_requests=settings.log_requests,
        recorder=built.recorder,
    )
    try:
        await server.start(settings.address)
    except (OSError, NotStarted) as error:
        raise Refused(str(error), EXIT_FAILURE) from error
    try:
        yield server
    finally:
        await server.drain(settings.drain_grace_s)


def serve(settings: Settings, *, create: bool = False, ready_file: Path | None = None) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        Refused: where it cannot start.
    """
    try:
        checked_address(settings.address)
    except NotLoopback as error:
        raise Refused(str(error), EXIT_USAGE) from error
    if ready_file is not None and not os.access(ready_file.absolute().parent, os.W_OK):
        raise Refused(f"--ready-file {ready_file} cannot be written", EXIT_USAGE)
    logs.configure(settings.log_level, settings.log_format)
    collect_seldom()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    with opened(settings, create=create) as built:
        uvloop.run(_serve(built, settings, ready_file))


async def _serve(built: Opened, settings: Settings, ready_file: Path | None) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with serving(built, settings) as server:
        log.info("serving", address=server.address, store_id=built.store.store_id, pid=os.getpid())
        if ready_file is not None:
            _announce(ready_file, server.address, built.store.store_id)
        await stop.wait()
        log.info("draining")
    log.info("stopped")


def _announce(ready_file: Path, address: str, store_id: str) -> None:
    """Write the file as a whole: who waits for it never reads half of it."""
    partial = ready_file.with_name(ready_file.name + ".partial")
    partial.write_text(json.dumps({"address": address, "pid": os.getpid(), "store_id": store_id}))
    partial.replace(ready_file)
