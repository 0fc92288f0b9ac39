"""The library's own test cases for recorders, over ours, on both databases, with text ids.

Left out, with the reason:

- AggregateRecorderTestCase expects `insert_events` to return None: it describes a recorder that
  gives no notification ids. Everything else in it runs below, as
  `test_the_aggregate_cases_but_for_their_none`.
- TrackingRecorderTestCase and ProcessRecorderTestCase: the log keeps no tracking (trap S6); the
  views keep their own checkpoints.
- InfrastructureFactoryTestCase asks for snapshot and tracking recorders, which are not used.
- test_performance of each: it measures and checks nothing.
"""

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    Notification,
    StoredEvent,
    Subscription,
)
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)

from registry.eventstore.reads import LogReads
from tests.eventstore.places import Place, PostgresPlace, SQLitePlace


class WithText:
    """Stream names are text."""

    place: Place

    def new_originator_id(self) -> str:
        """Name a new stream."""
        return f"clusters/{uuid.uuid4()}"

    def create_recorder(self) -> LogReads:
        """Open a new, empty log."""
        self.place.create()
        return self.place.log()


class Cases(WithText, ApplicationRecorderTestCase[LogReads]):
    """All cases of an application recorder, with those of subscriptions."""

    __test__ = False
    test_performance = None  # type: ignore[assignment] # it checks nothing

    def test_insert_subscribe(self) -> None:
        """Run the case that is optional because not every recorder can do it."""
        self.optional_test_insert_subscribe()


class TestSQLite(Cases):
    """On SQLite."""

    __test__ = True

    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path):
        self.place = SQLitePlace(tmp_path)
        with self.place.closing:
            yield


class TestPostgres(Cases):
    """On PostgreSQL."""

    __test__ = True

    @pytest.fixture(autouse=True)
    def _place(self, postgres_url: str):
        self.place = PostgresPlace(postgres_url)
        with self.place.closing:
            yield


class _WithoutIds(AggregateRecorder):
    """Our recorder, as seen by a caller who expects no notification ids."""

    def __init__(self, log: LogReads) -> None:
        self._log = log

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        self._log.insert_events(stored_events, **kwargs)

    def select_events(self, originator_id: Any, **kwargs: Any) -> Sequence[StoredEvent]:
        return self._log.select_events(originator_id, **kwargs)


def test_the_aggregate_cases_but_for_their_none(place: Place):
    """Events of one stream are selected by version, forwards, backwards and in part."""

    class Aggregates(WithText, AggregateRecorderTestCase):
        def create_recorder(self) -> AggregateRecorder:  # type: ignore[override]
            place.create()
            return _WithoutIds(place.log())

    Aggregates("test_insert_and_select").test_insert_and_select()


def test_two_threads_do_not_interleave(place: Place):
    """The events of one batch stand together in the log."""
    here = place

    class NonInterleaving(WithText, NonInterleavingNotificationIDsBaseCase):
        place: Place = here

    NonInterleaving("test").test()


def test_our_recorder_is_the_librarys(log: LogReads):
    """The log can stand wherever the library asks for an application recorder."""
    assert isinstance(log, ApplicationRecorder)
    log.insert_events([StoredEvent("a", 1, "topic", b"state")])
    (notification,) = log.select_notifications(start=None, limit=1)
    assert notification == Notification("a", 1, "topic", b"state", 1)
    with log.subscribe() as subscription:
        assert isinstance(subscription, Subscription)
