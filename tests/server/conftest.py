"""Fixtures: a registry served on a free port from a fresh store, and a client of it."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from registry import bootstrap
from registry.settings import Settings
from tests.server.client import Client

IN_ONE_PROCESS = {"recorder": "thread", "projector": "thread"}
AS_BY_DEFAULT = {"recorder": "process", "projector": "process"}


def settings_for(**given: Any) -> Settings:
    """Settings of a test: any free port, a short grace, and no process to start beside."""
    test: dict[str, Any] = {"address": "127.0.0.1:0", "drain_grace_s": 2.0}
    return Settings(**test | IN_ONE_PROCESS | given)


@contextlib.asynccontextmanager
async def served(settings: Settings, *, create: bool = True) -> AsyncIterator[Client]:
    """Serve a store and connect to it."""
    with bootstrap.opened(settings, create=create) as built:
        async with bootstrap.serving(built, settings) as server, Client(server.address) as client:
            client.built, client.server = built, server
            yield client


@pytest.fixture(autouse=True)
def no_environment(monkeypatch) -> None:
    """What the environment of the person who runs the tests says must not count."""
    for name in ("DATA", "DATABASE_URL", "DATABASE_URL_FILE", "ADDRESS", "PROJECTOR", "RECORDER"):
        monkeypatch.delenv(f"REGISTRY_{name}", raising=False)


@pytest.fixture
async def client(tmp_path) -> AsyncIterator[Client]:
    """A client of a fresh registry on SQLite."""
    async with served(settings_for(data=tmp_path / "store")) as connected:
        yield connected


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path) -> dict[str, Any]:
    """Settings that say where a fresh store is: on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return {"data": tmp_path / "store"}
    return {
        "database_url": request.getfixturevalue("postgres_url"),
        "ledger": tmp_path / "ledger",
    }


@pytest.fixture
async def any_client(place) -> AsyncIterator[Client]:
    """A client of a fresh registry, on SQLite and on PostgreSQL."""
    async with served(settings_for(**place)) as connected:
        yield connected


@pytest.fixture
async def default_client(place) -> AsyncIterator[Client]:
    """The same with the processes that there are by default."""
    async with served(settings_for(**AS_BY_DEFAULT, **place)) as connected:
        yield connected
