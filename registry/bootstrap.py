"""Composition: opens the store, builds the registry, its views and its server, and serves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
import uvloop
from pydantic import ValidationError

from registry.application import Registry
from registry.children import collect_seldom
from registry.errors import StoreFault, StoreUnavailable
from registry.eventstore import store as stores
from registry.eventstore.ownership import StoreOwned
from registry.projections import open_process_views, open_views
from registry.server import logs
from registry.server.addresses import NotLoopback, checked_address, require_free
from registry.server.remote import NotStarted, RemoteRecorder
from registry.server.serving import Server
from registry.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from pathlib import Path

    from registry.eventstore.rows import Head
    from registry.eventstore.store import Store
    from registry.projections import Answering

EXIT_FAILURE, EXIT_USAGE, EXIT_OWNED = 1, 2, 5
SWITCH_INTERVAL_S = 0.0005
"""The writer's thread gives the event loop its turn sooner than Python's 5 ms."""
PROJECT = (sys.executable, "-m", "registry", "project")
"""Starts the process that follows the log."""
RECORD = (sys.executable, "-m", "registry", "record")
"""Starts the process that decides and records."""

log = structlog.get_logger("registry")


class Refused(Exception):
    """The service does not start; the message is a sentence for the operator."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True)
class Opened:
    """A store with what was built on it."""

    store: Store
    registry: Registry
    views: Answering
    fast_point_reads: bool
    recorder: RemoteRecorder | None


def settings_with(given: Mapping[str, Any]) -> Settings:
    """Take the settings given on the command line, and those not given from the environment.

    Raises:
        Refused: naming the variable that makes no sense; options were checked before.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        wrong = [f"REGISTRY_{one['loc'][0]}".upper() + f": {one['msg']}" for one in error.errors()]
        raise Refused("; ".join(wrong), EXIT_USAGE) from error


def open_log(settings: Settings, *, create: bool) -> Store:
    """Open the log that the settings name, or make it first.

    Raises:
        Refused: where it is missing without `create`, there with it, in use, or damaged; where
            nobody could serve the store that is to be made.
    """
    try:
        url = settings.postgres_url()
    except (OSError, UnicodeError) as error:
        raise Refused(f"REGISTRY_DATABASE_URL_FILE cannot be read: {error}", EXIT_USAGE) from error
    if url is None and settings.data is None:
        raise Refused(
            "say where the store is: --data DIR, or REGISTRY_DATABASE_URL in the environment",
            EXIT_USAGE,
        )
    if url is not None and settings.data is not None:
        raise Refused(
            "both --data and REGISTRY_DATABASE_URL name a store; leave one out", EXIT_USAGE
        )
    try:
        if url:
            return _postgres(url, settings, create=create)
        return _sqlite(settings, create=create)
    except StoreOwned as error:
        raise Refused(str(error), EXIT_OWNED) from error
    except (StoreFault, StoreUnavailable, OSError) as error:
        raise Refused(str(error), EXIT_FAILURE) from error


def _sqlite(settings: Settings, *, create: bool) -> Store:
    directory = settings.data
    assert directory is not None  # noqa: S101 - checked by open_log
    exists = stores.sqlite_exists(directory)
    _require(f"in {directory}", settings, exists=exists, create=create)
    if create:
        stores.create_sqlite(directory)
    return stores.open_sqlite(directory)


def _postgres(url: str, settings: Settings, *, create: bool) -> Store:
    exists = stores.postgres_exists(url)
    _require("in the database", settings, exists=exists, create=create)
    if create:
        stores.create_postgres(url)
    return stores.open_postgres(url)


def _require(where: str, settings: Settings, *, exists: bool, create: bool) -> None:
    if create and exists:
        raise Refused(f"there is a store {where}; start without --create", EXIT_USAGE)
    if not create and not exists:
        raise Refused(f"there is no store {where}; make one with --create", EXIT_USAGE)
    if create:
        # A store that is made although nobody serves it would stand in the way of the next try.
        require_free(settings.address)


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

        def heard(head: Head) -> None:
            store.log.reached(head)
            views.notify()

        recorder = _recorder(settings, store, url, heard)
        if recorder is not None:
            closing.callback(recorder.end)
        views.start()
        registry = Registry(store, on_commit=lambda _: views.notify(), records=recorder is None)
        closing.callback(registry.close)
        yield Opened(store, registry, views, url is None, recorder)


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
    directory = "" if url or settings.data is None else str(settings.data.absolute())
    told = {**_logs(settings), "directory": directory, "url": url or ""}
    recorder = RemoteRecorder(RECORD, told, store.handed_over, heard)
    recorder.spawn()
    return recorder


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
