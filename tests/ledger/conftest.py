"""Fixtures: a log on SQLite and on PostgreSQL, and a ledger that signs it."""

import contextlib

import pytest

from registry.eventstore import store as stores
from registry.ledger.home import Home
from registry.ledger.signer import Ledger
from tests.projections.recording import Recording, cluster

ORIGIN = "registry.example/test"


class Place:
    """A store, where its ledger is, and who signs and records."""

    def __init__(self, closing, home, *, directory=None, url=None):
        self.closing = closing
        self.directory, self.url = directory, url
        self.home = Home(home)
        if directory is not None:
            stores.create_sqlite(directory)
        else:
            stores.create_postgres(url)
        self.home.begin(ORIGIN)
        self.recorded = 0

    def open(self):
        """Open the log; closed after the test."""
        if self.directory is not None:
            store = stores.open_sqlite(self.directory)
        else:
            store = stores.open_postgres(self.url)
        self.closing.callback(store.close)
        return store

    def ledger(self, log, **options):
        """A ledger that signs a log; closed after the test."""
        ledger = Ledger(log, self.home, **{"interval_s": 0.05} | options)
        self.closing.callback(ledger.close)
        ledger.start()
        return ledger

    def record(self, log, count=1):
        """Record clusters; the last position."""
        recording = Recording(log)
        for _ in range(count):
            self.recorded += 1
            position = recording.record(cluster(f"clusters/c{self.recorded}"))
        return position

    def keys(self):
        """Keys that an auditor trusts."""
        return [key for key, _ in self.home.keys.verifiers()]


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    """A new store and its ledger."""
    with contextlib.ExitStack() as closing:
        if request.param == "sqlite":
            yield Place(closing, tmp_path / "ledger", directory=tmp_path / "store")
        else:
            url = request.getfixturevalue("postgres_url")
            yield Place(closing, tmp_path / "ledger", url=url)


@pytest.fixture
def embedded(tmp_path):
    """A new store on SQLite and its ledger."""
    with contextlib.ExitStack() as closing:
        yield Place(closing, tmp_path / "ledger", directory=tmp_path / "store")
