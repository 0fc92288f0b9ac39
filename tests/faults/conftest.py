"""Fixtures of the fault tests: stores on both databases, their servers, and what is reported."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults.processes import SERVE, Service
from tests.postgres import PostgresServer

SHORT = os.environ.get("SHORT", "") not in ("", "0")
_reported: list[str] = []


class Rounds(NamedTuple):
    """How much is tried."""

    races: int
    kills: int
    cuts: int
    soak_s: float


@pytest.fixture(scope="session")
def rounds() -> Rounds:
    return Rounds(60, 3, 2, 6.0) if SHORT else Rounds(1000, 20, 10, 60.0)


@pytest.fixture
def report(request) -> Callable[[str], None]:
    """Say at the end what was tried, and how often."""
    return lambda line: _reported.append(f"{request.node.name}: {line}")


def pytest_terminal_summary(terminalreporter):
    if _reported:
        terminalreporter.section("faults")
        for line in _reported:
            terminalreporter.line(line)


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A directory for logs and stores, kept short for socket names, removed afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="registry-faults-"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


class Store:
    """One store and the servers on it: several on PostgreSQL, one on SQLite."""

    def __init__(self, kind: str, scratch: Path, url: str | None) -> None:
        self.kind, self.scratch, self.url = kind, scratch, url
        self.data = None if url else scratch / "store"
        self._closing = contextlib.ExitStack()
        self._made = False

    @property
    def most_servers(self) -> int:
        """How many processes may serve it."""
        return 1 if self.data else 2

    def service(self, *, url: str | None = None, program: Sequence[str] = SERVE) -> Service:
        """A server that is not started yet; `url` where it reaches the database by a detour."""
        service = Service(self.scratch, data=self.data, url=url or self.url, program=program)
        return self._closing.enter_context(service)

    def start(self, **options) -> Service:
        """A started server; the first one makes the store."""
        service = self.service(**options)
        service.start(create=not self._made)
        self._made = True
        return service

    def start_all(self, **options) -> list[Service]:
        """As many servers as the database allows."""
        return [self.start(**options) for _ in range(self.most_servers)]

    def close(self) -> None:
        """Be rid of its servers."""
        self._closing.close()


@pytest.fixture
def sqlite_store(scratch) -> Iterator[Store]:
    store = Store("sqlite", scratch, None)
    with contextlib.closing(store):
        yield store


@pytest.fixture
def postgres_store(scratch, postgres_url) -> Iterator[Store]:
    store = Store("postgres", scratch, postgres_url)
    with contextlib.closing(store):
        yield store


@pytest.fixture(params=["sqlite", "postgres"])
def store(request) -> Store:
    """A new store, on each database in turn."""
    chosen: Store = request.getfixturevalue(f"{request.param}_store")
    return chosen


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL that a test may kill."""
    with PostgresServer() as server:
        yield server
