"""Adapters for the tests of traps: views that follow an application, the library's and ours."""

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import pytest
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.sqlite import SQLiteTrackingRecorder
from eventsourcing.utils import get_topic
from typing_extensions import override

from registry.application import Registry
from registry.eventstore.store import create_sqlite, open_sqlite
from registry.projections.sqlite import SQLiteViews
from registry.projections.views import Views
from registry.v1.cluster_service_pb2 import AddClusterAliasRequest
from tests.eventstore.batches import batch
from tests.eventstore.batches import event as made_up
from tests.eventstore.places import PATIENCE_S
from tests.eventstore.requests import X, ask, in_one_batch, options, register
from tests.eventstore.stock_postgres import counted
from tests.postgres import wait_until

T = TypeVar("T")

# --- projections -----------------------------------------------------------------------------


class Person(Aggregate):
    """An aggregate as the library documents them."""

    @event("Registered")
    def __init__(self, name: str) -> None:
        self.name = name

    @event("Renamed")
    def rename(self, name: str) -> None:
        """Take another name."""
        self.name = name


class Persons(Application[UUID]):
    """An application as the library documents them."""


class Names(SQLiteTrackingRecorder):
    """A view as the library documents them."""

    commits = 0
    looks = 0

    @override
    def insert_tracking(self, tracking: Tracking) -> None:
        super().insert_tracking(tracking)
        self.commits += 1

    @override
    def max_tracking_id(self, application_name: str) -> int | None:
        self.looks += 1
        return super().max_tracking_id(application_name)


class NamesProjection(Projection[Names]):
    """Keeps how far it is; cannot digest one name."""

    name = "names"
    gate = threading.Lock()

    @override
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        with self.gate:
            if getattr(domain_event, "name", "") == "poison":
                raise ValueError("cannot digest poison")
            self.view.insert_tracking(tracking)


class FilteredProjection(NamesProjection):
    """Looks at new names only."""

    name = "names"
    topics = (get_topic(Person.Renamed),)  # type: ignore[attr-defined]


class StockViews:
    """The library's runner."""

    reason = "cannot digest poison"
    projection: ClassVar[type[NamesProjection]] = NamesProjection

    def __init__(self, directory: Path, closing: contextlib.ExitStack) -> None:
        self.closing = closing
        self.env = {
            "NAMES_PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "NAMES_SQLITE_DBNAME": str(directory / "views.db"),
        }
        self.runner: ProjectionRunner[Persons, Names] = ProjectionRunner(
            application_class=Persons,
            projection_class=self.projection,
            view_class=Names,
            env=self.env,
        )
        self.view = self.runner.view
        closing.callback(self._stop)

    def _stop(self) -> None:
        with contextlib.suppress(ValueError), self.runner:
            pass

    def record(self, count: int = 1, name: str = "x") -> int:
        """Record events; the position of the last."""
        saved = [self.runner.app.save(Person(name)) for _ in range(count)]
        return int(saved[-1][-1].notification.id)

    def record_unseen(self) -> int:
        """Record an event that the view does not show."""
        return self.record()

    def record_poison(self) -> int:
        """Record an event that stops the view."""
        return self.record(name="poison")

    def wait(self, position: int) -> None:
        """Wait until the view is there."""
        self.runner.wait(position, timeout=1.0)

    @property
    def commits(self) -> int:
        """Transactions of the view."""
        return self.view.commits

    def count(self, _: pytest.MonkeyPatch) -> None:
        """It counts always."""

    def held(self) -> contextlib.AbstractContextManager[Any]:
        """Keep the view from moving."""
        return NamesProjection.gate

    def looks_while_waiting(self, start: Callable[[], object]) -> int:
        """How often somebody who waits looks how far the view is, at the second look at most."""
        self.view.looks = 0
        start()
        wait_until(lambda: self.view.looks > 1, "a second look")
        return self.view.looks


class StockFiltered(StockViews):
    """The library's runner, with a filter of topics."""

    projection = FilteredProjection


class OurViews:
    """Our engine."""

    reason = "does not know"

    def __init__(self, directory: Path, closing: contextlib.ExitStack) -> None:
        create_sqlite(directory)
        self.store = open_sqlite(directory)
        closing.callback(self.store.close)
        self.views = Views(self.store.log, SQLiteViews(directory), linger_s=0)
        self.registry = Registry(self.store, on_commit=lambda _: self.views.notify())
        self.views.start()
        closing.callback(self.views.close)
        closing.callback(self.registry.close)
        self.statements: list[str] = []
        self.looks: list[str] = []
        self.number = 0

    def record(self, count: int = 1) -> int:
        """Record events; the position of the last."""
        new = range(self.number, self.number + count)
        self.number += count
        in_one_batch(self.registry, *(register(f"x{number}") for number in new))
        return self.registry.head()

    def record_unseen(self) -> int:
        """Record an event that the view does not show."""
        ask(self.registry, register("x1"))
        dated: Any = options("2010")
        alias = AddClusterAliasRequest(options=dated, cluster=X, alias="also X")
        return ask(self.registry, alias).position

    def record_poison(self) -> int:
        """Record an event that stops the view."""
        return self.store.log.append_locked(lambda: batch(made_up("clusters/poison"))).first

    def wait(self, position: int) -> None:
        """Wait until the view is there."""
        self.views.wait(position, PATIENCE_S)

    @property
    def commits(self) -> int:
        """Transactions of the view."""
        return self.statements.count("COMMIT")

    def count(self, patch: pytest.MonkeyPatch) -> None:
        """Begin to count transactions and looks."""
        store = self.views._store
        assert isinstance(store, SQLiteViews)
        store._file(store.live()).writer().set_trace_callback(self.statements.append)
        self.looks = counted(patch, self.store.log, "fetch")

    def held(self) -> contextlib.AbstractContextManager[Any]:
        """Keep the view from moving."""
        return self.views._turn

    def looks_while_waiting(self, start: Callable[[], object]) -> int:
        """How often somebody who waits looks how far the view is, until they are asleep."""
        before = len(self.looks)
        start()
        wait_until(self.views._urgent.is_set, "somebody to wait")
        return len(self.looks) - before
