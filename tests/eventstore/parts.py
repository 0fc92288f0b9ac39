"""Adapters for the tests of traps: checkpoints, applications, mappers, the library's and ours."""

import contextlib
import json
from pathlib import Path
from typing import Any

from eventsourcing.persistence import OperationalError, Tracking
from eventsourcing.sqlite import SQLiteDatastore, SQLiteTrackingRecorder

from registry.application import Registry
from registry.events.v1 import cluster_pb2, envelope_pb2
from registry.eventstore.envelope import open_row, seal
from registry.eventstore.rows import LogRow
from registry.eventstore.stamping import now_us
from registry.eventstore.store import Store
from registry.projections.projector import Changes
from registry.projections.sqlite import SQLiteViews
from tests.eventstore.engines import Person, Persons
from tests.eventstore.places import SQLitePlace
from tests.eventstore.requests import ask, register

# --- two views in one place ------------------------------------------------------------------


class StockTracking:
    """Two of the library's projections of one application, in one file."""

    def __init__(self, directory: Path, closing: contextlib.ExitStack) -> None:
        store = SQLiteDatastore(str(directory / "views.db"))
        closing.callback(store.close)
        self.views = [SQLiteTrackingRecorder(store), SQLiteTrackingRecorder(store)]
        for view in self.views:
            view.create_table()

    def move(self, view: int, position: int) -> None:
        """Have a view see everything up to a position."""
        self.views[view].insert_tracking(Tracking("persons", position))

    def position(self, view: int) -> int:
        """How far a view is."""
        return self.views[view].max_tracking_id("persons") or 0


class OurTracking:
    """Two generations of our views, in one directory."""

    def __init__(self, directory: Path, closing: contextlib.ExitStack) -> None:
        self.store = SQLiteViews(directory)
        closing.callback(self.store.close)
        self.generations = [self.store.create(), self.store.create()]

    def move(self, view: int, position: int) -> None:
        """Have a generation see everything up to a position."""
        with self.store.writing(self.generations[view]) as writing:
            writing.apply(Changes(position, leaf="", full=False, ended={}, began={}))

    def position(self, view: int) -> int:
        """How far a generation is."""
        with self.store.writing(self.generations[view]) as writing:
            return writing.checkpoint.position


# --- a failure, and once more ----------------------------------------------------------------


class StockApplication:
    """The library's application over a recorder that cannot write for a moment."""

    def __init__(self, _: Path, closing: contextlib.ExitStack) -> None:
        self.app = Persons()
        closing.callback(self.app.close)
        self.person = Person("x")
        self.works = self.app.recorder.insert_events
        self.app.recorder.insert_events = self._fails  # type: ignore[method-assign]

    def _fails(self, *_: Any, **__: Any) -> Any:
        self.app.recorder.insert_events = self.works  # type: ignore[method-assign]
        raise OperationalError("disk full")

    def save(self) -> int:
        """Record the new person; how many events were recorded."""
        return len(self.app.save(self.person))

    @property
    def recorded(self) -> int:
        """Number of events."""
        return self.app.recorder.max_notification_id() or 0


class OurApplication:
    """Ours over a recorder that cannot write for a moment."""

    def __init__(self, directory: Path, closing: contextlib.ExitStack) -> None:
        place = SQLitePlace(directory)
        place.store().close()
        self.behind = [60_000_000, 0]
        log = place.log(clock=lambda: now_us() - self.behind.pop(0))
        self.registry = Registry(Store(log))
        closing.callback(place.closing.close)
        closing.callback(self.registry.close)

    def save(self) -> int:
        """Record the new cluster; how many events were recorded."""
        return len(ask(self.registry, register(request_id="one")).events)

    @property
    def recorded(self) -> int:
        """Number of events, without the store's creation."""
        return self.registry.head() - 1


# --- mappers ---------------------------------------------------------------------------------


class StockMapper:
    """The library's mapper with its JSON transcoder."""

    def __init__(self, *_: Any) -> None:
        self.mapper = Persons().mapper
        self.event = Person("x").collect_events()[0]
        self.kind = type(self.event)

    @property
    def topic(self) -> str:
        """Topic of an event."""
        return self.mapper.to_stored_event(self.event).topic

    def round_trip(self, value: dict[str, str]) -> Any:
        """Store a value and read it."""
        return self.mapper.transcoder.decode(self.mapper.transcoder.encode(value))


class OurMapper:
    """Our envelopes."""

    def __init__(self, *_: Any) -> None:
        self.kind = cluster_pb2.ClusterAliasAdded

    @property
    def topic(self) -> str:
        """Topic of an event."""
        topic: str = self.kind.DESCRIPTOR.full_name
        return topic

    def round_trip(self, value: dict[str, str]) -> Any:
        """Store a value and read it."""
        sealed = seal(self.kind(alias=json.dumps(value)), envelope_pb2.Metadata(), bytes(16))
        opened = open_row(LogRow(1, "clusters/x1", 1, self.topic, 1, sealed, b""))
        assert isinstance(opened.recorded.event, cluster_pb2.ClusterAliasAdded)
        return json.loads(opened.recorded.event.alias)
